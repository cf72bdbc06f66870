"""Listeners, use cases and poster against the playground's Slack, over real HTTP and WebSocket connections."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import aiohttp
import pytest

from bot.core.wording.card import AGAIN, CONSOLE, STOP
from bot.core.wording.thread import MAYBE_REPEATED
from bot.slack.connection import Connection, HttpConnection, SocketConnection
from bot.slack.listeners import Listeners, make_app
from bot.slack.poster import SlackPoster
from bot.slack.session import check_app_token, make_client, who_am_i
from playground.server import Playground
from playground.slack import Drop, Garbage, Rates, Refuse, ServerError, SlackOptions, Throttle
from playground.slack.faults import Fault
from playground.slack.names import ALICE, APP_TOKEN, BOT_TOKEN, MIGRATIONS, RANDOM, SIGNING_SECRET
from providers.base import TaskState
from tests.slack.parts import started
from tests.usecases.world import World, plain

POST = "chat.postMessage"


@dataclass(slots=True, kw_only=True)
class Stage:
    """A workspace, and a bot in it."""

    world: World
    slack: Playground
    connection: Connection

    async def types(self, text: str, channel: str = MIGRATIONS) -> None:
        """Type a command; whatever comes of it comes later."""
        await self.slack.slack.say(ALICE, channel, f"/milepost {text}")

    async def follows(self) -> dict[str, Any]:
        """Subscribe, and return the card."""
        await self.types("subscribe drs job-1")
        await self.slack.slack.wait_for(lambda: self.messages)
        # The card stands there a moment before the bot knows that it does.
        await self.types("list")
        await self.slack.slack.wait_for(lambda: self.whispers)
        self.world.clock.move(seconds=2)
        return self.messages[0]

    async def reads(self, percent: float, state: TaskState = TaskState.RUNNING) -> None:
        """The task moves on, and everything follows from it."""
        self.world.task(percent, state)
        await self.world.poll_later()
        await self.world.tell_all(times=12)
        await self.world.show()

    @property
    def messages(self) -> list[dict[str, Any]]:
        return self.slack.slack.messages(MIGRATIONS)

    @property
    def replies(self) -> list[str]:
        return [plain(one["text"]) for one in self.messages[1:]]

    @property
    def whispers(self) -> list[str]:
        return [plain(one["text"]) for one in self.slack.slack.ephemerals(ALICE)]


SetUp = Callable[..., Awaitable[Stage]]


@pytest.fixture
async def set_up(tmp_path: Path) -> AsyncIterator[SetUp]:
    async with AsyncExitStack() as stack:

        async def done(mode: Literal["socket", "http"] = "socket", **options: Any) -> Stage:
            world = await started(tmp_path)
            stack.push_async_callback(world.stop)
            playground = Playground(
                now=lambda: world.clock.at.timestamp() if mode == "socket" else _real_time(),
                slack=SlackOptions(rates=Rates.none(), **options),
            )
            await stack.enter_async_context(playground)
            session = await stack.enter_async_context(aiohttp.ClientSession())
            client = make_client(session, token=BOT_TOKEN, api_url=f"{playground.url}/api/")
            world.put_together(world.store, SlackPoster(client), dict(world.accounts))
            app = make_app(client, signing_secret=SIGNING_SECRET, me=await who_am_i(client))
            listeners = Listeners(world.subscriptions)
            listeners.register(app)
            connection: Connection
            if mode == "socket":
                await check_app_token(client, APP_TOKEN)
                connection = SocketConnection(app, APP_TOKEN)
                await connection.open()
            else:
                connection = HttpConnection(app, "127.0.0.1", 0)
                await connection.open()
                await playground.slack.deliver_to(f"http://127.0.0.1:{connection.port}/slack/events")
            stack.push_async_callback(connection.close)
            stack.push_async_callback(listeners.drain, 5)
            stack.push_async_callback(connection.stop_receiving)
            await playground.slack.wait_for(lambda: playground.slack.connected)
            return Stage(world=world, slack=playground, connection=connection)

        yield done


def _real_time() -> float:
    # Signatures are checked against the machine's clock.
    return time.time()


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_task_is_followed_from_the_command_to_its_end(set_up: SetUp, mode: str) -> None:
    stage = await set_up(mode)

    card = await stage.follows()
    await stage.reads(60)
    await stage.reads(100, TaskState.SUCCEEDED)

    first, milestone, end = stage.messages
    assert "10 %" in plain(card["text"])
    assert "done after" in plain(first["text"])
    assert {one["thread_ts"] for one in (milestone, end)} == {card["ts"]}
    assert end["subtype"] == "thread_broadcast"
    assert "subtype" not in milestone
    assert stage.slack.slack.errors == []


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_the_buttons_of_a_card_work(set_up: SetUp, mode: str) -> None:
    stage = await set_up(mode)
    card = await stage.follows()
    slack = stage.slack.slack

    for action in (CONSOLE, STOP):
        outcome = await slack.press(ALICE, MIGRATIONS, card["ts"], action)
        assert outcome is not None
        assert outcome.acked
    await slack.wait_for(lambda: [one for one in stage.whispers if "Stopped following" in one])
    await slack.wait_for(lambda: "not followed here" in plain(stage.messages[0]["text"]))

    assert await stage.world.store.followed_in(MIGRATIONS) == []


async def test_an_ended_task_can_be_tracked_again_from_its_card(set_up: SetUp) -> None:
    stage = await set_up()
    card = await stage.follows()
    await stage.reads(100, TaskState.SUCCEEDED)
    stage.world.task(5)

    await stage.slack.slack.press(ALICE, MIGRATIONS, card["ts"], AGAIN)
    await stage.slack.slack.wait_for(lambda: len(stage.messages) == 3)

    assert "5 %" in plain(stage.messages[-1]["text"])
    assert "thread_ts" not in stage.messages[-1]


async def test_where_the_bot_was_not_invited_it_says_how_and_subscribes_nothing(set_up: SetUp) -> None:
    stage = await set_up()

    await stage.types("subscribe drs job-1", channel=RANDOM)
    await stage.slack.slack.wait_for(lambda: stage.whispers)

    assert "/invite @milepost" in stage.whispers[0]
    assert await stage.world.store.followed_in(RANDOM) == []


@pytest.mark.parametrize(
    "fault",
    [
        Drop(done=True),
        Drop(done=False),
        ServerError(done=True),
        ServerError(done=False),
        Garbage(done=True),
        Garbage(done=False),
        Refuse(code="internal_error", done=True),
        Refuse(code="fatal_error", done=False),
        Throttle(retry_after=3),
        Throttle(retry_after=None),
        Refuse(code="invalid_blocks"),
        Refuse(code="ratelimited"),
    ],
    ids=str,
)
async def test_whatever_becomes_of_a_call_a_milestone_is_there_once(set_up: SetUp, fault: Fault) -> None:
    stage = await set_up()
    await stage.follows()
    stage.slack.slack.faults.plan(POST, fault)

    await stage.reads(60)
    await stage.world.tell_all(times=40)

    (reply,) = stage.replies
    assert "60 %" in reply
    assert MAYBE_REPEATED not in reply


@pytest.mark.parametrize("fault", [Drop(done=True), Drop(done=False), ServerError(done=True)], ids=str)
async def test_whatever_becomes_of_the_call_a_card_is_there_once(set_up: SetUp, fault: Fault) -> None:
    stage = await set_up()
    stage.slack.slack.faults.plan(POST, fault)

    await stage.types("subscribe drs job-1")
    await stage.slack.slack.wait_for(lambda: stage.whispers)
    await stage.world.tell_all(times=10)
    await stage.reads(60)

    card, milestone = stage.messages
    assert milestone["thread_ts"] == card["ts"]
    assert "60 %" in plain(card["text"])


async def test_without_the_history_scope_what_may_be_a_repeat_says_so(set_up: SetUp) -> None:
    stage = await set_up(scopes=frozenset({"commands", "chat:write"}))
    await stage.follows()
    stage.slack.slack.faults.plan(POST, Drop(done=True))

    await stage.reads(60)

    first, second = stage.replies
    assert MAYBE_REPEATED not in first
    assert MAYBE_REPEATED in second


async def test_a_card_whose_edit_fails_is_true_in_the_end(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()
    for fault in (Drop(done=False), ServerError(done=True), Throttle(retry_after=2)):
        stage.slack.slack.faults.plan("chat.update", fault)

    await stage.reads(100, TaskState.SUCCEEDED)
    for _ in range(60):
        await stage.world.show()
        stage.world.clock.move(seconds=1)

    assert "done after" in plain(stage.messages[0]["text"])
    assert len(stage.replies) == 1


async def test_subscribing_twice_links_the_card(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()

    await stage.types("subscribe drs job-1")
    await stage.slack.slack.wait_for(lambda: len(stage.whispers) == 2)

    assert "follows it already" in stage.whispers[-1]
    assert stage.slack.url in stage.slack.slack.ephemerals(ALICE)[-1]["text"]


async def test_a_bot_that_stops_disconnects_so_that_slack_tells_the_person(set_up: SetUp) -> None:
    stage = await set_up()

    await stage.connection.stop_receiving()
    await stage.slack.slack.wait_for(lambda: not stage.slack.slack.connected)
    await stage.types("list")

    assert len(stage.slack.slack.errors) == 1
