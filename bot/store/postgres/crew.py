"""The replicas that share a database: who lives, and who does what only one may do."""

from bot.store.postgres.database import Database

LIVES_SECONDS = 60.0
"""A replica that was not heard of for so long counts as dead."""

_SEEN = """
INSERT INTO milepost.replica (id, sockets, seen_at) VALUES (%(id)s, %(sockets)s, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET sockets = excluded.sockets, seen_at = excluded.seen_at
"""
_FORGET = "DELETE FROM milepost.replica WHERE seen_at < clock_timestamp() - make_interval(secs => %(seconds)s)"
_OTHERS = """
SELECT coalesce(sum(sockets), 0)::integer FROM milepost.replica
WHERE id <> %(id)s AND seen_at >= clock_timestamp() - make_interval(secs => %(seconds)s)
"""
_LEAD = """
INSERT INTO milepost.lead AS l (job, replica, until)
VALUES (%(job)s, %(id)s, clock_timestamp() + make_interval(secs => %(seconds)s))
ON CONFLICT (job) DO UPDATE SET replica = excluded.replica, until = excluded.until
WHERE l.replica = excluded.replica OR l.until <= clock_timestamp()
RETURNING job
"""
_LEAVE = "DELETE FROM milepost.lead WHERE replica = %(id)s"


class Crew:
    """The port of the same name."""

    def __init__(self, database: Database, replica: str) -> None:
        self._database = database
        self._replica = replica
        self._sockets = 0

    async def lead(self, job: str, seconds: float) -> bool:
        """Tell whether this replica does *job* now; for so many seconds no other one does."""
        return bool(await self._database.once(_LEAD, {"job": job, "id": self._replica, "seconds": seconds}))

    async def join(self, sockets: int) -> int:
        """Say that this replica lives, with so many connections to Slack; return how many the others have."""
        self._sockets = sockets
        await self.seen()
        ((others,),) = await self._database.rows(_OTHERS, {"id": self._replica, "seconds": LIVES_SECONDS})
        return int(others)

    async def seen(self) -> None:
        """Say that this replica lives."""
        await self._database.once(_SEEN, {"id": self._replica, "sockets": self._sockets})
        await self._database.once(_FORGET, {"seconds": 10 * LIVES_SECONDS})

    async def leave(self) -> None:
        """Say that it stops."""
        await self._database.once(_LEAVE, {"id": self._replica})
        await self._database.once("DELETE FROM milepost.replica WHERE id = %(id)s", {"id": self._replica})
