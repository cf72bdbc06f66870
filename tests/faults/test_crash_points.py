"""The whole bot, stopped around the calls of its ports or killed at any moment, and started again.

In the end the channel shows what it would have shown without that, each message once. The use cases alone are stopped
around every single call in ``tests/usecases/test_stopping_anywhere.py``; here the same happens to the bot as it is
put together, over HTTP and WebSocket, at a sample of the places.
"""

import asyncio
import os
import random
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import aiohttp
import httpx
import pytest
from yarl import URL

from bot.settings import Settings
from bot.store.choosing import OpenStore
from bot.wiring import Bot
from playground.server import Playground
from playground.slack import SlackOptions
from playground.slack.rates import Rates
from providers.call import Call
from providers.wire import Wire
from tests.end_to_end.process import milepost, write_config
from tests.end_to_end.stage import ALICE, MIGRATIONS, Stage
from tests.usecases.world import Watched

POINTS = int(os.environ.get("MILEPOST_CRASH_POINTS", "48"))
"""Places that are tried, evenly over all that there are."""
AT_ONCE = 24
KILLS = 5
PATIENCE = 60.0
IDLE = frozenset({"claim_due", "take_deliveries", "stale_cards", "paused", "next_due"})
"""Asked several times a second whether or not there is anything to do."""
OFTEN_ENOUGH = 3
"""Calls of one verb that are told apart; each later one is like these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Before or after the *nth* call of a verb of a port."""

    where: str
    verb: str
    nth: int

    def __str__(self) -> str:
        return f"{self.where} call {self.nth} of {self.verb}"


@dataclass(slots=True)
class Stopper:
    """Asks the bot to stop when it comes to a point."""

    at: Point | None
    stopping: asyncio.Event
    passed: list[Point] = field(default_factory=list)
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    reached: bool = False

    def before(self, verb: str) -> None:
        """A call is about to be made."""
        self._pass("before", verb)

    def after(self, verb: str) -> None:
        """A call was answered."""
        self._pass("after", verb)

    def _pass(self, where: str, verb: str) -> None:
        self.calls[where, verb] += 1
        point = Point(where=where, verb=verb, nth=self.calls[where, verb])
        if point.nth <= (1 if verb in IDLE else OFTEN_ENOUGH):
            self.passed.append(point)
        if point == self.at:
            self.reached = True
            self.stopping.set()


class GuardedStore(Watched):
    """The store behind the stopper; letting go of it is no call that could be stopped at."""

    def __init__(self, store: OpenStore, stopper: Stopper) -> None:
        super().__init__(store, before=stopper.before, after=stopper.after)
        self.damaged, self.touch, self.close = store.damaged, store.touch, store.close


class GuardedWire(Wire):
    """The client of the clouds, with the stopper before and behind each call; whoever made it closes it."""

    def __init__(self, wire: Wire, stopper: Stopper) -> None:
        super().__init__(timeout=wire.timeout.read or 20.0, limit=1, limit_per_host=1)
        self._wire, self._stopper = wire, stopper

    async def exchange(self, call: Call) -> tuple[int, Mapping[str, str], bytes, str]:
        self._stopper.before("fetch")
        answered = await self._wire.exchange(call)
        self._stopper.after("fetch")
        return answered


class GuardedBot(Bot):
    """The bot as it is put together, with the stopper before its store and on both its ways to the network."""

    def __init__(self, settings: Settings, stopper: Stopper) -> None:
        super().__init__(settings)
        self._stopper = stopper

    def _put_together(self, store: OpenStore, session: aiohttp.ClientSession, clouds_client: httpx.AsyncClient) -> Any:
        session.trace_configs.append(self._on_the_way(lambda url: url.name))
        guarded = cast("OpenStore", GuardedStore(store, self._stopper))
        return super()._put_together(guarded, session, GuardedWire(cast("Wire", clouds_client), self._stopper))

    def _on_the_way(self, verb: Callable[[URL], str]) -> aiohttp.TraceConfig:
        trace = aiohttp.TraceConfig()

        async def before(_: object, __: object, asked: aiohttp.TraceRequestStartParams) -> None:
            self._stopper.before(verb(asked.url))

        async def after(_: object, __: object, asked: aiohttp.TraceRequestEndParams) -> None:
            self._stopper.after(verb(asked.url))

        trace.on_request_start.append(before)
        trace.on_request_end.append(after)
        trace.freeze()
        return trace


class Life:
    """A bot that is started again whenever it was stopped, until the block ends."""

    def __init__(self, stage: Stage, folder: Path, at: Point | None) -> None:
        self._settings = stage.settings(folder, polling={"min_interval": "1s", "max_interval": "1s"})
        self.stopper = Stopper(at=at, stopping=asyncio.Event())
        self._last = asyncio.Event()
        self._ended = False

    async def go_on(self) -> None:
        """Run the bot with the stopper, then without."""
        await GuardedBot(self._settings, self.stopper).run(self.stopper.stopping)
        if not self._ended:
            await Bot(self._settings).run(self._last)

    def end(self) -> None:
        """Stop it for good."""
        self._ended = True
        self.stopper.stopping.set()
        self._last.set()


@asynccontextmanager
async def a_stage() -> AsyncIterator[Stage]:
    async with Playground(slack=SlackOptions(rates=Rates.none())) as playground:
        yield Stage(playground)


async def until(stage: Stage, predicate: Callable[[], object], doing: str) -> None:
    try:
        await stage.slack.wait_for(lambda: bool(predicate()), PATIENCE)
    except TimeoutError:
        raise AssertionError(f"not seen in {PATIENCE} s: {doing}; the channel shows {shown(stage)}") from None


async def tell_the_story(stage: Stage) -> None:
    """A task from its card to its end; each step waits until the channel shows the one before."""
    task = stage.start("tencent-cos")
    while not stage.cards(MIGRATIONS):
        # Whoever typed it while nobody listened types it again.
        await stage.slack.say(ALICE, MIGRATIONS, stage.command(task))
        with suppress(TimeoutError):
            await stage.slack.wait_for(lambda: stage.cards(MIGRATIONS), 2.0)
    card = stage.cards(MIGRATIONS)[0]["ts"]
    stage.clouds.set(task.id, percent=30.0)
    await until(stage, lambda: any("30" in reply for reply in stage.replies(card)), "30 %")
    stage.clouds.set(task.id, percent=80.0)
    await until(stage, lambda: any("80" in reply for reply in stage.replies(card)), "80 %")
    stage.clouds.set(task.id, finish="succeeded")
    await until(stage, lambda: stage.broadcasts(card), "the end")
    await until(stage, lambda: "done" in stage.card(card), "the card's last look")


_TIMES = re.compile(
    r"( (after|in) [\d\u00a0a-z ]+|[^.]* left[^.]*\.| The last .*| At .* I expected .*|\n(Task|Read) .*)"
)


def shown(stage: Stage) -> list[tuple[object, ...]]:
    """Return what the channel shows, without what depends on how long things took."""
    messages = [m for m in stage.slack.messages(MIGRATIONS) if m.get("bot_id")]
    place = {m["ts"]: number for number, m in enumerate(messages)}
    return [
        (
            place.get(m.get("thread_ts") or m["ts"]),
            m.get("subtype"),
            # Times and estimates depend on how many readings there were, and a stop may cost or add one.
            re.sub(
                r"( (after|in) [\d\u00a0a-z ]+|[^.]* left[^.]*\.| The last .*| At .* I expected .*|\n(Task|Read) .*)",
                "",
                # The id of a task, by which it is called, holds the time at which it began.
                re.sub(r"[\w+/=-]+…[\w+/=-]+", "the task", m["text"]),
            ),
        )
        for m in messages
    ]


def new(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def story(folder: Path, at: Point | None = None) -> tuple[list[tuple[object, ...]], Stopper]:
    """Tell the story with one stop at most; return what the channel shows."""
    async with a_stage() as stage:
        life = Life(stage, folder, at)
        running = asyncio.create_task(life.go_on())
        telling = asyncio.create_task(tell_the_story(stage))
        await asyncio.wait({running, telling}, return_when=asyncio.FIRST_COMPLETED)
        life.end()
        await running
        try:
            await telling
        except AssertionError as error:
            raise AssertionError(f"stopped {at}: {error}") from None
        return shown(stage), life.stopper


@pytest.mark.timeout(300)
async def test_the_channel_shows_the_same_wherever_the_bot_was_stopped(tmp_path: Path) -> None:
    whole, uninterrupted = await story(new(tmp_path / "whole"))
    places = uninterrupted.passed
    sample = [places[i * len(places) // POINTS] for i in range(POINTS)] if len(places) > POINTS else places

    stopped = 0
    for first in range(0, len(sample), AT_ONCE):
        batch = sample[first : first + AT_ONCE]
        ends = await asyncio.gather(*(story(new(tmp_path / str(first + n)), at) for n, at in enumerate(batch)))
        for at, (end, stopper) in zip(batch, ends, strict=True):
            assert end == whole, f"stopped {at}"
            stopped += stopper.reached

    sys.stdout.write(f"{len(places)} places to stop at, {len(sample)} tried, {stopped} reached" + "\n")
    assert len(whole) == 4
    assert stopped > 0.8 * len(sample)
    verbs = {at.verb for at in sample}
    assert verbs >= {"subscribe", "chat.postMessage", "mark_sent", "fetch", "commit", "chat.update"}, verbs


@pytest.mark.timeout(300)
async def test_the_channel_shows_the_same_wherever_the_process_was_killed(tmp_path: Path) -> None:
    whole, _ = await story(new(tmp_path / "whole"))
    dice = random.Random(4)

    async with a_stage() as stage:
        mapping = stage.mapping(tmp_path) | {"polling": {"min_interval": "1s", "max_interval": "1s"}}
        config = write_config(tmp_path, mapping)
        telling = asyncio.create_task(tell_the_story(stage))
        kills = 0
        while not telling.done() and kills < KILLS:
            async with milepost("run", "--config", config) as process:
                await process.says("Milepost is running")
                await asyncio.wait({telling}, timeout=dice.uniform(0.05, 1.4))
                await process.kill()
                kills += 1
        async with milepost("run", "--config", config) as process:
            await process.says("Milepost is running")
            await telling
            assert await process.stop() == 0
        end = shown(stage)

    sys.stdout.write(f"killed {kills} times" + "\n")
    assert end == whole
    assert kills >= 3
