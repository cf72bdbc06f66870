"""The audit log: written with what it tells of, read from the disk when somebody asks."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from bot.core.model import AuditEntry
from bot.ports import StoreError
from bot.store import codec
from bot.store.change import Change
from bot.store.writing import Writer

PAGE = 1_000
"""How many entries are looked at together when old ones are sought."""


class Audit:
    """The verbs about it. Entries are never kept in memory: nothing is decided by them."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def note(self, entry: AuditEntry) -> None:
        """Write an audit entry that stands for itself."""
        async with self._writer.turn([]) as turn:
            await turn.write(Change(audit={entry.id: entry}))

    async def audit(self, limit: int, *, after: str = "") -> Sequence[AuditEntry]:
        """Return audit entries with an id greater than *after*, oldest first.

        StoreError where one of them cannot be read: a log with a gap that nobody sees is none.
        """
        try:
            records = [codec.decode(key, value) for key, value in await _rows(self._writer, limit, after)]
        except (codec.Unreadable, RecursionError):
            raise StoreError(
                "The audit log holds an entry that cannot be read; `milepost store check` names it."
            ) from None
        return [each for each in records if isinstance(each, AuditEntry)]


async def older_than(writer: Writer, before: datetime) -> list[str]:
    """Return the ids of the audit entries from before then."""
    old: list[str] = []
    after = ""
    while rows := await _rows(writer, PAGE, after):
        after = rows[-1][0].partition("/")[2]
        found = [each.id for each in _readable(rows) if each.at < before]
        old.extend(found)
        # Ids sort by time; but for a clock that was set back, no older ones follow.
        if not found:
            break
    return old


async def _rows(writer: Writer, limit: int, after: str) -> list[tuple[str, bytes]]:
    low, high = codec.range_of(AuditEntry)
    return await writer.read(low + after, high, limit)


def _readable(rows: Iterable[tuple[str, bytes]]) -> Iterator[AuditEntry]:
    for key, value in rows:
        with suppress(codec.Unreadable, RecursionError):
            record = codec.decode(key, value)
            if isinstance(record, AuditEntry):
                yield record
