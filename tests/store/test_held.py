"""What quiet hours hold back waits for their end, and goes with a failure, whatever the store."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from bot.core.model import Delivery, DeliveryState
from bot.core.news import CardOpened, CaughtUp, Ended, Gone, News, Paused
from bot.ports import Opened, Store
from providers.base import TaskState
from tests.store.conftest import Place
from tests.store.world import HOUR, MINUTE, NOON, current, follow, follow_with_card, held, lasts, news_for

MORNING = NOON + 8 * HOUR
DAY = timedelta(days=1)
FAILED = Ended(state=TaskState.FAILED, after_seconds=60.0)
SUCCEEDED = Ended(state=TaskState.SUCCEEDED, after_seconds=60.0)


async def hold(store: Store, opened: Opened, *whats: str, until: datetime = MORNING) -> list[Delivery]:
    """Add news to a thread that are held; return the rows that wait in it."""
    watch = await current(store, opened.watch)
    await store.commit(watch, [held(news_for(opened.subscription, watch, what), until) for what in whats])
    return list(await store.waiting(opened.subscription.id))


async def say(store: Store, opened: Opened, what: str, news: News) -> None:
    """Add news to a thread that nothing holds."""
    watch = await current(store, opened.watch)
    await store.commit(watch, [news_for(opened.subscription, watch, what, news)])


async def taken(store: Store, now: datetime) -> list[str]:
    return lasts(await store.take_deliveries(now, 10))


async def test_what_is_held_goes_when_the_quiet_hours_end(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    await hold(store, opened, "1", "2")

    before = await taken(store, MORNING - MINUTE)
    store = await place.reopen()
    restarted = await taken(store, MORNING - MINUTE)
    (first,) = await store.take_deliveries(MORNING, 10)

    assert (before, restarted) == ([], [])
    assert lasts([first]) == ["1"]
    assert (first.state, first.held_until) == (DeliveryState.SENDING, MORNING)
    await store.mark_sent(first.id, "100.2", MORNING)
    assert await taken(store, MORNING) == ["2"]


@pytest.mark.parametrize("failure", [FAILED, Gone(), replace(FAILED, state=TaskState.STOPPED)])
async def test_a_failure_takes_along_what_was_held_before_it(place: Place, failure: News) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    await hold(store, opened, "1", "2")
    assert await taken(store, NOON) == []

    await say(store, opened, "ended", failure)

    store = await place.reopen()
    for minute, what in enumerate(("1", "2", "ended")):
        (row,) = await store.take_deliveries(NOON + minute * MINUTE, 10)
        assert lasts([row]) == [what]
        await store.mark_sent(row.id, f"100.{minute}", NOON)


async def test_what_comes_after_a_failure_that_was_told_is_held_again(store: Store) -> None:
    opened = await follow_with_card(store)
    await say(store, opened, "ended", FAILED)
    await hold(store, opened, "again")
    (failure,) = await store.take_deliveries(NOON, 10)

    await store.mark_sent(failure.id, "100.2", NOON)

    assert await taken(store, NOON) == []
    assert await taken(store, MORNING) == ["again"]


async def test_a_success_is_held_and_lets_nothing_go(store: Store) -> None:
    opened = await follow_with_card(store)
    watch = await current(store, opened.watch)
    rows = [news_for(opened.subscription, watch, what, news) for what, news in (("1", Paused()), ("ended", SUCCEEDED))]
    await store.commit(replace(watch, due_at=None, ended_at=NOON), [held(row, MORNING) for row in rows])

    assert await taken(store, NOON) == []
    assert await taken(store, MORNING) == ["1"]


async def test_a_failure_elsewhere_lets_nothing_go(store: Store) -> None:
    quiet = await follow_with_card(store, "job-1", "sub-1", channel="C1")
    loud = await follow_with_card(store, "job-2", "sub-2", channel="C1")
    await hold(store, quiet, "1")

    await say(store, loud, "ended", FAILED)

    assert await taken(store, NOON) == ["ended"]
    assert await taken(store, NOON) == []


async def test_who_is_held_stands_in_nobodys_way(store: Store) -> None:
    quiet = await follow_with_card(store, "job-1", "sub-1", channel="C1")
    other = await follow_with_card(store, "job-2", "sub-2", channel="C1", at=NOON + MINUTE)
    await hold(store, quiet, "1")

    await say(store, other, "2", Paused())

    assert await taken(store, NOON) == ["2"]


async def test_what_is_not_held_waits_for_what_is_held_before_it(store: Store) -> None:
    opened = await follow_with_card(store)
    await hold(store, opened, "1")

    await say(store, opened, "2", Paused())

    assert await taken(store, NOON) == []
    assert await taken(store, MORNING) == ["1"]


async def test_a_card_is_not_held_by_what_waits_for_its_thread(store: Store) -> None:
    opened = await follow(store)

    await hold(store, opened, "1")

    assert await taken(store, NOON) == ["card"]


async def test_a_new_card_is_not_held_by_what_waits_for_its_thread(store: Store) -> None:
    opened = await follow_with_card(store)
    await hold(store, opened, "1")

    await store.replace_card(opened.subscription.id, news_for(opened.subscription, opened.watch, "c", CardOpened()))

    assert await taken(store, NOON) == ["c"]


async def test_who_is_held_and_put_off_waits_for_the_later_of_both(store: Store) -> None:
    opened = await follow_with_card(store)
    (row,) = await hold(store, opened, "1")
    await store.take_deliveries(MORNING, 10)

    await store.mark_pending(row.id, MORNING + HOUR)

    assert await taken(store, MORNING) == []
    assert await taken(store, MORNING + HOUR) == ["1"]


async def test_a_failure_that_is_put_off_goes_when_it_may_and_not_before(store: Store) -> None:
    opened = await follow_with_card(store)
    (row, *_) = await hold(store, opened, "1")
    await say(store, opened, "ended", FAILED)
    await store.take_deliveries(NOON, 10)

    await store.mark_pending(row.id, NOON + MINUTE)

    assert await taken(store, NOON) == []
    assert await taken(store, NOON + MINUTE) == ["1"]


async def test_what_may_have_arrived_is_looked_up_whatever_the_hour(store: Store) -> None:
    opened = await follow_with_card(store)
    (row,) = await hold(store, opened, "1")
    await store.take_deliveries(MORNING, 10)
    await store.mark_unknown(row.id, NOON)

    (unknown,) = await store.take_deliveries(NOON, 10)

    assert unknown.state is DeliveryState.UNKNOWN


async def test_a_failure_that_is_refused_lets_nothing_go_any_more(store: Store) -> None:
    opened = await follow_with_card(store)
    await hold(store, opened, "1")
    await say(store, opened, "ended", FAILED)
    *_, failure = await store.waiting(opened.subscription.id)

    await store.mark_refused(failure.id, "msg_too_long")

    assert await taken(store, NOON) == []
    assert await taken(store, MORNING) == ["1"]


async def test_what_is_held_is_folded_where_its_first_stood(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    await hold(store, opened, "1", "2", "3", "4")
    first, second, third, fourth = await store.waiting(opened.subscription.id)
    together = CaughtUp(since=NOON.timestamp(), reason="quiet", missed=(Paused(), Paused()))

    told = await store.fold(third.id, together, [first.id, second.id])

    assert told == replace(third, news=together, seq=first.seq)
    store = await place.reopen()
    assert await store.waiting(opened.subscription.id) == [told, fourth]
    assert await taken(store, NOON) == []


async def test_what_is_folded_is_as_old_as_the_oldest(store: Store) -> None:
    opened = await follow_with_card(store)
    watch = await current(store, opened.watch)
    news = [news_for(opened.subscription, watch, f"{n}", created_at=NOON + n * MINUTE) for n in range(3)]
    await store.commit(watch, news)
    first, second, third = await store.waiting(opened.subscription.id)

    told = await store.fold(third.id, CaughtUp(since=NOON.timestamp()), [first.id, second.id])

    assert told is not None
    assert (told.created_at, told.seq) == (first.created_at, first.seq)


async def test_after_a_clock_was_set_back_quiet_hours_still_hold_for_a_day_at_most(place: Place) -> None:
    store = await place.open()
    tonight = await follow_with_card(store, "job-1", "sub-1", channel="C1")
    long_ago = await follow_with_card(store, "job-2", "sub-2", channel="C2")
    (within,) = await hold(store, tonight, "1", until=NOON + HOUR + DAY)
    await hold(store, long_ago, "2", until=NOON + HOUR + DAY + MINUTE)

    moved = await store.pull_in(NOON + HOUR)

    assert moved == 1
    store = await place.reopen()
    assert await store.waiting(tonight.subscription.id) == [within]
    assert await taken(store, NOON + HOUR - MINUTE) == []
    assert await taken(store, NOON + HOUR) == ["2"]


async def test_a_row_that_is_put_off_and_held_is_brought_forward_in_both(store: Store) -> None:
    opened = await follow_with_card(store)
    (row,) = await hold(store, opened, "1", until=NOON + 3 * DAY)
    await store.take_deliveries(NOON + 3 * DAY, 10)
    await store.mark_pending(row.id, NOON + 4 * DAY)

    assert await store.pull_in(NOON) == 1

    assert await taken(store, NOON) == ["1"]


async def test_what_is_held_is_held_in_the_channels_new_id(store: Store) -> None:
    opened = await follow_with_card(store, channel="C1")
    await hold(store, opened, "1")

    await store.move_channel("C1", "C9")

    assert await taken(store, NOON) == []
    (row,) = await store.take_deliveries(MORNING, 10)
    assert row.channel == "C9"
