"""Few ticks, run by APScheduler behind start and drain; a tick that fails or a clock that jumps stops none of them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, TypeAlias, cast

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

from bot.ports import StoreError

Tick: TypeAlias = Callable[[], Awaitable[None]]

_GUARD_SECONDS = 5.0
_JUMP_SECONDS = 1.0
"""Clocks that differ by less were slewed, or read a moment apart; no job is late by more than this for it."""

_CANCEL_SECONDS = 1.0
"""What a cancelled tick gets to tidy up."""

log = structlog.stdlib.get_logger(__name__)


class Ticks:
    """Runs ticks by the clock, each at most once at a time.

    *on_jump* hears by how many seconds the wall clock jumped (negative: back), after the ticks were set right again.
    """

    def __init__(
        self,
        *,
        on_jump: Callable[[float], None] | None = None,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        guard_seconds: float = _GUARD_SECONDS,
    ) -> None:
        self._on_jump = on_jump
        self._wall = wall
        self._monotonic = monotonic
        self._guard_seconds = guard_seconds
        self._guard: asyncio.TimerHandle | None = None
        self._seen = (0.0, 0.0)
        self._running: set[asyncio.Task[Any]] = set()
        # Without a time zone APScheduler would read the machine's, and its defaults drop ticks that are a second late.
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )

    def every(self, seconds: float, tick: Tick, name: str) -> None:
        """Run *tick* at the start and then every so many seconds; a run that takes longer leaves out the next ones."""
        self._add(_Every(seconds), tick, name, first=datetime.now(UTC))

    def daily(self, hour: int, tick: Tick, name: str, *, minute: int = 0, zone: tzinfo = UTC) -> None:
        """Run *tick* once a day at that time in *zone*."""
        trigger = _Daily(hour, minute, zone)
        self._add(trigger, tick, name, first=trigger.get_next_fire_time(None, datetime.now(UTC)))

    def start(self) -> None:
        """Begin, in the running event loop."""
        self._scheduler.start()
        self._seen = (self._wall(), self._monotonic())
        self._arm()

    def next_runs(self) -> Mapping[str, datetime]:
        """Return when each tick runs next, by its name."""
        return {job.id: job.next_run_time.astimezone(UTC) for job in self._scheduler.get_jobs()}

    async def drain(self, timeout: float) -> int:  # noqa: ASYNC109 - a grace for others, not a limit on this call
        """Start no more ticks, wait for those that run, stop. Return how many had to be cancelled after *timeout*."""
        if not self._scheduler.running:
            return 0
        if self._guard is not None:
            self._guard.cancel()
        self._scheduler.pause()
        # What was submitted a moment ago makes itself known in its first step.
        await asyncio.sleep(0)
        running = self._running - {asyncio.current_task()}
        late: set[asyncio.Task[Any]] = set()
        if running:
            _, late = await asyncio.wait(running, timeout=timeout)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=_CANCEL_SECONDS)
        # It only asks the loop to stop the scheduler; the next turn of the loop does it.
        self._scheduler.shutdown(wait=False)
        await asyncio.sleep(0)
        return len(late)

    def compare_clocks(self) -> None:
        """Set the ticks right if the wall clock jumped since the last look.

        APScheduler waits until a time on the wall clock: set back by an hour, it would run nothing for an hour.
        """
        wall, monotonic = self._wall(), self._monotonic()
        jump = (wall - self._seen[0]) - (monotonic - self._seen[1])
        self._seen = (wall, monotonic)
        if abs(jump) < _JUMP_SECONDS:
            return
        log.warning("the clock jumped", seconds=round(jump, 1))
        now = datetime.now(UTC)
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=job.trigger.after_jump(now))
        if self._on_jump is not None:
            self._on_jump(jump)

    def _add(self, trigger: "_Every | _Daily", tick: Tick, name: str, *, first: datetime) -> None:
        self._scheduler.add_job(self._guarded(tick, name), trigger, id=name, name=name, next_run_time=first)

    def _guarded(self, tick: Tick, name: str) -> Callable[[], Awaitable[None]]:
        """Wrap *tick* so that trouble is told on the way down and on the way up, not each time."""
        failures = 0

        async def run() -> None:
            nonlocal failures
            task = cast("asyncio.Task[Any]", asyncio.current_task())
            self._running.add(task)
            try:
                await tick()
            except StoreError as error:
                # A disk or a database that is away for a while: no bug, and its words say it all.
                failures += 1
                if failures == 1:
                    log.error("a tick failed; it will be tried again", tick=name, error=str(error))
            except Exception:
                failures += 1
                if failures == 1:
                    log.exception("a tick failed; it will be tried again", tick=name)
            else:
                if failures:
                    log.warning("a tick works again", tick=name, failures=failures)
                failures = 0
            finally:
                self._running.discard(task)

        return run

    def _arm(self) -> None:
        self._guard = asyncio.get_running_loop().call_later(self._guard_seconds, self._watch)

    def _watch(self) -> None:
        # Armed first: whatever on_jump does, the watch goes on.
        self._arm()
        self.compare_clocks()


class _Every(BaseTrigger):  # type: ignore[misc]  # APScheduler ships no types
    """Fires at a steady pace and never in the past.

    APScheduler's own interval lists each run that was missed before it coalesces them: a clock that goes from 1970 to
    today, as on machines without a battery, would fill the memory.
    """

    __slots__ = ("_interval",)

    def __init__(self, seconds: float) -> None:
        if seconds <= 0:
            raise ValueError("a tick needs an interval above 0 seconds")
        self._interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return one interval after the former run, or after *now* where that has passed."""
        if previous_fire_time is not None and previous_fire_time + self._interval > now:
            return previous_fire_time + self._interval
        return now + self._interval

    def after_jump(self, now: datetime) -> datetime:
        """Return *now*: what the jump made late or early is looked at at once."""
        return now


class _Daily(BaseTrigger):  # type: ignore[misc]  # APScheduler ships no types
    """Fires at a time of the day, once for any number of days missed."""

    __slots__ = ("_cron",)

    def __init__(self, hour: int, minute: int, zone: tzinfo) -> None:
        self._cron = CronTrigger(hour=hour, minute=minute, timezone=zone)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return the next such time after *now* and after the former run."""
        after = max(previous_fire_time or now, now) + timedelta(microseconds=1)
        fires: datetime = self._cron.get_next_fire_time(None, after)
        return fires

    def after_jump(self, now: datetime) -> datetime:
        """Return the next such time by the new clock."""
        return self.get_next_fire_time(None, now)
