"""Writing rows with few statements, because each statement that ends may keep the thread waiting.

While SQLite works, its thread needs nothing of the interpreter; before and after, whoever computes may hold it up, for
5 ms each time (``sys.getswitchinterval``). Beside a busy event loop, rows that are written one by one so take hundreds
of times as long as alone, and with all the changing of threads ten times the CPU.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import TypeAlias, TypeVar

Statement: TypeAlias = tuple[str, Sequence[object]]
"""SQL and what is put into it."""
SIZES = (100, 50, 20, 10, 5, 2, 1)
"""How many rows one statement writes: few sizes, so that each is prepared once, which put together any number."""
_Each = TypeVar("_Each")


def writing(table: str, rows: Mapping[str, object]) -> Iterator[Statement]:
    """Yield what writes *rows* (None deletes) into a table with the columns key and value."""
    for some in _together([(key, value) for key, value in rows.items() if value is not None]):
        yield _upsert(table, len(some)), list(chain.from_iterable(some))
    for keys in _together([key for key, value in rows.items() if value is None]):
        yield _delete(table, len(keys)), keys


def _together(many: Sequence[_Each]) -> Iterator[Sequence[_Each]]:
    place = 0
    for size in SIZES:
        while len(many) - place >= size:
            yield many[place : place + size]
            place += size


@cache
def _upsert(table: str, rows: int) -> str:
    return (
        f'INSERT INTO "{table}" (key, value) VALUES {", ".join(["(?, ?)"] * rows)} '
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value "
        # What has not changed dirties no page, and so costs no I/O.
        f'WHERE "{table}".value IS NOT excluded.value'
    )


@cache
def _delete(table: str, rows: int) -> str:
    return f'DELETE FROM "{table}" WHERE key IN ({", ".join("?" * rows)})'
