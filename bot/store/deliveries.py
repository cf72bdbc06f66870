"""Deliveries on their way: handed out, and marked with what came of it."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from msgspec.structs import replace

from bot.core.model import Card, Delivery, DeliveryId, DeliveryState, SubscriptionId
from bot.core.news import CardOpened
from bot.ports import StoreError
from bot.store.records import Change, in_doubt
from bot.store.turns import Task
from bot.store.writing import Turn, Writer


class Deliveries:
    """The verbs of whoever posts."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._outbox = writer.memory.outbox
        self._records = writer.memory.records
        self._returns: set[asyncio.Task[None]] = set()

    async def take_deliveries(
        self, now: datetime, limit: int, *, skip_channels: Collection[str] = ()
    ) -> Sequence[Delivery]:
        """Hand out deliveries that can go now, and mark them ``sending`` first, durably.

        What is being written about at this moment is left for the next call, unless there is nothing else.
        """
        async with self._writer.turn([]) as turn:
            taken, busy = self._choose(now, limit, skip_channels, turn)
            if not taken and busy is not None:
                await self._writer.add(turn, [busy])
                taken, _ = self._choose(now, limit, skip_channels, turn)
            for row in taken:
                self._writer.add_free(turn, self._task(row))
            handed = [row if row.state is DeliveryState.UNKNOWN else _sending(row, now) for row in taken]
            begun = {row.id: row for row in handed if row.state is DeliveryState.SENDING}
            try:
                await turn.write(Change(deliveries={**begun}))
            except (StoreError, asyncio.CancelledError):
                self._put_back([row for row in taken if row.id in begun], begun)
                raise
            for row in handed:
                if row.state is DeliveryState.UNKNOWN:
                    self._outbox.hand_out(row, now)
            return handed

    async def mark_sending(self, delivery_id: DeliveryId, now: datetime) -> Delivery:
        """Mark an ``unknown`` delivery that was not found in Slack as being sent again.

        StoreError where it is not there to be sent: its subscription was removed meanwhile.
        """
        row = await self._mark(delivery_id, lambda row: _sending(row, now))
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

    async def mark_unknown(self, delivery_id: DeliveryId, not_before: datetime) -> None:
        """Slack's answer was lost; look it up then."""
        await self._mark(delivery_id, lambda row: replace(in_doubt(row), not_before=not_before))

    async def mark_refused(self, delivery_id: DeliveryId, code: str) -> None:
        """Slack refuses it for good; what follows in the thread may go."""
        await self._mark(delivery_id, lambda row: replace(row, state=DeliveryState.REFUSED, code=code, not_before=None))

    async def last_sent(self, subscription_id: SubscriptionId) -> Delivery | None:
        """Return the last delivery of a subscription that Slack accepted."""
        return self._records.last_sent(subscription_id)

    async def settle(self) -> None:
        """Wait until what was taken and not waited for is back."""
        await asyncio.gather(*self._returns, return_exceptions=True)

    def _task(self, row: Delivery) -> Task:
        return self._records.task_of_subscription(row.subscription_id)

    def _choose(
        self, now: datetime, limit: int, skip_channels: Collection[str], turn: Turn
    ) -> tuple[list[Delivery], Task | None]:
        chosen: list[Delivery] = []
        busy: Task | None = None
        for row in self._outbox.ready(now, skip_channels):
            if len(chosen) >= limit:
                break
            task = self._task(row)
            if self._writer.turns.taken(task) and task not in turn.tasks:
                busy = busy or task
            else:
                chosen.append(row)
        return chosen, busy

    def _put_back(self, taken: Sequence[Delivery], begun: dict[DeliveryId, Delivery]) -> None:
        """Undo, once it is written, a marking that nobody waited for: these rows were not sent."""

        async def put_back() -> None:
            for row in taken:
                task = self._task(row) if row.id in self._records.deliveries else None
                if task is None:
                    continue
                async with self._writer.turn([task]) as turn:
                    if self._records.deliveries.get(row.id) == begun[row.id]:
                        await turn.write(Change(deliveries={row.id: row}))

        returning = asyncio.get_running_loop().create_task(put_back())
        self._returns.add(returning)
        returning.add_done_callback(self._returned)

    def _returned(self, returning: asyncio.Task[None]) -> None:
        self._returns.discard(returning)
        if not returning.cancelled():
            # A failure leaves them as sending, and the next start looks them up.
            returning.exception()

    async def _mark(
        self, delivery_id: DeliveryId, mark: Callable[[Delivery], Delivery], *, card: Card | None = None
    ) -> Delivery | None:
        row = self._records.deliveries.get(delivery_id)
        if row is None:
            return None
        async with self._writer.turn([self._task(row)]) as turn:
            row = self._records.deliveries.get(delivery_id)
            # Sent and refused are final; and who unsubscribes while Slack is being asked leaves nothing to mark.
            if row is None or not row.open:
                return None
            marked = mark(row)
            change = Change(deliveries={delivery_id: marked})
            if card is not None and isinstance(row.news, CardOpened):
                subscription = self._records.subscriptions[row.subscription_id]
                change.subscriptions[subscription.id] = replace(subscription, card=card)
            await turn.write(change)
            return marked


def _sending(row: Delivery, now: datetime) -> Delivery:
    return replace(row, state=DeliveryState.SENDING, attempts=row.attempts + 1, sending_since=now, not_before=None)
