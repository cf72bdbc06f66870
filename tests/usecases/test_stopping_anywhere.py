"""The bot is stopped before and after each call to its store, to Slack and to the cloud, and started again.

Whatever the place, the channel shows in the end what it would have shown without a stop, each message once. A story
has hundreds of places; an even sample of them is tried, and all of them with MILEPOST_STOPS=0.
"""

import asyncio
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias, cast

import pytest

from bot.core.rules import Quiet, Rules
from bot.core.wording.card import what_is_shown
from bot.ports import Poster, Refusal, Refused, RetryLater, Revision, Store, Unclear
from providers.base import Absence, Outlook, Provider, Reading, TaskNotFound, TaskSnapshot, TaskState
from providers.reasons import Reason
from tests.usecases.answers import CLOSED
from tests.usecases.world import CHANNEL, DOWN, NOON, Lost, Watched, World, plain, snapshot

STEP = timedelta(minutes=10)
STOPS = int(os.environ.get("MILEPOST_STOPS", "80"))
"""Places of each story that are tried; 0: all."""
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
DONE = snapshot(100, TaskState.SUCCEEDED)
VANISHED: tuple[Reading, ...] = (
    snapshot(10),
    snapshot(60),
    TaskNotFound(Reason.TASK_UNKNOWN, absence=Absence.CERTAIN),
    TaskNotFound(Reason.TASK_UNKNOWN, absence=Absence.CERTAIN),
)


PASSING = TaskSnapshot(state=TaskState.FAILED, outlook=Outlook.MAY_RETURN)
RETRIED: tuple[Reading, ...] = (snapshot(10), snapshot(60), PASSING, PASSING, snapshot(30), PASSING, PASSING)
Act: TypeAlias = Callable[[World], None]
"""What happens in Slack before a step of the history."""


def goes_down(world: World) -> None:
    world.slack.down = RetryLater(after=0.0, code="ClientConnectorError")


def comes_back(world: World) -> None:
    world.slack.down = None
    world.slack.closed.clear()


def is_archived(world: World) -> None:
    world.slack.closed[CHANNEL] = CLOSED


def lock_thread(world: World) -> None:
    world.slack.locked.add(world.slack.cards()[0].ts)


def refuse_token(world: World) -> None:
    world.slack.closed[CHANNEL] = Refused(kind=Refusal.WORKSPACE, code="token_revoked")


USUAL = Rules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A history of a task, and what happens in Slack meanwhile."""

    readings: tuple[Reading, ...]
    losses: Losses = ()
    acts: Mapping[int, Act] = field(default_factory=dict)
    """Before which step what happens."""
    rules: Rules = USUAL
    cards: int = 1
    replies: int
    verbs: frozenset[str]
    """Calls that the story cannot do without."""


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
        self.calls_at_once = cloud.calls_at_once
        self.parse_key, self.recognises, self.console_url = cloud.parse_key, cloud.recognises, cloud.console_url
        guarded = axe.guard(cloud)
        self.fetch, self.describe = guarded.fetch, guarded.describe


async def start(world: World, axe: Axe) -> None:
    await world.start()
    store, slack = cast("Store", axe.guard(world.store)), cast("Poster", axe.guard(world.slack))
    world.put_together(store, slack, {"drs": cast("Provider", Cloud(world, axe))})


async def live_through(world: World, axe: Axe, rules: Rules) -> None:
    """Let the bot do all that there is to do at one step of the history."""
    await world.pauses.workspace_open(at_start=True)
    if not world.slack.messages and not await world.store.followed_in(CHANNEL):
        # Whoever typed it and saw nothing come of it types it again.
        await world.types("subscribe drs job-1")
    for followed in await world.store.followed_in(CHANNEL):
        if followed.subscription.rules != rules:
            await world.store.revise(followed.subscription.id, Revision(rules=rules, at=NOON))
    for _ in range(7):
        await world.pauses.tick()
        await world.poll()
        await world.tell()
        await world.show()
        world.clock.move(seconds=2)
        if axe.fallen:
            # What ran in the background was cut off silently; the process is over all the same.
            raise asyncio.CancelledError


async def live(path: Path, story: Story, falls_at: int | None = None) -> tuple[World, list[str]]:
    """Live through a story, with one stop at most; return what is left of the world, and each place for a stop."""
    world, axe = World(path), Axe(falls_at)
    world.slack.post_answers += story.losses
    await start(world, axe)
    for step, reading in enumerate(story.readings):
        world.cloud.tasks["job-1"] = reading
        world.clock.at = NOON + step * STEP
        if step in story.acts:
            story.acts[step](world)
        try:
            await live_through(world, axe, story.rules)
        except asyncio.CancelledError:
            await world.stop()
            axe = Axe()
            await start(world, axe)
            await live_through(world, axe, story.rules)
    await world.stop()
    return world, axe.calls


def what_the_channel_shows(world: World) -> list[tuple[object, ...]]:
    """The last card, and each piece of news with the card under which it stands; several may share a message."""
    cards = world.slack.cards()
    replies = [
        ([card.ts for card in cards].index(str(reply.thread_ts)), reply.broadcast, said)
        for reply in world.slack.thread()
        for said in sentences(plain(reply.message.text))
    ]
    return [("card", *map(str, without_ids(what_is_shown(cards[-1].message)))), *replies]


def sentences(text: str) -> list[str]:
    """What a message tells, of each piece of news the first sentence.

    The others hold estimates, which depend on how many readings there were, and a stop may cost or add one.
    """
    text = text.split(": ", 1)[1]
    late = text.startswith(("I could not speak here", "Quiet hours are over"))
    lines = [re.sub(r"^• (<!date[^>]*>  )?", "", line) for line in text.splitlines()[1:]] if late else [text]
    return [re.sub(r"\. .*", ".", line) for line in lines]


def without_ids(parts: object) -> Iterator[object]:
    for part in cast("Iterator[object]", parts):
        # The buttons carry the id of the subscription, which is drawn by lot.
        if not (isinstance(part, dict) and part["type"] == "actions"):
            yield part


ALWAYS = frozenset({"subscribe", "post", "mark_sent", "fetch", "commit", "edit"})
STORIES = {
    "from start to success": Story(readings=HISTORY, replies=7, verbs=ALWAYS),
    "a task that vanished": Story(readings=VANISHED, replies=2, verbs=ALWAYS),
    "answers that get lost": Story(readings=VANISHED, losses=LOSSES, replies=2, verbs=ALWAYS | {"find"}),
    "an archived channel": Story(
        # The channel is looked at every ten minutes, so the last look may come a step later.
        readings=(snapshot(10), snapshot(30), snapshot(60), DONE, DONE, DONE),
        acts={1: is_archived, 4: comes_back},
        replies=3,
        verbs=ALWAYS | {"pause", "resume", "can_post"},
    ),
    "a refused token": Story(
        readings=(snapshot(10), snapshot(30), snapshot(60), snapshot(80), DONE),
        acts={2: refuse_token, 3: comes_back},
        replies=4,
        verbs=ALWAYS | {"pause", "resume"},
    ),
    "half an hour without slack": Story(
        readings=(snapshot(10), snapshot(30), snapshot(60), snapshot(80), DONE),
        acts={1: goes_down, 4: comes_back},
        replies=4,
        verbs=ALWAYS | {"fold"},
    ),
    "a closed thread": Story(
        readings=(snapshot(10), snapshot(30), snapshot(60), DONE),
        acts={2: lock_thread},
        cards=2,
        replies=3,
        verbs=ALWAYS | {"replace_card"},
    ),
    "a failure that was retried": Story(readings=RETRIED, replies=4, verbs=ALWAYS),
    # 25 % and a heartbeat in quiet hours; then a stall, moving again, 50 %, and the end.
    "heartbeats, a stall and quiet hours": Story(
        readings=(snapshot(10), snapshot(30), snapshot(30), snapshot(30), snapshot(60), DONE),
        rules=Rules(heartbeat=1150, stall=850, quiet=Quiet(start=12 * 60 + 5, end=12 * 60 + 25)),
        replies=6,
        verbs=ALWAYS | {"fold"},
    ),
}


def sample(places: list[str]) -> list[tuple[int, str]]:
    """Return places with their numbers, spread evenly, and at least one before and one after each verb."""
    count = len(places) if STOPS == 0 else min(STOPS, len(places))
    first = {place: moment for moment, place in reversed(list(enumerate(places)))}
    chosen = {i * len(places) // count for i in range(count)} | set(first.values())
    return [(moment, places[moment]) for moment in sorted(chosen)]


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
@pytest.mark.timeout(120 if STOPS else 3600)
async def test_the_channel_shows_the_same_wherever_the_bot_was_stopped(tmp_path: Path, story: Story) -> None:
    (tmp_path / "whole").mkdir()
    world, places = await live(tmp_path / "whole", story)
    whole = what_the_channel_shows(world)

    for moment, place in sample(places):
        path = tmp_path / str(moment)
        path.mkdir()
        world, _ = await live(path, story, moment)

        assert what_the_channel_shows(world) == whole, f"stopped {place} (call {moment})"
        assert len(world.slack.cards()) == story.cards, f"stopped {place} (call {moment})"

    assert len(whole) == story.replies + 1
    assert {place.split()[1] for place in places} >= story.verbs
