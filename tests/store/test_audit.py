"""The audit log tells every change in order, page by page, whatever the store."""

import pytest

from bot.core.model import AuditEntry, Deed
from bot.core.news import CardOpened
from bot.ports import AlreadyFollowed, Opened, Store, StoreError
from tests.store.conftest import Place, before_and_after
from tests.store.world import (
    HOUR,
    MINUTE,
    NOON,
    end,
    entry,
    follow,
    follow_with_card,
    logged,
    new_subscription,
    new_watch,
    news_for,
)


async def test_an_entry_is_read_as_it_was_written(place: Place) -> None:
    store = await place.open()
    whole = AuditEntry(
        id="0001-a", at=NOON, who="U1", channel="C1", deed=Deed.REFUSED, task="drs job-1", detail="unsubscribe <@U2> 🙂"
    )

    await store.note(whole)

    assert await store.audit(10) == [whole]
    store = await place.reopen()
    assert await store.audit(10) == [whole]


async def test_entries_are_told_by_their_ids_and_page_by_page(place: Place) -> None:
    store = await place.open()
    # Case, punctuation and digits by their code points, whatever the language of the machine.
    ordered = ["0001-B", "0001-a", "0002", "0002-a", "0002-b", "0010-é"]
    for name in reversed(ordered):
        await store.note(entry(name))

    async for each in before_and_after(place, store):
        pages = [await each.audit(2, after=after) for after in ("", "0001-a", "0002-a", "0010-é")]
        assert [[one.id for one in page] for page in pages] == [ordered[:2], ordered[2:4], ordered[4:], []]
        assert [one.id for one in await each.audit(10, after="0002-")] == ordered[3:]
        assert await each.audit(0) == []


async def test_nothing_but_the_log_is_in_the_log(store: Store) -> None:
    await follow_with_card(store)
    await store.say_once("audit/x")

    assert await store.audit(10) == []


async def test_subscribing_and_unsubscribing_are_logged_with_it(place: Place) -> None:
    store = await place.open()
    watch = new_watch()
    subscription = new_subscription(watch)
    opened = await store.subscribe(
        watch, subscription, news_for(subscription, watch, "card", CardOpened()), audit=entry("1", deed=Deed.SUBSCRIBED)
    )
    assert isinstance(opened, Opened)

    await store.remove_subscription(subscription.id, audit=entry("2", deed=Deed.UNSUBSCRIBED))

    store = await place.reopen()
    assert [each.deed for each in await store.audit(10)] == [Deed.SUBSCRIBED, Deed.UNSUBSCRIBED]


async def test_what_changed_nothing_is_not_logged(store: Store) -> None:
    opened = await follow(store)
    again = new_subscription(opened.watch, "sub-2")

    answer = await store.subscribe(
        opened.watch, again, news_for(again, opened.watch, "card", CardOpened()), audit=entry("1")
    )

    assert isinstance(answer, AlreadyFollowed)
    assert await store.remove_subscription(again.id, audit=entry("2")) is None
    assert await logged(store) == []


async def test_what_cannot_be_written_down_is_refused(store: Store) -> None:
    with pytest.raises(StoreError):
        await store.note(entry("\ud800"))

    assert await logged(store) == []


async def test_old_entries_are_pruned_and_are_not_counted(place: Place) -> None:
    store = await place.open()
    ended = await follow_with_card(store)
    await end(store, ended)
    for row in await store.waiting(ended.subscription.id):
        await store.mark_sent(row.id, "100.2", NOON)
    for minute in range(5):
        await store.note(entry(f"{minute}", at=NOON + minute * MINUTE))

    none = await store.prune(NOON)
    one = await store.prune(NOON + 2 * MINUTE)

    assert (none, one) == (0, 1)
    store = await place.reopen()
    assert await logged(store) == ["2", "3", "4"]
    assert await store.prune(NOON + HOUR) == 0
    assert await logged(store) == []
