"""Cards that are behind, and what a card shows."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from bot.core.model import SubscriptionId
from bot.ports import Followed
from bot.store.records import Change
from bot.store.writing import Writer


class Cards:
    """The verbs of whoever edits cards."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._stale = writer.memory.stale
        self._records = writer.memory.records

    async def stale_cards(self, limit: int) -> Sequence[Followed]:
        """Return subscriptions whose card shows an older version, ended ones first, then by the last edit."""
        return [self._records.followed(each) for each in self._stale.first(limit)]

    async def card_shown(self, subscription_id: SubscriptionId, *, shown: str, version: int, now: datetime) -> None:
        """The card now shows this fingerprint and version, *now* being its last edit.

        Where only the version is new it is kept in memory: after a restart, one look finds out that it is still shown.
        """
        if subscription_id not in self._records.subscriptions:
            return
        async with self._writer.turn([self._records.task_of_subscription(subscription_id)]) as turn:
            subscription = self._records.subscriptions.get(subscription_id)
            if subscription is None or subscription.card is None:
                return
            card = replace(subscription.card, shown=shown, shown_version=version, edited_at=now)
            change = Change(subscriptions={subscription_id: replace(subscription, card=card)})
            if (shown, now) == (subscription.card.shown, subscription.card.edited_at):
                self._writer.memory.apply(change)
            else:
                await turn.write(change)
