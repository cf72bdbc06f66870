"""An account with more tasks than may be asked for is asked evenly, operators are told, and others notice nothing."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.model import Watch
from providers.base import Reading, TaskKey
from tests.usecases.world import LIMITS, OPERATORS, OTHER, FakeCloud, Gate, MovedClock, World, finished, plain, snapshot

TASKS = 40


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[World]:
    """A world whose cloud may be asked once a second, for forty tasks that want it every ten to sixty seconds."""
    world = World(tmp_path, cloud=FakeCloud(calls_per_second=1.0))
    await world.start()
    for number in range(TASKS):
        world.task(10, key=f"job-{number}")
        await world.follows(f"job-{number}", channel=f"C0{number:03}")
    world.slack.messages.clear()
    world.cloud.calls.clear()
    yield world
    await world.stop()


async def seconds_pass(world: World, seconds: int) -> list[int]:
    """Let time pass second by second; return how many calls each took."""
    calls = []
    for _ in range(seconds):
        before = len(world.cloud.calls)
        await world.poll()
        calls.append(len(world.cloud.calls) - before)
        world.clock.move(seconds=1)
    return calls


def notices(world: World) -> list[str]:
    return [plain(shown.message.text) for shown in world.slack.messages if shown.channel == OPERATORS]


async def watch_of(world: World, number: int) -> Watch:
    watch = await world.store.open_watch("drs", TaskKey(f"job-{number}"))
    assert watch is not None
    return watch


async def test_every_task_has_its_turn_and_the_rate_is_kept(small: World) -> None:
    calls = await seconds_pass(small, 600)

    asked = [key for call in small.cloud.calls for key in call]
    counts = {key: asked.count(key) for key in asked}
    assert max(calls) == 1
    assert len(counts) == TASKS
    assert max(counts.values()) <= 2 * min(counts.values())


async def test_looks_come_later_by_one_factor_so_that_none_is_late(small: World) -> None:
    small.cloud.calls_per_second = 0.2
    await small.restart()
    await seconds_pass(small, 1200)

    now = small.clock.now()
    watches = [await watch_of(small, number) for number in range(TASKS)]
    apart = [each.due_at - each.seen_at for each in watches if each.due_at is not None and each.seen_at is not None]
    late = [now - each.due_at for each in watches if each.due_at is not None]
    # Forty tasks at one in five seconds are three minutes and a half for a round.
    assert min(apart) > LIMITS.max_interval
    assert sum(each > timedelta(minutes=2) for each in late) == 0


async def test_the_operators_are_told_once_with_the_numbers_and_once_when_it_is_over(small: World) -> None:
    small.cloud.calls_per_second = 0.2
    await small.restart()
    await seconds_pass(small, 300)
    await small.restart()
    await seconds_pass(small, 300)
    told = notices(small)
    small.cloud.calls_per_second = 100.0
    await small.restart()
    await seconds_pass(small, 120)
    over = notices(small)[len(told) :]
    await small.restart()
    await seconds_pass(small, 120)

    (notice,) = told
    assert "drs has 40 tasks, which want" in notice
    assert "0.2 a second are allowed" in notice
    assert "max_calls_per_second" in notice
    assert over == ["drs can be asked as often as its tasks want again."]
    assert notices(small) == [*told, *over]


class SlowCloud(FakeCloud):
    """Takes half a minute for each call."""

    clock: MovedClock

    async def fetch(self, keys: Sequence[TaskKey]) -> Mapping[TaskKey, Reading]:
        self.clock.move(seconds=30)
        return await super().fetch(keys)


async def test_a_slow_cloud_is_told_of_as_slow(tmp_path: Path) -> None:
    slow = SlowCloud()
    slow.calls_at_once = 1
    world = World(tmp_path, cloud=slow)
    slow.clock = world.clock
    await world.start()
    for number in range(20):
        world.task(10, key=f"job-{number}")
        await world.follows(f"job-{number}", channel=f"C0{number:03}")

    async with asyncio.timeout(60):
        # It is never done: while one is read, others fall due.
        while not notices(world):
            await world.polling.tick()
            await asyncio.sleep(0)
    await world.stop()

    (notice,) = notices(world)
    assert "a call takes 30 s and 1 may be under way" in notice
    assert "max_concurrent" in notice


async def test_a_very_large_account_does_not_stand_before_others(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.more_clouds["pan"] = pan = FakeCloud("pan123")
    pan.tasks["copy-1"] = snapshot(5)
    await world.start()
    for number in range(300):
        world.task(10, key=f"job-{number}")
        await world.follows(f"job-{number}", channel=f"C0{number:03}")
    await world.types("subscribe pan copy-1", channel=OTHER)
    # The others are due for longer.
    await world.poll_later(minutes=10)
    world.clock.move(minutes=10)
    world.cloud.gate = gate = Gate()
    pan.calls.clear()

    await world.polling.tick()
    await finished(gate.reached.wait())
    asked_of_the_other = list(pan.calls)
    gate.open.set()
    await world.stop()

    assert asked_of_the_other == [["copy-1"]]


async def test_what_is_read_together_is_written_together(world: World) -> None:
    world.cloud.batch_size = 30
    for number in range(30):
        world.task(10, key=f"job-{number}")
        await world.follows(f"job-{number}", channel=f"C0{number:03}")
    for number in range(30):
        world.task(60, key=f"job-{number}")
    await world.poll_later()

    for number in range(30):
        assert (await watch_of(world, number)).high == 60
    assert len(world.cloud.calls) == 31


async def test_one_that_changed_meanwhile_is_read_again_and_holds_up_no_other(world: World) -> None:
    world.cloud.batch_size = 3
    for number in range(3):
        world.task(10, key=f"job-{number}")
        await world.follows(f"job-{number}")
    for number in range(3):
        world.task(60, key=f"job-{number}")
    world.cloud.gate = gate = Gate()
    world.clock.move(minutes=2)

    await world.polling.tick()
    await finished(gate.reached.wait())
    # The watch of one of them gets a follower, so that its version rises.
    await world.types("subscribe drs job-1", channel=OTHER)
    gate.open.set()
    await world.polling.settle()

    for number in range(3):
        assert (await watch_of(world, number)).high == 60


async def test_a_batch_that_the_disk_refuses_is_read_again(world: World) -> None:
    world.cloud.batch_size = 3
    for number in range(3):
        world.task(10, key=f"job-{number}")
        await world.follows(f"job-{number}")
        world.task(60, key=f"job-{number}")
    world.ill = {"commit", "commit_all"}
    await world.poll_later()
    before = [(await watch_of(world, number)).high for number in range(3)]
    world.ill = set()

    await world.poll_later()

    assert before == [10] * 3
    assert [(await watch_of(world, number)).high for number in range(3)] == [60] * 3


async def test_what_began_before_a_stop_is_written_down_by_it(world: World) -> None:
    await world.follows()
    world.task(60)
    world.clock.move(minutes=2)
    world.cloud.gate = gate = Gate()

    await world.polling.tick()
    await finished(gate.reached.wait())
    stopping = asyncio.ensure_future(world.polling.drain(5))
    gate.open.set()
    await finished(stopping)

    assert (await watch_of_first(world)).high == 60


async def watch_of_first(world: World) -> Watch:
    watch = await world.store.open_watch("drs", TaskKey("job-1"))
    assert watch is not None
    return watch
