"""Tasks to be replayed: what a cloud would have answered at any moment, invented by seed or read from files.

A trace is a list of changes, ``(seconds, percent or None, state)``, the first at 0; between two changes the answer
stays as it is. A fourth value, where there is one, is the cloud's own word on the seconds that remain.
"""

import bisect
import json
import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

from msgspec.structs import replace

from providers.base import TaskSnapshot, TaskState

QUARTERS = (25, 50, 75)
MEDIAN = 75 * 60.0
SIGMA = 1.69
SHORTEST, LONGEST = 120.0, 3 * 86400.0

Curve: TypeAlias = Sequence[tuple[float, float]]
"""Share of the duration and share of the work, both from 0 to 1 and rising."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What somebody waits to hear, and when it came to be."""

    at: float
    kind: str
    """milestone, success or failure"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One task, from its start to its end."""

    name: str
    kind: str
    at: Sequence[float]
    answers: Sequence[TaskSnapshot]
    remaining: Callable[[float], int | None] | None = None
    """The cloud's word on what remains, where it gives one that changes with time."""

    @property
    def duration(self) -> float:
        return self.at[-1]

    def events(self) -> list[Event]:
        """Return what is to be told: the quarters in the middle, each where it was first passed, and the end."""
        found = []
        for quarter in QUARTERS:
            for at, answer in zip(self.at[1:], self.answers[1:], strict=True):
                if answer.percent is not None and answer.percent >= quarter and not answer.state.is_terminal:
                    found.append(Event(at=at, kind="milestone"))
                    break
        end = self.answers[-1].state
        if end.is_terminal:
            found.append(Event(at=self.duration, kind="success" if end is TaskState.SUCCEEDED else "failure"))
        return found

    def read(self, seconds: float) -> TaskSnapshot:
        """Return what the cloud answers at that moment."""
        answer = self.answers[bisect.bisect_right(self.at, seconds) - 1]
        if self.remaining is None or answer.state is not TaskState.RUNNING:
            return answer
        return replace(answer, remaining_seconds=self.remaining(seconds))


# --- invented ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What clouds and tasks are like; as it stands, the one that parameters were chosen in."""

    fails: float = 0.12
    """The share of tasks that fail suddenly, half of them in the first twentieth of their time."""
    grain: int = 1
    """Steps that a percent is told in: 1 is whole percents, 10 is tenths."""
    queued: float = 0.0
    """The share of tasks that wait first, up to as long as they then run."""
    word: str = ""
    """What the cloud tells of the remaining time: nothing, ``kept`` (right to a twentieth) or ``idle`` (1 h)."""


def invented(seed: int, count: int, world: World = World()) -> list[Trace]:
    """Return as many traces; the same for the same seed."""
    dice = random.Random(seed)
    return [_invented(f"{seed}-{number}", dice, world) for number in range(count)]


def _invented(name: str, dice: random.Random, world: World) -> Trace:
    kind = dice.choices(list(SHAPES), [share for share, _ in SHAPES.values()])[0]
    duration = min(max(MEDIAN * math.exp(dice.gauss(0, SIGMA)), SHORTEST), LONGEST)
    shape = SHAPES[kind][1]
    steps = _told(shape(dice), world.grain) if shape is not None else [(0.0, None)]
    end, state = duration, TaskState.SUCCEEDED
    if dice.random() < world.fails:
        early = dice.random() < 0.5
        end, state = duration * (dice.uniform(0, 0.05) if early else dice.uniform(0.05, 1)), TaskState.FAILED
    wait = duration * dice.random() if world.queued and dice.random() < world.queued else 0.0
    at, answers = ([0.0], [TaskSnapshot(state=TaskState.QUEUED, percent=steps[0][1])]) if wait else ([], [])
    for share, percent in steps:
        if share * duration < end:
            at.append(wait + share * duration)
            answers.append(TaskSnapshot(state=TaskState.RUNNING, percent=percent))
    done = 100.0 if state is TaskState.SUCCEEDED and shape is not None else None
    return Trace(
        name=name,
        kind=kind,
        at=[*at, wait + end],
        answers=[*answers, TaskSnapshot(state=state, percent=done)],
        remaining=_word(world, wait + duration),
    )


def _word(world: World, ends_at: float) -> Callable[[float], int | None] | None:
    match world.word:
        case "kept":
            return lambda seconds: max(round((ends_at - seconds) * (1 + 0.05 * math.sin(seconds))), 1)
        case "idle":
            return lambda _: 3600
        case _:
            return None


def _told(curve: Curve, grain: int) -> list[tuple[float, float | None]]:
    """Return the shares of the duration at which another percent is told, under 100; that comes with the end."""
    found: list[tuple[float, float | None]] = [(0.0, 0.0)]
    whole = 100 * grain
    for (x0, y0), (x1, y1) in pairwise(curve):
        for step in range(math.floor(y0 * whole) + 1, min(math.floor(y1 * whole), whole - 1) + 1):
            share = x1 if y1 == y0 else x0 + (x1 - x0) * (step / whole - y0) / (y1 - y0)
            if found[-1][0] == share:
                found.pop()
            found.append((share, step / grain))
    return found


def _linear(dice: random.Random) -> Curve:
    """An even pace with noise that lasts for a while (AR(1))."""
    pieces, keep, noise = 200, 0.9, dice.uniform(0.05, 0.5)
    drift = dice.gauss(0, noise)
    work = [0.0]
    for _ in range(pieces):
        work.append(work[-1] + max(0.05, 1 + drift))
        drift = keep * drift + math.sqrt(1 - keep * keep) * dice.gauss(0, noise)
    return [(n / pieces, done / work[-1]) for n, done in enumerate(work)]


def _stalls(dice: random.Random) -> Curve:
    """An even pace that stands still one to four times."""
    times = sorted(dice.uniform(0.02, 0.98) for _ in range(dice.randint(1, 4)))
    rests = [dice.uniform(0.03, 0.3) for _ in times]
    whole = 1 + sum(rests)
    spent, found, base = 0.0, [(0.0, 0.0)], _linear(dice)
    for x, y in base[1:]:
        while times and times[0] <= x:
            found.append(((times[0] + spent) / whole, found[-1][1]))
            spent += rests.pop(0)
            found.append(((times.pop(0) + spent) / whole, found[-1][1]))
        found.append(((x + spent) / whole, y))
    return found


def _logistic(dice: random.Random) -> Curve:
    steep, middle = dice.uniform(5, 12), dice.uniform(0.3, 0.7)

    def at(x: float) -> float:
        return 1 / (1 + math.exp(-steep * (x - middle)))

    low, high = at(0), at(1)
    return [(n / 200, (at(n / 200) - low) / (high - low)) for n in range(201)]


def _steps(dice: random.Random) -> Curve:
    """Three to twenty uneven jumps at any times, and nothing between them."""
    count = dice.randint(3, 20)
    times = sorted(dice.random() for _ in range(count - 1))
    heights = [dice.expovariate(1) for _ in range(count)]
    done, found = 0.0, [(0.0, 0.0)]
    for time, height in zip(times, heights[1:], strict=True):
        found.append((time, done))
        done += height / sum(heights)
        found.append((time, done))
    return [*found, (1.0, done), (1.0, 1.0)]


def _slowing(dice: random.Random) -> Curve:
    power = dice.uniform(1.5, 4)
    return [(n / 400, 1 - (1 - n / 400) ** power) for n in range(401)]


SHAPES: dict[str, tuple[float, Callable[[random.Random], Curve] | None]] = {
    "linear": (0.35, _linear),
    "stalls": (0.20, _stalls),
    "logistic": (0.15, _logistic),
    "step-wise": (0.15, _steps),
    "slowing": (0.10, _slowing),
    "percent-less": (0.05, None),
}


# --- recorded ----------------------------------------------------------------------------------------------------


def recorded(paths: Iterable[Path]) -> list[Trace]:
    """Return the traces of files of JSON lines: ``[seconds, percent or null, state]`` each, oldest first.

    An empty line stands between two tasks, as ``milepost store traces`` writes them.
    """
    return [
        _read(f"{path.stem}-{number}", [line for line in block.splitlines() if line.strip()])
        for path in paths
        for number, block in enumerate(path.read_text().split("\n\n"))
        if block.strip()
    ]


def _read(name: str, lines: Sequence[str]) -> Trace:
    rows = [json.loads(line) for line in lines]
    start = float(rows[0][0])
    return Trace(
        name=name,
        kind="recorded",
        at=[float(row[0]) - start for row in rows],
        answers=[
            TaskSnapshot(state=TaskState(row[2]), percent=row[1], remaining_seconds=row[3] if len(row) > 3 else None)
            for row in rows
        ],
    )
