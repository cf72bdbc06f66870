"""Which delivery may go next: the head of each subscription's queue, in a heap for each channel."""

import heapq
from collections.abc import Collection, Container, Iterator
from datetime import datetime
from typing import TypeAlias

from bot.core.model import Delivery, DeliveryId, DeliveryState, SubscriptionId
from bot.core.news import CardOpened, Ended, Gone
from bot.core.notify import is_failure
from bot.store.due import LEASE
from bot.store.records import Records, place_in_line

Entry: TypeAlias = tuple[int, datetime, SubscriptionId, DeliveryId]
"""In the order in which they go: rank, age, and what makes it one of a kind."""


class Outbox:
    """The deliveries that can go. Heaps keep entries that no longer hold; these are dropped when they surface."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._channels: dict[str, list[Entry]] = {}
        self._later: list[tuple[datetime, SubscriptionId]] = []
        self._queued: dict[SubscriptionId, tuple[str, Entry, datetime | None]] = {}
        """Which head stands in the heaps: its channel, its entry, and when it may go."""
        self._looked_up: dict[DeliveryId, datetime] = {}
        """Unknown ones that were handed out, by the end of their lease."""

    def refresh(self, subscription_id: SubscriptionId) -> None:
        """Take note of whatever changed about a subscription or its deliveries."""
        head = self._head(subscription_id)
        if head is None:
            self._queued.pop(subscription_id, None)
            return
        may_go = self._may_go(head)
        queued = (head.channel, self._entry(head), may_go)
        if self._queued.get(subscription_id) != queued:
            self._queued[subscription_id] = queued
            if may_go is None:
                self._queue(head)
            else:
                heapq.heappush(self._later, (may_go, subscription_id))

    def hand_out(self, delivery: Delivery, now: datetime) -> None:
        """Keep an unknown delivery with whoever looks it up."""
        self._looked_up[delivery.id] = now + LEASE
        self.refresh(delivery.subscription_id)

    def changed(self, delivery_id: DeliveryId) -> None:
        """End the handing out of a delivery: its row was written or deleted."""
        self._looked_up.pop(delivery_id, None)

    def ready(self, now: datetime, skip_channels: Collection[str]) -> Iterator[Delivery]:
        """Yield what can go, one of each channel: terminal news, then what stands before such, then the oldest."""
        self._end_leases(now)
        while self._later and self._later[0][0] <= now:
            _, subscription_id = heapq.heappop(self._later)
            head = self._head(subscription_id)
            if head is not None and (may_go := self._may_go(head)) is not None and may_go <= now:
                self._queue(head)
        tops = [
            (top[:3], delivery)
            for channel in list(self._channels)
            if channel not in skip_channels and (top := self._top(channel, now)) and (delivery := self._delivery(top))
        ]
        tops.sort(key=lambda top: top[0])
        for _, delivery in tops:
            yield delivery

    def _head(self, subscription_id: SubscriptionId) -> Delivery | None:
        return first_in_line(self._records, subscription_id, self._looked_up)

    def _may_go(self, head: Delivery) -> datetime | None:
        return may_go(self._records, head)

    def _delivery(self, entry: Entry) -> Delivery | None:
        return self._records.deliveries.get(entry[3])

    def _entry(self, head: Delivery) -> Entry:
        return rank(self._records, head), head.created_at, head.subscription_id, head.id

    def _queue(self, head: Delivery) -> None:
        heapq.heappush(self._channels.setdefault(head.channel, []), self._entry(head))

    def _top(self, channel: str, now: datetime) -> Entry | None:
        heap = self._channels[channel]
        while heap:
            head = self._head(heap[0][2])
            # Its channel may have got another id, or its news another rank.
            if head is not None and head.channel == channel and self._entry(head) == heap[0]:
                may_go = self._may_go(head)
                if may_go is None or may_go <= now:
                    return heap[0]
                # It was put off, or the clock went back.
                heapq.heappush(self._later, (may_go, head.subscription_id))
            heapq.heappop(heap)
        del self._channels[channel]
        return None

    def _end_leases(self, now: datetime) -> None:
        for delivery_id in [each for each, end in self._looked_up.items() if end <= now]:
            del self._looked_up[delivery_id]
            delivery = self._records.deliveries.get(delivery_id)
            if delivery is not None:
                self.refresh(delivery.subscription_id)


def first_in_line(
    records: Records, subscription_id: SubscriptionId, looked_up: Container[DeliveryId]
) -> Delivery | None:
    """Return what a subscription is to say next; None where there is nothing, or it waits for Slack or its card."""
    subscription = records.subscriptions.get(subscription_id)
    if subscription is None or subscription.paused is not None:
        return None
    rows = records.open_rows(subscription_id)
    if not rows or any(row.state is DeliveryState.SENDING or row.id in looked_up for row in rows):
        return None
    head = min(rows, key=place_in_line)
    if subscription.card is None and not isinstance(head.news, CardOpened):
        return None
    return head


def may_go(records: Records, head: Delivery) -> datetime | None:
    """Return when the first of a thread may go; None where nothing keeps it back."""
    # What may have arrived is looked up whatever the hour.
    if head.held_until is None or head.state is not DeliveryState.PENDING:
        return head.not_before
    if any(is_failure(row.news) for row in records.open_rows(head.subscription_id)):
        return head.not_before
    return max(head.held_until, head.not_before or head.held_until)


def rank(records: Records, head: Delivery) -> int:
    """Return 0 for terminal news, 1 for what stands before such in its thread, 2 for the rest."""
    if isinstance(head.news, Ended | Gone):
        return 0
    # What stands before an end holds it up.
    return 1 if any(isinstance(row.news, Ended | Gone) for row in records.open_rows(head.subscription_id)) else 2
