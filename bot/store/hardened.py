"""sqlitedict with the worker replaced: the same file, but nothing hangs, and what is acknowledged is on the disk."""

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, cast

from sqlitedict import SqliteDict

from bot.store.worker import DEADLINE_SECONDS, Closed, Row, Worker

# "0" is what follows "/". The key of json_each, which is there too, is a number.
_UNDER = """t.key > p.value AND t.key < substr(p.value, 1, length(p.value) - 1) || '0'"""


def _dumps(value: object) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False)


class HardenedDict(SqliteDict):  # type: ignore[misc]  # sqlitedict ships no types
    """A SqliteDict of JSON values whose every write is durable when it returns.

    ``SqliteDict(path, tablename=…, encode=json.dumps, decode=json.loads)`` reads the same file (with
    ``journal_mode="WAL"`` while it is open here).
    """

    def __init__(self, filename: str, tablename: str, *, journal_mode: str = "WAL") -> None:
        super().__init__(
            filename,
            tablename=tablename,
            journal_mode=journal_mode,
            encode=_dumps,
            decode=json.loads,
            outer_stack=False,
        )

    def _new_conn(self) -> Worker:
        return Worker(self.filename, self.tablename, self.journal_mode)

    def write(self, rows: Mapping[str, str | None]) -> "Future[None]":
        """Write all of *rows*, JSON text by key (None deletes), or nothing; the future is answered after COMMIT."""
        return self._worker().write(rows)

    def between(self, low: str, high: str, limit: int) -> "Future[list[Row]]":
        """Read the first rows, their values as they are stored, whose keys lie between these two, by their order."""
        query = (
            f'SELECT CAST(key AS TEXT), CAST(value AS BLOB) FROM "{self.tablename}" '
            "WHERE key > ? AND key < ? ORDER BY key LIMIT ?"
        )
        return self._worker().query(query, (low, high, limit))

    def under(self, prefixes: Sequence[str], *, holding: str = "") -> "Future[list[Row]]":
        """Read the rows, key and value as it is stored, whose keys begin with one of *prefixes*, each ending in ``/``.

        *holding*: only those whose keys hold this too.
        """
        return self._worker().query(
            "SELECT CAST(t.key AS TEXT), CAST(t.value AS BLOB) "
            f'FROM json_each(?1) AS p CROSS JOIN "{self.tablename}" AS t WHERE {_UNDER} '
            "AND (?2 = '' OR instr(t.key, ?2))",
            (json.dumps(prefixes), holding),
        )

    def keys_under(self, prefixes: Sequence[str]) -> "Future[list[Row]]":
        """Read prefix and key of the same rows, but not their values."""
        return self._worker().query(
            "SELECT p.value, CAST(t.key AS TEXT) "
            f'FROM json_each(?) AS p CROSS JOIN "{self.tablename}" AS t WHERE {_UNDER}',
            (json.dumps(prefixes),),
        )

    def existing(self, keys: Sequence[str]) -> "Future[list[Row]]":
        """Read those of *keys* of which there is a row."""
        return self._worker().query(
            f'SELECT p.value FROM json_each(?) AS p CROSS JOIN "{self.tablename}" AS t WHERE t.key = p.value',
            (json.dumps(keys),),
        )

    def _worker(self) -> Worker:
        worker = cast("Worker | None", self.conn)
        if worker is None:
            raise Closed("the data file is closed")
        return worker

    def __setitem__(self, key: str, value: object) -> None:
        self.update({key: value})

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self.write({key: None}).result(DEADLINE_SECONDS)

    def update(self, items: Mapping[str, object] | Iterable[tuple[str, object]] = (), **more: object) -> None:
        """Write many values in one transaction."""
        values: dict[str, Any] = dict(items, **more)
        self.write({key: self.encode(value) for key, value in values.items()}).result(DEADLINE_SECONDS)
