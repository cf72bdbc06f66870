"""How payloads reach the app: Socket Mode or signed HTTP requests."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from playground.slack.workspace import Json

T = TypeVar("T")


class Kind(StrEnum):
    """What a payload is, by its name in Socket Mode."""

    COMMAND = "slash_commands"
    INTERACTION = "interactive"
    EVENT = "events_api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Which try of an event this is: 0 is the first."""

    number: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one payload."""

    acked: bool
    answer: Json | None = None
    reason: str = ""
    """Why it was not acknowledged, in the words of `x-slack-retry-reason`."""
    final: bool = False
    """The app asked for no further try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A record of one try, for tests."""

    kind: Kind
    payload: Json
    attempt: Attempt
    outcome: Outcome


class Transport(Protocol):
    """Takes payloads to the app."""

    @property
    def connected(self) -> bool:
        """Say whether the app can be reached now."""

    async def deliver(self, kind: Kind, payload: Json, attempt: Attempt) -> Outcome:
        """Try once, and wait for the acknowledgement as long as Slack does."""


class Tasks:
    """Background work that ends with the playground."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run *work* until it is done or the playground stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            loop = task.get_loop()
            loop.call_exception_handler({"message": "work of the playground failed", "exception": error, "task": task})

    async def close(self) -> None:
        """End what still runs."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
