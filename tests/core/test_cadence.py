"""When to look again, and why then."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.advance import LINGER
from bot.core.cadence import Limits, next_look, spread
from bot.core.model import Trouble, TroubleKind, Watch
from providers.base import TaskState
from tests.core.properties import unhurried
from tests.core.samples import NOON, after, fresh_watch, line, seen_watch

FLOOR, CEILING = 10.0, 300.0
LIMITS = Limits(min_interval=timedelta(seconds=FLOOR), max_interval=timedelta(seconds=CEILING))
QUARTERS = (25, 50, 75, 100)
HOUR = 3600.0


def trouble(kind: TroubleKind, looks: int) -> Trouble:
    return Trouble(kind=kind, since=NOON, looks=looks)


def even(age: float, percent: float) -> Watch:
    """A task that rose evenly from nothing."""
    points = line(*((age * n / 8, percent * n / 8) for n in range(9)))
    return seen_watch(percent, points=points)


STEPPED = line((0, 0), (1000, 1), (1800, 2), (2000, 3), (2010, 40))
STALLED = line((0, 0), (500, 10), (1000, 20), (1500, 30), (2600, 40), (3600, 40))

CASES: list[tuple[Watch, float, float, str, str]] = [
    (fresh_watch(), 0, 10, "there is no reading yet", "nothing is known: soon"),
    (seen_watch(None), 60, 15, "its pace is not known yet", "young, no percent: 15 s"),
    (seen_watch(None), HOUR, 36, "its pace is not known yet", "1 % of the age"),
    (seen_watch(None), 86400, 300, "its pace is not known yet", "never over the ceiling"),
    (seen_watch(0, TaskState.QUEUED), HOUR, 36, "its pace is not known yet", "a queue is left at any time"),
    (seen_watch(40, points=STEPPED), HOUR, 36, "its pace is not known yet", "steps cannot be foreseen"),
    (even(HOUR, 40), HOUR, 300, "it has been running for long", "450 s to half-way: the ceiling is nearer"),
    (even(1000, 40), 1000, 100, "it has been running for long", "125 s to half-way: 10 % of the age is nearer"),
    (even(1000, 46), 1000, 43.48, "that is half-way to 50 %", "87 s to go"),
    (even(1000, 49.9), 1000, 10, "that is half-way to 50 %", "a second to go: the floor"),
    (even(1000, 99), 1000, 10, "that is half-way to 100 %", "the end is foreseen too"),
    (even(1000, 100), 1000, 100, "it has been running for long", "complete, and still running"),
    (even(120, 20), 120, 15, "that is half-way to 25 %", "30 s to go"),
    (even(60, 10), 60, 30, "it has been running for long", "a young task: 30 s"),
    (seen_watch(40, points=STALLED), HOUR, 300, "its pace cannot be foreseen", "it stands"),
    (seen_watch(40, points=STALLED), 1000, 100, "its pace cannot be foreseen", "10 % of the age"),
    (seen_watch(40, TaskState.PAUSED), 60, 300, "it is paused", "somebody will wake it, some time"),
    (seen_watch(None, TaskState.SYNCING), 60, 60, "it is in sync", "its delay is worth a look each minute"),
    (seen_watch(40, absent_looks=1), HOUR, 10, "what was just read needs a second look", "an apparent absence"),
    (seen_watch(100, done_looks=1), HOUR, 10, "what was just read needs a second look", "an apparent end"),
    (seen_watch(40, linger_until=NOON + LINGER), HOUR, 1200, "it failed and its cloud may retry it", "slowly"),
    (seen_watch(40, trouble=trouble(TroubleKind.UNAVAILABLE, 1)), 60, 10, "it could not be read", "at once"),
    (
        seen_watch(40, trouble=trouble(TroubleKind.UNAVAILABLE, 3)),
        60,
        40,
        "it could not be read",
        "twice as long each time",
    ),
    (seen_watch(40, trouble=trouble(TroubleKind.UNEXPECTED, 9)), 60, 300, "it could not be read", "up to the ceiling"),
    (seen_watch(40, trouble=trouble(TroubleKind.THROTTLED, 9999)), 60, 300, "it could not be read", "no overflow"),
    (
        seen_watch(40, trouble=trouble(TroubleKind.DENIED, 1)),
        60,
        60,
        "access was refused once",
        "a single refusal may be passing, and the channel waits to hear",
    ),
    (
        seen_watch(40, trouble=trouble(TroubleKind.DENIED, 2)),
        60,
        1200,
        "access is refused until someone acts",
        "clouds lock keys that are refused often",
    ),
]


@pytest.mark.parametrize(("watch", "age", "seconds", "why", "reason"), CASES)
def test_the_next_look_comes_as_its_row_says(watch: Watch, age: float, seconds: float, why: str, reason: str) -> None:
    look = next_look(watch, after(age), QUARTERS, LIMITS)

    assert look.reason == why, reason
    assert look.after.total_seconds() == pytest.approx(seconds * spread(watch.id), abs=0.02), reason


def test_a_milestone_that_was_told_before_a_fall_is_not_waited_for_again() -> None:
    fallen = seen_watch(45, high=60, points=line(*((n * 50, n * 5) for n in range(10))))

    assert next_look(fallen, after(HOUR), QUARTERS, LIMITS).reason == "that is half-way to 75 %"


def test_a_milestone_that_is_near_is_met_in_time_even_before_the_pace_is_proven() -> None:
    young = seen_watch(49, points=line((0, 0), (1000, 24), (2000, 49)))

    look = next_look(
        young, after(2000), QUARTERS, Limits(min_interval=timedelta(seconds=1), max_interval=timedelta(300))
    )

    assert look.reason == "its pace is not known yet"
    assert look.after.total_seconds() == pytest.approx(20 * spread(young.id), abs=0.02)
    near = seen_watch(49.9, points=line((0, 0), (1000, 24), (2000, 49.9)))
    assert next_look(near, after(2000), QUARTERS, LIMITS).reason == "that is half-way to 50 %"


# --- spread ---


@unhurried
@given(st.text())
def test_the_spread_of_a_watch_is_within_a_tenth_and_always_the_same(name: str) -> None:
    assert 0.9 <= spread(name) <= 1.1
    assert spread(name) == spread(name)


def test_many_watches_are_spread_over_the_whole_width() -> None:
    factors = sorted(spread(f"drs:{number}#1") for number in range(2000))

    assert factors[0] < 0.901
    assert factors[-1] > 1.099
    assert max(b - a for a, b in pairwise(factors)) < 0.003


# --- Retry-After, and bounds ---


@pytest.mark.parametrize("name", [f"drs:{number}#1" for number in range(20)])
def test_a_wait_that_the_cloud_asks_for_is_never_undercut_and_hardly_exceeded(name: str) -> None:
    watch = seen_watch(40, id=name, trouble=trouble(TroubleKind.THROTTLED, 1))

    look = next_look(watch, after(60), QUARTERS, LIMITS, retry_after=120.0)

    assert 120 <= look.after.total_seconds() <= 132.001
    assert look.reason == "the cloud asked to wait"


def test_a_wait_shorter_than_our_own_changes_nothing() -> None:
    watch = seen_watch(40, TaskState.PAUSED)

    assert next_look(watch, after(60), QUARTERS, LIMITS, retry_after=1.0) == next_look(
        watch, after(60), QUARTERS, LIMITS
    )


watches = st.builds(
    seen_watch,
    st.none() | st.floats(0, 100),
    st.sampled_from([state for state in TaskState if not state.is_terminal]),
    id=st.text(max_size=8),
    points=st.lists(st.floats(0, 100), max_size=12).map(
        lambda rises: line(*((60.0 * n, p) for n, p in enumerate(rises)))
    ),
    high=st.none() | st.floats(0, 100),
    trouble=st.none() | st.builds(trouble, st.sampled_from(list(TroubleKind)), st.integers(1, 100)),
    absent_looks=st.integers(0, 4),
    done_looks=st.integers(0, 1),
    linger_until=st.none() | st.just(NOON + LINGER),
)


@unhurried
@given(
    watches,
    st.floats(-1e6, 1e7),
    st.sets(st.integers(1, 100)).map(lambda found: tuple(sorted(found))),
    st.floats(1, 60),
    st.floats(60, 3600),
    st.none() | st.floats(0, 3600),
)
def test_every_look_keeps_floor_ceiling_and_retry_after(
    watch: Watch, age: float, milestones: tuple[int, ...], floor: float, ceiling: float, retry_after: float | None
) -> None:
    limits = Limits(min_interval=timedelta(seconds=floor), max_interval=timedelta(seconds=ceiling))

    look = next_look(watch, after(age), milestones, limits, retry_after=retry_after)

    seconds, slow = look.after.total_seconds(), watch.linger_until is not None or watch.trouble is not None
    assert seconds >= floor * 0.9 - 0.001
    assert seconds >= (retry_after or 0) - 0.001
    # A day of lingering and refused credentials are looked at four times as rarely.
    assert seconds <= max(ceiling * (4 if slow else 1), retry_after or 0) * 1.1 + 0.001
    assert look.reason


def test_what_nobody_can_be_told_of_is_looked_at_rarely() -> None:
    watch = even(HOUR, 74)

    unheard = next_look(watch, after(HOUR), QUARTERS, LIMITS, heard=False)

    assert unheard.after.total_seconds() == pytest.approx(4 * CEILING * spread(watch.id))
    assert next_look(watch, after(HOUR), QUARTERS, LIMITS).after < unheard.after


# --- what falls due ---

DUE = "a heartbeat is due then"


def test_a_look_is_taken_when_something_falls_due_and_says_so() -> None:
    watch = even(HOUR, 40)

    look = next_look(watch, after(HOUR), QUARTERS, LIMITS, due=(after(HOUR + 100), DUE))

    assert (look.after.total_seconds(), look.reason) == (100, DUE)


def test_what_falls_due_later_than_the_next_look_changes_nothing() -> None:
    watch = even(HOUR, 40)

    assert next_look(watch, after(HOUR), QUARTERS, LIMITS, due=(after(HOUR + 400), DUE)).reason != DUE


def test_what_falls_due_at_once_keeps_the_floor() -> None:
    look = next_look(even(HOUR, 40), after(HOUR), QUARTERS, LIMITS, due=(after(HOUR + 1), DUE))

    assert (look.after.total_seconds(), look.reason) == (FLOOR, DUE)


def test_what_falls_due_waits_for_a_cloud_that_cannot_be_read_or_asks_to_wait_or_cannot_be_heard_of() -> None:
    due, down = (after(HOUR + 60), DUE), trouble(TroubleKind.DENIED, 2)

    unreadable = next_look(seen_watch(40, trouble=down), after(HOUR), QUARTERS, LIMITS, due=due)
    asked = next_look(even(HOUR, 40), after(HOUR), QUARTERS, LIMITS, due=due, retry_after=200.0)
    unheard = next_look(even(HOUR, 40), after(HOUR), QUARTERS, LIMITS, due=due, heard=False)

    assert DUE not in (unreadable.reason, asked.reason, unheard.reason)
    assert asked.after.total_seconds() >= 200
