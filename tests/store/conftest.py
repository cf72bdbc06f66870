"""Each store under one roof: the behaviour suite runs over all of them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest

from bot.ports import Store
from bot.store.embedded import EmbeddedStore
from bot.store.postgres.store import PostgresStore


class Place(Protocol):
    """Where one store keeps its records."""

    async def open(self) -> Store: ...

    async def reopen(self) -> Store:
        """Close the store that is open, and open it again, as after a restart."""
        ...

    async def leave(self) -> None: ...


async def before_and_after(place: Place, store: Store) -> AsyncIterator[Store]:
    """Yield the store, and then the one after a restart: both must know the same."""
    yield store
    yield await place.reopen()


class EmbeddedPlace:
    def __init__(self, folder: Path) -> None:
        self._url = f"sqlite:///{folder}/milepost.db"
        self._store: EmbeddedStore | None = None

    async def open(self) -> Store:
        self._store = await EmbeddedStore.open(self._url)
        return self._store

    async def reopen(self) -> Store:
        await self.leave()
        return await self.open()

    async def leave(self) -> None:
        if self._store is not None:
            await self._store.close()


class PostgresPlace:
    def __init__(self, url: str) -> None:
        self.url = url
        self._store: PostgresStore | None = None

    async def open(self) -> Store:
        self._store = await PostgresStore.open(self.url, connections=4)
        return self._store

    async def reopen(self) -> Store:
        await self.leave()
        return await self.open()

    async def leave(self) -> None:
        if self._store is not None:
            await self._store.close()


@pytest.fixture(params=["embedded", "postgres"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    place: Place
    if request.param == "embedded":
        place = EmbeddedPlace(tmp_path)
    else:
        place = PostgresPlace(request.getfixturevalue("database"))
    yield place
    await place.leave()


@pytest.fixture
async def store(place: Place) -> Store:
    return await place.open()
