"""A data file as one side of a copy."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from bot.ports import StoreUnusable
from bot.store import codec
from bot.store.copying import Row
from bot.store.datafile import SIDE_FILES, TABLE, beside, cannot_be_opened, check_place, prepare
from bot.store.hardened import HardenedDict
from bot.store.lock import FileLock
from bot.store.salvage import open_to_read
from bot.store.worker import DEADLINE_SECONDS


class DataFile:
    """A Side. The bot may be running while it is read; while it is filled, it is locked."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @asynccontextmanager
    async def reading(self) -> AsyncIterator["_Reading"]:
        """Open it to be read, as it is at this moment."""
        with closing(open_to_read(self._path)) as connection:
            connection.execute("BEGIN")
            reading = _Reading(self._path, connection)
            reading.check_keys()
            yield reading

    @asynccontextmanager
    async def filling(self) -> AsyncIterator["_Filling"]:
        """Begin it beside its place, and put it there when all of it is written."""
        check_place(self._path)
        path = self._path.resolve()
        draft = beside(path, ".import")
        lock = FileLock(path, datetime.now(UTC))
        try:
            if any(beside(path, side).exists() and beside(path, side).stat().st_size for side in SIDE_FILES):
                raise StoreUnusable(f"{path} is not empty. Copy to a file that does not exist yet.")
            _remove(draft)
            prepare(draft)
            data = HardenedDict(str(draft), TABLE)
            try:
                yield _Filling(data)
            finally:
                data.close()
            draft.replace(path)
        except (OSError, sqlite3.Error) as trouble:
            raise StoreUnusable(cannot_be_opened(path, trouble)) from None
        finally:
            with suppress(OSError):
                _remove(draft)
            lock.release()


class _Reading:
    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    def check_keys(self) -> None:
        """Raise StoreUnusable where something is there that no kind of record is."""
        ranges = " OR ".join("(key > ? AND key < ?)" for _ in codec.KINDS)
        bounds = [bound for kind in codec.KINDS for bound in codec.bounds(kind)]
        query = f'SELECT count(*) FROM "{TABLE}" WHERE key IS NULL OR NOT ({ranges})'
        try:
            ((odd,),) = self._connection.execute(query, bounds).fetchall()
        except sqlite3.Error as trouble:
            raise StoreUnusable(cannot_be_opened(self._path, trouble)) from None
        if odd:
            raise self._unreadable(f"{odd} rows are no records of ours")

    async def rows(self, kind: str) -> AsyncIterator[Row]:
        """Yield the records of a kind by their ids."""
        query = f'SELECT CAST(key AS TEXT), CAST(value AS TEXT) FROM "{TABLE}" WHERE key > ? AND key < ? ORDER BY key'
        try:
            for key, value in self._connection.execute(query, codec.bounds(kind)):
                record = codec.decode(key.decode(), value or b"")
                yield record.id, record
        except (codec.Unreadable, RecursionError, UnicodeError) as trouble:
            raise self._unreadable(trouble) from None
        except sqlite3.Error as trouble:
            raise StoreUnusable(cannot_be_opened(self._path, trouble)) from None

    def _unreadable(self, why: object) -> StoreUnusable:
        return StoreUnusable(
            f"{self._path} holds what cannot be read: {why}. `milepost store check` names all of it; "
            "`milepost store export` and `import` carry the rest over into a new file, which can be copied."
        )


class _Filling:
    def __init__(self, data: HardenedDict) -> None:
        self._data = data

    async def put(self, kind: str, rows: Sequence[Row]) -> None:
        """Write records."""
        written: dict[str, str | None] = {f"{kind}/{name}": codec.encode(record) for name, record in rows}
        self._data.write(written).result(DEADLINE_SECONDS)


def _remove(path: Path) -> None:
    for side in SIDE_FILES:
        beside(path, side).unlink(missing_ok=True)
