"""Bounds how long each call may take: ``asyncio.timeout`` for many that have the same time, with one timer for all.

A timer for each call is a twentieth of a poll: asyncio keeps thousands that were cancelled until half of all are.
"""

import asyncio
from types import TracebackType


class Deadlines:
    """Of calls that have the same time the first to begin is the first to be late."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._running: dict[InTime, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def one(self) -> "InTime":
        """Return what raises TimeoutError in a block that takes too long."""
        return InTime(self)

    def begin(self, block: "InTime") -> None:
        """Watch over *block* from now on."""
        self._running[block] = end = block.loop.time() + self._seconds
        if self._timer is None:
            self._timer = block.loop.call_at(end, self._look)

    def end(self, block: "InTime") -> None:
        """Watch no longer."""
        self._running.pop(block, None)
        if self._closed:
            self.close()

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        # The clock may be read as less than the time that the timer was set to.
        now = loop.time() + 0.001
        while self._running:
            block, end = next(iter(self._running.items()))
            if end > now:
                self._timer = loop.call_at(end, self._look)
                return
            del self._running[block]
            block.give_up()

    def close(self) -> None:
        """Leave no timer behind, once nothing is watched over any more: what still runs may not run for ever."""
        self._closed = True
        if self._timer is not None and not self._running:
            self._timer.cancel()
            self._timer = None


class InTime:
    """A block of one task. Its rules about cancellation are those of ``asyncio.timeout``."""

    __slots__ = ("_before", "_deadlines", "_is_late", "_task", "loop")

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._is_late = False

    def give_up(self) -> None:
        """Cancel it; whoever waits for it hears TimeoutError."""
        self._is_late = True
        self._task.cancel()

    async def __aenter__(self) -> None:
        # Asked for once: each question asks the system as well whether this is still the same process.
        self.loop = asyncio.get_running_loop()
        task = asyncio.current_task(self.loop)
        if task is None:
            raise RuntimeError("only a task can be late")
        self._task, self._before = task, task.cancelling()
        self._deadlines.begin(self)

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deadlines.end(self)
        # Somebody else may have cancelled the task as well: then that stands.
        if self._is_late and self._task.uncancel() <= self._before and kind is asyncio.CancelledError:
            raise TimeoutError from problem
