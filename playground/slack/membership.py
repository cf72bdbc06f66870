"""Who comes into a channel and who leaves it, with the events that tell it."""

from playground.slack import names
from playground.slack.dispatch import Dispatcher
from playground.slack.errors import Mistake
from playground.slack.workspace import Channel, Json, Workspace


class Membership:
    """Brings the bot and people into channels, and takes them out."""

    def __init__(self, workspace: Workspace, dispatcher: Dispatcher) -> None:
        self._workspace = workspace
        self._dispatcher = dispatcher

    def invite(self, channel: Channel, user: str) -> None:
        """Let *user* bring the bot into a channel."""
        if channel.bot_in:
            return
        channel.bot_in = True
        self._workspace.tell_channel(channel)
        joined = {"subtype": "channel_join", "user": names.BOT_USER, "inviter": user}
        self._workspace.add(channel, joined | {"text": f"<@{names.BOT_USER}> has joined the channel"})
        self._tell("member_joined_channel", names.BOT_USER, channel, inviter=user)

    def remove(self, channel: Channel, user: str) -> None:
        """Let *user* take the bot out of a channel."""
        if not channel.bot_in:
            return
        channel.bot_in = False
        self._workspace.tell_channel(channel)
        kind = "group_left" if channel.is_private else "channel_left"
        self._dispatcher.emit({"type": kind, "channel": channel.id, "actor_id": user})

    def join(self, channel: Channel, user: str) -> None:
        """Let a person come into a channel."""
        if user not in channel.absent:
            return
        channel.absent.discard(user)
        self._workspace.tell_channel(channel)
        words = {"subtype": "channel_join", "user": user, "text": f"<@{user}> has joined the channel"}
        self._workspace.add(channel, words)
        self._tell("member_joined_channel", user, channel)

    def leave(self, channel: Channel, user: str) -> None:
        """Let a person leave a channel; whoever may not look at it from outside loses sight of it."""
        if channel.person is not None:
            raise Mistake("these are direct messages; nobody can leave them")
        if user in channel.absent:
            return
        words = {"subtype": "channel_leave", "user": user, "text": f"<@{user}> has left the channel"}
        self._workspace.add(channel, words)
        channel.absent.add(user)
        self._workspace.tell_channel(channel)
        if not self._workspace.sees(user, channel):
            self._workspace.tell_channel_gone(channel, user)
        self._tell("member_left_channel", user, channel)

    def _tell(self, kind: str, user: str, channel: Channel, **more: Json | str) -> None:
        """Tell the app of a member, where it is one itself."""
        if channel.bot_in:
            told = {"type": kind, "user": user, "channel": channel.id, "channel_type": channel.kind}
            self._dispatcher.emit(told | {"team": names.TEAM} | more)
