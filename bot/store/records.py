"""All records in memory, and how they hang together. Values are frozen, so handing them out is safe."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from bot.core.model import (
    ChannelSettings,
    Delivery,
    DeliveryId,
    Subscription,
    SubscriptionId,
    Watch,
    WatchId,
    watch_id,
)
from bot.core.news import CardOpened
from bot.ports import Followed
from bot.store.change import Change
from bot.store.codec import Said
from bot.store.places import Places, add, append, discard, remove
from bot.store.turns import Task, task_of

_Kept = TypeVar("_Kept")


class Records:
    """Everything that is kept, found by what the verbs ask for."""

    def __init__(self) -> None:
        self.watches: dict[WatchId, Watch] = {}
        self.subscriptions: dict[SubscriptionId, Subscription] = {}
        self.deliveries: dict[DeliveryId, Delivery] = {}
        self.said: dict[str, Said] = {}
        self.channels: dict[str, ChannelSettings] = {}
        self._open_otherwise: dict[Task, WatchId] = {}
        """Open watches that are not the first of their task: nearly every watch is found by the id of a first one."""
        self.closed_watches: dict[WatchId, None] = {}
        self._numbers: dict[Task, int] = {}
        """The highest number of tasks that had more watches than the first one."""
        self._last_seqs: dict[SubscriptionId, int] = {}
        """The last place of what is not here, of subscriptions of which it is known."""
        self._elsewhere: set[DeliveryId] = set()
        """Deliveries that are not here, though they exist."""
        self._places = Places()
        self._rows: dict[SubscriptionId, tuple[DeliveryId, ...]] = {}
        self._open_rows: dict[SubscriptionId, dict[DeliveryId, None]] = {}

    def number(self, task: Task) -> int:
        """Return a number that no watch of the task has had in this process.

        Not even a deleted one: its poll may still be under way, and must not be taken for one of the next watch.
        """
        if task in self._numbers:
            return self._numbers[task] + 1
        return 2 if watch_id(*task, 1) in self.watches else 1

    def watches_of(self, task: Task) -> list[WatchId]:
        """Return all watches of a task, open and closed."""
        ids = (watch_id(*task, number) for number in range(1, self.number(task)))
        return [each for each in ids if each in self.watches]

    def open_watch(self, task: Task) -> Watch | None:
        """Return the open watch of a task."""
        found = self.watches.get(self._open_otherwise.get(task) or watch_id(*task, 1))
        return None if found is None or found.closed or task_of(found) != task else found

    def task_of_subscription(self, subscription_id: SubscriptionId) -> Task:
        """Return the task that a subscription follows."""
        return task_of(self.watches[self.subscriptions[subscription_id].watch_id])

    def followed(self, subscription: Subscription) -> Followed:
        """Return a subscription with its watch."""
        return Followed(subscription=subscription, watch=self.watches[subscription.watch_id])

    def of_watch(self, watch: WatchId) -> list[Subscription]:
        """Return all subscriptions of a watch, open and ended, oldest first."""
        return self._oldest_first(self._places.of_watch.get(watch, ()))

    def ids_of_watch(self, watch: WatchId) -> Sequence[SubscriptionId]:
        """Return the ids of all subscriptions of a watch, in no order."""
        return self._places.of_watch.get(watch, ())

    def of_channel(self, channel: str) -> list[Subscription]:
        """Return the open subscriptions of a channel, oldest first."""
        return self._oldest_first(self._places.in_channel.get(channel, ()))

    def of_owner(self, owner: str) -> list[Subscription]:
        """Return the open subscriptions of a user, oldest first."""
        return self._oldest_first(self._places.of_owner.get(owner, ()))

    def ended_in(self, channel: str) -> list[Subscription]:
        """Return the ended subscriptions of a channel, in no order."""
        return [self.subscriptions[each] for each in self._places.ended_in.get(channel, ())]

    def open_subscriptions(self) -> list[Subscription]:
        """Return all open subscriptions, oldest first."""
        return self._oldest_first(each for group in self._places.in_channel.values() for each in group)

    def paused_subscriptions(self) -> list[Subscription]:
        """Return the paused subscriptions, also those that ended meanwhile, oldest first."""
        return self._oldest_first(self._places.paused)

    def rows(self, subscription_id: SubscriptionId) -> list[Delivery]:
        """Return all deliveries of a subscription."""
        return [self.deliveries[delivery_id] for delivery_id in self._rows.get(subscription_id, ())]

    def open_rows(self, subscription_id: SubscriptionId) -> list[Delivery]:
        """Return the deliveries of a subscription that still stand before others."""
        return [self.deliveries[delivery_id] for delivery_id in self._open_rows.get(subscription_id, ())]

    def waiting(self, subscription_id: SubscriptionId) -> list[Delivery]:
        """Return the open deliveries of a subscription in the order in which they are to go."""
        return sorted(self.open_rows(subscription_id), key=place_in_line)

    def knows(self, delivery_id: DeliveryId) -> bool:
        """Whether a delivery exists, of those that are here or were asked for."""
        return delivery_id in self.deliveries or delivery_id in self._elsewhere

    def knows_last_seq(self, subscription_id: SubscriptionId) -> bool:
        """Whether the last place of what is not here is known."""
        return subscription_id in self._last_seqs

    def next_seq(self, subscription_id: SubscriptionId) -> int:
        """Return the place behind all deliveries of a subscription; LookupError where nobody asked for it before."""
        last = self._last_seqs[subscription_id]
        return 1 + max(last, max((row.seq for row in self.rows(subscription_id)), default=0))

    def waiting_ones(self) -> list[SubscriptionId]:
        """Return the subscriptions with open deliveries."""
        return list(self._open_rows)

    def all_open_rows(self) -> Iterator[Delivery]:
        """Yield every open delivery."""
        for subscription_id in self._open_rows:
            yield from self.open_rows(subscription_id)

    def put_number(self, task: Task, number: int) -> None:
        """Note that a task had a watch of this number, though it is not here any more."""
        self._numbers[task] = max(self._numbers.get(task, 0), number)

    def put_last_seq(self, subscription_id: SubscriptionId, seq: int) -> None:
        """Note that no delivery of a subscription that is not here stands behind this place."""
        self._last_seqs[subscription_id] = seq

    def put_elsewhere(self, delivery_ids: Iterable[DeliveryId]) -> None:
        """Note that these deliveries exist, though they are not here."""
        self._elsewhere.update(delivery_ids)

    def forget_elsewhere(self, delivery_ids: Iterable[DeliveryId]) -> None:
        """Take back ``put_elsewhere``."""
        self._elsewhere.difference_update(delivery_ids)

    def leave_to_the_disk(self, delivery_id: DeliveryId) -> None:
        """Let go of a delivery that is sent or refused, if it is here: it is kept elsewhere."""
        delivery = self.deliveries.get(delivery_id)
        if delivery is not None and not delivery.open:
            self.drop_delivery(delivery_id)
            last = self._last_seqs.get(delivery.subscription_id)
            if last is not None:
                self._last_seqs[delivery.subscription_id] = max(last, delivery.seq)

    def put_watch(self, watch: Watch) -> None:
        """Insert or replace a watch."""
        before = self.watches.get(watch.id)
        self.watches[watch.id] = watch
        if before is not None and not before.closed and not watch.closed:
            # It hangs where it hung, as after nearly every look.
            return
        if watch.closed:
            self.closed_watches[watch.id] = None
        if watch.id == watch_id(watch.account, watch.key, 1):
            return
        task = task_of(watch)
        number = watch.id.rpartition("#")[2]
        if number.isdecimal():
            self._numbers[task] = max(self._numbers.get(task, 0), int(number))
        if not watch.closed:
            self._open_otherwise[task] = watch.id
        elif self._open_otherwise.get(task) == watch.id:
            del self._open_otherwise[task]

    def put_watches(self, watches: Iterable[Watch]) -> None:
        """Insert very many watches."""
        kept = self.watches
        for watch in watches:
            watch_id = watch.id
            is_first = watch_id == f"{watch.account}:{watch.key}#1" and watch.due_at is not None
            if not is_first or kept.setdefault(watch_id, watch) is not watch:
                self.put_watch(watch)

    def drop_watch(self, dropped: WatchId) -> None:
        """Delete a watch; what hung on it is deleted by the same change."""
        watch = self.watches.pop(dropped)
        self.closed_watches.pop(dropped, None)
        task = task_of(watch)
        self._numbers.setdefault(task, 1)
        if self._open_otherwise.get(task) == dropped:
            del self._open_otherwise[task]

    def fill(
        self, subscriptions: dict[SubscriptionId, Subscription], of_watch: dict[WatchId, tuple[SubscriptionId, ...]]
    ) -> None:
        """Begin with these subscriptions, all open and none paused."""
        self.subscriptions = subscriptions
        self._places.fill(subscriptions, of_watch)

    def put_subscription(self, subscription: Subscription) -> None:
        """Insert or replace a subscription."""
        before = self.subscriptions.get(subscription.id)
        self.subscriptions[subscription.id] = subscription
        self._places.put(subscription, before)

    def drop_subscription(self, subscription_id: SubscriptionId) -> None:
        """Delete a subscription; its deliveries are deleted by the same change."""
        subscription = self.subscriptions.pop(subscription_id)
        self._places.drop(subscription)
        self._last_seqs.pop(subscription_id, None)

    def put_delivery(self, delivery: Delivery) -> None:
        """Insert or replace a delivery."""
        if delivery.id not in self.deliveries:
            append(self._rows, delivery.subscription_id, delivery.id)
        self.deliveries[delivery.id] = delivery
        if delivery.open:
            add(self._open_rows, delivery.subscription_id, delivery.id)
        else:
            discard(self._open_rows, delivery.subscription_id, delivery.id)

    def drop_delivery(self, delivery_id: DeliveryId) -> None:
        """Delete a delivery."""
        delivery = self.deliveries.pop(delivery_id)
        remove(self._rows, delivery.subscription_id, delivery_id)
        discard(self._open_rows, delivery.subscription_id, delivery_id)

    def apply(self, change: Change) -> set[SubscriptionId]:
        """Take what a change writes; return the subscriptions that it or its deliveries are, deleted ones too."""
        touched = {*change.subscriptions}
        for delivery_id, delivery in change.deliveries.items():
            if delivery is not None:
                self.put_delivery(delivery)
                touched.add(delivery.subscription_id)
            elif delivery_id in self.deliveries:
                self.drop_delivery(delivery_id)
        for subscription_id, subscription in change.subscriptions.items():
            if subscription is not None:
                self.put_subscription(subscription)
            else:
                self.drop_subscription(subscription_id)
        for each, watch in change.watches.items():
            if watch is not None:
                self.put_watch(watch)
            else:
                self.drop_watch(each)
        _take(self.said, change.said)
        _take(self.channels, change.channels)
        return touched

    def _oldest_first(self, ids: Iterable[SubscriptionId]) -> list[Subscription]:
        found = [self.subscriptions[each] for each in ids]
        if len(found) > 1:
            found.sort(key=lambda each: (each.created_at, each.id))
        return found


def place_in_line(row: Delivery) -> tuple[bool, int]:
    """Return the sorting key of what waits for one subscription: a card goes before what waits for its thread."""
    return not isinstance(row.news, CardOpened), row.seq


def _take(kept: dict[str, _Kept], changed: Mapping[str, _Kept | None]) -> None:
    for key, record in changed.items():
        if record is not None:
            kept[key] = record
        else:
            kept.pop(key, None)
