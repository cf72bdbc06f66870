"""Whether the store answers lately: a tick asks it, so that no probe waits for it, or asks more because it is slow."""

import time
from collections.abc import Callable

from bot.ports import Store

PATIENCE_SECONDS = 60.0
"""How long a store may be silent while people are still sent here: who types meanwhile is told to try again, in words.
Where all replicas turned them away, people would see an error of Slack's instead."""


class Pulse:
    """Remembers when the store answered last."""

    def __init__(self, store: Store, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._seconds = seconds
        self._answered = seconds()
        """It was opened just now."""

    async def tick(self) -> None:
        """Ask the store the smallest question there is; StoreError where it does not answer."""
        await self._store.channel_settings("")
        self._answered = self._seconds()

    @property
    def trouble(self) -> str | None:
        """Why people should be sent to another replica, for whoever probes this one; None: they should not."""
        silent = self._seconds() - self._answered
        return f"the store has not answered for {silent:.0f} s" if silent > PATIENCE_SECONDS else None
