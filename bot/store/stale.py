"""Which cards show less than is known, in the order in which they are to be edited."""

import heapq
from datetime import UTC, datetime
from typing import TypeAlias

from bot.core.model import Subscription, SubscriptionId
from bot.store.records import Records

Entry: TypeAlias = tuple[int, datetime, SubscriptionId]
_NEVER = datetime.min.replace(tzinfo=UTC)


class StaleCards:
    """A heap whose entries are dropped, when they surface, if they no longer hold."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._heap: list[Entry] = []
        self._entries: dict[SubscriptionId, Entry] = {}
        """The entry that holds."""

    def refresh(self, subscription_id: SubscriptionId) -> None:
        """Take note of whatever changed about a subscription or its watch."""
        entry = stale_entry(self._records, subscription_id)
        if entry is None:
            self._entries.pop(subscription_id, None)
        elif self._entries.get(subscription_id) != entry:
            self._entries[subscription_id] = entry
            heapq.heappush(self._heap, entry)

    def first(self, limit: int) -> list[Subscription]:
        """Return the first of them: ended ones, then those whose last edit is longest ago."""
        first: dict[SubscriptionId, Entry] = {}
        while self._heap and len(first) < limit:
            entry = heapq.heappop(self._heap)
            if self._entries.get(entry[2]) == entry:
                first[entry[2]] = entry
        for entry in first.values():
            heapq.heappush(self._heap, entry)
        return [self._records.subscriptions[subscription_id] for subscription_id in first]


def stale_entry(records: Records, subscription_id: SubscriptionId) -> Entry | None:
    """Return the place of a card among those that are behind: ended ones first, then by the last edit."""
    subscription = records.subscriptions.get(subscription_id)
    if subscription is None or subscription.card is None or subscription.paused is not None:
        return None
    watch = records.watches[subscription.watch_id]
    if subscription.card.shown_version >= watch.version:
        return None
    ended = watch.closed or watch.ended_at is not None
    return (0 if ended else 1, subscription.card.edited_at or _NEVER, subscription_id)
