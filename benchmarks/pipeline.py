"""The least machine: what Milepost costs from the claim of a look to its commit, beside what others cost.

``python -m benchmarks.pipeline`` prints the table; ``--quick`` takes small sizes and one round, to see that all works;
``--only polls,start`` measures some parts. The vendors' SDKs are measured where ``MILEPOST_BENCH_VENDORS`` names a
Python that has them (``benchmarks/requirements.lock``).
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import datafile
from benchmarks.measuring import Rounds, Spread
from benchmarks.results import Row, Section, table
from benchmarks.rig import Arm, Cloud, cloud, take_turns

PRODUCT, BASELINE, VENDOR, FELT = (
    "benchmarks.arms_product",
    "benchmarks.arms_baseline",
    "benchmarks.arms_vendor",
    "benchmarks.arms_felt",
)
UNBOUND = {"max_concurrent": 50, "max_calls_per_second": 10_000}
"""An account that may be asked as fast as it answers, 50 calls at once."""
AT_ONCE = 50
FEW, FIRST = 1_000, 100
"""Watches in a small file, and looks before what is counted."""
NO_SDK = "skipped: no vendor SDKs here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is measured."""

    most: int = 100_000
    """Watches in the largest file."""
    polls: int = 2_000
    calls: int = 800
    seconds: float = 3.5


FULL = Sizes()
QUICK = Sizes(most=5_000, polls=400, calls=150, seconds=2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One run: where files are made, the loopback cloud, and how much time there is."""

    folder: Path
    cloud: Cloud
    sizes: Sizes
    vendors: str | None

    def file(self, name: str, **more: Any) -> str:
        """Return the path of a data file, made at its first use."""
        path = self.folder / f"{name}.db"
        if not path.exists():
            began = time.monotonic()
            datafile.make(path, **{"accounts": {"one": "tencent-cos"}, **more})
            print(f"  made {name} ({time.monotonic() - began:.1f} s)", file=sys.stderr, flush=True)
        return str(path)

    def turns(self, arms: Sequence[Arm], rounds: int, seconds: float) -> Rounds:
        """Take turns for about so many seconds at most; with small sizes, once."""
        return take_turns(arms, rounds if self.sizes is FULL else 1, until=time.monotonic() + seconds * 0.8)


def polls(bench: Bench) -> Sequence[Row]:
    """CPU per poll, against a bare loop, the SDKs, and many at once."""
    sizes, address = bench.sizes, bench.cloud.address
    kinds = {"cos": ("tencent-cos", {}), "drs": ("huawei-drs", {"batch_size": 1}), "ucloud": ("scloud-usmc", {})}
    arms = [
        Arm(
            name="bare", module=BASELINE, does="bare", options={"polls": sizes.polls * 3, "at_once": AT_ONCE, **address}
        )
    ]
    for name, (provider, more) in kinds.items():
        path = bench.file(f"{name}-1000", watches=FEW, accounts={"one": provider})
        options = {"path": path, "provider": provider, "polls": sizes.polls, **UNBOUND, **more, **address}
        arms.append(Arm(name=name, module=PRODUCT, does="polls", options=options))
    path = bench.file("drs-1000", watches=FEW, accounts={"one": "huawei-drs"})
    options = {"path": path, "provider": "huawei-drs", "polls": sizes.polls * 3, "batch_size": 100}
    arms.append(Arm(name="batches", module=PRODUCT, does="polls", options={**options, **UNBOUND, **address}))
    used = str(bench.folder / "bare.used.db")
    # Rows as they are after more looks, and so as long as those that the product writes here.
    path = bench.file("drs-long", watches=FEW, accounts={"one": "huawei-drs"}, points=60)
    options = {"path": used, "like": path, "batch": 100, "polls": sizes.polls * 40, **address}
    arms.append(Arm(name="bare batches", module=BASELINE, does="bare_batches", options=options))
    for size, times in ((10, 8), (1000, 1)):
        path = bench.file(f"burst-{size}", watches=size)
        options = {"path": path, "provider": "tencent-cos", "size": size, "times": times, **UNBOUND, **address}
        arms.append(Arm(name=f"burst {size}", module=PRODUCT, does="burst", options=options))
    if bench.vendors is not None:
        for name in kinds:
            # UCloud's takes three times as long as the others.
            calls = sizes.calls // 2 if name == "ucloud" else sizes.calls
            options = {"calls": calls, "threads": AT_ONCE, **address}
            arms.append(Arm(name=f"{name} SDK", module=VENDOR, does=name, options=options, python=bench.vendors))
    found = bench.turns(arms, 3, 240)
    _refuse_failures(found)

    def against_sdk(arm: str, sdk: str) -> Spread | None:
        return found.ratio(arm, sdk, "us") if found.has(sdk) else None

    titles = {"cos": "COS signer with requests", "drs": "Huawei's DRS SDK, one job a call", "ucloud": "UCloud's SDK"}
    absolute = found.spread("cos", "us")
    return [
        Row(
            figure="CPU per poll, whole path, 50 at once",
            against="a bare asyncio keep-alive loop",
            goal="≤ 25 x",
            limit=25,
            value=found.ratio("cos", "bare", "us"),
            note=f"{absolute.median:.0f} µs here",
        ),
        *(
            Row(
                figure="CPU per poll, whole path",
                against=f"{titles[name]}, only reading",
                goal="≤ 1/3",
                limit=1 / 3,
                value=against_sdk(name, f"{name} SDK"),
                note="" if bench.vendors else NO_SDK,
            )
            for name in kinds
        ),
        Row(
            figure="CPU per DRS task, batches of 100, whole path",
            against="Huawei's DRS SDK, one job a call",
            goal="≤ 1/40",
            limit=1 / 40,
            value=against_sdk("batches", "drs SDK"),
            note="" if bench.vendors else NO_SDK,
        ),
        Row(
            figure="the same of a bare loop that asks, reads, and writes the rows, and decides nothing",
            against="Huawei's DRS SDK, one job a call",
            goal="named",
            value=against_sdk("bare batches", "drs SDK"),
            note="" if bench.vendors else NO_SDK,
        ),
        Row(
            figure="CPU per poll, 1,000 due at once",
            against="10 due at once",
            goal="≤ 1.3 x, no error",
            limit=1.3,
            value=found.ratio("burst 1000", "burst 10", "us"),
            note=f"all read after {found.spread('burst 1000', 'wall').median:.1f} s",
        ),
    ]


def more_watches(bench: Bench) -> Sequence[Row]:
    """CPU per poll, against more watches."""
    most, arms = bench.sizes.most, []
    first = {"provider": "tencent-cos", "warm": FIRST, "looks": FEW - FIRST, **UNBOUND, **bench.cloud.address}
    for name, watches in (("few", FEW), ("many", most)):
        path = bench.file(f"seldom-{watches}", watches=watches, due_within=float(watches))
        arms.append(Arm(name=name, module=PRODUCT, does="first_looks", options={"path": path, **first}))
    # So many, for each is short: a file of 1,000 watches has no more first looks.
    found = bench.turns(arms, 5, 90)
    _refuse_failures(found)
    return [
        Row(
            figure=f"CPU per poll at {most:,} watches",
            against="at 1,000",
            goal="≤ 1.2 x",
            limit=1.2,
            value=found.ratio("many", "few", "us"),
        )
    ]


def _refuse_failures(found: Rounds) -> None:
    for arm, figures in found.figures.items():
        for figure in figures:
            if figure.get("troubles"):
                raise RuntimeError(f"{arm}: not every poll went well: {figure['troubles']}")


def scheduling(bench: Bench) -> Sequence[Row]:
    """CPU of knowing what is due."""
    jobs = bench.sizes.most // 5
    path = bench.file("schedule", watches=jobs, points=0, due_within=12.0)
    arms = [
        Arm(
            name="ours",
            module=PRODUCT,
            does="scheduling",
            options={"path": path, "seconds": bench.sizes.seconds, "interval": 12.0},
        ),
        Arm(
            name="jobs",
            module=BASELINE,
            does="one_job_per_task",
            options={"jobs": jobs, "seconds": bench.sizes.seconds, "interval": 12.0},
        ),
    ]
    found = bench.turns(arms, 2, 60)
    return [
        Row(
            figure=f"scheduling CPU per due watch, {jobs:,} watches",
            against="one APScheduler job per task",
            goal="≤ 1/8",
            limit=1 / 8,
            value=found.ratio("ours", "jobs", "us"),
        )
    ]


def commits(bench: Bench) -> Sequence[Row]:
    """Durable changes a second."""
    times = 200 if bench.sizes is FULL else 10
    path = bench.file("commits", watches=100 * times)
    used = str(bench.folder / "commits.used.db")
    options = {"path": used, "like": path, "at_once": 100, "times": times}
    arms = [
        Arm(name="plain", module=BASELINE, does="executemany", options=options),
        Arm(name="rows", module=PRODUCT, does="rows", options=options),
        Arm(name="verb", module=PRODUCT, does="commits", options=options),
    ]
    found = bench.turns(arms, 5, 60)
    goal: dict[str, Any] = {"goal": "≥ 0.9 x", "limit": 0.9, "at_least": True}
    return [
        Row(
            figure="durable rows a second, 100 per commit: the data file",
            against="plain sqlite3 with executemany",
            value=found.ratio("rows", "plain", "per_second"),
            **goal,
        ),
        Row(
            figure="durable state changes a second, 100 per commit: the verb `commit_all`, indexes and all",
            against="plain sqlite3 with executemany",
            value=found.ratio("verb", "plain", "per_second"),
            note=f"{found.spread('verb', 'per_second').median:,.0f} a second here",
            **goal,
        ),
    ]


def memory(bench: Bench) -> Sequence[Row]:
    """Growth of the process, per watch."""
    most = bench.sizes.most
    arms = []
    for name, points in (("bare", 0), ("history", 200)):
        path = bench.file(f"memory-{points}", watches=most, subscriptions=2, points=points)
        arms.append(Arm(name=name, module=PRODUCT, does="memory", options={"path": path, "watches": most}))
    # Once: rounds differ by a few bytes, and this is no question of how busy the machine is.
    found = bench.turns(arms, 1, 60)
    history = found.spread("history", "bytes").median - found.spread("bare", "bytes").median
    return [
        Row(
            figure=f"memory per watch with 2 subscriptions and their cards, {most:,} watches, without history",
            against="",
            goal="≤ 2 KB",
            limit=2048,
            value=found.spread("bare", "bytes"),
            unit="B",
        ),
        Row(
            figure="what 200 readings of history add",
            against="",
            goal="named",
            value=Spread(history, history, history),
            unit="B",
        ),
    ]


def start(bench: Bench) -> Sequence[Row]:
    """From nothing to the first poll."""
    most = bench.sizes.most
    path = bench.file(f"start-{most}", watches=most, subscriptions=2, points=20)
    found = Rounds()
    for _ in range(2 if bench.sizes is FULL else 1):
        # Each arm is told when its process began.
        options = {"path": path, "provider": "tencent-cos", **bench.cloud.address, "began_at": time.time()}
        arms = [Arm(name="ours", module=PRODUCT, does="start", options=options)]
        found.add("ours", take_turns(arms, 1).figures["ours"][0])
        arms = [Arm(name="items", module=BASELINE, does="items", options={"path": path, "began_at": time.time()})]
        found.add("items", take_turns(arms, 1).figures["items"][0])
    seconds = {name: found.spread("ours", name).median for name in ("after_imports", "imports")}
    return [
        Row(
            figure=f"start with {most:,} watches until the first poll is written down",
            against="`SqliteDict.items()` with json",
            goal="≤ 1/8",
            limit=1 / 8,
            value=found.ratio("ours", "items", "after_imports"),
            note=f"{seconds['after_imports']:.1f} s after {seconds['imports']:.1f} s of imports here, on all cores",
        )
    ]


def felt(bench: Bench) -> Sequence[Row]:
    """What people feel beside a thousand polls a second."""
    path = bench.file("felt", watches=5000)
    options = {"path": path, "rate": 1000, "seconds": bench.sizes.seconds, **bench.cloud.address}
    arms = [Arm(name=name, module=FELT, does=name, options=options) for name in ("lag", "acknowledgement")]
    found = bench.turns(arms, 3, 60)
    rate = found.spread("lag", "per_second").median
    milliseconds = {
        (arm, name): Spread.of([figure[name] * 1000 for figure in figures])
        for arm, figures in found.figures.items()
        for name in ("p99", "idle_p99")
    }
    ack = "acknowledgement"
    return [
        Row(
            figure=f"event loop lag p99 beside {rate:,.0f} polls a second that commit",
            against=f"idle: {milliseconds['lag', 'idle_p99'].median:.2f} ms",
            goal="≤ 5 ms",
            limit=5,
            value=milliseconds["lag", "p99"],
            unit="ms",
        ),
        Row(
            figure="slash command acknowledged, p99, same load",
            against=f"idle: {milliseconds[ack, 'idle_p99'].median:.1f} ms",
            goal="≤ 50 ms",
            limit=50,
            value=milliseconds[ack, "p99"],
            unit="ms",
        ),
        Row(
            figure="slash command acknowledged, p99, same load",
            against="idle",
            goal="≤ 5 x",
            limit=5,
            value=found.ratio(ack, ack, "p99", "idle_p99"),
        ),
    ]


def way(bench: Bench) -> Section:
    """How long a change is on its way."""
    seconds = 10.0 if bench.sizes is FULL else 6.0
    path = bench.file("way", watches=int(seconds * 2.8), due_within=seconds)
    arm = Arm(name="way", module=FELT, does="way", options={"path": path, "seconds": seconds, **bench.cloud.address})
    found = take_turns([arm], 1).figures["way"][0]
    lines = [
        (
            f"From the moment a look is due until the post leaves, {found['posts']} posts: "
            f"p50 {found['p50'] * 1000:.0f} ms, p99 {found['p99'] * 1000:.0f} ms."
        ),
        "",
        "| step | p50 | p99 | share of the median |",
        "|---|---|---|---|",
    ]
    total = sum(step["p50"] for step in found["steps"].values()) or 1.0
    for name, step in found["steps"].items():
        share = f"{step['p50'] / total * 100:.0f} %"
        lines.append(f"| {name} | {step['p50'] * 1000:.1f} ms | {step['p99'] * 1000:.1f} ms | {share} |")
    return Section(title="A change on its way, without the time between two looks", lines=lines)


PARTS: dict[str, Callable[[Bench], Sequence[Row]]] = {
    "polls": polls,
    "more": more_watches,
    "scheduling": scheduling,
    "commits": commits,
    "memory": memory,
    "start": start,
    "felt": felt,
}


def vendors() -> str | None:
    """Return the Python that has the SDKs."""
    named = os.environ.get("MILEPOST_BENCH_VENDORS", "")
    return named if named and Path(named).exists() else None


def measure(sizes: Sizes, only: Sequence[str] = ()) -> list[Section]:
    """Measure all, or some parts."""
    rows: list[Row] = []
    sections: list[Section] = []
    with tempfile.TemporaryDirectory(prefix="milepost-bench-") as folder, cloud(Path(folder)) as there:
        bench = Bench(folder=Path(folder), cloud=there, sizes=sizes, vendors=vendors())
        for name, part in PARTS.items():
            if not only or name in only:
                print(name, file=sys.stderr, flush=True)
                rows += part(bench)
        if not only or "way" in only:
            sections.append(way(bench))
    return [Section(title="The least machine", rows=rows), *sections]


def growth(*, quick: bool = False) -> list[dict[str, float]]:
    """Return CPU per poll, memory per watch and the time of a start, for few and for many watches."""
    points: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="milepost-bench-") as folder, cloud(Path(folder)) as there:
        bench = Bench(folder=Path(folder), cloud=there, sizes=QUICK if quick else FULL, vendors=None)
        for watches in (1_000, 3_000) if quick else (1_000, 10_000, 30_000, 100_000):
            path = bench.file(f"growth-{watches}", watches=watches)
            options = {"path": path, "provider": "tencent-cos", **there.address}
            polled = {**options, "polls": bench.sizes.polls, **UNBOUND}
            arms = [
                Arm(name="polls", module=PRODUCT, does="polls", options=polled),
                Arm(name="memory", module=PRODUCT, does="memory", options={"path": path, "watches": watches}),
                Arm(name="start", module=PRODUCT, does="start", options={**options, "began_at": time.time()}),
            ]
            found = take_turns(arms, 1)
            points.append(
                {
                    "watches": watches,
                    "us": found.spread("polls", "us").median,
                    "bytes": found.spread("memory", "bytes").median,
                    "start": found.spread("start", "after_imports").median,
                }
            )
    return points


def growth_table(points: Sequence[dict[str, float]]) -> list[str]:
    """Return that as a table."""
    lines = [
        "One subscription and 20 readings of history per watch, one round.",
        "",
        "| watches | CPU per poll | memory per watch | start until the first poll |",
        "|---|---|---|---|",
    ]
    return lines + [
        f"| {point['watches']:,.0f} | {point['us']:.0f} µs | {point['bytes']:,.0f} B | {point['start']:.1f} s |"
        for point in points
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="", help=f"some of {', '.join((*PARTS, 'way'))}, with commas between them")
    chosen = parser.parse_args()
    only = [name for name in chosen.only.split(",") if name]
    if unknown := {*only} - {*PARTS, "way"}:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    for section in measure(QUICK if chosen.quick else FULL, only):
        print(f"\n## {section.title}\n")
        print("\n".join([*(table(section.rows) if section.rows else []), *section.lines]))


if __name__ == "__main__":
    main()
