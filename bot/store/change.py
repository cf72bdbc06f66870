"""What one verb writes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from bot.core.model import (
    AuditEntry,
    ChannelSettings,
    Delivery,
    DeliveryId,
    DeliveryState,
    Subscription,
    SubscriptionId,
    Watch,
    WatchId,
)
from bot.store.codec import Kept, Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one verb writes; None deletes."""

    watches: dict[WatchId, Watch | None] = field(default_factory=dict)
    subscriptions: dict[SubscriptionId, Subscription | None] = field(default_factory=dict)
    deliveries: dict[DeliveryId, Delivery | None] = field(default_factory=dict)
    said: dict[str, Said | None] = field(default_factory=dict)
    channels: dict[str, ChannelSettings | None] = field(default_factory=dict)
    audit: dict[str, AuditEntry | None] = field(default_factory=dict)
    """Only ever on the disk."""
    released: set[WatchId] = field(default_factory=set)
    """Claims that end with it."""

    def rows(self) -> Iterator[tuple[str, Kept | None]]:
        """Yield the key of each row with its record."""
        for each, watch in self.watches.items():
            yield f"watch/{each}", watch
        for subscription_id, subscription in self.subscriptions.items():
            yield f"subscription/{subscription_id}", subscription
        for delivery_id, delivery in self.deliveries.items():
            yield f"delivery/{delivery_id}", delivery
        for key, said in self.said.items():
            yield f"said/{key}", said
        for channel, settings in self.channels.items():
            yield f"channel/{channel}", settings
        for entry_id, entry in self.audit.items():
            yield f"audit/{entry_id}", entry

    def watch(self, changed: WatchId) -> Watch:
        """Return a watch that is written by it."""
        watch = self.watches[changed]
        if watch is None:
            raise LookupError("the watch is deleted")
        return watch

    def note(self, entry: AuditEntry | None) -> None:
        """Let an audit entry, if there is one, be written with it."""
        if entry is not None:
            self.audit[entry.id] = entry


def sending(row: Delivery, now: datetime) -> Delivery:
    """Return a delivery as one that is being sent since *now*."""
    return replace(row, state=DeliveryState.SENDING, attempts=row.attempts + 1, sending_since=now, not_before=None)


def in_doubt(row: Delivery) -> Delivery:
    """Return a delivery as one of which nobody knows whether it arrived."""
    return replace(row, state=DeliveryState.UNKNOWN, doubted=True)


def unsent(rows: Iterable[Delivery]) -> dict[DeliveryId, Delivery]:
    """Return those of *rows* that are ``sending``, as ``pending`` again."""
    return {row.id: replace(row, state=DeliveryState.PENDING) for row in rows if row.state is DeliveryState.SENDING}
