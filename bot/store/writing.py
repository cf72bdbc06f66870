"""A turn to write: the change goes to the disk first, then into memory, then the turn goes on."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Collection
from concurrent.futures import Future
from contextlib import asynccontextmanager
from datetime import datetime

from bot.core.model import DeliveryId, SubscriptionId, WatchId
from bot.ports import StoreError
from bot.store import codec
from bot.store.change import Change
from bot.store.hardened import HardenedDict
from bot.store.memory import Memory
from bot.store.past import Past
from bot.store.polling import set_later
from bot.store.turns import Task, Turns, task_of
from bot.store.waiting import Answers, Deadlines
from bot.store.worker import DEADLINE_SECONDS, Closed, Row

IN_A_ROW = 25
"""Rows that are encoded before others have their turn: a commit of a hundred would be felt."""
_PAUSES = 40
"""How often others have their turn at most: each time may be long, and the tasks of this one wait meanwhile."""


class MemoryTurn:
    """A Turn: what is open is in memory, and nobody else has it."""

    def __init__(self, writer: "Writer") -> None:
        self._writer = writer
        self.records = writer.memory.records
        self.tasks: set[Task] = set()
        self.under_way = False
        self.left = False
        """Whether the verb has gone (cancelled, or tired of waiting) before the disk had answered."""
        self._named: list[DeliveryId] = []
        self._loaded: list[DeliveryId] = []

    async def load(self, naming: Collection[DeliveryId], adding: Collection[SubscriptionId], *, whole: bool) -> None:
        """Read what is asked for of what is not in memory. Most verbs ask for nothing."""
        past = self._writer.past
        if naming:
            self._named = await past.existing([each for each in naming if each not in self.records.deliveries])
            self.records.put_elsewhere(self._named)
        if adding:
            # Of other tasks somebody may be writing at this moment.
            ours = [each for each in adding if self._is_about(each)]
            await past.last_places(self.records, ours)
        if whole:
            watches = [each for task in self.tasks for each in self.records.watches_of(task)]
            async for row in past.of_watches(watches):
                if not row.open and row.subscription_id in self.records.subscriptions:
                    self._loaded.append(row.id)
                    self.records.put_delivery(row)

    def _is_about(self, subscription_id: SubscriptionId) -> bool:
        records = self.records
        return subscription_id in records.subscriptions and records.task_of_subscription(subscription_id) in self.tasks

    async def write(self, change: Change) -> None:
        """Make *change* durable and then visible; StoreError, and nothing changed, where that fails.

        A caller who is cancelled leaves at once; then the change is withdrawn, or, where the disk is already at
        it, becomes visible when it is durable. A change of nothing is not written.
        """
        gone = {each for each, kept in change.subscriptions.items() if kept is None}
        rows: dict[str, str | None] = dict.fromkeys(await self._writer.past.keys_of(self.records, gone))
        try:
            records = list(change.rows())
            in_a_row = max(IN_A_ROW, len(records) // _PAUSES)
            for place, (key, record) in enumerate(records, 1):
                rows[key] = None if record is None else codec.encode(record)
                if place % in_a_row == 0:
                    # Nobody else writes about these tasks meanwhile, and what has nothing to do with them goes on.
                    await asyncio.sleep(0)
            if not rows:
                return
            answer = self._writer.data.write(rows)
        except (codec.Unstorable, Closed) as trouble:
            raise StoreError(str(trouble)) from None
        loop = asyncio.get_running_loop()
        settled: asyncio.Future[None] = loop.create_future()
        self.under_way = True

        def settle() -> None:
            self.under_way = False
            failure = _failure(answer)
            if failure is None:
                self._writer.memory.apply(change)
            if self.left:
                self.give_back()
            if settled.done():
                return
            if failure is None:
                settled.set_result(None)
            else:
                settled.set_exception(failure)

        answer.add_done_callback(lambda _: self._writer.answers.bring(loop, settle))
        self._writer.deadlines.add(settled, answer)
        try:
            await settled
        except asyncio.CancelledError:
            answer.cancel()
            raise
        finally:
            self._writer.deadlines.drop(settled)

    async def write_lightly(self, change: Change) -> None:
        """Make *change* visible; a restart forgets it."""
        self._writer.memory.apply(change)

    def still_claims(self, watch_id: WatchId) -> bool:  # noqa: ARG002 - nobody else could claim it
        """Whether nobody has taken over what was claimed here."""
        return True

    may_postpone = still_claims

    def still_holds(self, delivery_id: DeliveryId) -> bool:  # noqa: ARG002 - nobody else could be handed it
        """Whether nobody else was handed the delivery since it was handed out here."""
        return True

    def give_back(self) -> None:
        """Let the next verb write about these tasks."""
        tasks, self.tasks = self.tasks, set()
        self.records.forget_elsewhere(self._named)
        for each in self._loaded:
            self.records.leave_to_the_disk(each)
        self._writer.turns.give_back(tasks)


class Writer:
    """A Desk: hands out turns, and keeps memory and disk the same."""

    def __init__(self, data: HardenedDict, memory: Memory, *, seconds: float = DEADLINE_SECONDS) -> None:
        self.data = data
        self.memory = memory
        self.turns = Turns()
        self.seconds = seconds
        self.answers = Answers()
        self.deadlines = Deadlines(seconds)
        self.past = Past(data, seconds)

    async def read(self, low: str, high: str, limit: int) -> list[Row]:
        """Return the first rows whose keys lie between these two: what is not kept in memory."""
        return await self.past.read(lambda: self.data.between(low, high, limit))

    @asynccontextmanager
    async def turn(
        self,
        tasks: Collection[Task],
        *,
        naming: Collection[DeliveryId] = (),
        adding: Collection[SubscriptionId] = (),
        whole: bool = False,
    ) -> AsyncIterator[MemoryTurn]:
        """Wait for the turns of *tasks*, and hold them until what is written has been answered."""
        turn = MemoryTurn(self)
        await self.add(turn, tasks)
        try:
            if naming or adding or whole:
                await turn.load(naming, adding, whole=whole)
            yield turn
        finally:
            if turn.under_way:
                turn.left = True
            else:
                turn.give_back()

    async def add(self, turn: MemoryTurn, tasks: Collection[Task]) -> None:
        """Wait for the turns of *tasks*, all at once; only a turn that has none yet may wait."""
        try:
            await self.turns.take(tasks, self.seconds)
        except TimeoutError:
            raise StoreError("An earlier write about the same task has not been answered yet.") from None
        turn.tasks.update(tasks)

    def add_free(self, turn: MemoryTurn, task: Task) -> None:
        """Add a turn that nobody has."""
        if task not in turn.tasks:
            self.turns.take_free(task)
            turn.tasks.add(task)

    # Which tasks a verb is about. Nothing here waits for anything.

    async def task_of_watch(self, watch_id: WatchId) -> Task | None:
        """Return the task of a watch, if it is there."""
        watch = self.memory.records.watches.get(watch_id)
        return None if watch is None else task_of(watch)

    async def task_of_subscription(self, subscription_id: SubscriptionId) -> Task | None:
        """Return the task that a subscription follows, if it is there."""
        records = self.memory.records
        return records.task_of_subscription(subscription_id) if subscription_id in records.subscriptions else None

    async def task_of_delivery(self, delivery_id: DeliveryId) -> Task | None:
        """Return the task that a delivery tells of, if it is there."""
        row = self.memory.records.deliveries.get(delivery_id)
        return None if row is None else self.memory.records.task_of_subscription(row.subscription_id)

    async def tasks_of(self, subscriptions: Collection[SubscriptionId]) -> set[Task]:
        """Return the tasks that these subscriptions follow."""
        records = self.memory.records
        return {records.task_of_subscription(each) for each in subscriptions if each in records.subscriptions}

    async def tasks_in(self, channel: str) -> set[Task]:
        """Return the tasks that a channel follows or followed."""
        records = self.memory.records
        both = (*records.of_channel(channel), *records.ended_in(channel))
        return {records.task_of_subscription(each.id) for each in both}

    async def tasks_owned(self, owner: str, channel: str) -> set[Task]:
        """Return the tasks that a channel follows for a user."""
        records = self.memory.records
        return {records.task_of_subscription(each.id) for each in records.of_owner(owner) if each.channel == channel}

    async def tasks_set_later(self, latest: datetime) -> list[set[Task]]:
        """Return the tasks of which a look or a delivery is set for later than *latest*, for one turn."""
        return [{task_of(watch) for watch in set_later(self.memory.records, latest)}]


def _failure(answer: "Future[None]") -> StoreError | None:
    if answer.cancelled():
        return StoreError("The write was withdrawn.")
    trouble = answer.exception()
    if trouble is None:
        return None
    if isinstance(trouble, sqlite3.OperationalError | sqlite3.DatabaseError):
        # SQLite's words name no values: "database or disk is full", "database is locked", "disk I/O error".
        return StoreError(f"The data file refused the write: {trouble}.")
    return StoreError(f"The data file refused the write: {type(trouble).__name__}.")
