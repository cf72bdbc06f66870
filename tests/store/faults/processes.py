"""Runs a scenario in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
DEADLINE = 40.0


def run(scenario: str, *args: object, within: Sequence[str] = ()) -> dict[str, Any]:
    """Run a scenario to its end and return what it reports; subprocess.TimeoutExpired where it hangs."""
    command = [*within, sys.executable, "-m", "tests.store.faults.scenarios", scenario, *map(str, args)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@contextmanager
def holding(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a process that holds a data file with one subscription in it, until it is killed or the block ends."""
    command = [sys.executable, "-m", "tests.store.faults.scenarios", "hold", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder
