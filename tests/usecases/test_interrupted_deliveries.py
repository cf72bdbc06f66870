import asyncio
from datetime import timedelta

import pytest

from bot.core.model import DeliveryState, SubscriptionId
from bot.ports import RetryLater
from tests.usecases.answers import LOST, TOO_BAD, UNSENT, news_waits
from tests.usecases.world import Gate, Lost, PostAnswer, World, finished

# --- a store that cannot write ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "answer", "tries"),
    [
        ("mark_sent", None, 1),
        ("mark_pending", RetryLater(after=1.0), 2),
        ("mark_unknown", UNSENT, 2),
        ("mark_unknown", LOST, 1),
        ("mark_refused", None, 1),
    ],
)
async def test_a_disk_that_was_full_for_a_while_loses_and_repeats_nothing(
    world: World, verb: str, answer: PostAnswer | Lost | None, tries: int
) -> None:
    await news_waits(world, *([answer] if answer is not None else []))
    world.slack.posts.clear()

    world.ill = {verb}
    await world.tell_all(times=5)
    world.ill = set()
    await world.tell_all(times=10)
    await world.reads(80)

    assert [heard[:4] for heard in world.slack.heard()] == ["60 %", "75 %"]
    assert len(world.slack.posts) == tries + 1


async def test_a_card_that_was_posted_and_could_not_be_marked_is_not_posted_again(world: World) -> None:
    world.ill = {"mark_sent"}
    answer = await world.types("subscribe drs job-1")
    await world.tell_all(times=3)

    world.ill = set()
    await world.tell_all(times=3)
    await world.reads(60)

    assert answer == ""
    assert len(world.slack.cards()) == 1
    assert len(world.slack.heard()) == 1


# --- restarts -----------------------------------------------------------------------------------------------------


async def test_what_waited_when_the_bot_stopped_is_told_after_the_start(world: World) -> None:
    await news_waits(world)

    await world.restart()
    await world.tell_all(times=2)

    assert [heard[:4] for heard in world.slack.heard()] == ["60 %"]
    assert {shown.thread_ts for shown in world.slack.thread()} == {world.slack.card().ts}


@pytest.mark.parametrize("arrived", [True, False])
async def test_what_was_being_sent_when_the_bot_stopped_is_looked_up(world: World, arrived: bool) -> None:
    await news_waits(world)
    gate = Gate()
    world.slack.post_answers.append(gate)

    await world.deliveries.tick()
    await finished(gate.reached.wait())
    if arrived:
        gate.open.set()
        world.ill = {"mark_sent"}
        await world.deliveries.settle()
        world.ill = set()
    await world.restart()
    await world.tell_all(times=12)

    assert len(set(world.slack.finds)) == 1
    assert len(world.slack.heard()) == 1


async def test_what_was_unclear_or_throttled_or_sent_when_the_bot_stopped_stays_so(world: World) -> None:
    for key in ("job-1", "job-2", "job-3"):
        world.task(10, key=key)
        await world.follows(key, channel=f"C0{key[-1]}X")
        world.task(60, key=key)
    await world.poll_later()
    world.slack.closed = {"C01X": UNSENT, "C02X": RetryLater(after=60.0)}
    await world.tell()
    world.slack.closed.clear()
    world.slack.posts.clear()

    await world.restart()
    rows = await world.store.take_deliveries(world.clock.now() + timedelta(seconds=5), 10)

    assert [(row.channel, row.state) for row in rows] == [("C01X", DeliveryState.UNKNOWN)]
    assert await world.store.take_deliveries(world.clock.now() + timedelta(seconds=59), 10) == []
    (throttled,) = await world.store.take_deliveries(world.clock.now() + timedelta(seconds=61), 10)
    assert throttled.channel == "C02X"


async def test_what_was_refused_for_good_stays_refused_after_a_restart(world: World) -> None:
    await news_waits(world, TOO_BAD, TOO_BAD)
    await world.tell()
    world.slack.posts.clear()

    await world.restart()
    await world.tell_all(times=3)

    assert world.slack.posts == []


async def test_a_stop_waits_for_a_post_that_is_under_way(world: World) -> None:
    await news_waits(world)
    world.slack.post_answers.append(gate := Gate())
    await world.deliveries.tick()
    await finished(gate.reached.wait())

    draining = asyncio.create_task(world.deliveries.drain(5))
    gate.open.set()
    await finished(draining)
    await world.restart()
    await world.tell_all(times=2)

    assert world.slack.finds == []
    assert len(world.slack.heard()) == 1


# --- clocks -------------------------------------------------------------------------------------------------------


async def test_a_clock_that_was_set_back_holds_up_nothing(world: World) -> None:
    await news_waits(world, RetryLater(after=20.0, throttled=True))
    await world.tell()
    world.clock.move(minutes=-180)

    world.deliveries.clock_jumped()
    await world.polling.clock_jumped()
    await world.tell()
    world.clock.move(minutes=1.1)
    await world.tell()

    assert len(world.slack.heard()) == 1


async def test_a_clock_that_differs_from_slacks_finds_the_message_all_the_same(world: World) -> None:
    await news_waits(world, LOST)
    await world.tell()
    # Slack stamped it with its own clock, which is two minutes behind.
    world.slack.thread()[0].at -= timedelta(minutes=2)

    await world.tell_all(times=6)

    assert len(world.slack.heard()) == 1


async def test_a_subscription_that_vanished_is_no_matter(world: World) -> None:
    await news_waits(world)
    (row,) = await world.store.take_deliveries(world.clock.now(), 10)
    await world.store.remove_subscription(SubscriptionId(row.subscription_id))

    await world.tell_all(times=2)

    assert world.slack.thread() == []
