"""A data file that a test opens, and opens again."""

from pathlib import Path

from bot.store.embedded import EmbeddedStore


class Site:
    """A data file and the store that is open on it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store: EmbeddedStore

    async def open(self) -> EmbeddedStore:
        self.store = await EmbeddedStore.open(f"sqlite:///{self.path}")
        return self.store

    async def reopen(self) -> EmbeddedStore:
        await self.store.close()
        return await self.open()
