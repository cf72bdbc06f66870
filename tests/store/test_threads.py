"""What waits in a thread can be seen, folded, and moved to a new card, whatever the store."""

import pytest
from msgspec.structs import replace

from bot.core.model import Card, Delivery, DeliveryId, DeliveryState, SubscriptionId, Watch
from bot.core.news import CardOpened, CaughtUp, Ended, Paused
from bot.ports import Opened, Store, StoreError
from providers.base import TaskState
from tests.store.conftest import Place
from tests.store.world import HOUR, MINUTE, NOON, current, end, follow, follow_with_card, lasts, news_for, tell

FOLDED = CaughtUp(since=NOON.timestamp(), missed=(Paused(), Paused()))


def new_card(opened: Opened, watch: Watch, what: str = "card-2") -> Delivery:
    return news_for(opened.subscription, watch, what, CardOpened())


async def test_what_waits_is_told_in_the_order_in_which_it_is_to_go(place: Place) -> None:
    store = await place.open()
    opened = await follow(store)
    await tell(store, opened, "b", "a")
    await tell(store, opened, "c")

    store = await place.reopen()
    card, *news = await store.waiting(opened.subscription.id)

    assert isinstance(card.news, CardOpened)
    assert lasts(news) == ["b", "a", "c"]
    assert await store.waiting(SubscriptionId("nobody")) == []


async def test_what_was_sent_or_refused_does_not_wait(store: Store) -> None:
    opened = await follow_with_card(store)
    one, two, _ = await tell(store, opened, "1", "2", "3")
    await store.mark_sent(one.id, "100.2", NOON)
    await store.mark_refused(two.id, "msg_too_long")

    assert lasts(await store.waiting(opened.subscription.id)) == ["3"]


async def test_many_are_folded_into_one_in_its_place(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    head, *others, last = await tell(store, opened, *(str(n) for n in range(2_000)))

    told = await store.fold(head.id, FOLDED, [row.id for row in others])

    assert told == replace(head, news=FOLDED)
    store = await place.reopen()
    assert await store.waiting(opened.subscription.id) == [told, last]


async def test_one_that_is_being_sent_can_tell_what_the_others_said(store: Store) -> None:
    opened = await follow_with_card(store)
    _, other = await tell(store, opened, "1", "2")
    (sending,) = await store.take_deliveries(NOON, 1)

    told = await store.fold(sending.id, FOLDED, [other.id])

    assert told == replace(sending, news=FOLDED)
    await store.mark_sent(sending.id, "100.2", NOON)
    assert await store.take_deliveries(NOON + HOUR, 10) == []


async def test_what_was_folded_to_an_end_goes_first(store: Store) -> None:
    late = await follow_with_card(store, "job-1", "sub-1", channel="C1")
    early = await follow_with_card(store, "job-2", "sub-2", channel="C2", at=NOON - MINUTE)
    (row,) = await tell(store, late, "1")
    watch = await current(store, early.watch)
    await store.commit(watch, [news_for(early.subscription, watch, "1", created_at=NOON - MINUTE)])

    await store.fold(row.id, Ended(state=TaskState.SUCCEEDED, after_seconds=60.0), [])

    assert [each.channel for each in await store.take_deliveries(NOON, 10)] == ["C1", "C2"]


async def test_what_is_unknown_sent_or_not_there_tells_nothing_else(store: Store) -> None:
    opened = await follow_with_card(store)
    one, two, three = await tell(store, opened, "1", "2", "3")
    await store.mark_unknown(one.id, NOON)
    await store.mark_sent(two.id, "100.2", NOON)
    before = await store.waiting(opened.subscription.id)

    answers = [await store.fold(each, FOLDED, [three.id]) for each in (one.id, two.id, DeliveryId("nothing"))]

    assert answers == [None, None, None]
    assert await store.waiting(opened.subscription.id) == before


async def test_what_was_tried_or_is_elsewhere_cannot_be_folded(store: Store) -> None:
    opened = await follow_with_card(store, "job-1", "sub-1", channel="C1")
    tried, head, fresh = await tell(store, opened, "1", "2", "3")
    await store.take_deliveries(NOON, 1)
    sibling = await follow_with_card(store, "job-1", "sub-2", channel="C2")
    (elsewhere,) = await tell(store, sibling, "4")

    async def folds(*ids: DeliveryId) -> bool:
        before = await store.waiting(opened.subscription.id)
        done = await store.fold(head.id, FOLDED, [fresh.id, *ids])
        assert await store.waiting(opened.subscription.id) == before
        return done is not None

    assert not await folds(tried.id)
    await store.mark_pending(tried.id, NOON)
    assert not await folds(tried.id)
    await store.mark_unknown(tried.id, NOON)
    assert not await folds(tried.id)
    assert not await folds(elsewhere.id)
    assert not await folds(DeliveryId("nothing"))
    assert not await folds(head.id)
    assert await store.waiting(sibling.subscription.id) == [elsewhere]


async def test_a_folded_id_may_come_again(store: Store) -> None:
    opened = await follow_with_card(store)
    head, other = await tell(store, opened, "1", "2")
    await store.fold(head.id, FOLDED, [other.id])

    assert lasts(await tell(store, opened, "2")) == ["1", "2"]


async def test_a_new_card_goes_before_what_waits_and_then_takes_it_into_its_thread(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store, ts="100.1")
    await tell(store, opened, "1", "2")
    (sending,) = await store.take_deliveries(NOON, 1)

    done = await store.replace_card(opened.subscription.id, new_card(opened, opened.watch))

    store = await place.reopen()
    waiting = await store.waiting(opened.subscription.id)
    assert done
    assert lasts(waiting) == ["card-2", "1", "2"]
    assert waiting[1] == replace(sending, state=DeliveryState.PENDING)
    (card,) = await store.take_deliveries(NOON, 10)
    await store.mark_sent(card.id, "200.1", NOON)
    found = await store.subscription(opened.subscription.id)
    assert found is not None
    assert found.subscription.card == Card(ts="200.1")
    assert lasts(await store.take_deliveries(NOON, 10)) == ["1"]


async def test_of_two_new_cards_one_is_enough(store: Store) -> None:
    opened = await follow_with_card(store)
    await store.replace_card(opened.subscription.id, new_card(opened, opened.watch))
    await store.take_deliveries(NOON, 1)
    before = await store.waiting(opened.subscription.id)

    again = await store.replace_card(opened.subscription.id, new_card(opened, opened.watch, "card-3"))

    assert not again
    assert await store.waiting(opened.subscription.id) == before


async def test_the_first_card_is_not_replaced_while_it_is_on_its_way(store: Store) -> None:
    opened = await follow(store)

    assert not await store.replace_card(opened.subscription.id, new_card(opened, opened.watch))


async def test_a_refused_card_can_be_replaced(store: Store) -> None:
    opened = await follow(store)
    (card,) = await store.take_deliveries(NOON, 1)
    await store.mark_refused(card.id, "invalid_blocks")

    assert await store.replace_card(opened.subscription.id, new_card(opened, opened.watch))
    assert lasts(await store.take_deliveries(NOON, 1)) == ["card-2"]


async def test_who_left_gets_no_new_card(store: Store) -> None:
    opened = await follow_with_card(store)
    await store.remove_subscription(opened.subscription.id)

    assert not await store.replace_card(opened.subscription.id, new_card(opened, opened.watch))
    assert await store.take_deliveries(NOON, 10) == []


async def test_a_new_card_needs_an_id_of_its_own(store: Store) -> None:
    opened = await follow_with_card(store)

    with pytest.raises(StoreError):
        await store.replace_card(opened.subscription.id, new_card(opened, opened.watch, "card"))


async def test_a_reply_that_arrived_after_all_is_not_sent_into_the_new_thread(store: Store) -> None:
    opened = await follow_with_card(store)
    await tell(store, opened, "1", "2")
    (sending,) = await store.take_deliveries(NOON, 1)
    await store.replace_card(opened.subscription.id, new_card(opened, opened.watch))

    await store.mark_sent(sending.id, "100.2", NOON)

    assert lasts(await store.waiting(opened.subscription.id)) == ["card-2", "2"]


async def test_an_unknown_reply_stays_unknown_for_the_new_thread(store: Store) -> None:
    opened = await follow_with_card(store)
    (row,) = await tell(store, opened, "1")
    await store.take_deliveries(NOON, 1)
    await store.mark_unknown(row.id, NOON)

    await store.replace_card(opened.subscription.id, new_card(opened, opened.watch))

    _, unknown = await store.waiting(opened.subscription.id)
    assert unknown.state is DeliveryState.UNKNOWN


async def test_an_end_still_waits_after_a_new_card(store: Store) -> None:
    opened = await follow_with_card(store)
    await end(store, opened)

    assert await store.replace_card(opened.subscription.id, new_card(opened, opened.watch))

    assert lasts(await store.waiting(opened.subscription.id)) == ["card-2", "ended"]
