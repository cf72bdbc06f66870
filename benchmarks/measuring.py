"""CPU, memory and cores of a process, and what many rounds say. Any Python may run it: the standard library alone."""

import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CLIENT_CORE = 0
SERVER_CORE = 1


def pin(core: int) -> None:
    """Keep this process on one core, where there are two or more."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
    if len(cores) >= 2:
        os.sched_setaffinity(0, {cores[core % len(cores)]})


def cpu_seconds() -> float:
    """Return user and system time of this process, its threads included."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def cpu_seconds_of(parent: int) -> float:
    """Return user and system time of a process and of all its children, those that ended included."""
    ticks = 0
    for each in Path("/proc").iterdir():
        if not each.name.isdigit():
            continue
        try:
            # What stands in brackets is a name, and may hold anything.
            fields = (each / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(each.name) == parent:
            ticks += sum(int(field) for field in fields[11:15])
        elif int(fields[1]) == parent:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_bytes() -> int:
    """Return what this process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


@dataclass(slots=True)
class Meter:
    """CPU and wall clock of a stretch."""

    cpu: float = 0.0
    wall: float = 0.0


@contextmanager
def metered() -> Iterator[Meter]:
    """Measure what happens inside."""
    meter, wall, cpu = Meter(), time.perf_counter(), cpu_seconds()
    try:
        yield meter
    finally:
        meter.cpu, meter.wall = cpu_seconds() - cpu, time.perf_counter() - wall


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which *share* of all values lie."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@dataclass(frozen=True, slots=True)
class Spread:
    """Many rounds in three numbers."""

    median: float
    least: float
    most: float
    rounds: int = 1

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Return the spread of *values*."""
        return cls(statistics.median(values), min(values), max(values), len(values))


@dataclass(slots=True)
class Rounds:
    """What each arm gave in each round."""

    figures: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, arm: str, figure: dict[str, Any]) -> None:
        """Keep the figures of one arm in one round."""
        self.figures.setdefault(arm, []).append(figure)

    def has(self, *arms: str) -> bool:
        """Whether all of these were run."""
        return all(self.figures.get(arm) for arm in arms)

    def spread(self, arm: str, name: str) -> Spread:
        """Return one figure over all rounds."""
        return Spread.of([figure[name] for figure in self.figures[arm]])

    def ratio(self, arm: str, against: str, name: str, other: str = "") -> Spread:
        """Return the ratio of two arms, taken within each round."""
        pairs = zip(self.figures[arm], self.figures[against], strict=False)
        return Spread.of([mine[name] / theirs[other or name] for mine, theirs in pairs])


def run_arm(arms: Mapping[str, Callable[..., dict[str, Any]]], *, waited_for: Collection[str] = ()) -> None:
    """Run the arm that the command line names on the client's core, and print its figures as one line of JSON.

    *waited_for*: arms of which the time counts and not the CPU; they may use all cores.
    """
    name, options = sys.argv[1], json.loads(sys.argv[2])
    if name not in waited_for:
        pin(CLIENT_CORE)
    print(json.dumps(arms[name](**options)), flush=True)
