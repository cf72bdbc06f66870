"""Which store it is, by its address: everything else is the same program."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TextIO

from bot.core.model import AuditEntry
from bot.ports import Crew, Store, StoreUnusable, Tally
from bot.store import tools
from bot.store.alive import AliveFile
from bot.store.copying import Side
from bot.store.datafile import path_of
from bot.store.embedded import EmbeddedStore
from bot.store.filed import DataFile
from bot.usecases.pacing import CHANNEL_GAP


class OpenStore(Store, Protocol):
    """A Store that is open, as whoever opened it sees it."""

    @property
    def damaged(self) -> Path | None:
        """Where the data was moved to, because it was found damaged; a fresh store was begun."""
        ...

    @property
    def tally(self) -> Tally | None:
        """Where calls are counted together with other replicas; None: there are no others."""
        ...

    @property
    def crew(self) -> Crew | None:
        """The replicas; None: there are no others."""
        ...

    def touch(self) -> None:
        """Show that this process lives, for ``heartbeat_age``."""
        ...


async def open_store(url: str, *, connections: int, lease: timedelta, beside: Path) -> OpenStore:
    """Open the store; StoreUnusable where that cannot be. A database shows *beside* that the process lives."""
    if is_data_file(url):
        return await EmbeddedStore.open(url)
    with _the_extra():
        from bot.store.postgres.store import PostgresStore
    return await PostgresStore.open(
        url, connections=connections, lease=lease, alive=AliveFile(beside), channel_gap=CHANNEL_GAP
    )


def is_data_file(url: str) -> bool:
    """Whether an address is that of a data file."""
    return not url.startswith(("postgresql://", "postgres://"))


def side(url: str) -> Side:
    """Return the store of an address as one from or to which everything can be copied."""
    if is_data_file(url):
        return DataFile(path_of(url))
    with _the_extra():
        from bot.store.postgres.copying import CopiedDatabase
    return CopiedDatabase(url)


async def look(url: str) -> str:
    """Return a sentence about a database that works; StoreUnusable where it does not."""
    with _the_extra():
        from bot.store.postgres import schema
    return await schema.look(url)


async def migrate(url: str) -> Sequence[str]:
    """Bring the tables of a database up to date; return the names of the migrations that were needed."""
    with _the_extra():
        from bot.store.postgres import schema
    return await schema.migrate(url)


async def check(url: str) -> list[str]:
    """Return a sentence for each thing that is wrong with a database."""
    with _the_extra():
        from bot.store.postgres import inspection
    return await inspection.check(url)


async def export(url: str, out: TextIO) -> tools.Exported:
    """Write every record of a database as one line of JSON."""
    with _the_extra():
        from bot.store.postgres import inspection
    return await inspection.export(url, out)


async def audit(url: str, *, since: datetime | None, limit: int) -> Sequence[AuditEntry]:
    """Return the latest audit entries in a database, so many at most and none from before *since*, oldest first."""
    with _the_extra():
        from bot.store.postgres import inspection
    latest: deque[AuditEntry] = deque(maxlen=limit)
    async for entry in inspection.audit(url, since=since):
        latest.append(entry)
    return tuple(latest)


@contextmanager
def _the_extra() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("psycopg"):
            raise
        raise StoreUnusable(
            "[store] url names a database, and what speaks to one is not installed: "
            'pip install "milepost[postgres]", or in a checkout: make install'
        ) from None
