"""What clouds that take one task per request share."""

import math
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from providers.base import ProviderError, Reading, TaskKey, TaskSnapshot
from providers.veil import Veil


async def one_by_one(
    keys: Sequence[TaskKey], read: Callable[[TaskKey], Awaitable[TaskSnapshot]], veil: Veil
) -> Mapping[TaskKey, Reading]:
    """Read each key in turn; an error becomes its value, and no reading shows a secret."""
    readings: dict[TaskKey, Reading] = {}
    for key in dict.fromkeys(keys):
        try:
            reading: Reading = await read(key)
        except ProviderError as trouble:
            reading = trouble
        readings[key] = veil.over(reading)
    return readings


class Spacing:
    """Keeps a second request of one fetch apart from what is asked before and after it.

    The caller spaces fetches, and cannot know which of them needs two requests.
    """

    def __init__(
        self,
        seconds: float,
        *,
        pause: Callable[[float], Awaitable[None]],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._pause = pause
        self._now = now
        self._last = -math.inf
        self._kept_free_until = -math.inf

    async def first(self) -> None:
        """Wait before the request that every fetch makes: only for one that the caller does not know of."""
        await self._take(self._kept_free_until, further=False)

    async def further(self) -> None:
        """Wait before a request more."""
        await self._take(max(self._kept_free_until, self._last + self._seconds), further=True)

    async def _take(self, earliest: float, *, further: bool) -> None:
        now = self._now()
        turn = max(now, earliest)
        # Taken before waiting, so that whoever comes meanwhile stands behind.
        self._last = turn
        if further or turn > now:
            self._kept_free_until = turn + self._seconds
        if turn > now:
            await self._pause(turn - now)
