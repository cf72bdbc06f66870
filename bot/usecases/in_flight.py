"""Work that a tick began and that goes on after it, so that one slow cloud or channel holds up nothing else."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any

import structlog

_log = structlog.get_logger(__name__)


class InFlight:
    """Keeps hold of running work, so that a stop can wait for it and a failure is logged and not lost."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Begin *work*."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def settle(self) -> None:
        """Wait until nothing is running."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def drain(self, patience: float) -> None:
        """Wait for what is running, and for what that begins, so many seconds at most, then cancel the rest."""
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        while self._tasks and (left := end - loop.time()) > 0:
            await asyncio.wait(set(self._tasks), timeout=left)
        late = set(self._tasks)
        for task in late:
            task.cancel()
        await _gathered(late)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            _log.error("work failed", work=task.get_name(), exc_info=failure)


async def _gathered(tasks: set[asyncio.Task[None]]) -> None:
    waiting: Awaitable[list[BaseException | None]] = asyncio.gather(*tasks, return_exceptions=True)
    await waiting
