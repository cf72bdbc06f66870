"""advance → commit: writes down what a reading changes, and tells the log and the operators what they must know."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace

from bot.core import notify
from bot.core.advance import Step, advance
from bot.core.cadence import SLOWEST, Limits, next_look
from bot.core.model import Subscription, Watch, WatchId
from bot.core.timed import in_time, next_due
from bot.ports import Account, Store, StoreError
from bot.usecases.operators import Operators
from bot.usecases.refused_accounts import RefusedAccounts
from providers.base import AccessDenied, ProviderError, Reading, TaskSnapshot, UnexpectedResponse

_log = structlog.get_logger(__name__)

_TRIES = 5
_MIN_PATIENCE = timedelta(seconds=10)


class Settling:
    """Settles one reading at a time; *put_off* gives a claim back that could not be committed.

    *limits* hold where *of_accounts* has no others for an account.
    """

    def __init__(
        self,
        *,
        store: Store,
        operators: Operators,
        limits: Limits,
        of_accounts: Mapping[str, Limits] | None = None,
        put_off: Callable[[WatchId, datetime], Awaitable[None]],
    ) -> None:
        self._store = store
        self._limits = limits
        self._of_accounts = of_accounts or {}
        longest = max(each.max_interval for each in (limits, *self._of_accounts.values()))
        # A tenth more, for looks are spread.
        self._accounts = RefusedAccounts(operators, longest_look=SLOWEST * longest * 1.1)
        self._put_off = put_off
        self._odd_states: set[tuple[str, str]] = set()

    async def settle(self, account: Account, watch: Watch, reading: Reading, now: datetime) -> None:
        """Settle the reading of a task whose account is configured."""
        self._log_oddities(watch, reading)
        if watch.name is None and watch.seen is None and isinstance(reading, TaskSnapshot):
            watch = replace(watch, name=await account.provider.describe(watch.key))
        await self._write(watch, reading, now)

    async def without_account(self, watch: Watch, now: datetime) -> None:
        """A watch whose account was taken out of the configuration waits; it may come back."""
        await self._write(watch, AccessDenied("this account is not configured (any more)"), now)

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
        patience = max(limits.max_interval, _MIN_PATIENCE)
        for _ in range(_TRIES):
            followers = await self._store.followers(watch.id)
            step = advance(watch, reading, now, patience=patience)
            step = self._scheduled(in_time(watch, step, reading, followers, now), reading, now, followers)
            if await self._store.commit(step.watch, notify.deliveries(step, followers, now)):
                self._log_change(watch, step.watch)
                await self._accounts.note(watch, step.watch, reading, now)
                return
            stored = await self._store.watch(watch.id)
            if stored is None or stored.closed:
                return
            watch = replace(stored, name=stored.name or name)
        await self._store.postpone(watch.id, now + limits.min_interval)

    def _limits_of(self, watch: Watch) -> Limits:
        return self._of_accounts.get(watch.account, self._limits)

    def _scheduled(self, step: Step, reading: Reading, now: datetime, followers: Sequence[Subscription]) -> Step:
        if step.watch.closed:
            return step
        retry_after = reading.retry_after if isinstance(reading, ProviderError) else None
        heard = any(follower.paused is None for follower in followers)
        look = next_look(
            step.watch,
            now,
            notify.awaited(followers),
            self._limits_of(step.watch),
            retry_after=retry_after,
            heard=heard,
            due=next_due(step.watch, followers, now),
        )
        return dataclasses.replace(step, watch=replace(step.watch, due_at=now + look.after))

    def _log_oddities(self, watch: Watch, reading: Reading) -> None:
        if isinstance(reading, TaskSnapshot):
            odd = (watch.account, reading.raw_state)
            if not reading.known_state and odd not in self._odd_states:
                self._odd_states.add(odd)
                _log.warning("a state that no document names", account=watch.account, state=reading.raw_state)
        elif watch.trouble is None:
            level = _log.error if isinstance(reading, UnexpectedResponse) else _log.warning
            level(
                "a task cannot be read",
                watch=watch.id,
                error=type(reading).__name__,
                reason=reading.message,
                code=reading.code,
                request_id=reading.request_id,
            )

    def _log_change(self, before: Watch, after: Watch) -> None:
        if before.trouble is not None and after.trouble is None and not after.closed:
            _log.info("a task can be read again", watch=after.id)
        if after.ended_at is not None and before.ended_at is None:
            _log.info("a task ended", watch=after.id, state=after.seen.state if after.seen else "gone")
