"""Who may write about a task now: one verb at a time for each task, first come first served.

Whatever is stored belongs to one task (a watch, its subscriptions, their deliveries), so verbs about different tasks
share a COMMIT, while verbs about the same task see each other only whole.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import TypeAlias

from bot.core.model import Watch
from providers.base import TaskKey

Task: TypeAlias = tuple[str, TaskKey]
"""Account and key."""
CHANNEL_TURN = "channel/"
"""How the turns of channels begin."""


def task_of(watch: Watch) -> Task:
    """Return the task of a watch."""
    return watch.account, watch.key


def turn_of_saying(key: str) -> Task:
    """Return the turn for what is said once: of a task that there cannot be, for no account is without a name."""
    return "", TaskKey(key)


def turn_of_channel(channel: str) -> Task:
    """Return the turn for the settings of a channel, which belong to no task either."""
    return "", TaskKey(f"{CHANNEL_TURN}{channel}")


class Turns:
    """Hands out the turn of each task."""

    def __init__(self) -> None:
        self._queues: dict[Task, deque[asyncio.Future[None]]] = {}
        """A key stands for a turn that is taken; its queue waits for it."""

    def taken(self, task: Task) -> bool:
        """Whether somebody is writing about the task."""
        return task in self._queues

    def take_free(self, task: Task) -> None:
        """Take a turn that is not taken."""
        if task in self._queues:
            raise RuntimeError("this turn is taken")
        self._queues[task] = deque()

    async def take(self, tasks: Iterable[Task], seconds: float) -> None:
        """Take all these turns; TimeoutError, and none of them taken, where that lasts longer."""
        wanted = set(tasks)
        if self._queues.keys().isdisjoint(wanted):
            for task in wanted:
                self._queues[task] = deque()
            return
        held: list[Task] = []
        try:
            async with asyncio.timeout(seconds):
                # In order, so that two who want the same turns never wait for each other.
                for task in sorted(wanted):
                    await self._take(task)
                    held.append(task)
        except BaseException:
            self.give_back(held)
            raise

    def give_back(self, tasks: Iterable[Task]) -> None:
        """Pass each turn on to whoever has waited longest."""
        for task in tasks:
            queue = self._queues[task]
            while queue:
                waiter = queue.popleft()
                if not waiter.done():
                    waiter.set_result(None)
                    break
            else:
                del self._queues[task]

    async def _take(self, task: Task) -> None:
        if task not in self._queues:
            self._queues[task] = deque()
            return
        waiter = asyncio.get_running_loop().create_future()
        self._queues[task].append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.give_back([task])
            raise
