"""Who follows what, and where."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from bot.core.model import (
    AuditEntry,
    Delivery,
    Subscription,
    SubscriptionId,
    Watch,
    WatchId,
    delivery_id,
    watch_id,
)
from bot.ports import AlreadyFollowed, Followed, Opened, StoreError
from bot.store.records import Change
from bot.store.turns import task_of
from bot.store.writing import Writer
from providers.base import TaskKey


class Subscriptions:
    """The verbs about subscriptions, open, paused and ended."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._records = writer.memory.records

    async def subscribe(
        self, watch: Watch, subscription: Subscription, card: Delivery, *, audit: AuditEntry | None = None
    ) -> Opened | AlreadyFollowed:
        """Let a channel follow a task, by the watch that is open, or by *watch* as a new one.

        *audit* is written where that is new.
        """
        task = task_of(watch)
        async with self._writer.turn([task]) as turn:
            stored = self._records.open_watch(task)
            if stored is None:
                joined = replace(watch, id=watch_id(watch.account, watch.key, self._records.number(task)))
            else:
                for each in self._records.of_watch(stored.id):
                    if each.channel == subscription.channel and each.ended_at is None:
                        return AlreadyFollowed(subscription=each, watch=stored)
                joined = replace(stored, version=stored.version + 1)
            if subscription.id in self._records.subscriptions:
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
        found = await self.subscription(subscription_id)
        if found is None:
            return None
        async with self._writer.turn([task_of(found.watch)]) as turn:
            found = await self.subscription(subscription_id)
            if found is None:
                return None
            watch = found.watch
            alone = len(self._records.of_watch(watch.id)) == 1
            if not alone:
                watch = replace(watch, version=watch.version + 1)
            change = Change(
                watches={watch.id: None if alone else watch},
                subscriptions={subscription_id: None},
                deliveries={row.id: None for row in self._records.rows(subscription_id)},
            )
            change.note(audit)
            await turn.write(change)
            return Followed(subscription=found.subscription, watch=watch)

    async def subscription(self, subscription_id: SubscriptionId) -> Followed | None:
        """Return a subscription, open or ended."""
        subscription = self._records.subscriptions.get(subscription_id)
        return None if subscription is None else self._records.followed(subscription)

    async def followers(self, watch_id: WatchId) -> Sequence[Subscription]:
        """Return the open subscriptions of a watch, oldest first."""
        return [each for each in self._records.of_watch(watch_id) if each.ended_at is None]

    async def followed_in(self, channel: str) -> Sequence[Followed]:
        """Return the open subscriptions of a channel, oldest first."""
        return [self._records.followed(each) for each in self._records.of_channel(channel)]

    async def followed_by(self, owner: str) -> Sequence[Followed]:
        """Return the open subscriptions that belong to a user, oldest first."""
        return [self._records.followed(each) for each in self._records.of_owner(owner)]

    async def all_followed(self) -> Sequence[Followed]:
        """Return every open subscription, oldest first."""
        return [self._records.followed(each) for each in self._records.open_subscriptions()]

    async def ended_in(self, channel: str, limit: int, *, before: datetime | None = None) -> Sequence[Followed]:
        """Return the ended subscriptions of a channel that are still kept, latest end first.

        *before*: only those that ended earlier, for the next page. So those that ended at the moment of the last one
        come with it, even beyond *limit*.
        """
        ended = [(each.ended_at, each) for each in self._records.ended_in(channel) if each.ended_at is not None]
        ended = [each for each in ended if before is None or each[0] < before]
        ended.sort(key=lambda each: (each[0], each[1].created_at, each[1].id), reverse=True)
        found = [each for each in ended if limit > 0 and each[0] >= ended[min(limit, len(ended)) - 1][0]]
        return [self._records.followed(each) for _, each in found]

    async def speaking(self, channel: str | None = None) -> Sequence[Followed]:
        """Return the subscriptions, of one channel or of all, that are open or have something left to say."""
        found = [
            each
            for each in self._records.subscriptions.values()
            if channel in (None, each.channel) and (each.ended_at is None or self._records.open_rows(each.id))
        ]
        return [self._records.followed(each) for each in sorted(found, key=lambda each: each.created_at)]

    async def watch(self, watch_id: WatchId) -> Watch | None:
        """Return a watch, open or closed."""
        return self._records.watches.get(watch_id)

    async def open_watch(self, account: str, key: TaskKey) -> Watch | None:
        """Return the open watch of a task."""
        return self._records.open_watch((account, key))
