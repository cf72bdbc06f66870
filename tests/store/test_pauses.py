"""A paused subscription is silent, loses nothing, and speaks again, whatever the store."""

import asyncio

from msgspec.structs import replace

from bot.core.model import Card, DeliveryState, Pause, PauseReason, SubscriptionId
from bot.ports import Store
from bot.store.change import in_doubt
from tests.store.conftest import Place
from tests.store.world import (
    ARCHIVED,
    HOUR,
    MINUTE,
    NOON,
    catch_up,
    current,
    end,
    follow,
    follow_with_card,
    lasts,
    pause,
    tell,
)


async def paused(store: Store) -> list[str]:
    return [each.subscription.id for each in await store.paused()]


async def test_many_are_paused_at_once_and_those_that_were_not_before_are_returned(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store, "job-1", "sub-1", channel="C1")
    await follow(store, "job-1", "sub-2", channel="C2")
    other = await follow(store, "job-2", "sub-3", channel="C1")
    ended = await follow_with_card(store, "job-3", "sub-4", channel="C1")
    await end(store, ended)
    await pause(store, "sub-2", why=replace(ARCHIVED, since=NOON - HOUR))
    first, second = await current(store, opened.watch), await current(store, other.watch)

    silent = await store.pause(
        [SubscriptionId(name) for name in ("sub-1", "sub-1", "sub-2", "sub-3", "sub-4", "nobody")], ARCHIVED
    )

    assert [(each.subscription.id, each.subscription.paused) for each in silent] == [
        ("sub-1", ARCHIVED),
        ("sub-3", ARCHIVED),
        ("sub-4", ARCHIVED),
    ]
    assert [each.watch.version for each in silent[:2]] == [first.version + 1, second.version + 1]
    store = await place.reopen()
    assert await store.subscription(SubscriptionId("sub-1")) == silent[0]
    assert await paused(store) == ["sub-2", "sub-1", "sub-3", "sub-4"]


async def test_of_two_pauses_at_once_one_is_the_first(store: Store) -> None:
    await follow(store)

    silent = await asyncio.gather(*(pause(store, "sub-1") for _ in range(3)))

    assert sorted(silent) == [[], [], ["sub-1"]]


async def test_who_is_paused_keeps_the_first_pause(store: Store) -> None:
    opened = await follow(store)
    await pause(store, "sub-1")
    before = await store.subscription(opened.subscription.id)

    await pause(store, "sub-1", why=Pause(reason=PauseReason.TOKEN, since=NOON + HOUR))

    assert await store.subscription(opened.subscription.id) == before


async def test_a_poll_that_did_not_know_of_the_pause_or_its_end_reads_again(store: Store) -> None:
    opened = await follow(store)
    await pause(store, "sub-1")

    assert not await store.commit(opened.watch)
    during = await current(store, opened.watch)
    await store.resume(opened.subscription.id, None)
    assert not await store.commit(during)
    assert await store.commit(await current(store, opened.watch))


async def test_a_pause_leaves_the_claim_with_its_poll(store: Store) -> None:
    await follow(store)
    await store.claim_due(NOON, 1)

    await pause(store, "sub-1")
    await store.resume(SubscriptionId("sub-1"), None)

    assert await store.claim_due(NOON, 1) == []


async def test_nothing_of_a_paused_subscription_is_handed_out_and_all_of_it_waits(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store, "job-1", "sub-1", channel="C1")
    await follow(store, "job-1", "sub-2", channel="C2")
    await tell(store, opened, "1")
    await pause(store, "sub-1")

    await tell(store, opened, "2")

    assert [row.channel for row in await store.take_deliveries(NOON, 10)] == ["C2"]
    store = await place.reopen()
    assert [row.channel for row in await store.take_deliveries(NOON, 10)] == ["C2"]
    assert lasts(await store.waiting(opened.subscription.id)) == ["1", "2"]
    await store.resume(opened.subscription.id, None)
    assert "1" in lasts(await store.take_deliveries(NOON, 10))


async def test_the_card_of_a_paused_subscription_is_not_stale(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    before = await store.stale_cards(10)
    await pause(store, "sub-1")

    during = await store.stale_cards(10)
    store = await place.reopen()
    restarted = await store.stale_cards(10)
    await store.resume(opened.subscription.id, None)
    after = await store.stale_cards(10)

    assert [len(each) for each in (before, during, restarted, after)] == [1, 0, 0, 1]


async def test_what_was_being_sent_and_what_is_unknown_is_unknown(place: Place) -> None:
    store = await place.open()
    sending = await follow_with_card(store, "job-1", "sub-1", channel="C1")
    unknown = await follow_with_card(store, "job-2", "sub-2", channel="C2")
    await tell(store, sending, "1")
    (lost,) = await tell(store, unknown, "2")
    taken = {row.channel: row for row in await store.take_deliveries(NOON, 10)}
    await store.mark_unknown(lost.id, NOON + HOUR)

    await pause(store, "sub-1", "sub-2")

    store = await place.reopen()
    assert await store.waiting(sending.subscription.id) == [in_doubt(taken["C1"])]
    (still,) = await store.waiting(unknown.subscription.id)
    assert (still.state, still.not_before, still.attempts) == (DeliveryState.UNKNOWN, NOON + HOUR, 1)
    assert await store.take_deliveries(NOON + HOUR, 10) == []


async def test_what_arrived_after_all_is_not_sent_again(store: Store) -> None:
    opened = await follow(store)
    await tell(store, opened, "1")
    (card,) = await store.take_deliveries(NOON, 1)
    await pause(store, "sub-1")

    await store.mark_sent(card.id, "100.1", NOON)

    found = await store.subscription(opened.subscription.id)
    assert found is not None
    assert (found.subscription.card, found.subscription.paused) == (Card(ts="100.1"), ARCHIVED)
    await store.resume(opened.subscription.id, None)
    assert lasts(await store.take_deliveries(NOON, 10)) == ["1"]


async def test_an_answer_that_is_late_or_lost_keeps_the_row_open_and_silent(store: Store) -> None:
    opened = await follow_with_card(store)
    await tell(store, opened, "1")
    (row,) = await store.take_deliveries(NOON, 1)
    await pause(store, "sub-1")

    for mark in (store.mark_pending, store.mark_unknown):
        await mark(row.id, NOON + MINUTE)
        assert lasts(await store.waiting(opened.subscription.id)) == ["1"]
        assert await store.take_deliveries(NOON + HOUR, 10) == []

    await store.resume(opened.subscription.id, None)
    (again,) = await store.take_deliveries(NOON + HOUR, 10)
    assert again.state is DeliveryState.UNKNOWN


async def test_what_was_being_sent_during_a_pause_is_unknown_after_a_restart(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    (row,) = await tell(store, opened, "1")
    await store.take_deliveries(NOON, 1)
    await store.mark_unknown(row.id, NOON)
    await store.take_deliveries(NOON, 1)
    await pause(store, "sub-1")
    sending = await store.mark_sending(row.id, NOON + MINUTE)

    store = await place.reopen()

    unknown = in_doubt(sending)
    assert await store.waiting(opened.subscription.id) == [unknown]
    assert await store.take_deliveries(NOON + HOUR, 10) == []
    await store.resume(opened.subscription.id, None)
    assert await store.take_deliveries(NOON + HOUR, 10) == [unknown]


async def test_a_paused_subscription_is_still_followed(store: Store) -> None:
    opened = await follow_with_card(store, "job-1", "old", channel="C1", at=NOON)
    await follow_with_card(store, "job-1", "young", channel="C2", at=NOON + HOUR)
    await follow_with_card(store, "job-2", "middle", channel="C1", at=NOON + MINUTE)

    await pause(store, "old", "young")

    assert [each.id for each in await store.followers(opened.watch.id)] == ["old", "young"]
    assert [each.subscription.id for each in await store.followed_in("C1")] == ["old", "middle"]
    assert [each.subscription.id for each in await store.speaking()] == ["old", "middle", "young"]


async def test_only_what_is_open_or_has_something_left_to_say_is_speaking_and_can_be_paused(store: Store) -> None:
    ended = await follow_with_card(store, "job-1", "sub-1")
    told = await follow_with_card(store, "job-4", "sub-4")
    left = await follow_with_card(store, "job-2", "sub-2")
    await follow_with_card(store, "job-3", "sub-3", channel="C2", at=NOON + MINUTE)
    await end(store, ended)
    await end(store, told)
    (row,) = await store.waiting(told.subscription.id)
    await store.mark_sent(row.id, "100.2", NOON)
    await store.remove_subscription(left.subscription.id)

    assert [each.subscription.id for each in await store.speaking()] == ["sub-1", "sub-3"]
    assert [each.subscription.id for each in await store.speaking("C1")] == ["sub-1"]
    assert await pause(store, "sub-1", "sub-2", "sub-3", "sub-4") == ["sub-1", "sub-3"]


async def test_the_longest_paused_come_first(store: Store) -> None:
    for number, minute in enumerate((3, 1, 2)):
        await follow(store, f"job-{number}", f"sub-{number}", channel=f"C{number}")
        await pause(store, f"sub-{number}", why=replace(ARCHIVED, since=NOON + minute * MINUTE))

    assert await paused(store) == ["sub-1", "sub-2", "sub-0"]


async def test_who_ends_during_a_pause_keeps_it_and_is_told_the_end_afterwards(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    await tell(store, opened, "1")
    await pause(store, "sub-1")
    await end(store, opened)

    store = await place.reopen()
    (silent,) = await store.paused()
    assert (silent.subscription.ended_at, silent.subscription.paused) == (NOON, ARCHIVED)
    assert await store.followers(opened.watch.id) == []
    assert await store.followed_in("C1") == []
    assert await store.take_deliveries(NOON, 10) == []
    assert await store.prune(NOON + HOUR) == 0

    resumed = await catch_up(store, opened)

    assert resumed is not None
    assert (resumed.subscription.paused, resumed.subscription.ended_at) == (None, NOON)
    assert lasts(await store.waiting(opened.subscription.id)) == ["resumed", "ended"]
    assert [each.subscription.id for each in await store.stale_cards(10)] == ["sub-1"]
    for row in await store.waiting(opened.subscription.id):
        await store.mark_sent(row.id, "1.1", NOON)
    assert await store.prune(NOON + HOUR) == 1
    assert await store.subscription(opened.subscription.id) is None


async def test_a_paused_subscription_with_nothing_to_say_is_pruned(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    await pause(store, "sub-1")
    await store.commit(replace(await current(store, opened.watch), due_at=None, ended_at=NOON))

    assert await store.prune(NOON + HOUR) == 1
    assert await paused(store) == []


async def test_a_paused_subscription_can_be_removed(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store, "job-1", "sub-1", channel="C1")
    await tell(store, opened, "1")
    await pause(store, "sub-1")

    removed = await store.remove_subscription(opened.subscription.id)

    assert removed is not None
    assert removed.subscription.paused == ARCHIVED
    store = await place.reopen()
    assert await paused(store) == []
    assert await store.watch(opened.watch.id) is None
