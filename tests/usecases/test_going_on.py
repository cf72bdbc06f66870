"""What is due and had to wait, for the disk or for its share of calls, goes on as soon as it can."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, cast

from bot.core.model import Watch
from bot.ports import Granted, Pace, Store, StoreError
from bot.store.embedded import EmbeddedStore
from bot.usecases.operators import Operators
from bot.usecases.pacing import SharedBudgets
from bot.usecases.polling import Polling
from tests.usecases.world import LIMITS, OPERATORS, FakeCloud, Gate, World, finished

AT_ONCE = FakeCloud().calls_at_once
TASKS = 20 * AT_ONCE


class SlowDisk:
    """A store some of whose verbs do nothing before a gate is open."""

    def __init__(self, store: EmbeddedStore, gate: Gate, *verbs: str) -> None:
        self._store, self._gate, self._verbs = store, gate, verbs

    def __getattr__(self, name: str) -> Callable[..., object]:
        verb: Callable[..., Awaitable[object]] = getattr(self._store, name)
        if name not in self._verbs:
            return verb

        async def call(*arguments: object, **more: object) -> object:
            await self._gate.pass_through()
            return await verb(*arguments, **more)

        return call


class NothingMore:
    """A store that cannot tell what is due soon."""

    def __init__(self, store: EmbeddedStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Callable[..., object]:
        verb: Callable[..., object] = getattr(self._store, name)
        return verb

    async def claim_due(
        self, now: datetime, limit: int, *, due_by: datetime | None = None, **more: Any
    ) -> Sequence[Watch]:
        if due_by is not None:
            raise StoreError("the database does not answer")
        return await self._store.claim_due(now, limit, **more)


class Generous:
    """A tally that grants what is wanted."""

    async def take_calls(self, key: str, pace: Pace, *, wanted: int) -> Granted:
        return Granted(calls=wanted)

    async def close_calls(self, key: str, pace: Pace, *, seconds: float) -> None:
        raise AssertionError("nobody complained")


async def follow_many(world: World, count: int = TASKS) -> Gate:
    """Follow many tasks that are due now; return the gate before a disk that is put in later."""
    for number in range(count):
        world.task(10, key=f"job-{number}")
        await world.follows(f"job-{number}", channel=f"C0{number:03}")
    world.clock.move(minutes=2)
    world.cloud.calls.clear()
    return Gate()


async def test_who_waited_for_the_disk_goes_on_without_a_tick(world: World) -> None:
    disk = await follow_many(world)
    slow = SlowDisk(world.store, disk, "commit", "commit_all")
    world.put_together(cast("Store", slow), world.slack, world.accounts)

    await world.polling.tick()
    await disk.reached.wait()
    asked = -1
    while asked != (asked := len(world.cloud.calls)):
        for _ in range(10):
            await asyncio.sleep(0)
    disk.open.set()
    await world.polling.settle()

    # No more than a few rounds are read and not written down.
    assert asked < 10 * AT_ONCE
    assert sorted(key for call in world.cloud.calls for key in call) == sorted(f"job-{n}" for n in range(TASKS))


async def test_what_is_claimed_while_the_bot_stops_is_not_asked_for(world: World) -> None:
    disk = await follow_many(world)
    slow = SlowDisk(world.store, disk, "claim_due")
    world.put_together(cast("Store", slow), world.slack, world.accounts)
    # What belongs to no account is claimed first.
    ticking = asyncio.create_task(world.polling.tick())
    await disk.reached.wait()

    await world.polling.drain(0)
    disk.open.set()
    await finished(ticking)
    await world.polling.settle()

    assert world.cloud.calls == []


async def test_the_next_slice_of_a_shared_rate_is_taken_without_a_tick(world: World) -> None:
    world.cloud.calls_per_second = 4.0
    await follow_many(world, 30)
    operators = Operators(store=world.store, poster=world.slack, channel=OPERATORS)
    budgets = SharedBudgets(Generous())
    polling = Polling(
        store=world.store, clouds=world.clouds, operators=operators, clock=world.clock, limits=LIMITS, budgets=budgets
    )

    await polling.tick()
    await polling.settle()

    assert len(world.cloud.calls) == 30


async def test_where_nobody_knows_what_is_due_soon_the_others_are_asked_for(world: World) -> None:
    world.cloud.batch_size = 3
    await follow_many(world, 4)
    world.put_together(cast("Store", NothingMore(world.store)), world.slack, world.accounts)

    await world.poll()

    assert [len(call) for call in world.cloud.calls] == [3, 1]
