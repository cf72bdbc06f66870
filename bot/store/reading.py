"""A data file is read whole: what is written as usual many rows at a time, whatever else row by row.

SQLite puts thousands of values into one text, and one call decodes them: rows that are fetched and decoded one by one
take half as long again, and hold up whoever else wants to run.
"""

import sqlite3
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

from bot.core.model import AuditEntry, Delivery, Subscription, Watch
from bot.store import codec
from bot.store.datafile import TABLE, connect_to_look
from bot.store.past import IS_PAST

WINDOW = 2_000
"""Rows that are read together, as a rule: what becomes of them is still in the processor's cache when it is used."""
AHEAD = 8
"""How many times as many are read while others are looked at, so that neither thread waits for the other each time."""
LARGE = 1 << 22
"""Bytes that are read together at most, as a rule."""
_LEAST, _MOST = -(2**63), 2**63 - 1
"""The bounds of a row's number."""


def _within(kind: type[codec.Kept]) -> str:
    return "(key > '{}' AND key < '{}')".format(*codec.range_of(kind))


_KIND = f"""
CASE WHEN value >= '{codec.HEAD}' AND value < '{codec.AFTER_HEAD}'
    THEN CASE WHEN {_within(Watch)} THEN 1 WHEN {_within(Subscription)} THEN 2 END
END
"""
"""Null where a row is not as usual."""
# All that most rows are asked for is whether they stand behind deliveries.
_LEFT_OUT = f"key < '{codec.range_of(Delivery)[1]}' AND ({IS_PAST} OR {_within(AuditEntry)})"
_FROM = f'FROM "{TABLE}" NOT INDEXED WHERE'
# One look at each row: every further one would take as long again.
_MANY = f"""
SELECT max(place), group_concat(place) FILTER (WHERE kind IS NULL), count(*) FILTER (WHERE kind = 1),
    group_concat(key, '\n') FILTER (WHERE kind = 1), group_concat(value, '\n') FILTER (WHERE kind = 1),
    count(*) FILTER (WHERE kind = 2),
    group_concat(key, '\n') FILTER (WHERE kind = 2), group_concat(value, '\n') FILTER (WHERE kind = 2)
FROM (
    SELECT rowid AS place, key, value, {_KIND} AS kind {_FROM} rowid >= ? AND ({_LEFT_OUT}) IS NOT TRUE
    ORDER BY rowid LIMIT ?
)
"""
_EACH = f"SELECT CAST(key AS TEXT), CAST(value AS TEXT) {_FROM}"

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

    As ``codec.decode``: Unreadable, NotJson or TooNew. While one part is looked at, the next ones are read.
    """
    with ThreadPoolExecutor(1, "store-reading") as aside:
        rows = aside.submit(_Rows, path).result()
        try:
            ahead = deque(aside.submit(rows.next) for _ in range(AHEAD))
            while (found := ahead.popleft().result()) is not None:
                ahead.append(aside.submit(rows.next))
                many = _decoded(found)
                each = found.others if many else aside.submit(rows.usual, found.bounds).result() + found.others
                watches, subscriptions = many or ([], [])
                others = list(codec.decode_all(_named(each)))
                yield Some(watches=watches, subscriptions=subscriptions, others=others)
        finally:
            aside.submit(rows.close).result()


class _Many(NamedTuple):
    """Rows of one kind that SQLite put together."""

    rows: int
    keys: bytes | None
    values: bytes | None

    @property
    def size(self) -> int:
        """How many bytes they have."""
        return len(self.keys or b"") + len(self.values or b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    bounds: tuple[int, int]
    """The numbers of its first and last row."""
    watches: _Many
    subscriptions: _Many
    others: list[_Row]


class _Rows:
    """One connection, for one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._connection = connect_to_look(path)
        self._limit = WINDOW
        self._at: int | None = None
        try:
            self._connection.text_factory = bytes
            # All of it as it is at one moment.
            self._connection.execute("BEGIN")
            if self._is_begun():
                self._at = _LEAST
        except BaseException:
            self._connection.close()
            raise

    def next(self) -> _Window | None:
        """Return the next rows; None at the end."""
        if self._at is None:
            return None
        try:
            last, others, *found = self._connection.execute(_MANY, (self._at, self._limit)).fetchone()
        except sqlite3.DataError:
            if self._limit == 1:
                raise
            # More than SQLite puts together.
            self._limit //= 2
            return self.next()
        if last is None:
            self._at = None
            return None
        if last < self._at:
            # What a damaged file says of its rows need not fit.
            raise sqlite3.DatabaseError("its rows are not in their order")
        watches, subscriptions = _Many(*found[:3]), _Many(*found[3:])
        if watches.size + subscriptions.size > LARGE:
            self._limit = max(self._limit // 2, 1)
        bounds = (self._at, last)
        self._at = last + 1 if last < _MOST else None
        return _Window(bounds=bounds, watches=watches, subscriptions=subscriptions, others=self._listed(others))

    def usual(self, bounds: tuple[int, int]) -> list[_Row]:
        """Return, one by one, the rows that ``next`` put together."""
        ask = f"{_EACH} rowid BETWEEN ? AND ? AND {_KIND} IS NOT NULL ORDER BY rowid"
        return self._connection.execute(ask, bounds).fetchall()

    def _listed(self, places: bytes | None) -> list[_Row]:
        if places is None:
            return []
        return self._connection.execute(f"{_EACH} rowid IN ({places.decode()})").fetchall()

    def _is_begun(self) -> bool:
        # A file that was being begun when its process was killed has no table yet.
        query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return self._connection.execute(query, (TABLE,)).fetchone() is not None

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def _decoded(found: _Window) -> tuple[list[Watch], list[Subscription]] | None:
    """Return the records of many rows; None where anything about them is not as usual."""
    try:
        return codec.decode_many(Watch, *found.watches), codec.decode_many(Subscription, *found.subscriptions)
    except codec.Unreadable:
        return None


def _named(rows: list[_Row]) -> Iterator[tuple[str, bytes]]:
    for key, value in rows:
        yield (key or b"").decode(errors="backslashreplace"), value or b""
