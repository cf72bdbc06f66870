"""What changes, as it happens: events for the open pages, and wake-ups for whoever waits for a change."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Collection
from typing import Protocol, TypeVar

from aiohttp import WSMsgType, web

T = TypeVar("T")

# A page that falls this far behind is closed; it reloads the whole state when it connects again.
BACKLOG = 2_000
# A page that does not say goodbye must not hold up the end of the playground.
GOODBYE_SECONDS = 0.5


class Hub(Protocol):
    """Takes the events that pages show."""

    def publish(self, event: dict[str, object]) -> None:
        """Hand *event* to each connected page."""


class LiveHub:
    """Pushes events to the pages' WebSockets and wakes waiters; an event may be for some users only."""

    def __init__(self) -> None:
        self._pages: dict[asyncio.Queue[str | None], str] = {}
        self._waiters: set[asyncio.Future[None]] = set()
        self.recent: deque[dict[str, object]] = deque(maxlen=20)

    def publish(self, event: dict[str, object], to: Collection[str] | None = None) -> None:
        """Hand *event* to the pages of the users *to*, or to each page."""
        self.recent.append(event)
        text = json.dumps(event) if self._pages else ""
        for queue, user in list(self._pages.items()):
            if to is not None and user not in to:
                continue
            if queue.qsize() >= BACKLOG:
                self._close(queue)
            else:
                queue.put_nowait(text)
        self.touch()

    def touch(self) -> None:
        """Let everybody who waits look again, without telling the pages."""
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 5.0) -> T:  # noqa: ASYNC109 - it is told in the error
        """Return the first true value of *predicate*, which is asked again after each change."""
        try:
            async with asyncio.timeout(timeout):
                while not (value := predicate()):
                    waiter = asyncio.get_running_loop().create_future()
                    self._waiters.add(waiter)
                    try:
                        await waiter
                    finally:
                        self._waiters.discard(waiter)
                return value
        except TimeoutError:
            kinds = ", ".join(str(event.get("type")) for event in self.recent) or "none"
            raise TimeoutError(
                f"nothing that was waited for came in {timeout} s; the last events were: {kinds}"
            ) from None

    async def serve(self, request: web.Request, user: str) -> web.WebSocketResponse:
        """Feed one page until it leaves."""
        socket = web.WebSocketResponse(heartbeat=20.0, timeout=GOODBYE_SECONDS)
        await socket.prepare(request)
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._pages[queue] = user
        reader = asyncio.create_task(_read_until_closed(socket, queue))
        try:
            while (text := await queue.get()) is not None and not socket.closed:
                await socket.send_str(text)
        except ConnectionError:
            pass  # the page went away between two events
        finally:
            self._pages.pop(queue, None)
            await socket.close()
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
        return socket

    def close(self) -> None:
        """Send every page away."""
        for queue in list(self._pages):
            self._close(queue)

    def _close(self, queue: asyncio.Queue[str | None]) -> None:
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)
        self._pages.pop(queue, None)


async def _read_until_closed(socket: web.WebSocketResponse, queue: asyncio.Queue[str | None]) -> None:
    """A page only listens: what it sends is ignored, and its leaving ends the feed."""
    async for message in socket:
        if message.type is WSMsgType.ERROR:
            break
    queue.put_nowait(None)
