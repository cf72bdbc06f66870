"""A subscription is changed in place, and what was changed is logged with it, whatever the store."""

import asyncio

import pytest
from msgspec.structs import replace

from bot.core.model import Mute, SubscriptionId
from bot.core.rules import Quiet, Rules
from bot.ports import Revision, Store, StoreError
from tests.store.conftest import Place, before_and_after
from tests.store.world import (
    HOUR,
    MINUTE,
    NOON,
    current,
    end,
    entry,
    follow,
    follow_with_card,
    held,
    lasts,
    logged,
    news_for,
    pause,
)

RULES = Rules(milestones=(50,), quiet=Quiet(start=22 * 60, end=7 * 60, zone="Europe/Berlin"))
MUTE = Mute(by="U2", since=NOON, until=NOON + HOUR)


async def test_what_is_not_named_stays_as_it_is(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    before = await store.subscription(opened.subscription.id)
    assert before is not None

    one = await store.revise(opened.subscription.id, Revision(rules=RULES, at=NOON + MINUTE))
    two = await store.revise(opened.subscription.id, Revision(label="nightly", at=NOON + HOUR))
    three = await store.revise(opened.subscription.id, Revision(muted=MUTE, at=NOON + HOUR))

    assert one is not None
    assert one.subscription == replace(before.subscription, rules=RULES, revised_at=NOON + MINUTE)
    assert two is not None
    assert two.subscription == replace(one.subscription, label="nightly")
    assert three is not None
    assert three.subscription == replace(two.subscription, muted=MUTE)
    store = await place.reopen()
    assert await store.subscription(opened.subscription.id) == three


async def test_a_label_and_a_mute_can_be_taken_away(store: Store) -> None:
    opened = await follow(store)
    await store.revise(opened.subscription.id, Revision(label="nightly", muted=MUTE, at=NOON))

    plain = await store.revise(opened.subscription.id, Revision(label=None, muted=None, at=NOON))

    assert plain is not None
    assert plain.subscription == opened.subscription


async def test_a_revision_raises_the_version_so_that_the_card_is_stale_and_a_poll_reads_again(store: Store) -> None:
    opened = await follow_with_card(store)
    read = await current(store, opened.watch)
    await store.card_shown(opened.subscription.id, shown="picture", version=read.version, now=NOON)
    assert await store.stale_cards(10) == []

    revised = await store.revise(opened.subscription.id, Revision(rules=RULES, at=NOON))

    assert revised is not None
    assert revised.watch.version == read.version + 1
    assert await current(store, opened.watch) == revised.watch
    assert await store.stale_cards(10) == [revised]
    assert not await store.commit(read, [news_for(opened.subscription, read, "25")])


async def test_what_a_revision_says_is_logged_with_it(place: Place) -> None:
    store = await place.open()
    opened = await follow(store)

    await store.revise(opened.subscription.id, Revision(label="nightly", at=NOON), audit=entry())

    store = await place.reopen()
    assert await store.audit(10) == [entry()]


async def test_what_ended_or_is_not_there_is_not_revised_and_not_logged(store: Store) -> None:
    opened = await follow_with_card(store)
    await end(store, opened)
    before = await store.subscription(opened.subscription.id)

    for name in (opened.subscription.id, SubscriptionId("nobody")):
        assert await store.revise(name, Revision(label="late", at=NOON), audit=entry()) is None

    assert await store.subscription(opened.subscription.id) == before
    assert await logged(store) == []


async def test_a_revision_that_cannot_be_written_down_changes_nothing(store: Store) -> None:
    opened = await follow(store)

    with pytest.raises(StoreError):
        await store.revise(opened.subscription.id, Revision(label="\ud800", at=NOON), audit=entry())

    found = await store.subscription(opened.subscription.id)
    assert found is not None
    assert found.subscription == opened.subscription
    assert await logged(store) == []


async def test_revisions_at_once_are_all_kept(store: Store) -> None:
    opened = await follow(store)

    await asyncio.gather(
        store.revise(opened.subscription.id, Revision(label="nightly", at=NOON), audit=entry("1")),
        store.revise(opened.subscription.id, Revision(muted=MUTE, at=NOON), audit=entry("2")),
        store.revise(opened.subscription.id, Revision(owner="U2", at=NOON), audit=entry("3")),
    )

    found = await store.subscription(opened.subscription.id)
    assert found is not None
    revised = found.subscription
    assert (revised.label, revised.muted, revised.owner) == ("nightly", MUTE, "U2")
    assert await logged(store) == ["1", "2", "3"]


async def test_a_paused_subscription_can_be_revised_and_stays_paused(store: Store) -> None:
    opened = await follow_with_card(store)
    await pause(store, "sub-1")

    revised = await store.revise(opened.subscription.id, Revision(rules=RULES, at=NOON))

    assert revised is not None
    assert revised.subscription.rules == RULES
    assert [each.subscription.id for each in await store.paused()] == ["sub-1"]


async def test_without_quiet_hours_nothing_is_held_back_any_more(store: Store) -> None:
    opened = await follow_with_card(store)
    watch = await current(store, opened.watch)
    await store.commit(watch, [held(news_for(opened.subscription, watch, "25"), NOON + HOUR)])
    await store.revise(opened.subscription.id, Revision(label="nightly", at=NOON), audit=None)
    await store.revise(opened.subscription.id, Revision(rules=RULES, at=NOON))
    assert await store.take_deliveries(NOON + MINUTE, 10) == []

    await store.revise(opened.subscription.id, Revision(rules=Rules(), at=NOON + MINUTE))

    (taken,) = await store.take_deliveries(NOON + MINUTE, 10)
    assert lasts([taken]) == ["25"]
    assert taken.held_until == NOON + MINUTE


async def test_a_new_owner_is_found_as_the_owner_and_has_not_left(place: Place) -> None:
    store = await place.open()
    opened = await follow(store)
    await store.owner_left("C1", "U1", left=True)

    revised = await store.revise(opened.subscription.id, Revision(owner="U2", at=NOON))

    assert revised is not None
    assert (revised.subscription.owner, revised.subscription.owner_left) == ("U2", False)
    async for each in before_and_after(place, store):
        assert await each.followed_by("U1") == []
        assert await each.followed_by("U2") == [revised]


async def test_who_leaves_a_channel_is_noted_on_what_is_theirs_and_open_there(place: Place) -> None:
    store = await place.open()
    for number, (channel, owner) in enumerate([("C1", "U1"), ("C1", "U1"), ("C1", "U2"), ("C2", "U1"), ("C1", "U1")]):
        opened = await follow(store, f"job-{number}", f"sub-{number}", channel=channel)
        await store.revise(opened.subscription.id, Revision(owner=owner, at=NOON))
    await end(store, opened)

    changed = [await store.owner_left("C1", "U1", left=True) for _ in range(2)]

    async def gone() -> list[str]:
        found = [await store.subscription(SubscriptionId(f"sub-{number}")) for number in range(5)]
        return [each.subscription.id for each in found if each is not None and each.subscription.owner_left]

    assert changed == [2, 0]
    assert await gone() == ["sub-0", "sub-1"]
    store = await place.reopen()
    assert await gone() == ["sub-0", "sub-1"]
    assert await store.owner_left("C1", "U1", left=False) == 2
    assert await gone() == []
