"""What a card shows, whatever the engine."""

from datetime import datetime

from msgspec.structs import replace

from bot.core.model import SubscriptionId
from bot.store.change import Change
from bot.store.desk import Desk


class Cards:
    """The verbs of whoever edits cards."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def card_shown(self, subscription_id: SubscriptionId, *, shown: str, version: int, now: datetime) -> None:
        """The card now shows this fingerprint and version, *now* being its last edit.

        Where only the version is new it need not be kept: after a restart, one look finds out that it is still shown.
        """
        task = await self._desk.task_of_subscription(subscription_id)
        if task is None:
            return
        async with self._desk.turn([task]) as turn:
            subscription = turn.records.subscriptions.get(subscription_id)
            if subscription is None or subscription.card is None:
                return
            card = replace(subscription.card, shown=shown, shown_version=version, edited_at=now)
            change = Change(subscriptions={subscription_id: replace(subscription, card=card)})
            if (shown, now) == (subscription.card.shown, subscription.card.edited_at):
                await turn.write_lightly(change)
            else:
                await turn.write(change)
