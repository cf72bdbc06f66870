"""What the benchmark of several machines measures is what the bot would have written and would do."""

from collections.abc import AsyncIterator

import pytest

from benchmarks import arms_cluster, filling
from bot.store.postgres.store import PostgresStore
from tests.postgres import Server

WATCHES = 40
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'milepost' ORDER BY indexdef"


@pytest.fixture
async def store(database: str, server: Server) -> AsyncIterator[PostgresStore]:
    store = await PostgresStore.open(database)
    with server.connect() as connection:
        before = connection.execute(INDEXES).fetchall()
        filling.fill(connection, WATCHES)
        assert connection.execute(INDEXES).fetchall() == before
    yield store
    await store.close()


async def test_the_bot_reads_what_was_loaded(store: PostgresStore) -> None:
    await filling.check(store, WATCHES)


async def test_a_round_claims_and_writes_back(store: PostgresStore) -> None:
    done = await arms_cluster.rounds(store, batch=5, seconds=0.0)

    looked_at = [await store.watch(filling.records(number, WATCHES)[0].id) for number in range(WATCHES)]
    assert sum(watch.version - filling.READINGS for watch in looked_at if watch is not None) == done["rows"] > 0


@pytest.mark.parametrize("locked", [True, False])
async def test_one_alone_claims_each_watch_once_with_locks_or_without(store: PostgresStore, locked: bool) -> None:
    found = await arms_cluster.claims(store, batch=7, locked=locked)

    assert sorted(found["claimed"]) == sorted({*found["claimed"]})
    assert len(found["claimed"]) == WATCHES
