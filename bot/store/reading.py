"""A data file is read whole: what is written as usual many rows at a time, whatever else row by row.

SQLite puts thousands of values into one text, and one call decodes them: rows that are fetched and decoded one by one
take half as long again, and hold up whoever else wants to run.
"""

import sqlite3
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from bot.core.model import AuditEntry, Subscription, Watch
from bot.store import codec
from bot.store.datafile import TABLE, connect_to_look
from bot.store.past import IS_PAST

WINDOW = 10_000
"""Rows that are read together, as a rule: with fewer, the threads would wait longer for each other."""
LARGE = 1 << 23
"""Bytes that are read together at most, as a rule."""
_FROM = f'FROM "{TABLE}" NOT INDEXED WHERE rowid BETWEEN ? AND ?'
# Of all kinds watches are the last. Whatever else stands there too fails to decode as one.
_USUAL = f"""(key > 'subscription/' AND value >= '{codec.HEAD}' AND value < '{codec.AFTER_HEAD}'
    AND typeof(key) = 'text')"""
_MANY = f"""
SELECT group_concat(key, x'0a') FILTER (WHERE key > 'w'), group_concat(value) FILTER (WHERE key > 'w'),
    group_concat(key, x'0a') FILTER (WHERE key < 'w'), group_concat(value) FILTER (WHERE key < 'w')
{_FROM} AND {_USUAL}
"""
_EACH = f"SELECT CAST(key AS TEXT), CAST(value AS TEXT) {_FROM}"
_LOG = "(key > '{}' AND key < '{}')".format(*codec.range_of(AuditEntry))
_OTHERS = f"{_EACH} AND {_USUAL} IS NOT TRUE AND {IS_PAST} IS NOT TRUE AND {_LOG} IS NOT TRUE ORDER BY rowid"
_ENDS = f'SELECT min(rowid), max(rowid) FROM "{TABLE}"'
_END = f"""
SELECT max(place) FROM (SELECT rowid AS place FROM "{TABLE}" NOT INDEXED WHERE rowid >= ? ORDER BY rowid LIMIT ?)
"""

_Row: TypeAlias = tuple[bytes | None, bytes | None]
"""Key and value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Some:
    """Records that were read together."""

    watches: list[Watch]
    subscriptions: list[Subscription]
    others: list[codec.Kept]


def records_in(path: Path) -> Generator[Some, None, None]:
    """Yield what a data file holds, but for the audit log and the past, in parts.

    As ``codec.decode``: Unreadable, NotJson or TooNew. While one part is looked at, the next is read.
    """
    with ThreadPoolExecutor(1, "store-reading") as aside:
        rows = aside.submit(_Rows, path).result()
        try:
            window = aside.submit(rows.next)
            while (found := window.result()) is not None:
                window = aside.submit(rows.next)
                many = _decoded(found.many)
                each = found.others if many else aside.submit(rows.usual, found.bounds).result() + found.others
                watches, subscriptions = many or ([], [])
                others = list(codec.decode_all(_named(each)))
                yield Some(watches=watches, subscriptions=subscriptions, others=others)
        finally:
            aside.submit(rows.close).result()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    bounds: tuple[int, int]
    """The numbers of its first and last row."""
    many: tuple[bytes | None, ...]
    """Keys and values of watches, and of subscriptions; empty where that is more than SQLite puts together."""
    others: list[_Row]


class _Rows:
    """One connection, for one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._connection = connect_to_look(path)
        self._limit = WINDOW
        self._at: int | None = None
        self._last: int | None = None
        try:
            self._connection.text_factory = bytes
            # All of it as it is at one moment.
            self._connection.execute("BEGIN")
            if self._is_begun():
                self._at, self._last = self._connection.execute(_ENDS).fetchone()
        except BaseException:
            self._connection.close()
            raise

    def next(self) -> _Window | None:
        """Return the next rows; None at the end."""
        if self._at is None or self._last is None or self._at > self._last:
            return None
        (end,) = self._connection.execute(_END, (self._at, self._limit)).fetchone()
        if end is None or end < self._at:
            # What a damaged file says of its ends and holds between them need not fit.
            raise sqlite3.DatabaseError("its rows are not in their order")
        bounds = (self._at, end)
        self._at = end + 1
        try:
            many: tuple[bytes | None, ...] = self._connection.execute(_MANY, bounds).fetchone()
        except sqlite3.DataError:
            many = ()
        if not many or sum(len(each or b"") for each in many) > LARGE:
            self._limit = max(self._limit // 2, 1)
        return _Window(bounds=bounds, many=many, others=self._connection.execute(_OTHERS, bounds).fetchall())

    def usual(self, bounds: tuple[int, int]) -> list[_Row]:
        """Return, one by one, the rows that ``next`` put together."""
        return self._connection.execute(f"{_EACH} AND {_USUAL} ORDER BY rowid", bounds).fetchall()

    def _is_begun(self) -> bool:
        # A file that was being begun when its process was killed has no table yet.
        query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return self._connection.execute(query, (TABLE,)).fetchone() is not None

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def _decoded(many: tuple[bytes | None, ...]) -> tuple[list[Watch], list[Subscription]] | None:
    """Return the records of many rows; None where anything about them is not as usual."""
    if not many:
        return None
    try:
        return codec.decode_many(Watch, *many[:2]), codec.decode_many(Subscription, *many[2:])
    except codec.Unreadable:
        return None


def _named(rows: list[_Row]) -> Iterator[tuple[str, bytes]]:
    for key, value in rows:
        yield (key or b"").decode(errors="backslashreplace"), value or b""
