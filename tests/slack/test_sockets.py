"""Two Socket Mode connections that replace each other, against the playground."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck
from structlog.testing import capture_logs

from bot.slack.app import make_app
from bot.slack.duplicates import Duplicates
from bot.slack.session import SlackUnreachable, TokenRefused, make_client, who_am_i
from bot.slack.sockets import CONNECTIONS, SocketConnection
from playground.server import Playground
from playground.slack import Drop, Garbage, Hold, Refuse, ServerError, SlackHalf, SlackOptions, Throttle
from playground.slack.faults import Fault
from playground.slack.names import ALICE, APP_TOKEN, BOT_TOKEN, MIGRATIONS, SIGNING_SECRET

OPEN = "apps.connections.open"
REASONS = ["warning", "refresh_requested", "link_disabled", "too_many_websockets"]


class Bot:
    """A bot that counts the commands that it hears."""

    def __init__(self, slack: SlackHalf, app_token: str = APP_TOKEN) -> None:
        self.slack = slack
        self.heard: list[str] = []
        self.came = asyncio.Event()
        self.gate: asyncio.Event | None = None
        self._app_token = app_token

    async def build(self, session: aiohttp.ClientSession, url: str) -> None:
        client = make_client(session, token=BOT_TOKEN, api_url=f"{url}/api/")
        self.app = make_app(client, signing_secret=SIGNING_SECRET, me=await who_am_i(client))
        self.app.use(Duplicates())
        self.app.command("/milepost")(self._command)
        self.connection = SocketConnection(self.app, self._app_token)

    async def _command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        self.heard.append(str(body["text"]))
        self.came.set()
        if self.gate is not None:
            await self.gate.wait()
        await ack()

    async def both(self) -> None:
        """Wait until both connections stand, and both ends know it."""
        async with asyncio.timeout(5):
            while self.connections < CONNECTIONS:  # noqa: ASYNC110 - the bot's end tells nobody
                await asyncio.sleep(0)

    async def asked(self, text: str) -> None:
        """Type a command, and see that it was acknowledged."""
        await self.slack.say(ALICE, MIGRATIONS, f"/milepost {text}")
        assert self.slack.errors == []

    @property
    def connections(self) -> int:
        """How many take payloads."""
        return min(self.slack.socket.staying, sum(not line.leaving for line in self.connection.lines))

    @property
    def opened(self) -> int:
        return self.slack.socket.opened


Make = Callable[..., Awaitable[Bot]]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    async with AsyncExitStack() as stack:

        async def made(*, app_token: str = APP_TOKEN, opened: bool = True) -> Bot:
            playground = await stack.enter_async_context(Playground(slack=SlackOptions()))
            session = await stack.enter_async_context(aiohttp.ClientSession())
            bot = Bot(playground.slack, app_token)
            await bot.build(session, playground.url)
            stack.push_async_callback(bot.connection.close)
            if opened:
                await bot.connection.open()
                await bot.both()
            return bot

        yield made


# --- opening ------------------------------------------------------------------------------------------------------


async def test_two_connections_are_opened(make: Make) -> None:
    bot = await make()

    for text in "abcd":
        await bot.asked(text)

    assert bot.heard == list("abcd")
    assert bot.opened == 2


async def test_opening_waits_for_the_first_connection_only(make: Make) -> None:
    bot = await make(opened=False)
    never = asyncio.Event()
    bot.slack.faults.plan(OPEN, Hold(until=never))

    async with asyncio.timeout(5):
        await bot.connection.open()
    await bot.asked("list")

    assert bot.opened == 1


@pytest.mark.parametrize(
    "fault",
    [Refuse(code="internal_error"), Drop(), ServerError(), Garbage(), Throttle(retry_after=None)],
    ids=str,
)
async def test_the_next_look_brings_the_connection_that_failed(make: Make, fault: Fault) -> None:
    bot = await make(opened=False)
    bot.slack.faults.plan(OPEN, fault)
    with capture_logs() as logs:
        await bot.connection.open()
        await bot.slack.wait_for(lambda: len(bot.slack.calls(OPEN)) == 2)

        while bot.connections < CONNECTIONS:
            # The first failure may not be known yet.
            await bot.connection.watch()
            await asyncio.sleep(0)

    warned = [line for line in logs if line["log_level"] == "warning"]
    assert [line["event"] for line in warned] == ["a connection to Slack could not be opened; I try again"]


async def test_where_none_can_be_opened_slack_is_unreachable(make: Make) -> None:
    bot = await make(opened=False)
    bot.slack.faults.plan(OPEN, ServerError(), times=2)

    with pytest.raises(SlackUnreachable, match="HTTP 503"):
        await bot.connection.open()
    await bot.connection.watch()

    assert len(bot.slack.calls(OPEN)) == 2


async def test_a_refused_app_token_is_told(make: Make) -> None:
    bot = await make(app_token="xapp-wrong", opened=False)

    with pytest.raises(TokenRefused, match="app_token") as refused:
        await bot.connection.open()

    assert refused.value.code == "invalid_auth"
    assert "xapp-wrong" not in str(refused.value)


async def test_an_opening_that_is_given_up_leaves_nothing_behind(make: Make) -> None:
    bot = await make(opened=False)
    bot.slack.faults.plan(OPEN, Hold(until=asyncio.Event()), times=2)
    opening = asyncio.create_task(bot.connection.open())
    await bot.slack.wait_for(lambda: len(bot.slack.calls(OPEN)) == 2)

    opening.cancel()
    await asyncio.wait([opening])
    await bot.connection.close()

    assert opening.cancelled()


async def test_slacks_wish_to_be_asked_later_is_kept(make: Make) -> None:
    bot = await make(opened=False)
    bot.slack.faults.plan(OPEN, Throttle(retry_after=600), times=2)
    with pytest.raises(SlackUnreachable) as told:
        await bot.connection.open()

    again = SocketConnection(bot.app, APP_TOKEN)
    bot.slack.faults.plan(OPEN, Throttle(retry_after=600))
    await again.open()
    await bot.slack.wait_for(lambda: len(bot.slack.calls(OPEN)) == 4)
    for _ in range(20):
        await again.watch()
        await asyncio.sleep(0)
    await again.close()

    assert told.value.again_after == 600
    assert len(bot.slack.calls(OPEN)) == 4


# --- leaving ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", REASONS)
async def test_a_connection_that_is_told_to_leave_is_replaced_and_no_command_is_lost(make: Make, reason: str) -> None:
    bot = await make()

    await bot.slack.socket.disconnect(reason, most=1)
    for text in "abc":
        await bot.asked(text)
    await bot.both()
    for text in "def":
        await bot.asked(text)

    assert bot.heard == list("abcdef")
    assert bot.opened == 3


@pytest.mark.parametrize("reason", REASONS)
async def test_when_both_are_told_to_leave_two_new_ones_come(make: Make, reason: str) -> None:
    bot = await make()

    await bot.slack.socket.disconnect(reason)
    await bot.slack.wait_for(lambda: bot.opened == 4)
    await bot.both()
    await bot.asked("list")

    assert bot.heard == ["list"]


async def test_a_connection_that_leaves_stays_until_its_successor_stands(make: Make) -> None:
    bot = await make()
    gate = asyncio.Event()
    bot.slack.faults.plan(OPEN, Hold(until=gate))

    await bot.slack.socket.disconnect("warning", most=1)
    await bot.slack.wait_for(lambda: len(bot.slack.calls(OPEN)) == 3)
    before = bot.slack.socket.connections
    gate.set()
    await bot.slack.wait_for(lambda: bot.opened == 3 and bot.slack.socket.connections == 2)

    assert before == 2


async def test_a_slack_that_sends_everybody_away_is_not_called_all_day(make: Make) -> None:
    bot = await make()
    await bot.slack.socket.disconnect("refresh_requested")
    await bot.slack.wait_for(lambda: bot.opened == 4)
    await bot.both()

    await bot.slack.socket.disconnect("refresh_requested")
    await bot.slack.wait_for(lambda: bot.slack.socket.connections == 0)
    async with asyncio.timeout(5):
        while not all(line.leaving for line in bot.connection.lines):  # noqa: ASYNC110 - the SDK tells nobody else
            await asyncio.sleep(0)
    calls = len(bot.slack.calls(OPEN))
    await until_two_stand(bot)

    assert calls == 4
    assert bot.opened == 6


# --- dying --------------------------------------------------------------------------------------------------------


async def test_a_severed_connection_is_replaced_at_the_next_look(make: Make) -> None:
    bot = await make()
    bot.slack.socket.sever(most=1)
    for text in "ab":
        await bot.asked(text)

    await until_two_stand(bot)

    assert bot.opened == 3
    await bot.asked("c")
    assert bot.heard == list("abc")


async def test_after_a_dead_network_both_are_new(make: Make) -> None:
    bot = await make()
    bot.slack.socket.sever()

    await until_two_stand(bot)
    await bot.asked("list")

    assert bot.opened == 4
    assert bot.heard == ["list"]


async def test_a_look_does_not_wait_for_a_slack_that_keeps_silent(make: Make) -> None:
    bot = await make()
    bot.slack.faults.plan(OPEN, Hold(until=asyncio.Event()), times=2)
    bot.slack.socket.sever()
    async with asyncio.timeout(5):
        while len(bot.slack.calls(OPEN)) < 4:
            await bot.connection.watch()
            await asyncio.sleep(0)

        await bot.connection.watch()
        await bot.connection.stop_receiving()

    assert bot.connections == 0


async def test_an_outage_is_logged_once_on_the_way_down_and_once_on_the_way_up(make: Make) -> None:
    bot = await make()
    with capture_logs() as logs:
        bot.slack.faults.plan(OPEN, ServerError(), times=6)
        bot.slack.socket.sever()
        async with asyncio.timeout(5):
            while bot.connections < CONNECTIONS:
                await bot.connection.watch()
                await asyncio.sleep(0.01)

    said = [line["event"] for line in logs if "opened" in line["event"]]
    assert said == [
        "a connection to Slack could not be opened; I try again",
        "a connection to Slack could be opened again",
    ]


# --- stopping -----------------------------------------------------------------------------------------------------


async def test_a_stop_acknowledges_what_came_before_it(make: Make) -> None:
    bot = await make()
    bot.gate = asyncio.Event()
    typed = asyncio.create_task(bot.slack.say(ALICE, MIGRATIONS, "/milepost list"))
    async with asyncio.timeout(5):
        await bot.came.wait()

    stopping = asyncio.create_task(bot.connection.stop_receiving())
    await asyncio.sleep(0)
    bot.gate.set()
    await asyncio.gather(typed, stopping)

    assert bot.slack.errors == []
    assert not bot.slack.connected


async def test_a_stop_does_not_wait_for_ever_for_an_acknowledgement(make: Make) -> None:
    bot = await make()
    bot.gate = asyncio.Event()
    typed = asyncio.create_task(bot.slack.say(ALICE, MIGRATIONS, "/milepost list"))
    async with asyncio.timeout(5):
        await bot.came.wait()

        await bot.connection.stop_receiving()
        await typed
    bot.gate.set()

    assert len(bot.slack.errors) == 1


async def test_after_a_stop_nothing_is_opened_any_more(make: Make) -> None:
    bot = await make()

    await bot.connection.stop_receiving()
    await bot.connection.watch()
    await bot.connection.close()
    await bot.connection.watch()

    assert bot.opened == 2
    assert not bot.slack.connected


async def until_two_stand(bot: Bot) -> None:
    """Look until what is gone was replaced: the bot learns of it a moment later."""
    async with asyncio.timeout(5):
        while bot.connections < CONNECTIONS:
            await bot.connection.watch()
            await asyncio.sleep(0.01)
