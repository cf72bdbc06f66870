"""What is reckoned in virtual time, and so may run side by side: no figure depends on how busy this machine is."""

import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.results import Section

SECONDS = 240
ROOT = Path(__file__).parent.parent


def reckon(*, quick: bool) -> tuple[Section, Section, Section]:
    """Reckon what is asked of Slack, what of clouds that take many tasks a call, and the cadence."""
    some = ["--quick"] if quick else []
    with ThreadPoolExecutor(3) as aside:
        posts = aside.submit(_printed, "slack", some)
        calls = aside.submit(_printed, "batches", some)
        looks = aside.submit(_printed, "cadence", [])
        return (
            Section(title="The least of Slack", lines=posts.result()),
            Section(title="Calls that take many tasks", lines=calls.result()),
            Section(title="The fewest questions", lines=["```", *looks.result(), "```"]),
        )


def _printed(module: str, options: Iterable[str]) -> list[str]:
    """Return what a benchmark prints, run in a process of its own."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
    return done.stdout.rstrip().splitlines() if done.returncode == 0 else [f"not measured: {done.stderr[-300:]}"]
