"""A workspace of the playground with a bot in it: real HTTP and WebSocket connections, and a clock that is moved."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.app import make_app
from bot.slack.connection import Connection
from bot.slack.duplicates import Duplicates
from bot.slack.events import Events
from bot.slack.http_mode import HttpConnection
from bot.slack.listeners import Listeners
from bot.slack.people import SlackPeople
from bot.slack.poster import SlackPoster
from bot.slack.session import make_client, who_am_i
from bot.slack.sockets import SocketConnection
from bot.usecases.rights import Permissions
from playground.server import Playground
from playground.slack import Rates, SlackHalf, SlackOptions
from playground.slack.names import ALICE, APP_TOKEN, BOT_TOKEN, MIGRATIONS, SIGNING_SECRET
from playground.slack.transport import Kind
from providers.base import TaskState
from tests.slack.parts import listeners_of
from tests.usecases.world import FakeCloud, World, plain

DIRECT = "D0ALICE"
"""Alice's direct messages with the bot."""

Mode = Literal["socket", "http"]
SetUp = Callable[..., Awaitable["Stage"]]


@dataclass(slots=True, kw_only=True)
class Stage:
    """A workspace, and a bot in it."""

    world: World
    slack: SlackHalf
    connection: Connection
    listeners: Listeners
    events: Events
    client: AsyncWebClient

    # What people do

    async def types(self, text: str, channel: str = MIGRATIONS) -> None:
        """Type a command; whatever comes of it comes later."""
        await self.slack.say(ALICE, channel, f"/milepost {text}")

    async def asks(self, text: str, channel: str = MIGRATIONS) -> str:
        """Type a command and return its private answer."""
        before = len(self.whispers)
        await self.types(text, channel)
        await self.slack.wait_for(lambda: len(self.whispers) > before)
        return self.whispers[-1]

    async def says(self, text: str, channel: str = MIGRATIONS, *, thread_ts: str | None = None) -> None:
        """Write a message, and wait until the bot did what follows from it."""
        before = len(self.slack.deliveries)
        await self.slack.say(ALICE, channel, text, thread_ts)
        await self.slack.wait_for(lambda: len(self.slack.deliveries) > before)
        await self.listeners.settle()

    async def opens_form(self, text: str = "", channel: str = MIGRATIONS) -> dict[str, Any]:
        """Type what opens a form, and return the form."""
        await self.types(text, channel)
        await self.listeners.settle()
        return self.modal

    async def fills_in(self, user: str = ALICE, **values: Any) -> None:
        """Send the form on top, and wait for what comes of it."""
        await self.slack.forms.submit(user, self.modals(user)[-1]["id"], values).outcome()
        await self.listeners.settle()

    async def submits(self, view: dict[str, Any], user: str = ALICE) -> dict[str, Any]:
        """Send a form of any shape, as Slack's servers would, and return what is answered."""
        payload = self.slack.dispatcher.interaction("view_submission", user, view=view, trigger_id=f"t{id(view)}")
        outcome = await self.slack.dispatcher.once(Kind.INTERACTION, payload)
        assert outcome.acked
        await self.listeners.settle()
        return outcome.answer or {}

    async def chooses(self, card: dict[str, Any], what: str, channel: str = MIGRATIONS, *, forged: bool = True) -> None:
        """Choose from the menu behind the three dots of a card."""
        await self.slack.press(ALICE, channel, card["ts"], "card.more", choice={"value": what}, forged=forged)
        await self.listeners.settle()

    async def looks_home(self, user: str = ALICE) -> str:
        """Open the App Home, and return what it says."""
        before = len(self.slack.deliveries)
        self.slack.forms.open_home(user)
        await self.slack.wait_for(lambda: len(self.slack.deliveries) > before)
        await self.listeners.settle()
        return self.home(user)

    async def presses_home(self, action: str, choice: Any = None, user: str = ALICE, *, forged: bool = False) -> str:
        """Use an element of the App Home, and return what the home says then."""
        home = self.slack.views.home(user)
        assert home is not None
        press = self.slack.forms.press(user, home["id"], action, None, choice, forged=forged)
        await press.outcome()
        await self.listeners.settle()
        return self.home(user)

    async def follows(self, channel: str = MIGRATIONS) -> dict[str, Any]:
        """Subscribe, and return the card."""
        await self.types("subscribe drs job-1", channel)
        await self.slack.wait_for(lambda: self.shown(channel))
        await self.asks("list", channel)
        # The card stands there a moment before the bot has written down that it does.
        await self.listeners.settle()
        self.world.clock.move(seconds=2)
        return self.shown(channel)[0]

    # What the task does

    async def reads(self, percent: float, state: TaskState = TaskState.RUNNING, *, minutes: float = 2) -> None:
        """The task moves on, and everything follows from it."""
        self.world.task(percent, state)
        await self.world.poll_later(minutes=minutes)
        await self.world.tell_all(times=12)
        await self.world.show()

    # What happens to the bot

    async def hears(self, act: Callable[[], None]) -> None:
        """Let something happen in Slack, and wait until the bot did what follows from its events."""
        before = len(self.slack.deliveries)
        act()
        await self.slack.wait_for(lambda: len(self.slack.deliveries) > before)
        await self.events.drain(5)

    async def rechecks(self, *, minutes: float = 11) -> None:
        """Let time pass, and the bot look whether closed channels are open."""
        self.world.clock.move(minutes=minutes)
        await self.world.pauses.tick()
        await self.world.tell_all(times=12)
        await self.world.show()

    async def goes_on(self) -> None:
        """Let the bot say what it has to say."""
        await self.world.tell_all(times=12)
        await self.world.show()

    # What there is to see

    def shown(self, channel: str = MIGRATIONS) -> list[dict[str, Any]]:
        """What the bot said in a channel, replies included."""
        return [one for one in self.slack.messages(channel) if one.get("bot_id")]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return self.shown()

    @property
    def replies(self) -> list[str]:
        return [plain(one["text"]) for one in self.messages[1:]]

    def modals(self, user: str = ALICE) -> list[dict[str, Any]]:
        """The open windows of a person, the one on top last."""
        return self.slack.views.modals(user)

    @property
    def modal(self) -> dict[str, Any]:
        return self.modals()[-1]

    @property
    def field_errors(self) -> dict[str, str]:
        return self.slack.forms.field_errors.get(ALICE, {})

    def home(self, user: str = ALICE) -> str:
        """All that the App Home of a person says."""
        home = self.slack.views.home(user)
        return words(home["blocks"]) if home is not None else ""

    @property
    def whispers(self) -> list[str]:
        return [plain(one["text"]) for one in self.slack.ephemerals(ALICE)]

    @property
    def told(self) -> list[str]:
        """What Alice was told in her direct messages."""
        known = DIRECT in self.slack.workspace.channels
        return [plain(one["text"]) for one in self.slack.messages(DIRECT)] if known else []

    def posts(self, channel: str = MIGRATIONS) -> int:
        """How often the bot tried to post in a channel."""
        return sum(call.arguments.get("channel") == channel for call in self.slack.calls("chat.postMessage"))


def words(blocks: Any) -> str:
    """All that a person can read in blocks."""
    if isinstance(blocks, dict):
        own = [blocks["text"]] if isinstance(blocks.get("text"), str) else []
        return plain("\n".join([*own, *filter(None, map(words, blocks.values()))]))
    return "\n".join(filter(None, map(words, blocks))) if isinstance(blocks, list) else ""


@asynccontextmanager
async def stages(path: Path) -> AsyncIterator[SetUp]:
    """Hand out a function that sets a stage; what it set up ends with the block."""
    async with AsyncExitStack() as stack:

        async def done(
            mode: Mode = "socket",
            *,
            permissions: Permissions | None = None,
            limited: dict[str, dict[str, tuple[str, ...]]] | None = None,
            more_clouds: dict[str, FakeCloud] | None = None,
            **options: Any,
        ) -> Stage:
            world = World(
                path, permissions=permissions or Permissions(), limited=limited or {}, more_clouds=more_clouds or {}
            )
            world.task(10)
            await world.start()
            stack.push_async_callback(world.stop)
            playground = Playground(
                # Signatures are checked against the machine's clock.
                now=(lambda: world.clock.at.timestamp()) if mode == "socket" else time.time,
                slack=SlackOptions(**{"rates": Rates.none(), "retry_delays": (0.0, 0.0), **options}),
            )
            await stack.enter_async_context(playground)
            session = await stack.enter_async_context(aiohttp.ClientSession())
            client = make_client(session, token=BOT_TOKEN, api_url=f"{playground.url}/api/")
            people = SlackPeople(client)
            world.put_together(world.store, SlackPoster(client), dict(world.accounts), people)
            me = await who_am_i(client)
            app = make_app(client, signing_secret=SIGNING_SECRET, me=me)
            app.use(Duplicates())
            listeners, events = listeners_of(world, client, people), Events(world.pauses, world.requests)
            listeners.register(app, me=me.bot_user_id)
            events.register(app, me=me.bot_user_id)
            connection: Connection
            if mode == "socket":
                connection = SocketConnection(app, APP_TOKEN)
                await connection.open()
                await playground.slack.wait_for(lambda: playground.slack.socket.connections == 2)
            else:
                connection = HttpConnection(app, "127.0.0.1", 0)
                await connection.open()
                await playground.slack.deliver_to(f"http://127.0.0.1:{connection.port}/slack/events")
            stack.push_async_callback(connection.close)
            stack.push_async_callback(events.drain, 5)
            stack.push_async_callback(listeners.drain, 5)
            stack.push_async_callback(connection.stop_receiving)
            return Stage(
                world=world,
                slack=playground.slack,
                connection=connection,
                listeners=listeners,
                events=events,
                client=client,
            )

        yield done
