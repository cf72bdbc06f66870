"""How long nobody looks at what a dead replica had in hand: real replicas on the playground, with SIGKILL.

One cloud answers in a few seconds, so that there is always something in hand; another answers at once, and its tasks
show whether whatever nobody had in hand goes on meanwhile.
"""

import asyncio
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from benchmarks.measuring import Spread, quantile
from benchmarks.results import Row
from playground.settings import settings as playground_settings
from tests.end_to_end.process import write_config
from tests.faults.soak import PlaygroundProcess, playground
from tests.faults.soaking.bot import MortalBot
from tests.faults.soaking.workspace import Workspace
from tests.postgres import Server

if TYPE_CHECKING:
    from psycopg import Connection as AnyConnection

    Connection = AnyConnection[tuple[object, ...]]

ANSWER_SECONDS = 3.0
"""How long the slow cloud takes."""
BETWEEN_SECONDS = 8.0
"""Between two deaths: longer than any call of the living."""
_SLOW, _QUICK = ("cos", "tencent-cos"), ("usmc", "scloud-usmc")
_IN_HAND = "SELECT watch_id, claim FROM milepost.due WHERE claim IS NOT NULL AND account = 'cos'"
_NOW_HELD = "SELECT watch_id, claim FROM milepost.due WHERE watch_id = ANY(%s)"
_LATE = """
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(next_at)), 0) FROM milepost.due
WHERE claim IS NULL AND account = 'usmc'
"""
_FOLLOWED = "SELECT count(*) FROM milepost.due"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deaths:
    """How replicas die, and what they have in hand."""

    deaths: int = 3
    tasks: int = 60
    """Of the slow cloud; the quick one has a third of that."""
    lease: float = 90.0


class _Death:
    """What becomes of what was in hand at one moment."""

    def __init__(self, held: dict[str, str]) -> None:
        self._at = time.monotonic()
        self.held = held
        self.seconds: list[float] = []
        """Until each of them was given back, or taken by somebody else."""

    def look(self, connection: "Connection") -> None:
        if self.held:
            found = connection.execute(_NOW_HELD, (list(self.held),)).fetchall()
            now = {str(name): claim for name, claim in found}
            for each in [each for each, claim in self.held.items() if now.get(each) != claim]:
                del self.held[each]
                self.seconds.append(time.monotonic() - self._at)


class _Watching:
    """All deaths, and by how much those looks come late that nobody had in hand."""

    def __init__(self, connection: "Connection") -> None:
        self.connection = connection
        self.deaths: list[_Death] = []
        self.late = 0.0

    async def until_followed(self, tasks: int) -> None:
        """Wait until so many are looked at."""
        for _ in range(600):
            if self.connection.execute(_FOLLOWED).fetchone() == (tasks,):
                return
            await asyncio.sleep(0.1)
        raise RuntimeError("not all tasks are followed")

    async def begin(self, least: int) -> None:
        """Note what is in hand, in the middle of a wave of looks: the worst moment to die."""
        held: dict[str, str] = {}
        while len(held) < least:
            await asyncio.sleep(0.05)
            held = {str(name): str(claim) for name, claim in self.connection.execute(_IN_HAND).fetchall()}
        self.deaths.append(_Death(held))

    async def look(self) -> None:
        """See what changed."""
        for each in self.deaths:
            each.look(self.connection)
        row = self.connection.execute(_LATE).fetchone()
        self.late = max(self.late, float(str(row[0])) if row else 0.0)
        await asyncio.sleep(0.1)


async def _die(place: PlaygroundProcess, config: Path, server: Server, how: Deaths) -> _Watching:
    """Let one replica stop, and others die; one stays."""
    dice = random.Random(1)
    bots = [MortalBot(config, dice) for _ in range(how.deaths + 2)]
    async with aiohttp.ClientSession() as session:
        workspace = Workspace(session, place.url)
        await workspace.cloud(_SLOW[1], "slow", delay=ANSWER_SECONDS)
        try:
            await asyncio.gather(*(bot.start() for bot in bots))
            await asyncio.gather(*(bot.until_ready() for bot in bots))
            await _follow(workspace, place, how)
            with server.connect() as connection:
                watching = _Watching(connection)
                await watching.until_followed(how.tasks + how.tasks // 3)
                for bot, end in zip(bots, [MortalBot.stop, *[MortalBot.kill] * how.deaths], strict=False):
                    await watching.begin(how.tasks // 2)
                    ending = asyncio.create_task(end(bot))
                    until = time.monotonic() + BETWEEN_SECONDS
                    while time.monotonic() < until:
                        await watching.look()
                    await ending
                until = time.monotonic() + 2 * how.lease
                while any(death.held for death in watching.deaths) and time.monotonic() < until:
                    await watching.look()
        finally:
            await asyncio.gather(*(bot.kill() for bot in bots))
    return watching


async def _follow(workspace: Workspace, place: PlaygroundProcess, how: Deaths) -> None:
    for (account, provider), count in ((_SLOW, how.tasks), (_QUICK, how.tasks // 3)):
        for number in range(count):
            task = await workspace.start(provider, percent=10, speed=0)
            channel = place.channels[number % len(place.channels)]
            await workspace.say(channel, f"/milepost subscribe {account} {task['key']}")


def measure(folder: Path, server: Server, how: Deaths) -> list[Row]:
    """Let replicas die; return how long that was felt."""

    async def go() -> _Watching:
        async with playground(max(how.tasks // 3, 2)) as place:
            mapping = playground_settings(place.url)
            mapping["polling"] = {"min_interval": "2s", "max_interval": "3s", "timeout": "20s"}
            for account, _ in (_SLOW, _QUICK):
                mapping["accounts"][account]["max_concurrent"] = 50
            mapping["store"] = {"url": server.url(), "lease": f"{how.lease:.0f}s"}
            return await _die(place, write_config(folder, mapping), server, how)

    watching = asyncio.run(go())
    stopped, *killed = watching.deaths
    if any(death.held for death in watching.deaths):
        raise RuntimeError("what a dead replica had in hand was never taken over")
    # What the living had in hand they gave back themselves, long before a lease can end.
    own = ANSWER_SECONDS + 2.5
    felt = [[each for each in death.seconds if each > own] for death in killed]
    every = [each for death in felt for each in death]
    bound = how.lease + 3
    return [
        Row(
            figure=f"SIGKILL: what it had in hand is looked at again, the last of each death; lease {how.lease:.0f} s",
            against="the lease, from the last sign of life, which is up to 2/9 of it old",
            goal=f"≤ {bound:.0f} s",
            limit=bound,
            value=Spread.of([max(death) for death in felt if death]),
            unit="s",
            note=f"p50 of all {len(every)}: {quantile(every, 0.5):.1f} s",
        ),
        Row(
            figure="SIGTERM: the same",
            against="the calls under way, which it waits for",
            goal="≤ 10 s",
            limit=10,
            value=Spread.of([max(stopped.seconds)]),
            unit="s",
            note=f"calls take {ANSWER_SECONDS:.0f} s",
        ),
        Row(
            figure="meanwhile: how late looks come that nobody had in hand, the worst",
            against="",
            goal="≤ 3 s",
            limit=3,
            value=Spread.of([watching.late]),
            unit="s",
        ),
    ]
