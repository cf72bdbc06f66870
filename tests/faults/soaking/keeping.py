"""Where the soak's bot keeps what it knows: a data file, or a PostgreSQL that goes away in the middle of everything."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.postgres import Server, running

REPLICAS = 3
AWAY_SECONDS = (10.0, 45.0)
"""How long the database is away, each time."""


@dataclass(kw_only=True)
class Keeping:
    """A store, and how many replicas use it."""

    url: str
    replicas: int = 1
    server: Server | None = None
    restarts: int = field(default=0, init=False)

    async def rage(self, seconds: float) -> None:
        """Let the database go away as often as ``AWAY_SECONDS`` tells, spread over so many seconds."""
        if self.server is None:
            return
        for away in AWAY_SECONDS:
            await asyncio.sleep(seconds / (len(AWAY_SECONDS) + 1) - away / 2)
            # As a machine that loses its power: nobody is told, nothing is finished.
            await asyncio.to_thread(self.server.crash)
            try:
                await asyncio.sleep(away)
            finally:
                await asyncio.to_thread(self.server.start_again)
            self.restarts += 1


@contextmanager
def keeping(store: str, folder: Path) -> Iterator[Keeping]:
    """Yield where to keep things: ``embedded`` or ``postgres``."""
    if store == "embedded":
        yield Keeping(url=f"sqlite:///{folder}/milepost.db")
        return
    with running() as server:
        yield Keeping(url=server.url(), replicas=REPLICAS, server=server)
