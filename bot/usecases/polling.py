"""claim → fetch: reads the tasks that are due, so that one cloud in trouble slows nothing else."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from bot.core.cadence import Limits
from bot.core.model import Watch, WatchId
from bot.ports import Account, Clock, Clouds, Store, StoreError
from bot.usecases.circuit import Circuit
from bot.usecases.in_flight import InFlight
from bot.usecases.operators import Operators
from bot.usecases.pacing import Bucket
from bot.usecases.settling import Settling
from providers.base import ProviderError, RateLimited, Reading, TaskKey, Unavailable, UnexpectedResponse

_log = structlog.get_logger(__name__)

CLAIM_LIMIT = 200
CALLS_AT_ONCE = 8
"""Requests under way per account, so that a dead cloud with a long time-out cannot take all connections."""


class Polling:
    """Reads due tasks. ``tick`` begins readings and returns; they end on their own."""

    def __init__(self, *, store: Store, clouds: Clouds, operators: Operators, clock: Clock, limits: Limits) -> None:
        self._store = store
        self._clouds = clouds
        self._clock = clock
        self._limits = limits
        self._in_flight = InFlight()
        self._calls = {name: asyncio.Semaphore(CALLS_AT_ONCE) for name in clouds}
        self._under_way: dict[str, int] = defaultdict(int)
        self._asked_to_wait: dict[str, datetime] = {}
        self._pace = {
            name: Bucket(per_second=account.provider.calls_per_second, burst=1)
            for name, account in clouds.items()
            if account.provider.calls_per_second is not None
        }
        self._of_accounts = {name: account.limits for name, account in clouds.items() if account.limits is not None}
        self._circuits = {name: Circuit(self._limits_of(name).max_interval) for name in clouds}
        self._settling = Settling(
            store=store, operators=operators, limits=limits, of_accounts=self._of_accounts, put_off=self._put_off
        )
        self._reading: set[WatchId] = set()
        self._not_put_off: dict[WatchId, datetime] = {}
        """Claims that the store could not take back, with the time of their next look."""

    async def tick(self) -> None:
        """Begin a reading of each task that is due."""
        now = self._clock.now()
        for watch_id, until in list(self._not_put_off.items()):
            await self._put_off(watch_id, until)
        watches = await self._store.claim_due(now, CLAIM_LIMIT, skip=self._resting(now))
        by_account: dict[str, list[Watch]] = defaultdict(list)
        for watch in watches:
            by_account[watch.account].append(watch)
        for name, claimed in by_account.items():
            account = self._clouds.get(name)
            if account is None:
                for watch in claimed:
                    await self._settling.without_account(watch, now)
                continue
            size = max(account.provider.batch_size, 1)
            batches = [claimed[i : i + size] for i in range(0, len(claimed), size)]
            if self._circuits[name].wants_trial(now):
                tried = self._circuits[name].begin_trial(batches)
                self._begin(account, tried, [watch for watch in claimed if watch not in tried], trial=True)
                continue
            for batch in await self._paced(account, batches, now):
                self._begin(account, batch)

    async def settle(self) -> None:
        """Wait for all readings under way."""
        await self._in_flight.settle()

    async def drain(self, patience: float) -> None:
        """Let the readings under way end, or give them up after so many seconds; the next start repeats them."""
        await self._in_flight.drain(patience)

    async def look_now(self, watch_id: WatchId) -> None:
        """Make a watch due now; one that is being read is as good as looked at."""
        if watch_id not in self._reading:
            await self._store.postpone(watch_id, self._clock.now())

    async def clock_jumped(self) -> None:
        """After the clock was set back: nothing may wait longer than the longest interval."""
        longest = max(each.max_interval for each in (self._limits, *self._of_accounts.values()))
        latest = self._clock.now() + longest
        self._asked_to_wait = {name: min(until, latest) for name, until in self._asked_to_wait.items()}
        for bucket in self._pace.values():
            bucket.reopen_if_later(latest)
        for circuit in self._circuits.values():
            circuit.clock_jumped(latest)
        await self._store.pull_in(latest)

    def _limits_of(self, account: str) -> Limits:
        return self._of_accounts.get(account, self._limits)

    def _resting(self, now: datetime) -> set[str]:
        waiting = {name for name, until in self._asked_to_wait.items() if until > now}
        busy = {name for name, count in self._under_way.items() if count >= CALLS_AT_ONCE}
        spent = {name for name, bucket in self._pace.items() if self._under_way[name] or not bucket.ready(now)}
        resting = {name for name, circuit in self._circuits.items() if circuit.rests(now)}
        return waiting | busy | spent | resting

    def _begin(
        self, account: Account, batch: Sequence[Watch], behind: Sequence[Watch] = (), *, trial: bool = False
    ) -> None:
        self._under_way[account.name] += 1
        self._reading.update(watch.id for watch in (*batch, *behind))
        self._in_flight.start(self._poll(account, batch, behind, trial=trial), f"poll {account.name}")

    async def _paced(self, account: Account, batches: list[list[Watch]], now: datetime) -> list[list[Watch]]:
        """Where the cloud allows so many calls a second, let one go now and line up the others behind it."""
        per_second = account.provider.calls_per_second
        if per_second is None:
            return batches
        for place, batch in enumerate(batches[1:], start=1):
            for watch in batch:
                await self._put_off(watch.id, now + timedelta(seconds=place / per_second))
        return batches[:1]

    async def _poll(self, account: Account, watches: Sequence[Watch], behind: Sequence[Watch], *, trial: bool) -> None:
        """Read *watches*; where they are on trial for their cloud, those *behind* them share what becomes of it."""
        try:
            readings = await self._fetched(account, watches)
            now = self._clock.now()
            if readings is None:
                if trial:
                    self._circuits[account.name].trial_withdrawn()
                for watch in (*watches, *behind):
                    await self._put_off(watch.id, self._asked_to_wait.get(account.name, now))
                return
            failure = self._judged(account, watches, readings, now, trial=trial)
            for watch in watches:
                missing = UnexpectedResponse("the answer says nothing about this task")
                await self._settling.settle(account, watch, readings.get(watch.key, missing), now)
            for watch in behind:
                if failure is not None:
                    await self._settling.settle(account, watch, failure, now)
                else:
                    await self._put_off(watch.id, now)
        except Exception:
            # A bug in a cloud's file: pushed into the future before it is reported, so that it cannot spin.
            later = self._clock.now() + self._limits_of(account.name).max_interval
            self._circuits[account.name].failed(self._clock.now(), trial=trial)
            for watch in (*watches, *behind):
                await self._put_off(watch.id, later)
            raise
        finally:
            self._reading.difference_update(watch.id for watch in (*watches, *behind))

    def _judged(
        self,
        account: Account,
        watches: Sequence[Watch],
        readings: Mapping[TaskKey, Reading],
        now: datetime,
        *,
        trial: bool,
    ) -> ProviderError | None:
        """Note for the whole account what one call tells of its cloud; return the failure, if it is down."""
        answers = [readings[watch.key] for watch in watches if watch.key in readings]
        for reading in answers:
            if isinstance(reading, RateLimited):
                wait = reading.retry_after if reading.retry_after is not None else 30.0
                asked = self._asked_to_wait.get(account.name, now)
                self._asked_to_wait[account.name] = max(asked, now + timedelta(seconds=wait))
        down = [reading for reading in answers if isinstance(reading, Unavailable | UnexpectedResponse)]
        if len(down) < len(watches):
            self._circuits[account.name].succeeded()
            return None
        if self._circuits[account.name].failed(now, trial=trial):
            _log.warning("a cloud does not answer; one call at a time tries it", account=account.name)
        return down[0]

    async def _fetched(self, account: Account, watches: Sequence[Watch]) -> Mapping[TaskKey, Reading] | None:
        """Ask the cloud; None where the account was asked to wait while these stood in line."""
        try:
            async with self._calls[account.name]:
                now, until = self._clock.now(), self._asked_to_wait.get(account.name)
                if until is not None and until > now:
                    return None
                bucket = self._pace.get(account.name)
                if bucket is not None:
                    bucket.spend(now)
                return await account.provider.fetch([watch.key for watch in watches])
        finally:
            self._under_way[account.name] -= 1

    async def _put_off(self, watch_id: WatchId, until: datetime) -> None:
        """Give a claim back; where the store cannot write that down, the next tick tries again."""
        try:
            await self._store.postpone(watch_id, until)
        except StoreError:
            self._not_put_off[watch_id] = until
        else:
            self._not_put_off.pop(watch_id, None)
