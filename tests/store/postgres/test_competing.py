"""However many replicas ask at once, each thing is handed to one of them."""

import asyncio

import pytest

from bot.core.model import Delivery, DeliveryId, Watch, delivery_id
from bot.core.news import CardOpened
from bot.ports import Store
from bot.store.postgres.store import PostgresStore
from tests.store.postgres.conftest import Replicas
from tests.store.world import (
    MINUTE,
    NOON,
    current,
    end,
    follow,
    follow_with_card,
    new_subscription,
    new_watch,
    news_for,
    tell,
)


async def three(replica: Replicas) -> list[PostgresStore]:
    return [await replica() for _ in range(3)]


async def claimed_by(store: Store, size: int) -> list[Watch]:
    """Claim until nothing is left."""
    found: list[Watch] = []
    while some := await store.claim_due(NOON, size):
        found += some
    return found


async def taken_by(store: Store) -> list[Delivery]:
    """Take until nothing is left."""
    found: list[Delivery] = []
    while some := await store.take_deliveries(NOON, 3):
        found += some
    return found


async def test_of_three_replicas_and_two_watches_one_goes_away_empty(replica: Replicas) -> None:
    stores = await three(replica)
    await follow(stores[0], "job-1", "sub-1")
    await follow(stores[1], "job-2", "sub-2", channel="C2")

    claims = await asyncio.gather(*(store.claim_due(NOON, 1) for store in stores))

    assert sorted(watch.key for claim in claims for watch in claim) == ["job-1", "job-2"]
    assert [len(claim) for claim in claims].count(0) == 1


async def test_no_watch_is_claimed_twice(replica: Replicas) -> None:
    stores = await three(replica)
    for n in range(60):
        await follow(stores[0], f"job-{n}", f"sub-{n}", account=("drs", "cos")[n % 2], channel=f"C{n}")

    claims = await asyncio.gather(*(claimed_by(store, 7) for store in stores))

    assert sorted(watch.id for claim in claims for watch in claim) == sorted({w.id for claim in claims for w in claim})
    # Who claims while another does may come away with less; what is left then is there for the next.
    rest = await claimed_by(stores[0], 60)
    assert sum(map(len, claims)) + len(rest) == 60


async def test_no_delivery_is_handed_to_two(replica: Replicas) -> None:
    stores = await three(replica)
    for n in range(40):
        await follow(stores[0], f"job-{n}", f"sub-{n}", channel=f"C{n % 20}")

    takes = await asyncio.gather(*(taken_by(store) for store in stores))

    ids = [row.id for taken in takes for row in taken]
    assert len(ids) == len(set(ids))
    assert len(ids) + len(await taken_by(stores[0])) == 40


async def test_a_thread_keeps_its_order_whoever_posts(replica: Replicas) -> None:
    stores = await three(replica)
    opened = await follow_with_card(stores[0])
    whats = [str(n) for n in range(9)]
    await tell(stores[1], opened, *whats)

    told: list[str] = []
    for n, _ in enumerate(whats):
        takes = [await store.take_deliveries(NOON, 5) for store in stores[n % 3 :] + stores[: n % 3]]
        ((row,),) = [taken for taken in takes if taken]
        told.append(row.id.rpartition("/")[2])
        await stores[n % 3].mark_sent(row.id, f"100.{n}", NOON)

    assert told == whats


@pytest.mark.parametrize("before", [False, True], ids=["new", "ended before"])
async def test_replicas_that_subscribe_at_once_share_one_watch(replica: Replicas, *, before: bool) -> None:
    stores = await three(replica)
    for n in range(8):
        if before:
            await end(stores[0], await follow(stores[0], f"job-{n}", f"old-{n}"))

        opened = await asyncio.gather(
            *(follow(store, f"job-{n}", f"sub-{n}-{c}", channel=f"C{c}") for c, store in enumerate(stores))
        )

        assert {each.watch.id for each in opened} == {new_watch(f"job-{n}").id.replace("#1", "#2" if before else "#1")}
        assert len(await stores[0].followers(opened[0].watch.id)) == 3


async def test_of_replicas_that_subscribe_one_channel_at_once_one_opens(replica: Replicas) -> None:
    stores = await three(replica)
    watch = new_watch()
    subscriptions = [new_subscription(watch, f"sub-{n}") for n in range(3)]

    answers = await asyncio.gather(
        *(
            store.subscribe(watch, each, news_for(each, watch, "card", CardOpened()))
            for store, each in zip(stores, subscriptions, strict=True)
        )
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyFollowed", "AlreadyFollowed", "Opened"]
    assert {answer.watch.id for answer in answers} == {watch.id}


async def test_the_last_to_leave_and_the_next_to_come_may_meet(replica: Replicas) -> None:
    one, other, _ = await three(replica)
    for n in range(8):
        opened = await follow(one, f"job-{n}", f"first-{n}", channel="C1")

        removed, joined = await asyncio.gather(
            one.remove_subscription(opened.subscription.id), follow(other, f"job-{n}", f"next-{n}", channel="C2")
        )

        assert removed is not None
        assert [each.id for each in await one.followers(joined.watch.id)] == [f"next-{n}"]
        # A poll of the first that is still under way must not be taken for one of the second.
        assert not await one.commit(opened.watch)


async def test_commits_of_one_reading_by_two_replicas_are_one(replica: Replicas) -> None:
    one, other, _ = await three(replica)
    opened = await follow(one)

    done = await asyncio.gather(one.commit(opened.watch), other.commit(opened.watch))

    assert sorted(done) == [False, True]
    assert (await current(one, opened.watch)).version == opened.watch.version + 1


async def test_many_verbs_about_the_same_tasks_at_once_all_end(replica: Replicas) -> None:
    stores = await three(replica)
    opened = [await follow_with_card(stores[0], f"job-{n}", f"sub-{n}", channel=f"C{n}") for n in range(6)]

    async def about(number: int) -> None:
        store = stores[number % 3]
        for each in opened[number:] + opened[:number]:
            await store.owner_left(each.subscription.channel, "U1", left=bool(number % 2))
            await store.postpone(each.watch.id, NOON + MINUTE)
            watches = [await current(store, one.watch) for one in opened]
            await store.commit_all([(watch, ()) for watch in (watches if number % 2 else reversed(watches))])

    await asyncio.gather(*(about(number) for number in range(6)))

    assert [await stores[1].commit(await current(stores[1], each.watch)) for each in opened] == [True] * 6


async def test_a_claim_of_another_replica_survives_who_joins_its_watch(replica: Replicas) -> None:
    one, other, _ = await three(replica)
    await follow(one)
    await one.claim_due(NOON, 1)

    await follow(other, "job-1", "sub-2", channel="C2")

    assert await other.claim_due(NOON, 1) == []


async def test_a_skipped_account_holds_up_no_other_one(replica: Replicas) -> None:
    one, other, _ = await three(replica)
    for n in range(5):
        await follow(one, f"job-{n}", f"sub-{n}", account="drs", due_at=NOON - MINUTE)
    await follow(one, "last", "sub-9", account="cos")

    found = await other.claim_due(NOON, 2, skip={"drs"})

    assert [watch.key for watch in found] == ["last"]
    assert len(await one.claim_due(NOON, 10, account="drs")) == 5


async def test_a_card_that_one_replica_was_handed_is_marked_by_it(replica: Replicas) -> None:
    one, other, _ = await three(replica)
    opened = await follow(one)
    (card,) = await other.take_deliveries(NOON, 1)

    await other.mark_sent(card.id, "100.1", NOON)

    found = await one.subscription(opened.subscription.id)
    assert found is not None
    assert found.subscription.card is not None
    assert card.id == DeliveryId(delivery_id(opened.watch, opened.subscription.id, "card"))
