"""Waiting for the disk: what the worker's thread answers comes into the event loop, and nothing waits for ever."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress

from bot.ports import StoreError


class Answers:
    """Brings answers into the loop; those that come together wake it up once."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._woken = False

    def bring(self, loop: asyncio.AbstractEventLoop, settle: Callable[[], None]) -> None:
        """Let *loop* call *settle* soon. From any thread."""
        self._waiting.append(settle)
        if not self._woken:
            self._woken = True
            # RuntimeError: the loop is closed, and nobody is left to be told.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        # First: what is appended from here on wakes the loop again, or is found below.
        self._woken = False
        while self._waiting:
            self._waiting.popleft()()


class Deadlines:
    """Fails what has waited for so many seconds. One timer for all of them, for they wait equally long."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: dict[asyncio.Future[None], tuple[float, Future[None]]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, settled: "asyncio.Future[None]", answer: "Future[None]") -> None:
        """Begin to wait until *settled*; once it is too late, *answer* is withdrawn."""
        loop = asyncio.get_running_loop()
        self._waiting[settled] = (loop.time() + self._seconds, answer)
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._look)

    def drop(self, settled: "asyncio.Future[None]") -> None:
        """Stop waiting."""
        self._waiting.pop(settled, None)

    def _look(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        for settled, (end, answer) in list(self._waiting.items()):
            if end > loop.time():
                self._timer = loop.call_at(end, self._look)
                return
            self.drop(settled)
            if not settled.done():
                settled.set_exception(StoreError("The disk under the data file does not answer."))
            answer.cancel()
