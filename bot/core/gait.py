"""How the percent moves, and what can be foreseen of it."""

from collections.abc import Sequence
from itertools import pairwise

from bot.core.model import Gait, Point

PROVEN = 4
"""Rises without a leap after which the percent is a clock."""
EARLY = 2.0
"""Points: before it is proven, a larger rise in one look speaks for steps."""
LEAP, ITS_SHARE = 4.0, 4.0
"""A leap is a rise of more than so many points that is also over so many times its share of the time."""
CALM, WILD = 2.0, 3.0
"""So many times its fastest pace a task may go on at: where its paces agree, and where they do not at all."""
DOUBT = 1.5
"""So many times the ratio of its paces it is in between."""


def after(gait: Gait, points: Sequence[Point], new: Point, high: float | None) -> Gait:
    """Return the gait after a reading; *points* and *high* are those before it."""
    if not points or high is None or new.percent <= high or new.at <= points[-1].at:
        return gait
    risen, seconds = new.percent - points[-1].percent, new.at - points[-1].at
    leap = max(gait.leap, risen / seconds) if risen > LEAP else gait.leap
    return Gait(rises=gait.rises + 1, largest=max(gait.largest, risen), leap=leap)


def gait_of(points: Sequence[Point]) -> Gait:
    """Return the gait that points alone tell: of a record that was written before gaits were."""
    gait, high = Gait(), points[0].percent if points else None
    for before, new in pairwise(points):
        gait = after(gait, [before], new, high)
        high = max(high or 0.0, new.percent)
    return gait


def leaps(gait: Gait, points: Sequence[Point]) -> bool:
    """Tell whether the percent goes in steps, so that the next one may come at any time and go any way."""
    if gait.rises < PROVEN:
        return gait.largest > EARLY
    if gait.leap == 0:
        return False
    first, last = points[0], points[-1]
    by_then = gait.leap * (last.at - first.at)
    # Mostly the last is the highest, and then no other needs to be looked at.
    if by_then <= ITS_SHARE * (last.percent - first.percent):
        return False
    return by_then > ITS_SHARE * (max([p.percent for p in points]) - first.percent)


def is_clock(gait: Gait, points: Sequence[Point]) -> bool:
    """Tell whether the percent has proved to move like a clock, so that its next values can be foreseen."""
    return gait.rises >= PROVEN and not leaps(gait, points)


def earliest(points: Sequence[Point], target: float) -> float | None:
    """Return the seconds from the last point until *target* could be reached; None without any pace.

    Three paces are looked at: overall, over the last quarter, and over the last sixteenth of the time. The less they
    agree, the faster it might go on. A whole percent may be almost the next one: what went on since the reading before
    it counts.
    """
    first, last = points[0], points[-1]
    span = last.at - first.at
    if span <= 0:
        return None
    overall = (last.percent - first.percent) / span
    # Not the last point itself, which rounding can make seem old enough.
    place = len(points) - 2
    place, sixteenth = _pace(points, last.at - span / 16, place)
    place, quarter = _pace(points, last.at - span / 4, place)
    fastest, slowest = max(overall, quarter, sixteenth), min(overall, quarter, sixteenth)
    if fastest <= 0:
        return None
    faster = min(max(CALM, DOUBT * fastest / slowest), WILD) if slowest > 0 else WILD
    percent = last.percent
    if percent % 1 == 0:
        percent += min(1.0, fastest * (last.at - _before(points)))
    return max((target - percent) / (fastest * faster), 0.0)


def _pace(points: Sequence[Point], at: float, place: int) -> tuple[int, float]:
    """Return the last point up to *at*, looked for from *place* back, and the pace since; the first is early enough."""
    while (since := points[place]).at > at:
        place -= 1
    last = points[-1]
    return place, (last.percent - since.percent) / (last.at - since.at)


def _before(points: Sequence[Point]) -> float:
    """Return the time of the last point before the present percent was read; there must be another one."""
    percent, place = points[-1].percent, len(points) - 2
    while points[place].percent == percent:
        place -= 1
    return points[place].at
