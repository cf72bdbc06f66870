"""A database as one side of a copy."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import psycopg

from bot.core.model import AuditEntry, Delivery, DeliveryState, Subscription, SubscriptionId, Watch
from bot.ports import StoreError, StoreUnusable
from bot.store import codec
from bot.store.copying import TOGETHER, Row
from bot.store.postgres import database, rows, schema
from bot.store.postgres.loading import decoded, load_watches
from bot.store.postgres.outgoing import queued
from bot.store.stale import stale_entry

_TABLES = codec.KINDS
"""Named as the kinds are."""
_PARTS = {
    "watch": "new_watches",
    "subscription": "subscriptions",
    "delivery": "deliveries",
    "said": "said",
    "channel": "channels",
    "audit": "audit",
}
_COPIED = "copied"
"""Holds what was being sent; its lease has ended, so that it is looked up first of all."""
_LONG_AGO = datetime.fromtimestamp(0, UTC)
_ANY = " UNION ALL ".join(f"(SELECT 1 FROM milepost.{table} LIMIT 1)" for table in _TABLES)
_LOCKS = f"LOCK TABLE {', '.join(f'milepost.{table}' for table in _TABLES)} IN ACCESS EXCLUSIVE MODE"
_WAIT = "SET LOCAL lock_timeout = '5s'"
"""The running bot keeps nobody waiting as long; another copy does, and whoever copies a database to itself for ever."""
_IN_USE = (
    "The tables are in use by somebody who does not let go of them. Perhaps FROM and TO are the same database, or "
    "another copy or a dump is under way. Nothing was copied."
)
_PAGE = "SELECT id, record FROM milepost.watch WHERE id > %(after)s ORDER BY id LIMIT %(limit)s"


class CopiedDatabase:
    """A Side. Replicas may be running while it is read; while it is filled, they wait."""

    def __init__(self, url: str) -> None:
        self._url = url

    @asynccontextmanager
    async def reading(self) -> AsyncIterator["_Reading"]:
        """Open it to be read, as it is at this moment."""
        try:
            async with await database.connect(self._url) as connection:
                await schema.check(connection)
                async with connection.transaction():
                    await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                    await connection.execute(_WAIT.encode())
                    yield _Reading(connection)
        except psycopg.errors.LockNotAvailable:
            raise StoreUnusable(_IN_USE) from None
        except psycopg.Error as trouble:
            raise StoreUnusable(database.unreachable(self._url, trouble)) from None

    @asynccontextmanager
    async def filling(self) -> AsyncIterator["_Filling"]:
        """Write to it in one transaction."""
        await schema.migrate(self._url)
        try:
            async with await database.connect(self._url) as connection, connection.transaction():
                await connection.execute(_WAIT.encode())
                await connection.execute(_LOCKS.encode())
                if await (await connection.execute(_ANY.encode())).fetchone() is not None:
                    raise StoreUnusable("The database holds records of Milepost already. Copy to one that is empty.")
                filling = _Filling(connection)
                yield filling
                await filling.finish()
        except psycopg.errors.LockNotAvailable:
            raise StoreUnusable(_IN_USE) from None
        except psycopg.errors.ForeignKeyViolation:
            raise StoreUnusable(
                "A record hangs on one that is not there; `milepost store check` names all such. Nothing was copied."
            ) from None
        except psycopg.Error as trouble:
            raise StoreUnusable(database.unreachable(self._url, trouble)) from None
        except StoreError as trouble:
            raise StoreUnusable(str(trouble)) from None


class _Reading:
    def __init__(self, connection: psycopg.AsyncConnection[database.Row]) -> None:
        self._connection = connection

    async def rows(self, kind: str) -> AsyncIterator[Row]:
        """Yield the records of a kind by their ids."""
        try:
            async with self._connection.cursor(name=f"all_{kind}") as cursor:
                cursor.itersize = TOGETHER
                await cursor.execute(f"SELECT id, record FROM milepost.{kind} ORDER BY id".encode())
                async for name, record in cursor:
                    yield name, decoded(kind, name, record)
        except StoreError as trouble:
            raise StoreUnusable(str(trouble)) from None


class _Filling:
    def __init__(self, connection: psycopg.AsyncConnection[database.Row]) -> None:
        self._connection = connection

    async def put(self, kind: str, some: Sequence[Row]) -> None:
        """Write records; what follows from others of them is written in the end."""
        if some:
            await self._write(_PARTS[kind], rows.as_json([_row(record) for _, record in some]))

    async def finish(self) -> None:
        """Write down which cards are behind, and which deliveries are first in their lines."""
        transaction = database.Statements(self._connection)
        after = ""
        while page := await transaction.rows(_PAGE, {"after": after, "limit": TOGETHER}):
            loaded = await load_watches(transaction, page)
            records, held = loaded.records, loaded.held
            stale = [(each, stale_entry(records, each)) for each in records.subscriptions]
            await self._write("stale", rows.as_json({"id": each, "stale": entry[0]} for each, entry in stale if entry))
            lines = [queued(records, SubscriptionId(each), held) for each in records.waiting_ones()]
            await self._write("outbox", rows.as_json(each for each in lines if each.delivery_id is not None))
            after = page[-1][0]
        await self._connection.execute("ANALYZE milepost.watch, milepost.due, milepost.subscription, milepost.delivery")

    async def _write(self, part: str, argument: str) -> None:
        await self._connection.execute(rows.statement([part]).encode(), {part: argument})


def _row(record: codec.Kept) -> rows.AnyRow:
    if isinstance(record, Watch):
        return rows.watch_row(record, released=True)
    if isinstance(record, Subscription):
        return rows.subscription_row(record, None)
    if isinstance(record, Delivery):
        sending = record.state is DeliveryState.SENDING
        return rows.delivery_row(record, *((_COPIED, _LONG_AGO) if sending else (None, None)))
    at = record.at if isinstance(record, AuditEntry) else None
    return rows.PlainRow(id=record.id, record=rows.encoded(record), at=at)
