"""The life and the order of deliveries, whatever the store."""

import asyncio

import pytest
from msgspec.structs import replace

from bot.core.model import Card, DeliveryId, DeliveryState, SubscriptionId
from bot.core.news import CardOpened
from bot.ports import Store, StoreError
from bot.store.change import in_doubt
from tests.store.conftest import Place
from tests.store.world import HOUR, MINUTE, NOON, current, follow, follow_with_card, news_for, the_end


async def whats(store: Store, *, skip: set[str] | None = None) -> list[str]:
    """Take what can go, and return the last part of each id."""
    return [row.id.rpartition("/")[2] for row in await store.take_deliveries(NOON, 10, skip_channels=skip or ())]


async def test_what_is_handed_out_was_marked_as_sending_first(place: Place) -> None:
    store = await place.open()
    await follow(store)

    (taken,) = await store.take_deliveries(NOON, 10)

    assert (taken.state, taken.attempts, taken.sending_since) == (DeliveryState.SENDING, 1, NOON)
    assert await store.take_deliveries(NOON + HOUR, 10) == []
    store = await place.reopen()
    (after,) = await store.take_deliveries(NOON + HOUR, 10)
    assert after == in_doubt(taken)


async def test_of_three_takers_and_two_deliveries_one_goes_away_empty(store: Store) -> None:
    await follow(store, "job-1", "sub-1", channel="C1")
    await follow(store, "job-2", "sub-2", channel="C2")

    taken = await asyncio.gather(*(store.take_deliveries(NOON, 1) for _ in range(3)))

    assert sorted(row.channel for rows in taken for row in rows) == ["C1", "C2"]
    assert [len(rows) for rows in taken].count(0) == 1


async def test_the_thread_waits_for_its_card(store: Store) -> None:
    opened = await follow(store)
    await store.commit(opened.watch, [news_for(opened.subscription, opened.watch, "25")])

    assert await whats(store) == ["card"]
    assert await whats(store) == []
    await store.mark_sent(DeliveryId("drs:job-1#1/1/sub-1/card"), "100.1", NOON)
    assert await whats(store) == ["25"]


async def test_nothing_goes_into_a_thread_whose_card_was_refused(store: Store) -> None:
    opened = await follow(store)
    await store.commit(opened.watch, [news_for(opened.subscription, opened.watch, "25")])
    (card,) = await store.take_deliveries(NOON, 10)

    await store.mark_refused(card.id, "not_in_channel")

    assert await whats(store) == []


async def test_a_thread_keeps_its_order_and_waits_for_an_unclear_answer(store: Store) -> None:
    opened = await follow_with_card(store)
    watch = await current(store, opened.watch)
    news = [news_for(opened.subscription, watch, what, created_at=NOON) for what in ("b", "a", "c")]
    await store.commit(watch, news)
    (first,) = await store.take_deliveries(NOON, 10)

    await store.mark_unknown(first.id, NOON + HOUR)

    assert first.id.endswith("/b")
    assert await whats(store) == []
    (again,) = await store.take_deliveries(NOON + HOUR, 10)
    await store.mark_sent(again.id, "100.2", NOON)
    assert await whats(store) == ["a"]


async def test_a_refused_reply_lets_the_next_one_go(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    watch = await current(store, opened.watch)
    await store.commit(watch, [news_for(opened.subscription, watch, what) for what in ("1", "2")])
    (first,) = await store.take_deliveries(NOON, 10)

    await store.mark_refused(first.id, "msg_too_long")

    store = await place.reopen()
    assert await whats(store) == ["2"]


async def test_an_end_goes_before_progress_and_the_oldest_before_the_rest(store: Store) -> None:
    threads = [await follow_with_card(store, f"job-{n}", f"sub-{n}", channel=f"C{n}") for n in range(3)]
    late, early, end = threads
    for opened, what, age in ((late, "late", 1), (early, "early", 2)):
        watch = await current(store, opened.watch)
        await store.commit(watch, [news_for(opened.subscription, watch, what, created_at=NOON - age * MINUTE)])
    watch = await current(store, end.watch)
    await store.commit(watch, [the_end(end.subscription, watch, created_at=NOON)])

    assert await whats(store) == ["ended", "early", "late"]


async def test_a_limit_takes_the_first_and_leaves_the_rest(store: Store) -> None:
    for n in range(3):
        await follow(store, f"job-{n}", f"sub-{n}", channel=f"C{n}", at=NOON + n * MINUTE)

    first = await store.take_deliveries(NOON, 2)
    rest = await store.take_deliveries(NOON, 2)

    assert [row.channel for row in first] == ["C0", "C1"]
    assert [row.channel for row in rest] == ["C2"]


async def test_a_channel_gets_one_at_a_time_and_skipped_ones_none(store: Store) -> None:
    await follow(store, "job-1", "sub-1", channel="C1", at=NOON)
    await follow(store, "job-2", "sub-2", channel="C1", at=NOON + MINUTE)
    await follow(store, "job-3", "sub-3", channel="C2")

    first = await store.take_deliveries(NOON, 10, skip_channels={"C2"})
    second = await store.take_deliveries(NOON, 10)

    assert [row.subscription_id for row in first] == ["sub-1"]
    assert [row.subscription_id for row in second] == ["sub-3", "sub-2"]


async def test_what_was_put_off_waits_until_then(place: Place) -> None:
    store = await place.open()
    await follow(store)
    (taken,) = await store.take_deliveries(NOON, 10)

    await store.mark_pending(taken.id, NOON + HOUR)

    assert await store.take_deliveries(NOON + HOUR - MINUTE, 10) == []
    store = await place.reopen()
    (again,) = await store.take_deliveries(NOON + HOUR, 10)
    assert (again.state, again.attempts, again.sending_since) == (DeliveryState.SENDING, 2, NOON + HOUR)


async def test_an_unknown_one_is_handed_out_as_unknown_and_only_once(store: Store) -> None:
    await follow(store)
    (taken,) = await store.take_deliveries(NOON, 10)
    await store.mark_unknown(taken.id, NOON + MINUTE)

    (unknown,) = await store.take_deliveries(NOON + MINUTE, 10)
    meanwhile = await store.take_deliveries(NOON + MINUTE, 10)

    assert (unknown.state, unknown.attempts, unknown.sending_since) == (DeliveryState.UNKNOWN, 1, NOON)
    assert meanwhile == []


async def test_an_unknown_one_that_was_not_found_is_sent_again(place: Place) -> None:
    store = await place.open()
    await follow(store)
    (taken,) = await store.take_deliveries(NOON, 10)
    await store.mark_unknown(taken.id, NOON)
    await store.take_deliveries(NOON, 10)

    sending = await store.mark_sending(taken.id, NOON + HOUR)

    assert (sending.state, sending.attempts, sending.sending_since) == (DeliveryState.SENDING, 2, NOON + HOUR)
    store = await place.reopen()
    (after,) = await store.take_deliveries(NOON + HOUR, 10)
    assert after == in_doubt(sending)


async def test_an_unknown_one_whose_finder_died_is_handed_out_after_ten_minutes(store: Store) -> None:
    await follow(store)
    (taken,) = await store.take_deliveries(NOON, 10)
    await store.mark_unknown(taken.id, NOON)
    await store.take_deliveries(NOON, 10)

    early = await store.take_deliveries(NOON + 9 * MINUTE, 10)
    late = await store.take_deliveries(NOON + 10 * MINUTE, 10)

    assert early == []
    assert [row.id for row in late] == [taken.id]


async def test_a_sent_card_gives_its_subscription_the_thread(place: Place) -> None:
    store = await place.open()
    opened = await follow(store)
    (card,) = await store.take_deliveries(NOON, 10)

    await store.mark_sent(card.id, "100.1", NOON)

    store = await place.reopen()
    found = await store.subscription(opened.subscription.id)
    assert found is not None
    assert found.subscription.card == Card(ts="100.1")
    assert await store.take_deliveries(NOON + HOUR, 10) == []


async def test_a_new_card_replaces_the_old_one_and_goes_before_what_waits(store: Store) -> None:
    opened = await follow_with_card(store, ts="100.1")
    await store.card_shown(opened.subscription.id, shown="x", version=0, now=NOON)
    watch = await current(store, opened.watch)
    await store.commit(watch, [news_for(opened.subscription, watch, "25")])
    await store.commit(
        await current(store, watch), [news_for(opened.subscription, watch, "card-2", CardOpened(), created_at=NOON)]
    )

    (card,) = await store.take_deliveries(NOON, 10)
    await store.mark_sent(card.id, "200.1", NOON)

    found = await store.subscription(opened.subscription.id)
    assert card.id.endswith("/card-2")
    assert found is not None
    assert found.subscription.card == Card(ts="200.1")
    assert await whats(store) == ["25"]


async def test_a_sent_reply_leaves_the_card_alone(store: Store) -> None:
    opened = await follow_with_card(store, ts="100.1")
    watch = await current(store, opened.watch)
    await store.commit(watch, [news_for(opened.subscription, watch, "25")])
    (reply,) = await store.take_deliveries(NOON, 10)

    await store.mark_sent(reply.id, "100.2", NOON)

    found = await store.subscription(opened.subscription.id)
    assert found is not None
    assert found.subscription.card == Card(ts="100.1")


async def test_what_was_sent_or_refused_cannot_become_open_again(store: Store) -> None:
    opened = await follow_with_card(store)
    watch = await current(store, opened.watch)
    await store.commit(watch, [news_for(opened.subscription, watch, "25")])
    (reply,) = await store.take_deliveries(NOON, 10)
    await store.mark_sent(reply.id, "100.2", NOON)

    await store.mark_pending(reply.id, NOON)
    await store.mark_unknown(reply.id, NOON)
    await store.mark_refused(reply.id, "late")

    assert await store.take_deliveries(NOON + HOUR, 10) == []
    with pytest.raises(StoreError):
        await store.mark_sending(reply.id, NOON)


async def test_unsubscribing_while_slack_is_asked_leaves_nothing_to_mark(store: Store) -> None:
    opened = await follow(store)
    (taken,) = await store.take_deliveries(NOON, 10)
    await store.remove_subscription(opened.subscription.id)

    await store.mark_sent(taken.id, "100.1", NOON)
    await store.mark_pending(taken.id, NOON)

    assert await store.subscription(opened.subscription.id) is None
    assert await store.take_deliveries(NOON + HOUR, 10) == []
    with pytest.raises(StoreError):
        await store.mark_sending(taken.id, NOON)


async def test_an_order_given_before_a_restart_holds_after_it(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    watch = await current(store, opened.watch)
    await store.commit(watch, [news_for(opened.subscription, watch, "z", created_at=NOON + HOUR)])
    store = await place.reopen()
    await store.commit(await current(store, watch), [news_for(opened.subscription, watch, "a", created_at=NOON)])

    first = await whats(store)

    assert first == ["z"]


async def test_news_for_somebody_who_left_is_not_kept(store: Store) -> None:
    opened = await follow_with_card(store, channel="C1", name="sub-1")
    left = replace(opened.subscription, id=SubscriptionId("sub-9"))
    watch = await current(store, opened.watch)

    await store.commit(watch, [news_for(left, watch, "25")])

    assert await store.take_deliveries(NOON, 10) == []


async def test_a_clock_that_goes_back_loses_no_delivery(store: Store) -> None:
    await follow(store, "job-1", "sub-1", channel="C1")
    (taken,) = await store.take_deliveries(NOON, 10)
    await store.mark_pending(taken.id, NOON + HOUR)
    await store.take_deliveries(NOON + HOUR, 0)

    early = await store.take_deliveries(NOON, 10)
    late = await store.take_deliveries(NOON + HOUR, 10)

    assert early == []
    assert [row.id for row in late] == [taken.id]
