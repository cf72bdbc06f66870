"""What a replica took is its own while it lives, and somebody else's soon after it died or slept."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.core.model import Delivery, DeliveryState
from bot.core.news import CardOpened
from bot.ports import StoreError
from bot.store.change import in_doubt
from bot.store.due import LEASE as LONGEST
from bot.store.postgres.ledger import LEASE, Ledger
from tests.store.postgres.conftest import Clock, Replicas
from tests.store.world import HOUR, MINUTE, NOON, current, follow, follow_with_card, new_watch, news_for, tell

SECOND = timedelta(seconds=1)
AFTER = NOON + LEASE


async def test_what_the_dead_claimed_is_claimed_when_the_lease_ends_and_not_before(replica: Replicas) -> None:
    dead, other = await replica(), await replica()
    opened = await follow(dead)
    await dead.claim_due(NOON, 1)
    await replica.kill(dead)

    early = await other.claim_due(AFTER - SECOND, 1)
    late = await other.claim_due(AFTER, 1)

    assert early == []
    assert [watch.id for watch in late] == [opened.watch.id]
    assert (await current(other, opened.watch)).due_at == NOON


async def test_what_the_living_claimed_stays_claimed_for_ten_minutes_at_most(replica: Replicas) -> None:
    one, other = await replica(), await replica()
    await follow(one)
    await one.claim_due(NOON, 1)

    for minute in range(1, 10):
        await one.renew(NOON + minute * MINUTE)
        assert await other.claim_due(NOON + minute * MINUTE + LEASE - SECOND, 1) == []

    # Its poll was lost: renewed no more.
    await one.renew(NOON + LONGEST)
    assert len(await other.claim_due(NOON + 9 * MINUTE + LEASE, 1)) == 1


async def test_a_clean_stop_gives_everything_back_at_once(replica: Replicas) -> None:
    one, other = await replica(), await replica()
    opened = await follow(one)
    await one.claim_due(NOON, 1)
    (taken,) = await one.take_deliveries(NOON, 1)

    await one.close()

    assert [watch.id for watch in await other.claim_due(NOON, 1)] == [opened.watch.id]
    assert await other.take_deliveries(NOON, 1) == [in_doubt(taken)]


async def test_what_the_dead_was_sending_is_looked_up_when_the_lease_ends_and_not_before(replica: Replicas) -> None:
    dead, other = await replica(), await replica()
    await follow(dead)
    (taken,) = await dead.take_deliveries(NOON, 1)
    await replica.kill(dead)

    early = await other.take_deliveries(AFTER - SECOND, 1)
    late = await other.take_deliveries(AFTER, 1)

    assert early == []
    assert late == [in_doubt(taken)]


async def test_what_the_living_is_sending_is_never_anybody_elses(replica: Replicas) -> None:
    one, other = await replica(), await replica()
    await follow(one)
    (taken,) = await one.take_deliveries(NOON, 1)

    for minute in range(1, 30):
        await one.renew(NOON + minute * MINUTE)
        assert await other.take_deliveries(NOON + minute * MINUTE + LEASE - SECOND, 1) == []

    assert one.still_holds(taken)


async def test_what_the_dead_was_looking_up_is_looked_up_by_another(replica: Replicas) -> None:
    dead, other = await replica(), await replica()
    await follow(dead)
    (taken,) = await dead.take_deliveries(NOON, 1)
    await dead.mark_unknown(taken.id, NOON)
    (unknown,) = await dead.take_deliveries(NOON, 1)
    await replica.kill(dead)

    early = await other.take_deliveries(AFTER - SECOND, 1)

    assert early == []
    assert await other.take_deliveries(AFTER, 1) == [unknown]


# Who slept


async def test_who_slept_commits_nothing_that_another_took_over(replica: Replicas) -> None:
    clock = Clock()
    sleeper, other = await replica(clock), await replica()
    opened = await follow_with_card(sleeper)
    (claimed,) = await sleeper.claim_due(NOON, 1)
    clock.now += 120
    (taken_over,) = await other.claim_due(AFTER, 1)

    told = [news_for(opened.subscription, claimed, "25")]
    # The version is still the same: it is the claim that tells.
    before = await sleeper.commit(replace(claimed, name="late"), told)
    await sleeper.postpone(claimed.id, NOON)
    between = await other.claim_due(AFTER, 1)
    assert await other.commit(replace(taken_over, name="in time", due_at=AFTER + HOUR))
    after = await sleeper.commit(replace(claimed, name="late"), told)
    await sleeper.renew(AFTER)
    read_again = await sleeper.commit(replace(await current(sleeper, claimed), name="late"), told)

    assert (before, between, after, read_again) == (False, [], False, False)
    assert (await current(other, claimed)).name == "in time"
    assert await other.waiting(opened.subscription.id) == []


async def test_who_slept_learns_from_its_clock_that_another_came_and_went(replica: Replicas) -> None:
    clock = Clock()
    sleeper, other = await replica(clock), await replica()
    await follow(sleeper)
    (claimed,) = await sleeper.claim_due(NOON, 1)
    clock.now += 120
    (taken_over,) = await other.claim_due(AFTER, 1)
    assert await other.commit(replace(taken_over, due_at=AFTER + HOUR))

    # It read anew what the other wrote, to write its old reading over it.
    done = await sleeper.commit(replace(await current(sleeper, claimed), name="late"))
    await sleeper.postpone(claimed.id, NOON)

    assert not done
    assert await other.next_due() == AFTER + HOUR


async def test_who_slept_and_claims_again_commits_again(replica: Replicas) -> None:
    sleeper, other = await replica(), await replica()
    await follow(sleeper)
    await sleeper.claim_due(NOON, 1)
    (watch,) = await other.claim_due(AFTER, 1)
    await sleeper.renew(AFTER)
    assert await other.commit(replace(watch, due_at=AFTER))

    (again,) = await sleeper.claim_due(AFTER, 1)

    assert await sleeper.commit(again)


async def test_who_slept_posts_and_marks_nothing_that_another_took_over(replica: Replicas) -> None:
    clock = Clock()
    sleeper, other = await replica(clock), await replica()
    await follow(sleeper)
    (taken,) = await sleeper.take_deliveries(NOON, 1)
    clock.now += 120
    (unknown,) = await other.take_deliveries(AFTER, 1)
    sent_again = await other.mark_sending(unknown.id, AFTER)

    assert not sleeper.still_holds(taken)
    await sleeper.mark_sent(taken.id, "100.9", NOON)
    await sleeper.mark_pending(taken.id, NOON)
    await sleeper.mark_refused(taken.id, "late")
    await sleeper.renew(AFTER)
    await sleeper.mark_unknown(taken.id, NOON)
    with pytest.raises(StoreError):
        await sleeper.mark_sending(taken.id, NOON)

    assert not sleeper.still_holds(taken)
    assert other.still_holds(sent_again)
    assert await other.waiting(taken.subscription_id) == [sent_again]
    await other.mark_sent(taken.id, "100.1", AFTER)
    assert await other.waiting(taken.subscription_id) == []


async def test_who_slept_marks_nothing_that_nobody_looked_up_yet(replica: Replicas) -> None:
    clock = Clock()
    sleeper, other = await replica(clock), await replica()
    opened = await follow(sleeper)
    (taken,) = await sleeper.take_deliveries(NOON, 1)
    clock.now += 120
    # It is in doubt again after a first look, and held by nobody.
    (unknown,) = await other.take_deliveries(AFTER, 1)
    await other.mark_unknown(unknown.id, AFTER + HOUR)

    await sleeper.mark_pending(taken.id, NOON)

    (row,) = await other.waiting(opened.subscription.id)
    assert (row.state, row.not_before) == (DeliveryState.UNKNOWN, AFTER + HOUR)


async def test_who_slept_folds_nothing_that_another_took_over(replica: Replicas) -> None:
    sleeper, other = await replica(), await replica()
    opened = await follow_with_card(sleeper)
    first, second = await tell(sleeper, opened, "1", "2")
    await sleeper.take_deliveries(NOON, 1)
    (unknown,) = await other.take_deliveries(AFTER, 1)
    await other.mark_sending(unknown.id, AFTER)

    assert await sleeper.fold(first.id, first.news, [second.id]) is None
    assert len(await other.waiting(opened.subscription.id)) == 2


async def test_a_replica_trusts_its_lease_for_less_than_it_lasts_and_again_when_it_was_renewed(
    replica: Replicas,
) -> None:
    clock = Clock()
    store = await replica(clock)
    await follow(store)
    (taken,) = await store.take_deliveries(NOON, 1)

    found = [store.still_holds(taken)]
    clock.now += Ledger().trusted
    found.append(store.still_holds(taken))
    await store.renew(NOON + MINUTE)
    found.append(store.still_holds(taken))
    await store.mark_sent(taken.id, "100.1", NOON)
    found.append(store.still_holds(taken))

    assert found == [True, False, True, False]
    assert LEASE.total_seconds() > Ledger().trusted


async def test_what_was_taken_once_is_not_held_as_what_is_taken_again(replica: Replicas) -> None:
    store = await replica()
    await follow(store)
    (first,) = await store.take_deliveries(NOON, 1)
    await store.mark_pending(first.id, NOON)

    (second,) = await store.take_deliveries(NOON, 1)

    assert not store.still_holds(first)
    assert store.still_holds(second)


async def test_a_card_that_is_subscribed_with_its_sending_is_held(replica: Replicas) -> None:
    store, other = await replica(), await replica()
    opened = await follow(store, "job-0", "sub-0")
    watch = opened.watch
    subscription = replace(opened.subscription, id="sub-1", channel="C2")
    card = replace(
        news_for(subscription, watch, "card", CardOpened()),
        state=DeliveryState.SENDING,
        attempts=1,
        sending_since=NOON,
    )

    await store.subscribe(watch, subscription, card)

    (row,) = await other.waiting(subscription.id)
    assert store.still_holds(row)
    assert not other.still_holds(row)
    await other.mark_pending(row.id, NOON)
    assert await other.waiting(subscription.id) == [row]


# What others may do meanwhile


async def test_what_a_rule_took_back_while_slack_was_asked_is_still_marked_by_who_asked(replica: Replicas) -> None:
    one, other = await replica(), await replica()
    opened = await follow_with_card(one)
    (reply,) = await tell(one, opened, "25")
    (taken,) = await one.take_deliveries(NOON, 1)
    card = news_for(opened.subscription, opened.watch, "card-2", CardOpened())
    assert await other.replace_card(opened.subscription.id, card)
    await one.renew(NOON + SECOND)

    await one.mark_sent(taken.id, "100.2", NOON)

    assert [row.id for row in await other.waiting(opened.subscription.id)] == [card.id]
    assert reply.id == taken.id


async def test_a_channel_that_moves_leaves_what_is_being_sent_with_who_sends_it(replica: Replicas) -> None:
    one, other = await replica(), await replica()
    await follow(one)
    (taken,) = await one.take_deliveries(NOON, 1)

    await other.move_channel("C1", "C9")

    assert one.still_holds(taken)
    assert await other.take_deliveries(NOON + MINUTE, 1) == []
    await one.mark_sent(taken.id, "100.1", NOON)
    assert await one.waiting(taken.subscription_id) == []


async def test_a_look_is_asked_for_on_any_replica_but_not_while_one_looks(replica: Replicas) -> None:
    one, other = await replica(), await replica()
    opened = await follow(one, due_at=NOON + HOUR)

    await other.postpone(opened.watch.id, NOON)
    (claimed,) = await one.claim_due(NOON, 1)
    await other.postpone(opened.watch.id, NOON)

    assert await other.claim_due(NOON, 1) == []
    assert await one.commit(replace(claimed, due_at=NOON + HOUR))


async def test_a_commit_without_a_claim_makes_the_claimant_read_again(replica: Replicas) -> None:
    one, other = await replica(), await replica()
    await follow(one)
    (claimed,) = await one.claim_due(NOON, 1)
    assert await other.commit(replace(await current(other, claimed), name="first look"))

    refused = await one.commit(claimed)
    await one.renew(NOON)
    again = await one.commit(await current(one, claimed))

    assert (refused, again) == (False, True)


async def test_a_number_of_a_deleted_watch_is_not_given_again_by_another_replica(replica: Replicas) -> None:
    one, other = await replica(), await replica()
    opened = await follow(one)
    (claimed,) = await one.claim_due(NOON, 1)
    await other.remove_subscription(opened.subscription.id)

    again = await follow(other, name="sub-2")

    assert again.watch.id == new_watch().id.replace("#1", "#2")
    assert not await one.commit(claimed)


async def test_a_pruned_number_is_not_given_again(replica: Replicas) -> None:
    one, other = await replica(), await replica()
    opened = await follow_with_card(one)
    await one.commit(replace(await current(one, opened.watch), due_at=None, ended_at=NOON))
    assert await one.prune(NOON + HOUR) == 1

    again = await follow(other, name="sub-2")

    assert again.watch.id.endswith("#2")


def test_a_row_names_nobody_by_itself() -> None:
    # What is handed out says nothing of who holds it: records are the same in both engines.
    assert "holder" not in Delivery.__struct_fields__
