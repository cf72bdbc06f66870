"""Socket Mode that cannot die silently: two connections, and a watchdog that replaces one that is gone.

Slack closes a connection every few hours, with or without a word. While its successor is made the other one takes
what comes, and one that is told to leave stays until its successor stands. A connection that was lost is never used
again (a re-used one was dead for a day in github.com/NousResearch/hermes-agent/issues/85574): a new one is made.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp

from bot.slack.line import Line
from bot.slack.session import SlackUnreachable, TokenRefused

_log = structlog.get_logger(__name__)

CONNECTIONS = 2
WATCH_EVERY = 15.0
_CONNECT_SECONDS = 10.0
_LOOK_SECONDS = 2.0


class SocketConnection:
    """Socket Mode: we open the connections, so no address of ours need be public."""

    def __init__(self, app: AsyncApp, app_token: str, *, connections: int = CONNECTIONS) -> None:
        self._app = app
        self._app_token = app_token
        self._wanted = connections
        self._lines: list[Line] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._receiving = False
        self._replacements = connections
        """How many may be made before the next look: a Slack that sends each one away must not be called all day."""
        self._not_before = 0.0
        self._trouble: Exception | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        """The connections, also those that are about to be closed."""
        return tuple(self._lines)

    async def open(self) -> None:
        """Connect; one connection is enough to begin with. TokenRefused and SlackUnreachable are told."""
        self._receiving = True
        self._open_missing()
        while self._opening and not self._lines:
            await asyncio.wait(self._opening, return_when=asyncio.FIRST_COMPLETED)
        if not self._lines:
            self._receiving = False
            raise self._trouble or SlackUnreachable("Socket Mode")
        _log.info("connected to Slack", mode="socket")

    async def watch(self) -> None:
        """Begin to replace what is gone. Called by a tick, and never long."""
        if not self._receiving:
            return
        self._replacements = self._wanted
        lines = list(self._lines)
        for line, lives in zip(lines, await asyncio.gather(*map(_lives, lines)), strict=True):
            if not lives and line in self._lines:
                self._lose(line)
        self._open_missing()

    async def stop_receiving(self) -> None:
        """Disconnect, so that Slack hands new payloads to another replica, or tells the person to try again."""
        self._receiving = False
        await asyncio.gather(_given_up(self._opening), *(line.hang_up() for line in self._lines))

    async def close(self) -> None:
        """Close."""
        self._receiving = False
        await _given_up(self._opening)
        lines, self._lines = self._lines, []
        await asyncio.gather(*(line.end() for line in lines), *self._ending, return_exceptions=True)

    def _open_missing(self) -> None:
        if asyncio.get_running_loop().time() < self._not_before:
            return
        staying = sum(not line.leaving for line in self._lines)
        for _ in range(self._wanted - staying - len(self._opening)):
            _begin(self._opening, self._open_one())

    async def _open_one(self) -> None:
        line = Line(self._app, self._app_token, ending=self._told_to_leave)
        opened = False
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await line.open()
            self._lines.append(line)
            opened = True
            # From here on it counts as a line, or one that is lost in this very moment would not be replaced.
            self._opening -= {asyncio.current_task()}
        except Exception as error:
            self._missed(error)
            return
        finally:
            if not opened:
                await line.end()
        if self._trouble is not None:
            self._trouble = None
            _log.info("a connection to Slack could be opened again")
        for leaving in [one for one in self._lines if one.leaving]:
            self._lose(leaving)

    def _missed(self, error: Exception) -> None:
        known = isinstance(error, TokenRefused | SlackUnreachable)
        # The text of another error may hold the address, which is a secret.
        trouble = error if known else SlackUnreachable(type(error).__name__)
        if self._trouble is None:
            _log.warning("a connection to Slack could not be opened; I try again", reason=str(trouble))
        self._trouble = trouble
        if isinstance(error, SlackUnreachable) and error.again_after is not None:
            self._not_before = asyncio.get_running_loop().time() + error.again_after

    def _told_to_leave(self, line: Line) -> None:
        """Slack or the network ends *line*: make its successor; until that stands it stays, if it still lives."""
        if not self._receiving or line.leaving:
            return
        line.leaving = True
        _log.info("a connection to Slack ends; a new one takes its place")
        if self._replacements > 0:
            self._replacements -= 1
            self._open_missing()

    def _lose(self, line: Line) -> None:
        self._lines.remove(line)
        if not line.leaving:
            line.leaving = True
            _log.warning("a connection to Slack is gone; a new one takes its place")
        _begin(self._ending, _ended(line))


async def _lives(line: Line) -> bool:
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            return await line.lives()
    except Exception:
        return False


async def _ended(line: Line) -> None:
    await line.hang_up()
    await line.end()


def _begin(tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def _given_up(tasks: set[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
