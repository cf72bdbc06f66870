"""The first look at a task, while the person who asked for it is there to be told."""

import asyncio

import structlog
from msgspec.structs import replace

from bot.core.advance import advance
from bot.core.cadence import Limits, next_look
from bot.core.message import Message
from bot.core.model import Watch, watch_id
from bot.core.rules import Rules
from bot.core.wording import accounts as wording
from bot.ports import Clock, Store
from bot.usecases.which_account import Meant, example_key
from providers.base import (
    Absence,
    AccessDenied,
    ProviderError,
    Reading,
    TaskNotFound,
    TaskSnapshot,
    UnexpectedResponse,
)
from providers.reasons import Reason

_log = structlog.get_logger(__name__)

_NAME_PATIENCE = 5.0
"""Seconds for looking up a task's name, which is only nice to have."""


class FirstLook:
    """Makes the watch of a task out of its first reading."""

    def __init__(self, *, store: Store, clock: Clock, limits: Limits) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits

    async def at(self, meant: Meant) -> Watch | Message:
        """Read the task, so that a wrong id or a refused key is said at once; an outage is no reason to refuse."""
        open_watch = await self._store.open_watch(meant.account.name, meant.key)
        if open_watch is not None and open_watch.seen is not None:
            return open_watch
        reading, name = await asyncio.gather(self._read(meant), self._name(meant))
        account = meant.account
        match reading:
            case TaskNotFound(absence=Absence.CERTAIN | Absence.VAGUE):
                return wording.not_found(
                    account.name, meant.key, account.place, reading.cause, example=example_key(account)
                )
            case AccessDenied():
                return wording.denied(account.name, reading.cause)
            case _:
                return self._new_watch(meant, reading, name)

    async def _read(self, meant: Meant) -> Reading:
        missing = UnexpectedResponse(Reason.LEFT_OUT)
        return (await meant.account.provider.fetch([meant.key])).get(meant.key, missing)

    async def _name(self, meant: Meant) -> str | None:
        try:
            async with asyncio.timeout(_NAME_PATIENCE):
                return await meant.account.provider.describe(meant.key)
        except TimeoutError:
            return None

    def _new_watch(self, meant: Meant, reading: Reading, name: str | None) -> Watch:
        now = self._clock.now()
        account, limits = meant.account.name, meant.account.limits or self._limits
        fresh = Watch(
            id=watch_id(account, meant.key, 1),
            account=account,
            key=meant.key,
            created_at=now,
            due_at=now,
            name=name,
            run_since=now,
        )
        if not isinstance(reading, TaskSnapshot):
            _log.warning("the first reading failed; it is repeated", watch=fresh.id, reason=str(reading))
        # What the first reading says stands on the card; there is nobody yet to hear of it in a thread.
        watch = advance(fresh, reading, now, patience=limits.max_interval).watch
        if watch.closed:
            return watch
        retry_after = reading.retry_after if isinstance(reading, ProviderError) else None
        look = next_look(watch, now, Rules().milestones, limits, retry_after=retry_after)
        return replace(watch, due_at=now + look.after)
