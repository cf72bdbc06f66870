"""A database read for the operator: what is wrong with it, an export, its audit log."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import TextIO

from bot.core.model import AuditEntry
from bot.store import codec
from bot.store.postgres.copying import CopiedDatabase
from bot.store.tools import Exported, begin_export, end_export, loose_ends, put_record


async def check(url: str) -> list[str]:
    """Return a sentence for each thing that is wrong; replicas may be running on it.

    StoreUnusable where a record cannot be read at all.
    """
    kept: list[codec.Kept] = []
    async with CopiedDatabase(url).reading() as reading:
        for kind in codec.KINDS:
            async for _, record in reading.rows(kind):
                if not isinstance(record, AuditEntry):
                    kept.append(record)
    return list(loose_ends(kept))


async def export(url: str, out: TextIO) -> Exported:
    """Write every record as one line of JSON; replicas may be running on it."""
    records = 0
    async with CopiedDatabase(url).reading() as reading:
        begin_export(out)
        for kind in codec.KINDS:
            async for _, record in reading.rows(kind):
                records += 1
                put_record(out, record)
    end_export(out, records)
    return Exported(records=records, left_out=())


async def audit(url: str, *, since: datetime | None = None) -> AsyncIterator[AuditEntry]:
    """Yield the audit log, oldest first; *since*: only entries from then on."""
    async with CopiedDatabase(url).reading() as reading:
        async for _, record in reading.rows("audit"):
            if isinstance(record, AuditEntry) and (since is None or record.at >= since):
                yield record
