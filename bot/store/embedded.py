"""The store of a single machine: all records in memory, every change durable in one SQLite file first."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from bot.store.audit import Audit
from bot.store.cards import Cards
from bot.store.channels import Channels
from bot.store.deliveries import Deliveries
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

    def __init__(self, file: OpenFile) -> None:
        self._file = file
        self._writer = writer = Writer(file.data, file.memory)
        self._closing: asyncio.Task[None] | None = None
        self.damaged: Path | None = file.damaged
        """Where the data file was moved to, because it was found damaged; a fresh one was begun."""

        polling = Polling(writer)
        self.claim_due = polling.claim_due
        self.commit = polling.commit
        self.commit_all = polling.commit_all
        self.postpone = polling.postpone
        self.pull_in = polling.pull_in
        self.open_watches = polling.open_watches
        self.next_due = polling.next_due

        subscriptions = Subscriptions(writer)
        self.subscribe = subscriptions.subscribe
        self.remove_subscription = subscriptions.remove_subscription
        self.subscription = subscriptions.subscription
        self.followers = subscriptions.followers
        self.followed_in = subscriptions.followed_in
        self.followed_by = subscriptions.followed_by
        self.all_followed = subscriptions.all_followed
        self.ended_in = subscriptions.ended_in
        self.speaking = subscriptions.speaking
        self.watch = subscriptions.watch
        self.open_watch = subscriptions.open_watch

        revisions = Revisions(writer)
        self.revise = revisions.revise
        self.owner_left = revisions.owner_left

        channels = Channels(writer)
        self.channel_settings = channels.channel_settings
        self.set_channel = channels.set_channel
        self.move_channel = channels.move_channel

        audit = Audit(writer)
        self.note = audit.note
        self.audit = audit.audit

        self._deliveries = deliveries = Deliveries(writer)
        self.take_deliveries = deliveries.take_deliveries
        self.mark_sending = deliveries.mark_sending
        self.mark_sent = deliveries.mark_sent
        self.mark_pending = deliveries.mark_pending
        self.hold = deliveries.hold
        self.mark_unknown = deliveries.mark_unknown
        self.mark_refused = deliveries.mark_refused
        self.last_sent = deliveries.last_sent

        threads = Threads(writer)
        self.waiting = threads.waiting
        self.fold = threads.fold
        self.replace_card = threads.replace_card

        pauses = Pauses(writer)
        self.pause = pauses.pause
        self.resume = pauses.resume
        self.paused = pauses.paused

        cards = Cards(writer)
        self.stale_cards = cards.stale_cards
        self.card_shown = cards.card_shown

        sayings = Sayings(writer)
        self.say_once = sayings.say_once
        self.say_again = sayings.say_again
        self.said = sayings.said

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open or begin the data file of ``sqlite:///…``; StoreUnusable where that cannot be."""
        return cls(await asyncio.to_thread(open_file, url, datetime.now(UTC)))

    def touch(self) -> None:
        """Show that this process lives, for ``heartbeat_age``."""
        self._file.lock.touch()

    async def prune(self, before: datetime) -> int:
        """Delete watches that closed before then, with all that hangs on them, and older audit entries."""
        return await prune(self._writer, before)

    async def close(self) -> None:
        """Finish what was accepted and let go of the data."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        await self._deliveries.settle()
        try:
            await asyncio.to_thread(self._file.data.close)
        finally:
            self._file.lock.release()
