"""claim → fetch: reads the tasks that are due, so that one cloud in trouble slows nothing else.

Each account has a lane of its own: it claims no more than it can ask, so an account with very many tasks due does not
stand before those with few.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from bot.core.cadence import Limits
from bot.core.model import Watch, WatchId
from bot.core.quota import KEPT, OVERBOOKED
from bot.core.wording import operators as operators_wording
from bot.ports import Clock, Clouds, Store, StoreError
from bot.usecases.in_flight import InFlight
from bot.usecases.lane import Batch, Lane
from bot.usecases.operators import Operators
from bot.usecases.pacing import Budgets, OwnBudgets
from bot.usecases.settling import Found, Settling
from providers.base import ProviderError, RateLimited, Reading, TaskKey, Unavailable, UnexpectedResponse
from providers.reasons import Reason

_log = structlog.get_logger(__name__)

CLAIM_LIMIT = 200
"""Watches that share what becomes of one call that tries a cloud at rest, and those without an account, at once."""
PLAN_EVERY = timedelta(seconds=30)


class Polling:
    """Reads due tasks. ``tick`` begins readings and returns; they end on their own."""

    def __init__(
        self,
        *,
        store: Store,
        clouds: Clouds,
        operators: Operators,
        clock: Clock,
        limits: Limits,
        budgets: Budgets | None = None,
    ) -> None:
        self._store = store
        self._operators = operators
        self._clock = clock
        self._limits = limits
        self._in_flight = InFlight()
        budgets = budgets or OwnBudgets()
        self._lanes = {name: Lane(account, account.limits or limits, budgets) for name, account in clouds.items()}
        self._settling = Settling(
            store=store, operators=operators, limits=limits, lanes=self._lanes, put_off=self._put_off
        )
        self._reading: set[WatchId] = set()
        self._not_put_off: dict[WatchId, datetime] = {}
        """Claims that the store could not take back, with the time of their next look."""
        self._planned_at: datetime | None = None
        self._draining = False

    async def tick(self) -> None:
        """Begin a reading of each task that is due."""
        now = self._clock.now()
        for watch_id, until in list(self._not_put_off.items()):
            await self._put_off(watch_id, until)
        if self._planned_at is None or now - self._planned_at >= PLAN_EVERY:
            self._planned_at = now
            await self._plan()
            for watch in await self._store.claim_due(now, CLAIM_LIMIT, skip=self._lanes.keys()):
                await self._settling.without_account(watch, now)
        # Where nothing is due, nobody's share of calls is fetched, and no account looked through.
        is_due = await self._store.any_due(now)
        for lane in self._lanes.values():
            await self._fill(lane, now, is_due=is_due)

    async def settle(self) -> None:
        """Wait for all readings under way."""
        await self._in_flight.settle()

    async def drain(self, patience: float) -> None:
        """Let the readings under way end, or give them up after so many seconds; the next start repeats them."""
        self._draining = True
        for lane in self._lanes.values():
            # What was only claimed is due at the next start as it was.
            lane.line.clear()
        await self._in_flight.drain(patience)

    async def look_now(self, watch_id: WatchId) -> None:
        """Make a watch due now; one that is being read is as good as looked at."""
        if watch_id not in self._reading:
            await self._store.postpone(watch_id, self._clock.now())

    def is_left_alone(self, account: str) -> bool:
        """Tell whether an account failed so often that it is asked only now and then."""
        lane, now = self._lanes.get(account), self._clock.now()
        return lane is not None and (lane.circuit.rests(now) or lane.circuit.wants_trial(now))

    async def clock_jumped(self) -> None:
        """After the clock was set back: nothing may wait longer than the longest interval."""
        longest = max(each.max_interval for each in (self._limits, *(lane.limits for lane in self._lanes.values())))
        latest = self._clock.now() + longest
        self._planned_at = None
        for lane in self._lanes.values():
            lane.clock_jumped(latest)
        await self._store.pull_in(latest)

    # --- who is asked ---------------------------------------------------------------------------------------------

    async def _fill(self, lane: Lane, now: datetime, *, is_due: bool) -> None:
        """Claim what the account may be asked now, and let it go from call to call."""
        if lane.circuit.wants_trial(now):
            if is_due:
                await self._try(lane, now)
            return
        if is_due:
            await self._line_up(lane, now)
        self._settle_soon(lane)
        self._set_out(lane)

    async def _line_up(self, lane: Lane, now: datetime, *, least: int = 1) -> None:
        """Claim as many as may be asked soon, and let them go, unless they are too few or somebody is at it."""
        if lane.lining_up:
            return
        lane.lining_up = True
        try:
            await lane.refill(now)
            room = lane.room(now)
            if room < least:
                return
            claimed = await self._claim(lane, now, room)
            lane.more = len(claimed) == room
            size = lane.batch_size
            if left := -len(claimed) % size:
                # What is due soon goes with the last call instead of causing one of its own.
                with suppress(StoreError):
                    claimed = [*claimed, *await self._claim(lane, now, left, due_by=lane.rides_along(now))]
            if self._draining:
                # What was only claimed is due at the next start as it was.
                return
            lane.line.extend(claimed[i : i + size] for i in range(0, len(claimed), size))
        finally:
            lane.lining_up = False
        self._set_out(lane)

    def _set_out(self, lane: Lane) -> None:
        for _ in range(lane.places()):
            lane.under_way += 1
            self._in_flight.start(self._go(lane), f"poll {lane.account.name}")

    async def _go_on(self, lane: Lane) -> None:
        """Let more stand in line where nobody does, and more are due.

        A handful, or the next tick does it: what is asked together is written down together.
        """
        now = self._clock.now()
        if lane.more and not lane.line and not self._draining and not lane.circuit.wants_trial(now):
            await self._line_up(lane, now, least=lane.handful)

    async def _claim(self, lane: Lane, now: datetime, limit: int, due_by: datetime | None = None) -> Sequence[Watch]:
        claimed = await self._store.claim_due(now, limit, account=lane.account.name, due_by=due_by)
        self._reading.update(watch.id for watch in claimed)
        return claimed

    async def _try(self, lane: Lane, now: datetime) -> None:
        """Make the one call that tells whether a cloud at rest is back; all that are due share what becomes of it."""
        if lane.resting(now):
            return
        claimed = await self._claim(lane, now, CLAIM_LIMIT)
        if not claimed:
            return
        size = lane.batch_size
        batches = [claimed[i : i + size] for i in range(0, len(claimed), size)]
        tried = lane.circuit.begin_trial(batches)
        behind = [watch for watch in claimed if watch not in tried]
        lane.under_way += 1
        self._in_flight.start(self._go(lane, tried, behind), f"try {lane.account.name}")

    async def _go(self, lane: Lane, tried: Batch = (), behind: Batch = ()) -> None:
        """Go from call to call, until nobody stands in line; where *tried* is given, it is the one trial call."""
        try:
            if tried:
                await self._poll(lane, tried, behind, trial=True)
                return
            while lane.line:
                await self._poll(lane, lane.line.popleft())
                # What comes next is a whole call more: others have their turn before it.
                await asyncio.sleep(0)
                now = self._clock.now()
                if lane.circuit.rests(now):
                    await self._leave_line(lane)
                else:
                    await self._go_on(lane)
        finally:
            lane.under_way -= 1

    async def _leave_line(self, lane: Lane) -> None:
        """A cloud that does not answer is tried by one call: the others are due as they were."""
        waiting = [watch for batch in lane.line for watch in batch]
        lane.line.clear()
        for watch in waiting:
            await self._give_back(watch, watch.due_at or self._clock.now())

    # --- one call -------------------------------------------------------------------------------------------------

    async def _poll(self, lane: Lane, watches: Batch, behind: Batch = (), *, trial: bool = False) -> None:
        """Read *watches*; where they are on trial for their cloud, those *behind* them share what becomes of it."""
        try:
            readings = await self._fetched(lane, watches)
            now = self._clock.now()
            if readings is None:
                if trial:
                    lane.circuit.trial_withdrawn()
                for watch in (*watches, *behind):
                    await self._give_back(watch, lane.asked_to_wait or now)
                return
            failure = self._judged(lane, watches, readings, now, trial=trial)
        except Exception:
            # A bug in a cloud's file: pushed into the future before it is reported, so that it cannot spin.
            lane.circuit.failed(self._clock.now(), trial=trial)
            await self._push_away(lane, (*watches, *behind))
            raise
        missing = UnexpectedResponse(Reason.LEFT_OUT)
        lane.found += [(watch, readings.get(watch.key, missing), now) for watch in watches]
        for watch in behind:
            if failure is not None:
                lane.found.append((watch, failure, now))
            else:
                await self._give_back(watch, now)
        self._settle_soon(lane)

    def _settle_soon(self, lane: Lane) -> None:
        """Let what was found be written down, while the next calls are made."""
        if lane.found and not lane.settling:
            lane.settling = True
            self._in_flight.start(self._settle(lane), f"settle {lane.account.name}")

    async def _settle(self, lane: Lane) -> None:
        """Write down what was found; what is found meanwhile goes together into the next commit."""
        found: Sequence[Found] = ()
        try:
            while lane.found:
                found, lane.found = lane.found, []
                if not lane.line:
                    # Perhaps nobody went on because of how much was not written down.
                    self._in_flight.start(self._go_on(lane), f"line up {lane.account.name}")
                await self._settling.settle(lane.account, found)
                self._reading.difference_update(watch.id for watch, _, _ in found)
        except Exception:
            # A bug of ours: likewise.
            await self._push_away(lane, [watch for watch, _, _ in found])
            raise
        finally:
            lane.settling = False

    async def _push_away(self, lane: Lane, watches: Batch) -> None:
        later = self._clock.now() + lane.limits.max_interval
        for watch in watches:
            await self._give_back(watch, later)

    def _judged(
        self, lane: Lane, watches: Batch, readings: Mapping[TaskKey, Reading], now: datetime, *, trial: bool
    ) -> ProviderError | None:
        """Note for the whole account what one call tells of its cloud; return the failure, if it is down."""
        failures = [reading for watch in watches if isinstance(reading := readings.get(watch.key), ProviderError)]
        for reading in failures:
            if isinstance(reading, RateLimited):
                lane.throttled(now, reading.retry_after)
        down = [reading for reading in failures if isinstance(reading, Unavailable | UnexpectedResponse)]
        if len(down) < len(watches):
            lane.circuit.succeeded()
            return None
        if lane.circuit.failed(now, trial=trial):
            _log.warning("a cloud does not answer; one call at a time tries it", account=lane.account.name)
        return down[0]

    async def _fetched(self, lane: Lane, watches: Batch) -> Mapping[TaskKey, Reading] | None:
        """Ask the cloud; None where the account was asked to wait while these stood in line."""
        began = self._clock.now()
        if not lane.begin_call(began):
            return None
        readings = await lane.account.provider.fetch([watch.key for watch in watches])
        lane.call_took((self._clock.now() - began).total_seconds())
        return readings

    async def _give_back(self, watch: Watch, until: datetime) -> None:
        self._reading.discard(watch.id)
        await self._put_off(watch.id, until)

    async def _put_off(self, watch_id: WatchId, until: datetime) -> None:
        """Give a claim back; where the store cannot write that down, the next tick tries again."""
        try:
            await self._store.postpone(watch_id, until)
        except StoreError:
            self._not_put_off[watch_id] = until
        else:
            self._not_put_off.pop(watch_id, None)

    # --- more than may be asked -------------------------------------------------------------------------------------

    async def _plan(self) -> None:
        """Compare what the tasks of each account want with what it may be asked, and let their looks keep to that."""
        for name, tasks in (await self._store.open_watches(self._lanes.keys())).items():
            lane = self._lanes[name]
            plan = lane.plan(tasks)
            if plan is None:
                continue
            lane.stretch = plan.stretch
            key = f"overbooked/{name}"
            if plan.stretch >= OVERBOOKED and not lane.overbooked:
                lane.overbooked = True
                said = operators_wording.overbooked(name, plan)
                self._in_flight.start(self._operators.tell(key, said), f"tell of {key}")
            elif plan.stretch <= KEPT and lane.overbooked is not False:
                lane.overbooked = False
                self._in_flight.start(self._operators.ended(key, operators_wording.plan_kept(name)), f"tell of {key}")
