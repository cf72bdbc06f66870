"""The bot is stopped before and after each call to its store, to Slack and to the cloud, and started again.

Whatever the place, the channel shows in the end what it would have shown without a stop, each message once.
"""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from bot.core.wording.card import what_is_shown
from bot.ports import Poster, Store, Unclear
from providers.base import Absence, Provider, Reading, TaskNotFound, TaskState
from tests.usecases.world import CHANNEL, DOWN, NOON, Lost, Watched, World, plain, snapshot

STEP = timedelta(minutes=10)
HISTORY: tuple[Reading, ...] = (
    snapshot(10),
    snapshot(30),
    snapshot(30, TaskState.PAUSED),
    DOWN,
    DOWN,
    snapshot(80),
    snapshot(100, TaskState.SUCCEEDED),
)
Losses = tuple[Lost | Unclear, ...]
"""What becomes of the first posts: done, or not done, and the answer lost in either case."""
LOSSES: Losses = (Lost(Unclear()), Unclear(), Lost(Unclear()), Unclear())
VANISHED: tuple[Reading, ...] = (
    snapshot(10),
    snapshot(60),
    TaskNotFound("no such job", absence=Absence.CERTAIN),
    TaskNotFound("no such job", absence=Absence.CERTAIN),
)


@dataclass(slots=True)
class Axe:
    """Ends everything at one moment: the call is not made, or its answer reaches nobody; nor is any call after it."""

    falls_at: int | None = None
    moment: int = 0
    fallen: bool = False
    calls: list[str] = field(default_factory=list)

    def before(self, verb: str) -> None:
        self._pass(f"before {verb}")

    def after(self, verb: str) -> None:
        self._pass(f"after {verb}")

    def _pass(self, where: str) -> None:
        if not self.fallen:
            self.calls.append(where)
            self.fallen = self.moment == self.falls_at
            self.moment += 1
        if self.fallen:
            raise asyncio.CancelledError

    def guard(self, port: object) -> Watched:
        return Watched(port, before=self.before, after=self.after)


class Cloud:
    """The cloud as the use cases see it: only its calls can be cut off."""

    def __init__(self, world: World, axe: Axe) -> None:
        cloud = world.cloud
        self.name, self.batch_size, self.calls_per_second = cloud.name, cloud.batch_size, cloud.calls_per_second
        self.parse_key, self.recognises, self.console_url = cloud.parse_key, cloud.recognises, cloud.console_url
        guarded = axe.guard(cloud)
        self.fetch, self.describe = guarded.fetch, guarded.describe


async def start(world: World, axe: Axe) -> None:
    await world.start()
    store, slack = cast("Store", axe.guard(world.store)), cast("Poster", axe.guard(world.slack))
    world.put_together(store, slack, {"drs": cast("Provider", Cloud(world, axe))})


async def live_through(world: World, axe: Axe) -> None:
    """Let the bot do all that there is to do at one step of the history."""
    if not world.slack.messages and not await world.store.followed_in(CHANNEL):
        # Whoever typed it and saw nothing come of it types it again.
        await world.types("subscribe drs job-1")
    for _ in range(6):
        await world.poll()
        await world.tell()
        await world.show()
        world.clock.move(seconds=2)
        if axe.fallen:
            # What ran in the background was cut off silently; the process is over all the same.
            raise asyncio.CancelledError


async def live(
    path: Path, history: tuple[Reading, ...], losses: Losses, falls_at: int | None = None
) -> tuple[World, list[str]]:
    """Live through a history, with one stop at most; return what is left of the world, and each place for a stop."""
    world, axe = World(path), Axe(falls_at)
    world.slack.post_answers += losses
    await start(world, axe)
    for step, reading in enumerate(history):
        world.cloud.tasks["job-1"] = reading
        world.clock.at = NOON + step * STEP
        try:
            await live_through(world, axe)
        except asyncio.CancelledError:
            await world.stop()
            axe = Axe()
            await start(world, axe)
            await live_through(world, axe)
    await world.stop()
    return world, axe.calls


def what_the_channel_shows(world: World) -> list[tuple[object, ...]]:
    (card,) = world.slack.cards()
    replies = [
        # Estimates depend on how many readings there were, and a stop may cost or add one.
        (reply.thread_ts == card.ts, reply.broadcast, re.sub(r" About .* left.*", "", plain(reply.message.text)))
        for reply in world.slack.thread()
    ]
    return [("card", *map(str, without_ids(what_is_shown(card.message)))), *replies]


def without_ids(parts: object) -> Iterator[object]:
    for part in cast("Iterator[object]", parts):
        # The buttons carry the id of the subscription, which is drawn by lot.
        if not (isinstance(part, dict) and part["type"] == "actions"):
            yield part


@pytest.mark.parametrize(
    ("history", "losses"),
    [(HISTORY, ()), (VANISHED, ()), (VANISHED, LOSSES)],
    ids=["from start to success", "a task that vanished", "answers that get lost"],
)
async def test_the_channel_shows_the_same_wherever_the_bot_was_stopped(
    tmp_path: Path, history: tuple[Reading, ...], losses: Losses
) -> None:
    (tmp_path / "whole").mkdir()
    world, places = await live(tmp_path / "whole", history, losses)
    whole = what_the_channel_shows(world)

    for moment, place in enumerate(places):
        path = tmp_path / str(moment)
        path.mkdir()
        world, _ = await live(path, history, losses, moment)

        assert what_the_channel_shows(world) == whole, f"stopped {place} (call {moment})"

    assert len(whole) >= 3
    assert {place.split()[1] for place in places} >= {"subscribe", "post", "mark_sent", "fetch", "commit", "edit"}
