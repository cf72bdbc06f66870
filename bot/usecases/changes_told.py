"""The operators' channel hears of every change: once, in one message a minute at most.

A message tells of a batch of entries. Each is marked as begun before the message is posted, and as told after Slack
has taken it: whatever was begun and not told may have arrived, and is looked up first. The message bears the id of the
batch's first entry, which is begun first and told last, so that after a stop at any place the same message is sought.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from bot.core.model import AuditEntry, DeliveryId
from bot.core.wording import audit as wording
from bot.ports import Blind, Clock, Found, Missing, Poster, Refusal, Refused, RetryLater, Sent, Shut, Store, StoreError
from bot.usecases.audit import entry_time
from bot.usecases.doubts import LOOK_UP_MARGIN, Habits

_log = structlog.get_logger(__name__)

LOOKED_BACK = timedelta(days=7)
"""After a start, what is older is news no more; `milepost audit` has it."""
SETTLED = timedelta(seconds=10)
"""An entry that is being written may carry an earlier time than one that is there already."""
_AT_ONCE = 500
_BATCH = 400
"""Fewer than are read at once, so that one that was begun is read whole, whatever came before it meanwhile."""
_OPENED_LATER = (Refusal.CHANNEL_CLOSED, Refusal.WORKSPACE)
"""Refusals that end when somebody opens the channel again."""


class ChangesTold:
    """Tells the operators' channel, if there is one. What was told is remembered durably, entry by entry."""

    def __init__(self, *, store: Store, poster: Poster, clock: Clock, habits: Habits, channel: str | None) -> None:
        self._store = store
        self._poster = poster
        self._clock = clock
        self._habits = habits
        self._channel = channel
        self._after: str | None = None
        """Everything up to this id is told."""
        self._remembered: list[AuditEntry] = []
        """What is marked as told, oldest first; a mark is taken away when no start would look so far back."""
        self._not_taken: DeliveryId | None = None
        """A message that Slack surely did not take."""
        self._doubted: tuple[DeliveryId, datetime] | None = None
        """A message that it may have taken, and since when that is so."""
        self._shut = False

    async def tick(self) -> None:
        """Tell what is new."""
        if self._channel is None:
            return
        try:
            await self._tick(self._channel, self._clock.now())
        except StoreError as error:
            # Whatever was not written down is found again as it is.
            _log.error("the operators cannot be told of all changes now", error=str(error))

    async def _tick(self, channel: str, now: datetime) -> None:
        if self._after is None:
            # Marks of what was told by an earlier process, and has grown too old since.
            await self._forget_between(now - 2 * LOOKED_BACK, now - LOOKED_BACK)
            self._after = entry_time(now - LOOKED_BACK)
        fresh = await self._untold(now)
        if fresh:
            begun = await self._store.said([_begun(entry) for entry in fresh])
            batch = [entry for entry in fresh if _begun(entry) in begun]
            if batch:
                settled = await self._again(channel, batch)
            else:
                batch = fresh[:_BATCH]
                await self._mark(batch)
                settled = await self._tell(channel, batch)
            if settled:
                await self._mark_told(batch)
        await self._forget(now)

    async def _untold(self, now: datetime) -> list[AuditEntry]:
        """Return what is not told yet, oldest first; go past all that is told before it."""
        while True:
            found = await self._store.audit(_AT_ONCE, after=self._after or "")
            ready = [entry for entry in found if now - entry.at >= SETTLED or entry.at > now]
            told = await self._store.said([_told(entry) for entry in ready])
            fresh = [entry for entry in ready if _told(entry) not in told]
            passed = ready[: ready.index(fresh[0])] if fresh else ready
            if not passed:
                return fresh
            self._remembered += passed
            self._after = passed[-1].id

    async def _mark(self, batch: Sequence[AuditEntry]) -> None:
        """Mark a batch as begun, its first entry before all others."""
        first, *others = batch
        await self._store.say_once(_begun(first))
        await asyncio.gather(*(self._store.say_once(_begun(entry)) for entry in others))

    async def _mark_told(self, batch: Sequence[AuditEntry]) -> None:
        """Mark a batch as told, its first entry after all others."""
        first, *others = batch
        await asyncio.gather(*(self._store.say_once(_told(entry)) for entry in others))
        await self._store.say_once(_told(first))

    async def _again(self, channel: str, batch: Sequence[AuditEntry]) -> bool:
        """Look up a batch that was begun before, unless Slack surely has it not; return whether that settles it."""
        delivery = _delivery(batch)
        if self._not_taken == delivery:
            return await self._tell(channel, batch)
        now = self._clock.now()
        if self._doubted is None or self._doubted[0] != delivery:
            # Of an earlier process, which may have died a moment ago.
            self._doubted = (delivery, now)
        since = batch[0].at - LOOK_UP_MARGIN
        match await self._poster.find(channel=channel, thread_ts=None, delivery_id=delivery, since=since):
            case Found():
                return True
            case Missing():
                if now - self._doubted[1] < self._habits.believe_after:
                    return False
                return await self._tell(channel, batch)
            case Shut(code=code):
                self._is_shut(code)
                return False
            case Blind(for_good=False):
                return False
            case Blind():
                # Nobody can tell: as for every message, the operators decide which of the two faults is the smaller.
                return not self._habits.repeat or await self._tell(channel, batch)

    async def _tell(self, channel: str, batch: Sequence[AuditEntry]) -> bool:
        """Post; return whether that settles it."""
        delivery = _delivery(batch)
        self._not_taken = None
        self._doubted = (delivery, self._clock.now())
        result = await self._poster.post(channel=channel, message=wording.changes(batch), delivery_id=delivery)
        match result:
            case Sent():
                self._shut = False
                _log.info("the operators were told of changes", count=len(batch))
                return True
            case Refused(kind=kind, code=code) if kind in _OPENED_LATER:
                self._is_shut(code)
                self._not_taken = delivery
                return False
            case Refused(code=code):
                # The same words would be refused for ever; the audit log has them.
                _log.error("Slack refuses to tell the operators of changes", code=code, count=len(batch))
                return True
            case RetryLater():
                self._not_taken = delivery
                return False
            case _:
                return False

    def _is_shut(self, code: str) -> None:
        if not self._shut:
            _log.error("the operators' channel is closed; they hear of changes when it is open again", code=code)
        self._shut = True

    async def _forget(self, now: datetime) -> None:
        old = [entry for entry in self._remembered if now - entry.at > LOOKED_BACK]
        for entry in old:
            await self._unmark(entry)
        self._remembered = self._remembered[len(old) :]

    async def _forget_between(self, begin: datetime, end: datetime) -> None:
        after = entry_time(begin)
        while old := [e for e in await self._store.audit(_AT_ONCE, after=after) if e.id < entry_time(end)]:
            for entry in old:
                await self._unmark(entry)
            after = old[-1].id

    async def _unmark(self, entry: AuditEntry) -> None:
        # In this order, so that it is never taken for one that was begun and not told.
        await self._store.say_again(_begun(entry))
        await self._store.say_again(_told(entry))


def _delivery(batch: Sequence[AuditEntry]) -> DeliveryId:
    return DeliveryId(f"operators/audit/{batch[0].id}")


def _begun(entry: AuditEntry) -> str:
    return f"telling/{entry.id}"


def _told(entry: AuditEntry) -> str:
    return f"audit/{entry.id}"
