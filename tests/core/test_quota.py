"""A plan that cannot be kept is stretched evenly; one that can is left alone."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.cadence import NextLook, Why
from bot.core.quota import OVERBOOKED, TARGET, Mean, Plan, Quota, stretched

LOOK = NextLook(after=timedelta(seconds=30), why=Why.CALM)


def plan(tasks: int, *, interval: float = 15.0, rate: float | None = 10.0, at_once: int = 8, **more: float) -> Plan:
    quota = Quota(calls_per_second=rate, at_once=at_once)
    return Plan(
        tasks=tasks,
        interval=interval,
        tasks_per_call=int(more.get("batch", 1)),
        quota=quota,
        call_seconds=more.get("call_seconds", 0.0),
    )


@pytest.mark.parametrize(
    ("wanted", "stretch"),
    [
        # 100 tasks every 15 s are 6.7 calls a second, of ten that are allowed.
        (plan(100), 1.0),
        # 50,000 are 3,333: of ten allowed, nine are planned for.
        (plan(50_000), 50_000 / 15 / 10 / TARGET),
        # Ten to a call ask for a tenth.
        (plan(50_000, batch=10), 5_000 / 15 / 10 / TARGET),
        # Eight calls of ten seconds each are 0.8 a second, whatever is allowed.
        (plan(100, call_seconds=10.0), 100 / 15 / 0.8 / TARGET),
        (plan(50_000, rate=None), 1.0),
        (plan(50_000, rate=None, call_seconds=0.1), 50_000 / 15 / 80 / TARGET),
        (plan(0), 1.0),
        # Nothing is known yet of what they want.
        (plan(50_000, interval=0.0), 1.0),
    ],
)
def test_looks_are_stretched_by_as_much_as_is_wanted_too_often(wanted: Plan, stretch: float) -> None:
    assert wanted.stretch == pytest.approx(stretch)


def test_what_limits_is_known() -> None:
    assert plan(100, call_seconds=10.0).limited_by_time
    assert not plan(100, call_seconds=0.1).limited_by_time
    assert not plan(100).limited_by_time
    assert plan(100, rate=None).possible is None


@given(
    tasks=st.integers(1, 200_000),
    interval=st.floats(1, 900),
    batch=st.integers(1, 100),
    rate=st.floats(0.1, 1000),
    call_seconds=st.floats(0, 60),
)
def test_a_stretched_plan_can_always_be_kept(
    tasks: int, interval: float, batch: int, rate: float, call_seconds: float
) -> None:
    asked = plan(tasks, interval=interval, rate=rate, batch=batch, call_seconds=call_seconds)

    assert asked.possible is not None
    assert asked.wanted / asked.stretch <= asked.possible * 1.0001


def test_a_stretched_look_comes_later_and_says_why() -> None:
    assert stretched(LOOK, 1.0) is LOOK
    little, much = stretched(LOOK, 1.1), stretched(LOOK, OVERBOOKED)

    assert little.after == timedelta(seconds=33)
    assert little.why is LOOK.why
    assert much.after == timedelta(seconds=36)
    assert much.why is Why.OVERBOOKED


def test_a_mean_counts_its_first_values_in_full_and_forgets_old_ones() -> None:
    mean = Mean(over=10)
    for value in (2.0, 4.0):
        mean.add(value)
    first = mean.value
    for _ in range(100):
        mean.add(10.0)

    assert first == 3.0
    assert mean.value == pytest.approx(10.0, rel=1e-3)
