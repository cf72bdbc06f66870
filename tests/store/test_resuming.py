"""What a subscription says when its pause ends, whatever the store."""

import asyncio

from msgspec.structs import replace

from bot.core.model import Card, DeliveryState, SubscriptionId
from bot.core.news import Ended, Reached
from bot.ports import Store
from providers.base import TaskState
from tests.store.conftest import Place
from tests.store.world import (
    NOON,
    catch_up,
    catching_up,
    current,
    end,
    follow,
    follow_with_card,
    lasts,
    news_for,
    pause,
    tell,
)

REACHED = Reached(milestone=25, percent=25.0, after_seconds=60.0)


async def test_resuming_ends_the_pause(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    await pause(store, "sub-1")
    before = await current(store, opened.watch)

    resumed = await store.resume(opened.subscription.id, None)

    assert resumed is not None
    assert resumed.subscription == replace(opened.subscription, card=Card(ts="100.1"))
    assert resumed.watch == replace(before, version=before.version + 1)
    store = await place.reopen()
    assert await store.subscription(opened.subscription.id) == resumed
    assert await store.paused() == []


async def test_who_is_not_paused_cannot_be_resumed(store: Store) -> None:
    opened = await follow_with_card(store)
    await tell(store, opened, "1")

    assert await catch_up(store, opened) is None
    assert await store.resume(SubscriptionId("nobody"), catching_up(opened)) is None
    assert lasts(await store.waiting(opened.subscription.id)) == ["1"]


async def test_of_two_that_resume_at_once_one_catches_up(store: Store) -> None:
    opened = await follow_with_card(store)
    await pause(store, "sub-1")

    answers = await asyncio.gather(*(catch_up(store, opened, what) for what in ("a", "b")))

    # Which of them is first is the engine's choice.
    assert [answer is None for answer in answers].count(True) == 1
    first = "b" if answers[0] is None else "a"
    assert lasts(await store.waiting(opened.subscription.id)) == [first]


async def test_catching_up_replaces_what_may_be_told_late_and_goes_behind_what_may_have_arrived(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    (unknown, _, _) = await tell(store, opened, "unknown", "25", "50", news=REACHED)
    await store.take_deliveries(NOON, 1)
    await store.mark_unknown(unknown.id, NOON)
    await pause(store, "sub-1")
    await end(store, opened)

    await catch_up(store, opened)

    store = await place.reopen()
    assert lasts(await store.waiting(opened.subscription.id)) == ["unknown", "resumed", "ended"]
    assert lasts(await store.take_deliveries(NOON, 10)) == ["unknown"]


async def test_what_happened_after_an_end_is_told_after_it(store: Store) -> None:
    opened = await follow_with_card(store)
    await pause(store, "sub-1")
    await tell(store, opened, "25", news=REACHED)
    await tell(store, opened, "ended", news=Ended(state=TaskState.FAILED, after_seconds=60.0))
    await tell(store, opened, "again", "50", news=REACHED)

    await catch_up(store, opened)

    assert lasts(await store.waiting(opened.subscription.id)) == ["resumed", "ended", "again", "50"]


async def test_an_end_that_may_have_arrived_goes_behind_catching_up(store: Store) -> None:
    opened = await follow_with_card(store)
    await end(store, opened)
    (row,) = await store.take_deliveries(NOON, 1)
    await pause(store, "sub-1")

    await catch_up(store, opened)

    assert lasts(await store.waiting(opened.subscription.id)) == ["resumed", "ended"]
    assert row.state is DeliveryState.SENDING


async def test_a_card_goes_even_before_catching_up(store: Store) -> None:
    opened = await follow(store)
    await tell(store, opened, "1")
    await pause(store, "sub-1")

    await catch_up(store, opened)

    assert lasts(await store.waiting(opened.subscription.id)) == ["card", "resumed"]


async def test_catching_up_again_replaces_the_message_that_never_went(store: Store) -> None:
    opened = await follow_with_card(store)
    await tell(store, opened, "1")
    await pause(store, "sub-1")
    await catch_up(store, opened, "resumed-1")
    await pause(store, "sub-1")

    await catch_up(store, opened, "resumed-2")

    assert lasts(await store.waiting(opened.subscription.id)) == ["resumed-2"]


async def test_where_catching_up_is_known_by_its_id_everything_is_told_on_its_own(store: Store) -> None:
    opened = await follow_with_card(store)
    await pause(store, "sub-1")
    await catch_up(store, opened)
    (row,) = await store.take_deliveries(NOON, 1)
    await store.mark_sent(row.id, "100.2", NOON)
    await pause(store, "sub-1")
    await tell(store, opened, "1")

    resumed = await catch_up(store, opened)

    assert resumed is not None
    assert lasts(await store.take_deliveries(NOON, 10)) == ["1"]


async def test_news_that_came_while_catching_up_was_written_are_told_on_their_own(store: Store) -> None:
    opened = await follow_with_card(store)
    await pause(store, "sub-1")
    await tell(store, opened, "told")
    watch = await current(store, opened.watch)

    told = [row.id for row in await store.waiting(opened.subscription.id)]
    assert await store.commit(watch, [news_for(opened.subscription, watch, "late")])
    resumed = await store.resume(opened.subscription.id, catching_up(opened), told)

    assert resumed is not None
    assert lasts(await store.waiting(opened.subscription.id)) == ["resumed", "late"]


async def test_what_comes_after_the_pause_goes_behind_what_waited(store: Store) -> None:
    opened = await follow_with_card(store)
    await tell(store, opened, "0")
    (row,) = await store.take_deliveries(NOON, 1)
    await store.mark_sent(row.id, "100.2", NOON)
    await pause(store, "sub-1")
    await catch_up(store, opened)

    assert lasts(await tell(store, opened, "1")) == ["resumed", "1"]
