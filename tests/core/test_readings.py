"""What is kept of each reading of a run."""

from itertools import pairwise

import pytest

from bot.core import history
from bot.core.advance import advance
from bot.core.gait import gait_of
from bot.core.history import MAX_READINGS
from bot.core.model import Watch
from bot.core.readings import forgotten, history_of, noted, passed_at
from bot.store import codec
from providers.base import TaskState
from tests.core.samples import NOON, PATIENCE, after, fresh_watch, line, reading, seen_watch


def read(watch: Watch, *percents: tuple[float, float | None]) -> Watch:
    for seconds, percent in percents:
        watch = advance(watch, reading(percent), after(seconds), patience=PATIENCE).watch
    return watch


def told(watch: Watch) -> list[tuple[float, float | None, TaskState]]:
    return [(one.at - NOON.timestamp(), one.percent, one.state) for one in history.entries(watch.history)]


def test_each_reading_is_kept_with_its_percent_and_state() -> None:
    watch = noted(fresh_watch(), reading(None, TaskState.QUEUED), after(0))
    watch = noted(watch, reading(10), after(30))
    watch = noted(watch, reading(10), after(60))

    assert told(watch) == [(0, None, TaskState.QUEUED), (30, 10, TaskState.RUNNING), (60, 10, TaskState.RUNNING)]
    assert (watch.high, [p.percent for p in watch.points]) == (10, [10, 10])


def test_a_run_of_a_thousand_looks_keeps_when_each_milestone_was_passed() -> None:
    watch = read(fresh_watch(), *((30.0 * n, n / 10) for n in range(1000)))

    assert len(list(history.entries(watch.history))) <= MAX_READINGS
    assert [passed_at(watch, milestone) for milestone in (1, 25, 50, 99)] == [
        NOON.timestamp() + 300 * milestone for milestone in (1, 25, 50, 99)
    ]
    assert all(a.at < b.at for a, b in pairwise(watch.points))


def test_a_record_from_before_histories_goes_on_from_its_points() -> None:
    old = seen_watch(20, points=line((0, 0), (100, 10), (200, 20)), gait=None)

    watch = read(old, (300, 30))

    assert [(at, percent) for at, percent, _ in told(watch)] == [(0, 0), (100, 10), (200, 20), (300, 30)]
    assert watch.gait == gait_of(line((0, 0), (100, 10), (200, 20), (300, 30)))


def test_a_row_from_before_histories_is_read() -> None:
    row = (
        '{"v":2,"record":{"id":"drs:9a47#1","account":"drs","key":"9a47","created_at":"2026-03-02T12:00:00Z",'
        '"due_at":"2026-03-02T12:05:00Z","version":3,"run_since":"2026-03-02T12:00:00Z","high":20.0,'
        '"points":[[1772452800.0,0.0],[1772452900.0,10.0],[1772453000.0,20.0]]}}'
    )

    watch = codec.decode("watch/drs:9a47#1", row)

    assert isinstance(watch, Watch)
    assert passed_at(watch, 20) == 1772453000
    assert codec.decode("watch/drs:9a47#1", codec.encode(noted(watch, reading(30), after(300)))) == noted(
        watch, reading(30), after(300)
    )


def test_the_next_run_begins_with_nothing() -> None:
    watch = read(fresh_watch(), (0, 0), (100, 10), (200, 20))
    watch = noted(watch, reading(30, remaining_seconds=600), after(300))

    assert forgotten(watch).points == ()
    assert (forgotten(watch).history, forgotten(watch).gait, forgotten(watch).promise) == ("", None, None)


@pytest.mark.parametrize(
    ("percent", "seconds", "reason"),
    [
        (10, 10, "met exactly"),
        (15, 20, "passed between two readings"),
        (25, 40, "the first time, though it fell back before"),
        (60, None, "not yet"),
        (0, None, "it began there, so nobody saw it being passed"),
    ],
)
def test_a_percent_was_passed_at_the_first_reading_beyond_it(
    percent: float, seconds: float | None, reason: str
) -> None:
    watch = read(fresh_watch(), (0, 0), (10, 10), (20, 20), (30, 5), (40, 30), (50, 20), (60, 40))
    from_points_alone = seen_watch(40, points=line((0, 0), (10, 10), (20, 20), (30, 5), (40, 30), (50, 20), (60, 40)))

    found = passed_at(watch, percent)

    assert found == passed_at(from_points_alone, percent)
    assert found == (None if seconds is None else NOON.timestamp() + seconds), reason


def test_an_empty_history_is_no_history() -> None:
    assert history_of(fresh_watch()) == ""
    assert passed_at(fresh_watch(), 25) is None
