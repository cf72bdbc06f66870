"""How the percent moves, and what is foreseen of it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.estimate import with_point
from bot.core.gait import ITS_SHARE, PROVEN, after, earliest, gait_of, is_clock, leaps
from bot.core.model import Gait, Point
from tests.core.properties import unhurried
from tests.core.samples import line

raw_points = st.lists(st.builds(Point, at=st.floats(0, 2e9), percent=st.floats(0, 100)), max_size=60)

CLOCKS: list[tuple[tuple[tuple[float, float], ...], bool, str]] = [
    ((), False, "nothing was read"),
    (((0, 0), (10, 1), (20, 2), (30, 3)), False, "three rises prove nothing"),
    (((0, 0), (10, 1), (20, 2), (30, 3), (40, 4)), True, "four rises at an even pace"),
    (((0, 0), (10, 1), (20, 1), (30, 1), (40, 1)), False, "four more readings, one rise"),
    (((0, 0), (10, 4), (20, 8), (30, 9), (40, 10)), True, "four points are no leap"),
    (((0, 0), (10, 20), (20, 40), (30, 60), (40, 80)), True, "fast, and even"),
    (((0, 0), (100, 1), (200, 2), (300, 3), (310, 33)), False, "30 points in a 31st of the time"),
    (((0, 0), (100, 1), (200, 2), (300, 3), (700, 10)), True, "seven points, but in over half of the time"),
    (((0, 0), (10, 1), (20, 2), (30, 1), (40, 2), (50, 3)), False, "coming back to a known value is no rise"),
    (((0, 40), (10, 30), (20, 20), (30, 10), (40, 5)), False, "it only falls"),
]


@pytest.mark.parametrize(("points", "expected", "reason"), CLOCKS)
def test_a_percent_is_a_clock_when_it_has_shown_it(
    points: tuple[tuple[float, float], ...], expected: bool, reason: str
) -> None:
    assert is_clock(gait_of(line(*points)), line(*points)) is expected, reason


def test_before_it_is_proven_three_points_at_once_speak_for_steps() -> None:
    assert leaps(gait_of(line((0, 0), (10, 3))), line((0, 0), (10, 3)))
    assert not leaps(gait_of(line((0, 0), (10, 2))), line((0, 0), (10, 2)))


def test_a_leap_is_remembered_when_the_points_that_showed_it_are_thinned_away() -> None:
    points: tuple[Point, ...] = ()
    gait, high = Gait(), None
    readings = [(10.0 * n, n / 10) for n in range(60)] + [(600.0 + 10 * n, 40 + n / 10) for n in range(60)]
    for point in line(*readings):
        gait = after(gait, points, point, high)
        points, high = with_point(points, point), max(high or 0.0, point.percent)

    assert not is_clock(gait, points)


@unhurried
@given(raw_points.filter(bool), st.floats(0, 100))
def test_a_leap_is_one_against_the_highest_point_wherever_that_is(points: list[Point], leap: float) -> None:
    risen = max(point.percent for point in points) - points[0].percent
    gait = Gait(rises=PROVEN, largest=5.0, leap=leap)

    assert leaps(gait, points) is (leap > 0 and leap * (points[-1].at - points[0].at) > ITS_SHARE * risen)


@unhurried
@given(raw_points)
def test_any_points_have_a_gait_and_no_rise_is_counted_twice(points: list[Point]) -> None:
    gait = gait_of(points)

    assert 0 <= gait.rises <= max(len(points) - 1, 0)
    assert gait.rises == sum(
        later.percent > max(p.percent for p in points[: n + 1]) and later.at > points[n].at
        for n, later in enumerate(points[1:])
    )


EARLIEST: list[tuple[tuple[tuple[float, float], ...], float, float | None, str]] = [
    (((0, 0),), 25, None, "one reading has no pace"),
    (((0, 10), (100, 10)), 25, None, "it stands"),
    (((0, 20), (100, 10)), 25, None, "it falls"),
    (((0, 0.5), (100, 10.5), (200, 20.5)), 25, 22.5, "4.5 points at most at twice 0.1 a second"),
    (((0, 0), (100, 10), (200, 20)), 25, 20, "20 may be almost 21"),
    (((0, 0), (100, 10), (150, 20), (200, 20)), 25, 4 / 0.1 / 3, "it rests: thrice the fastest of its paces"),
    (((0, 0), (100, 10), (200, 24)), 25, 0, "it may be there at any moment"),
    (((0, 0), (100, 10), (200, 40)), 25, 0, "it is beyond"),
]


@pytest.mark.parametrize(("points", "target", "seconds", "reason"), EARLIEST)
def test_a_milestone_is_foreseen_at_the_fastest_pace_that_may_be(
    points: tuple[tuple[float, float], ...], target: float, seconds: float | None, reason: str
) -> None:
    found = earliest(line(*points), target)

    assert found == (None if seconds is None else pytest.approx(seconds)), reason


def test_paces_that_do_not_agree_leave_more_room() -> None:
    even = line((0, 0.5), (90, 9.5), (100, 10.5))
    lately = line((0, 0.5), (90, 5.5), (100, 10.5))

    calm, wild = earliest(even, 50), earliest(lately, 50)

    assert calm == pytest.approx(39.5 / 0.1 / 2)
    assert wild == pytest.approx(39.5 / 0.5 / 3)


@unhurried
@given(raw_points.filter(bool), st.integers(1, 100))
def test_what_is_foreseen_is_never_in_the_past(points: list[Point], target: int) -> None:
    kept: tuple[Point, ...] = ()
    for point in points:
        kept = with_point(kept, point)
    assert all(a.at < b.at for a, b in pairwise(kept))

    assert (earliest(kept, target) or 0.0) >= 0
