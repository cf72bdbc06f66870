"""Who begins and who stops to follow what, whatever the engine."""

from msgspec.structs import replace

from bot.core.model import (
    AuditEntry,
    Delivery,
    Subscription,
    SubscriptionId,
    Watch,
    delivery_id,
    watch_id,
)
from bot.ports import AlreadyFollowed, Followed, Opened, StoreError
from bot.store.change import Change
from bot.store.desk import Desk
from bot.store.turns import task_of


class Subscriptions:
    """The verbs that make subscriptions and delete them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def subscribe(
        self, watch: Watch, subscription: Subscription, card: Delivery, *, audit: AuditEntry | None = None
    ) -> Opened | AlreadyFollowed:
        """Let a channel follow a task, by the watch that is open, or by *watch* as a new one.

        *audit* is written where that is new.
        """
        task = task_of(watch)
        async with self._desk.turn([task]) as turn:
            records = turn.records
            stored = records.open_watch(task)
            if stored is None:
                joined = replace(watch, id=watch_id(watch.account, watch.key, records.number(task)))
            else:
                for each in records.of_watch(stored.id):
                    if each.channel == subscription.channel and each.ended_at is None:
                        return AlreadyFollowed(subscription=each, watch=stored)
                joined = replace(stored, version=stored.version + 1)
            if subscription.id in records.subscriptions:
                raise StoreError("The id of the new subscription is taken.")
            # A task that had ended when it was first looked at, and runs again since: another channel's watch knows.
            ended_at = subscription.ended_at if stored is None else None
            opened = replace(subscription, watch_id=joined.id, ended_at=ended_at)
            what = card.id.removeprefix(delivery_id(watch, subscription.id, ""))
            row = replace(
                card, id=delivery_id(joined, opened.id, what), watch_id=joined.id, subscription_id=opened.id, seq=1
            )
            change = Change(watches={joined.id: joined}, subscriptions={opened.id: opened}, deliveries={row.id: row})
            change.note(audit)
            await turn.write(change)
            return Opened(subscription=opened, watch=joined)

    async def remove_subscription(
        self, subscription_id: SubscriptionId, *, audit: AuditEntry | None = None
    ) -> Followed | None:
        """Delete a subscription and its deliveries, and its watch where nobody else follows or followed it.

        *audit* is written with it.
        """
        task = await self._desk.task_of_subscription(subscription_id)
        if task is None:
            return None
        async with self._desk.turn([task]) as turn:
            subscription = turn.records.subscriptions.get(subscription_id)
            if subscription is None:
                return None
            watch = turn.records.watches[subscription.watch_id]
            alone = len(turn.records.of_watch(watch.id)) == 1
            if not alone:
                watch = replace(watch, version=watch.version + 1)
            change = Change(
                watches={watch.id: None if alone else watch},
                subscriptions={subscription_id: None},
                deliveries={row.id: None for row in turn.records.open_rows(subscription_id)},
            )
            change.note(audit)
            await turn.write(change)
            return Followed(subscription=subscription, watch=watch)
