"""What listeners are doing just now: kept count of, and never raising into Bolt."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog
from slack_bolt.async_app import AsyncRespond

from bot.core.message import Message
from bot.core.wording import answers
from bot.ports import StoreError

_log = structlog.get_logger(__name__)

Answer = Message | None
T = TypeVar("T")


class Work:
    """Keeps count of running listeners, so that a stop can wait for them.

    A listener must not raise: Bolt then forgets that it was acknowledged, and the person sees an error as well.
    """

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._stopping = False

    async def settle(self) -> None:
        """Wait for all that is running."""
        # Bolt acknowledges an event before its listener runs, which makes itself known in its first step.
        await asyncio.sleep(0)
        while self._running:
            await asyncio.wait(set(self._running))

    async def drain(self, patience: float) -> None:
        """Take no more work, and let what is running end, so many seconds at most."""
        await asyncio.sleep(0)
        self._stopping = True
        if self._running:
            await asyncio.wait(set(self._running), timeout=patience)

    def begin(self) -> None:
        """Count the listener that is running."""
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def safely(self, work: Callable[[], Awaitable[T]]) -> T | Message:
        """Return what comes of *work*, or the answer that says why nothing does."""
        self.begin()
        if self._stopping:
            return answers.stopping()
        try:
            return await work()
        except StoreError as error:
            _log.error("a command could not be written down", error=str(error))
            return answers.try_again()
        except Exception:
            _log.exception("a command failed")
            return answers.broken()

    async def answered(
        self, respond: AsyncRespond, work: Callable[[], Awaitable[Answer]], *, replacing: bool = False
    ) -> None:
        """Do *work*, and answer privately; *replacing*: in place of the answer whose button was pressed."""
        answer = await self.safely(work)
        if answer is None:
            return
        try:
            await respond(
                text=answer.text, blocks=list(answer.blocks), response_type="ephemeral", replace_original=replacing
            )
        except Exception:
            # What was asked is done; only the private answer is lost.
            _log.exception("a private answer could not be given")
