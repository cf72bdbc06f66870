"""Deliveries in memory, handed out to whoever posts."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime

from bot.core.model import Delivery, DeliveryId, DeliveryState
from bot.ports import StoreError
from bot.store.change import Change, sending
from bot.store.turns import Task
from bot.store.writing import MemoryTurn, Writer


class HandingOut:
    """The verb of whoever posts next."""

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
            handed = [row if row.state is DeliveryState.UNKNOWN else sending(row, now) for row in taken]
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

    async def settle(self) -> None:
        """Wait until what was taken and not waited for is back."""
        await asyncio.gather(*self._returns, return_exceptions=True)

    def _task(self, row: Delivery) -> Task:
        return self._records.task_of_subscription(row.subscription_id)

    def _choose(
        self, now: datetime, limit: int, skip_channels: Collection[str], turn: MemoryTurn
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
