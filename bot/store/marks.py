"""What came of a delivery, whatever the engine."""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from bot.core.model import Card, Delivery, DeliveryId, DeliveryState
from bot.core.news import CardOpened
from bot.ports import StoreError
from bot.store.change import Change, in_doubt, sending
from bot.store.desk import Desk


class Marks:
    """The verbs of whoever has posted. A delivery that somebody else was handed meanwhile stays as it is."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def mark_sending(self, delivery_id: DeliveryId, now: datetime) -> Delivery:
        """Mark an ``unknown`` delivery that was not found in Slack as being sent again.

        StoreError where it is not there to be sent: its subscription was removed meanwhile.
        """
        row = await self._mark(delivery_id, lambda row: sending(row, now))
        if row is None:
            raise StoreError("The delivery is not open any more; it must not be sent.")
        return row

    async def mark_sent(
        self,
        delivery_id: DeliveryId,
        ts: str,
        now: datetime,  # noqa: ARG002 - the port's; a row keeps the time at which its sending began
    ) -> None:
        """Slack accepted it. For a card, the subscription gets its Card with this *ts*.

        Also where the row went back to ``pending`` while Slack was being asked: the message is there.
        """
        await self._mark(
            delivery_id, lambda row: replace(row, state=DeliveryState.SENT, ts=ts, not_before=None), card=Card(ts=ts)
        )

    async def mark_pending(self, delivery_id: DeliveryId, not_before: datetime) -> None:
        """Slack surely did not do it; try again then."""
        await self._mark(delivery_id, lambda row: replace(row, state=DeliveryState.PENDING, not_before=not_before))

    async def hold(self, delivery_id: DeliveryId, until: datetime) -> None:
        """Slack was not asked: quiet hours began while it waited, and it is held until they end."""
        await self._mark(delivery_id, lambda row: _held(row, until))

    async def mark_unknown(self, delivery_id: DeliveryId, not_before: datetime) -> None:
        """Slack's answer was lost; look it up then."""
        await self._mark(delivery_id, lambda row: replace(in_doubt(row), not_before=not_before))

    async def mark_refused(self, delivery_id: DeliveryId, code: str) -> None:
        """Slack refuses it for good; what follows in the thread may go."""
        await self._mark(delivery_id, lambda row: replace(row, state=DeliveryState.REFUSED, code=code, not_before=None))

    async def _mark(
        self, delivery_id: DeliveryId, mark: Callable[[Delivery], Delivery], *, card: Card | None = None
    ) -> Delivery | None:
        task = await self._desk.task_of_delivery(delivery_id)
        if task is None:
            return None
        async with self._desk.turn([task]) as turn:
            row = turn.records.deliveries.get(delivery_id)
            # Sent and refused are final; and who unsubscribes while Slack is being asked leaves nothing to mark.
            if row is None or not row.open or not turn.still_holds(delivery_id):
                return None
            marked = mark(row)
            change = Change(deliveries={delivery_id: marked})
            if card is not None and isinstance(row.news, CardOpened):
                subscription = turn.records.subscriptions[row.subscription_id]
                change.subscriptions[subscription.id] = replace(subscription, card=card)
            await turn.write(change)
            return marked


def _held(row: Delivery, until: datetime) -> Delivery:
    # What was handed out counts as a try; one that was not made is none.
    tried = row.attempts - 1 if row.state is DeliveryState.SENDING else row.attempts
    return replace(row, state=DeliveryState.PENDING, held_until=until, not_before=None, attempts=tried)
