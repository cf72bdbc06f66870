"""How often somebody was asked, counted for all replicas together."""

from bot.ports import Granted, Pace
from bot.store.postgres.database import Database
from bot.usecases.pacing import LEAST_SHARE, RECOVERY_SECONDS

# As bot.usecases.pacing.Bucket reckons it, in one statement: what was closed for a while does not open with a burst,
# and the rate recovers slowly after a complaint. Of two replicas at once the second waits for the first one's row.
_REFILLED = """
    SELECT least(%(burst)s, p.level + passed.closed * %(per_second)s * p.share) AS level,
        least(1.0, p.share + passed.all / %(recovery)s) AS share, p.closed_until
    FROM milepost.pace p CROSS JOIN LATERAL (SELECT
        greatest(extract(epoch FROM clock_timestamp() - greatest(p.at, least(p.closed_until, clock_timestamp()))), 0)
            ::double precision AS closed,
        greatest(extract(epoch FROM clock_timestamp() - p.at), 0)::double precision AS all) AS passed
    WHERE p.key = %(key)s FOR UPDATE OF p
"""
_BEGIN = """
INSERT INTO milepost.pace (key, level, share, at, closed_until)
VALUES (%(key)s, %(burst)s, 1, clock_timestamp(), '-infinity') ON CONFLICT DO NOTHING
"""
_TAKE = f"""
WITH now AS MATERIALIZED ({_REFILLED}),
granted AS (SELECT CASE WHEN closed_until > clock_timestamp() THEN 0
    ELSE greatest(least(floor(level), %(wanted)s), 0) END AS calls FROM now)
UPDATE milepost.pace p SET level = now.level - granted.calls, share = now.share, at = clock_timestamp()
FROM now, granted WHERE p.key = %(key)s
RETURNING granted.calls::integer,
    greatest(extract(epoch FROM p.closed_until - clock_timestamp()), 0)::double precision
"""
# One complaint for many calls under way is one complaint.
_CLOSE = f"""
WITH now AS MATERIALIZED ({_REFILLED})
UPDATE milepost.pace p SET
    share = CASE WHEN now.closed_until > clock_timestamp() THEN now.share
        ELSE greatest(now.share / 2, %(least_share)s) END,
    level = CASE WHEN now.closed_until > clock_timestamp() THEN now.level ELSE least(now.level, 1) END,
    at = clock_timestamp(),
    closed_until = greatest(now.closed_until, clock_timestamp() + make_interval(secs => %(seconds)s))
FROM now WHERE p.key = %(key)s
"""


class Tally:
    """The port of the same name, in one row for each thing that is asked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take_calls(self, key: str, pace: Pace, *, wanted: int) -> Granted:
        """Take up to *wanted* calls out of what may be made under *key* by *pace*; they count as made."""
        ((calls, closed_for),) = await self._run(_TAKE, key, pace, wanted=wanted)
        return Granted(calls=calls, closed_for=closed_for)

    async def close_calls(self, key: str, pace: Pace, *, seconds: float) -> None:
        """Let nobody call for so long, and all of them more slowly for a while after it."""
        await self._run(f"{_CLOSE} RETURNING p.key", key, pace, seconds=seconds, least_share=LEAST_SHARE)

    async def _run(self, query: str, key: str, pace: Pace, **more: float) -> list[tuple[int, float]]:
        arguments = {
            "key": key,
            "per_second": pace.per_second,
            "burst": pace.burst,
            "recovery": RECOVERY_SECONDS,
            **more,
        }
        rows = await self._database.once(query, arguments)
        if not rows:
            # Nobody ever asked.
            await self._database.once(_BEGIN, arguments)
            rows = await self._database.once(query, arguments)
        return [(row[0], row[-1]) for row in rows]
