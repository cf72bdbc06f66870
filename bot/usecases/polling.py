"""claim → fetch → advance → commit: reads the tasks that are due and writes down what changed."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace

from bot.core import notify
from bot.core.advance import Step, advance
from bot.core.cadence import Limits, next_look
from bot.core.model import Subscription, Watch, WatchId
from bot.ports import Account, Clock, Clouds, Store, StoreError
from bot.usecases.in_flight import InFlight
from bot.usecases.pacing import Bucket
from providers.base import AccessDenied, ProviderError, RateLimited, Reading, TaskKey, TaskSnapshot, UnexpectedResponse

_log = structlog.get_logger(__name__)

CLAIM_LIMIT = 200
CALLS_AT_ONCE = 8
"""Requests under way per account, so that a dead cloud with a long time-out cannot take all connections."""
_TRIES = 5
_MIN_PATIENCE = timedelta(seconds=10)


class Polling:
    """Reads due tasks. ``tick`` begins readings and returns; they end on their own."""

    def __init__(self, *, store: Store, clouds: Clouds, clock: Clock, limits: Limits) -> None:
        self._store = store
        self._clouds = clouds
        self._clock = clock
        self._limits = limits
        self._patience = max(limits.max_interval, _MIN_PATIENCE)
        self._in_flight = InFlight()
        self._calls = {name: asyncio.Semaphore(CALLS_AT_ONCE) for name in clouds}
        self._under_way: dict[str, int] = defaultdict(int)
        self._asked_to_wait: dict[str, datetime] = {}
        self._pace = {
            name: Bucket(per_second=account.provider.calls_per_second, burst=1)
            for name, account in clouds.items()
            if account.provider.calls_per_second is not None
        }
        self._odd_states: set[tuple[str, str]] = set()
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
                await self._without_account(claimed, now)
                continue
            size = max(account.provider.batch_size, 1)
            batches = [claimed[i : i + size] for i in range(0, len(claimed), size)]
            for batch in await self._paced(account, batches, now):
                self._under_way[name] += 1
                self._reading.update(watch.id for watch in batch)
                self._in_flight.start(self._poll(account, batch), f"poll {name}")

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
        latest = self._clock.now() + self._limits.max_interval
        self._asked_to_wait = {name: min(until, latest) for name, until in self._asked_to_wait.items()}
        for bucket in self._pace.values():
            bucket.reopen_if_later(latest)
        await self._store.pull_in(latest)

    def _resting(self, now: datetime) -> set[str]:
        waiting = {name for name, until in self._asked_to_wait.items() if until > now}
        busy = {name for name, count in self._under_way.items() if count >= CALLS_AT_ONCE}
        spent = {name for name, bucket in self._pace.items() if self._under_way[name] or not bucket.ready(now)}
        return waiting | busy | spent

    async def _paced(self, account: Account, batches: list[list[Watch]], now: datetime) -> list[list[Watch]]:
        """Where the cloud allows so many calls a second, let one go now and line up the others behind it."""
        per_second = account.provider.calls_per_second
        if per_second is None:
            return batches
        for place, batch in enumerate(batches[1:], start=1):
            for watch in batch:
                await self._put_off(watch.id, now + timedelta(seconds=place / per_second))
        return batches[:1]

    async def _without_account(self, watches: Sequence[Watch], now: datetime) -> None:
        """A watch whose account was taken out of the configuration waits; it may come back."""
        for watch in watches:
            error = AccessDenied("this account is not configured (any more)")
            await self._settle(watch, error, now)

    async def _poll(self, account: Account, watches: Sequence[Watch]) -> None:
        try:
            readings = await self._fetched(account, watches)
            now = self._clock.now()
            if readings is None:
                for watch in watches:
                    await self._put_off(watch.id, self._asked_to_wait.get(account.name, now))
                return
            for watch in watches:
                missing = UnexpectedResponse("the answer says nothing about this task")
                await self._settled(account, watch, readings.get(watch.key, missing), now)
        except Exception:
            # A bug in a cloud's file: pushed into the future before it is reported, so that it cannot spin.
            later = self._clock.now() + self._limits.max_interval
            for watch in watches:
                await self._put_off(watch.id, later)
            raise
        finally:
            self._reading.difference_update(watch.id for watch in watches)

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

    async def _settled(self, account: Account, watch: Watch, reading: Reading, now: datetime) -> None:
        if isinstance(reading, RateLimited):
            wait = reading.retry_after if reading.retry_after is not None else 30.0
            asked = self._asked_to_wait.get(account.name, now)
            self._asked_to_wait[account.name] = max(asked, now + timedelta(seconds=wait))
        self._log_oddities(account, watch, reading)
        if watch.name is None and watch.seen is None and isinstance(reading, TaskSnapshot):
            watch = replace(watch, name=await account.provider.describe(watch.key))
        await self._settle(watch, reading, now)

    async def _settle(self, watch: Watch, reading: Reading, now: datetime) -> None:
        """Write down what a reading changes, or, where the store cannot, let it be repeated."""
        try:
            await self._commit(watch, reading, now)
        except StoreError as error:
            _log.error("a reading could not be written; it is repeated", watch=watch.id, error=str(error))
            await self._put_off(watch.id, now + self._limits.min_interval)

    async def _put_off(self, watch_id: WatchId, until: datetime) -> None:
        """Give a claim back; where the store cannot write that down, the next tick tries again."""
        try:
            await self._store.postpone(watch_id, until)
        except StoreError:
            self._not_put_off[watch_id] = until
        else:
            self._not_put_off.pop(watch_id, None)

    async def _commit(self, watch: Watch, reading: Reading, now: datetime) -> None:
        """advance and commit; again with what is stored, where somebody subscribed or left meanwhile."""
        name = watch.name
        for _ in range(_TRIES):
            followers = await self._store.followers(watch.id)
            step = self._scheduled(advance(watch, reading, now, patience=self._patience), reading, now, followers)
            if await self._store.commit(step.watch, notify.deliveries(step, followers, now)):
                self._log_change(watch, step.watch)
                return
            stored = await self._store.watch(watch.id)
            if stored is None or stored.closed:
                return
            watch = replace(stored, name=stored.name or name)
        await self._store.postpone(watch.id, now + self._limits.min_interval)

    def _scheduled(self, step: Step, reading: Reading, now: datetime, followers: Sequence[Subscription]) -> Step:
        if step.watch.closed:
            return step
        retry_after = reading.retry_after if isinstance(reading, ProviderError) else None
        look = next_look(step.watch, now, notify.awaited(followers), self._limits, retry_after=retry_after)
        watch = replace(step.watch, due_at=now + look.after)
        return Step(watch=watch, happenings=step.happenings)

    def _log_oddities(self, account: Account, watch: Watch, reading: Reading) -> None:
        if isinstance(reading, TaskSnapshot):
            odd = (account.name, reading.raw_state)
            if not reading.known_state and odd not in self._odd_states:
                self._odd_states.add(odd)
                _log.warning("a state that no document names", account=account.name, state=reading.raw_state)
        elif watch.trouble is None:
            level = _log.error if isinstance(reading, UnexpectedResponse) else _log.warning
            level(
                "a task cannot be read",
                watch=watch.id,
                error=type(reading).__name__,
                reason=reading.message,
                code=reading.code,
            )

    def _log_change(self, before: Watch, after: Watch) -> None:
        if before.trouble is not None and after.trouble is None and not after.closed:
            _log.info("a task can be read again", watch=after.id)
        if after.ended_at is not None and before.ended_at is None:
            _log.info("a task ended", watch=after.id, state=after.seen.state if after.seen else "gone")
