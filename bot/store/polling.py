"""What looking at a task changes, whatever the engine."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from bot.core.model import Delivery, DeliveryId, SubscriptionId, Watch, WatchId
from bot.store.change import Change
from bot.store.desk import Desk, Turn
from bot.store.records import Records
from bot.store.turns import task_of

LONGEST_HOLD = timedelta(days=1)
"""Quiet hours end within a day; what is held for longer was held by a clock that went ahead."""


class Polling:
    """The verbs of whoever has looked at tasks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def commit(self, watch: Watch, deliveries: Sequence[Delivery] = ()) -> bool:
        """Write *watch* and insert *deliveries*; False where it changed meanwhile, is gone, or was closed.

        Deliveries for a paused subscription are inserted like others, and one whose watch closes stays paused.
        """
        (done,) = await self.commit_all([(watch, deliveries)])
        return done

    async def commit_all(self, steps: Sequence[tuple[Watch, Sequence[Delivery]]]) -> Sequence[bool]:
        """``commit`` each of *steps*, all of them in one transaction; return what became of each, in their order."""
        rows = [each for _, deliveries in steps for each in deliveries]
        async with self._desk.turn(
            {task_of(watch) for watch, _ in steps},
            naming=[row.id for row in rows],
            adding={row.subscription_id for row in rows},
        ) as turn:
            change = Change()
            done = [takes(turn, change, watch, deliveries) for watch, deliveries in steps]
            await turn.write(change)
            return done

    async def postpone(self, watch_id: WatchId, until: datetime) -> None:
        """End a claim without a change, the next look being at *until*."""
        task = await self._desk.task_of_watch(watch_id)
        if task is None:
            return
        async with self._desk.turn([task]) as turn:
            watch = turn.records.watches.get(watch_id)
            if watch is not None and not watch.closed and turn.may_postpone(watch_id):
                # The version stays: it tells what a card shows, and what a poll has read.
                moved = replace(watch, due_at=until)
                await turn.write(Change(watches={watch_id: moved}, released={watch_id}))

    async def pull_in(self, latest: datetime) -> int:
        """Bring every look and every delivery that is set for later than *latest* forward to it.

        What is held for quiet hours may wait a day longer. Very many tasks take several transactions; what one of
        them left behind, the next call does.
        """
        moved = 0
        for tasks in await self._desk.tasks_set_later(latest):
            async with self._desk.turn(tasks) as turn:
                change = Change()
                for watch in set_later(turn.records, latest):
                    if task_of(watch) in turn.tasks:
                        if watch.due_at is not None and watch.due_at > latest:
                            change.watches[watch.id] = replace(watch, due_at=latest)
                        rows = _rows_pulled_in(turn.records, watch, latest)
                        change.deliveries.update({row.id: row for row in rows})
                await turn.write(change)
                moved += len(change.watches) + len(change.deliveries)
        return moved


def takes(turn: Turn, change: Change, watch: Watch, deliveries: Sequence[Delivery]) -> bool:
    """Let *change* hold one step, unless the watch changed since it was read, or another took it over."""
    records = turn.records
    stored = records.watches.get(watch.id)
    if stored is None or stored.version != watch.version or (stored.closed and not watch.closed):
        return False
    if watch.id in change.watches or not turn.still_claims(watch.id):
        return False
    change.watches[watch.id] = replace(watch, version=watch.version + 1)
    change.released.add(watch.id)
    if deliveries:
        change.deliveries.update(_numbered(records, watch, deliveries))
    if watch.closed:
        ended_at = watch.ended_at or watch.created_at
        for each in records.of_watch(watch.id):
            if each.ended_at is None:
                change.subscriptions[each.id] = replace(each, ended_at=ended_at)
    return True


def _numbered(records: Records, watch: Watch, deliveries: Iterable[Delivery]) -> dict[DeliveryId, Delivery]:
    new: dict[DeliveryId, Delivery] = {}
    free: dict[SubscriptionId, int] = {}
    for each in deliveries:
        subscription = records.subscriptions.get(each.subscription_id)
        known = records.knows(each.id) or each.id in new
        if known or subscription is None or subscription.watch_id != watch.id:
            continue
        seq = free.get(subscription.id) or records.next_seq(subscription.id)
        free[subscription.id] = seq + 1
        # The channel may have got another id since the caller read it.
        new[each.id] = replace(each, seq=seq, channel=subscription.channel)
    return new


def set_later(records: Records, latest: datetime) -> list[Watch]:
    """Return the watches of which a look or a delivery is set for later than *latest*."""
    return [
        watch
        for watch in records.watches.values()
        if (watch.due_at is not None and watch.due_at > latest) or any(_rows_pulled_in(records, watch, latest))
    ]


def _rows_pulled_in(records: Records, watch: Watch, latest: datetime) -> Iterable[Delivery]:
    for each in records.of_watch(watch.id):
        for row in records.open_rows(each.id):
            pulled = row
            if row.not_before is not None and row.not_before > latest:
                pulled = replace(pulled, not_before=latest)
            if row.held_until is not None and row.held_until > latest + LONGEST_HOLD:
                pulled = replace(pulled, held_until=latest)
            if pulled is not row:
                yield pulled
