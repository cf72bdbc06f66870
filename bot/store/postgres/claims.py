"""Watches that are due, claimed by one replica at a time."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from bot.core.model import Watch
from bot.ports import StoreError
from bot.store.postgres.database import Database
from bot.store.postgres.ledger import Ledger
from bot.store.postgres.loading import watch_of

# With the watch, for whoever holds its lock may be changing what is claimed.
_DUE = """SELECT w.id, d.next_at, w.record FROM milepost.due d JOIN milepost.watch w ON w.id = d.watch_id
    WHERE d.account = {account} AND d.next_at <= %(due_by)s AND (d.next_at <= %(now)s OR d.claim IS NULL)
        AND d.watch_id <> ALL(%(mine)s)
    ORDER BY d.next_at, d.watch_id LIMIT %(limit)s FOR NO KEY UPDATE OF w, d SKIP LOCKED"""
# Account by account, so that one with very many due that is skipped is not walked through.
_DUE_ANYWHERE = f"""SELECT due.id, due.record FROM account
    CROSS JOIN LATERAL ({_DUE.format(account="account.name")}) AS due
    WHERE account.name <> ALL(%(skip)s) ORDER BY due.next_at, due.id LIMIT %(limit)s"""
_ACCOUNTS = """account (name) AS (
    (SELECT account FROM milepost.due ORDER BY account LIMIT 1) UNION ALL
    SELECT (SELECT d.account FROM milepost.due d WHERE d.account > account.name ORDER BY d.account LIMIT 1)
    FROM account WHERE account.name IS NOT NULL)"""
# Materialized, for the planner may run a subquery again and lock more than the limit.
_CLAIM = """claimed AS MATERIALIZED ({due})
UPDATE milepost.due d SET next_at = %(until)s, claim = %(token)s FROM claimed WHERE d.watch_id = claimed.id
RETURNING claimed.id, claimed.record"""
CLAIM_ONE = f"WITH {_CLAIM.format(due=_DUE.format(account='%(account)s'))}"
CLAIM_ANY = f"WITH RECURSIVE {_ACCOUNTS}, {_CLAIM.format(due=_DUE_ANYWHERE)}"


# A lease of another replica that has ended counts, too.
_FIRST = f"""WITH RECURSIVE {_ACCOUNTS}
SELECT min(due.next_at) FROM account CROSS JOIN LATERAL (
    SELECT d.next_at FROM milepost.due d
    WHERE d.account = account.name AND d.watch_id <> ALL(%(mine)s)
    ORDER BY d.next_at LIMIT 1) AS due"""

QUIET_SECONDS = 2.0
"""How long nobody asks whether anything is due, where nothing was and nobody calls."""


class Claims:
    """The verbs of whoever looks at tasks next."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger
        self._first: datetime | None = None
        """Before then nothing is due, as far as is known."""
        self._asked_at = -QUIET_SECONDS

    def look_again(self) -> None:
        """Something may be due earlier than was known."""
        self._asked_at = -QUIET_SECONDS

    def will_be_due(self, times: Iterable[datetime | None]) -> None:
        """These looks were set by this replica."""
        self._first = min((each for each in (self._first, *times) if each is not None), default=None)

    async def any_due(self, now: datetime) -> bool:
        """Whether any watch may be claimed now; asked of the database only now and then while none may."""
        since = self._ledger.seconds()
        if since - self._asked_at >= QUIET_SECONDS or (self._first is not None and self._first <= now):
            # Beforehand, for what is called out meanwhile must not be missed.
            self._asked_at = since
            mine = self._ledger.claims_beyond(now)
            ((self._first,),) = await self._database.rows(_FIRST, {"mine": mine})
        return self._first is not None and self._first <= now

    async def claim_due(
        self,
        now: datetime,
        limit: int,
        *,
        skip: Collection[str] = (),
        account: str | None = None,
        due_by: datetime | None = None,
    ) -> Sequence[Watch]:
        """Hand out watches that are due, longest due first: of *account* alone, or of all that are not in *skip*.

        With *due_by*, also those that will be due by then; what another replica has claimed is not among them.
        """
        since = self._ledger.seconds()
        with self._ledger.claiming() as token:
            arguments = {
                "now": now,
                "due_by": due_by or now,
                "until": now + self._ledger.lease,
                "limit": limit,
                "token": token,
                "mine": self._ledger.claims_beyond(now),
                "account": account,
                "skip": list(skip),
            }
            try:
                rows = await self._database.once(CLAIM_ANY if account is None else CLAIM_ONE, arguments)
            except (StoreError, asyncio.CancelledError):
                # Perhaps they are claimed all the same; the next look at what is ours gives them back.
                self._ledger.strays = True
                raise
            watches = [watch_of(*row) for row in rows]
            self._ledger.claimed([each.id for each in watches], token, now, since)
        return sorted(watches, key=lambda each: (each.due_at or now, each.id))

    async def open_watches(self, accounts: Collection[str]) -> Mapping[str, int]:
        """Return how many open watches each of these accounts has."""
        rows = await self._database.rows(
            "SELECT account, count(*) FROM milepost.due WHERE account = ANY(%(accounts)s) GROUP BY account",
            {"accounts": list(accounts)},
        )
        return {**dict.fromkeys(accounts, 0), **dict(rows)}

    async def next_due(self) -> datetime | None:
        """Return when the next unclaimed watch is due."""
        ((due,),) = await self._database.rows("SELECT min(next_at) FROM milepost.due WHERE claim IS NULL")
        return due if isinstance(due, datetime) else None
