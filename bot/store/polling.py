"""Watches that are due, and what looking at them changes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from bot.core.model import Delivery, DeliveryId, SubscriptionId, Watch, WatchId
from bot.store.records import Change
from bot.store.turns import task_of
from bot.store.writing import Writer

LONGEST_HOLD = timedelta(days=1)
"""Quiet hours end within a day; what is held for longer was held by a clock that went ahead."""


class Polling:
    """The verbs of whoever looks at tasks. Claims live in memory, for they end with the process."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._due = writer.memory.due
        self._records = writer.memory.records

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

        With *due_by*, also those that will be due by then.
        """
        return [self._records.watches[each] for each in self._due.claim(now, limit, skip, account, due_by or now)]

    async def commit(self, watch: Watch, deliveries: Sequence[Delivery] = ()) -> bool:
        """Write *watch* and insert *deliveries*; False where it changed meanwhile, is gone, or was closed.

        Deliveries for a paused subscription are inserted like others, and one whose watch closes stays paused.
        """
        (done,) = await self.commit_all([(watch, deliveries)])
        return done

    async def commit_all(self, steps: Sequence[tuple[Watch, Sequence[Delivery]]]) -> Sequence[bool]:
        """``commit`` each of *steps*, all of them in one transaction; return what became of each, in their order."""
        async with self._writer.turn({task_of(watch) for watch, _ in steps}) as turn:
            change = Change()
            done = [self._takes(change, watch, deliveries) for watch, deliveries in steps]
            await turn.write(change)
            return done

    def _takes(self, change: Change, watch: Watch, deliveries: Sequence[Delivery]) -> bool:
        """Let *change* hold one step, unless the watch changed since it was read."""
        stored = self._records.watches.get(watch.id)
        if stored is None or stored.version != watch.version or (stored.closed and not watch.closed):
            return False
        if watch.id in change.watches:
            return False
        change.watches[watch.id] = replace(watch, version=watch.version + 1)
        change.released.add(watch.id)
        if deliveries:
            change.deliveries.update(self._numbered(watch, deliveries))
        if watch.closed:
            ended_at = watch.ended_at or watch.created_at
            for each in self._records.of_watch(watch.id):
                if each.ended_at is None:
                    change.subscriptions[each.id] = replace(each, ended_at=ended_at)
        return True

    async def postpone(self, watch_id: WatchId, until: datetime) -> None:
        """End a claim without a change, the next look being at *until*."""
        watch = self._records.watches.get(watch_id)
        if watch is None:
            return
        async with self._writer.turn([task_of(watch)]) as turn:
            watch = self._records.watches.get(watch_id)
            if watch is not None and not watch.closed:
                # The version stays: it tells what a card shows, and what a poll has read.
                moved = replace(watch, due_at=until)
                await turn.write(Change(watches={watch_id: moved}, released={watch_id}))

    async def pull_in(self, latest: datetime) -> int:
        """Bring every look and every delivery that is set for later than *latest* forward to it.

        What is held for quiet hours may wait a day longer.
        """
        async with self._writer.turn({task_of(watch) for watch in self._set_later(latest)}) as turn:
            change = Change()
            for watch in self._set_later(latest):
                if task_of(watch) in turn.tasks:
                    if watch.due_at is not None and watch.due_at > latest:
                        change.watches[watch.id] = replace(watch, due_at=latest)
                    change.deliveries.update({row.id: row for row in self._rows_pulled_in(watch, latest)})
            await turn.write(change)
            return len(change.watches) + len(change.deliveries)

    async def open_watches(self, accounts: Collection[str]) -> Mapping[str, int]:
        """Return how many open watches each of these accounts has."""
        return {account: self._due.count(account) for account in accounts}

    async def next_due(self) -> datetime | None:
        """Return when the next unclaimed watch is due."""
        return self._due.next()

    def _numbered(self, watch: Watch, deliveries: Iterable[Delivery]) -> dict[DeliveryId, Delivery]:
        new: dict[DeliveryId, Delivery] = {}
        free: dict[SubscriptionId, int] = {}
        for each in deliveries:
            subscription = self._records.subscriptions.get(each.subscription_id)
            known = each.id in self._records.deliveries or each.id in new
            if known or subscription is None or subscription.watch_id != watch.id:
                continue
            seq = free.get(subscription.id) or self._records.next_seq(subscription.id)
            free[subscription.id] = seq + 1
            # The channel may have got another id since the caller read it.
            new[each.id] = replace(each, seq=seq, channel=subscription.channel)
        return new

    def _set_later(self, latest: datetime) -> list[Watch]:
        return [
            watch
            for watch in self._records.watches.values()
            if (watch.due_at is not None and watch.due_at > latest) or any(self._rows_pulled_in(watch, latest))
        ]

    def _rows_pulled_in(self, watch: Watch, latest: datetime) -> Iterable[Delivery]:
        for each in self._records.of_watch(watch.id):
            for row in self._records.open_rows(each.id):
                pulled = row
                if row.not_before is not None and row.not_before > latest:
                    pulled = replace(pulled, not_before=latest)
                if row.held_until is not None and row.held_until > latest + LONGEST_HOLD:
                    pulled = replace(pulled, held_until=latest)
                if pulled is not row:
                    yield pulled
