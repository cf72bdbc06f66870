"""A data file is read whole: what is written as usual many rows at a time, whatever else row by row.

SQLite puts a thousand values into one text, and one call decodes them: rows that are fetched and decoded one by one
take half as long again, and hold up whoever else wants to run.
"""

import sqlite3
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.model import AuditEntry, Subscription, Watch
from bot.store import codec
from bot.store.datafile import TABLE, connect_to_look
from bot.store.past import IS_PAST

WINDOW = 2_000
"""How many rows are read together, as a rule."""
LARGE = 1 << 23
"""Bytes that are read together at most, as a rule."""
_ROWS = f'CAST(key AS TEXT), CAST(value AS TEXT) FROM "{TABLE}" NOT INDEXED'
# "-" is what follows ",", and watches are the last of all kinds. Whatever else stands there too fails to decode as one.
_USUAL = f"""(typeof(key) = 'text' AND key > 'subscription/'
    AND value >= '{codec.HEAD}' AND value < '{codec.HEAD[:-1]}-')"""
_MANY = f"""
SELECT count(*),
    group_concat(key, x'0a') FILTER (WHERE key > 'w'), group_concat(value) FILTER (WHERE key > 'w'),
    group_concat(key, x'0a') FILTER (WHERE key < 'w'), group_concat(value) FILTER (WHERE key < 'w')
FROM "{TABLE}" NOT INDEXED WHERE rowid BETWEEN ? AND ? AND {_USUAL}
"""
_EACH = f"SELECT {_ROWS} WHERE rowid BETWEEN ? AND ? AND {_USUAL} ORDER BY rowid"
_LOG = "(key > '{}' AND key < '{}')".format(*codec.range_of(AuditEntry))
_OTHERS = f"SELECT {_ROWS} WHERE {_USUAL} IS NOT TRUE AND {IS_PAST} IS NOT TRUE AND {_LOG} IS NOT TRUE ORDER BY rowid"
_ENDS = f'SELECT min(rowid), max(rowid) FROM "{TABLE}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Some:
    """Records that were read together."""

    watches: list[Watch] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    others: list[codec.Kept] = field(default_factory=list)


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
                yield _decoded(found) or _some(aside.submit(rows.each, found.bounds).result())
            yield _some(aside.submit(rows.others).result())
        finally:
            aside.submit(rows.close).result()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    bounds: tuple[int, int]
    """The numbers of its first and last row."""
    many: tuple[bytes | None, ...]
    """Keys and values of watches, and of subscriptions; empty where that is more than SQLite puts together."""


class _Rows:
    """One connection, for one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._connection = connect_to_look(path)
        self._connection.text_factory = bytes
        # All of it as it is at one moment.
        self._connection.execute("BEGIN")
        first, self._last = self._connection.execute(_ENDS).fetchone()
        self._at: int = first or 0
        self._width = WINDOW
        self._done = first is None

    def next(self) -> _Window | None:
        """Return the next rows of the usual kind; None at the end."""
        while not self._done:
            bounds = (self._at, min(self._at + self._width - 1, self._last))
            self._done = bounds[1] >= self._last
            self._at = bounds[1] + 1
            try:
                count, *many = self._connection.execute(_MANY, bounds).fetchone()
            except sqlite3.DataError:
                return _Window(bounds=bounds, many=())
            size = sum(len(each or b"") for each in many)
            if size > LARGE:
                self._width = max(self._width // 2, 1)
            elif count < self._width // 10:
                # Numbers with wide gaps between them would take for ever.
                self._width = min(self._width * 2, 1 << 62)
            if count:
                return _Window(bounds=bounds, many=tuple(many))
        return None

    def each(self, bounds: tuple[int, int]) -> list[tuple[bytes | None, bytes | None]]:
        """Return the same rows one by one."""
        return self._connection.execute(_EACH, bounds).fetchall()

    def others(self) -> list[tuple[bytes | None, bytes | None]]:
        """Return what is not of the usual kind."""
        return self._connection.execute(_OTHERS).fetchall()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def _decoded(window: _Window) -> Some | None:
    """Return the records of many rows; None where anything about them is not as usual."""
    if not window.many:
        return None
    watch_keys, watches, subscription_keys, subscriptions = window.many
    try:
        return Some(
            watches=codec.decode_many(Watch, watch_keys, watches),
            subscriptions=codec.decode_many(Subscription, subscription_keys, subscriptions),
        )
    except codec.Unreadable:
        return None


def _some(rows: list[tuple[bytes | None, bytes | None]]) -> Some:
    return Some(others=list(codec.decode_all(_named(rows))))


def _named(rows: list[tuple[bytes | None, bytes | None]]) -> Iterator[tuple[str, bytes]]:
    for key, value in rows:
        yield (key or b"").decode(errors="backslashreplace"), value or b""
