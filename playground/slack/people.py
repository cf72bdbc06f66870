"""What people do in the workspace: type, invite, press."""

import asyncio
from dataclasses import dataclass
from typing import Any

from playground.slack import names
from playground.slack.choices import find_element, used, values
from playground.slack.dispatch import Dispatcher, command_payload
from playground.slack.errors import Mistake, Refusal
from playground.slack.membership import Membership
from playground.slack.responses import Responses
from playground.slack.transport import Kind, Outcome
from playground.slack.triggers import Triggers
from playground.slack.typing_in import resolve
from playground.slack.workspace import Channel, Json, Workspace

COMMAND, LEAVE = "/milepost", "/leave"
COMMANDS = [
    {
        "command": COMMAND,
        "description": "Follow a cloud task in this channel",
        "usage_hint": (
            "(nothing: a form) | subscribe <account> <task> | list | status … | mute … | edit … | stop … | help"
        ),
    },
    {"command": "/invite", "description": "Add someone to this channel", "usage_hint": "@milepost"},
    {"command": "/remove", "description": "Remove someone from this channel", "usage_hint": "@milepost"},
    {"command": LEAVE, "description": "Leave this channel", "usage_hint": ""},
]
# The global shortcuts of manifest.yaml.
SHORTCUTS = [{"callback_id": "milepost_track", "name": "Track a cloud task"}]
MOST_TYPED = 12_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that a person did: the message it made, and the app's acknowledgement still to come."""

    ts: str | None = None
    answering: asyncio.Task[Outcome] | None = None

    async def outcome(self) -> Outcome | None:
        """Wait until the app acknowledged, or failed to; None where nothing went to it."""
        return await self.answering if self.answering is not None else None


class People:
    """Turns what a person does into messages and payloads."""

    def __init__(
        self,
        workspace: Workspace,
        dispatcher: Dispatcher,
        responses: Responses,
        triggers: Triggers,
        membership: Membership,
    ) -> None:
        self._workspace = workspace
        self._membership = membership
        self._dispatcher = dispatcher
        self._responses = responses
        self._triggers = triggers
        self.errors: list[str] = []
        """What people were told because the app did not answer."""
        self.should_escape = True

    def say(self, user: str, channel_id: str, text: str, thread_ts: str | None = None) -> Act:
        """Let a person type *text* and press Enter."""
        channel = self.channel(user, channel_id)
        # Half a character (a lone surrogate) fits into JSON, yet nowhere else.
        text = text.encode(errors="replace").decode()
        if not text.strip():
            raise Mistake("there is nothing to send")
        if len(text) > MOST_TYPED:
            raise Mistake(f"a message has at most {MOST_TYPED} characters")
        if thread_ts is not None and thread_ts not in channel.messages:
            raise Mistake("there is no such thread", status=404)
        if channel.is_archived:
            raise Mistake("this channel is archived")
        if user in channel.absent:
            raise Mistake("you are not in this channel: join it first")
        if text.startswith("/"):
            return self._command(channel, user, text, thread_ts)
        message: Json = {"user": user, "team": names.TEAM, "text": resolve(text, self._workspace, labels=False)}
        if thread_ts is not None:
            message["thread_ts"] = channel.messages[thread_ts].get("thread_ts", thread_ts)
        posted = self._workspace.add(channel, message)
        self._tell_app(channel, posted)
        return Act(ts=posted["ts"])

    def press(
        self,
        user: str,
        channel_id: str,
        message_ts: str,
        action_id: str,
        block_id: str | None = None,
        *,
        choice: Any = None,
        forged: bool = False,
    ) -> Act:
        """Let a person use an element of a message; *forged* sends a choice that the element does not offer."""
        channel = self.channel(user, channel_id)
        message = channel.messages.get(message_ts)
        whispers = (
            one for one in self._workspace.ephemerals.values() if one["ts"] == message_ts and one["user"] == user
        )
        ephemeral = None if message is not None else next(whispers, None)
        shown = message or ephemeral
        if shown is None:
            raise Mistake("there is no such message", status=404)
        block, element = find_element(shown.get("blocks") or [], action_id, block_id)
        action = used(element, block["block_id"], choice, forged=forged) | {"action_ts": self._workspace.timestamp()}
        container: Json = {
            "type": "message",
            "message_ts": message_ts,
            "channel_id": channel.id,
            "is_ephemeral": ephemeral is not None,
        }
        if shown.get("thread_ts"):
            container["thread_ts"] = shown["thread_ts"]
        payload = self._dispatcher.interaction(
            "block_actions",
            user,
            container=container,
            trigger_id=self._triggers.issue(user, channel.id),
            channel={"id": channel.id, "name": "directmessage" if channel.person else channel.name},
            state={"values": values(block["block_id"], element, action)},
            response_url=self._responses.issue(channel, user, message_ts),
            actions=[action],
        )
        if message is not None:
            payload["message"] = message
        return Act(answering=self._dispatcher.tasks.spawn(self.interact(user, payload)))

    def channel(self, user: str, channel_id: str) -> Channel:
        """Return a channel that *user* sees."""
        self.person(user)
        channel = self._workspace.channels.get(channel_id)
        if channel is None or not self._workspace.sees(user, channel):
            raise Mistake("there is no such channel", status=404)
        return channel

    def person(self, user: str) -> str:
        """Return *user* when there is such a person."""
        if user not in self._workspace.users:
            raise Mistake("there is no such person", status=404)
        return user

    def join(self, user: str, channel_id: str) -> None:
        """Let a person come into a channel that they see."""
        self._membership.join(self.channel(user, channel_id), user)

    def _command(self, channel: Channel, user: str, text: str, thread_ts: str | None) -> Act:
        command, _, rest = text.strip().partition(" ")
        known = {entry["command"] for entry in COMMANDS}
        if command not in known:
            self._note(
                channel,
                user,
                f"{command} is not a valid command. Everything that starts with a slash is taken for one.",
                thread_ts,
            )
        elif thread_ts is not None:
            self._note(channel, user, f"`{command}` is not supported in threads. Sorry!", thread_ts)
        elif command == COMMAND:
            return self._call_app(channel, user, rest.strip())
        elif command == LEAVE:
            self._membership.leave(channel, user)
        elif rest.strip().lower() != "@milepost":
            self._note(channel, user, f"Here only the bot comes and goes: `{command} @milepost`.", None)
        elif channel.person is not None:
            self._note(channel, user, "These are direct messages; nobody can be invited or removed.", None)
        elif command == "/invite" and channel.bot_in:
            self._note(channel, user, "Milepost is already in this channel.", None)
        elif command == "/invite":
            self._membership.invite(channel, user)
        else:
            self._membership.remove(channel, user)
        return Act()

    def _call_app(self, channel: Channel, user: str, text: str) -> Act:
        if self.should_escape:
            text = resolve(text, self._workspace, labels=True)
        payload = command_payload(self._workspace, channel, user, COMMAND, text)
        payload["response_url"] = self._responses.issue(channel, user)
        payload["trigger_id"] = self._triggers.issue(user, channel.id)
        return Act(answering=self._dispatcher.tasks.spawn(self._run(channel, user, payload)))

    async def _run(self, channel: Channel, user: str, payload: Json) -> Outcome:
        outcome = await self._dispatcher.once(Kind.COMMAND, payload)
        if not outcome.acked:
            why = "operation_timeout" if outcome.reason in ("timeout", "http_timeout") else "dispatch_failed"
            self.complain(user, f'{COMMAND} failed with the error "{why}"')
        elif outcome.answer:
            try:
                self._responses.answer(channel, user, outcome.answer)
            except Refusal as refusal:
                self.complain(user, f'{COMMAND} failed with the error "{refusal.code}"')
        return outcome

    async def interact(self, user: str, payload: Json) -> Outcome:
        """Bring an interaction to the app, and tell the person when it does not answer."""
        outcome = await self._dispatcher.once(Kind.INTERACTION, payload)
        if not outcome.acked:
            self.complain(user, "Milepost did not answer in time; try again.")
        return outcome

    def _tell_app(self, channel: Channel, message: Json) -> None:
        """Tell the app of a message, as far as it is there to hear it."""
        if not channel.bot_in:
            return
        heard = {"channel": channel.id, **message}
        names_of_kind = {
            "C": ("channel", "message.channels"),
            "G": ("group", "message.groups"),
            "D": ("im", "message.im"),
        }
        kind, subscription = names_of_kind[channel.kind]
        self._dispatcher.emit(heard | {"channel_type": kind}, subscription)
        if f"<@{names.BOT_USER}>" in message["text"] and channel.kind != "D":
            self._dispatcher.emit(heard | {"type": "app_mention"})

    def _note(self, channel: Channel, user: str, text: str, thread_ts: str | None) -> None:
        self._workspace.whisper(channel, user, {"text": text, "thread_ts": thread_ts, "from": "USLACKBOT"})

    def complain(self, user: str, text: str) -> None:
        """Tell a person that something failed."""
        self.errors.append(text)
        self._workspace.tell_error(text, user)
