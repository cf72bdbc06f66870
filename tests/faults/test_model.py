"""Random histories through the real store and the real use cases, against a Slack that fails in every way it can.

Whatever happens, each channel hears in the end what was due: once, in order, in its thread; an end always; nothing
after somebody unsubscribed. Only where Slack's answer was lost and the history cannot be read may one message come
again, and it says so.

``MILEPOST_HISTORIES=5000`` tries so many, other ones at each run.
"""

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.message import Message
from bot.core.model import DeliveryId, PauseReason, SubscriptionId
from bot.core.notify import is_failure
from bot.core.rules import Quiet, Rules
from bot.ports import Blind, FindResult, PostResult, Refusal, Refused, RetryLater, Revision, Unclear
from providers.base import Reading, TaskState
from tests.faults.model import Model, problems, problems_of_time
from tests.faults.soaking.shown import subscription
from tests.usecases.world import CHANNEL, DOWN, OTHER, FakeSlack, Lost, PostAnswer, World, snapshot

HISTORIES = int(os.environ.get("MILEPOST_HISTORIES", "100"))
DERANDOMIZED = "MILEPOST_HISTORIES" not in os.environ
CHANNELS = (CHANNEL, OTHER)
CLOSED = Refused(kind=Refusal.CHANNEL_CLOSED, code="is_archived")
QUIET_MINUTES = 25
USUAL = Rules()
TIMED = Rules(heartbeat=420, stall=300, quiet=Quiet(start=12 * 60 + 15, end=12 * 60 + 15 + QUIET_MINUTES))
"""Readings come every two minutes, so that all of it happens in a history."""
NOT_IN = Refused(kind=Refusal.CHANNEL_CLOSED, code="not_in_channel")

TROUBLES: dict[str, PostAnswer | Lost] = {
    "lost, done": Lost(Unclear(code="http_503")),
    "lost, not done": Unclear(code="TimeoutError"),
    "throttled": RetryLater(after=7.0, code="ratelimited", throttled=True),
    "unreachable": RetryLater(after=0.0, code="ClientConnectorError"),
    "blocks refused": Refused(kind=Refusal.PAYLOAD, code="invalid_blocks"),
    "thread closed": Refused(kind=Refusal.THREAD_CLOSED, code="thread_not_found"),
    "unknown code": Refused(kind=Refusal.UNKNOWN, code="a_code_of_tomorrow"),
}
BLIND_TROUBLES = ("lost, done", "lost, not done", "throttled")


@dataclass(frozen=True, slots=True)
class Reads:
    """The task is read in this condition."""

    reading: Reading


@dataclass(frozen=True, slots=True)
class Troubled:
    """The next posts go wrong so."""

    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Does:
    """Something else happens; in which channel."""

    what: str
    channel: str


Event: TypeAlias = Reads | Troubled | Does


def events(*, blind: bool) -> st.SearchStrategy[Event]:
    percents = st.integers(0, 100).map(float)
    kinds = st.sampled_from(BLIND_TROUBLES if blind else tuple(TROUBLES))
    does = ["subscribe", "subscribe", "unsubscribe", "restart", "wait"]
    if not blind:
        does += ["close", "open", "remove", "looks fail"]
    return st.one_of(
        percents.map(lambda percent: Reads(snapshot(percent))),
        percents.map(lambda percent: Reads(snapshot(percent))),
        percents.map(lambda percent: Reads(snapshot(percent, TaskState.PAUSED))),
        st.just(Reads(DOWN)),
        st.lists(kinds, min_size=1, max_size=3).map(lambda found: Troubled(tuple(found))),
        st.builds(Does, st.sampled_from(does), st.sampled_from(CHANNELS)),
    )


class ForgetfulSlack(FakeSlack):
    """A Slack whose history cannot be read, where *blind*."""

    def __init__(self, world: World, *, blind: bool) -> None:
        super().__init__(world.clock)
        self._world = world
        self._blind = blind
        self.too_early: list[str] = []
        """What was posted while quiet hours held it back."""

    async def post(
        self,
        *,
        channel: str,
        message: Message,
        delivery_id: DeliveryId,
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> PostResult:
        rows = await self._world.store.waiting(SubscriptionId(subscription(delivery_id)))
        held = [row for row in rows if row.id == delivery_id and row.held_until is not None]
        if any(row.held_until > self._clock.now() for row in held if row.held_until is not None):
            # A failure lets go what was held back before it.
            self.too_early += [row.id for row in held if not any(is_failure(one.news) for one in rows)]
        return await super().post(
            channel=channel, message=message, delivery_id=delivery_id, thread_ts=thread_ts, broadcast=broadcast
        )

    async def find(
        self, *, channel: str, thread_ts: str | None, delivery_id: DeliveryId, since: datetime
    ) -> FindResult:
        if self._blind:
            return Blind(for_good=True)
        return await super().find(channel=channel, thread_ts=thread_ts, delivery_id=delivery_id, since=since)


class Play:
    """Plays a history in a world, and tells the model."""

    def __init__(self, folder: Path, *, blind: bool, rules: Rules) -> None:
        self._rules = rules
        self.world = World(folder)
        self.slack = self.world.slack = ForgetfulSlack(self.world, blind=blind)
        self.model = Model()
        self.losses = 0
        self._events: dict[str, Callable[[str], Awaitable[None]]] = {
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "restart": lambda _: self.world.restart(),
            "wait": self._wait,
            "close": self._close,
            "remove": self._remove,
            "open": self._open,
            "looks fail": self._looks_fail,
        }

    async def whole(self, history: list[Event], end: TaskState) -> None:
        """Play the history, then let the task end in good weather, and all be told."""
        await self.world.start()
        self.world.task(0)
        await self._subscribe(CHANNEL)
        for event in history:
            match event:
                case Reads(reading):
                    await self._read(reading)
                    await self.world.tell()
                    await self.world.show()
                case Troubled(kinds):
                    self._plan(kinds)
                case Does(what, channel):
                    await self._events[what](channel)
        await self._end(end)
        await self.world.stop()

    def _plan(self, kinds: tuple[str, ...]) -> None:
        planned = self.world.slack.post_answers
        for kind in kinds:
            answer = TROUBLES[kind]
            if _is_about_the_message(answer) and planned and _is_about_the_message(planned[-1]):
                # What is refused as plain text too is let go, which is no fault of the deliveries.
                continue
            self.losses += kind.startswith("lost")
            planned.append(answer)

    async def _end(self, end: TaskState) -> None:
        world = self.world
        world.slack.post_answers.clear()
        world.slack.find_answers.clear()
        world.slack.closed.clear()
        if not self.model.following:
            return
        await world.restart()
        for channel in CHANNELS:
            await world.pauses.channel_open(channel)
        for _ in range(4):
            # A watch that nobody could hear is looked at seldom.
            await self._read(snapshot(100, end))
        if self._rules.quiet is not None:
            world.clock.move(minutes=QUIET_MINUTES)
        for _ in range(3):
            await world.tell_all(times=12)
            await world.show()
            world.clock.move(minutes=6)
        await world.tell_all(times=3)

    async def _read(self, reading: Reading) -> None:
        world = self.world
        world.cloud.tasks["job-1"] = reading
        calls = len(world.cloud.calls)
        await world.poll_later(minutes=2)
        if len(world.cloud.calls) > calls:
            self.model.read(reading)

    async def _subscribe(self, channel: str) -> None:
        world = self.world
        before = {f.subscription.id for f in await world.store.followed_in(channel)}
        calls = len(world.cloud.calls)
        await world.types("subscribe drs job-1", channel=channel)
        # Slack may deliver it a second time.
        await world.types("subscribe drs job-1", channel=channel)
        for followed in await world.store.followed_in(channel):
            if followed.subscription.id not in before:
                if len(world.cloud.calls) > calls and not self.model.following:
                    self.model.read(world.cloud.tasks["job-1"])
                self.model.subscribed(followed.subscription.id, channel)
                if self._rules != followed.subscription.rules:
                    revision = Revision(rules=self._rules, at=world.clock.now())
                    await world.store.revise(followed.subscription.id, revision)
        world.clock.move(seconds=2)

    async def _unsubscribe(self, channel: str) -> None:
        world = self.world
        before = [f.subscription.id for f in await world.store.followed_in(channel)]
        await world.types("unsubscribe drs job-1", channel=channel)
        for subscription_id in before:
            self.model.left(subscription_id, world.clock.now())
        world.clock.move(seconds=2)

    async def _wait(self, _: str) -> None:
        """Long enough for what waits to grow old, while nothing is told."""
        self.world.clock.move(minutes=11)

    async def _close(self, channel: str) -> None:
        self.world.slack.closed[channel] = CLOSED
        await self.world.pauses.channel_closed(channel, PauseReason.ARCHIVED)

    async def _remove(self, channel: str) -> None:
        """The bot is removed, and the event about it is lost: it learns so from a post or a look."""
        self.world.slack.closed[channel] = NOT_IN

    async def _open(self, channel: str) -> None:
        self.world.slack.closed.pop(channel, None)
        await self.world.pauses.channel_open(channel)

    async def _looks_fail(self, _: str) -> None:
        self.world.slack.find_answers.append(Blind(for_good=False, after=5.0))


def _is_about_the_message(answer: PostAnswer | Lost) -> bool:
    return isinstance(answer, Refused) and answer.kind in (Refusal.PAYLOAD, Refusal.UNKNOWN)


def play(history: list[Event], end: TaskState, *, blind: bool, rules: Rules = USUAL) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        found = Play(Path(folder), blind=blind, rules=rules)
        asyncio.run(found.whole(history, end))
        return [
            *problems(found.world, found.model, blind=blind, losses=found.losses),
            *problems_of_time(found.world),
            *found.slack.too_early,
        ]


tried = settings(
    max_examples=HISTORIES,
    derandomize=DERANDOMIZED,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
unhurried = pytest.mark.timeout(120 + HISTORIES)
ENDS = st.sampled_from((TaskState.SUCCEEDED, TaskState.FAILED, TaskState.STOPPED))


@unhurried
@tried
@given(history=st.lists(events(blind=False), min_size=3, max_size=20), end=ENDS)
def test_every_history_is_told_once_in_order_and_in_its_thread(history: list[Event], end: TaskState) -> None:
    assert play(history, end, blind=False) == []


@unhurried
@tried
@given(history=st.lists(events(blind=True), min_size=3, max_size=20), end=ENDS)
def test_without_the_history_scope_only_a_lost_answer_repeats_a_message_and_it_says_so(
    history: list[Event], end: TaskState
) -> None:
    assert play(history, end, blind=True) == []


@unhurried
@tried
@given(history=st.lists(events(blind=False), min_size=3, max_size=20), end=ENDS)
def test_with_heartbeats_stalls_and_quiet_hours_every_history_is_still_told_once_in_order_and_in_its_thread(
    history: list[Event], end: TaskState
) -> None:
    assert play(history, end, blind=False, rules=TIMED) == []
