"""How full the calls of a cloud are that takes many tasks a call, and what it brings that ids due soon ride along.

``python -m benchmarks.batches``: an hour in the life of 1,000 invented tasks of one DRS account, begun at any time in
the hour before; the real polling over the real store, by a clock that is moved from tick to tick.
"""

import argparse
import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from benchmarks import datafile
from benchmarks.measuring import Spread
from benchmarks.policies import LIMITS
from benchmarks.product import NobodyThere, count_troubles
from benchmarks.results import Row, Section, table
from benchmarks.rig import folder_in_memory
from benchmarks.traces import Trace, invented
from benchmarks.virtual import MovedClock
from bot.core.model import Watch
from bot.ports import Account
from bot.store.embedded import EmbeddedStore
from bot.usecases.operators import Operators
from bot.usecases.polling import Polling
from bot.wiring import POLL_EVERY
from providers.base import Likeness, Reading, TaskKey

SEED = 101
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class TracedCloud:
    """Answers by traces, and counts the tasks of each call."""

    traces: Mapping[str, Trace]
    began: Mapping[str, datetime]
    clock: MovedClock
    batch_size: int
    name: str = "huawei-drs"
    calls_per_second: float | None = None
    calls_at_once: int = 8
    calls: list[int] = field(default_factory=list)

    async def fetch(self, keys: Sequence[TaskKey]) -> Mapping[TaskKey, Reading]:
        self.calls.append(len(keys))
        now = self.clock.now()
        return {key: self.traces[key].read((now - self.began[key]).total_seconds()) for key in keys}

    def parse_key(self, text: str) -> TaskKey:
        return TaskKey(text)

    def recognises(self, text: str) -> Likeness:
        return Likeness.NO

    async def describe(self, key: TaskKey) -> str | None:
        return None

    def console_url(self, key: TaskKey) -> str | None:
        return None


class NoRiders:
    """The store, handing out nothing before it is due."""

    def __init__(self, store: EmbeddedStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def claim_due(self, now: datetime, limit: int, **more: Any) -> Sequence[Watch]:
        return [] if more.get("due_by") is not None else await self._store.claim_due(now, limit, **more)


async def _hour(path: Path, *, tasks: int, batch_size: int, riding: bool) -> Sequence[int]:
    """Return how many tasks each call of an hour asked for."""
    structlog.configure(processors=[count_troubles])
    dice, clock = random.Random(SEED), MovedClock()
    keys = [datafile.KEYS["huawei-drs"](number) for number in range(tasks)]
    traces = dict(zip(keys, invented(SEED, tasks), strict=True))
    began = {key: clock.now() - HOUR * dice.random() for key in keys}
    cloud = TracedCloud(traces, began, clock, batch_size)
    datafile.make(path, watches=tasks, accounts={"one": cloud.name}, points=0, due_within=60.0)
    store: Any = await EmbeddedStore.open(f"sqlite:///{path}")
    polling = Polling(
        store=store if riding else NoRiders(store),
        clouds={"one": Account(name="one", title="Huawei DRS", provider=cloud)},
        operators=Operators(store=store, poster=NobodyThere(), channel=None),
        clock=clock,
        limits=LIMITS,
    )
    end = clock.now() + HOUR
    while clock.now() < end:
        await polling.tick()
        await polling.settle()
        clock.move(seconds=POLL_EVERY)
    await store.close()
    return cloud.calls


def measure(*, quick: bool = False) -> Section:
    """Count the calls of an hour, with ids that ride along and without."""
    tasks, rows = 200 if quick else 1000, list[Row]()
    for batch_size in (10,) if quick else (10, 100):
        found = {}
        for riding in (False, True):
            with folder_in_memory() as folder:
                path = Path(folder) / "drs.db"
                found[riding] = asyncio.run(_hour(path, tasks=tasks, batch_size=batch_size, riding=riding))
        alone, together = found[False], found[True]
        ratio = len(together) / len(alone)
        rows.append(
            Row(
                figure=f"calls of an hour for {tasks:,} DRS tasks, batches of {batch_size}",
                against="nothing rides along",
                goal="",
                value=Spread(ratio, ratio, ratio),
                note=(
                    f"{len(together) / tasks:.1f} against {len(alone) / tasks:.1f} calls a task, "
                    f"{sum(together) / tasks:.1f} against {sum(alone) / tasks:.1f} looks; "
                    f"{sum(together) / len(together):.1f} against {sum(alone) / len(alone):.1f} tasks a call"
                ),
            )
        )
    return Section(title="Calls that take many tasks", rows=rows)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    print("\n".join(table(measure(quick=parser.parse_args().quick).rows)))


if __name__ == "__main__":
    main()
