"""Readings wait for the disk, and looks for readings: who waited goes on as soon as the disk does."""

import asyncio
from collections.abc import Sequence
from typing import cast

from bot.core.model import Delivery, Watch
from bot.ports import Store
from bot.store.embedded import EmbeddedStore
from tests.usecases.world import FakeCloud, Gate, World

AT_ONCE = FakeCloud().calls_at_once
TASKS = 20 * AT_ONCE


class SlowDisk:
    """A store that writes down no reading before a gate is open."""

    def __init__(self, store: EmbeddedStore, gate: Gate) -> None:
        self._store, self._gate = store, gate

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def commit_all(self, steps: Sequence[tuple[Watch, Sequence[Delivery]]]) -> Sequence[bool]:
        await self._gate.pass_through()
        return await self._store.commit_all(steps)

    async def commit(self, watch: Watch, deliveries: Sequence[Delivery] = ()) -> bool:
        await self._gate.pass_through()
        return await self._store.commit(watch, deliveries)


async def test_who_waited_for_the_disk_goes_on_without_a_tick(world: World) -> None:
    for number in range(TASKS):
        world.task(10, key=f"job-{number}")
        await world.follows(f"job-{number}", channel=f"C0{number:03}")
    world.clock.move(minutes=2)
    world.cloud.calls.clear()
    disk = Gate()
    world.put_together(cast("Store", SlowDisk(world.store, disk)), world.slack, world.accounts)

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
