"""The store of several machines: every replica opens one on the same database."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import structlog

from bot.core.model import AuditEntry, Delivery
from bot.ports import StoreError
from bot.store.alive import AliveFile
from bot.store.change import Change
from bot.store.channels import Channels
from bot.store.marks import Marks
from bot.store.pauses import Pauses
from bot.store.polling import Polling
from bot.store.postgres.cards import CardQueue
from bot.store.postgres.claims import Claims
from bot.store.postgres.commits import Commits
from bot.store.postgres.database import WAIT_SECONDS, Database
from bot.store.postgres.ledger import LEASE, Ledger
from bot.store.postgres.listings import Listings
from bot.store.postgres.posting import Posting
from bot.store.postgres.pruning import prune
from bot.store.postgres.renewal import Renewal
from bot.store.postgres.schema import migrate
from bot.store.postgres.turn import PostgresDesk
from bot.store.revisions import Revisions
from bot.store.sayings import Sayings
from bot.store.subscriptions import Subscriptions
from bot.store.threads import Threads

_log = structlog.get_logger(__name__)

CONNECTIONS = 10


class PostgresStore:
    """A Store in a PostgreSQL database, for any number of replicas. Each verb is the one of the part that knows."""

    damaged: Path | None = None
    """A database that is damaged does not open."""

    def __init__(self, database: Database, ledger: Ledger, alive: AliveFile | None = None) -> None:
        self._alive = alive
        self.database = database
        self.ledger = ledger
        self.desk = desk = PostgresDesk(database, ledger)
        self._closing: asyncio.Task[None] | None = None

        commits = Commits(desk)
        self.commit = commits.commit
        self.commit_all = commits.commit_all

        polling = Polling(desk)
        self.postpone = polling.postpone
        self.pull_in = polling.pull_in

        claims = Claims(database, ledger)
        self.claim_due = claims.claim_due
        self.open_watches = claims.open_watches
        self.next_due = claims.next_due

        listings = Listings(database)
        self.subscription = listings.subscription
        self.followers = listings.followers
        self.followed_in = listings.followed_in
        self.followed_by = listings.followed_by
        self.all_followed = listings.all_followed
        self.ended_in = listings.ended_in
        self.speaking = listings.speaking
        self.watch = listings.watch
        self.open_watch = listings.open_watch
        self.channel_settings = listings.channel_settings
        self.last_sent = listings.last_sent
        self.paused = listings.paused
        self.audit = listings.audit
        self.waiting = listings.waiting

        subscriptions = Subscriptions(desk)
        self.subscribe = subscriptions.subscribe
        self.remove_subscription = subscriptions.remove_subscription

        revisions = Revisions(desk)
        self.revise = revisions.revise
        self.owner_left = revisions.owner_left

        channels = Channels(desk)
        self.set_channel = channels.set_channel
        self.move_channel = channels.move_channel

        posting = Posting(desk)
        self.take_deliveries = posting.take_deliveries
        self._renewal = Renewal(database, ledger, posting)
        self.renew = self._renewal.renew

        marks = Marks(desk)
        self.mark_sending = marks.mark_sending
        self.mark_sent = marks.mark_sent
        self.mark_pending = marks.mark_pending
        self.hold = marks.hold
        self.mark_unknown = marks.mark_unknown
        self.mark_refused = marks.mark_refused

        threads = Threads(desk)
        self.fold = threads.fold
        self.replace_card = threads.replace_card

        pauses = Pauses(desk)
        self.pause = pauses.pause
        self.resume = pauses.resume

        self._cards = cards = CardQueue(desk)
        self.stale_cards = cards.stale_cards
        self.card_shown = cards.card_shown

        sayings = Sayings(desk)
        self.say_once = sayings.say_once
        self.say_again = sayings.say_again

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        connections: int = CONNECTIONS,
        lease: timedelta = LEASE,
        ledger: Ledger | None = None,
        alive: AliveFile | None = None,
        wait: float = WAIT_SECONDS,
    ) -> Self:
        """Connect, and bring the tables up to date; StoreUnusable where that cannot be.

        *lease*: how long what this replica has in hand stays with it after it died.
        *wait*: the seconds after which a verb finds that the database is away.
        """
        await migrate(url)
        database = Database(url, connections, wait=wait)
        await database.open()
        store = cls(database, ledger or Ledger(lease=lease), alive)
        store._renewal.start()
        store.touch()
        return store

    def touch(self) -> None:
        """Show on this machine that the process lives, for ``heartbeat_age``; the leases show the others."""
        if self._alive is not None:
            self._alive.touch()

    def still_holds(self, delivery: Delivery) -> bool:
        """Whether a delivery that was handed out here is surely still ours to post."""
        return self.ledger.may_post(delivery)

    async def note(self, entry: AuditEntry) -> None:
        """Write an audit entry that stands for itself."""
        async with self.desk.turn([]) as turn:
            await turn.write(Change(audit={entry.id: entry}))

    async def prune(self, before: datetime) -> int:
        """Delete watches that closed before then, with all that hangs on them, and older audit entries."""
        return await prune(self.database, before)

    async def close(self) -> None:
        """Give back what is claimed and held, so that the others go on with it at once, and disconnect."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        try:
            await self._renewal.stop()
            await self._cards.release()
        except StoreError as error:
            # The leases end on their own.
            _log.warning("what this replica had in hand could not be given back", error=str(error))
        finally:
            if self._alive is not None:
                self._alive.remove()
            await self.database.close()
