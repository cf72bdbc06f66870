"""What is asked of the records, nearly all of it in memory, and changes nothing."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from bot.core.model import ChannelSettings, Delivery, Subscription, SubscriptionId, Watch, WatchId
from bot.ports import Followed
from bot.store.memory import Memory
from bot.store.past import Past
from providers.base import TaskKey


class Listings:
    """The verbs that look things up."""

    def __init__(self, memory: Memory, past: Past) -> None:
        self._past = past
        self._records = memory.records
        self._due = memory.due
        self._stale = memory.stale

    async def subscription(self, subscription_id: SubscriptionId) -> Followed | None:
        """Return a subscription, open or ended."""
        subscription = self._records.subscriptions.get(subscription_id)
        return None if subscription is None else self._records.followed(subscription)

    async def followers(self, watch_id: WatchId) -> Sequence[Subscription]:
        """Return the open subscriptions of a watch, oldest first."""
        return [each for each in self._records.of_watch(watch_id) if each.ended_at is None]

    async def followers_of(self, watch_ids: Sequence[WatchId]) -> Sequence[Sequence[Subscription]]:
        """Return the same of each of several watches, in their order."""
        of_watch = self._records.of_watch
        return [[each for each in of_watch(watch_id) if each.ended_at is None] for watch_id in watch_ids]

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
        return [self._records.followed(each) for each in sorted(found, key=lambda each: (each.created_at, each.id))]

    async def watch(self, watch_id: WatchId) -> Watch | None:
        """Return a watch, open or closed."""
        return self._records.watches.get(watch_id)

    async def open_watch(self, account: str, key: TaskKey) -> Watch | None:
        """Return the open watch of a task."""
        return self._records.open_watch((account, key))

    async def claim_due(
        self,
        now: datetime,
        limit: int,
        *,
        skip: Collection[str] = (),
        account: str | None = None,
        due_by: datetime | None = None,
    ) -> Sequence[Watch]:
        """Hand out watches that are due, longest due first: of *account* alone, or of all that are not in *skip*.

        With *due_by*, also those that will be due by then. Claims live in memory, for they end with the process.
        """
        return [self._records.watches[each] for each in self._due.claim(now, limit, skip, account, due_by or now)]

    async def open_watches(self, accounts: Collection[str]) -> Mapping[str, int]:
        """Return how many open watches each of these accounts has."""
        return {account: self._due.count(account) for account in accounts}

    async def next_due(self) -> datetime | None:
        """Return when the next unclaimed watch is due."""
        return self._due.next()

    async def any_due(self, now: datetime) -> bool:
        """Whether any watch may be claimed now."""
        return self._due.any(now)

    async def paused(self) -> Sequence[Followed]:
        """Return the paused subscriptions, also those that ended meanwhile, longest paused first."""
        # Oldest first, and so they stay where they were paused at the same moment.
        paused = [(each.paused.since, each) for each in self._records.paused_subscriptions() if each.paused is not None]
        return [self._records.followed(each) for _, each in sorted(paused, key=lambda each: each[0])]

    async def stale_cards(self, limit: int) -> Sequence[Followed]:
        """Return subscriptions whose card shows an older version, ended ones first, then by the last edit."""
        return [self._records.followed(each) for each in self._stale.first(limit)]

    async def channel_settings(self, channel: str) -> ChannelSettings | None:
        """Return what was set for new subscriptions of a channel."""
        return self._records.channels.get(channel)

    async def waiting(self, subscription_id: SubscriptionId) -> Sequence[Delivery]:
        """Return the open deliveries of a subscription, in the order in which they are to go."""
        return self._records.waiting(subscription_id)

    async def last_sent(self, subscription_id: SubscriptionId) -> Delivery | None:
        """Return the last delivery of a subscription that Slack accepted."""
        subscription = self._records.subscriptions.get(subscription_id)
        return None if subscription is None else await self._past.last_sent(subscription_id, subscription.watch_id)

    async def said(self, keys: Collection[str]) -> Collection[str]:
        """Return those of *keys* that were said, and not forgotten since."""
        return {key for key in keys if key in self._records.said}
