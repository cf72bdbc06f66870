"""A card that is behind is edited by one replica."""

from datetime import timedelta

from msgspec.structs import replace

from bot.ports import Store
from tests.postgres import Server
from tests.store.postgres.conftest import Replicas
from tests.store.world import NOON, current, follow_with_card


async def stale(store: Store, limit: int = 10) -> list[str]:
    return [each.subscription.id for each in await store.stale_cards(limit)]


async def cards(store: Store, count: int) -> list[str]:
    """Follow some tasks whose cards show nothing yet."""
    return [(await follow_with_card(store, f"job-{n}", f"sub-{n}")).subscription.id for n in range(count)]


async def test_each_card_is_handed_to_one_replica_which_keeps_it(replica: Replicas) -> None:
    one, other = await replica(), await replica()
    await cards(one, 5)

    first, second = await stale(one, 3), await stale(other)

    assert first == ["sub-0", "sub-1", "sub-2"]
    assert second == ["sub-3", "sub-4"]
    assert await stale(one, 3) == first
    assert await stale(other) == second


async def test_who_stops_leaves_its_cards_to_the_others(replica: Replicas) -> None:
    one, other = await replica(), await replica()
    names = await cards(one, 3)
    await stale(one)

    await one.close()

    assert await stale(other) == names


async def test_the_cards_of_the_dead_are_edited_by_another(replica: Replicas, server: Server) -> None:
    dead, other = await replica(), await replica()
    names = await cards(dead, 3)
    await stale(dead)
    await replica.kill(dead)

    before = await stale(other)
    with server.connect() as connection:
        connection.execute("UPDATE milepost.subscription SET card_until = card_until - %s", (timedelta(seconds=30),))

    assert before == []
    assert await stale(other) == names


async def test_a_card_that_ended_is_seen_behind_many_that_wait(replica: Replicas) -> None:
    one = await replica()
    await cards(one, 10)
    await stale(one, 5)
    last = await follow_with_card(one, "last", "sub-last", channel="C9")
    assert await one.commit(replace(await current(one, last.watch), due_at=None, ended_at=NOON))

    assert (await stale(one, 5))[0] == "sub-last"


async def test_a_picture_that_did_not_change_is_noted_with_others_and_seen_by_all(replica: Replicas) -> None:
    one, other = await replica(), await replica()
    await cards(one, 3)
    for name in await one.stale_cards(10):
        await one.card_shown(name.subscription.id, shown="picture", version=name.watch.version, now=NOON)
    for each in await one.all_followed():
        assert await one.commit(each.watch)
    handed = await one.stale_cards(10)
    # Meanwhile one of them is read again.
    assert await one.commit(handed[2].watch)

    for each in handed:
        await one.card_shown(each.subscription.id, shown="picture", version=each.watch.version, now=NOON)
    again = await stale(one)
    await one.close()

    assert again == [handed[2].subscription.id]
    assert await stale(other) == again
