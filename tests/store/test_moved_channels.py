"""A channel whose id changed keeps what it follows and all that waits for it, whatever the store."""

import pytest

from bot.core.news import CardOpened
from bot.ports import Store
from tests.store.conftest import Place
from tests.store.world import MINUTE, NOON, catch_up, current, end, follow, follow_with_card, news_for, pause, tell


@pytest.mark.parametrize("silent", [True, False])
@pytest.mark.parametrize("restarted", [True, False])
async def test_a_channel_moves_with_all_that_waits_in_it(place: Place, *, silent: bool, restarted: bool) -> None:
    store = await place.open()
    opened = await follow_with_card(store, "job-1", "sub-1", channel="C1")
    await follow(store, "job-2", "sub-2", channel="C2")
    ended = await follow_with_card(store, "job-3", "sub-3", channel="C1")
    await end(store, ended)
    await tell(store, opened, "1")
    if silent:
        await pause(store, "sub-1")

    count = await store.move_channel("C1", "C9")

    assert count == 2
    if restarted:
        store = await place.reopen()
    assert await store.followed_in("C1") == []
    assert [each.subscription.id for each in await store.followed_in("C9")] == ["sub-1"]
    assert [row.channel for row in await store.waiting(opened.subscription.id)] == ["C9"]
    if silent:
        await store.resume(opened.subscription.id, None)
    taken = [row for _ in range(2) for row in await store.take_deliveries(NOON, 10, skip_channels={"C2"})]
    assert [(row.channel, row.subscription_id) for row in taken] == [("C9", "sub-3"), ("C9", "sub-1")]


async def test_what_stood_first_in_the_old_channel_goes_once_in_the_new_one(store: Store) -> None:
    await follow(store, "job-1", "sub-1", channel="C1")
    await follow(store, "job-2", "sub-2", channel="C9", at=NOON + MINUTE)
    await store.take_deliveries(NOON, 0)

    await store.move_channel("C1", "C9")

    first = await store.take_deliveries(NOON, 10)
    second = await store.take_deliveries(NOON, 10)
    third = await store.take_deliveries(NOON, 10)
    assert [[row.subscription_id for row in rows] for rows in (first, second, third)] == [["sub-1"], ["sub-2"], []]


async def test_a_channel_that_follows_the_same_already_follows_it_once(place: Place) -> None:
    store = await place.open()
    both = await follow_with_card(store, "job-1", "sub-1", channel="C1")
    await follow_with_card(store, "job-1", "sub-2", channel="C9")
    await follow_with_card(store, "job-2", "sub-3", channel="C1", at=NOON + MINUTE)
    await tell(store, both, "1")
    before = await current(store, both.watch)

    count = await store.move_channel("C1", "C9")

    assert count == 1
    assert await store.waiting(both.subscription.id) == []
    store = await place.reopen()
    assert [each.subscription.id for each in await store.followed_in("C9")] == ["sub-2", "sub-3"]
    assert await store.subscription(both.subscription.id) is None
    assert await store.take_deliveries(NOON, 10) == []
    assert (await current(store, both.watch)).version == before.version + 1


async def test_news_of_who_knew_the_old_channel_goes_to_the_new_one(store: Store) -> None:
    opened = await follow_with_card(store, channel="C1")
    await store.move_channel("C1", "C9")
    (told,) = await tell(store, opened, "1")
    await pause(store, "sub-1")
    await catch_up(store, opened)
    await store.replace_card(
        opened.subscription.id, news_for(opened.subscription, opened.watch, "card-2", CardOpened())
    )

    assert told.channel == "C9"
    assert [row.channel for row in await store.waiting(opened.subscription.id)] == ["C9", "C9"]


async def test_where_nothing_is_nothing_moves(store: Store) -> None:
    await follow(store, channel="C1")

    assert await store.move_channel("C7", "C9") == 0
    assert await store.move_channel("C1", "C1") == 0
    assert [each.subscription.id for each in await store.followed_in("C1")] == ["sub-1"]
