"""When to look again, and why then."""

import dataclasses
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.core.advance import LINGER
from bot.core.cadence import Limits, NextLook, Why, earlier, next_look, spread
from bot.core.model import Gait, Promise, Trouble, TroubleKind, Watch
from bot.core.wording.looks import why_then
from providers.base import TaskState
from tests.core.properties import unhurried
from tests.core.samples import NOON, after, fresh_watch, line, seen_watch

FLOOR, CEILING = 10.0, 300.0
LIMITS = Limits(min_interval=timedelta(seconds=FLOOR), max_interval=timedelta(seconds=CEILING))
QUARTERS = (25, 50, 75, 100)
HOUR = 3600.0


def trouble(kind: TroubleKind, looks: int) -> Trouble:
    return Trouble(kind=kind, since=NOON, looks=looks)


def risen(age: float, rises: int) -> Watch:
    """A task that rose so many times, a point each."""
    points = line(*((age * n / (rises + 4), n) for n in range(rises + 1)), (age, rises))
    return seen_watch(rises, points=points)


def even(age: float, percent: float) -> Watch:
    """A task that rose evenly from nothing."""
    points = line(*((age * n / 8, percent * n / 8) for n in range(9)))
    return seen_watch(percent, points=points)


def words(look: NextLook) -> str:
    return why_then(look).replace("\u00a0", " ")


STEPPED = line((0, 0), (1000, 1), (1800, 2), (2000, 3), (2010, 40))
RESTING = line((0, 0), (500, 10), (1000, 20), (1500, 30), (2000, 41), (3600, 41))
FALLEN = line((0, 10), (100, 12), (200, 14), (300, 16), (400, 18), (500, 2))

CASES: list[tuple[Watch, float, float, str, str]] = [
    (fresh_watch(), 0, 10, "there is no reading yet", "nothing is known: soon"),
    (seen_watch(None), 60, 15, "its pace is not known yet", "young, no percent: 15 s"),
    (seen_watch(None), HOUR, 36, "its pace is not known yet", "1 % of the age"),
    (seen_watch(None), 86400, 300, "its pace is not known yet", "never over the ceiling"),
    (seen_watch(0, TaskState.QUEUED), HOUR, 72, "it waits in a queue", "leaving it is no news"),
    (seen_watch(0, TaskState.QUEUED), 60, 30, "it waits in a queue", "a young queue: 30 s"),
    (seen_watch(0, TaskState.QUEUED), 86400, 300, "it waits in a queue", "never over the ceiling"),
    (seen_watch(40, points=STEPPED), HOUR, 36, "it goes in steps", "the next one may come at any time"),
    (risen(HOUR, 1), HOUR, 108, "its pace is not proven yet", "one rise: three times 1 % of the age"),
    (risen(HOUR, 2), HOUR, 180, "its pace is not proven yet", "two rises: five times"),
    (risen(HOUR, 3), HOUR, 288, "its pace is not proven yet", "three rises: eight times"),
    (risen(HOUR, 4), HOUR, 300, "nothing is expected soon", "four rises: a clock, and far from 25 %"),
    (even(HOUR, 39.5), HOUR, 300, "nothing is expected soon", "478 s to 50 % at twice the pace"),
    (even(300, 39.5), 300, 39.88 + 13.5, "50 % may be near", "40 s to 50 % at twice the pace, and 13.5 s more"),
    (even(120, 39.5), 120, 15.95 + 13.5, "50 % may be near", "and so from 30 s on"),
    (even(1000, 49.9), 1000, 1.00 + 13.5, "50 % may be near", "a second to go"),
    (even(1000, 49), 1000, 15, "50 % may be near", "49 may be almost 50: within 15 s"),
    (even(1000, 99), 1000, 15, "100 % may be near", "the end is foreseen too"),
    (even(1000, 100), 1000, 15, "100 % may be near", "complete, and still running: the end is due"),
    (even(86400, 74.9), 86400, 300, "nothing is expected soon", "a day old: the ceiling is in time"),
    (seen_watch(41, points=RESTING), HOUR, 234.15 + 34.51, "50 % may be near", "it rests: thrice its pace at most"),
    (seen_watch(2, high=18, points=FALLEN), 500, 100, "its pace cannot be foreseen", "a fifth of its age"),
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

    assert words(look) == why, reason
    must = why in ("its pace is not known yet", "it goes in steps") or why.endswith("may be near")
    factor = earlier(watch.id) if must else spread(watch.id)
    assert look.after.total_seconds() == pytest.approx(seconds * factor, abs=0.02), reason


def test_a_milestone_that_was_told_before_a_fall_is_not_waited_for_again() -> None:
    fallen = seen_watch(45, high=60, points=line(*((n * 5, n * 5) for n in range(10))))

    assert words(next_look(fallen, after(45), QUARTERS, LIMITS)) == "75 % may be near"


def test_a_milestone_that_is_near_is_met_in_time_even_before_the_pace_is_proven() -> None:
    young = seen_watch(24.5, points=line((0, 22.5), (1000, 23.5), (2000, 24.5)))

    assert words(next_look(young, after(2000), QUARTERS, LIMITS)) == "its pace is not proven yet"
    near = seen_watch(24.95, points=line((0, 22.95), (1000, 23.95), (2000, 24.95)))
    assert words(next_look(near, after(2000), QUARTERS, LIMITS)) == "25 % may be near"


def test_what_was_foreseen_at_a_reading_is_nearer_when_it_is_asked_for_later() -> None:
    watch = even(300, 39.5)

    first, later = (next_look(watch, after(age), QUARTERS, LIMITS) for age in (300, 320))

    assert (first.after - later.after).total_seconds() == pytest.approx(20 * earlier(watch.id), abs=0.02)


def test_a_percent_that_showed_steps_is_not_foreseen_even_where_its_points_do_not_show_them() -> None:
    watch = even(HOUR, 40)

    assert words(next_look(watch, after(HOUR), QUARTERS, LIMITS)) == "nothing is expected soon"
    stepped = replace(watch, gait=Gait(rises=8, largest=30, leap=1.0))
    assert words(next_look(stepped, after(HOUR), QUARTERS, LIMITS)) == "it goes in steps"


# --- the cloud's own word on the remaining time ---

KEPT_WORD = Promise(made_at=NOON.timestamp(), ends_at=after(2000).timestamp(), latest=after(2000).timestamp(), kept=20)


def test_a_task_without_percent_is_looked_at_a_third_as_often_while_its_cloud_keeps_its_word() -> None:
    look = next_look(seen_watch(None, promise=KEPT_WORD), after(1000), (), LIMITS)

    assert words(look) == "its cloud told when it ends"
    assert look.after.total_seconds() == pytest.approx(45 * spread(fresh_watch().id))


def test_a_word_on_the_end_does_not_foresee_a_milestone_of_a_task_that_goes_in_steps() -> None:
    stepped = seen_watch(40, points=STEPPED, promise=KEPT_WORD)

    assert words(next_look(stepped, after(1000), QUARTERS, LIMITS)) == "it goes in steps"
    assert words(next_look(stepped, after(1000), (), LIMITS)) == "its cloud told when it ends"


def test_near_the_promised_end_looks_are_in_time_again() -> None:
    look = next_look(seen_watch(None, promise=KEPT_WORD), after(1990), (), LIMITS)

    assert (words(look), look.after.total_seconds() <= 9 + 18) == ("100 % may be near", True)


def test_a_word_that_was_not_kept_yet_changes_nothing() -> None:
    fresh = replace(KEPT_WORD, kept=1)

    assert next_look(seen_watch(None, promise=fresh), after(1000), (), LIMITS) == next_look(
        seen_watch(None), after(1000), (), LIMITS
    )


# --- how late is in time ---


def test_who_asks_for_less_precision_is_asked_less_often() -> None:
    relaxed = dataclasses.replace(LIMITS, on_time=timedelta(seconds=60), on_time_share=0.05)

    young, old = (next_look(seen_watch(None), after(age), QUARTERS, relaxed).after for age in (60, HOUR))

    assert young.total_seconds() == pytest.approx(60 * earlier(fresh_watch().id))
    assert old.total_seconds() == pytest.approx(180 * earlier(fresh_watch().id))


# --- spread ---


@unhurried
@given(st.text())
def test_the_spread_of_a_watch_is_within_a_tenth_and_always_the_same(name: str) -> None:
    assert 0.9 <= spread(name) <= 1.1
    assert 0.97 <= earlier(name) <= 1
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
    assert words(look) == "the cloud asked to wait"


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
    assert words(look)


def test_what_nobody_can_be_told_of_is_looked_at_rarely() -> None:
    watch = even(HOUR, 74)

    unheard = next_look(watch, after(HOUR), QUARTERS, LIMITS, heard=False)

    assert unheard.after.total_seconds() == pytest.approx(4 * CEILING * spread(watch.id))
    assert next_look(watch, after(HOUR), QUARTERS, LIMITS).after < unheard.after


# --- what falls due ---

DUE = Why.HEARTBEAT


def test_a_look_is_taken_when_something_falls_due_and_says_so() -> None:
    watch = even(HOUR, 40)

    look = next_look(watch, after(HOUR), QUARTERS, LIMITS, due=(after(HOUR + 100), DUE))

    assert (look.after.total_seconds(), look.why) == (100, DUE)


def test_what_falls_due_later_than_the_next_look_changes_nothing() -> None:
    watch = even(HOUR, 40)

    assert next_look(watch, after(HOUR), QUARTERS, LIMITS, due=(after(HOUR + 400), DUE)).why != DUE


def test_what_falls_due_at_once_keeps_the_floor() -> None:
    look = next_look(even(HOUR, 40), after(HOUR), QUARTERS, LIMITS, due=(after(HOUR + 1), DUE))

    assert (look.after.total_seconds(), look.why) == (FLOOR, DUE)


def test_what_falls_due_waits_for_a_cloud_that_cannot_be_read_or_asks_to_wait_or_cannot_be_heard_of() -> None:
    due, down = (after(HOUR + 60), DUE), trouble(TroubleKind.DENIED, 2)

    unreadable = next_look(seen_watch(40, trouble=down), after(HOUR), QUARTERS, LIMITS, due=due)
    asked = next_look(even(HOUR, 40), after(HOUR), QUARTERS, LIMITS, due=due, retry_after=200.0)
    unheard = next_look(even(HOUR, 40), after(HOUR), QUARTERS, LIMITS, due=due, heard=False)

    assert DUE not in (unreadable.why, asked.why, unheard.why)
    assert asked.after.total_seconds() >= 200


def test_every_reason_has_its_words() -> None:
    found = {why_then(NextLook(after=timedelta(0), why=why)) for why in Why}

    assert len(found) == len(Why)
