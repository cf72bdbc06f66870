"""What a look costs the database, and who is believed where two want the same watch at the same moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import timedelta

import psycopg
import pytest
from msgspec.structs import replace

from bot.core.model import Watch
from bot.store.postgres.claims import CLAIM_ONE
from bot.store.postgres.ledger import LEASE
from bot.store.postgres.store import PostgresStore
from tests.postgres import Server
from tests.store.postgres.conftest import Replicas
from tests.store.world import HOUR, NOON, current, follow

AFTER = NOON + LEASE


@asynccontextmanager
async def claiming(url: str, watch: Watch) -> AsyncIterator[None]:
    """Let another replica claim what is due; the claim is committed with the end of the block."""
    arguments = {
        "account": watch.account,
        "now": AFTER,
        "due_by": AFTER,
        "until": AFTER + LEASE,
        "limit": 9,
        "token": "other/1",
    }
    async with await psycopg.AsyncConnection.connect(url) as connection:
        claimed = await (await connection.execute(CLAIM_ONE.encode(), {**arguments, "mine": []})).fetchall()
        assert [name for name, _ in claimed] == [watch.id]
        yield


async def until_somebody_waits(url: str) -> None:
    """Return when a statement waits for a lock."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        waiting: tuple[object, ...] | None = (0,)
        while waiting == (0,):
            waiting = await (await connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")).fetchone()


async def claim_of(store: PostgresStore, watch: Watch) -> object:
    (row,) = await store.database.rows("SELECT claim FROM milepost.due WHERE watch_id = %(id)s", {"id": watch.id})
    return row[0]


async def meanwhile(server: Server, watch: Watch, late: Awaitable[object]) -> object:
    """Await *late*, which begins while another replica claims, and goes on when it has."""
    async with claiming(server.url(), watch):
        task = asyncio.ensure_future(late)
        await until_somebody_waits(server.url())
    return await task


async def test_a_look_changes_no_column_by_which_watches_are_found(server: Server, replica: Replicas) -> None:
    await replica()

    with server.connect() as connection:
        found = connection.execute(
            "SELECT string_agg(indexdef, ' ') FROM pg_indexes WHERE schemaname = 'milepost' AND tablename = 'watch'"
        ).fetchone()

    # Else every look would write into every index of the table.
    assert found is not None
    assert not [each for each in ("due_at", "version", "record") if each in str(found[0])]


@pytest.mark.parametrize("step", [timedelta(0), HOUR])
async def test_a_late_commit_that_waited_for_a_claim_is_refused(
    server: Server, replica: Replicas, step: timedelta
) -> None:
    late = await replica()
    opened = await follow(late)
    (watch,) = await late.claim_due(NOON, 1)
    read = late.commit(replace(watch, due_at=NOON + step), [])

    assert await meanwhile(server, opened.watch, read) is False

    assert await claim_of(late, watch) == "other/1"
    assert await current(late, watch) == opened.watch


async def test_a_late_replica_that_waited_for_a_claim_puts_nothing_off(server: Server, replica: Replicas) -> None:
    late = await replica()
    opened = await follow(late)
    (watch,) = await late.claim_due(NOON, 1)

    await meanwhile(server, opened.watch, late.postpone(watch.id, NOON + HOUR))

    assert await claim_of(late, watch) == "other/1"
    assert (await current(late, watch)).due_at == NOON


async def test_a_claim_passes_by_what_somebody_writes_about(server: Server, replica: Replicas) -> None:
    one = await replica()
    opened = await follow(one)

    with server.connect() as connection, connection.transaction():
        connection.execute("SELECT FROM milepost.watch WHERE id = %s FOR UPDATE", (opened.watch.id,))
        assert await one.claim_due(NOON, 1) == []

    assert [watch.id for watch in await one.claim_due(NOON, 1)] == [opened.watch.id]
