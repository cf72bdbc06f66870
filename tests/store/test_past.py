"""What was sent or refused is known to every verb that must know it, also after a restart, wherever it is kept."""

import pytest
from msgspec.structs import replace

from bot.core.model import DeliveryState, Pause, PauseReason, SubscriptionId, delivery_id
from bot.core.news import CardOpened
from bot.ports import Opened, Store, StoreError
from tests.store.conftest import Place, before_and_after
from tests.store.world import (
    HOUR,
    MINUTE,
    NOON,
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


async def send_all(store: Store, opened: Opened, ts: str = "200.1") -> None:
    """Post whatever waits in a thread."""
    for row in await store.waiting(opened.subscription.id):
        await store.mark_sent(row.id, ts, NOON)


async def test_what_was_sent_is_not_said_again(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    one, two = await tell(store, opened, "1", "2")
    await store.mark_sent(one.id, "101.1", NOON)
    await store.mark_refused(two.id, "msg_too_long")

    async for each in before_and_after(place, store):
        await tell(each, opened, "1", "2")

        assert await each.waiting(opened.subscription.id) == []
        assert await each.take_deliveries(NOON + HOUR, 10) == []


async def test_the_next_place_is_behind_what_was_sent(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    for what in ("1", "2"):
        await tell(store, opened, what)
        await send_all(store, opened)

    store = await place.reopen()
    (three,) = await tell(store, opened, "3")
    await send_all(store, opened)
    (four,) = await tell(store, opened, "4")

    assert (three.seq, four.seq) == (4, 5)


async def test_each_follower_has_its_own_line_after_a_restart(place: Place) -> None:
    store = await place.open()
    long = await follow_with_card(store, "job-1", "sub-1")
    short = await follow_with_card(store, "job-1", "sub-2", channel="C2", ts="100.2")
    await tell(store, long, "1")
    await send_all(store, long)

    store = await place.reopen()
    late = await follow_with_card(store, "job-1", "sub-3", channel="C3", ts="100.3")
    watch = await current(store, long.watch)
    await store.commit(watch, [news_for(each.subscription, watch, "2") for each in (long, short, late)])

    places = [row.seq for each in (long, short, late) for row in await store.waiting(each.subscription.id)]
    assert places == [3, 2, 2]


async def test_a_new_card_and_what_was_missed_go_behind_what_was_sent(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    await tell(store, opened, "1")
    await send_all(store, opened)
    await pause(store, "sub-1")

    store = await place.reopen()
    await store.resume(opened.subscription.id, catching_up(opened), ())
    (missed,) = await store.waiting(opened.subscription.id)
    await store.mark_sent(missed.id, "102.1", NOON)
    store = await place.reopen()
    card = news_for(opened.subscription, opened.watch, "card-2", CardOpened())
    assert await store.replace_card(opened.subscription.id, card)

    (again,) = await store.waiting(opened.subscription.id)
    assert missed.seq > 2
    assert again.seq == missed.seq + 1


async def test_the_id_of_a_card_that_was_sent_is_taken(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)

    store = await place.reopen()

    with pytest.raises(StoreError, match="taken"):
        card = news_for(opened.subscription, opened.watch, "card", CardOpened())
        await store.replace_card(opened.subscription.id, card)


async def test_what_was_missed_is_told_once(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    await pause(store, "sub-1")
    await store.resume(opened.subscription.id, catching_up(opened), ())
    await send_all(store, opened)
    await pause(store, "sub-1", why=Pause(reason=PauseReason.ARCHIVED, since=NOON + HOUR))

    store = await place.reopen()
    await store.resume(opened.subscription.id, catching_up(opened), ())

    assert await store.waiting(opened.subscription.id) == []


async def test_a_late_answer_changes_nothing_about_what_was_sent(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    (row,) = await tell(store, opened, "1")
    await store.mark_sent(row.id, "101.1", NOON)

    async for each in before_and_after(place, store):
        await each.mark_sent(row.id, "999.9", NOON)
        await each.mark_refused(row.id, "late")
        await each.mark_unknown(row.id, NOON)
        await each.mark_pending(row.id, NOON)
        await each.hold(row.id, NOON)
        assert await each.fold(row.id, row.news, []) is None
        with pytest.raises(StoreError, match="not open any more"):
            await each.mark_sending(row.id, NOON)

        last = await each.last_sent(opened.subscription.id)
        assert last is not None
        assert (last.id, last.ts, last.state) == (row.id, "101.1", DeliveryState.SENT)
        assert await each.waiting(opened.subscription.id) == []


async def test_what_was_sent_moves_with_its_channel(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store, channel="C1")
    await tell(store, opened, "1")
    await send_all(store, opened)

    store = await place.reopen()
    assert await store.move_channel("C1", "C9") == 1

    async for each in before_and_after(place, store):
        last = await each.last_sent(opened.subscription.id)
        assert last is not None
        assert last.channel == "C9"
        assert await each.take_deliveries(NOON + HOUR, 10) == []


async def follow_anew(store: Store, opened: Opened) -> list[str]:
    """Subscribe with the same ids; return what waits: all of it, where nothing of the past is left."""
    again = await follow_with_card(store)
    assert delivery_id(again.watch, again.subscription.id, "") == delivery_id(opened.watch, opened.subscription.id, "")
    return lasts(await tell(store, again, "1"))


async def test_who_unsubscribes_leaves_nothing_behind(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    other = await follow_with_card(store, "job-1", "sub-2", channel="C2", ts="100.2")
    for each in (opened, other):
        await tell(store, each, "1")
        await send_all(store, each)

    store = await place.reopen()
    await store.remove_subscription(opened.subscription.id)

    assert await follow_anew(store, opened) == ["1"]
    kept = await store.last_sent(other.subscription.id)
    assert kept is not None
    assert lasts([kept]) == ["1"]


async def test_a_clean_up_leaves_nothing_behind(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    await end(store, opened)
    await send_all(store, opened)
    kept = await follow_with_card(store, "job-2", "sub-2", ts="100.2")

    store = await place.reopen()
    assert await store.prune(NOON + MINUTE) == 1

    store = await place.reopen()
    assert await store.last_sent(opened.subscription.id) is None
    assert await store.last_sent(kept.subscription.id) is not None
    await store.close()


async def test_a_thread_of_many_runs_is_one_line(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    watch = await current(store, opened.watch)
    second = replace(watch, run=2)
    await store.commit(second, [news_for(opened.subscription, second, "1")])
    await send_all(store, opened, "105.1")

    store = await place.reopen()
    last = await store.last_sent(opened.subscription.id)
    (row,) = await tell(store, opened, "2")

    assert last is not None
    assert last.ts == "105.1"
    assert row.seq == 3


async def test_nobody_has_a_past(store: Store) -> None:
    await follow(store)

    assert await store.last_sent(SubscriptionId("nobody")) is None
