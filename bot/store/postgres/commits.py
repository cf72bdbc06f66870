"""What was read of many tasks, written together: in one statement where it is no news, which is nearly always."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from bot.core.model import Delivery, Watch, WatchId
from bot.store.change import Change
from bot.store.polling import takes
from bot.store.postgres.database import Unanswered
from bot.store.postgres.rows import as_json, encoded
from bot.store.postgres.turn import PostgresDesk
from bot.store.turns import task_of

# The rules of ``takes`` once more, for a watch that stays open and has nothing to tell: the version that was read, a
# claim that nobody took over; the claim ends, and the cards of its followers are behind.
_QUIET = """
WITH read AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS x (id text, version bigint, due_at timestamptz, ended boolean, claim text, may_be_free boolean, record text)),
same AS MATERIALIZED (
    SELECT w.id FROM read JOIN milepost.watch w ON w.id = read.id AND w.version = read.version
        JOIN milepost.due d ON d.watch_id = read.id
        AND (read.claim IS NULL OR d.claim = read.claim OR (d.claim IS NULL AND read.may_be_free))
    ORDER BY w.id FOR NO KEY UPDATE OF w, d),
written AS (
    UPDATE milepost.watch w SET version = read.version + 1, due_at = read.due_at, record = read.record
    FROM read JOIN same ON same.id = read.id WHERE w.id = read.id),
given_back AS (
    UPDATE milepost.due d SET next_at = read.due_at, claim = NULL
    FROM read JOIN same ON same.id = read.id WHERE d.watch_id = read.id),
behind AS (
    UPDATE milepost.subscription s SET stale = CASE WHEN read.ended THEN 0 ELSE 1 END
    FROM read JOIN same ON same.id = read.id
    WHERE s.watch_id = read.id AND s.carded AND s.paused_since IS NULL
        AND s.stale IS DISTINCT FROM CASE WHEN read.ended THEN 0 ELSE 1 END)
SELECT id FROM same
"""
_READ_BACK = "SELECT id, record FROM milepost.watch WHERE id = ANY(%(ids)s)"


class _Quiet(msgspec.Struct, frozen=True):
    id: WatchId
    version: int
    due_at: datetime | None
    ended: bool
    claim: str | None
    may_be_free: bool
    record: str


class Commits:
    """The verbs that write down what was read."""

    def __init__(self, desk: PostgresDesk) -> None:
        self._desk = desk
        self._ledger = desk.ledger

    async def commit(self, watch: Watch, deliveries: Sequence[Delivery] = ()) -> bool:
        """Write *watch* and insert *deliveries*; False where it changed meanwhile, is gone, or was closed."""
        (done,) = await self.commit_all([(watch, deliveries)])
        return done

    async def commit_all(self, steps: Sequence[tuple[Watch, Sequence[Delivery]]]) -> Sequence[bool]:
        """``commit`` each of *steps*, all of them in one transaction; return what became of each, in their order."""
        firsts: dict[WatchId, int] = {}
        for place, (watch, _) in enumerate(steps):
            firsts.setdefault(watch.id, place)
        quiet = {
            each: self._row(steps[place][0])
            for each, place in firsts.items()
            if not steps[place][1] and not steps[place][0].closed and not self._ledger.has_lost(each)
        }
        news = [place for each, place in firsts.items() if each not in quiet]
        done = await self._with_news(steps, news, quiet) if news else await self._without(quiet)
        for each in done:
            self._ledger.claim_over(each)
        return [watch.id in done and firsts[watch.id] == place for place, (watch, _) in enumerate(steps)]

    async def _without(self, quiet: Mapping[WatchId, _Quiet]) -> set[WatchId]:
        if not quiet:
            return set()
        try:
            return {each for (each,) in await self._desk.database.once(_QUIET, {"rows": as_json(quiet.values())})}
        except Unanswered:
            rows = await self._desk.database.settled(_READ_BACK, {"ids": list(quiet)})
            written = {each for each, record in rows if record == quiet[each].record}
            if not written:
                raise
            return written

    async def _with_news(
        self, steps: Sequence[tuple[Watch, Sequence[Delivery]]], news: Sequence[int], quiet: Mapping[WatchId, _Quiet]
    ) -> set[WatchId]:
        tasks = {task_of(steps[place][0]) for place in news}
        rows = [row for place in news for row in steps[place][1]]
        async with self._desk.turn(
            tasks, naming=[row.id for row in rows], adding={row.subscription_id for row in rows}
        ) as turn:
            change = Change()
            done = {steps[place][0].id for place in news if takes(turn, change, *steps[place])}
            if quiet:
                done.update(each for (each,) in await turn.also(_QUIET, {"rows": as_json(quiet.values())}))
            await turn.write(change)
            return done

    def _row(self, watch: Watch) -> _Quiet:
        token = self._ledger.token_of(watch.id)
        return _Quiet(
            id=watch.id,
            version=watch.version,
            due_at=watch.due_at,
            ended=watch.ended_at is not None,
            claim=token,
            may_be_free=self._ledger.may_be_free(watch.id),
            record=encoded(replace(watch, version=watch.version + 1)),
        )
