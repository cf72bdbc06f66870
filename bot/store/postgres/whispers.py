"""What replicas call out to each other: that a task is due, so that nobody has to ask all the time.

It is only about sooner: whoever hears nothing (behind PgBouncer in transaction mode nobody does) looks every
``QUIET_SECONDS`` all the same.
"""

import asyncio
from collections.abc import Callable

import psycopg
import structlog

from bot.store.postgres.database import connect

_log = structlog.get_logger(__name__)

CHANNEL = "milepost_due"
NOTIFY = f"SELECT pg_notify('{CHANNEL}', '')"
_AGAIN_SECONDS = 5.0


class Whispers:
    """Listens on a connection of its own, and makes a new one where that breaks."""

    def __init__(self, url: str, heard: Callable[[], None]) -> None:
        self._url = url
        self._heard = heard
        self._listening: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen until ``stop``."""
        self._listening = asyncio.get_running_loop().create_task(self._listen(), name="listen to other replicas")

    async def stop(self) -> None:
        """Listen no more."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            try:
                async with await connect(self._url) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}".encode())
                    # Whatever was said before is found by looking.
                    self._heard()
                    async for _ in connection.notifies():
                        self._heard()
            except psycopg.Error as trouble:
                _log.info("other replicas are not heard now", error=type(trouble).__name__)
            await asyncio.sleep(_AGAIN_SECONDS)
