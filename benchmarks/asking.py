"""The least an asyncio program can do: keep connections, send requests that are ready, read the answers."""

import asyncio
import ssl
from collections.abc import Callable, Sequence


class _Line(asyncio.Protocol):
    """One kept connection that asks, reads the whole answer, and asks the next."""

    def __init__(self, asking: "Asking") -> None:
        self._asking = asking
        self._seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self) -> None:
        request = self._asking.next()
        if request is not None:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._seen += data
        end = self._seen.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._seen[:end].lower()
        at = head.index(b"content-length: ") + 16
        length = int(head[at : head.find(b"\r\n", at) if b"\r\n" in head[at:] else None])
        if len(self._seen) < end + 4 + length:
            return
        body = self._seen[end + 4 : end + 4 + length]
        self._seen = self._seen[end + 4 + length :]
        self._asking.answered(body)
        self.ask()


class Asking:
    """Sends *requests* one after the other, again and again, and gives the bodies of the answers to *read*."""

    def __init__(self, requests: Sequence[bytes], read: Callable[[bytes], object] = len) -> None:
        self._requests = requests
        self._read = read
        self._lines: list[_Line] = []
        self._left = 0
        self._open = 0
        self._all_answered: asyncio.Future[None] | None = None

    async def connect(self, connections: int, port: int, certificate: str) -> None:
        """Open so many connections to 127.0.0.1."""
        loop, context = asyncio.get_running_loop(), ssl.create_default_context(cafile=certificate)
        for _ in range(connections):
            _, line = await loop.create_connection(lambda: _Line(self), "127.0.0.1", port, ssl=context)
            self._lines.append(line)

    async def do(self, number: int) -> None:
        """Send so many requests, one at a time on each connection, and read their answers; raise what *read* raises."""
        self._left = number
        self._all_answered = asyncio.get_running_loop().create_future()
        for line in self._lines:
            line.ask()
        await self._all_answered

    def next(self) -> bytes | None:
        """Return the next request; None where there are no more."""
        if self._left == 0:
            return None
        self._left -= 1
        self._open += 1
        return self._requests[self._left % len(self._requests)]

    def answered(self, body: bytes) -> None:
        """Take an answer."""
        assert self._all_answered is not None
        try:
            self._read(body)
        except Exception as trouble:
            self._left = 0
            if not self._all_answered.done():
                self._all_answered.set_exception(trouble)
        self._open -= 1
        if self._left == 0 and self._open == 0 and not self._all_answered.done():
            self._all_answered.set_result(None)
