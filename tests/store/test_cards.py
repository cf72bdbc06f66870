"""Which cards are behind, and what ends a store's care for a watch, whatever the store."""

from msgspec.structs import replace

from bot.core.model import Card, SubscriptionId
from bot.ports import Store
from tests.store.conftest import Place
from tests.store.world import HOUR, MINUTE, NOON, current, follow, follow_with_card, news_for, the_end


async def stale(store: Store, limit: int = 10) -> list[str]:
    return [each.subscription.id for each in await store.stale_cards(limit)]


async def show(store: Store, name: str, *, shown: str = "picture", at_minute: int = 0) -> None:
    """Show the newest state in a card."""
    found = await store.subscription(SubscriptionId(name))
    assert found is not None
    await store.card_shown(
        found.subscription.id, shown=shown, version=found.watch.version, now=NOON + at_minute * MINUTE
    )


async def test_a_card_is_stale_from_its_posting_until_it_shows_the_newest_version(store: Store) -> None:
    opened = await follow(store)
    before = await stale(store)
    await store.mark_sent((await store.take_deliveries(NOON, 1))[0].id, "100.1", NOON)
    posted = await stale(store)

    await show(store, "sub-1")
    shown = await stale(store)
    await store.commit(await current(store, opened.watch))

    assert (before, posted, shown) == ([], ["sub-1"], [])
    (again,) = await store.stale_cards(10)
    assert again.watch.version == 1
    assert again.subscription.card == Card(ts="100.1", shown="picture", shown_version=0, edited_at=NOON)


async def test_an_older_picture_leaves_the_card_stale(store: Store) -> None:
    opened = await follow_with_card(store)
    await store.commit(opened.watch)

    await store.card_shown(opened.subscription.id, shown="old", version=0, now=NOON)

    assert await stale(store) == ["sub-1"]


async def test_cards_of_ended_watches_go_first_then_the_longest_unedited(store: Store) -> None:
    for n, minute in ((1, 3), (2, 1), (3, 2)):
        await follow_with_card(store, f"job-{n}", f"sub-{n}", channel=f"C{n}")
        await show(store, f"sub-{n}", at_minute=minute)
    for n in (1, 2, 3):
        found = await store.subscription(SubscriptionId(f"sub-{n}"))
        assert found is not None
        ended = n == 1
        await store.commit(replace(found.watch, due_at=None, ended_at=NOON) if ended else found.watch)

    assert await stale(store) == ["sub-1", "sub-2", "sub-3"]
    assert await stale(store, 2) == ["sub-1", "sub-2"]
    assert await stale(store) == ["sub-1", "sub-2", "sub-3"]


async def test_the_final_state_is_shown_though_the_subscription_ended(store: Store) -> None:
    opened = await follow_with_card(store)
    watch = await current(store, opened.watch)
    await store.commit(replace(watch, due_at=None, ended_at=NOON))
    pending = await stale(store)

    await show(store, "sub-1", shown="final")

    assert pending == ["sub-1"]
    assert await stale(store) == []


async def test_what_a_card_shows_is_known_after_a_restart(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    await show(store, "sub-1", at_minute=5)

    store = await place.reopen()

    assert await stale(store) == []
    found = await store.subscription(opened.subscription.id)
    assert found is not None
    assert found.subscription.card == Card(ts="100.1", shown="picture", edited_at=NOON + 5 * MINUTE, shown_version=0)


async def test_a_picture_that_did_not_change_is_no_longer_stale(store: Store) -> None:
    opened = await follow_with_card(store)
    await show(store, "sub-1", at_minute=1)
    await store.commit(await current(store, opened.watch))

    await show(store, "sub-1", at_minute=1)

    assert await stale(store) == []


async def test_the_last_edit_moves_also_where_the_picture_did_not_change(store: Store) -> None:
    opened = await follow_with_card(store, "job-1", "sub-1", channel="C1")
    other = await follow_with_card(store, "job-2", "sub-2", channel="C2")
    await show(store, "sub-1", at_minute=1)
    await show(store, "sub-2", at_minute=2)

    await show(store, "sub-1", at_minute=9)

    found = await store.subscription(opened.subscription.id)
    assert found is not None
    assert found.subscription.card is not None
    assert found.subscription.card.edited_at == NOON + 9 * MINUTE
    for each in (opened, other):
        await store.commit(await current(store, each.watch))
    assert await stale(store) == ["sub-2", "sub-1"]


async def test_a_last_edit_in_memory_is_kept_by_the_next_write(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    await show(store, "sub-1", at_minute=1)
    await show(store, "sub-1", at_minute=9)

    await store.commit(replace(await current(store, opened.watch), due_at=None, ended_at=NOON))

    store = await place.reopen()
    found = await store.subscription(opened.subscription.id)
    assert found is not None
    assert found.subscription.card is not None
    assert found.subscription.card.edited_at == NOON + 9 * MINUTE


async def test_a_card_that_is_gone_cannot_be_shown(store: Store) -> None:
    opened = await follow(store)

    await store.card_shown(opened.subscription.id, shown="x", version=9, now=NOON)
    await store.card_shown(SubscriptionId("nobody"), shown="x", version=9, now=NOON)

    assert await stale(store) == []


async def test_removed_subscriptions_have_no_stale_card(store: Store) -> None:
    opened = await follow_with_card(store, name="sub-1", channel="C1")
    await follow_with_card(store, name="sub-2", channel="C2")

    await store.remove_subscription(opened.subscription.id)

    assert await stale(store) == ["sub-2"]


async def test_pruning_deletes_what_closed_before_then(place: Place) -> None:
    store = await place.open()
    old = await follow_with_card(store, "old", "sub-1", channel="C1")
    recent = await follow_with_card(store, "recent", "sub-2", channel="C2")
    running = await follow_with_card(store, "running", "sub-3", channel="C3")
    await store.commit(replace(await current(store, old.watch), due_at=None, ended_at=NOON))
    await store.commit(replace(await current(store, recent.watch), due_at=None, ended_at=NOON + 2 * HOUR))

    deleted = await store.prune(NOON + HOUR)

    assert deleted == 1
    assert await stale(store) == ["sub-2", "sub-3"]
    store = await place.reopen()
    assert await store.watch(old.watch.id) is None
    assert await store.subscription(old.subscription.id) is None
    assert await store.watch(recent.watch.id) is not None
    assert await store.watch(running.watch.id) is not None


async def test_a_watch_is_not_pruned_while_its_end_is_still_to_be_told(store: Store) -> None:
    opened = await follow_with_card(store)
    watch = await current(store, opened.watch)
    await store.commit(replace(watch, due_at=None, ended_at=NOON), [the_end(opened.subscription, watch)])

    early = await store.prune(NOON + HOUR)
    (row,) = await store.take_deliveries(NOON, 1)
    await store.mark_sent(row.id, "100.2", NOON)

    assert early == 0
    assert await store.prune(NOON + HOUR) == 1


async def test_a_watch_that_closed_without_an_end_is_pruned_by_its_age(store: Store) -> None:
    opened = await follow_with_card(store)
    await store.commit(replace(opened.watch, due_at=None, gone=True))

    assert await store.prune(NOON) == 0
    assert await store.prune(NOON + MINUTE) == 1


async def test_pruned_news_does_not_come_back(store: Store) -> None:
    opened = await follow_with_card(store)
    closed = replace(opened.watch, due_at=None, ended_at=NOON)
    await store.commit(closed)
    await store.prune(NOON + HOUR)

    done = await store.commit(closed, [news_for(opened.subscription, closed, "25")])

    assert not done
    assert await store.take_deliveries(NOON, 10) == []
