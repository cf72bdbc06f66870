"""The database is away, or its answer is lost: nobody waits without end, and nothing is guessed."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from bot.core.model import DeliveryState, delivery_id
from bot.ports import StoreError, StoreUnusable
from bot.store.postgres.database import told
from bot.store.postgres.ledger import LEASE
from bot.store.postgres.store import PostgresStore
from tests.postgres import Server
from tests.store.postgres.conftest import Replicas
from tests.store.postgres.proxy import Proxy, proxy_to
from tests.store.world import HOUR, NOON, current, follow, news_for

COMMIT = b"COMMIT"
QUIET = b"behind AS"
CLAIM = b"claimed AS MATERIALIZED"


@pytest.fixture
async def proxy(server: Server) -> AsyncIterator[Proxy]:
    async with proxy_to(server.socket) as proxy:
        yield proxy


@pytest.fixture
async def store(replica: Replicas, proxy: Proxy, server: Server) -> PostgresStore:
    return await replica(url=server.url(host="127.0.0.1", port=proxy.port), wait=0.5)


async def answers(store: PostgresStore) -> None:
    """Wait until it does again."""
    while True:
        try:
            await store.say_again("hello")
        except StoreError:
            continue
        return


async def test_a_commit_whose_answer_was_lost_is_known_to_be_done(store: PostgresStore, proxy: Proxy) -> None:
    opened = await follow(store)
    proxy.cut_after = COMMIT
    told = [news_for(opened.subscription, opened.watch, "25")]

    done = await store.commit(replace(opened.watch, name="written"), told)

    assert done
    assert proxy.cuts == 1
    assert len(await store.waiting(opened.subscription.id)) == 2
    assert (await current(store, opened.watch)).name == "written"
    assert (await current(store, opened.watch)).version == opened.watch.version + 1


async def test_a_commit_that_never_arrived_is_known_to_be_not_done(store: PostgresStore, proxy: Proxy) -> None:
    opened = await follow(store)
    proxy.cut_before = COMMIT
    told = [news_for(opened.subscription, opened.watch, "25")]

    with pytest.raises(StoreError, match="nothing was written"):
        await store.commit(replace(opened.watch, name="lost"), told)

    assert proxy.cuts == 1
    assert len(await store.waiting(opened.subscription.id)) == 1
    assert (await current(store, opened.watch)).name is None
    assert await store.commit(replace(opened.watch, name="again"))


@pytest.mark.parametrize("arrives", [True, False])
async def test_readings_without_news_whose_commit_was_not_answered_are_read_back(
    store: PostgresStore, proxy: Proxy, *, arrives: bool
) -> None:
    opened = [await follow(store, f"job-{n}", f"sub-{n}", channel=f"C{n}") for n in range(3)]
    assert await store.commit(opened[1].watch)
    steps = [(replace(each.watch, name="written"), ()) for each in opened]
    proxy.cut_after, proxy.cut_before = (QUIET, None) if arrives else (None, QUIET)

    if arrives:
        done: list[bool] = list(await store.commit_all(steps))
    else:
        with pytest.raises(StoreError, match="connection"):
            await store.commit_all(steps)
        done = [False] * 3

    assert proxy.cuts == 1
    assert done == ([True, False, True] if arrives else [False] * 3)
    assert [(await current(store, each.watch)).name == "written" for each in opened] == done


async def test_a_subscription_whose_answer_was_lost_is_opened_once(store: PostgresStore, proxy: Proxy) -> None:
    proxy.cut_after = COMMIT

    opened = await follow(store)

    assert [each.id for each in await store.followers(opened.watch.id)] == ["sub-1"]


async def test_deliveries_whose_taking_was_not_answered_are_taken_all_the_same(
    store: PostgresStore, proxy: Proxy
) -> None:
    await follow(store)
    proxy.cut_after = COMMIT

    (taken,) = await store.take_deliveries(NOON, 1)

    assert taken.state is DeliveryState.SENDING
    assert store.still_holds(taken)


async def test_a_claim_whose_answer_was_lost_is_given_back(store: PostgresStore, proxy: Proxy) -> None:
    opened = await follow(store)
    proxy.cut_after = CLAIM

    with pytest.raises(StoreError):
        await store.claim_due(NOON, 1)
    before = await store.claim_due(NOON, 1)
    await store.renew(NOON)

    assert before == []
    assert [watch.id for watch in await store.claim_due(NOON, 1)] == [opened.watch.id]


async def test_a_claim_whose_answer_is_on_its_way_is_no_lost_one(
    store: PostgresStore, proxy: Proxy, replica: Replicas
) -> None:
    opened = await follow(store)
    other = await replica()
    store.ledger.strays = True
    proxy.hold_after = CLAIM

    claiming = asyncio.create_task(store.claim_due(NOON, 1))
    await proxy.answered.wait()
    await store.renew(NOON)
    proxy.let_go.set()

    assert [watch.id for watch in await claiming] == [opened.watch.id]
    assert await other.claim_due(NOON, 1) == []


async def test_deliveries_whose_taking_is_being_answered_are_no_lost_ones(
    store: PostgresStore, proxy: Proxy, replica: Replicas
) -> None:
    await follow(store)
    other = await replica()
    store.ledger.strays = True
    proxy.hold_after = COMMIT

    taking = asyncio.create_task(store.take_deliveries(NOON, 1))
    await proxy.answered.wait()
    await store.renew(NOON)
    proxy.let_go.set()
    (taken,) = await taking

    assert await other.take_deliveries(NOON, 1) == []
    assert store.still_holds(taken)


async def test_a_question_that_a_broken_connection_ate_is_asked_again(store: PostgresStore, proxy: Proxy) -> None:
    opened = await follow(store)
    proxy.cut_after = b"WHERE id = "

    assert await store.watch(opened.watch.id) == opened.watch
    assert proxy.cuts == 1


async def test_connections_that_the_server_ended_are_replaced_before_anybody_sees_it(
    store: PostgresStore, server: Server
) -> None:
    opened = await follow(store)

    for _ in range(3):
        server.cut()
        assert await store.commit(await current(store, opened.watch))


async def test_a_database_that_is_away_is_told_soon_and_is_seen_again_when_it_is_back(
    store: PostgresStore, proxy: Proxy
) -> None:
    opened = await follow(store)
    (claimed,) = await store.claim_due(NOON, 1)
    await proxy.close()

    async with asyncio.timeout(10):
        for verb in (
            store.commit(claimed),
            store.claim_due(NOON, 1),
            store.take_deliveries(NOON, 1),
            store.followed_in("C1"),
            store.mark_unknown(delivery_id(opened.watch, opened.subscription.id, "card"), NOON),
            store.renew(NOON),
        ):
            with pytest.raises(StoreError, match=r"database"):
                await verb
    await proxy.open()
    async with asyncio.timeout(30):
        await answers(store)

    assert await store.commit(claimed)
    assert len(await store.take_deliveries(NOON, 1)) == 1


async def test_a_server_that_is_restarted_loses_nothing(replica: Replicas, server: Server) -> None:
    store = await replica(wait=0.5)
    opened = await follow(store)
    (claimed,) = await store.claim_due(NOON, 1)
    (taken,) = await store.take_deliveries(NOON, 1)

    server.restart()
    async with asyncio.timeout(30):
        await answers(store)

    assert store.still_holds(taken)
    await store.mark_sent(taken.id, "100.1", NOON)
    assert await store.commit(replace(claimed, due_at=NOON + HOUR))
    assert (await current(store, opened.watch)).due_at == NOON + HOUR


async def test_who_closes_while_the_database_is_away_ends_all_the_same(
    replica: Replicas, proxy: Proxy, server: Server
) -> None:
    store = await replica(url=server.url(host="127.0.0.1", port=proxy.port), wait=0.2)
    other = await replica()
    await follow(store)
    await store.claim_due(NOON, 1)
    await proxy.close()

    async with asyncio.timeout(10):
        await store.close()

    with pytest.raises(StoreError, match="closed"):
        await store.claim_due(NOON, 1)
    assert len(await other.claim_due(NOON + LEASE, 1)) == 1


async def test_who_is_cancelled_leaves_no_transaction_open(replica: Replicas, server: Server) -> None:
    store = await replica()
    opened = await follow(store)

    for steps in range(1, 30):
        commit = asyncio.ensure_future(store.commit(await current(store, opened.watch)))
        for _ in range(steps):
            await asyncio.sleep(0)
        commit.cancel()
        await asyncio.wait([commit])

    assert await store.commit(await current(store, opened.watch))
    with server.connect() as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'milepost' AND state LIKE 'idle in trans%'"
        assert connection.execute(query).fetchone() == (0,)


async def test_a_password_is_in_no_word(server: Server) -> None:
    for url in (
        "postgresql://bot:hunter2@127.0.0.1:1/milepost",
        "postgresql://bot@127.0.0.1:1/milepost?password=hunter2",
        "postgresql://bot:hunter%322@127.0.0.1:1/hunter2",
        f"{server.url('nowhere')}&password=hunter2",
        "postgresql://bot:hunter2@127.0.0.1:1/x?hunter2=1",
    ):
        with pytest.raises(StoreUnusable) as refused:
            await PostgresStore.open(url)
        assert "hunter2" not in str(refused.value)
        assert "cannot be used" in str(refused.value)


def test_what_is_no_text_for_the_database_is_refused_without_it() -> None:
    trouble = told(UnicodeEncodeError("utf-8", "secret", 0, 1, "surrogates"))

    assert "secret" not in str(trouble)
