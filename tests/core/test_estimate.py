"""Speed and remaining time."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.estimate import MAX_POINTS, Remaining, estimated, remaining, speed, with_point
from bot.core.model import Point, Watch
from providers.base import TaskState
from tests.core.properties import unhurried
from tests.core.samples import after, fresh_watch, line, reading, seen_watch

raw_points = st.lists(st.builds(Point, at=st.floats(0, 2e9), percent=st.floats(0, 100)), max_size=200)


def gathered(points: list[Point]) -> tuple[Point, ...]:
    kept: tuple[Point, ...] = ()
    for point in points:
        kept = with_point(kept, point)
    return kept


# --- points ---


@unhurried
@given(raw_points)
def test_points_are_bounded_and_time_rises_along_them(points: list[Point]) -> None:
    kept = gathered(points)

    assert len(kept) <= MAX_POINTS
    assert all(earlier.at < later.at for earlier, later in pairwise(kept))
    assert not points or kept[-1] == points[-1]


@unhurried
@given(raw_points)
def test_points_are_kept_and_thinned_by_these_rules_alone(points: list[Point]) -> None:
    kept: list[Point] = []
    found: tuple[Point, ...] = ()
    for new in points:
        found = with_point(found, new)
        kept = [point for point in kept if point.at < new.at]
        if len(kept) >= 2 and kept[-1].percent == kept[-2].percent == new.percent:
            kept[-1] = new
        else:
            kept.append(new)
        if len(kept) > MAX_POINTS:
            kept = [*kept[:-1:2], kept[-1]]

        assert found == tuple(kept)


def test_thinned_points_still_span_the_whole_run() -> None:
    kept = gathered([Point(at=float(second), percent=second / 100) for second in range(10_000)])

    assert (kept[0].at, kept[-1].at) == (0.0, 9999.0)
    assert MAX_POINTS / 3 <= len(kept) <= MAX_POINTS


def test_a_plateau_costs_two_points() -> None:
    kept = gathered([Point(at=0, percent=10), *(Point(at=10.0 * n, percent=20) for n in range(1, 100))])

    assert [(p.at, p.percent) for p in kept] == [(0, 10), (10, 20), (990, 20)]


def test_a_clock_that_was_set_back_takes_its_future_with_it() -> None:
    kept = gathered([Point(at=0, percent=10), Point(at=1000, percent=20), Point(at=500, percent=30)])

    assert [(p.at, p.percent) for p in kept] == [(0, 10), (500, 30)]


def test_two_readings_at_one_moment_are_one_point() -> None:
    assert gathered([Point(at=0, percent=10), Point(at=0, percent=12)]) == (Point(at=0, percent=12),)


# --- speed ---

SPEEDS: list[tuple[tuple[tuple[float, float], ...], float | None, str]] = [
    ((), None, "nothing was read"),
    (((0, 0), (100, 50)), None, "two readings are a guess"),
    (((0, 10), (50, 10), (100, 10.5)), None, "less than a percent is a guess"),
    (((0, 50), (50, 40), (100, 30)), None, "it goes backwards"),
    (((0, 0), (25, 25), (50, 50), (75, 75), (100, 100)), 1.0, "even"),
    (((0, 0), (75, 30), (100, 80)), 1.4, "the mean of 0.8 overall and 2.0 lately"),
    (((0, 0), (50, 50), (75, 50), (100, 50)), None, "it stands"),
    (((0, 0), (50, 60), (75, 60), (100, 50)), None, "it fell back lately"),
]


@pytest.mark.parametrize(("points", "expected", "reason"), SPEEDS)
def test_speed_is_told_only_where_it_is_no_guess(
    points: tuple[tuple[float, float], ...], expected: float | None, reason: str
) -> None:
    found = speed(line(*points))

    assert found == (None if expected is None else pytest.approx(expected)), reason


@unhurried
@given(raw_points)
def test_speed_is_positive_whatever_was_read(points: list[Point]) -> None:
    found = speed(gathered(points))

    assert found is None or found > 0


def test_readings_within_a_millionth_of_a_second_do_not_divide_by_nothing() -> None:
    start = 1.7e9
    points = [Point(at=start, percent=0), Point(at=start + 2.4e-7, percent=1), Point(at=start + 4.8e-7, percent=2)]

    assert (speed(points) or 0) > 0


# --- remaining time ---

EVEN = line((0, 0), (25, 10), (50, 20), (75, 30), (100, 40))


def test_an_even_pace_goes_on_as_it_was() -> None:
    watch = seen_watch(40, seen_at=after(100), points=EVEN)

    assert remaining(watch, after(100)) == Remaining(seconds=150)
    assert remaining(watch, after(130)) == Remaining(seconds=120)
    assert remaining(watch, after(9999)) == Remaining(seconds=0)


def test_where_the_recent_pace_is_another_the_remaining_time_is_a_range() -> None:
    # 0.4 % a second overall, 0.8 % lately.
    watch = seen_watch(40, seen_at=after(100), points=line((0, 0), (75, 20), (100, 40)))

    assert remaining(watch, after(100)) == Remaining(seconds=75, most=150)
    assert remaining(watch, after(130)) == Remaining(seconds=45, most=120)
    assert remaining(watch, after(9999)) == Remaining(seconds=0, most=0)


@pytest.mark.parametrize(
    ("points", "told", "reason"),
    [
        (line((0, 0), (75, 29), (100, 40)), True, "the paces agree within a fifth: one figure"),
        (line((0, 0), (75, 22), (100, 40)), False, "they do not"),
    ],
)
def test_paces_that_agree_are_told_as_one_figure(points: tuple[Point, ...], told: bool, reason: str) -> None:
    left = estimated(points, 40)

    assert left is not None
    assert (left.most is None) is told, reason


def test_paces_that_have_nothing_in_common_foretell_nothing() -> None:
    assert estimated(line((0, 0), (25, 36), (75, 38), (100, 40)), 40) is None
    assert estimated(line((0, 0), (25, 10), (75, 20), (100, 40)), 40) is not None


def test_the_clouds_word_goes_before_our_estimate_and_counts_from_its_reading() -> None:
    watch = seen_watch(40, seen=reading(40, remaining_seconds=600), seen_at=after(100), points=EVEN)

    def told(seconds: int) -> Remaining:
        return Remaining(seconds=seconds, estimated=False)

    assert remaining(watch, after(100)) == told(600)
    assert remaining(watch, after(160)) == told(540)
    assert remaining(watch, after(900)) == told(0)
    assert remaining(watch, after(0)) == told(600)


@pytest.mark.parametrize(
    ("watch", "reason"),
    [
        (fresh_watch(), "nothing was read"),
        (seen_watch(40), "one reading has no speed"),
        (seen_watch(40, TaskState.PAUSED, points=EVEN), "a paused task has no end in sight"),
        (seen_watch(None, TaskState.SYNCING, points=EVEN), "an incremental phase never ends by itself"),
        (seen_watch(40, TaskState.QUEUED, points=EVEN), "it has not begun"),
        (seen_watch(None, points=EVEN), "no percent is known now"),
        (seen_watch(100, points=EVEN), "nothing is left to estimate"),
        (seen_watch(1, points=line((0, 0), (1e6, 0.5), (2e6, 1))), "years are no estimate"),
        (seen_watch(40, seen_at=None, points=EVEN), "undated"),
    ],
)
def test_no_remaining_time_is_told_where_it_would_be_a_guess(watch: Watch, reason: str) -> None:
    assert remaining(watch, after(100)) is None, reason


@unhurried
@given(raw_points, st.floats(0, 100), st.floats(-1e6, 1e6))
def test_remaining_time_is_never_negative_or_absurd(points: list[Point], percent: float, seconds: float) -> None:
    watch = seen_watch(percent, points=gathered(points))

    left = remaining(watch, after(seconds))

    if left is not None:
        assert left.estimated
        assert 0 <= left.seconds <= (left.most if left.most is not None else left.seconds) <= 30 * 86400
