"""Fair to others: how late looks and posts come while somebody else is in trouble, beside how late they come without.

``python -m benchmarks.fairness``. Looks are measured over the real store, client and clouds on loopback, in real time;
posts over the real store and deliveries, with a clock that is moved.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks import datafile
from benchmarks.measuring import Spread, pin, quantile
from benchmarks.product import account, running, troubles
from benchmarks.results import Row, Section, table
from benchmarks.rig import cloud
from benchmarks.virtual import Workspace
from bot.core.model import Watch
from bot.wiring import POLL_EVERY

OTHERS = ("cos-1", "cos-2", "cos-3")
LOOKS = (2.0, 2.0)


class _Lateness:
    """By how many seconds the looks of the others came late."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.of_all = 0

    def __call__(self, claimed: Sequence[Watch], now: datetime) -> None:
        self.of_all += len(claimed)
        for watch in claimed:
            if watch.account in OTHERS and watch.due_at is not None:
                self.seconds.append((now - watch.due_at).total_seconds())


async def _looks(path: Path, accounts: dict[str, Any], certificate: str, seconds: float) -> _Lateness:
    late = _Lateness()
    async with running(path, accounts, certificate, intervals=LOOKS) as product:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.monotonic()
            if end - began < seconds - 3:
                # The first looks of all are due at the same moment.
                product.store.on_claim = late
            await product.polling.tick()
            await asyncio.sleep(max(POLL_EVERY - (time.monotonic() - began), 0))
    return late


def looks(folder: Path, certificates: Path, ports: tuple[int, int], *, tasks: int, seconds: float) -> list[Row]:
    """Looks of three accounts with 15 tasks each, alone, beside a very large account, and beside a slow cloud."""
    quick, slow = ports
    others = {name: account("tencent-cos", quick) for name in OTHERS}
    large = {"large": account("tencent-cos", quick)}
    unbound = {"large": account("tencent-cos", quick, max_calls_per_second=10_000)}
    dead = {"slow": account("tencent-cos", slow)}
    few = dict.fromkeys(OTHERS, "tencent-cos")
    scenes: list[tuple[str, dict[str, Any], int]] = [
        ("alone", {}, 0),
        (f"one account with {tasks:,} tasks, all due", large, tasks),
        ("the same account, allowed 10,000 calls a second", unbound, tasks),
        ("a cloud that answers in 10 s, 1,000 tasks", dead, 1000),
    ]
    rows: list[Row] = []
    alone = 0.0
    for number, (title, more, count) in enumerate(scenes):
        path = folder / f"fair-{number}.db"
        datafile.make(path, watches=15 * len(few), accounts=few, due_within=2.0)
        if count:
            datafile.add(path, watches=count, accounts=dict.fromkeys(more, "tencent-cos"), first=10_000)
        late = asyncio.run(_looks(path, {**others, **more}, str(certificates), seconds))
        p99 = quantile(late.seconds, 0.99) * 1000
        alone = alone or p99
        rows.append(
            Row(
                figure=f"looks of others, lateness p99: {title}",
                against=f"alone: {alone:.0f} ms" if number else "",
                goal="as alone (≤ 1.5 x)" if number else "",
                limit=alone * 1.5 if number else None,
                value=Spread.of([p99]),
                unit="ms",
                note=f"p50 {quantile(late.seconds, 0.5) * 1000:.0f} ms, {len(late.seconds):,} looks of others",
            )
        )
    return rows


async def _posts(folder: Path, *, backlog: int) -> list[float]:
    """One post a second into channels of their own, beside a channel with a backlog; how late each came."""
    workspace = await Workspace.open(folder, cards=[backlog, *[1] * 60])
    for _ in range(backlog):
        await workspace.news(channel=0)
    waiting: dict[str, datetime] = {}
    late: list[float] = []
    for step in range(300):
        if step % 5 == 0:
            number = 1 + step // 5
            waiting[await workspace.news(channel=number)] = workspace.clock.now()
        await workspace.tell()
        workspace.clock.move(seconds=0.2)
    for at, channel, _ in workspace.slack.posts:
        if channel in waiting:
            late.append((at - waiting[channel]).total_seconds())
    await workspace.close()
    return late


def posts(folder: Path) -> list[Row]:
    """Posts into other channels, alone and beside a channel that has many to come, one a second as Slack allows."""
    figures: list[tuple[str, list[float]]] = []
    for name, backlog in (("alone", 0), ("a channel with 200 messages waiting", 200)):
        (folder / name.split()[0]).mkdir()
        figures.append((name, asyncio.run(_posts(folder / name.split()[0], backlog=backlog))))
    alone = quantile(figures[0][1], 0.99) * 1000
    return [
        Row(
            figure=f"posts into other channels, lateness p99: {name}",
            against=f"alone: {alone:.0f} ms" if number else "",
            goal="as alone (≤ 1.5 x, or 200 ms more)" if number else "",
            limit=max(alone * 1.5, alone + 200) if number else None,
            value=Spread.of([quantile(late, 0.99) * 1000]),
            unit="ms",
            note=f"p50 {quantile(late, 0.5) * 1000:.0f} ms, {len(late)} posts",
        )
        for number, (name, late) in enumerate(figures)
    ]


def measure(*, quick: bool = False) -> Section:
    """Measure all of it."""
    with tempfile.TemporaryDirectory(prefix="milepost-bench-") as name:
        folder = Path(name)
        (folder / "quick").mkdir()
        (folder / "slow").mkdir()
        with cloud(folder / "quick") as fast, cloud(folder / "slow", delay=10.0) as slow:
            both = folder / "both.pem"
            both.write_bytes(fast.certificate.read_bytes() + slow.certificate.read_bytes())
            rows = looks(
                folder,
                both,
                (fast.port, slow.port),
                tasks=2_000 if quick else 50_000,
                seconds=8.0 if quick else 10.0,
            )
        rows += posts(folder)
    if troubles:
        print(f"told meanwhile: {dict(troubles)}", file=sys.stderr)
    return Section(title="Fair to others", rows=rows)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    pin(0)
    print("\n".join(table(measure(quick=parser.parse_args().quick).rows)))


if __name__ == "__main__":
    main()
