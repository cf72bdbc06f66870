"""A turn to write: the change goes to the disk first, then into memory, then the turn goes on."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Collection
from concurrent.futures import Future
from contextlib import asynccontextmanager

from bot.ports import StoreError
from bot.store import codec
from bot.store.hardened import HardenedDict
from bot.store.memory import Memory
from bot.store.records import Change
from bot.store.turns import Task, Turns
from bot.store.waiting import Answers, Deadlines
from bot.store.worker import DEADLINE_SECONDS, Closed


class Turn:
    """The right to write about some tasks, for one verb."""

    def __init__(self, writer: "Writer") -> None:
        self._writer = writer
        self.tasks: set[Task] = set()
        self.under_way = False
        self.left = False
        """Whether the verb has gone (cancelled, or tired of waiting) before the disk had answered."""

    async def write(self, change: Change) -> None:
        """Make *change* durable and then visible; StoreError, and nothing changed, where that fails.

        A caller who is cancelled leaves at once; then the change is withdrawn, or, where the disk is already at
        it, becomes visible when it is durable. A change of nothing is not written.
        """
        rows: dict[str, str | None] = {}
        try:
            for key, record in change.rows():
                rows[key] = None if record is None else codec.encode(record)
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

    def give_back(self) -> None:
        """Let the next verb write about these tasks."""
        tasks, self.tasks = self.tasks, set()
        self._writer.turns.give_back(tasks)


class Writer:
    """Hands out turns, and keeps memory and disk the same."""

    def __init__(self, data: HardenedDict, memory: Memory, *, seconds: float = DEADLINE_SECONDS) -> None:
        self.data = data
        self.memory = memory
        self.turns = Turns()
        self.seconds = seconds
        self.answers = Answers()
        self.deadlines = Deadlines(seconds)

    async def read(self, low: str, high: str, limit: int) -> list[tuple[str, bytes]]:
        """Return the first rows whose keys lie between these two: what is not kept in memory."""
        try:
            async with asyncio.timeout(self.seconds):
                return await asyncio.wrap_future(self.data.between(low, high, limit))
        except TimeoutError:
            raise StoreError("The disk under the data file does not answer.") from None
        except (sqlite3.Error, UnicodeError) as trouble:
            raise StoreError(f"The data file cannot be read: {trouble}.") from None

    @asynccontextmanager
    async def turn(self, tasks: Collection[Task]) -> AsyncIterator[Turn]:
        """Wait for the turns of *tasks*, and hold them until what is written has been answered."""
        turn = Turn(self)
        await self.add(turn, tasks)
        try:
            yield turn
        finally:
            if turn.under_way:
                turn.left = True
            else:
                turn.give_back()

    async def add(self, turn: Turn, tasks: Collection[Task]) -> None:
        """Wait for the turns of *tasks*, all at once; only a turn that has none yet may wait."""
        try:
            await self.turns.take(tasks, self.seconds)
        except TimeoutError:
            raise StoreError("An earlier write about the same task has not been answered yet.") from None
        turn.tasks.update(tasks)

    def add_free(self, turn: Turn, task: Task) -> None:
        """Add a turn that nobody has."""
        if task not in turn.tasks:
            self.turns.take_free(task)
            turn.tasks.add(task)


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
