"""What a poller may rely on, whatever the store."""

import asyncio
from datetime import timedelta

from msgspec.structs import replace

from bot.core.model import DeliveryState
from bot.ports import Store
from tests.store.conftest import Place
from tests.store.world import HOUR, MINUTE, NOON, current, follow, follow_with_card, news_for, the_end


async def test_of_three_claimants_and_two_watches_one_goes_away_empty(store: Store) -> None:
    await follow(store, "job-1", "sub-1")
    await follow(store, "job-2", "sub-2", channel="C2")

    claims = await asyncio.gather(*(store.claim_due(NOON, 1) for _ in range(3)))

    assert sorted(watch.key for claim in claims for watch in claim) == ["job-1", "job-2"]
    assert [len(claim) for claim in claims].count(0) == 1


async def test_watches_are_claimed_longest_due_first(store: Store) -> None:
    await follow(store, "b", "sub-1", due_at=NOON - MINUTE, account="drs")
    await follow(store, "a", "sub-2", due_at=NOON - HOUR, account="cos")
    await follow(store, "c", "sub-3", due_at=NOON - 2 * HOUR, account="drs")
    await follow(store, "later", "sub-4", due_at=NOON + MINUTE)

    first = await store.claim_due(NOON, 2)
    second = await store.claim_due(NOON, 2)

    assert [watch.key for watch in first] == ["c", "a"]
    assert [watch.key for watch in second] == ["b"]


async def test_skipped_accounts_are_not_claimed_and_lose_nothing(store: Store) -> None:
    await follow(store, "a", "sub-1", account="drs")
    await follow(store, "b", "sub-2", account="cos")

    without = await store.claim_due(NOON, 10, skip={"drs"})
    rest = await store.claim_due(NOON, 10)

    assert [watch.key for watch in without] == ["b"]
    assert [watch.key for watch in rest] == ["a"]


async def test_a_claim_ends_with_the_commit(store: Store) -> None:
    await follow(store)
    (watch,) = await store.claim_due(NOON, 1)

    assert await store.commit(replace(watch, due_at=NOON + MINUTE))

    assert await store.claim_due(NOON, 1) == []
    assert [each.id for each in await store.claim_due(NOON + MINUTE, 1)] == [watch.id]


async def test_a_claim_that_is_never_given_back_ends_after_ten_minutes(store: Store) -> None:
    opened = await follow(store)
    await store.claim_due(NOON, 1)

    early = await store.claim_due(NOON + 9 * MINUTE, 1)
    late = await store.claim_due(NOON + 10 * MINUTE, 1)

    assert early == []
    assert [watch.id for watch in late] == [opened.watch.id]


async def test_a_claim_does_not_outlive_the_process(place: Place) -> None:
    store = await place.open()
    opened = await follow(store)
    await store.claim_due(NOON, 1)

    store = await place.reopen()

    assert [watch.id for watch in await store.claim_due(NOON, 1)] == [opened.watch.id]


async def test_a_subscription_that_joins_leaves_the_claim_alone(store: Store) -> None:
    await follow(store, "job-1", "sub-1")
    await store.claim_due(NOON, 1)

    await follow(store, "job-1", "sub-2", channel="C2")

    assert await store.claim_due(NOON, 1) == []


async def test_a_commit_of_an_older_version_writes_nothing(store: Store) -> None:
    opened = await follow(store, "job-1", "sub-1")
    (watch,) = await store.claim_due(NOON, 1)
    await follow(store, "job-1", "sub-2", channel="C2")

    done = await store.commit(replace(watch, name="late"), [news_for(opened.subscription, watch, "25")])

    assert not done
    assert (await current(store, watch)).name is None
    await store.mark_sent((await store.take_deliveries(NOON, 1))[0].id, "1.1", NOON)
    assert [row.subscription_id for row in await store.take_deliveries(NOON, 10)] == ["sub-2"]
    assert await store.claim_due(NOON, 1) == []


async def test_a_commit_raises_the_version(store: Store) -> None:
    opened = await follow(store)

    await store.commit(opened.watch)

    assert (await current(store, opened.watch)).version == opened.watch.version + 1


async def test_a_commit_of_a_watch_that_is_gone_is_refused(store: Store) -> None:
    opened = await follow(store)
    await store.remove_subscription(opened.subscription.id)

    assert not await store.commit(opened.watch)
    assert await store.watch(opened.watch.id) is None


async def test_of_two_commits_of_one_reading_the_second_is_refused(store: Store) -> None:
    opened = await follow(store)

    done = await asyncio.gather(store.commit(opened.watch), store.commit(opened.watch))

    assert sorted(done) == [False, True]


async def test_a_poll_of_a_deleted_watch_cannot_write_to_its_successor(store: Store) -> None:
    opened = await follow(store)
    (claimed,) = await store.claim_due(NOON, 1)
    await store.remove_subscription(opened.subscription.id)
    again = await follow(store, name="sub-2")

    done = await store.commit(replace(claimed, name="stale"))

    assert not done
    assert (await current(store, again.watch)).name is None


async def test_closing_a_watch_ends_its_subscriptions_and_still_tells_them(store: Store) -> None:
    opened = await follow_with_card(store)
    watch = await current(store, opened.watch)
    ending = replace(watch, due_at=None, ended_at=NOON + HOUR)

    assert await store.commit(ending, [the_end(opened.subscription, watch)])

    found = await store.subscription(opened.subscription.id)
    assert found is not None
    assert found.subscription.ended_at == NOON + HOUR
    assert await store.followers(watch.id) == []
    assert await store.followed_in("C1") == []
    assert await store.open_watch("drs", watch.key) is None
    assert await store.next_due() is None
    assert [row.news for row in await store.take_deliveries(NOON, 10)] == [the_end(opened.subscription, watch).news]


async def test_a_watch_that_closes_without_an_end_ends_its_subscriptions_when_it_was_created(store: Store) -> None:
    opened = await follow(store)

    await store.commit(replace(opened.watch, due_at=None))

    found = await store.subscription(opened.subscription.id)
    assert found is not None
    assert found.subscription.ended_at == opened.watch.created_at


async def test_a_closed_watch_stays_closed(store: Store) -> None:
    opened = await follow(store)
    await store.commit(replace(opened.watch, due_at=None))
    closed = await current(store, opened.watch)

    assert not await store.commit(replace(closed, due_at=NOON))
    assert await store.claim_due(NOON, 1) == []


async def test_the_same_news_twice_is_one_delivery(store: Store) -> None:
    opened = await follow_with_card(store)
    watch = await current(store, opened.watch)
    news = news_for(opened.subscription, watch, "25")
    await store.commit(watch, [news, news])
    (taken,) = await store.take_deliveries(NOON, 10)
    await store.mark_sent(taken.id, "100.2", NOON)

    await store.commit(await current(store, watch), [news])

    assert await store.take_deliveries(NOON, 10) == []


async def test_postponing_ends_the_claim_and_survives_a_restart(place: Place) -> None:
    store = await place.open()
    opened = await follow(store)
    await store.claim_due(NOON, 1)

    await store.postpone(opened.watch.id, NOON + HOUR)

    assert await store.next_due() == NOON + HOUR
    store = await place.reopen()
    assert await store.next_due() == NOON + HOUR
    assert await store.claim_due(NOON, 1) == []


async def test_postponing_is_no_change_of_what_is_known(store: Store) -> None:
    opened = await follow(store)
    (watch,) = await store.claim_due(NOON, 1)

    await store.postpone(watch.id, NOON + HOUR)

    assert (await current(store, opened.watch)).version == watch.version


async def test_unknown_and_closed_watches_cannot_be_postponed(store: Store) -> None:
    opened = await follow(store)
    await store.commit(replace(opened.watch, due_at=None))
    gone = await follow(store, "job-2", "sub-2")
    await store.remove_subscription(gone.subscription.id)

    await store.postpone(opened.watch.id, NOON)
    await store.postpone(gone.watch.id, NOON)

    assert await store.claim_due(NOON, 10) == []


async def test_the_next_look_is_that_of_the_next_unclaimed_watch(store: Store) -> None:
    assert await store.next_due() is None
    await follow(store, "a", "sub-1", due_at=NOON)
    await follow(store, "b", "sub-2", due_at=NOON + HOUR)

    before = await store.next_due()
    await store.claim_due(NOON, 1)

    assert before == NOON
    assert await store.next_due() == NOON + HOUR


async def test_a_clock_that_was_set_back_brings_looks_and_deliveries_forward(place: Place) -> None:
    store = await place.open()
    tomorrow = NOON + timedelta(days=1)
    far = await follow(store, "far", "sub-1", due_at=tomorrow)
    await follow(store, "near", "sub-2", channel="C2", due_at=NOON)
    (row, *_) = await store.take_deliveries(NOON, 1)
    await store.mark_pending(row.id, tomorrow)

    moved = await store.pull_in(NOON + MINUTE)

    assert moved == 2
    assert (await current(store, far.watch)).due_at == NOON + MINUTE
    store = await place.reopen()
    assert len(await store.claim_due(NOON + MINUTE, 10)) == 2
    taken = await store.take_deliveries(NOON + MINUTE, 10)
    assert {each.state for each in taken} == {DeliveryState.SENDING}
    assert len(taken) == 2


async def test_bringing_forward_leaves_claims_alone(store: Store) -> None:
    await follow(store, due_at=NOON)
    await store.claim_due(NOON, 1)

    assert await store.pull_in(NOON - HOUR) == 1
    assert await store.claim_due(NOON, 1) == []


async def test_one_account_alone_can_be_claimed_for_and_the_others_lose_nothing(store: Store) -> None:
    await follow(store, "a", "sub-1", account="drs", due_at=NOON - MINUTE)
    await follow(store, "b", "sub-2", account="cos", due_at=NOON - HOUR)
    await follow(store, "c", "sub-3", account="drs", due_at=NOON - 2 * HOUR)

    mine = await store.claim_due(NOON, 10, account="drs")
    nobodys = await store.claim_due(NOON, 10, account="pan")
    rest = await store.claim_due(NOON, 10)

    assert [watch.key for watch in mine] == ["c", "a"]
    assert nobodys == []
    assert [watch.key for watch in rest] == ["b"]


async def test_what_is_due_soon_is_handed_out_to_who_asks_for_it_and_to_nobody_else(store: Store) -> None:
    await follow(store, "now", "sub-1", account="drs")
    await follow(store, "soon", "sub-2", account="drs", due_at=NOON + MINUTE)
    await follow(store, "sooner", "sub-3", account="drs", due_at=NOON + MINUTE / 2)
    await follow(store, "late", "sub-4", account="drs", due_at=NOON + 2 * MINUTE)
    await follow(store, "other", "sub-5", account="cos", due_at=NOON + MINUTE)

    due = await store.claim_due(NOON, 10, account="drs")
    early = await store.claim_due(NOON, 10, account="drs", due_by=NOON + MINUTE)
    again = await store.claim_due(NOON, 10, account="drs", due_by=NOON + MINUTE)

    assert [watch.key for watch in due] == ["now"]
    assert [watch.key for watch in early] == ["sooner", "soon"]
    assert [watch.due_at for watch in early] == [NOON + MINUTE / 2, NOON + MINUTE]
    assert again == []


async def test_of_what_is_due_soon_no_more_is_handed_out_than_is_asked_for_the_first_due_first(store: Store) -> None:
    await follow(store, "soon", "sub-1", due_at=NOON + MINUTE)
    await follow(store, "sooner", "sub-2", due_at=NOON + MINUTE / 2)

    early = await store.claim_due(NOON, 1, due_by=NOON + MINUTE)

    assert [watch.key for watch in early] == ["sooner"]


async def test_the_lease_of_what_was_handed_out_early_counts_from_the_handing_out(store: Store) -> None:
    opened = await follow(store, due_at=NOON + 5 * MINUTE)
    await store.claim_due(NOON, 1, due_by=NOON + 5 * MINUTE)

    under_lease = await store.claim_due(NOON + 10 * MINUTE - MINUTE / 60, 1)
    after_it = await store.claim_due(NOON + 10 * MINUTE, 1)

    assert under_lease == []
    assert [watch.id for watch in after_it] == [opened.watch.id]


async def test_what_was_handed_out_early_and_not_looked_at_is_due_as_it_was(store: Store) -> None:
    await follow(store, due_at=NOON + MINUTE)
    (early,) = await store.claim_due(NOON, 1, due_by=NOON + MINUTE)
    assert early.due_at is not None

    await store.postpone(early.id, early.due_at)

    assert await store.claim_due(NOON, 1) == []
    assert [watch.id for watch in await store.claim_due(NOON + MINUTE, 1)] == [early.id]


async def test_open_watches_are_counted_for_each_account(store: Store) -> None:
    await follow(store, "a", "sub-1", account="drs")
    ended = await follow(store, "b", "sub-2", account="drs")
    await follow(store, "c", "sub-3", account="cos")
    left = await follow(store, "d", "sub-4", account="cos")
    await store.commit(replace(ended.watch, due_at=None, ended_at=NOON))
    await store.remove_subscription(left.subscription.id)
    (again,) = await store.claim_due(NOON, 1, account="drs")
    await store.commit(replace(again, due_at=NOON + HOUR))

    assert await store.open_watches(["drs", "cos", "pan"]) == {"drs": 1, "cos": 1, "pan": 0}


async def test_many_steps_are_committed_together_and_each_on_its_own_terms(store: Store) -> None:
    one, two, three = [await follow(store, f"job-{n}", f"sub-{n}", channel=f"C{n}") for n in (1, 2, 3)]
    await store.claim_due(NOON, 10)
    told = [news_for(each.subscription, each.watch, "paused-0") for each in (one, two, three)]
    # Somebody was faster with the second.
    assert await store.commit(replace(two.watch, due_at=NOON + HOUR))

    done = await store.commit_all(
        [
            (replace(one.watch, due_at=NOON + MINUTE, high=5.0), [told[0]]),
            (replace(two.watch, due_at=NOON + MINUTE, high=5.0), [told[1]]),
            (replace(three.watch, due_at=None, ended_at=NOON), [told[2], the_end(three.subscription, three.watch)]),
        ]
    )

    assert done == [True, False, True]
    first, second, third = [await current(store, each.watch) for each in (one, two, three)]
    assert (first.high, second.high, third.closed) == (5.0, None, True)
    assert [len(await store.waiting(each.subscription.id)) for each in (one, two, three)] == [2, 1, 3]
    ended = await store.subscription(three.subscription.id)
    assert ended is not None
    assert ended.subscription.ended_at == NOON
    # The claims of what was written are over, that of the second as well: its commit ended it.
    assert [watch.key for watch in await store.claim_due(NOON + MINUTE, 10)] == ["job-1"]


async def test_readings_with_and_without_news_are_committed_together(store: Store) -> None:
    quiet, told, late, ended = [await follow(store, f"job-{n}", f"sub-{n}", channel=f"C{n}") for n in range(4)]
    gone = await follow(store, "job-9", "sub-9")
    await store.remove_subscription(gone.subscription.id)
    await store.claim_due(NOON, 10)
    assert await store.commit(replace(late.watch, due_at=NOON + HOUR))

    done = await store.commit_all(
        [
            (replace(quiet.watch, due_at=NOON + MINUTE, high=5.0), ()),
            (
                replace(told.watch, due_at=NOON + MINUTE, high=5.0),
                [news_for(told.subscription, told.watch, "paused-0")],
            ),
            (replace(late.watch, due_at=NOON + MINUTE, high=5.0), ()),
            (replace(ended.watch, due_at=None, ended_at=NOON), ()),
            (gone.watch, ()),
        ]
    )

    assert done == [True, True, False, True, False]
    found = [await current(store, each.watch) for each in (quiet, told, late, ended)]
    assert [watch.high for watch in found] == [5.0, 5.0, None, None]
    assert [watch.version for watch in found] == [1, 1, 1, 1]
    assert sorted(watch.key for watch in await store.claim_due(NOON + MINUTE, 10)) == ["job-0", "job-1"]


async def test_of_two_steps_of_one_watch_only_the_first_is_committed(store: Store) -> None:
    opened = await follow(store)

    done = await store.commit_all([(replace(opened.watch, high=5.0), ()), (replace(opened.watch, high=9.0), ())])

    assert done == [True, False]
    assert (await current(store, opened.watch)).high == 5.0


async def test_no_steps_are_committed_without_a_word(store: Store) -> None:
    assert await store.commit_all([]) == []
