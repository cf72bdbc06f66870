"""What the cadence promises holds on tasks that its parameters were not chosen on."""

from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.policies import eta, fixed, milepost, oracle, patient_oracle
from benchmarks.replay import replay
from benchmarks.traces import SHAPES, Trace, World, invented, recorded
from bot.core.history import added, entry, lines
from providers.base import TaskState


@pytest.fixture(scope="module")
def traces() -> list[Trace]:
    return invented(404, 500)


def test_ninety_seven_in_a_hundred_events_are_told_in_time_with_a_seventh_of_the_questions(
    traces: list[Trace],
) -> None:
    ours, often, patient = replay(milepost(), traces), replay(fixed(15), traces), replay(patient_oracle(300), traces)

    assert ours.on_time() >= 97
    assert ours.mean_polls() <= often.mean_polls() / 7
    assert ours.mean_polls() <= 2.5 * patient.mean_polls()


@pytest.mark.parametrize("kind", ["step-wise", "percent-less"])
def test_what_cannot_be_foreseen_is_told_in_time_too(traces: list[Trace], kind: str) -> None:
    assert replay(milepost(), traces).of(kind).on_time() >= 97


def test_every_look_of_ours_has_a_reason(traces: list[Trace]) -> None:
    ours = replay(milepost(), traces[:50])

    assert sum(ours.by_reason().values()) == sum(count for _, count in ours.polls)
    assert all(reason for _, reason in ours.reasons)


def test_an_event_is_late_by_what_the_first_look_after_it_is(traces: list[Trace]) -> None:
    assert replay(oracle, traces).on_time(0, 0) == 100
    # Within an interval, whenever the loop was begun: half of it in the middle.
    assert replay(fixed(60), traces).lateness("success", 1.0) <= 60
    assert replay(fixed(60), traces).lateness("milestone", 0.5) == pytest.approx(30, abs=5)


def test_an_oracle_without_gaps_leaves_none(traces: list[Trace]) -> None:
    for trace in traces[:100]:
        at = [0.0, *patient_oracle(300)(trace).at]
        assert max(later - earlier for earlier, later in pairwise(at)) <= 300.001


def test_plain_eta_keeps_its_bounds(traces: list[Trace]) -> None:
    at = eta()(traces[0]).at
    assert all(9.999 <= later - earlier <= 300.001 for earlier, later in pairwise(at))


def test_the_same_seed_invents_the_same_tasks_of_every_kind() -> None:
    first, again = invented(5, 200), invented(5, 200)

    assert [(one.kind, one.at) for one in first] == [(one.kind, one.at) for one in again]
    assert {one.kind for one in first} == set(SHAPES)
    assert all(later > earlier for one in first for earlier, later in pairwise(one.at))
    assert 0.03 < sum(one.answers[-1].state is TaskState.FAILED for one in first) / 200 < 0.25


def test_a_world_may_be_otherwise() -> None:
    waiting = invented(5, 50, World(queued=1.0))
    telling = invented(5, 50, World(word="idle", grain=10))

    assert all(one.answers[0].state is TaskState.QUEUED for one in waiting)
    assert telling[0].read(1.0).remaining_seconds == 3600
    assert any(answer.percent is not None and answer.percent % 1 for one in telling for answer in one.answers)


def test_a_history_that_was_recorded_can_be_replayed(tmp_path: Path) -> None:
    history = ""
    run = [(0, 0, "running"), (60, 30, "running"), (130, 80, "running"), (200, 100, "succeeded")]
    for seconds, percent, state in run:
        history = added(history, entry(1.7e9 + seconds, percent, TaskState(state)))
    file = tmp_path / "run.jsonl"
    file.write_text("\n".join(lines(history)))

    [trace] = recorded([file])

    assert [(event.at, event.kind) for event in trace.events()] == [
        (60, "milestone"),
        (130, "milestone"),
        (130, "milestone"),
        (200, "success"),
    ]
    assert replay(milepost(), [trace]).on_time() == 100
