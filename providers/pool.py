"""Connections to all clouds, kept between calls."""

import asyncio
import ssl

from aiohappyeyeballs import start_connection

from providers.answered import Answered
from providers.base import AccessDenied, Unavailable
from providers.call import Origin
from providers.connection import Connection
from providers.names import Names
from providers.reasons import Reason
from providers.turns import Turns

# A new TLS connection costs ten times a poll; watches are polled about once a minute.
KEEP_ALIVE_SECONDS = 75.0

LEAVE_SECONDS = 2.0
"""How long a server may take to answer a good-bye."""

_ROOM = 64 * 1024
# What a browser waits for an address before it tries another beside it (RFC 8305).
_NEXT_ADDRESS_SECONDS = 0.25


class Pool:
    """Opens, keeps and closes connections. A call has a connection for itself until its answer is whole."""

    def __init__(
        self, context: ssl.SSLContext, *, limit: int, limit_per_host: int, keep_alive: float = KEEP_ALIVE_SECONDS
    ) -> None:
        self._context = context
        self._keep_alive = keep_alive
        self._turns = Turns(limit=limit, limit_per_host=limit_per_host)
        self._names = Names()
        self._room = memoryview(bytearray(_ROOM))
        self._all: set[Connection] = set()
        # Of each origin the one that was used last is at the end, and goes first: so that the others may grow old.
        self._kept: dict[Origin, list[Connection]] = {}
        self._sweeping: asyncio.TimerHandle | None = None
        self._closed = False

    async def exchange(self, origin: Origin, request: bytes, *, repeatable: bool, to_head: bool) -> Answered:
        """Send *request* and return its answer; raise a ProviderError where there is none.

        A server may close a kept connection at the moment when it is used again. Where not a byte came back, and
        *repeatable* says that it does no harm if the server did read the request, it is sent over a new one, once.
        """
        if not self._turns.try_begin(origin):
            await self._turns.begin(origin)
        try:
            if self._closed:
                raise Unavailable(Reason.CLOSED_HERE)
            connection = self._take(origin)
            if connection is not None:
                try:
                    return await self._over(connection, origin, request, to_head=to_head)
                except Unavailable:
                    if connection.heard or not repeatable or self._closed:
                        raise
            return await self._over(await self._open(origin), origin, request, to_head=to_head)
        finally:
            self._turns.end(origin)

    def _take(self, origin: Origin) -> Connection | None:
        kept = self._kept.get(origin)
        while kept:
            connection = kept.pop()
            if connection.is_fresh():
                return connection
            connection.abort()
        return None

    async def _over(self, connection: Connection, origin: Origin, request: bytes, *, to_head: bool) -> Answered:
        try:
            answered = await connection.send(request, to_head=to_head)
        except BaseException:
            # Whatever still comes over it belongs to nobody.
            connection.abort()
            raise
        if connection.reusable:
            self._keep(connection, origin)
        else:
            connection.abort()
        return answered

    def _keep(self, connection: Connection, origin: Origin) -> None:
        connection.idle_since = connection.loop.time()
        self._kept.setdefault(origin, []).append(connection)
        if self._sweeping is None:
            self._sweeping = connection.loop.call_later(self._keep_alive, self._sweep)

    def _sweep(self) -> None:
        """Close what has been idle for too long, and come again when the next one will have been."""
        loop = asyncio.get_running_loop()
        oldest, now = None, loop.time()
        for kept in self._kept.values():
            while kept and kept[0].idle_since <= now - self._keep_alive:
                kept.pop(0).close()
            if kept:
                oldest = min(kept[0].idle_since, oldest or now)
        self._sweeping = None if oldest is None else loop.call_at(oldest + self._keep_alive, self._sweep)

    async def _open(self, origin: Origin) -> Connection:
        loop = asyncio.get_running_loop()
        secure = origin.scheme == "https"
        try:
            addresses = await self._names.find(origin.host, origin.port)
            reached = await start_connection(addresses, happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS, interleave=1)
            _, connection = await loop.create_connection(
                lambda: Connection(self._room),
                sock=reached,
                ssl=self._context if secure else None,
                server_hostname=origin.host if secure else None,
                ssl_shutdown_timeout=LEAVE_SECONDS if secure else None,
            )
        except UnicodeError as problem:
            # The host's name is tried as an international one.
            raise AccessDenied(Reason.CANNOT_BE_MADE) from problem
        except ssl.SSLError as problem:
            raise Unavailable(Reason.NO_TLS) from problem
        except OSError as problem:
            raise Unavailable(Reason.UNREACHABLE) from problem
        self._all.add(connection)
        connection.lost.add_done_callback(lambda _: self._forget(connection, origin))
        if self._closed:
            connection.abort()
            raise Unavailable(Reason.CLOSED_HERE)
        return connection

    def _forget(self, connection: Connection, origin: Origin) -> None:
        self._all.discard(connection)
        kept = self._kept.get(origin, [])
        if connection in kept:
            kept.remove(connection)

    async def aclose(self) -> None:
        """Take leave of all servers; calls under way and calls that wait are told that the client is closed."""
        self._closed = True
        if self._sweeping is not None:
            self._sweeping.cancel()
        kept = {connection for each in self._kept.values() for connection in each}
        for connection in self._all:
            if connection in kept:
                connection.close()
            else:
                connection.abort(Unavailable(Reason.CLOSED_HERE))
        if self._all:
            # asyncio gives up good-byes by itself after the same time.
            await asyncio.wait([connection.lost for connection in self._all], timeout=2 * LEAVE_SECONDS)
