"""How fast a task goes and how long it may still take, from what was read of it."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.model import Point, Watch
from providers.base import TaskState

MAX_POINTS = 12
_LONGEST = timedelta(days=30).total_seconds()


def with_point(points: Sequence[Point], new: Point) -> tuple[Point, ...]:
    """Return *points* with *new*, thinned to a bounded number that still spans the whole run.

    A percent that did not change moves the last point's twin along, so that a plateau costs two points. Where the
    number runs over, every second point goes, the first and the newest staying. Where the clock was set back, the
    points that lie in what is now the future go, so that time always rises along the points.
    """
    kept = [point for point in points if point.at < new.at]
    if len(kept) >= 2 and kept[-1].percent == kept[-2].percent == new.percent:
        kept[-1] = new
    else:
        kept.append(new)
    if len(kept) > MAX_POINTS:
        kept = [*kept[:-1:2], kept[-1]]
    return tuple(kept)


def speed(points: Sequence[Point]) -> float | None:
    """Return percent per second: the mean of the overall rate and the rate over the last quarter of the time.

    None while it would be a guess: fewer than three readings, less than one percent gained, or no gain at all in
    the last quarter.
    """
    if len(points) < 3:
        return None
    first, last = points[0], points[-1]
    if last.percent - first.percent < 1 or last.at <= first.at:
        return None
    overall = (last.percent - first.percent) / (last.at - first.at)
    since = last.at - (last.at - first.at) / 4
    # Not the last point itself, which rounding can make seem old enough: that would divide by zero.
    recent_first = next(p for p in reversed(points[:-1]) if p.at <= since)
    recent = (last.percent - recent_first.percent) / (last.at - recent_first.at)
    return (overall + recent) / 2 if recent > 0 else None


def remaining(watch: Watch, now: datetime) -> tuple[int, bool] | None:
    """Return the seconds a task may still take, and whether that is our estimate and not the cloud's word.

    None where nothing sensible can be said. The cloud's word counts from its reading.
    """
    seen = watch.seen
    if seen is None or watch.seen_at is None or seen.state is not TaskState.RUNNING:
        return None
    since_reading = max((now - watch.seen_at).total_seconds(), 0.0)
    if seen.remaining_seconds is not None:
        return max(int(seen.remaining_seconds - since_reading), 0), False
    rate = speed(watch.points)
    if rate is None or seen.percent is None or seen.percent >= 100:
        return None
    seconds = (100 - seen.percent) / rate - since_reading
    return (max(int(seconds), 0), True) if seconds <= _LONGEST else None


def passed_at(points: Sequence[Point], percent: float) -> float | None:
    """Return the Unix seconds of the reading that passed *percent*; None where it was not seen being passed."""
    for before, after in itertools.pairwise(points):
        if before.percent < percent <= after.percent:
            return after.at
    return None
