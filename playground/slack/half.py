"""The Slack half of the playground, as the server mounts it and as tests use it."""

import asyncio
import copy
from collections.abc import Callable
from typing import Any, TypeVar

from aiohttp import web

from playground.clock import MovableClock
from playground.live import LiveHub
from playground.slack import names
from playground.slack.arguments import Arguments
from playground.slack.chat import Chat
from playground.slack.content import checked_blocks
from playground.slack.control import Control
from playground.slack.conversations import Conversations
from playground.slack.dispatch import Dispatcher
from playground.slack.errors import Mistake
from playground.slack.faults import Delay, Faults, Hold
from playground.slack.forms import Forms
from playground.slack.http_mode import HttpMode
from playground.slack.life import Life
from playground.slack.membership import Membership
from playground.slack.options import SlackOptions
from playground.slack.people import COMMANDS, SHORTCUTS, People
from playground.slack.rates import Limiter
from playground.slack.responses import Responses
from playground.slack.scripting import Scripting
from playground.slack.socket import SocketMode
from playground.slack.tokens import Method, Tokens
from playground.slack.transport import Delivery, Outcome, Transport
from playground.slack.triggers import Triggers
from playground.slack.views import Views
from playground.slack.wall import Wall
from playground.slack.webapi import Call, Methods, WebApi
from playground.slack.workspace import Channel, Json, Workspace

T = TypeVar("T")


class SlackHalf:
    """Everything that Slack is to a bot and to the people in the workspace."""

    def __init__(self, hub: LiveHub, now: MovableClock, options: SlackOptions) -> None:
        self._hub = hub
        self._now = now
        self._ack_seconds = options.ack_seconds
        self._url = ""
        self._http: HttpMode | None = None
        self._was_connected = False
        self._closing = asyncio.Event()
        self.workspace = Workspace(hub, now)
        self.wall = Wall(now, self.workspace, hub)
        self.faults = Faults()
        self.limiter = Limiter(options.rates, now)
        self.tokens = Tokens(options.scopes)
        self.socket = SocketMode(self.faults, options.ack_seconds, self._connection_changed)
        self.dispatcher = Dispatcher(
            self.workspace, self._transport, hub, now, options.retry_delays, set(options.events)
        )
        self._chat = Chat(self.workspace, lambda: self._url, self.tokens, unthread_orphans=options.unthread_orphans)
        responses = Responses(self.workspace, self._chat, lambda: self._url, now)
        self._responses = responses
        self._triggers = Triggers(now, self.workspace.serial, options.trigger_seconds)
        membership = Membership(self.workspace, self.dispatcher)
        self.people = People(self.workspace, self.dispatcher, responses, self._triggers, membership)
        self.life = Life(self.workspace, self.dispatcher, self.tokens, membership)
        self.views = Views(self.workspace, self._triggers, hub)
        self.forms = Forms(self.workspace, self.dispatcher, self.views, self._triggers, self.people)
        self._api = WebApi(
            self._methods(),
            post_unthreaded=lambda arguments: self._chat.post(arguments, unthread=True),
            tokens=self.tokens,
            limiter=self.limiter,
            faults=self.faults,
            hub=hub,
            now=now,
            held=self._held,
        )

    # What the server needs.

    def routes(self) -> list[web.RouteDef]:
        """Return every route of this half."""
        return [
            web.route("*", "/api/{method}", self._api.serve),
            web.get("/link", self.socket.serve),
            web.post("/response/{token}", self._responses.take),
            *Control(self.people, self.forms, Scripting(self.faults, self.life, self.socket), self.wall).routes(),
        ]

    def open(self, url: str) -> None:
        """Learn the address that links and response URLs point to."""
        self._url = url
        self._closing.clear()

    async def close(self) -> None:
        """End every task and connection of this half."""
        self._closing.set()
        await self.dispatcher.tasks.close()
        await self.socket.close()
        if self._http is not None:
            await self._http.close()
            self._http = None

    def person(self, user: str) -> str:
        """Return *user*, or the first person when it is nobody."""
        return user if user in self.workspace.users else next(iter(self.workspace.users))

    def state(self, me: str) -> Json:
        """Return what the page of *me* shows when it opens."""
        bot = {"user_id": names.BOT_USER, "bot_id": names.BOT, "name": names.BOT_NAME, "connected": self.connected}
        channels = list(self.workspace.visible_to(me))
        state = {
            "workspace": {"team_id": names.TEAM, "name": names.TEAM_NAME, "bot": bot},
            "me": me,
            "users": [user.shown() for user in self.workspace.users.values()],
            "groups": [group.shown() for group in self.workspace.groups.values()],
            "channels": [channel.shown() for channel in channels],
            "messages": {channel.id: list(channel.messages.values()) for channel in channels},
            "ephemerals": self.ephemerals(me),
            "commands": COMMANDS,
            "shortcuts": SHORTCUTS,
            "modals": self.views.modals(me),
            "home": self.views.home(me),
            "clock": self.wall.shown(),
        }
        return copy.deepcopy(state)

    # What tests use.

    @property
    def connected(self) -> bool:
        """Say whether the bot can be reached."""
        return self._transport().connected

    async def deliver_to(self, url: str) -> None:
        """Switch to HTTP mode with the request URL *url*, which must know the challenge."""
        http = HttpMode(url, self._now, self._ack_seconds)
        try:
            await http.verify()
        except Mistake:
            await http.close()
            raise
        if self._http is not None:
            await self._http.close()
        self._http = http
        self._connection_changed()

    async def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Outcome | str | None:
        """Let a person type; returns the `ts` of the message, or what became of the command."""
        act = self.people.say(user, channel, text, thread_ts)
        return act.ts or await act.outcome()

    async def press(
        self,
        user: str,
        channel: str,
        message_ts: str,
        action_id: str,
        block_id: str | None = None,
        *,
        choice: Any = None,
        forged: bool = False,
    ) -> Outcome | None:
        """Let a person use an element of a message; returns whether the app acknowledged."""
        return await self.people.press(
            user, channel, message_ts, action_id, block_id, choice=choice, forged=forged
        ).outcome()

    def post(self, channel: str, text: str, **more: Any) -> str:
        """Post as the bot, past its tokens and limits; returns the `ts`."""
        arguments = Arguments({"channel": self.channel(channel).id, "text": text, **more})
        return str(self._chat.post(arguments)["ts"])

    def channel(self, channel: str) -> Channel:
        """Return a channel by its id or its name."""
        return self.workspace.find(channel)

    def delete(self, channel: str, ts: str) -> None:
        """Delete a message, as an administrator may; a parent with replies leaves a tombstone."""
        self.workspace.remove(self.channel(channel), ts)

    def messages(self, channel: str) -> list[Json]:
        """Return a copy of what stands in a channel, replies included, oldest first."""
        return copy.deepcopy(list(self.channel(channel).messages.values()))

    def thread(self, channel: str, ts: str) -> list[Json]:
        """Return a copy of a parent and its replies."""
        return copy.deepcopy(self.channel(channel).thread(ts))

    def ephemerals(self, user: str) -> list[Json]:
        """Return a copy of what *user* alone was shown."""
        return [copy.deepcopy(one) for one in self.workspace.ephemerals.values() if one["user"] == user]

    @property
    def errors(self) -> list[str]:
        """What people were told because the bot did not answer."""
        return self.people.errors

    def calls(self, method: str | None = None) -> list[Call]:
        """Return the calls of the bot, oldest first."""
        return [call for call in self._api.calls if method in (None, call.method)]

    @property
    def deliveries(self) -> list[Delivery]:
        """What was delivered to the bot, with the outcome of each try."""
        return list(self.dispatcher.deliveries)

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 5.0) -> T:  # noqa: ASYNC109 - told in the error
        """Return the first true value of *predicate*, asked again after each change."""
        return await self._hub.wait_for(predicate, timeout)

    # How the parts meet.

    def _transport(self) -> Transport:
        return self._http or self.socket

    def _connection_changed(self) -> None:
        connected = self.connected
        if connected != self._was_connected:
            self._was_connected = connected
            self._hub.publish({"type": "bot", "connected": connected})
        self._hub.touch()

    async def _held(self, fault: Hold | Delay) -> None:
        """Hold an answer back as *fault* says, at most until the playground ends."""
        ready = fault.until.wait() if isinstance(fault, Hold) else asyncio.sleep(fault.seconds)
        waits = [asyncio.ensure_future(ready), asyncio.ensure_future(self._closing.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _methods(self) -> Methods:
        chat, look = self._chat, Conversations(self.workspace, self._now)
        read = ("channels:read", "groups:read", "im:read")
        history = ("channels:history", "groups:history", "im:history")
        return {
            "api.test": Method(serve=lambda _: {}),
            "apps.connections.open": Method(serve=self._link, app_level=True),
            "blocks.validate": Method(serve=self._validate),
            "auth.test": Method(serve=self._who_am_i),
            "chat.delete": Method(serve=chat.delete, scopes=("chat:write",)),
            "chat.getPermalink": Method(serve=chat.permalink),
            "chat.postEphemeral": Method(serve=chat.whisper, scopes=("chat:write",)),
            "chat.postMessage": Method(serve=chat.post, scopes=("chat:write",)),
            "chat.update": Method(serve=chat.update, scopes=("chat:write",)),
            "conversations.history": Method(serve=look.history, scopes=history),
            "conversations.info": Method(serve=look.info, scopes=read),
            "conversations.members": Method(serve=look.members, scopes=read),
            "conversations.list": Method(serve=look.visible, scopes=read),
            "conversations.open": Method(serve=look.open, scopes=("im:write",)),
            "conversations.replies": Method(serve=look.replies, scopes=history),
            "team.info": Method(serve=look.team, scopes=("team:read",)),
            "users.conversations": Method(serve=look.joined, scopes=read),
            "usergroups.list": Method(serve=look.groups, scopes=("usergroups:read",)),
            "usergroups.users.list": Method(serve=look.group_members, scopes=("usergroups:read",)),
            "users.info": Method(serve=look.user, scopes=("users:read",)),
            "views.open": Method(serve=self.views.open),
            "views.publish": Method(serve=self.views.publish),
            "views.push": Method(serve=self.views.push),
            "views.update": Method(serve=self.views.update),
        }

    def _link(self, _: Arguments) -> Json:
        return {"url": f"{self._url.replace('http', 'ws', 1)}/link?ticket={self.socket.ticket()}"}

    def _validate(self, arguments: Arguments) -> Json:
        checked_blocks(arguments.structure("blocks", "invalid_blocks_format"))
        return {}

    def _who_am_i(self, _: Arguments) -> Json:
        me = {"url": f"{self._url}/", "team": names.TEAM_NAME, "user": "milepost", "team_id": names.TEAM}
        return me | {"user_id": names.BOT_USER, "bot_id": names.BOT, "is_enterprise_install": False}
