"""Open subscriptions are changed in place."""

from msgspec.structs import replace

from bot.core.model import AuditEntry, Delivery, DeliveryId, Subscription, SubscriptionId
from bot.core.record import Keep
from bot.ports import Followed, Revision
from bot.store.records import Change
from bot.store.turns import task_of
from bot.store.writing import Writer


class Revisions:
    """The verbs that change what a subscription says about itself."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._records = writer.memory.records

    async def revise(
        self, subscription_id: SubscriptionId, revision: Revision, *, audit: AuditEntry | None = None
    ) -> Followed | None:
        """Change an open subscription as *revision* says, and write *audit* with it; None where it is not open.

        The version of the watch rises. Where the new rules have no quiet hours, what the old ones held back goes.
        """
        if subscription_id not in self._records.subscriptions:
            return None
        async with self._writer.turn([self._records.task_of_subscription(subscription_id)]) as turn:
            subscription = self._records.subscriptions.get(subscription_id)
            if subscription is None or subscription.ended_at is not None:
                return None
            watch = self._records.watches[subscription.watch_id]
            change = Change(
                watches={watch.id: replace(watch, version=watch.version + 1)},
                subscriptions={subscription_id: revised(subscription, revision)},
            )
            change.deliveries.update(self._released(subscription_id, revision))
            change.note(audit)
            await turn.write(change)
            return self._records.followed(self._records.subscriptions[subscription_id])

    async def owner_left(self, channel: str, owner: str, *, left: bool) -> int:
        """Note on the open subscriptions of *owner* in *channel* whether that user left; return how many changed."""
        tasks = {task_of(self._records.watches[each.watch_id]) for each in self._of(channel, owner, left=not left)}
        async with self._writer.turn(tasks) as turn:
            change = Change()
            for each in self._of(channel, owner, left=not left):
                if self._records.task_of_subscription(each.id) in turn.tasks:
                    change.subscriptions[each.id] = replace(each, owner_left=left)
            await turn.write(change)
            return len(change.subscriptions)

    def _of(self, channel: str, owner: str, *, left: bool) -> list[Subscription]:
        return [each for each in self._records.of_owner(owner) if each.channel == channel and each.owner_left is left]

    def _released(self, subscription_id: SubscriptionId, revision: Revision) -> dict[DeliveryId, Delivery]:
        if isinstance(revision.rules, Keep) or revision.rules.quiet is not None:
            return {}
        return {
            # Still seen to have been held, so that it is told as what was missed.
            row.id: replace(row, held_until=revision.at)
            for row in self._records.open_rows(subscription_id)
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
