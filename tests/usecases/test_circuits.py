"""A dead cloud slows only itself: it is left alone, tried by one call at a time, and everyone hears of it once."""

from datetime import timedelta

import pytest

from bot.core.model import Watch, WatchId
from bot.usecases.circuit import TRIPS_AT, Circuit
from providers.base import ProviderError, RateLimited, TaskKey, UnexpectedResponse
from providers.reasons import Reason
from tests.usecases.world import DOWN, LIMITS, NOON, FakeCloud, Gate, World, finished

SECOND = timedelta(seconds=1)


async def follow_many(world: World, count: int) -> list[str]:
    """Subscribe a channel of its own to each of so many tasks."""
    keys = [f"job-{number}" for number in range(1, count + 1)]
    for key in keys:
        world.task(10, key=key)
        await world.follows(key, channel=channel_of(key))
    world.cloud.calls.clear()
    return keys


def channel_of(key: str) -> str:
    return f"C0{key.upper()}"


def the_cloud_is(world: World, reading: ProviderError, *keys: str) -> None:
    world.cloud.tasks.update(dict.fromkeys(keys, reading))


async def calls_of_one_tick(world: World) -> int:
    before = len(world.cloud.calls)
    await world.poll()
    return len(world.cloud.calls) - before


async def until_it_rests(world: World, keys: list[str]) -> None:
    the_cloud_is(world, DOWN, *keys)
    await world.poll_later(minutes=1.5)


@pytest.mark.parametrize("reading", [DOWN, UnexpectedResponse(Reason.NOT_JSON)])
async def test_a_cloud_that_fails_five_calls_in_a_row_is_tried_by_one_call_at_a_time(
    world: World, reading: ProviderError
) -> None:
    keys = await follow_many(world, 20)
    the_cloud_is(world, reading, *keys)
    await world.poll_later(minutes=1.5)
    world.cloud.calls.clear()

    ticks = []
    for _ in range(20):
        world.clock.move(minutes=1.5)
        ticks.append(await calls_of_one_tick(world))

    assert set(ticks) == {1}


async def test_fewer_failures_change_nothing(world: World) -> None:
    keys = await follow_many(world, 10)
    the_cloud_is(world, DOWN, *keys[: TRIPS_AT - 1])
    await world.poll_later(minutes=1.5)
    world.clock.move(minutes=1.5)

    assert await calls_of_one_tick(world) == 10


async def test_only_one_trial_is_under_way(world: World) -> None:
    keys = await follow_many(world, 10)
    await until_it_rests(world, keys)
    world.cloud.calls.clear()
    world.cloud.gate = Gate()

    world.clock.move(minutes=1.5)
    await world.polling.tick()
    await finished(world.cloud.gate.reached.wait())
    for _ in range(5):
        world.clock.move(minutes=1.5)
        await world.polling.tick()
    under_way = len(world.cloud.calls)
    world.cloud.gate.open.set()
    await world.polling.settle()

    assert under_way == 1


async def test_a_trial_that_succeeds_lets_all_the_others_go_at_once(world: World) -> None:
    keys = await follow_many(world, 10)
    await until_it_rests(world, keys)
    for key in keys:
        world.task(20, key=key)
    world.cloud.calls.clear()

    world.clock.move(minutes=1.5)
    await world.poll()
    await world.poll()

    assert sorted(key for call in world.cloud.calls for key in call) == sorted(keys)


async def test_a_cloud_at_rest_slows_no_other(world: World) -> None:
    other = world.more_clouds["eu"] = FakeCloud("eu")
    other.tasks["job-9"] = world.cloud.tasks["job-1"]
    await world.restart()
    await world.types("subscribe eu job-9")
    keys = await follow_many(world, 10)
    await until_it_rests(world, keys)
    other.calls.clear()

    for _ in range(10):
        await world.poll_later()

    assert len(other.calls) == 10


async def test_every_channel_hears_once_of_a_lasting_outage_and_once_of_its_end(world: World) -> None:
    keys = await follow_many(world, 12)
    the_cloud_is(world, DOWN, *keys)
    for _ in range(40):
        await world.poll_later(minutes=1)
        await world.tell_all(times=2)
    for key in keys:
        world.task(12, key=key)
    for _ in range(4):
        await world.poll_later()
        await world.tell_all(times=2)

    for key in keys:
        down, up = world.slack.heard(channel_of(key))
        assert down.startswith("⚠️ I cannot read drs since")
        assert up.startswith("drs answers again")


async def test_one_task_that_its_cloud_cannot_read_does_not_stand_for_the_others(world: World) -> None:
    keys = await follow_many(world, 4)
    await until_it_rests(world, keys)
    await until_it_rests(world, keys)
    for key in keys[1:]:
        world.task(12, key=key)

    for _ in range(6):
        await world.poll_later(minutes=1.5)
        await world.tell()
    for key in keys[1:]:
        world.task(60, key=key)
    for _ in range(6):
        await world.poll_later(minutes=1.5)
        await world.tell_all(times=3)

    assert [len([heard for heard in world.slack.heard(channel_of(key)) if "60 %" in heard]) for key in keys] == [
        0, 1, 1, 1,
    ]  # fmt: skip


async def test_a_trial_that_a_throttled_cloud_withdrew_is_tried_later(world: World) -> None:
    keys = await follow_many(world, 6)
    await until_it_rests(world, keys)
    the_cloud_is(world, RateLimited(Reason.THROTTLED, retry_after=100.0), *keys)
    world.clock.move(minutes=1.5)
    await world.poll()
    world.cloud.calls.clear()

    world.clock.move(seconds=90)
    await world.poll()
    while_asked_to_wait = len(world.cloud.calls)
    for key in keys:
        world.task(20, key=key)
    for _ in range(4):
        await world.poll_later()

    assert while_asked_to_wait == 0
    assert {key for call in world.cloud.calls for key in call} == set(keys)


async def test_a_clock_that_was_set_back_keeps_no_cloud_at_rest(world: World) -> None:
    keys = await follow_many(world, 6)
    await until_it_rests(world, keys)
    world.clock.move(minutes=-600)

    await world.polling.clock_jumped()
    world.clock.move(minutes=1.2)

    assert await calls_of_one_tick(world) == 1


# --- the circuit alone --------------------------------------------------------------------------------------------


def batch(*names: str) -> list[Watch]:
    return [
        Watch(id=WatchId(name), account="drs", key=TaskKey(name), created_at=NOON, due_at=NOON, run_since=NOON)
        for name in names
    ]


def resting() -> Circuit:
    circuit = Circuit(LIMITS.max_interval)
    assert [circuit.failed(NOON) for _ in range(TRIPS_AT)] == [False] * (TRIPS_AT - 1) + [True]
    return circuit


def test_it_rests_longer_after_each_trial_up_to_the_longest_interval() -> None:
    circuit, now, rests = resting(), NOON, []

    for _ in range(6):
        began = now
        while circuit.rests(now):
            now += SECOND
        rests.append((now - began).total_seconds())
        circuit.begin_trial([batch("a")])
        circuit.failed(now, trial=True)

    assert rests == [10, 20, 40, 60, 60, 60]


def test_a_late_failure_of_an_older_call_ends_no_trial() -> None:
    circuit = resting()
    circuit.begin_trial([batch("a")])

    assert not circuit.failed(NOON)

    assert circuit.rests(NOON + 60 * SECOND)


def test_a_success_of_an_older_call_is_as_good_as_a_trial() -> None:
    circuit = resting()
    circuit.begin_trial([batch("a")])

    circuit.succeeded()

    assert not circuit.rests(NOON)
    assert not circuit.wants_trial(NOON)


def test_a_withdrawn_trial_makes_room_for_another() -> None:
    circuit = resting()
    circuit.begin_trial([batch("a")])

    circuit.trial_withdrawn()

    assert circuit.wants_trial(NOON + 10 * SECOND)


def test_each_task_has_its_turn_on_trial() -> None:
    circuit = resting()

    tried = [circuit.begin_trial([batch("a"), batch("b"), batch("c")])[0].id for _ in range(4)]

    assert tried == ["a", "b", "c", "a"]
