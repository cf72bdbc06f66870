"""The compact history of a run: bounded, in order, and nothing dear is lost."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import history
from bot.core.history import MAX_READINGS, Entry, added, entries, entry
from providers.base import TaskState
from tests.core.properties import unhurried

RUNNING = TaskState.RUNNING

kept = st.builds(Entry, st.integers(0, 2**35), st.none() | st.integers(0, 1000), st.sampled_from(list(TaskState)))
in_order = st.lists(kept, min_size=1, max_size=MAX_READINGS).map(lambda found: sorted(found, key=lambda one: one.at))


def gathered(readings: list[Entry]) -> str:
    text = ""
    for one in readings:
        text = added(text, one)
    return text


def run(count: int, *, points: float) -> list[Entry]:
    """Readings 20 s apart, each so many points higher, up to 99 %."""
    return [entry(1.7e9 + 20 * n, min(points * n, 99.0), RUNNING) for n in range(count)]


@unhurried
@given(in_order)
def test_what_is_added_in_order_comes_back_as_it_was(readings: list[Entry]) -> None:
    assert list(entries(gathered(readings))) == readings


@unhurried
@given(in_order.filter(lambda readings: len(readings) < MAX_READINGS))
def test_a_history_that_grew_is_the_same_text_as_one_that_is_written_at_once(readings: list[Entry]) -> None:
    *earlier, last = readings
    future = Entry(last.at + 1, 500, RUNNING)

    # A clock that is set back has the rest written anew.
    at_once = added(added(gathered(earlier), future), last)

    assert gathered(readings) == at_once


@unhurried
@given(st.lists(kept, max_size=600))
def test_whatever_is_added_the_history_is_bounded_in_order_and_ends_with_the_newest(readings: list[Entry]) -> None:
    text = gathered(readings)

    found = list(entries(text))
    assert len(found) <= MAX_READINGS
    assert all(earlier.at <= later.at for earlier, later in pairwise(found))
    assert found[-1:] == readings[-1:]
    # Written as it is in JSON: nothing to escape, one byte a character.
    assert len(json.dumps(text)) == len(text.encode()) + 2


@unhurried
@given(st.lists(st.floats(0, 100), min_size=1, max_size=700), st.integers(1, 100))
def test_the_first_reading_of_every_milestone_stays(percents: list[float], milestone: int) -> None:
    readings = [entry(1.7e9 + 30 * n, percent, RUNNING) for n, percent in enumerate(percents)]

    first = next((one.at for one in readings if one.percent is not None and one.percent >= milestone), None)
    found = list(entries(gathered(readings)))

    assert next((one.at for one in found if one.percent is not None and one.percent >= milestone), None) == first
    assert found[0] == readings[0]


def test_changes_of_state_stay_when_much_else_goes() -> None:
    states = [TaskState.QUEUED] * 50 + [RUNNING] * 400 + [TaskState.PAUSED] * 100 + [RUNNING] * 450
    readings = [entry(1.7e9 + 20 * n, 30, state) for n, state in enumerate(states)]

    found = list(entries(gathered(readings)))

    changes = [(later.at, later.state) for earlier, later in pairwise(found) if later.state is not earlier.state]
    assert changes == [(readings[n].at, states[n]) for n in (50, 450, 550)]
    assert len(found) <= MAX_READINGS


def test_a_task_that_changes_its_state_at_every_look_is_bounded_too() -> None:
    states = [RUNNING, TaskState.PAUSED] * 500
    readings = [entry(1.7e9 + 20 * n, n / 10, state) for n, state in enumerate(states)]

    found = list(entries(gathered(readings)))

    assert len(found) <= MAX_READINGS
    assert {one.tenths // 10 for one in found if one.tenths is not None} == set(range(100))


def test_what_is_thinned_still_spans_the_run_evenly() -> None:
    found = list(entries(gathered(run(5000, points=0))))

    gaps = [later.at - earlier.at for earlier, later in pairwise(found)]
    assert len(found) > MAX_READINGS / 2
    assert max(gaps) < 5000 * 20 / 4


def test_a_clock_that_was_set_back_takes_its_future_with_it() -> None:
    text = gathered([entry(100, 1, RUNNING), entry(200, 2, RUNNING), entry(150, 3, RUNNING)])

    assert [(one.at, one.percent) for one in entries(text)] == [(100, 1.0), (150, 3.0)]


@pytest.mark.parametrize(
    ("percent", "tenths", "reason"),
    [
        (None, None, "no percent"),
        (25, 250, "whole"),
        (24.99999, 249, "not yet there is not there"),
        (16.1, 161, "a tenth that binary cannot hold"),
        (33.333, 333, "rounded down"),
        (100, 1000, "all"),
    ],
)
def test_a_percent_is_rounded_down_to_a_tenth(percent: float | None, tenths: int | None, reason: str) -> None:
    assert entry(0, percent, RUNNING).tenths == tenths, reason


def test_what_no_history_can_hold_is_kept_as_the_nearest_that_it_can() -> None:
    assert entry(-5.0, 3.0, RUNNING) == Entry(0, 30, RUNNING)
    assert entry(1e12, 250.0, RUNNING) == Entry(10**11 - 1, 1000, RUNNING)


@unhurried
@given(st.floats(0, 100), st.integers(1, 100))
def test_rounding_never_passes_a_milestone(percent: float, milestone: int) -> None:
    shown = entry(0, percent, RUNNING).percent

    assert shown is not None
    assert (shown >= milestone) == (percent >= milestone)


def test_two_hundred_readings_take_about_three_bytes_each() -> None:
    text = gathered(run(MAX_READINGS, points=0.5))

    assert len(text) / MAX_READINGS < 3.5


def test_a_history_is_told_as_lines_of_json() -> None:
    text = gathered([entry(100, None, TaskState.QUEUED), entry(120.7, 12.5, RUNNING)])

    assert [json.loads(line) for line in history.lines(text)] == [[100, None, "queued"], [120, 12.5, "running"]]
