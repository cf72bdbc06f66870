"""A server of raw bytes: each connection goes by a script, so that it can misbehave at any place."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def ok(body: bytes, *headers: bytes) -> bytes:
    """Return a whole answer."""
    head = b"".join(header + b"\r\n" for header in headers)
    return b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)


@dataclass(slots=True)
class Peer:
    """One connection as the server sees it."""

    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    asked: list[bytes]
    """All requests of all connections."""

    async def hears(self) -> bytes:
        """Return the next request, its body included."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        request = head + await self.reader.readexactly(int(length or b"0"))
        self.asked.append(request)
        return request

    async def says(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()

    async def answers(self, *pieces: bytes) -> None:
        await self.hears()
        await self.says(*pieces)

    async def is_left(self) -> None:
        """Wait until the client has gone; what it still says is no request."""
        try:
            rest = await self.reader.read()
        except ConnectionError:
            rest = b""
        assert rest == b""


Script = Callable[[Peer], Awaitable[None]]


@dataclass(slots=True)
class Server:
    """Where it listens, and what was asked of it."""

    url: str
    peers: list[Peer] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)
    ended: list["asyncio.Task[None]"] = field(default_factory=list)

    async def is_left(self) -> None:
        """Wait until all connections have ended, and raise what went wrong in a script."""
        await asyncio.wait_for(asyncio.gather(*self.ended), 30)


@asynccontextmanager
async def scripted(*scripts: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """Serve the first connection by the first script, and so on; more connections than scripts are closed at once."""
    waiting = list(scripts)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(number=len(server.peers), reader=reader, writer=writer, asked=server.asked)
        server.peers.append(peer)
        task = asyncio.current_task()
        assert task is not None
        server.ended.append(task)
        try:
            if waiting:
                await waiting.pop(0)(peer)
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    scheme = "https" if tls else "http"
    server = Server(f"{scheme}://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
    try:
        yield server
    finally:
        listening.close()
        for peer in server.peers:
            peer.writer.transport.abort()
        await asyncio.gather(*server.ended, return_exceptions=True)
        await listening.wait_closed()
