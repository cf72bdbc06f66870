"""A replica that lives says so: its leases are renewed, and what it lost is noticed."""

import asyncio
from datetime import UTC, datetime

import structlog

from bot.ports import StoreError
from bot.store.postgres.database import Database
from bot.store.postgres.ledger import Ledger
from bot.store.postgres.posting import Posting

_log = structlog.get_logger(__name__)

# What somebody writes about just now is seen, and renewed the next time: nobody waits for anybody here.
_CLAIMS = """
WITH asked AS (SELECT * FROM unnest(%(ids)s::text[], %(tokens)s::text[]) AS asked (id, token)),
kept AS MATERIALIZED (
    SELECT d.watch_id FROM milepost.due d JOIN asked ON d.watch_id = asked.id AND d.claim = asked.token
    FOR NO KEY UPDATE OF d SKIP LOCKED),
renewed AS (
    UPDATE milepost.due d SET next_at = greatest(d.next_at, %(until)s) FROM kept WHERE d.watch_id = kept.watch_id)
SELECT watch_id, claim FROM milepost.due WHERE watch_id = ANY(%(ids)s)
"""
_HOLDS = """
WITH kept AS MATERIALIZED (
    SELECT id FROM milepost.delivery WHERE id = ANY(%(ids)s) AND holder = %(replica)s FOR UPDATE SKIP LOCKED),
renewed AS (
    UPDATE milepost.delivery d SET lease_until = greatest(d.lease_until, %(until)s) FROM kept WHERE d.id = kept.id)
SELECT id, holder FROM milepost.delivery WHERE id = ANY(%(ids)s)
"""
_GIVE_BACK = """
WITH mine AS MATERIALIZED (
    SELECT w.id, w.due_at FROM milepost.watch w JOIN milepost.due d ON d.watch_id = w.id
    WHERE d.claim >= %(replica)s || '/' AND d.claim < %(replica)s || '0' AND {which}
    ORDER BY w.id FOR NO KEY UPDATE OF w, d)
UPDATE milepost.due d SET next_at = mine.due_at, claim = NULL FROM mine WHERE d.watch_id = mine.id
"""
_STRAY_CLAIMS = _GIVE_BACK.format(which="d.claim <> ALL(%(tokens)s)")
_RELEASE = _GIVE_BACK.format(which="true")


class Renewal:
    """The heartbeat of a replica."""

    def __init__(self, database: Database, ledger: Ledger, posting: Posting) -> None:
        self._database = database
        self._ledger = ledger
        self._posting = posting
        self._beating: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Renew from time to time until ``stop``."""
        self._beating = asyncio.get_running_loop().create_task(self._beat(), name="renew leases")

    async def stop(self) -> None:
        """Renew no more, and give back what is claimed and held."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
        await self._database.once(_RELEASE, {"replica": self._ledger.replica})
        await self._posting.give_back()

    async def renew(self, now: datetime) -> None:
        """Renew what is claimed and held."""
        since = self._ledger.seconds()
        claims = self._ledger.claims_to_renew(now)
        if claims:
            ids, tokens = [each for each, _ in claims], [token for _, token in claims]
            arguments = {"ids": ids, "tokens": tokens, "until": now + self._ledger.lease}
            self._ledger.claims_seen(ids, dict(await self._database.once(_CLAIMS, arguments)), since)
        holds = self._ledger.held(now)
        if holds:
            arguments = {"ids": holds, "replica": self._ledger.replica, "until": now + self._ledger.lease}
            self._ledger.holds_seen(holds, dict(await self._database.once(_HOLDS, arguments)), since)
        self._ledger.forget_losses(since)
        if self._ledger.strays:
            await self._give_back_strays()

    async def _give_back_strays(self) -> None:
        """Of what was taken by a call whose answer was lost, nobody here knows."""
        # Beforehand, for another answer may be lost meanwhile.
        self._ledger.strays = False
        try:
            tokens = self._ledger.tokens()
            await self._database.once(_STRAY_CLAIMS, {"replica": self._ledger.replica, "tokens": tokens})
            await self._posting.give_back_strays()
        except BaseException:
            self._ledger.strays = True
            raise

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._ledger.renewed_every)
            try:
                await self.renew(datetime.now(UTC))
            except StoreError as error:
                _log.warning("leases could not be renewed", error=str(error))
            except Exception:
                # A bug of ours: without this, others would take over what is in hand here, again and again.
                _log.exception("leases could not be renewed")
