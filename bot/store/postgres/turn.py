"""A turn in a transaction: tasks are locked, read, and written in one statement."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import cast

from bot.core.model import Delivery, DeliveryId, DeliveryState, SubscriptionId, WatchId
from bot.store.change import Change
from bot.store.postgres.database import TRIES, Collided, Database, Row, Transaction
from bot.store.postgres.ledger import LONGEST, Ledger
from bot.store.postgres.loading import Held, Loaded, load_tasks
from bot.store.postgres.outgoing import queued
from bot.store.postgres.rows import (
    as_json,
    delivery_row,
    plain_rows,
    statement,
    subscription_row,
    watch_row,
)
from bot.store.records import Records
from bot.store.stale import stale_entry
from bot.store.turns import Task

TOGETHER = 500
"""Tasks of which the looks are brought forward in one transaction."""


class PostgresTurn:
    """A Turn: what was loaded is locked until the transaction ends."""

    def __init__(
        self, transaction: Transaction, ledger: Ledger, loaded: Loaded, tasks: Collection[Task], since: float
    ) -> None:
        self._transaction = transaction
        self._ledger = ledger
        self._since = since
        self._more = False
        self._taken: list[Delivery] = []
        """What this replica begins to send with it."""
        self.loaded = loaded
        self.tasks = tasks

    @property
    def records(self) -> Records:
        """What is known of the tasks."""
        return self.loaded.records

    async def write(self, change: Change, *, looked_up: Collection[Delivery] = (), now: datetime | None = None) -> None:
        """Write *change* and commit. Those that are *looked_up* from *now* on are handed to this replica."""
        arguments = self._arguments(change, looked_up, now)
        if not arguments and not self._more:
            return
        parts = [each for each in arguments if each not in ("holder", "lease_until")]
        with self._ledger.taking([row.id for row in (*self._taken, *looked_up)]):
            await self._transaction.write(statement(parts), arguments)
            await self._transaction.commit()
            self._note(change, looked_up, now)

    async def write_lightly(self, change: Change) -> None:
        """Make *change* visible to all replicas, which is to write it."""
        await self.write(change)

    def still_claims(self, watch_id: WatchId) -> bool:
        """Whether nobody has taken over what was claimed here, if it was."""
        return self._ledger.still_claims(watch_id, self.loaded.claims.get(watch_id))

    def may_postpone(self, watch_id: WatchId) -> bool:
        """Whether the watch is claimed here, or by nobody."""
        return self._ledger.may_postpone(watch_id, self.loaded.claims.get(watch_id))

    def still_holds(self, delivery_id: DeliveryId) -> bool:
        """Whether nobody else was handed the delivery since it was handed out here, if it was."""
        held = self.loaded.held.get(delivery_id)
        return self._ledger.may_mark(delivery_id, None if held is None else held.holder)

    async def also(self, query: str, arguments: Mapping[str, object]) -> list[Row]:
        """Run a statement that writes, in the transaction that ``write`` commits."""
        self._more = True
        return await self._transaction.rows(query, arguments)

    async def held_where(self, which: str, arguments: Mapping[str, object]) -> list[Delivery]:
        """Return the deliveries (``d``) of these tasks for which a condition about who holds them holds."""
        query = f"SELECT d.id FROM milepost.delivery d WHERE d.id = ANY(%(ids)s) AND ({which})"
        found = await self._transaction.rows(query, {**arguments, "ids": list(self.loaded.held)})
        return [self.records.deliveries[each] for (each,) in found]

    def _arguments(self, change: Change, looked_up: Collection[Delivery], now: datetime | None) -> dict[str, object]:
        records = self.records
        before = {*records.watches}
        affected = {each.id for watch_id in change.watches for each in records.of_watch(watch_id)}
        held = self._held_after(change, looked_up, now)
        numbers = [_number(records, each) for each, watch in change.watches.items() if watch is None]
        records.apply(change)
        found: dict[str, object] = {}

        def put(part: str, rows: Sequence[object]) -> None:
            if rows:
                found[part] = (
                    rows
                    if part.startswith("gone_") or part == "looked_up"
                    else as_json(cast("list[dict[str, object]]", rows))
                )

        watches = [watch_row(each, released=each.id in change.released) for each in change.watches.values() if each]
        put("watches", [each for each in watches if each.id in before])
        put("new_watches", [each for each in watches if each.id not in before])
        put("gone_watches", [each for each, watch in change.watches.items() if watch is None])
        put("numbers", numbers)
        put("subscriptions", [subscription_row(each, records) for each in change.subscriptions.values() if each])
        put("gone_subscriptions", [each for each, kept in change.subscriptions.items() if kept is None])
        put("stale", self._newly_stale(affected.difference(change.subscriptions)))
        rows = [row for row in change.deliveries.values() if row is not None]
        put("deliveries", [delivery_row(row, *_holder(held.get(row.id))) for row in rows])
        put("gone_deliveries", [each for each, row in change.deliveries.items() if row is None])
        if looked_up and now is not None:
            put("looked_up", [row.id for row in looked_up])
            found.update(holder=self._ledger.replica, lease_until=now + self._ledger.lease)
        moved = {*change.subscriptions, *(row.subscription_id for row in (*rows, *looked_up))}
        queue = [queued(records, each, held) for each in moved]
        put("outbox", [each for each in queue if each.delivery_id is not None])
        put("gone_outbox", [each.subscription_id for each in queue if each.delivery_id is None])
        for part, plain in plain_rows(change):
            put(part, [each for each in plain if each.record is not None])
            put(f"gone_{part}", [each.id for each in plain if each.record is None])
        return found

    def _held_after(
        self, change: Change, looked_up: Collection[Delivery], now: datetime | None
    ) -> dict[DeliveryId, Held]:
        """Return who holds what when it is written. What is written about while it is looked up, nobody holds."""
        held = {each: kept for each, kept in self.loaded.held.items() if each not in change.deliveries}
        for row in change.deliveries.values():
            if row is not None and row.state is DeliveryState.SENDING and row.sending_since is not None:
                stored = self.loaded.records.deliveries.get(row.id)
                goes_on = stored is not None and stored.state is DeliveryState.SENDING and row.id in self.loaded.held
                if goes_on:
                    held[row.id] = self.loaded.held[row.id]
                else:
                    held[row.id] = Held(holder=self._ledger.replica, until=row.sending_since + self._ledger.lease)
                    self._taken.append(row)
        if now is not None:
            held.update(
                {row.id: Held(holder=self._ledger.replica, until=now + self._ledger.lease) for row in looked_up}
            )
        return held

    def _newly_stale(self, subscriptions: Collection[SubscriptionId]) -> list[dict[str, object]]:
        """Return where cards fall behind, or catch up, because of their watches alone."""
        newly: list[dict[str, object]] = []
        for each in subscriptions:
            if each in self.records.subscriptions:
                entry = stale_entry(self.records, each)
                stale = None if entry is None else entry[0]
                if stale != self.loaded.stale.get(each):
                    newly.append({"id": each, "stale": stale})
        return newly

    def _note(self, change: Change, looked_up: Collection[Delivery], now: datetime | None) -> None:
        for watch_id in change.released:
            self._ledger.claim_over(watch_id)
        for delivery_id, row in change.deliveries.items():
            if row is None or row.state is not DeliveryState.SENDING:
                self._ledger.hold_over(delivery_id)
        for row in self._taken:
            self._ledger.holds(row, self._since)
        for row in looked_up:
            self._ledger.holds(row, self._since, ends=None if now is None else now + LONGEST)


class PostgresDesk:
    """A Desk: each turn is a transaction."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self.database = database
        self.ledger = ledger

    @asynccontextmanager
    async def turn(
        self,
        tasks: Collection[Task],
        *,
        naming: Collection[DeliveryId] = (),
        adding: Collection[SubscriptionId] = (),  # noqa: ARG002 - the last places are read with the subscriptions
        whole: bool = False,
    ) -> AsyncIterator[PostgresTurn]:
        """Lock *tasks*, read all about them, and hold the locks until what is written has been answered."""
        for tries_left in reversed(range(TRIES)):
            entered = False
            try:
                async with self.database.transaction() as transaction:
                    since = self.ledger.seconds()
                    loaded = await load_tasks(transaction, {*tasks}, naming=naming, whole=whole)
                    entered = True
                    yield PostgresTurn(transaction, self.ledger, loaded, {*tasks}, since)
                return
            except Collided:
                # Only while the locks are taken: what follows is not ours to repeat.
                if entered or not tries_left:
                    raise

    # Which tasks a verb is about.

    async def task_of_watch(self, watch_id: WatchId) -> Task | None:
        """Return the task of a watch, if it is there."""
        return await self._task("SELECT w.account, w.key FROM milepost.watch w WHERE w.id = %(id)s", watch_id)

    async def task_of_subscription(self, subscription_id: SubscriptionId) -> Task | None:
        """Return the task that a subscription follows, if it is there."""
        return await self._task(f"{_FOLLOWED} WHERE s.id = %(id)s", subscription_id)

    async def task_of_delivery(self, delivery_id: DeliveryId) -> Task | None:
        """Return the task that a delivery tells of, if it is there."""
        query = f"{_FOLLOWED} JOIN milepost.delivery d ON d.subscription_id = s.id WHERE d.id = %(id)s"
        return await self._task(query, delivery_id)

    async def tasks_of(self, subscriptions: Collection[SubscriptionId]) -> Collection[Task]:
        """Return the tasks that these subscriptions follow."""
        return await self._tasks(f"{_FOLLOWED} WHERE s.id = ANY(%(ids)s)", {"ids": list(subscriptions)})

    async def tasks_in(self, channel: str) -> Collection[Task]:
        """Return the tasks that a channel follows or followed."""
        return await self._tasks(f"{_FOLLOWED} WHERE s.channel = %(channel)s", {"channel": channel})

    async def tasks_owned(self, owner: str, channel: str) -> Collection[Task]:
        """Return the tasks that a channel follows for a user."""
        query = f"{_FOLLOWED} WHERE s.owner = %(owner)s AND s.channel = %(channel)s AND s.ended_at IS NULL"
        return await self._tasks(query, {"owner": owner, "channel": channel})

    async def tasks_set_later(self, latest: datetime) -> Sequence[Collection[Task]]:
        """Return the tasks of which a look or a delivery is set for later than *latest*, as many turns as it takes."""
        query = f"""
        SELECT account, key FROM milepost.watch WHERE due_at > %(latest)s UNION
        {_FOLLOWED} JOIN milepost.delivery d ON d.subscription_id = s.id WHERE d.open AND
        (d.not_before > %(latest)s OR d.held_until > %(latest)s)
        """
        tasks = sorted(await self._tasks(query, {"latest": latest}))
        return [tasks[start : start + TOGETHER] for start in range(0, len(tasks), TOGETHER)]

    async def _task(self, query: str, name: str) -> Task | None:
        rows = await self.database.rows(query, {"id": name})
        return cast("Task", rows[0]) if rows else None

    async def _tasks(self, query: str, arguments: Mapping[str, object]) -> set[Task]:
        return {cast("Task", (account, key)) for account, key in await self.database.rows(query, arguments)}


_FOLLOWED = "SELECT w.account, w.key FROM milepost.subscription s JOIN milepost.watch w ON w.id = s.watch_id"


def _holder(held: Held | None) -> tuple[str | None, datetime | None]:
    return (None, None) if held is None else (held.holder, held.until)


def _number(records: Records, watch_id: WatchId) -> dict[str, object]:
    """Return the number of a watch that is deleted, for it is given to no other one of the task."""
    watch = records.watches[watch_id]
    return {"account": watch.account, "key": watch.key, "number": records.number((watch.account, watch.key)) - 1}
