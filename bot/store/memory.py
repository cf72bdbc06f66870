"""What decides, in memory, with its indexes; it changes only when the disk has.

Not the audit log, nor deliveries that are sent or refused: those are read from the disk when somebody asks.
"""

from bot.core.model import SubscriptionId
from bot.store.change import Change
from bot.store.due import DueWatches
from bot.store.outbox import Outbox
from bot.store.records import Records
from bot.store.stale import StaleCards


class Memory:
    """Records, due watches, deliveries that can go, stale cards: always at one and the same state."""

    def __init__(self) -> None:
        self.records = Records()
        self.due = DueWatches(self.records.watches)
        self.outbox = Outbox(self.records)
        self.stale = StaleCards(self.records)

    def apply(self, change: Change) -> None:
        """Make a change visible, all of it at once."""
        records = self.records
        for delivery_id in change.deliveries:
            self.outbox.changed(delivery_id)
        begun = [each for each, kept in change.subscriptions.items() if kept and each not in records.subscriptions]
        before = {each: records.watches.get(each) for each in change.watches}
        touched = records.apply(change)
        for each in begun:
            # Nothing of it can be on the disk alone.
            records.put_last_seq(each, 0)
        for delivery_id in change.deliveries:
            records.leave_to_the_disk(delivery_id)
        shown: set[SubscriptionId] = set()
        """Whose cards show a watch that changed; what waits for them goes as before."""
        for watch_id, watch in change.watches.items():
            self.due.put(watch_id, watch, before[watch_id])
            if watch is not None:
                shown.update(records.ids_of_watch(watch_id))
        for watch_id in change.released:
            self.due.release(watch_id)
        for subscription_id in touched:
            self.outbox.refresh(subscription_id)
        for subscription_id in touched | shown:
            self.stale.refresh(subscription_id)
