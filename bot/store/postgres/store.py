"""The store of several machines: every replica opens one on the same database."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import structlog

from bot.core.model import AuditEntry, Delivery, Subscription, Watch, WatchId
from bot.ports import AlreadyFollowed, Opened, StoreError
from bot.store.alive import AliveFile
from bot.store.change import Change
from bot.store.channels import Channels
from bot.store.marks import Marks
from bot.store.pauses import Pauses
from bot.store.polling import Polling
from bot.store.postgres.cards import CardQueue
from bot.store.postgres.claims import Claims
from bot.store.postgres.commits import Commits
from bot.store.postgres.crew import Crew
from bot.store.postgres.database import WAIT_SECONDS, Database
from bot.store.postgres.ledger import LEASE, Ledger
from bot.store.postgres.listings import Listings
from bot.store.postgres.posting import Posting
from bot.store.postgres.pruning import prune
from bot.store.postgres.renewal import Renewal
from bot.store.postgres.schema import migrate
from bot.store.postgres.tally import Tally
from bot.store.postgres.turn import PostgresDesk
from bot.store.postgres.whispers import NOTIFY, Whispers
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

    def __init__(
        self, database: Database, ledger: Ledger, *, alive: AliveFile | None = None, channel_gap: timedelta
    ) -> None:
        self._alive = alive
        self.database = database
        self.ledger = ledger
        self.desk = desk = PostgresDesk(database, ledger)
        self._closing: asyncio.Task[None] | None = None

        self._commits = Commits(desk)
        self._polling = Polling(desk)

        self._claims = claims = Claims(database, ledger)
        self.claim_due = claims.claim_due
        self.open_watches = claims.open_watches
        self.next_due = claims.next_due
        self.any_due = claims.any_due
        self._whispers = Whispers(database.url, claims.look_again)

        listings = Listings(database)
        self.subscription = listings.subscription
        self.followers = listings.followers
        self.followers_of = listings.followers_of
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
        self.said = listings.said
        self.waiting = listings.waiting

        self._subscriptions = subscriptions = Subscriptions(desk)
        self.remove_subscription = subscriptions.remove_subscription

        revisions = Revisions(desk)
        self.revise = revisions.revise
        self.owner_left = revisions.owner_left

        channels = Channels(desk)
        self.set_channel = channels.set_channel
        self.move_channel = channels.move_channel

        self._posting = posting = Posting(desk, channel_gap)
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

        self.tally = Tally(database)
        self.crew = Crew(database, ledger.replica)

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
        channel_gap: timedelta = timedelta(0),
    ) -> Self:
        """Connect, and bring the tables up to date; StoreUnusable where that cannot be.

        *lease*: how long what this replica has in hand stays with it after it died. *wait*: the seconds after which a
        verb finds that the database is away. *channel_gap*: after how long the next delivery of a channel is handed
        out, whichever replica asks.
        """
        await migrate(url)
        database = Database(url, connections, wait=wait)
        await database.open()
        store = cls(database, ledger or Ledger(lease=lease), alive=alive, channel_gap=channel_gap)
        store._renewal.start()
        store._whispers.start()
        store.touch()
        return store

    def touch(self) -> None:
        """Show on this machine that the process lives, for ``heartbeat_age``; the leases show the others."""
        if self._alive is not None:
            self._alive.touch()

    def still_holds(self, delivery: Delivery) -> bool:
        """Whether a delivery that was handed out here is surely still ours to post."""
        return self.ledger.may_post(delivery)

    async def subscribe(
        self, watch: Watch, subscription: Subscription, card: Delivery, *, audit: AuditEntry | None = None
    ) -> Opened | AlreadyFollowed:
        """Let a channel follow a task, and let every replica know that there is a first look to be taken."""
        opened = await self._subscriptions.subscribe(watch, subscription, card, audit=audit)
        with suppress(StoreError):
            # It is no part of what was written: without it two messages may come within a second.
            await self._posting.occupy(card.channel, card.created_at)
        await self._call()
        return opened

    async def commit(self, watch: Watch, deliveries: Sequence[Delivery] = ()) -> bool:
        """Write *watch* and insert *deliveries*; False where it changed meanwhile, is gone, or was closed."""
        (done,) = await self.commit_all([(watch, deliveries)])
        return done

    async def commit_all(self, steps: Sequence[tuple[Watch, Sequence[Delivery]]]) -> Sequence[bool]:
        """``commit`` each of *steps*, all of them in one transaction; return what became of each, in their order."""
        done = await self._commits.commit_all(steps)
        self._claims.will_be_due(watch.due_at for watch, _ in steps)
        return done

    async def postpone(self, watch_id: WatchId, until: datetime) -> None:
        """End a claim without a change, the next look being at *until*."""
        await self._polling.postpone(watch_id, until)
        self._claims.look_again()

    async def pull_in(self, latest: datetime) -> int:
        """Bring every look and every delivery that is set for later than *latest* forward to it."""
        count = await self._polling.pull_in(latest)
        self._claims.look_again()
        return count

    async def _call(self) -> None:
        """Call out that something is due. It is no part of what was written: unheard, it is found a little later."""
        self._claims.look_again()
        with suppress(StoreError):
            await self.database.once(NOTIFY)

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
        await self._whispers.stop()
        try:
            await self._renewal.stop()
            await self.crew.leave()
            await self._cards.release()
        except StoreError as error:
            # The leases end on their own.
            _log.warning("what this replica had in hand could not be given back", error=str(error))
        finally:
            if self._alive is not None:
                self._alive.remove()
            await self.database.close()
