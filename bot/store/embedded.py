"""The store of a single machine: what decides is in memory, every change durable in one SQLite file first."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from bot.core.model import Delivery
from bot.store.audit import Audit
from bot.store.cards import Cards
from bot.store.channels import Channels
from bot.store.handing_out import HandingOut
from bot.store.listings import Listings
from bot.store.marks import Marks
from bot.store.opening import OpenFile, open_file
from bot.store.pauses import Pauses
from bot.store.polling import Polling
from bot.store.pruning import prune
from bot.store.revisions import Revisions
from bot.store.sayings import Sayings
from bot.store.subscriptions import Subscriptions
from bot.store.threads import Threads
from bot.store.writing import Writer


class EmbeddedStore:
    """A Store in one file, held by one process. Each verb is the one of the part that knows about it."""

    tally = None
    crew = None
    """Nobody shares it."""

    def __init__(self, file: OpenFile) -> None:
        self._file = file
        self._writer = writer = Writer(file.data, file.memory)
        self._closing: asyncio.Task[None] | None = None
        self.damaged: Path | None = file.damaged
        """Where the data file was moved to, because it was found damaged; a fresh one was begun."""

        polling = Polling(writer)
        self.commit = polling.commit
        self.commit_all = polling.commit_all
        self.postpone = polling.postpone
        self.pull_in = polling.pull_in

        listings = Listings(file.memory, writer.past)
        self.claim_due = listings.claim_due
        self.open_watches = listings.open_watches
        self.next_due = listings.next_due
        self.any_due = listings.any_due
        self.said = listings.said
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
        self.waiting = listings.waiting
        self.paused = listings.paused
        self.stale_cards = listings.stale_cards

        subscriptions = Subscriptions(writer)
        self.subscribe = subscriptions.subscribe
        self.remove_subscription = subscriptions.remove_subscription

        revisions = Revisions(writer)
        self.revise = revisions.revise
        self.owner_left = revisions.owner_left

        channels = Channels(writer)
        self.set_channel = channels.set_channel
        self.move_channel = channels.move_channel

        audit = Audit(writer)
        self.note = audit.note
        self.audit = audit.audit

        self._handing_out = handing_out = HandingOut(writer)
        self.take_deliveries = handing_out.take_deliveries

        marks = Marks(writer)
        self.mark_sending = marks.mark_sending
        self.mark_sent = marks.mark_sent
        self.mark_pending = marks.mark_pending
        self.hold = marks.hold
        self.mark_unknown = marks.mark_unknown
        self.mark_refused = marks.mark_refused

        threads = Threads(writer)
        self.fold = threads.fold
        self.replace_card = threads.replace_card

        pauses = Pauses(writer)
        self.pause = pauses.pause
        self.resume = pauses.resume

        self.card_shown = Cards(writer).card_shown

        sayings = Sayings(writer)
        self.say_once = sayings.say_once
        self.say_again = sayings.say_again

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open or begin the data file of ``sqlite:///…``; StoreUnusable where that cannot be."""
        return cls(await asyncio.to_thread(open_file, url, datetime.now(UTC)))

    def touch(self) -> None:
        """Show that this process lives, for ``heartbeat_age``."""
        self._file.lock.touch()

    def still_holds(self, delivery: Delivery) -> bool:  # noqa: ARG002 - nobody else could be handed it
        """Whether a delivery that was handed out here is still ours to post."""
        return True

    async def prune(self, before: datetime) -> int:
        """Delete watches that closed before then, with all that hangs on them, and older audit entries."""
        return await prune(self._writer, before)

    async def close(self) -> None:
        """Finish what was accepted and let go of the data."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        await self._handing_out.settle()
        try:
            await asyncio.to_thread(self._file.data.close)
        finally:
            self._file.lock.release()
