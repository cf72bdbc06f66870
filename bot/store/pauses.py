"""Subscriptions that fall silent while their channel cannot be reached, and speak again."""

from collections.abc import Collection, Iterable, Sequence
from itertools import takewhile

from msgspec.structs import replace

from bot.core.fold import unsaid
from bot.core.model import Delivery, DeliveryId, DeliveryState, Pause, Subscription, SubscriptionId
from bot.core.news import CardOpened, Ended, Gone
from bot.ports import Followed
from bot.store.change import Change, in_doubt
from bot.store.desk import Desk
from bot.store.records import Records


class Pauses:
    """The verbs about pauses. What a pause keeps back is decided where deliveries and stale cards are chosen."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def pause(self, subscriptions: Collection[SubscriptionId], pause: Pause) -> Sequence[Followed]:
        """Let subscriptions fall silent; return those that were not paused before.

        Left out are unknown ones, and ended ones that have nothing left to say. Rows that are ``sending`` become
        ``unknown``: should their calls end without a word, they are looked up. The versions of the watches rise, so
        that a poll that counted on them reads again. One that is paused keeps its first pause.
        """
        async with self._desk.turn(await self._desk.tasks_of(subscriptions)) as turn:
            records = turn.records
            change = Change()
            silent: list[Subscription] = []
            for each in _speaking(records, subscriptions):
                if records.task_of_subscription(each.id) not in turn.tasks:
                    continue
                silent.append(replace(each, paused=pause))
                watch = records.watches[each.watch_id]
                change.watches[watch.id] = replace(watch, version=watch.version + 1)
                change.deliveries.update(_unclear(records.open_rows(each.id)))
            change.subscriptions.update({each.id: each for each in silent})
            await turn.write(change)
            return [Followed(subscription=each, watch=change.watch(each.watch_id)) for each in silent]

    async def resume(
        self, subscription_id: SubscriptionId, caught_up: Delivery | None, told: Collection[DeliveryId] = ()
    ) -> Followed | None:
        """End a pause, also of a subscription that ended meanwhile. None where it is not paused.

        *caught_up*, if given, replaces the ``unsaid`` rows among *told*; what stays goes behind it, but for what may
        have arrived before it. What a poll added since the caller read them is not in *told*, and is told on its own.
        Where its id exists already, it is left out and all rows stay. The version of the watch rises as at the pause.
        """
        task = await self._desk.task_of_subscription(subscription_id)
        if task is None:
            return None
        naming = [] if caught_up is None else [caught_up.id]
        async with self._desk.turn([task], naming=naming, adding=[subscription_id] if naming else []) as turn:
            records = turn.records
            subscription = records.subscriptions.get(subscription_id)
            if subscription is None or subscription.paused is None:
                return None
            watch = records.watches[subscription.watch_id]
            watch = replace(watch, version=watch.version + 1)
            speaking = replace(subscription, paused=None)
            change = Change(watches={watch.id: watch}, subscriptions={subscription_id: speaking})
            if caught_up is not None and not records.knows(caught_up.id):
                change.deliveries.update(_catching_up(records, subscription, caught_up, told))
            await turn.write(change)
            return Followed(subscription=speaking, watch=watch)


def _speaking(records: Records, subscriptions: Iterable[SubscriptionId]) -> list[Subscription]:
    found = [records.subscriptions.get(each) for each in dict.fromkeys(subscriptions)]
    return [each for each in found if each is not None and each.paused is None and _has_a_voice(records, each)]


def _has_a_voice(records: Records, subscription: Subscription) -> bool:
    return subscription.ended_at is None or bool(records.open_rows(subscription.id))


def _catching_up(
    records: Records, subscription: Subscription, caught_up: Delivery, told: Collection[DeliveryId]
) -> dict[DeliveryId, Delivery | None]:
    waiting = records.waiting(subscription.id)
    before = list(takewhile(_may_have_arrived, [row for row in waiting if not isinstance(row.news, CardOpened)]))
    replaced = {each.id for each in unsaid(waiting)}.intersection(told)
    # Behind all there ever was, and not only behind these: a new card may have been sent since, before them.
    first = records.next_seq(subscription.id)
    behind = [row for row in waiting if row not in before and row.id not in replaced]
    row = replace(
        caught_up,
        watch_id=subscription.watch_id,
        subscription_id=subscription.id,
        channel=subscription.channel,
        seq=first,
    )
    moved = {each.id: replace(each, seq=place) for place, each in enumerate(behind, start=first + 1)}
    return {**dict.fromkeys(replaced), **moved, row.id: row}


def _unclear(rows: Iterable[Delivery]) -> dict[DeliveryId, Delivery]:
    return {row.id: in_doubt(row) for row in rows if row.state is DeliveryState.SENDING}


def _may_have_arrived(row: Delivery) -> bool:
    return row.state is DeliveryState.UNKNOWN and not isinstance(row.news, Ended | Gone)
