"""Several machines: what claims and write-backs through PostgreSQL cost, beside rows one by one and beside job queues.

``python -m benchmarks.cluster`` prints the table in about six minutes; ``--quick`` tries it out in one. A server of its
own on a Unix socket, with fsync and synchronous_commit on and otherwise as it comes; watches as the bot writes them.
Job queues are measured where ``MILEPOST_BENCH_VENDORS`` names a Python that has them.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import failover, filling, queues
from benchmarks.measuring import Rounds, Spread
from benchmarks.results import Row, Section, table
from benchmarks.workers import START_SECONDS, Workers, work
from bot.store import codec
from bot.store.postgres.schema import migrate
from bot.store.postgres.store import PostgresStore
from tests.postgres import Server, running

BATCHES = (1, 50, 100, 500)
WORKERS = (1, 2, 4)
NO_QUEUE = "skipped: not installed here"
CONTENDERS = 4
TITLE = "Several machines"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is measured."""

    small: int = 100_000
    large: int = 1_000_000
    """0: not at all."""
    batches: Sequence[int] = BATCHES
    workers: Sequence[int] = WORKERS
    rounds: int = 3
    seconds: float = 1.3
    deaths: int = 3
    lease: float = 90.0


FULL = Sizes()
QUICK = Sizes(small=10_000, large=20_000, rounds=1, seconds=0.5, deaths=1, lease=9.0)
COMPACT = Sizes(small=50_000, large=0, batches=(1, 100), workers=(1, 2), rounds=2, seconds=1.0, deaths=0)
TINY = Sizes(small=5_000, large=0, batches=(1, 100), workers=(1, 2), rounds=1, seconds=0.5, deaths=0)
"""The same for ``python -m benchmarks``, which has other things to measure, too."""


def _said(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def _arm(name: str, batch: int, workers: int) -> str:
    return f"{name} {batch} x {workers}"


class Bench:
    """One run on one server."""

    def __init__(self, server: Server, sizes: Sizes, stack: ExitStack) -> None:
        self.server = server
        self.sizes = sizes
        command = [sys.executable, "-m", "benchmarks.arms_cluster", server.url()]
        self.ours = stack.enter_context(Workers(command, max(*sizes.workers, CONTENDERS)))
        self.queues = queues.start(server, stack, max(sizes.workers))

    def fill(self, watches: int) -> None:
        """Load so many watches, and read some of them back as the bot does."""
        began = time.monotonic()
        with self.server.connect() as connection:
            filling.fill(connection, watches)

        async def check() -> None:
            store = await PostgresStore.open(self.server.url())
            await filling.check(store, watches)
            await store.close()

        asyncio.run(check())
        _said(f"loaded {watches:,} watches ({time.monotonic() - began:.0f} s)")

    def fill_queues(self, jobs: int) -> None:
        """Give each queue as many jobs, each with a record as the bot writes it."""
        record = codec.encode(filling.records(1, jobs)[0])
        for name in self.queues:
            queues.fill(self.server, name, jobs, record)
            _said(f"{name} has {jobs:,} jobs")

    def rounds(self, kept: Rounds, *, beside: Sequence[str], rounds: int) -> None:
        """Let all take turns; each round begins with another, for what comes later finds warmer pages."""
        turns = [
            (_arm("ours", batch, count), self.ours, count, batch)
            for batch in self.sizes.batches
            for count in self.sizes.workers
        ]
        for name in beside:
            counts = [count for count in queues.WORKERS[name] if count <= max(self.sizes.workers)]
            turns += [
                (_arm(name, queues.TOGETHER, count), self.queues[name], count, queues.TOGETHER) for count in counts
            ]
        for number in range(rounds):
            start = len(turns) * number // rounds
            for arm, workers, count, batch in (*turns[start:], *turns[:start]):
                after = START_SECONDS if workers is self.ours else queues.SPEED_SECONDS
                work(self.server, workers, kept, arm, count, after=after, batch=batch, seconds=self.sizes.seconds)
            _said(f"round {number + 1}")


def rates(kept: Rounds, watches: int, beside: Sequence[str]) -> list[Row]:
    """Return how we stand beside rows one by one, and beside job queues."""
    rows: list[Row] = []
    few = [_arm("ours", batch, 1) for batch in (50, 100) if _arm("ours", batch, 1) in kept.figures]
    for arm in few:
        spread = kept.spread(arm, "per_second")
        rows.append(
            Row(
                figure=f"claims and write-backs a second, {watches:,} watches, batch {arm.split()[1]}, 1 worker",
                against="row by row, 1 worker",
                goal="≥ 10 x",
                limit=10,
                at_least=True,
                value=kept.ratio(arm, _arm("ours", 1, 1), "per_second"),
                note=f"{spread.median:,.0f} a second here",
            )
        )
    for name in beside:
        counts = [count for count in queues.WORKERS[name] if _arm("ours", 100, count) in kept.figures]
        installed = any(arm.startswith(name) for arm in kept.figures)
        for count in counts if installed else counts[:1]:
            arm, other = _arm("ours", 100, count), _arm(name, queues.TOGETHER, count)
            there = f"{kept.spread(other, 'per_second').median:,.0f} a second there" if installed else NO_QUEUE
            rows.append(
                Row(
                    figure=f"the same, batch 100, workers: {count}",
                    against=f"{name}, the same work as jobs, as many workers",
                    goal="> 1 x",
                    limit=1,
                    at_least=True,
                    value=kept.ratio(arm, other, "per_second") if installed else None,
                    note=there,
                )
            )
    return rows


def grid(kept: Rounds, watches: int) -> list[str]:
    """Return every cell that was measured."""
    columns = ("rows a second", "spread", "client µs a row", "server µs a row", "cores of the server", "log B a row")
    lines = [
        f"With {watches:,} watches, all due, each with a follower and a card:",
        "",
        f"| batch x workers | {' | '.join(columns)} | a batch, p50 |",
        f"|{'---|' * (len(columns) + 2)}",
    ]
    for arm in kept.figures:
        rate = kept.spread(arm, "per_second")
        client, server, cores, log, took = (
            kept.spread(arm, name).median for name in ("client_us", "server_us", "cores", "log_bytes", "ms")
        )
        cells = (
            arm,
            f"{rate.median:,.0f}",
            f"{rate.least:,.0f} … {rate.most:,.0f}",
            f"{client:,.0f}",
            f"{server:,.0f}",
            f"{cores:.2f}",
            f"{log:,.0f}",
            f"{took:.1f} ms" if took else "",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


_GIVE_BACK = "UPDATE milepost.due d SET next_at = w.due_at, claim = NULL FROM milepost.watch w WHERE w.id = d.watch_id"
_TIDY = "VACUUM FULL ANALYZE milepost.due"


def contended(bench: Bench, watches: int) -> list[Row]:
    """Let four workers claim all there is, as fast as they can: how many rows did two of them believe to be theirs?"""
    rows: list[Row] = []
    for locked in (True, False):
        answers = bench.ours.obey(CONTENDERS, do="claims", batch=100, locked=locked)
        claimed = [number for each in answers for number in each["claimed"]]
        assert len({*claimed}) == watches, "not all was claimed"
        with bench.server.connect() as connection:
            connection.execute(_GIVE_BACK)
            connection.execute(_TIDY)
        rows.append(
            Row(
                figure=f"claimed twice, {watches:,} watches, 4 workers, batches of 100"
                + ("" if locked else ": control without SKIP LOCKED"),
                against="",
                goal="0" if locked else "> 0: the count can see it",
                limit=0 if locked else 1,
                at_least=not locked,
                value=Spread.of([float(len(claimed) - watches)]),
                unit="claims",
            )
        )
    return rows


def measure(sizes: Sizes) -> Section:
    """Measure all of it."""
    rows: list[Row] = []
    lines: list[str] = []
    with tempfile.TemporaryDirectory(prefix="milepost-bench-") as folder, running(durable=True) as server:
        asyncio.run(migrate(server.url()))
        if sizes.deaths:
            _said("replicas die")
            rows += failover.measure(Path(folder), server, failover.Deaths(deaths=sizes.deaths, lease=sizes.lease))
        with ExitStack() as stack:
            bench = Bench(server, sizes, stack)
            for watches in (each for each in (sizes.small, sizes.large) if each):
                first, kept = watches == sizes.small, Rounds()
                bench.fill(watches)
                if first:
                    bench.fill_queues(watches)
                    twice = contended(bench, watches)
                bench.rounds(
                    kept,
                    beside=[*bench.queues] if first else [],
                    rounds=sizes.rounds if first else min(sizes.rounds, 2),
                )
                rows += rates(kept, watches, queues.QUEUES if first else [])
                lines += ["", *grid(kept, watches)]
            rows += twice
    return Section(title=TITLE, rows=rows, lines=[*_ABOUT.splitlines(), *lines])


_ABOUT = """\
PostgreSQL with fsync and synchronous_commit on, on a Unix socket, sharing the cores with its clients. A row is a real
watch of about 1 KB with 20 readings: claimed by `claim_due`, written back by `commit_all` (by `commit` where the batch
is 1). A worker is a process in which four accounts go on side by side, as in the bot.

Job queues carry the same record in each job, unparsed; jobs that run together put in their next ones with one
statement. pgqueuer: asyncpg, uvloop, batches of 100, its advice for autovacuum, its log not durable (`balanced`), a
connection of its own for its manager. procrastinate: 100 jobs at once, deleted when done; it fetches them one by one.
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes and one round, to see that all works")
    chosen = parser.parse_args()
    began, load = time.monotonic(), os.getloadavg()[0]
    section = measure(QUICK if chosen.quick else FULL)
    print("\n".join([*(table(section.rows) if section.rows else []), "", *section.lines]))
    print(f"\nIn {time.monotonic() - began:.0f} s; load of the machine when it began: {load:.1f}.")


if __name__ == "__main__":
    main()
