"""The operators' channel hears of every change: once, in one message a minute at most."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from bot.core.model import AuditEntry, DeliveryId
from bot.core.wording import audit as wording
from bot.ports import Clock, Poster, RetryLater, Store, StoreError
from bot.usecases.audit import entry_time

_log = structlog.get_logger(__name__)

LOOKED_BACK = timedelta(days=7)
"""After a start, what is older is news no more; `milepost audit` has it."""
SETTLED = timedelta(seconds=10)
"""An entry that is being written may carry an earlier time than one that is there already."""
_AT_ONCE = 500


class ChangesTold:
    """Tells the operators' channel, if there is one. What was told is remembered durably, entry by entry."""

    def __init__(self, *, store: Store, poster: Poster, clock: Clock, channel: str | None) -> None:
        self._store = store
        self._poster = poster
        self._clock = clock
        self._channel = channel
        self._after: str | None = None
        """Everything up to this id is told."""
        self._remembered: list[AuditEntry] = []
        """What is marked as told, oldest first; a mark is taken away when no start would look so far back."""

    async def tick(self) -> None:
        """Tell what is new."""
        if self._channel is None:
            return
        now = self._clock.now()
        if self._after is None:
            # Marks of what was told by an earlier process, and has grown too old since.
            await self._forget_between(now - 2 * LOOKED_BACK, now - LOOKED_BACK)
            self._after = entry_time(now - LOOKED_BACK)
        try:
            found = await self._store.audit(_AT_ONCE, after=self._after)
        except StoreError as error:
            _log.error("the changes cannot be read", error=str(error))
            return
        ready = [entry for entry in found if now - entry.at >= SETTLED or entry.at > now]
        passed, fresh = await self._marked(ready)
        if fresh and not await self._tell(self._channel, fresh):
            for entry in fresh:
                await self._store.say_again(_key(entry))
            return
        if passed:
            self._remembered += passed
            self._after = passed[-1].id
        await self._forget(now)

    async def _marked(self, entries: Sequence[AuditEntry]) -> tuple[list[AuditEntry], list[AuditEntry]]:
        """Mark entries as told, as far as the store can; return those, and which of them were not before."""
        passed, fresh = list[AuditEntry](), list[AuditEntry]()
        for entry in entries:
            try:
                first = await self._store.say_once(_key(entry))
            except StoreError as error:
                _log.error("the operators cannot be told of all changes now", error=str(error))
                break
            passed.append(entry)
            if first:
                fresh.append(entry)
        return passed, fresh

    async def _tell(self, channel: str, fresh: Sequence[AuditEntry]) -> bool:
        """Post; return whether Slack may have taken it, or never will."""
        delivery = DeliveryId(f"operators/audit/{fresh[-1].id}")
        result = await self._poster.post(channel=channel, message=wording.changes(fresh), delivery_id=delivery)
        _log.info("changes were told", count=len(fresh), result=type(result).__name__)
        return not isinstance(result, RetryLater)

    async def _forget(self, now: datetime) -> None:
        old = [entry for entry in self._remembered if now - entry.at > LOOKED_BACK]
        for entry in old:
            await self._store.say_again(_key(entry))
        self._remembered = self._remembered[len(old) :]

    async def _forget_between(self, begin: datetime, end: datetime) -> None:
        after = entry_time(begin)
        while old := [e for e in await self._store.audit(_AT_ONCE, after=after) if e.id < entry_time(end)]:
            for entry in old:
                await self._store.say_again(_key(entry))
            after = old[-1].id


def _key(entry: AuditEntry) -> str:
    return f"audit/{entry.id}"
