"""Several replicas on one database."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.store.postgres.ledger import Ledger
from bot.store.postgres.store import PostgresStore


class Clock:
    """The seconds that a replica counts by itself."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Replicas:
    """Opens stores on one database, and closes those that are left."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._open: list[PostgresStore] = []

    async def __call__(self, clock: Clock | None = None, *, url: str | None = None, wait: float = 5.0) -> PostgresStore:
        ledger = Ledger(clock) if clock is not None else None
        store = await PostgresStore.open(url or self.url, connections=4, ledger=ledger, wait=wait)
        self._open.append(store)
        return store

    async def kill(self, store: PostgresStore) -> None:
        """Let one end as a process does that is killed: it gives nothing back."""
        self._open.remove(store)
        beating = store._renewal._beating
        assert beating is not None
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        await store.database.close()

    async def close(self) -> None:
        for store in self._open:
            await store.close()


@pytest.fixture
async def replica(database: str) -> AsyncIterator[Replicas]:
    replicas = Replicas(database)
    yield replicas
    await replicas.close()
