"""What waits in one thread, whatever the engine: folded into fewer messages, or moved to the thread of a new card."""

from collections.abc import Collection

from msgspec.structs import replace

from bot.core.model import Delivery, DeliveryId, DeliveryState, SubscriptionId
from bot.core.news import CardOpened, News
from bot.ports import StoreError
from bot.store.change import Change, unsent
from bot.store.desk import Desk


class Threads:
    """The verbs about the open deliveries of one subscription."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def fold(self, delivery_id: DeliveryId, news: News, folded: Collection[DeliveryId]) -> Delivery | None:
        """Let one delivery (pending or sending) tell *news*, which holds what the *folded* ones said; delete those.

        It stands where the first of them stood, and is as old as the oldest.

        None, and nothing changed, where one of them is not there, belongs to another subscription, is the one that
        tells, or was tried already. A folded id is not remembered: a delivery that bears it is inserted anew.
        """
        task = await self._desk.task_of_delivery(delivery_id)
        if task is None:
            return None
        async with self._desk.turn([task]) as turn:
            rows = turn.records.deliveries
            row = rows.get(delivery_id)
            if row is None or row.state not in (DeliveryState.PENDING, DeliveryState.SENDING):
                return None
            if not turn.still_holds(delivery_id) or not all(_can_be_folded(rows.get(each), row) for each in folded):
                return None
            together = [row, *(rows[each] for each in folded)]
            told = replace(
                row,
                news=news,
                seq=min(each.seq for each in together),
                created_at=min(each.created_at for each in together),
            )
            await turn.write(Change(deliveries={**dict.fromkeys(folded), delivery_id: told}))
            return told

    async def replace_card(self, subscription_id: SubscriptionId, card: Delivery) -> bool:
        """Insert *card*, the row of a new card; what waits in the thread goes to the new one.

        Rows of the subscription that are ``sending`` go back to ``pending``. False, and nothing changed, where the
        subscription is gone or a card of it is on its way already. The old card stays until the new one is sent.
        """
        task = await self._desk.task_of_subscription(subscription_id)
        if task is None:
            return False
        async with self._desk.turn([task], naming=[card.id], adding=[subscription_id]) as turn:
            subscription = turn.records.subscriptions.get(subscription_id)
            rows = turn.records.open_rows(subscription_id)
            if subscription is None or any(isinstance(row.news, CardOpened) for row in rows):
                return False
            if turn.records.knows(card.id):
                raise StoreError("The id of the new card is taken.")
            row = replace(
                card,
                watch_id=subscription.watch_id,
                subscription_id=subscription_id,
                channel=subscription.channel,
                seq=turn.records.next_seq(subscription_id),
            )
            await turn.write(Change(deliveries={**unsent(rows), row.id: row}))
            return True


def _can_be_folded(row: Delivery | None, into: Delivery) -> bool:
    return (
        row is not None
        and row.id != into.id
        and row.subscription_id == into.subscription_id
        and row.state is DeliveryState.PENDING
        and row.attempts == 0
    )
