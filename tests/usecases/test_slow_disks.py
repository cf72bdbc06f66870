"""Readings wait for the disk, and looks for readings: who waited goes on as soon as the disk does."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from bot.ports import Store
from bot.store.embedded import EmbeddedStore
from tests.usecases.world import FakeCloud, Gate, World, finished

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


async def follow_many(world: World) -> Gate:
    """Follow many tasks that are due now; return the gate before a disk that is put in later."""
    for number in range(TASKS):
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
