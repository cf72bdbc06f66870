"""Tells what moves, at most twice a second, by one task that sleeps while nothing moves."""

import asyncio
from collections.abc import Callable

INTERVAL = 0.5


class News:
    """Calls *tell* while it returns True, and after each ``wake``; never more often than every half second."""

    def __init__(self, tell: Callable[[], bool]) -> None:
        self._tell = tell
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin; opening twice is opening once."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="playground clouds news")

    async def close(self) -> None:
        """End, and wait for the end."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def wake(self) -> None:
        """Something changed: look again soon."""
        self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._tell():
                self._wake.set()
            await asyncio.sleep(INTERVAL)
