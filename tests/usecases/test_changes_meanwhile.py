"""What people change while a message is being put together."""

import inspect
from collections.abc import Awaitable, Callable
from typing import cast

import pytest

from bot.ports import Store
from tests.usecases.world import CHANNEL, World, plain

Act = Callable[[], Awaitable[object]]


class Interrupted:
    """A store of which one verb waits, once, until somebody else did something."""

    def __init__(self, store: Store, verb: str, act: Act) -> None:
        self._store, self._verb, self._act = store, verb, act

    def __getattr__(self, name: str) -> Callable[..., object]:
        method: Callable[..., object] = getattr(self._store, name)
        if not inspect.iscoroutinefunction(method):
            return method

        async def call(*arguments: object, **more: object) -> object:
            if name == self._verb:
                self._verb = ""
                await self._act()
            return await method(*arguments, **more)

        return call


async def held_until_the_end_of_quiet_hours(world: World, act: Act) -> None:
    """News waits for the end of quiet hours, and *act* happens when its summary is being written."""
    await world.follows(more="quiet 11:00-13:00 UTC")
    for percent in (30, 60):
        world.task(percent)
        await world.poll_later()
    world.put_together(cast("Store", Interrupted(world.store, "fold", act)), world.slack, world.accounts)
    world.clock.move(minutes=60)
    await world.tell_all(times=4)


async def test_who_stops_it_while_the_summary_of_quiet_hours_is_written_hears_nothing_more(world: World) -> None:
    await held_until_the_end_of_quiet_hours(world, lambda: world.types("stop job-1"))

    assert world.slack.thread() == []
    assert await world.followed() == []


@pytest.mark.parametrize(("clause", "seen"), [("broadcast all", True), ("broadcast never", False)])
async def test_what_the_channel_sees_is_decided_when_the_message_is_posted(
    world: World, clause: str, *, seen: bool
) -> None:
    await held_until_the_end_of_quiet_hours(world, lambda: world.types(f"edit job-1 {clause}"))

    (summary,) = world.slack.thread()
    assert summary.channel == CHANNEL
    assert "Quiet hours are over" in plain(summary.message.text)
    assert summary.broadcast is seen
