"""Open subscriptions are changed in place."""

from msgspec.structs import replace

from bot.core.model import AuditEntry, Delivery, DeliveryId, Subscription, SubscriptionId
from bot.core.record import Keep
from bot.ports import Followed, Revision
from bot.store.change import Change
from bot.store.desk import Desk
from bot.store.records import Records


class Revisions:
    """The verbs that change what a subscription says about itself."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def revise(
        self, subscription_id: SubscriptionId, revision: Revision, *, audit: AuditEntry | None = None
    ) -> Followed | None:
        """Change an open subscription as *revision* says, and write *audit* with it; None where it is not open.

        The version of the watch rises. Where the new rules have no quiet hours, what the old ones held back goes.
        """
        task = await self._desk.task_of_subscription(subscription_id)
        if task is None:
            return None
        async with self._desk.turn([task]) as turn:
            subscription = turn.records.subscriptions.get(subscription_id)
            if subscription is None or subscription.ended_at is not None:
                return None
            watch = turn.records.watches[subscription.watch_id]
            watch = replace(watch, version=watch.version + 1)
            subscription = revised(subscription, revision)
            change = Change(watches={watch.id: watch}, subscriptions={subscription_id: subscription})
            change.deliveries.update(_released(turn.records, subscription_id, revision))
            change.note(audit)
            await turn.write(change)
            return Followed(subscription=subscription, watch=watch)

    async def owner_left(self, channel: str, owner: str, *, left: bool) -> int:
        """Note on the open subscriptions of *owner* in *channel* whether that user left; return how many changed.

        The versions of their watches rise.
        """
        async with self._desk.turn(await self._desk.tasks_owned(owner, channel)) as turn:
            records = turn.records
            change = Change()
            for each in _of(records, channel, owner, left=not left):
                if records.task_of_subscription(each.id) in turn.tasks:
                    change.subscriptions[each.id] = replace(each, owner_left=left)
                    watch = records.watches[each.watch_id]
                    change.watches[watch.id] = replace(watch, version=watch.version + 1)
            await turn.write(change)
            return len(change.subscriptions)


def _of(records: Records, channel: str, owner: str, *, left: bool) -> list[Subscription]:
    return [each for each in records.of_owner(owner) if each.channel == channel and each.owner_left is left]


def _released(records: Records, subscription_id: SubscriptionId, revision: Revision) -> dict[DeliveryId, Delivery]:
    if isinstance(revision.rules, Keep) or revision.rules.quiet is not None:
        return {}
    return {
        # Still seen to have been held, so that it is told as what was missed.
        row.id: replace(row, held_until=revision.at)
        for row in records.open_rows(subscription_id)
        if row.held_until is not None and row.held_until > revision.at
    }


def revised(subscription: Subscription, revision: Revision) -> Subscription:
    """Return a subscription as *revision* wants it."""
    if not isinstance(revision.rules, Keep):
        subscription = replace(subscription, rules=revision.rules, revised_at=revision.at)
    if not isinstance(revision.label, Keep):
        subscription = replace(subscription, label=revision.label)
    if not isinstance(revision.owner, Keep):
        subscription = replace(subscription, owner=revision.owner, owner_left=False)
    if not isinstance(revision.muted, Keep):
        subscription = replace(subscription, muted=revision.muted)
    return subscription
