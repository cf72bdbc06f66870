"""Memory is filled with what was read, in a few loops: a start with a hundred thousand watches is felt."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from itertools import repeat

import msgspec

from bot.core.model import ChannelSettings, Delivery, DeliveryState, Subscription, SubscriptionId, Watch, WatchId
from bot.core.news import CardOpened
from bot.store.change import in_doubt
from bot.store.codec import Kept, Said
from bot.store.memory import Memory
from bot.store.reading import Some

_CARD = CardOpened()
_set = msgspec.structs.force_setattr
"""Lets a record that was just read, and that nobody else has yet, share an equal value with others."""


def load(memory: Memory, parts: Iterable[Some]) -> None:
    """Take what the data file holds. Whatever hangs on nothing is left out; the file's check names it."""
    loading = _Loading(memory)
    for part in parts:
        loading.take_watches(part.watches)
        loading.take_subscriptions(part.subscriptions)
        loading.rest += [each for each in part.others if not isinstance(each, Delivery) or each.open]
    loading.finish()


class _Loading:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._records = memory.records
        self._words: dict[str, str] = {}
        """The one of all equal texts that is kept: many watches name the same accounts."""
        self._usual: list[Subscription] = []
        """One dictionary is made of them in the end: one that grows from part to part takes four times as long."""
        self._of_watch: dict[WatchId, tuple[SubscriptionId, ...]] = {}
        self._behind: list[SubscriptionId] = []
        """Whose cards show less than is known."""
        self.rest: list[Kept] = []
        """What is not as usual, or does not stand behind what it hangs on, as nearly everything was written."""

    def take_watches(self, watches: list[Watch]) -> None:
        """Take watches that were just read."""
        word = self._words.setdefault
        for watch in watches:
            _set(watch, "account", word(watch.account, watch.account))
            created_at = watch.created_at
            if watch.run_since == created_at:
                _set(watch, "run_since", created_at)
            if watch.state_since == created_at:
                _set(watch, "state_since", created_at)
            if watch.progressed_at == created_at:
                _set(watch, "progressed_at", created_at)
        self._records.put_watches(watches)

    def take_subscriptions(self, subscriptions: list[Subscription]) -> None:
        """Take subscriptions that were just read; ended and paused ones later.

        Loops that C runs, as far as that goes, take two thirds of the time of one that looks at each.
        """
        find = self._records.watches.get
        usual = [each for each in subscriptions if each.ended_at is None and each.paused is None]
        watches = [watch for each in usual if (watch := find(each.watch_id)) is not None]
        if len(watches) < len(subscriptions):
            usual, watches = self._set_aside(subscriptions)
        self._usual += usual
        self._share(usual, "channel", [each.channel for each in usual])
        self._share(usual, "owner", [each.owner for each in usual])
        of_watch, behind = self._of_watch, self._behind
        for each, watch in zip(usual, watches, strict=True):
            name, watch_id, created_at = each.id, watch.id, watch.created_at
            _set(each, "watch_id", watch_id)
            if each.created_at == created_at:
                _set(each, "created_at", created_at)
            others = of_watch.get(watch_id)
            of_watch[watch_id] = (name,) if others is None else (*others, name)
            card = each.card
            if card is not None and card.shown_version < watch.version:
                behind.append(name)

    def _set_aside(self, subscriptions: list[Subscription]) -> tuple[list[Subscription], list[Watch]]:
        """Return the usual ones of them with their watches; the others are taken later."""
        usual: list[Subscription] = []
        watches: list[Watch] = []
        for each in subscriptions:
            watch = self._records.watches.get(each.watch_id)
            if watch is not None and each.ended_at is None and each.paused is None:
                usual.append(each)
                watches.append(watch)
            else:
                self.rest.append(each)
        return usual, watches

    def _share(self, records: Iterable[Subscription], name: str, values: list[str]) -> None:
        deque(map(_set, records, repeat(name), map(self._words.setdefault, values, values)), 0)

    def finish(self) -> None:
        """Take the rest, and find out what is due, what can go, and what is stale."""
        records, memory = self._records, self._memory
        records.fill({each.id: each for each in self._usual}, self._of_watch)
        for kinds in ((Watch, Said, ChannelSettings), (Subscription,), (Delivery,)):
            for each in self.rest:
                if isinstance(each, kinds):
                    self._take(each)
        memory.due.fill(records.watches.values())
        for subscription_id in self._behind:
            memory.stale.refresh(subscription_id)
        for subscription_id in records.waiting_ones():
            memory.outbox.refresh(subscription_id)

    def _take(self, each: Kept) -> None:
        if isinstance(each, Watch):
            self.take_watches([each])
        elif isinstance(each, Subscription):
            self._take_subscription(each)
        elif isinstance(each, Delivery):
            self._take_delivery(each)
        elif isinstance(each, Said):
            self._records.said[each.id] = each
        elif isinstance(each, ChannelSettings):
            self._records.channels[each.id] = each

    def _take_subscription(self, each: Subscription) -> None:
        watch = self._records.watches.get(each.watch_id)
        if watch is not None:
            _set(each, "watch_id", watch.id)
            _set(each, "channel", self._words.setdefault(each.channel, each.channel))
            _set(each, "owner", self._words.setdefault(each.owner, each.owner))
            _share_moments(each, watch.created_at, "created_at")
            self._records.put_subscription(each)
            self._behind.append(each.id)

    def _take_delivery(self, delivery: Delivery) -> None:
        subscription = self._records.subscriptions.get(delivery.subscription_id)
        if subscription is not None:
            row = _after_a_stop(delivery)
            _set(row, "watch_id", subscription.watch_id)
            _set(row, "subscription_id", subscription.id)
            if row.channel == subscription.channel:
                _set(row, "channel", subscription.channel)
            _share_moments(row, subscription.created_at, "created_at", "sending_since")
            if row.news == _CARD:
                _set(row, "news", _CARD)
            self._records.put_delivery(row)


def _after_a_stop(delivery: Delivery) -> Delivery:
    """Return a delivery as it is after a start: one that was being sent may or may not have arrived."""
    if delivery.state is DeliveryState.SENDING:
        return msgspec.structs.replace(in_doubt(delivery), not_before=None)
    return delivery


def _share_moments(record: Kept, moment: datetime, *names: str) -> None:
    for name in names:
        if getattr(record, name) == moment:
            _set(record, name, moment)
