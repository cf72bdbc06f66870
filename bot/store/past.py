"""Deliveries that are sent or refused: nothing is decided by them from look to look, so they stay on the disk.

They are found by their keys, ``delivery/<watch>/<run>/<subscription>/<what>``. One that cannot be read exists all the
same, so it is neither said again nor left behind where its subscription is deleted; ``milepost store check`` names it.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from bot.core.model import Delivery, DeliveryId, DeliveryState, SubscriptionId, WatchId
from bot.ports import StoreError
from bot.store import codec
from bot.store.hardened import HardenedDict
from bot.store.records import Records
from bot.store.worker import Row

T = TypeVar("T")
TOGETHER = 500
"""Watches of which the rows are read together, and rows that are decoded before others have their turn."""
_NEVER = datetime.min.replace(tzinfo=UTC)
_LOW, _HIGH = codec.range_of(Delivery)
IS_PAST = (
    f"(key > '{_LOW}' AND key < '{_HIGH}' AND value >= '{codec.HEAD}' AND value < '{codec.AFTER_HEAD}' "
    """AND (instr(value, '"state":"sent"') OR instr(value, '"state":"refused"')))"""
)
"""SQL: what a start does not read. No text in a record can hold these words, for in JSON its quotes are escaped; and
only what was written by this version is known to be written without spaces."""


class Past:
    """Reads them; StoreError where the disk does not answer, or refuses."""

    def __init__(self, data: HardenedDict, seconds: float) -> None:
        self._data = data
        self._seconds = seconds

    async def existing(self, ids: Collection[DeliveryId]) -> list[DeliveryId]:
        """Return those of *ids* of which there is a row."""
        keys = [_LOW + each for each in ids]
        found = await self.read(partial(self._data.existing, keys)) if keys else []
        return [DeliveryId(key.removeprefix(_LOW)) for (key,) in found]

    async def of_watches(self, watches: Collection[WatchId]) -> AsyncIterator[Delivery]:
        """Yield the rows of some watches, in no order."""
        for prefixes in _in_parts([_prefix(each) for each in watches]):
            rows = await self.read(partial(self._data.under, prefixes))
            for some in _in_parts(rows):
                for row in _readable(some):
                    yield row
                await asyncio.sleep(0)

    async def keys_of(self, records: Records, gone: Collection[SubscriptionId]) -> list[str]:
        """Return the keys of all rows of some subscriptions."""
        found: list[str] = []
        watches = {records.subscriptions[each].watch_id for each in gone}
        for prefixes in _in_parts([_prefix(each) for each in watches]):
            rows = await self.read(partial(self._data.keys_under, prefixes))
            found += [key for prefix, key in rows if _subscription_in(prefix, key, records) in gone]
        return found

    async def last_sent(self, subscription_id: SubscriptionId, watch: WatchId) -> Delivery | None:
        """Return the last delivery of a subscription that Slack accepted."""
        rows = await self.read(partial(self._data.under, [_prefix(watch)], holding=f"/{subscription_id}/"))
        sent = [
            row for row in _readable(rows) if row.state is DeliveryState.SENT and row.subscription_id == subscription_id
        ]
        return max(sent, key=lambda row: (row.sending_since or _NEVER, row.seq), default=None)

    async def last_places(self, records: Records, subscriptions: Collection[SubscriptionId]) -> None:
        """Let *records* know behind which places new rows of these subscriptions go."""
        unknown = {
            found.watch_id
            for each in subscriptions
            if (found := records.subscriptions.get(each)) is not None and not records.knows_last_seq(each)
        }
        if not unknown:
            return
        last = {each: 0 for watch in unknown for each in records.ids_of_watch(watch)}
        async for row in self.of_watches(unknown):
            if row.subscription_id in last and not row.open:
                last[row.subscription_id] = max(last[row.subscription_id], row.seq)
        for each, seq in last.items():
            if not records.knows_last_seq(each):
                records.put_last_seq(each, seq)

    async def read(self, ask: Callable[[], "Future[list[Row]]"]) -> list[Row]:
        """Return what the disk answers to *ask*."""
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.wrap_future(ask())
        except TimeoutError:
            raise StoreError("The disk under the data file does not answer.") from None
        except (sqlite3.Error, UnicodeError) as trouble:
            raise StoreError(f"The data file cannot be read: {trouble}.") from None


def _prefix(watch: WatchId) -> str:
    return f"{_LOW}{watch}/"


def _subscription_in(prefix: str, key: str, records: Records) -> str:
    """Return the subscription in a key; empty where it is the key of a watch whose id goes on after the *prefix*."""
    parts = key.removeprefix(prefix).split("/")
    if len(parts) < 3 or not parts[0].isdecimal():
        return ""
    watch = prefix.removeprefix(_LOW)
    goes_on = any(WatchId(watch + "/".join(parts[:length])) in records.watches for length in range(3, len(parts)))
    return "" if goes_on else parts[1]


def _in_parts(many: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(many), TOGETHER):
        yield many[start : start + TOGETHER]


def _readable(rows: Sequence[Row]) -> Iterator[Delivery]:
    for key, value in rows:
        with suppress(codec.Unreadable, RecursionError):
            record = codec.decode(key, value)
            if isinstance(record, Delivery):
                yield record
