"""A data file is read as far as it can be: for the tools, whatever its condition."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from bot.ports import StoreUnusable
from bot.store import codec
from bot.store.datafile import TABLE, beside, cannot_be_opened, check_place, connect, is_empty

BY_OPTION = "with --file"
"""Where an operator names the data file, for sentences."""


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open a data file, also a damaged one, and one that the bot runs on; StoreUnusable where that cannot be."""
    check_place(path, where=BY_OPTION)
    if not path.exists():
        raise StoreUnusable(f"There is no data file {path}. Name another one {BY_OPTION}.")
    if is_empty(path):
        return _nothing()
    if path.stat().st_size == 0:
        raise StoreUnusable(
            f"{path} is empty, though its log {beside(path, '-wal').name} is not: the file was lost. "
            "Keep both; the next start of Milepost moves them aside."
        )
    try:
        connection = connect(path, "ro")
    except sqlite3.Error as trouble:
        raise StoreUnusable(cannot_be_opened(path, trouble)) from None
    connection.text_factory = bytes
    try:
        connection.execute(f'SELECT rowid FROM "{TABLE}" LIMIT 0').close()
    except sqlite3.Error as trouble:
        connection.close()
        raise StoreUnusable(f"{path} cannot be read as a data file of Milepost ({trouble}).") from None
    return connection


def _nothing() -> sqlite3.Connection:
    """Return what a file that was not begun yet holds."""
    connection = sqlite3.connect(":memory:")
    connection.text_factory = bytes
    connection.execute(f'CREATE TABLE "{TABLE}" (key TEXT PRIMARY KEY, value BLOB)')
    return connection


def salvaged(connection: sqlite3.Connection) -> Iterator[codec.Kept | str]:
    """Yield each record, or a sentence about a row that cannot be read."""
    last = 0
    columns = f'rowid, CAST(key AS TEXT), CAST(value AS TEXT) FROM "{TABLE}"'
    try:
        for number, key, value in connection.execute(f"SELECT {columns} ORDER BY rowid"):
            last = number
            yield decoded(key, value)
    except sqlite3.Error:
        # A damaged page ends the walk; row by row, what lies behind it can still be reached.
        try:
            (end,) = connection.execute(f'SELECT max(rowid) FROM "{TABLE}"').fetchone()
        except sqlite3.Error as trouble:
            yield f"Whatever follows row {last} cannot be read: {trouble}"
            return
        for number in range(last + 1, (end or 0) + 1):
            try:
                row = connection.execute(f"SELECT {columns} WHERE rowid = ?", (number,)).fetchone()
            except sqlite3.Error as trouble:
                yield f"Row {number} cannot be read: {trouble}"
            else:
                if row is not None:
                    yield decoded(row[1], row[2])


def decoded(key: bytes | None, value: bytes | None) -> codec.Kept | str:
    """Return the record of a row, or a sentence about one that cannot be read."""
    name = (key or b"").decode(errors="backslashreplace")
    try:
        return codec.decode(name, value or b"")
    except codec.Unreadable as trouble:
        return f"A row cannot be read: {trouble}"
    except RecursionError:
        return f"A row cannot be read: {name!r} is nested too deeply"
