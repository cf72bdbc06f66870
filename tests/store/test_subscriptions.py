"""What subscribing and unsubscribing leave behind, whatever the store."""

import asyncio

from msgspec.structs import replace

from bot.core.model import SubscriptionId, WatchId, delivery_id
from bot.core.news import CardOpened
from bot.ports import AlreadyFollowed, Opened, Store
from providers.base import TaskKey
from tests.store.conftest import Place
from tests.store.world import (
    HOUR,
    MINUTE,
    NOON,
    current,
    follow,
    follow_with_card,
    new_subscription,
    new_watch,
    news_for,
    the_end,
)


async def test_everything_is_as_it_was_after_a_restart(place: Place) -> None:
    store = await place.open()
    first = await follow_with_card(store, "job-1", "sub-1", channel="C1")
    second = await follow(store, "job-1", "sub-2", channel="C2")
    before = (await store.subscription(first.subscription.id), await store.subscription(second.subscription.id))

    store = await place.reopen()

    after = (await store.subscription(first.subscription.id), await store.subscription(second.subscription.id))
    assert after == before
    assert await store.open_watch("drs", TaskKey("job-1")) == second.watch
    assert [each.id for each in await store.followers(second.watch.id)] == ["sub-1", "sub-2"]
    assert [each.subscription.id for each in await store.followed_in("C2")] == ["sub-2"]


async def test_a_second_channel_joins_the_open_watch_and_raises_its_version(store: Store) -> None:
    first = await follow(store, "job-1", "sub-1", channel="C1")

    second = await follow(store, "job-1", "sub-2", channel="C2")

    assert second.watch.id == first.watch.id == second.subscription.watch_id
    assert second.watch.version == first.watch.version + 1
    assert await store.watch(first.watch.id) == second.watch


async def test_a_channel_follows_a_task_once(store: Store) -> None:
    first = await follow(store)
    watch = new_watch()
    again = new_subscription(watch, "sub-2")

    answer = await store.subscribe(watch, again, news_for(again, watch, "card", CardOpened()))

    assert answer == AlreadyFollowed(subscription=first.subscription, watch=first.watch)
    assert await store.subscription(again.id) is None


async def test_of_two_requests_at_once_one_opens_and_one_finds_it(store: Store) -> None:
    watch = new_watch()
    both = [new_subscription(watch, "sub-1"), new_subscription(watch, "sub-2")]

    answers = await asyncio.gather(
        *(store.subscribe(watch, each, news_for(each, watch, "card", CardOpened())) for each in both)
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyFollowed", "Opened"]
    assert len(await store.followed_in("C1")) == 1


async def test_two_channels_at_once_share_one_watch(store: Store) -> None:
    answers = await asyncio.gather(follow(store, name="sub-1", channel="C1"), follow(store, name="sub-2", channel="C2"))

    assert answers[0].watch.id == answers[1].watch.id
    assert len(await store.followers(answers[0].watch.id)) == 2


async def test_a_task_that_ended_is_followed_again_under_the_next_number(place: Place) -> None:
    store = await place.open()
    first = await follow(store, name="sub-1")
    await store.commit(replace(first.watch, due_at=None, ended_at=NOON))
    store = await place.reopen()

    second = await follow(store, name="sub-2")

    assert (first.watch.id, second.watch.id) == ("drs:job-1#1", "drs:job-1#2")
    assert second.subscription.watch_id == second.watch.id


async def test_the_card_of_a_joined_watch_bears_the_ids_of_that_watch(store: Store) -> None:
    first = await follow(store, name="sub-1", channel="C1")
    await store.commit(replace(first.watch, run=3))

    second = await follow(store, name="sub-2", channel="C2")

    (card,) = await store.take_deliveries(NOON, 10, skip_channels={"C1"})
    assert card.id == delivery_id(second.watch, second.subscription.id, "card") == "drs:job-1#1/3/sub-2/card"
    assert (card.watch_id, card.subscription_id) == (first.watch.id, "sub-2")


async def test_unsubscribing_deletes_what_was_still_to_be_said(place: Place) -> None:
    store = await place.open()
    gone = await follow(store, name="sub-1", channel="C1")
    await follow(store, name="sub-2", channel="C2")

    removed = await store.remove_subscription(gone.subscription.id)

    assert removed is not None
    assert removed.subscription == gone.subscription
    assert removed.watch.version == gone.watch.version + 2
    assert await store.watch(gone.watch.id) == removed.watch
    store = await place.reopen()
    assert await store.subscription(gone.subscription.id) is None
    assert [each.id for each in await store.followers(gone.watch.id)] == ["sub-2"]
    assert await store.followed_in("C1") == []
    assert [row.channel for row in await store.take_deliveries(NOON, 10)] == ["C2"]


async def test_a_watch_that_nobody_follows_is_deleted(place: Place) -> None:
    store = await place.open()
    opened = await follow(store)

    removed = await store.remove_subscription(opened.subscription.id)

    assert removed is not None
    assert removed.watch.id == opened.watch.id
    assert await store.next_due() is None
    store = await place.reopen()
    assert await store.watch(opened.watch.id) is None
    assert await store.claim_due(NOON, 10) == []


async def test_an_ended_subscription_can_be_removed_too(store: Store) -> None:
    opened = await follow_with_card(store)
    watch = await current(store, opened.watch)
    await store.commit(replace(watch, due_at=None, ended_at=NOON), [the_end(opened.subscription, watch)])

    removed = await store.remove_subscription(opened.subscription.id)

    assert removed is not None
    assert await store.watch(watch.id) is None
    assert await store.take_deliveries(NOON, 10) == []
    assert await store.stale_cards(10) == []


async def test_what_is_not_there_cannot_be_removed_or_found(store: Store) -> None:
    assert await store.remove_subscription(SubscriptionId("nobody")) is None
    assert await store.subscription(SubscriptionId("nobody")) is None
    assert await store.watch(WatchId("nothing")) is None
    assert await store.open_watch("drs", TaskKey("nothing")) is None
    assert await store.followers(WatchId("nothing")) == []
    assert await store.followed_in("C0") == []


async def test_subscriptions_are_told_oldest_first(store: Store) -> None:
    await follow(store, "job-1", "young", channel="C1", at=NOON + HOUR)
    await follow(store, "job-1", "old", channel="C2", at=NOON)
    await follow(store, "job-2", "middle", channel="C1", at=NOON + MINUTE)

    assert [each.id for each in await store.followers(new_watch("job-1").id)] == ["old", "young"]
    assert [each.subscription.id for each in await store.followed_in("C1")] == ["middle", "young"]


async def test_the_followers_of_many_watches_are_told_watch_by_watch_without_those_that_ended(store: Store) -> None:
    await follow(store, "job-1", "young", channel="C1", at=NOON + HOUR)
    await follow(store, "job-1", "old", channel="C2", at=NOON)
    await follow(store, "job-2", "middle", channel="C1", at=NOON + MINUTE)
    ended = (await follow(store, "job-3", "gone")).watch
    await store.commit(replace(ended, due_at=None, ended_at=NOON))

    asked = [new_watch("job-2").id, WatchId("nothing"), new_watch("job-1").id, ended.id]
    found = await store.followers_of(asked)

    assert [[each.id for each in theirs] for theirs in found] == [["middle"], [], ["old", "young"], []]
    assert [list(theirs) for theirs in found] == [list(await store.followers(watch_id)) for watch_id in asked]
    assert list(await store.followers_of([])) == []


async def test_a_channel_may_follow_again_after_it_left(store: Store) -> None:
    opened = await follow(store, name="sub-1")
    await store.remove_subscription(opened.subscription.id)

    again = await follow(store, name="sub-2")

    assert isinstance(again, Opened)
    assert [each.subscription.id for each in await store.followed_in("C1")] == ["sub-2"]


async def test_who_joins_a_task_that_runs_again_follows_it_though_it_had_ended_at_first_sight(store: Store) -> None:
    running = await follow(store, "job-1", "sub-1", channel="C1")
    ended = replace(new_watch("job-1"), due_at=None, ended_at=NOON)
    late = replace(new_subscription(ended, "sub-2", channel="C2"), ended_at=NOON)

    joined = await store.subscribe(ended, late, news_for(late, ended, "card", CardOpened()))

    assert isinstance(joined, Opened)
    assert joined.watch.id == running.watch.id
    assert [each.id for each in await store.followers(running.watch.id)] == ["sub-1", "sub-2"]
