"""Everything that is measured, in under ten minutes, onto one page: ``python -m benchmarks`` or ``make bench``."""

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from benchmarks import batches, fairness, pipeline, slack
from benchmarks.results import PAGE, Section, write

CADENCE_SECONDS = 120


def cadence() -> Section | None:
    """Replay traces, where that is to be had, in a process of its own."""
    if not (Path(__file__).parent / "cadence.py").exists():
        return None
    command = [sys.executable, "-m", "benchmarks.cadence"]
    done = subprocess.run(
        command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, timeout=CADENCE_SECONDS * 2
    )
    if done.returncode != 0:
        return Section(title="The fewest questions", lines=[f"not measured: {done.stderr[-300:]}"])
    return Section(title="The fewest questions", lines=["```", *done.stdout.rstrip().splitlines(), "```"])


def several_machines(*, quick: bool) -> Section:
    """Measure the store of several machines, but for what takes minutes: ``python -m benchmarks.cluster`` is whole."""
    try:
        from benchmarks import cluster

        return cluster.measure(cluster.TINY if quick else cluster.COMPACT)
    except ModuleNotFoundError as missing:
        return Section(title="Several machines", lines=[f"not measured: {missing.name} is not installed here"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """What is reckoned in virtual time: none of it is a time of this machine."""

    slack: Section
    batches: Section
    cadence: Section | None


def reckoned(*, quick: bool) -> Reckoned:
    """Reckon all of it, each part in a process of its own beside the others."""
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        calls, together, replayed = (
            pool.submit(slack.measure, quick=quick),
            pool.submit(batches.measure, quick=quick),
            pool.submit(cadence),
        )
        return Reckoned(slack=calls.result(), batches=together.result(), cadence=replayed.result())


def main() -> None:
    """Measure, and write the page and the plots."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes and one round, to see that all works")
    parser.add_argument("--page", type=Path, default=PAGE)
    chosen = parser.parse_args()
    began, load = time.monotonic(), os.getloadavg()[0]
    sections = pipeline.measure(pipeline.QUICK if chosen.quick else pipeline.FULL)
    virtual = reckoned(quick=chosen.quick)
    sections += [virtual.slack, fairness.measure(quick=chosen.quick), virtual.batches]
    sections.append(several_machines(quick=chosen.quick))
    if virtual.cadence is not None:
        sections.append(virtual.cadence)
    growth = pipeline.growth(quick=chosen.quick)
    data = chosen.page.with_suffix(".json")
    data.write_text(json.dumps(growth, indent=1) + "\n", encoding="utf-8")
    drawer = pipeline.vendors() or sys.executable
    drawn = subprocess.run(
        [drawer, "-m", "benchmarks.plots", str(data)],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
    )
    pictures = drawn.stdout.split() if drawn.returncode == 0 else []
    said = [f"![{Path(name).stem}]({name})" for name in pictures] or ["No plots: there is no matplotlib here."]
    sections.append(Section(title="How the figures grow", lines=[*pipeline.growth_table(growth), "", *said]))
    write(sections, seconds=time.monotonic() - began, load=load, page=chosen.page)


if __name__ == "__main__":
    main()
