"""Looks up the addresses of hosts: one at a time for each name, for every look-up takes a thread."""

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from functools import partial

from aiohappyeyeballs import AddrInfoType

# As long as aiohttp keeps them: a burst of new connections asks once, and a cloud that moves is followed.
KEPT_SECONDS = 10.0

Addresses = Sequence[AddrInfoType]


class Names:
    """What is known, and what is being asked."""

    def __init__(self, *, kept: float = KEPT_SECONDS) -> None:
        self._kept = kept
        self._known: dict[tuple[str, int], tuple[float, Addresses]] = {}
        self._asked: dict[tuple[str, int], asyncio.Future[Addresses]] = {}

    async def find(self, host: str, port: int) -> Addresses:
        """Return the addresses of *host*; raise OSError where there are none, UnicodeError where it is no name."""
        with contextlib.suppress(socket.gaierror):
            # An address needs no thread.
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        name, loop = (host, port), asyncio.get_running_loop()
        until, addresses = self._known.get(name, (0.0, []))
        if loop.time() < until:
            return addresses
        asked = self._asked.get(name)
        if asked is None:
            look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
            asked = self._asked[name] = loop.run_in_executor(None, look_up)
            asked.add_done_callback(lambda found: self._learn(name, found))
        # Whoever gives up must not take the answer from the others.
        return await asyncio.shield(asked)

    def _learn(self, name: tuple[str, int], found: "asyncio.Future[Addresses]") -> None:
        del self._asked[name]
        if not found.cancelled() and found.exception() is None:
            self._known[name] = asyncio.get_running_loop().time() + self._kept, found.result()
