"""A database with so many watches, all due, each followed and its card shown: rows as the codec writes them."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from benchmarks import datafile
from bot.core.model import Delivery, Subscription, SubscriptionId, Watch, delivery_id, watch_id
from bot.store.postgres.rows import delivery_row, subscription_row, watch_row
from bot.store.postgres.store import PostgresStore
from providers.base import TaskKey

if TYPE_CHECKING:
    import psycopg

ACCOUNTS = ("cos-1", "cos-2", "cos-3", "cos-4")
DUE_WITHIN = timedelta(hours=1)
"""Before ``datafile.NOW``, at which all are due."""
_WITHIN = int(DUE_WITHIN.total_seconds())
READINGS = 20
_TOGETHER = 1_000
_TABLES = ("watch", "due", "subscription", "delivery")
_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'milepost' AND tablename = ANY(%s)
AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""
# What differs from row to row, as it stands in a line that is copied again and again.
_NUMBER, _ACCOUNT, _CHANNEL, _DUE = "@NUMBER@", "@ACCOUNT@", "@CHANNEL@", datetime(2001, 1, 1, tzinfo=UTC)


def fill(connection: "psycopg.Connection[tuple[object, ...]]", watches: int) -> None:
    """Replace all records by so many watches with a follower and a card each. The tables must be there."""
    connection.execute("SET maintenance_work_mem = '256MB'")
    # All that is loaded hangs together; nobody needs to look three million times whether it does.
    connection.execute("SET session_replication_role = replica")
    connection.execute(f"TRUNCATE {', '.join(f'milepost.{each}' for each in _TABLES)}, milepost.outbox".encode())
    indexes = connection.execute(_INDEXES, (list(_TABLES),)).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX milepost.{name}".encode())
    for table, row in _rows(*_records(_ACCOUNT, _NUMBER, _CHANNEL, _DUE)).items():
        columns = ", ".join(row)
        line = _form("\t".join(_as_text(value) for value in row.values()) + "\n")
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY milepost.{table} ({columns}) FROM STDIN".encode()) as copy,
        ):
            for start in range(0, watches, _TOGETHER):
                some = range(start, min(start + _TOGETHER, watches))
                copy.write("".join([line % _values(each, watches) for each in some]))
    for _, definition in indexes:
        connection.execute(str(definition).encode())
    for table in _TABLES:
        connection.execute(f"VACUUM ANALYZE milepost.{table}".encode())
    connection.execute("CHECKPOINT")
    connection.execute("SET session_replication_role = DEFAULT")


async def check(store: PostgresStore, watches: int) -> None:
    """Read some of what was loaded as the bot reads it, and compare it with what should be there."""
    for number in sorted({0, 1, watches // 3, watches - 1}):
        watch, subscription, card = records(number, watches)
        assert await store.watch(watch.id) == watch, watch.id
        assert list(await store.followers(watch.id)) == [subscription], watch.id
        assert await store.last_sent(subscription.id) == card, watch.id


def records(number: int, watches: int) -> tuple[Watch, Subscription, Delivery]:
    """Return the watch of that number, of so many, with its follower and its card."""
    values = _values(number, watches)
    return _records(values["account"], values["number"], values["channel"], datetime.fromisoformat(values["due"]))


def _values(number: int, watches: int) -> dict[str, str]:
    """Return what differs from row to row."""
    return {
        "account": ACCOUNTS[number % len(ACCOUNTS)],
        "number": f"{number:08d}",
        "channel": f"C{number % datafile.CHANNELS:010d}",
        "due": _due(_WITHIN * (number + 1) // watches),
    }


@cache
def _due(seconds: int) -> str:
    return _said(datafile.NOW - DUE_WITHIN + timedelta(seconds=seconds))


def _records(account: str, number: str, channel: str, due: datetime) -> tuple[Watch, Subscription, Delivery]:
    key = TaskKey(f"examplebucket-1250000000/NWEwMDAwMDBf{number}XzhlZmE1MF80ZGIxXzM=")
    watch = datafile.a_watch(account, "tencent-cos", 0, READINGS, due)
    watch = replace(watch, id=watch_id(account, key, 1), key=key, name=f"nightly copy {number}")
    subscription, card = datafile.a_follower(watch, 0, 0, lambda *_: channel)
    name = SubscriptionId(f"{number}5f2a")
    return (
        watch,
        replace(subscription, id=name),
        replace(card, id=delivery_id(watch, name, "card"), subscription_id=name),
    )


def _rows(watch: Watch, subscription: Subscription, card: Delivery) -> dict[str, dict[str, object]]:
    """Return the columns of the row of each, by table."""
    first = msgspec.structs.asdict(watch_row(watch, released=False))
    del first["released"]
    return {
        "watch": first,
        "due": {"watch_id": watch.id, "account": watch.account, "next_at": watch.due_at},
        # As it is from one edit of the card to the next: whoever looks again finds that written.
        "subscription": {**msgspec.structs.asdict(subscription_row(subscription, None)), "stale": 1},
        "delivery": msgspec.structs.asdict(delivery_row(card, None, None)),
    }


def _as_text(value: object) -> str:
    """Return a value as COPY reads it."""
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime):
        return _said(value)
    return str(value).replace("\\", "\\\\")


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def _form(line: str) -> str:
    """Return a line with a place for each thing that differs."""
    line = line.replace("%", "%%").replace(_said(_DUE), "%(due)s")
    return line.replace(_NUMBER, "%(number)s").replace(_ACCOUNT, "%(account)s").replace(_CHANNEL, "%(channel)s")
