"""Bounds how many calls are under way, in all and to one origin; who waits goes in order."""

import asyncio
from collections import Counter

from providers.call import Origin


class Turns:
    """Calls under way, and calls that wait; a limit of 0 is none."""

    def __init__(self, *, limit: int, limit_per_host: int) -> None:
        self._limit = limit
        self._limit_per_host = limit_per_host
        self._under_way = 0
        self._by_origin: Counter[Origin] = Counter()
        self._waiting: dict[asyncio.Future[None], Origin] = {}

    def try_begin(self, origin: Origin) -> bool:
        """Begin a call to *origin* where nothing is in the way."""
        # Whoever ends a call begins the next one in the same step: where there is room, nobody waits for it.
        if not self._has_room(origin):
            return False
        self._count(origin, 1)
        return True

    async def begin(self, origin: Origin) -> None:
        """Wait until it is this call's turn."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting[turn] = origin
        try:
            await turn
        except asyncio.CancelledError:
            if self._waiting.pop(turn, None) is None:
                # It was called up in the same moment.
                self.end(origin)
            raise

    def end(self, origin: Origin) -> None:
        """End a call, and let the first go that may."""
        self._count(origin, -1)
        for turn, wanted in self._waiting.items():
            # Who was cancelled in the same moment has not come to leave the line yet.
            if self._has_room(wanted) and not turn.done():
                del self._waiting[turn]
                self._count(wanted, 1)
                turn.set_result(None)
                return

    def _has_room(self, origin: Origin) -> bool:
        if self._limit and self._under_way >= self._limit:
            return False
        return not self._limit_per_host or self._by_origin[origin] < self._limit_per_host

    def _count(self, origin: Origin, change: int) -> None:
        self._under_way += change
        if self._limit_per_host:
            self._by_origin[origin] += change
