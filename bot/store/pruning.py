"""What is deleted when it is old."""

from datetime import datetime

from bot.core.model import Watch
from bot.store.audit import older_than
from bot.store.change import Change
from bot.store.records import Records
from bot.store.turns import task_of
from bot.store.writing import Writer


async def prune(writer: Writer, before: datetime) -> int:
    """Delete watches that closed before then, with all that hangs on them, once all is delivered.

    So whoever is paused keeps what is still to be told. Older audit entries are deleted too; watches are counted.
    """
    entries = await older_than(writer, before)
    records = writer.memory.records
    async with writer.turn({task_of(watch) for watch in _prunable(records, before)}) as turn:
        change = Change(audit=dict.fromkeys(entries))
        for watch in _prunable(records, before):
            if task_of(watch) in turn.tasks:
                change.watches[watch.id] = None
                for each in records.of_watch(watch.id):
                    change.subscriptions[each.id] = None
                    change.deliveries.update(dict.fromkeys(row.id for row in records.open_rows(each.id)))
        await turn.write(change)
        return len(change.watches)


def _prunable(records: Records, before: datetime) -> list[Watch]:
    closed = [records.watches[each] for each in records.closed_watches]
    return [
        watch
        for watch in closed
        if (watch.ended_at or watch.created_at) < before
        and not any(records.open_rows(each.id) for each in records.of_watch(watch.id))
    ]
