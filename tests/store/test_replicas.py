"""What several replicas have in common beside the records: paces, jobs of one, cards, and what they call out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.ports import Pace
from bot.store.postgres.ledger import Ledger, monotonic
from bot.store.postgres.store import PostgresStore
from tests.postgres import Server
from tests.store.world import MINUTE, NOON, current, follow

FAST = Pace(per_second=1000.0, burst=1000.0)
SLOW = Pace(per_second=0.001, burst=5.0)


@asynccontextmanager
async def replicas(
    url: str, count: int, *, seconds: Callable[[], float] = monotonic, channel_gap: timedelta = timedelta(0)
) -> AsyncIterator[list[PostgresStore]]:
    stores = await asyncio.gather(
        *(PostgresStore.open(url, connections=4, ledger=Ledger(seconds), channel_gap=channel_gap) for _ in range(count))
    )
    yield stores
    await asyncio.gather(*(store.close() for store in stores))


async def comes_true(ask: Callable[[], Awaitable[bool]]) -> bool:
    """Ask until it is so, for some seconds at most."""
    for _ in range(1000):
        if await ask():
            return True
        await asyncio.sleep(0.01)
    return False


async def test_calls_are_counted_for_all_replicas_together(database: str) -> None:
    async with replicas(database, 3) as stores:
        grants = await asyncio.gather(*(store.tally.take_calls("k", SLOW, wanted=3) for store in stores))

        assert sum(grant.calls for grant in grants) == 5
        assert (await stores[0].tally.take_calls("k", SLOW, wanted=1)).calls == 0
        assert (await stores[0].tally.take_calls("another", SLOW, wanted=9)).calls == 5


async def test_calls_come_back_with_time_and_never_more_than_a_burst(database: str, server: Server) -> None:
    async with replicas(database, 1) as (store,):
        await store.tally.take_calls("k", SLOW, wanted=5)
        with server.connect() as connection:
            connection.execute("UPDATE milepost.pace SET at = at - interval '2100 s'")

        assert (await store.tally.take_calls("k", SLOW, wanted=9)).calls == 2
        with server.connect() as connection:
            connection.execute("UPDATE milepost.pace SET at = at - interval '1 day'")
        assert (await store.tally.take_calls("k", SLOW, wanted=9)).calls == 5


async def test_a_complaint_closes_it_for_all_and_slows_it_down_afterwards(database: str, server: Server) -> None:
    async with replicas(database, 2) as (first, second):
        await first.tally.take_calls("k", SLOW, wanted=1)
        for _ in range(3):
            await first.tally.close_calls("k", SLOW, seconds=3000)

        grant = await second.tally.take_calls("k", SLOW, wanted=5)
        assert grant.calls == 0
        assert 2990 < grant.closed_for <= 3000

        with server.connect() as connection:
            connection.execute(
                "UPDATE milepost.pace SET closed_until = now() - interval '2000 s', at = now() - interval '5000 s'"
            )
            (row,) = connection.execute("SELECT share FROM milepost.pace").fetchall()
        # One complaint for many calls under way is one complaint.
        assert row == (pytest.approx(0.5, abs=0.05),)
        # One was left, and 2,000 s at half the rate bring one more.
        assert (await second.tally.take_calls("k", SLOW, wanted=5)).calls == 2


async def test_a_fast_pace_needs_no_second_look(database: str) -> None:
    async with replicas(database, 1) as (store,):
        assert (await store.tally.take_calls("k", FAST, wanted=1000)).calls == 1000


async def test_one_replica_does_what_only_one_may_do(database: str, server: Server) -> None:
    async with replicas(database, 3) as stores:
        leads = await asyncio.gather(*(store.crew.lead("digest", 60) for store in stores))

        assert leads.count(True) == 1
        leader = leads.index(True)
        assert await stores[leader].crew.lead("digest", 60)
        assert await stores[leader - 1].crew.lead("another", 60)
        with server.connect() as connection:
            connection.execute("UPDATE milepost.lead SET until = now() - interval '1 s'")
        assert await stores[leader - 1].crew.lead("digest", 60)
        assert not await stores[leader].crew.lead("digest", 60)


async def test_who_stops_leaves_its_jobs_to_others_at_once(database: str) -> None:
    async with replicas(database, 2) as (first, second):
        assert await first.crew.lead("digest", 600)
        await first.close()

        assert await second.crew.lead("digest", 600)


async def test_the_connections_of_all_that_live_are_counted(database: str, server: Server) -> None:
    async with replicas(database, 3) as (first, second, third):
        assert [await first.crew.join(2), await second.crew.join(2), await third.crew.join(0)] == [0, 2, 4]
        assert await second.crew.join(2) == 2
        with server.connect() as connection:
            connection.execute(
                "UPDATE milepost.replica SET seen_at = now() - interval '5 min' WHERE id = %s", (first.ledger.replica,)
            )
        assert await second.crew.join(2) == 0
        await first.crew.join(2)
        await first.close()
        assert await second.crew.join(2) == 0


async def test_a_channel_takes_one_message_a_second_from_all_replicas_together(database: str) -> None:
    async with replicas(database, 3, channel_gap=timedelta(seconds=1)) as stores:
        for number in range(6):
            await follow(stores[0], f"job-{number}", f"sub-{number}", channel="C1" if number < 4 else "C2")

        async def taken(after: float) -> list[str]:
            now = NOON + timedelta(seconds=after)
            found = await asyncio.gather(*(store.take_deliveries(now, 10) for store in stores))
            return sorted(row.channel for rows in found for row in rows)

        # The cards that whoever subscribed is waiting for went at that moment.
        assert await taken(0.5) == []
        assert await taken(1.05) == ["C1", "C2"]
        assert await taken(1.5) == []
        assert await taken(2.1) == ["C1", "C2"]
        assert await taken(3.2) == ["C1"]
        # A clock that was set back does not keep a channel closed.
        assert await taken(-3600) == ["C1"]


async def test_what_one_subscribes_to_the_other_sees_as_due_without_asking_all_the_time(
    database: str,
) -> None:
    # By a clock that stands still the time to ask again never comes.
    async with replicas(database, 2, seconds=lambda: 1000.0) as (first, second):
        assert not await second.any_due(NOON)

        await follow(first)

        assert await comes_true(lambda: second.any_due(NOON))
        assert [each.id for each in await second.claim_due(NOON, 5)] == ["drs:job-1#1"]


async def test_what_was_called_out_while_nobody_listened_is_found_after_a_broken_connection(
    database: str, server: Server
) -> None:
    async with replicas(database, 2) as (first, second):
        assert not await second.any_due(NOON)
        with server.connect() as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        await follow(first)

        assert await comes_true(lambda: second.any_due(NOON))


async def test_a_dead_replicas_watch_counts_as_due_when_its_lease_has_ended(database: str) -> None:
    async with replicas(database, 2) as (first, second):
        opened = await follow(first)
        assert await first.claim_due(NOON, 5)

        assert not await second.any_due(NOON)
        assert not await first.any_due(NOON)
        assert await second.any_due(NOON + 5 * MINUTE)
        # Its own claim it still works on.
        watch = await current(first, opened.watch)
        assert await first.commit(replace(watch, due_at=NOON + MINUTE))
