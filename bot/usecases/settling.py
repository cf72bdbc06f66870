"""advance → commit: writes down what a reading changes, and tells the log and the operators what they must know."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog
from msgspec.structs import replace

from bot.core import notify
from bot.core.advance import Step, advance
from bot.core.cadence import SLOWEST, Limits, next_look
from bot.core.model import Delivery, Subscription, Watch, WatchId
from bot.core.quota import stretched
from bot.core.timed import in_time, next_due
from bot.ports import Account, Store, StoreError
from bot.usecases.lane import Lane
from bot.usecases.operators import Operators
from bot.usecases.refused_accounts import RefusedAccounts
from providers.base import AccessDenied, ProviderError, Reading, TaskSnapshot, UnexpectedResponse
from providers.reasons import Reason

_log = structlog.get_logger(__name__)

TOGETHER = 100
"""Readings that share a commit at most, so that the event loop is free again soon."""
IN_A_ROW = 10
"""Readings that are advanced before others have their turn."""
_TRIES = 5
_MIN_PATIENCE = timedelta(seconds=10)

Found: TypeAlias = tuple[Watch, Reading, datetime]
"""A watch as it was claimed, what was read of it, and when."""


class Settling:
    """Settles readings; *put_off* gives a claim back that could not be committed.

    *limits* hold for whatever has none of *lanes*, which tell how the looks of an account are spaced.
    """

    def __init__(
        self,
        *,
        store: Store,
        operators: Operators,
        limits: Limits,
        lanes: Mapping[str, Lane],
        put_off: Callable[[WatchId, datetime], Awaitable[None]],
    ) -> None:
        self._store = store
        self._limits = limits
        self._lanes = lanes
        longest = max(each.max_interval for each in (limits, *(lane.limits for lane in lanes.values())))
        # A tenth more, for looks are spread.
        self._accounts = RefusedAccounts(operators, longest_look=SLOWEST * longest * 1.1)
        self._put_off = put_off
        self._odd_states: set[tuple[str, str]] = set()

    async def settle(self, account: Account, found: Sequence[Found]) -> None:
        """Settle readings of tasks whose account is configured; together, so that they share commits."""
        for start in range(0, len(found), TOGETHER):
            some = list(found[start : start + TOGETHER])
            for place, (watch, reading, now) in enumerate(some):
                self._log_oddities(watch, reading)
                if watch.name is None and watch.seen is None and isinstance(reading, TaskSnapshot):
                    some[place] = (replace(watch, name=await account.provider.describe(watch.key)), reading, now)
            if len(some) == 1:
                await self._write_each(some)
            else:
                await self._write_all(some)

    async def _write_all(self, found: Sequence[Found]) -> None:
        """Write down what many readings change; what cannot go with the others goes on its own."""
        steps: list[tuple[Watch, Sequence[Delivery]]] = []
        try:
            for start in range(0, len(found), IN_A_ROW):
                steps += await self._steps(found[start : start + IN_A_ROW])
                if len(found) > IN_A_ROW:
                    # Nothing above waits for anything, and others want to go on.
                    await asyncio.sleep(0)
        except Exception:
            # A bug of ours that one of them meets, which is told there: it is nothing to the others.
            await self._write_each(found)
            return
        try:
            done = await self._store.commit_all(steps)
        except StoreError:
            done = [False] * len(found)
        for (watch, reading, now), (after, _), written in zip(found, steps, done, strict=True):
            if written:
                self._log_change(watch, after)
                await self._accounts.note(watch, after, reading, now)
            else:
                await self._write(await self._as_stored(watch), reading, now)

    async def _write_each(self, found: Sequence[Found]) -> None:
        """Write down what each reading changes; one that makes our code fail is pushed into the future, and told."""
        for watch, reading, now in found:
            try:
                await self._write(watch, reading, now)
            except Exception:
                await self._put_off(watch.id, now + self._limits_of(watch).max_interval)
                _log.exception("a reading could not be settled", watch=watch.id)

    async def _as_stored(self, watch: Watch) -> Watch:
        stored = await self._store.watch(watch.id)
        return watch if stored is None else replace(stored, name=stored.name or watch.name)

    async def without_account(self, watch: Watch, now: datetime) -> None:
        """A watch whose account was taken out of the configuration waits; it may come back."""
        await self._write(watch, AccessDenied(Reason.NO_ACCOUNT), now)

    async def _write(self, watch: Watch, reading: Reading, now: datetime) -> None:
        """Write down what a reading changes, or, where the store cannot, let it be repeated."""
        try:
            await self._commit(watch, reading, now)
        except StoreError as error:
            _log.error("a reading could not be written; it is repeated", watch=watch.id, error=str(error))
            await self._put_off(watch.id, now + self._limits_of(watch).min_interval)

    async def _commit(self, watch: Watch, reading: Reading, now: datetime) -> None:
        """Advance and commit; again with what is stored, where somebody subscribed or left meanwhile."""
        name, limits = watch.name, self._limits_of(watch)
        for _ in range(_TRIES):
            ((after, deliveries),) = await self._steps([(watch, reading, now)])
            if await self._store.commit(after, deliveries):
                self._log_change(watch, after)
                await self._accounts.note(watch, after, reading, now)
                return
            stored = await self._store.watch(watch.id)
            if stored is None or stored.closed:
                return
            watch = replace(stored, name=stored.name or name)
        await self._store.postpone(watch.id, now + limits.min_interval)

    def _limits_of(self, watch: Watch) -> Limits:
        lane = self._lanes.get(watch.account)
        return lane.limits if lane is not None else self._limits

    async def _steps(self, found: Sequence[Found]) -> list[tuple[Watch, Sequence[Delivery]]]:
        """Return each watch of one account after its reading, and what its followers are to hear."""
        limits = self._limits_of(found[0][0])
        patience = max(limits.max_interval, _MIN_PATIENCE)
        followers = await self._store.followers_of([watch.id for watch, _, _ in found])
        # Each part of the work for all of them, and then the next part: what was just done for another watch goes
        # nearly twice as fast.
        advanced = [advance(watch, reading, now, patience=patience) for watch, reading, now in found]
        timed = [
            in_time(watch, step, reading, theirs, now)
            for (watch, reading, now), step, theirs in zip(found, advanced, followers, strict=True)
        ]
        scheduled = [
            self._scheduled(step, reading, now, theirs, limits)
            for (_, reading, now), step, theirs in zip(found, timed, followers, strict=True)
        ]
        return [
            (step.watch, notify.deliveries(step, theirs, now))
            for (_, _, now), step, theirs in zip(found, scheduled, followers, strict=True)
        ]

    def _scheduled(
        self, step: Step, reading: Reading, now: datetime, followers: Sequence[Subscription], limits: Limits
    ) -> Step:
        if step.watch.closed:
            return step
        retry_after = reading.retry_after if isinstance(reading, ProviderError) else None
        look = next_look(
            step.watch,
            now,
            notify.awaited(followers),
            limits,
            retry_after=retry_after,
            heard=notify.is_heard(followers),
            due=next_due(step.watch, followers, now),
        )
        lane = self._lanes.get(step.watch.account)
        if lane is not None:
            lane.look_wanted(look.after.total_seconds())
            look = stretched(look, lane.stretch)
        watch = replace(step.watch, due_at=now + look.after)
        return Step(watch=watch, happenings=step.happenings, timed=step.timed)

    def _log_oddities(self, watch: Watch, reading: Reading) -> None:
        if isinstance(reading, TaskSnapshot):
            if not reading.known_state and (odd := (watch.account, reading.raw_state)) not in self._odd_states:
                self._odd_states.add(odd)
                _log.warning("a state that no document names", account=watch.account, state=reading.raw_state)
        elif watch.trouble is None:
            level = _log.error if isinstance(reading, UnexpectedResponse) else _log.warning
            level(
                "a task cannot be read",
                watch=watch.id,
                error=type(reading).__name__,
                reason=str(reading),
                code=reading.code,
                request_id=reading.request_id,
            )

    def _log_change(self, before: Watch, after: Watch) -> None:
        if before.trouble is not None and after.trouble is None and not after.closed:
            _log.info("a task can be read again", watch=after.id)
        if after.ended_at is not None and before.ended_at is None:
            _log.info("a task ended", watch=after.id, state=after.seen.state if after.seen else "gone")
