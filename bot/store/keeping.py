"""Where the tokens of clouds are kept: in the database for all replicas, or in a file of this machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

from bot.ports import StoreUnusable
from providers.auth.keeper import FileTokens, TokenKeeper

CONNECTIONS = 2
"""To the database, for tokens alone: however busy the store is, a renewal does not wait for it."""
_SHORTEST_LEASE = timedelta(seconds=30)
_BESIDE_THE_CALL = timedelta(seconds=15)


def token_file(data_file: Path) -> TokenKeeper:
    """123pan counts live tokens, so its token outlives a restart: beside the data file, for its owner only."""
    return FileTokens(data_file.with_name(data_file.name + ".tokens"))


@asynccontextmanager
async def shared_tokens(url: str, key: bytes, *, timeout: timedelta) -> AsyncIterator[TokenKeeper]:
    """Lend the tokens that all replicas on a database share, sealed with *key*.

    *timeout* bounds the call that fetches one. A database that cannot be reached now is asked again when it is needed.
    """
    # What speaks to a database, and what seals, is only there where a database is.
    from bot.store.postgres.database import Database
    from bot.store.postgres.sealing import Seal
    from bot.store.postgres.tokens import SharedTokens

    database = Database(url, CONNECTIONS)
    with suppress(StoreUnusable):
        await database.open()
    try:
        yield SharedTokens(database, Seal(key), lease=max(_SHORTEST_LEASE, timeout + _BESIDE_THE_CALL))
    finally:
        await database.close()
