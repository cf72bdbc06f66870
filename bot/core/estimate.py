"""How fast a task goes and how long it may still take, from what was read of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.model import Point, Watch
from providers.base import TaskState

MAX_POINTS = 12
_LONGEST = timedelta(days=30).total_seconds()
_AGREED = 0.2
"""The share by which two paces may differ and still be told as one figure."""
_GUESS = 4
"""So many times as long as the least, the most is no estimate any more."""


def with_point(points: Sequence[Point], new: Point) -> tuple[Point, ...]:
    """Return *points* with *new*, thinned to a bounded number that still spans the whole run.

    A percent that did not change moves the last point's twin along, so that a plateau costs two points. Where the
    number runs over, every second point goes, the first and the newest staying. Where the clock was set back, the
    points that lie in what is now the future go, so that time always rises along the points.
    """
    if points and points[-1].at >= new.at:
        points = [point for point in points if point.at < new.at]
    if len(points) >= 2 and points[-1].percent == points[-2].percent == new.percent:
        points = points[:-1]
    if len(points) >= MAX_POINTS:
        points = points[::2]
    return (*points, new)


def speed(points: Sequence[Point]) -> float | None:
    """Return percent per second: the mean of the overall rate and the rate over the last quarter of the time.

    None while it would be a guess: fewer than three readings, less than one percent gained, or no gain at all in
    the last quarter.
    """
    found = rates(points)
    return sum(found) / 2 if found is not None else None


def rates(points: Sequence[Point]) -> tuple[float, float] | None:
    """Return percent per second overall, and over the last quarter of the time; None as for ``speed``."""
    if len(points) < 3:
        return None
    first, last = points[0], points[-1]
    if last.percent - first.percent < 1 or last.at <= first.at:
        return None
    overall = (last.percent - first.percent) / (last.at - first.at)
    since = last.at - (last.at - first.at) / 4
    # Not the last point itself, which rounding can make seem old enough: that would divide by zero.
    place = len(points) - 2
    while points[place].at > since:
        place -= 1
    recent = (last.percent - points[place].percent) / (last.at - points[place].at)
    return (overall, recent) if recent > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """How long a task may still take."""

    seconds: int
    """The least, where it is a range."""
    most: int | None = None
    """The upper end, where it is a range."""
    estimated: bool = True
    """Whether it is our estimate and not the cloud's word."""


def remaining(watch: Watch, now: datetime) -> Remaining | None:
    """Return how long a task may still take; None where nothing sensible can be said.

    The cloud's word goes before our estimate, and counts from its reading.
    """
    seen = watch.seen
    if seen is None or watch.seen_at is None or seen.state is not TaskState.RUNNING:
        return None
    since_reading = max((now - watch.seen_at).total_seconds(), 0.0)
    if seen.remaining_seconds is not None:
        return Remaining(seconds=max(int(seen.remaining_seconds - since_reading), 0), estimated=False)
    return estimated(watch.points, seen.percent, since_reading)


def estimated(points: Sequence[Point], percent: float | None, since_reading: float = 0.0) -> Remaining | None:
    """Return our own estimate: a range between what the overall and the recent pace foresee, one figure where both
    agree; None where they differ so much that it would be a guess.
    """
    found = rates(points)
    if found is None or percent is None or percent >= 100:
        return None
    left = 100 - percent
    least, most = left / max(found), left / min(found)
    if most > _LONGEST or most > _GUESS * least:
        return None
    if most - least <= _AGREED * most:
        return Remaining(seconds=max(int(left / (sum(found) / 2) - since_reading), 0))
    return Remaining(seconds=max(int(least - since_reading), 0), most=max(int(most - since_reading), 0))
