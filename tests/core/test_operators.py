"""What operators are told of a plan that cannot be kept."""

import pytest

from bot.core.quota import Plan, Quota
from bot.core.wording import operators
from bot.core.wording.words import figure
from tests.usecases.world import plain


def told(**more: float) -> str:
    plan = Plan(
        tasks=int(more.get("tasks", 50_000)),
        interval=15,
        tasks_per_call=int(more.get("batch", 1)),
        quota=Quota(calls_per_second=10.0, at_once=8),
        call_seconds=more.get("call_seconds", 0.1),
    )
    return plain(operators.overbooked("drs", plan).text)


def test_a_plan_that_the_rate_forbids_is_told_with_its_numbers() -> None:
    said = told()

    assert "drs has 50,000 tasks, which want 3,300 calls a second; 10 a second are allowed." in said
    assert "370 times as late, about every 1 h 33 min instead of every 15 s" in said
    assert "max_calls_per_second" in said


def test_batches_are_counted_as_calls() -> None:
    assert "want 330 calls a second of up to 10 tasks each" in told(batch=10)


def test_a_slow_cloud_is_named_as_what_limits() -> None:
    said = told(tasks=1000, call_seconds=10.0)

    assert "a call takes 10 s and 8 may be under way, so that 0.8 a second come through" in said
    assert "max_concurrent" in said


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.8333, "0.83"), (0.5, "0.5"), (3.333, "3.3"), (5.0, "5"), (42.4, "42"), (3333.3, "3,300"), (370.4, "370")],
)
def test_figures_are_rounded_as_people_say_them(value: float, shown: str) -> None:
    assert figure(value) == shown
