"""What is deleted when it is old."""

from datetime import datetime

from bot.store.postgres.database import Database

_TOGETHER = 500
# Its locks are those of every other verb about these watches; whoever holds one now is left for the next time.
_WATCHES = """
WITH old AS MATERIALIZED (
    SELECT id, account, key FROM milepost.watch w WHERE closed_at < %(before)s AND NOT EXISTS (
        SELECT FROM milepost.subscription s JOIN milepost.delivery d ON d.subscription_id = s.id
        WHERE s.watch_id = w.id AND d.open)
    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED),
numbers AS (
    INSERT INTO milepost.numbered (account, key, number)
    SELECT account, key, max(CASE WHEN id ~ '#[0-9]{1,9}$' THEN substring(id FROM '#([0-9]+)$')::integer ELSE 1 END)
    FROM old GROUP BY account, key
    ON CONFLICT (account, key) DO UPDATE SET number = greatest(excluded.number, numbered.number), at = now()),
gone AS (DELETE FROM milepost.watch w USING old WHERE w.id = old.id RETURNING 1)
SELECT count(*) FROM gone
"""
_AUDIT = "DELETE FROM milepost.audit WHERE at < %(before)s"
# Of a task that nobody has followed for so long nothing is under way any more.
_NUMBERS = "DELETE FROM milepost.numbered WHERE at < now() - interval '7 days'"


async def prune(database: Database, before: datetime) -> int:
    """Delete watches that closed before then, with all that hangs on them, once all is delivered.

    Older audit entries are deleted too; watches are counted. Very many take several transactions.
    """
    await database.once(_AUDIT, {"before": before})
    await database.once(_NUMBERS)
    deleted = 0
    while True:
        ((count,),) = await database.once(_WATCHES, {"before": before, "limit": _TOGETHER})
        some = int(count)
        deleted += some
        if some < _TOGETHER:
            return deleted
