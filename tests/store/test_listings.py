"""What is followed, by whom, what ended and what was said last, whatever the store."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from msgspec.structs import replace

from bot.core.model import SubscriptionId
from bot.core.news import CardOpened
from bot.ports import Followed, Opened, Revision, Store
from tests.store.conftest import Place, before_and_after
from tests.store.world import (
    HOUR,
    MINUTE,
    NOON,
    current,
    follow,
    follow_with_card,
    lasts,
    news_for,
    pause,
    tell,
)


def names(found: Sequence[Followed]) -> list[str]:
    return [each.subscription.id for each in found]


async def close(store: Store, opened: Opened, at: datetime) -> None:
    """Close the watch at some moment, with nothing to be told."""
    watch = await current(store, opened.watch)
    assert await store.commit(replace(watch, due_at=None, ended_at=at))


async def test_a_person_is_told_their_open_subscriptions_oldest_first(place: Place) -> None:
    store = await place.open()
    await follow(store, "job-1", "young", channel="C1", at=NOON + HOUR)
    await follow(store, "job-1", "old", channel="C2", at=NOON)
    ended = await follow(store, "job-2", "ended", channel="C1", at=NOON + MINUTE)
    theirs = await follow(store, "job-3", "theirs", channel="C1", at=NOON + MINUTE)
    removed = await follow(store, "job-4", "removed", channel="C1", at=NOON + MINUTE)
    await store.revise(theirs.subscription.id, Revision(owner="U2", at=NOON))
    await close(store, ended, NOON)
    await store.remove_subscription(removed.subscription.id)

    async for each in before_and_after(place, store):
        assert names(await each.followed_by("U1")) == ["old", "young"]
        assert names(await each.followed_by("U2")) == ["theirs"]
        assert await each.followed_by("U3") == []


async def test_all_that_is_followed_is_told_oldest_first(place: Place) -> None:
    store = await place.open()
    await follow(store, "job-1", "young", channel="C1", at=NOON + HOUR)
    await follow(store, "job-2", "old", channel="C2", at=NOON)
    ended = await follow(store, "job-3", "ended", channel="C1", at=NOON)
    await follow(store, "job-1", "silent", channel="C3", at=NOON + MINUTE)
    await pause(store, "silent")
    await close(store, ended, NOON)

    async for each in before_and_after(place, store):
        everything = await each.all_followed()
        assert names(everything) == ["old", "silent", "young"]
        assert everything[2].watch == await each.watch(everything[2].subscription.watch_id)


async def test_what_ended_in_a_channel_is_told_latest_first_and_page_by_page(place: Place) -> None:
    store = await place.open()
    for number, minute in enumerate((3, 1, 4, 2, 5)):
        opened = await follow(store, f"job-{number}", f"sub-{number}", channel="C1")
        await close(store, opened, NOON + minute * MINUTE)
    elsewhere = await follow(store, "job-6", "sub-6", channel="C2")
    await close(store, elsewhere, NOON)
    await follow(store, "job-7", "sub-7", channel="C1")

    async for each in before_and_after(place, store):
        first = await each.ended_in("C1", 2)
        second = await each.ended_in("C1", 2, before=first[-1].subscription.ended_at)
        third = await each.ended_in("C1", 2, before=second[-1].subscription.ended_at)
        assert [names(page) for page in (first, second, third)] == [["sub-4", "sub-2"], ["sub-0", "sub-3"], ["sub-1"]]
        assert await each.ended_in("C1", 2, before=third[-1].subscription.ended_at) == []
        assert await each.ended_in("C0", 2) == []
        assert await each.ended_in("C1", 0) == []
        assert names(await each.ended_in("C1", 100)) == ["sub-4", "sub-2", "sub-0", "sub-3", "sub-1"]


async def test_what_ended_at_one_moment_is_on_one_page(store: Store) -> None:
    for number, minute in enumerate((1, 2, 2, 2, 3)):
        opened = await follow(store, f"job-{number}", f"sub-{number}", at=NOON + number * MINUTE)
        await close(store, opened, NOON + minute * HOUR)

    first = await store.ended_in("C1", 2)
    second = await store.ended_in("C1", 2, before=first[-1].subscription.ended_at)

    assert names(first) == ["sub-4", "sub-3", "sub-2", "sub-1"]
    assert names(second) == ["sub-0"]


async def test_what_ended_moves_with_its_channel_and_goes_when_it_is_pruned_or_removed(store: Store) -> None:
    for number in range(3):
        opened = await follow(store, f"job-{number}", f"sub-{number}", channel="C1")
        for row in await store.waiting(opened.subscription.id):
            await store.mark_refused(row.id, "no")
        await close(store, opened, NOON + number * MINUTE)

    await store.move_channel("C1", "C9")
    moved = (names(await store.ended_in("C1", 10)), names(await store.ended_in("C9", 10)))
    await store.remove_subscription(SubscriptionId("sub-2"))
    await store.prune(NOON + MINUTE)

    assert moved == ([], ["sub-2", "sub-1", "sub-0"])
    assert names(await store.ended_in("C9", 10)) == ["sub-1"]


async def test_the_last_that_slack_accepted_is_told(place: Place) -> None:
    store = await place.open()
    opened = await follow(store)
    one, two, three = (await tell(store, opened, "1", "2", "3"))[1:]
    assert await store.last_sent(opened.subscription.id) is None

    (card,) = await store.take_deliveries(NOON, 1)
    await store.mark_sent(card.id, "100.1", NOON)
    after_card = await store.last_sent(opened.subscription.id)
    await store.take_deliveries(NOON + MINUTE, 1)
    await store.mark_sent(one.id, "100.2", NOON + MINUTE)
    await store.take_deliveries(NOON + HOUR, 1)
    await store.mark_refused(two.id, "msg_too_long")
    await store.take_deliveries(NOON + HOUR, 1)
    await store.mark_unknown(three.id, NOON)

    assert after_card is not None
    assert lasts([after_card]) == ["card"]
    async for each in before_and_after(place, store):
        last = await each.last_sent(opened.subscription.id)
        assert last is not None
        assert (lasts([last]), last.ts, last.sending_since) == (["1"], "100.2", NOON + MINUTE)


async def test_of_a_new_card_and_what_had_waited_for_it_the_later_is_the_last(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    await tell(store, opened, "1")
    await store.replace_card(
        opened.subscription.id, news_for(opened.subscription, opened.watch, "card-2", CardOpened())
    )
    for minute in (1, 2):
        (taken,) = await store.take_deliveries(NOON + minute * MINUTE, 1)
        await store.mark_sent(taken.id, f"200.{minute}", NOON)

    async for each in before_and_after(place, store):
        last = await each.last_sent(opened.subscription.id)
        assert last is not None
        assert lasts([last]) == ["1"]


async def test_who_left_was_sent_nothing(store: Store) -> None:
    opened = await follow_with_card(store)
    await store.remove_subscription(opened.subscription.id)
    again = await follow(store, name=opened.subscription.id)

    assert await store.last_sent(again.subscription.id) is None
    assert await store.last_sent(SubscriptionId("nobody")) is None


@pytest.mark.parametrize("asked_at_once", [True, False])
@pytest.mark.parametrize("few", [2, 100])
async def test_what_changes_after_a_restart_is_told_whenever_somebody_first_asks(
    place: Place, monkeypatch: pytest.MonkeyPatch, *, few: int, asked_at_once: bool
) -> None:
    monkeypatch.setattr("bot.store.places.FEW", few)
    store = await place.open()
    for name in ("stays", "moves", "ends", "goes", "pauses"):
        await follow(store, name, name, channel="C1")

    store = await place.reopen()
    if asked_at_once:
        assert len(await store.followed_in("C1")) == len(await store.followed_by("U1")) == 5
    await store.revise(SubscriptionId("moves"), Revision(owner="U2", at=NOON))
    ended = await store.subscription(SubscriptionId("ends"))
    assert ended is not None
    assert await store.commit(replace(ended.watch, due_at=None, ended_at=NOON))
    await store.remove_subscription(SubscriptionId("goes"))
    await pause(store, "pauses")
    await follow(store, "stays", "comes", channel="C2")

    assert sorted(names(await store.followed_in("C1"))) == ["moves", "pauses", "stays"]
    assert names(await store.followed_in("C2")) == ["comes"]
    assert sorted(names(await store.followed_by("U1"))) == ["comes", "pauses", "stays"]
    assert names(await store.followed_by("U2")) == ["moves"]
    assert sorted(names(await store.all_followed())) == ["comes", "moves", "pauses", "stays"]
