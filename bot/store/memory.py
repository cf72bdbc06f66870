"""Everything that is known, in memory, with its indexes; it changes only when the disk has.

But for the audit log, which only grows and which nothing here decides by: that is read from the disk.
"""

from collections.abc import Iterable

import msgspec

from bot.core.model import ChannelSettings, Delivery, DeliveryState, Subscription, Watch
from bot.store.codec import Kept, Said
from bot.store.due import DueWatches
from bot.store.outbox import Outbox
from bot.store.records import Change, Records, in_doubt
from bot.store.stale import StaleCards


class Memory:
    """Records, due watches, deliveries that can go, stale cards: always at one and the same state."""

    def __init__(self) -> None:
        self.records = Records()
        self.due = DueWatches()
        self.outbox = Outbox(self.records)
        self.stale = StaleCards(self.records)

    def load(self, kept: Iterable[Kept]) -> None:
        """Take what the data file holds. Whatever hangs on nothing is left out; the file's check names it."""
        everything = list(kept)
        watches = {each.id: each for each in everything if isinstance(each, Watch)}
        subscriptions = {
            each.id: each for each in everything if isinstance(each, Subscription) and each.watch_id in watches
        }
        deliveries = {
            each.id: _after_a_stop(each)
            for each in everything
            if isinstance(each, Delivery) and each.subscription_id in subscriptions
        }
        said = {each.id: each for each in everything if isinstance(each, Said)}
        channels = {each.id: each for each in everything if isinstance(each, ChannelSettings)}
        self.apply(
            Change(
                watches={**watches},
                subscriptions={**subscriptions},
                deliveries={**deliveries},
                said={**said},
                channels={**channels},
            )
        )

    def apply(self, change: Change) -> None:
        """Make a change visible, all of it at once."""
        records = self.records
        touched = {*change.subscriptions}
        for delivery_id, delivery in change.deliveries.items():
            self.outbox.changed(delivery_id)
            if delivery is not None:
                records.put_delivery(delivery)
                touched.add(delivery.subscription_id)
            elif delivery_id in records.deliveries:
                records.drop_delivery(delivery_id)
        for subscription_id, subscription in change.subscriptions.items():
            if subscription is not None:
                records.put_subscription(subscription)
            else:
                records.drop_subscription(subscription_id)
        for watch_id, watch in change.watches.items():
            if watch is not None:
                records.put_watch(watch)
                self.due.put(watch)
                touched.update(each.id for each in records.of_watch(watch_id))
            else:
                records.drop_watch(watch_id)
                self.due.drop(watch_id)
        for key, said in change.said.items():
            if said is not None:
                records.said[key] = said
            else:
                records.said.pop(key, None)
        for channel, settings in change.channels.items():
            if settings is not None:
                records.channels[channel] = settings
            else:
                records.channels.pop(channel, None)
        for watch_id in change.released:
            self.due.release(watch_id)
        for subscription_id in touched:
            self.outbox.refresh(subscription_id)
            self.stale.refresh(subscription_id)


def _after_a_stop(delivery: Delivery) -> Delivery:
    """Return a delivery as it is after a start: one that was being sent may or may not have arrived."""
    if delivery.state is DeliveryState.SENDING:
        return msgspec.structs.replace(in_doubt(delivery), not_before=None)
    return delivery
