"""What happens to channels and to the app itself, with the events that tell it (docs.slack.dev/reference/events)."""

from playground.slack import names
from playground.slack.dispatch import Dispatcher
from playground.slack.membership import Membership
from playground.slack.tokens import Tokens
from playground.slack.workspace import Channel, Json, Workspace


class Life:
    """Archives, renames, removes, uninstalls, as an administrator or a member would; channels go by id or name."""

    def __init__(self, workspace: Workspace, dispatcher: Dispatcher, tokens: Tokens, membership: Membership) -> None:
        self._workspace = workspace
        self._dispatcher = dispatcher
        self._tokens = tokens
        self._membership = membership

    def create(self, name: str, *, private: bool = False, bot_in: bool = True) -> Channel:
        """Add a channel."""
        channel = Channel(id=self._workspace.serial("C0NEW"), name=name, is_private=private, bot_in=bot_in)
        self._workspace.channels[channel.id] = channel
        self._workspace.tell_channel(channel)
        return channel

    def archive(self, channel: str) -> None:
        """Archive a channel: it can be read, and nothing can be posted."""
        self._set_archived(self._workspace.find(channel), archived=True)

    def unarchive(self, channel: str) -> None:
        """Open an archived channel again."""
        self._set_archived(self._workspace.find(channel), archived=False)

    def rename(self, channel: str, name: str) -> None:
        """Give a channel another name; its id stays."""
        found = self._workspace.find(channel)
        found.name = name
        self._workspace.tell_channel(found)
        self._emit(found, "rename", {"channel": {"id": found.id, "name": name, "created": 0}})

    def delete(self, channel: str) -> None:
        """Delete a channel for good."""
        found = self._workspace.find(channel)
        del self._workspace.channels[found.id]
        self._workspace.tell_channel_gone(found)
        self._emit(found, "deleted", {"channel": found.id})

    def change_id(self, channel: str, new_id: str) -> None:
        """Give a channel another id, as when a shared channel is converted."""
        found = self._workspace.find(channel)
        old_id = found.id
        self._workspace.tell_channel_gone(found)
        self._workspace.channels[new_id] = self._workspace.channels.pop(old_id)
        found.id = new_id
        self._workspace.tell_channel(found)
        self._dispatcher.emit({"type": "channel_id_changed", "old_channel_id": old_id, "new_channel_id": new_id})

    def invite_bot(self, channel: str, by: str = names.ALICE) -> None:
        """Bring the bot in."""
        self._membership.invite(self._workspace.find(channel), by)

    def remove_bot(self, channel: str, by: str = names.ALICE) -> None:
        """Take the bot out."""
        self._membership.remove(self._workspace.find(channel), by)

    def join(self, channel: str, user: str) -> None:
        """Let a person come in."""
        self._membership.join(self._workspace.find(channel), user)

    def leave(self, channel: str, user: str) -> None:
        """Let a person leave."""
        self._membership.leave(self._workspace.find(channel), user)

    def revoke_tokens(self, error: str = "token_revoked") -> None:
        """Make the bot's token void."""
        self._tokens.bot_error = error
        self._dispatcher.emit({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [names.BOT_USER]}})

    def uninstall(self) -> None:
        """Take the app out of the workspace."""
        self.revoke_tokens("account_inactive")
        self._dispatcher.emit({"type": "app_uninstalled"})

    def reinstall(self) -> None:
        """Make the bot's token good again."""
        self._tokens.bot_error = None

    def _set_archived(self, channel: Channel, *, archived: bool) -> None:
        channel.is_archived = archived
        self._workspace.tell_channel(channel)
        self._emit(channel, "archive" if archived else "unarchive", {"channel": channel.id, "user": names.ALICE})

    def _emit(self, channel: Channel, what: str, more: Json) -> None:
        """Tell the app what it can see."""
        if channel.bot_in or not channel.is_private:
            self._dispatcher.emit({"type": f"{'group' if channel.is_private else 'channel'}_{what}", **more})
