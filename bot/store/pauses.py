"""Subscriptions that fall silent while their channel cannot be reached, and speak again."""

from collections.abc import Collection, Iterable, Sequence

from msgspec.structs import replace

from bot.core.model import Delivery, DeliveryId, DeliveryState, Pause, Subscription, SubscriptionId
from bot.core.news import CaughtUp, Minor
from bot.ports import Followed
from bot.store.records import Change, unsent
from bot.store.writing import Writer


class Pauses:
    """The verbs about pauses. What a pause keeps back is decided where deliveries and stale cards are chosen."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._records = writer.memory.records

    async def pause(self, subscriptions: Collection[SubscriptionId], pause: Pause) -> Sequence[Followed]:
        """Let subscriptions fall silent; return those that were not paused before (ended and unknown ones neither).

        Rows that were ``sending`` go back to ``pending``, ``unknown`` ones stay unknown. The versions of their
        watches rise, so that a poll that counted on them reads again. One that is paused keeps its first pause.
        """
        tasks = {self._records.task_of_subscription(each.id) for each in self._speaking(subscriptions)}
        async with self._writer.turn(tasks) as turn:
            change = Change()
            silent: list[Subscription] = []
            for each in self._speaking(subscriptions):
                if self._records.task_of_subscription(each.id) not in turn.tasks:
                    continue
                silent.append(replace(each, paused=pause))
                watch = self._records.watches[each.watch_id]
                change.watches[watch.id] = replace(watch, version=watch.version + 1)
                change.deliveries.update(unsent(self._records.open_rows(each.id)))
            change.subscriptions.update({each.id: each for each in silent})
            await turn.write(change)
            return [self._records.followed(each) for each in silent]

    async def resume(self, subscription_id: SubscriptionId, caught_up: Delivery | None) -> Followed | None:
        """End a pause, also of a subscription that ended meanwhile. None where it is not paused.

        *caught_up*, if given, goes before all that waits, and replaces the pending rows whose news are Minor or an
        earlier CaughtUp; rows of a card, an end, and unknown rows stay. Only rows that were pending when this was
        called are replaced: the caller cannot have told of others. Where its id exists already, it is left out and
        all rows stay. The version of the watch rises as at the pause.
        """
        if subscription_id not in self._records.subscriptions:
            return None
        # Before the turn is waited for, during which a poll may add to them.
        told = [row.id for row in self._records.open_rows(subscription_id) if _can_be_told_late(row)]
        async with self._writer.turn([self._records.task_of_subscription(subscription_id)]) as turn:
            subscription = self._records.subscriptions.get(subscription_id)
            if subscription is None or subscription.paused is None:
                return None
            watch = self._records.watches[subscription.watch_id]
            change = Change(
                watches={watch.id: replace(watch, version=watch.version + 1)},
                subscriptions={subscription_id: replace(subscription, paused=None)},
            )
            if caught_up is not None and caught_up.id not in self._records.deliveries:
                change.deliveries.update(self._catching_up(subscription, caught_up, told))
            await turn.write(change)
            return self._records.followed(self._records.subscriptions[subscription_id])

    async def paused(self) -> Sequence[Followed]:
        """Return the paused subscriptions, also those that ended meanwhile, longest paused first."""
        paused = [(each.paused.since, each) for each in self._records.paused_subscriptions() if each.paused is not None]
        return [self._records.followed(each) for _, each in sorted(paused, key=lambda each: each[0])]

    def _speaking(self, subscriptions: Iterable[SubscriptionId]) -> list[Subscription]:
        found = [self._records.subscriptions.get(each) for each in dict.fromkeys(subscriptions)]
        return [each for each in found if each is not None and each.ended_at is None and each.paused is None]

    def _catching_up(
        self, subscription: Subscription, caught_up: Delivery, told: Collection[DeliveryId]
    ) -> dict[DeliveryId, Delivery | None]:
        rows = self._records.open_rows(subscription.id)
        row = replace(
            caught_up,
            watch_id=subscription.watch_id,
            subscription_id=subscription.id,
            channel=subscription.channel,
            seq=min((row.seq for row in rows), default=self._records.next_seq(subscription.id) + 1) - 1,
        )
        replaced = {each.id for each in rows if _can_be_told_late(each)}.intersection(told)
        return {**dict.fromkeys(replaced), row.id: row}


def _can_be_told_late(row: Delivery) -> bool:
    return row.state is DeliveryState.PENDING and isinstance(row.news, Minor | CaughtUp)
