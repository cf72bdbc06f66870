import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from bot.scheduler import Ticks, _Daily, _Every

HOUR = 3600.0


class Clocks:
    """Two clocks that stand still until they are moved."""

    def __init__(self) -> None:
        self.wall = 1_800_000_000.0
        self.monotonic = 50.0

    def pass_(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds


class Count:
    """A tick that counts, and lets a test wait for the next count."""

    def __init__(self) -> None:
        self.runs = 0
        self._ran = asyncio.Event()

    async def __call__(self) -> None:
        self.runs += 1
        self._ran.set()

    async def next(self) -> None:
        await self._ran.wait()
        self._ran.clear()


@contextlib.asynccontextmanager
async def running(ticks: Ticks) -> AsyncIterator[Ticks]:
    ticks.start()
    try:
        yield ticks
    finally:
        await ticks.drain(0)


def ticks_with(clocks: Clocks, on_jump: Callable[[float], None] | None = None, guard_seconds: float = HOUR) -> Ticks:
    return Ticks(
        on_jump=on_jump, wall=lambda: clocks.wall, monotonic=lambda: clocks.monotonic, guard_seconds=guard_seconds
    )


# --- running ---


async def test_a_tick_runs_at_the_start_and_again() -> None:
    ticks, count = Ticks(), Count()
    ticks.every(0.001, count, "poll")

    async with running(ticks):
        for _ in range(3):
            await count.next()

    assert count.runs >= 3


async def test_nothing_runs_before_the_start() -> None:
    ticks, count = Ticks(), Count()
    ticks.every(0.001, count, "poll")

    for _ in range(10):
        await asyncio.sleep(0)

    assert count.runs == 0


async def test_a_tick_never_runs_beside_itself() -> None:
    ticks, others = Ticks(), Count()
    inside = most = 0
    go = asyncio.Event()

    async def slow() -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await go.wait()
        inside -= 1

    ticks.every(0.001, slow, "slow")
    ticks.every(0.001, others, "others")
    async with running(ticks):
        for _ in range(20):
            await others.next()
        go.set()

    assert most == 1


async def test_a_tick_that_is_a_minute_late_still_runs() -> None:
    ticks, count = Ticks(), Count()
    ticks.every(HOUR, count, "poll")

    async with running(ticks):
        await count.next()
        ticks._scheduler.get_job("poll").modify(next_run_time=datetime.now(UTC) - timedelta(minutes=1))
        await count.next()

    assert count.runs == 2


async def test_one_slow_tick_holds_up_no_other() -> None:
    ticks, count = Ticks(), Count()
    ticks.every(HOUR, asyncio.Event().wait, "stuck")  # type: ignore[arg-type]  # that it returns True is no matter
    ticks.every(0.001, count, "quick")

    async with running(ticks):
        for _ in range(5):
            await count.next()

    assert count.runs >= 5


def test_a_tick_needs_an_interval() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Ticks().every(0, Count(), "poll")


async def test_a_daily_tick_waits_for_its_hour() -> None:
    ticks, count = Ticks(), Count()
    ticks.daily(3, count, "prune", minute=30)

    async with running(ticks):
        due = ticks.next_runs()["prune"]

    assert (due.hour, due.minute) == (3, 30)
    assert timedelta() < due - datetime.now(UTC) <= timedelta(days=1)
    assert count.runs == 0


# --- failing ---


async def test_a_failing_tick_goes_on_and_is_told_once_down_and_once_up() -> None:
    ticks, count = Ticks(), Count()
    failing = True

    async def tick() -> None:
        await count()
        if failing:
            raise RuntimeError("no luck")

    ticks.every(0.001, tick, "poll")
    with capture_logs() as told:
        async with running(ticks):
            for _ in range(5):
                await count.next()
            failing = False
            for _ in range(5):
                await count.next()

    assert [(line["log_level"], line["tick"]) for line in told] == [("error", "poll"), ("warning", "poll")]
    assert told[0]["exc_info"]
    assert told[1]["failures"] >= 5


async def test_a_second_failure_after_a_recovery_is_told_again() -> None:
    ticks, count = Ticks(), Count()

    async def tick() -> None:
        await count()
        if count.runs % 2:
            raise RuntimeError("no luck")

    ticks.every(0.001, tick, "poll")
    with capture_logs() as told:
        async with running(ticks):
            while count.runs < 5:
                await count.next()

    assert [line["log_level"] for line in told][:4] == ["error", "warning", "error", "warning"]


# --- draining ---


async def test_drain_waits_for_the_tick_that_runs_and_starts_no_other() -> None:
    ticks = Ticks()
    began, go = asyncio.Event(), asyncio.Event()
    finished = 0

    async def tick() -> None:
        nonlocal finished
        began.set()
        await go.wait()
        finished += 1

    ticks.every(0.001, tick, "poll")
    ticks.start()
    await began.wait()
    draining = asyncio.create_task(ticks.drain(60))
    await asyncio.sleep(0)
    go.set()

    assert await draining == 0
    assert finished == 1


async def test_drain_cancels_what_does_not_end() -> None:
    ticks = Ticks()
    began = asyncio.Event()
    cancelled = False

    async def tick() -> None:
        nonlocal cancelled
        began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled = True
            raise

    ticks.every(HOUR, tick, "stuck")
    ticks.start()
    await began.wait()

    assert await ticks.drain(0.001) == 1
    assert cancelled


async def test_a_tick_that_is_due_this_moment_is_drained_too() -> None:
    ticks, count = Ticks(), Count()
    ticks.every(HOUR, count, "poll")
    ticks.start()

    assert await ticks.drain(60) == 0
    runs = count.runs
    for _ in range(10):
        await asyncio.sleep(0)

    assert count.runs == runs


async def test_a_tick_that_was_handed_out_but_has_not_begun_is_waited_for() -> None:
    ticks, count = Ticks(), Count()

    async def tick() -> None:
        await asyncio.sleep(0)
        await count()

    ticks.every(HOUR, tick, "poll")
    ticks.start()
    await asyncio.sleep(0)  # the scheduler makes the task in this turn of the loop, and it would begin in the next

    assert await ticks.drain(60) == 0
    assert count.runs == 1


async def test_draining_twice_or_before_the_start_does_nothing() -> None:
    ticks = Ticks()

    assert await ticks.drain(1) == 0
    ticks.start()
    assert await ticks.drain(1) == 0
    assert await ticks.drain(1) == 0


# --- clocks that jump ---


@pytest.mark.parametrize("jump", [-HOUR, HOUR, -2.0, 365 * 24 * HOUR])
async def test_after_a_jump_the_ticks_run_at_once_and_it_is_told(jump: float) -> None:
    clocks, count, heard = Clocks(), Count(), list[float]()
    ticks = ticks_with(clocks, heard.append)
    ticks.every(HOUR, count, "poll")

    async with running(ticks):
        await count.next()
        clocks.pass_(5)
        clocks.wall += jump
        ticks.compare_clocks()
        await count.next()
        clocks.pass_(5)
        ticks.compare_clocks()

    assert heard == [jump]
    assert count.runs == 2


async def test_ticks_that_wait_for_a_time_that_moved_away_are_set_right() -> None:
    clocks = Clocks()
    ticks = ticks_with(clocks)
    ticks.every(HOUR, Count(), "poll")
    ticks.daily(3, Count(), "prune")

    async with running(ticks):
        for job in ticks._scheduler.get_jobs():  # what a clock set back by a week leaves behind
            job.modify(next_run_time=datetime.now(UTC) + timedelta(days=7))
        clocks.wall -= 7 * 24 * HOUR
        ticks.compare_clocks()
        due = ticks.next_runs()

    assert due["poll"] <= datetime.now(UTC)
    assert datetime.now(UTC) < due["prune"] <= datetime.now(UTC) + timedelta(days=1)
    assert due["prune"].hour == 3


@pytest.mark.parametrize("drift", [0.0, 0.9, -0.9])
async def test_clocks_that_only_drift_are_let_be(drift: float) -> None:
    clocks, count, heard = Clocks(), Count(), list[float]()
    ticks = ticks_with(clocks, heard.append)
    ticks.every(HOUR, count, "poll")

    async with running(ticks):
        await count.next()
        for _ in range(10):
            clocks.pass_(5)
            clocks.wall += drift
            ticks.compare_clocks()

    assert heard == []
    assert count.runs == 1


async def test_the_clocks_are_watched_without_being_asked() -> None:
    clocks, jumped = Clocks(), asyncio.Event()
    heard = list[float]()

    def on_jump(seconds: float) -> None:
        heard.append(seconds)
        jumped.set()

    async with running(ticks_with(clocks, on_jump, guard_seconds=0.001)):
        for jump in (-HOUR, HOUR):
            clocks.wall += jump
            await jumped.wait()
            jumped.clear()

    assert heard == [-HOUR, HOUR]


async def test_the_watch_over_the_clocks_ends_with_the_drain() -> None:
    clocks, heard = Clocks(), list[float]()
    ticks = ticks_with(clocks, heard.append, guard_seconds=0.0)
    async with running(ticks):
        await asyncio.sleep(0)

    clocks.wall -= HOUR
    for _ in range(10):
        await asyncio.sleep(0)

    assert heard == []


# --- triggers ---


def test_a_steady_pace_is_kept_while_runs_are_in_time() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    assert _Every(10).get_next_fire_time(now, now + timedelta(seconds=3)) == now + timedelta(seconds=10)
    assert _Every(10).get_next_fire_time(None, now) == now + timedelta(seconds=10)


def test_runs_missed_for_half_a_century_are_one() -> None:
    epoch, now = datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)

    assert _Every(1).get_next_fire_time(epoch, now) == now + timedelta(seconds=1)
    assert _Daily(3, 0, UTC).get_next_fire_time(epoch, now) == now.replace(hour=3)


def test_a_day_of_a_zone_keeps_its_hour_over_the_change_of_time() -> None:
    zone = ZoneInfo("Europe/Berlin")
    trigger = _Daily(9, 0, zone)

    before = trigger.get_next_fire_time(None, datetime(2026, 3, 28, 0, tzinfo=UTC))
    after = trigger.get_next_fire_time(before, before)

    assert before.astimezone(UTC) == datetime(2026, 3, 28, 8, tzinfo=UTC)
    assert after.astimezone(UTC) == datetime(2026, 3, 29, 7, tzinfo=UTC)
