"""A real TCP connection between store and database, which a test can cut where it wants."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Proxy:
    """Listens on loopback and leads to the server's socket."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.cuts = 0
        self.cut_after: bytes | None = None
        """The answer to what holds this is lost, once: the server got it."""
        self.cut_before: bytes | None = None
        """What holds this is lost on its way to the server, once."""
        self.hold_after: bytes | None = None
        """The answer to what holds this comes no sooner than ``let_go``, once: the server did it."""
        self.answered = asyncio.Event()
        self.let_go = asyncio.Event()

    async def open(self) -> None:
        """Listen, at the same port as before."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Refuse everybody, and cut all that are connected."""
        if self._server is not None:
            self._server.close()
        for line in list(self._lines):
            line.close()
        if self._server is not None:
            await self._server.wait_closed()
            self._server = None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self._socket)
        self._lines |= {writer, back}
        lost, held = asyncio.Event(), asyncio.Event()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(self._to_server(reader, back, lost, held), self._to_client(there, writer, lost, held))
        self._lines -= {writer, back}

    async def _to_server(
        self, reader: asyncio.StreamReader, back: asyncio.StreamWriter, lost: asyncio.Event, held: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if self.cut_before is not None and self.cut_before in data:
                    self.cut_before = None
                    self.cuts += 1
                    lost.set()
                    break
                if self.cut_after is not None and self.cut_after in data:
                    self.cut_after = None
                    self.cuts += 1
                    lost.set()
                if self.hold_after is not None and self.hold_after in data:
                    self.hold_after = None
                    held.set()
                back.write(data)
                await back.drain()
        back.close()

    async def _to_client(
        self, there: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event, held: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while data := await there.read(65536):
                if lost.is_set():
                    break
                if held.is_set():
                    self.answered.set()
                    await self.let_go.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def proxy_to(socket: str) -> AsyncIterator[Proxy]:
    """Open a proxy, and close it."""
    proxy = Proxy(socket)
    await proxy.open()
    try:
        yield proxy
    finally:
        await proxy.close()
