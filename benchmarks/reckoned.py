"""What is reckoned in virtual time, and so may run side by side: none of it is a time of this machine."""

import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from benchmarks import batches, slack
from benchmarks.results import Section

CADENCE_SECONDS = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """The parts, each for its place on the page."""

    slack: Section
    batches: Section
    cadence: Section | None


def reckon(*, quick: bool) -> Reckoned:
    """Reckon all of it, each part in a process of its own."""
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        posts = pool.submit(slack.measure, quick=quick)
        calls = pool.submit(batches.measure, quick=quick)
        looks = pool.submit(cadence)
        return Reckoned(slack=posts.result(), batches=calls.result(), cadence=looks.result())


def cadence() -> Section | None:
    """Replay traces, where that is to be had."""
    if not (Path(__file__).parent / "cadence.py").exists():
        return None
    command = [sys.executable, "-m", "benchmarks.cadence"]
    done = subprocess.run(
        command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, timeout=CADENCE_SECONDS
    )
    if done.returncode != 0:
        return Section(title="The fewest questions", lines=[f"not measured: {done.stderr[-300:]}"])
    return Section(title="The fewest questions", lines=["```", *done.stdout.rstrip().splitlines(), "```"])
