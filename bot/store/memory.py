"""What decides, in memory, with its indexes; it changes only when the disk has.

Not the audit log, nor deliveries that are sent or refused: those are read from the disk when somebody asks.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from bot.core.model import ChannelSettings, Delivery, DeliveryState, Subscription, SubscriptionId, Watch
from bot.core.news import CardOpened
from bot.store.change import Change, in_doubt
from bot.store.codec import Kept, Said
from bot.store.due import DueWatches
from bot.store.outbox import Outbox
from bot.store.records import Records
from bot.store.stale import StaleCards

_CARD = CardOpened()


class Memory:
    """Records, due watches, deliveries that can go, stale cards: always at one and the same state."""

    def __init__(self) -> None:
        self.records = Records()
        self.due = DueWatches()
        self.outbox = Outbox(self.records)
        self.stale = StaleCards(self.records)
        self._words: dict[str, str] = {}

    def load(self, kept: Iterable[Kept]) -> None:
        """Take what the data file holds. Whatever hangs on nothing is left out; the file's check names it."""
        records = self.records
        # Nearly always everything stands behind what it hangs on, for that is how it was first written.
        early = [each for each in kept if not self._taken(each)]
        for kind in (Subscription, Delivery):
            for each in early:
                if isinstance(each, kind):
                    self._taken(each)
        for subscription_id in records.subscriptions:
            self.stale.refresh(subscription_id)
        for subscription_id in records.waiting_ones():
            self.outbox.refresh(subscription_id)
        self._words.clear()

    def _taken(self, each: Kept) -> bool:
        """Take one record that was just read; False where that on which it hangs is not there (yet)."""
        records = self.records
        if isinstance(each, Watch):
            _set(each, "account", self._word(each.account))
            _share_moments(each, each.created_at, "run_since", "state_since", "progressed_at")
            records.put_watch(each)
            self.due.put(each)
        elif isinstance(each, Subscription):
            watch = records.watches.get(each.watch_id)
            if watch is None:
                return False
            _set(each, "watch_id", watch.id)
            _set(each, "channel", self._word(each.channel))
            _set(each, "owner", self._word(each.owner))
            _share_moments(each, watch.created_at, "created_at")
            records.put_subscription(each)
        elif isinstance(each, Delivery):
            subscription = records.subscriptions.get(each.subscription_id)
            if subscription is None:
                return False
            if not each.open:
                return True
            row = _after_a_stop(each)
            _set(row, "watch_id", subscription.watch_id)
            _set(row, "subscription_id", subscription.id)
            _set(row, "channel", self._word(row.channel))
            _share_moments(row, subscription.created_at, "created_at", "sending_since")
            if row.news == _CARD:
                _set(row, "news", _CARD)
            records.put_delivery(row)
        elif isinstance(each, Said):
            records.said[each.id] = each
        elif isinstance(each, ChannelSettings):
            records.channels[each.id] = each
        return True

    def _word(self, text: str) -> str:
        """Return the one of all equal texts that is kept: many watches name the same accounts."""
        return self._words.setdefault(text, text)

    def apply(self, change: Change) -> None:
        """Make a change visible, all of it at once."""
        for delivery_id in change.deliveries:
            self.outbox.changed(delivery_id)
        records = self.records
        begun = [each for each, kept in change.subscriptions.items() if kept and each not in records.subscriptions]
        touched = records.apply(change)
        for each in begun:
            # Nothing of it can be on the disk alone.
            records.put_last_seq(each, 0)
        for delivery_id in change.deliveries:
            records.leave_to_the_disk(delivery_id)
        shown: set[SubscriptionId] = set()
        """Whose cards show a watch that changed; what waits for them goes as before."""
        for watch_id, watch in change.watches.items():
            if watch is not None:
                self.due.put(watch)
                shown.update(self.records.ids_of_watch(watch_id))
            else:
                self.due.drop(watch_id)
        for watch_id in change.released:
            self.due.release(watch_id)
        for subscription_id in touched:
            self.outbox.refresh(subscription_id)
        for subscription_id in touched | shown:
            self.stale.refresh(subscription_id)


def _after_a_stop(delivery: Delivery) -> Delivery:
    """Return a delivery as it is after a start: one that was being sent may or may not have arrived."""
    if delivery.state is DeliveryState.SENDING:
        return msgspec.structs.replace(in_doubt(delivery), not_before=None)
    return delivery


def _set(record: Kept, name: str, value: object) -> None:
    """Let a record that was just read, and that nobody else has yet, share an equal value with others."""
    msgspec.structs.force_setattr(record, name, value)


def _share_moments(record: Kept, moment: datetime, *names: str) -> None:
    for name in names:
        if getattr(record, name) == moment:
            _set(record, name, moment)
