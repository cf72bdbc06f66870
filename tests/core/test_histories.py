"""What holds for every history of readings, however odd the cloud and the clock."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby, pairwise

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.core import news
from bot.core.advance import Advanced, Step, advance
from bot.core.cadence import Limits, next_look
from bot.core.estimate import MAX_POINTS, remaining
from bot.core.model import Delivery, Watch
from bot.core.notify import awaited, deliveries
from bot.core.rules import Lag, Overdue, Quiet, Rules
from bot.core.timed import in_time, next_due
from bot.core.wording.looks import why_then
from providers.base import (
    Absence,
    AccessDenied,
    Outlook,
    Phase,
    RateLimited,
    Reading,
    TaskNotFound,
    TaskSnapshot,
    TaskState,
    Unavailable,
    UnexpectedResponse,
)
from providers.reasons import Reason
from tests.core.properties import unhurried
from tests.core.samples import NOON, PATIENCE, follower, fresh_watch

TIMED = Rules(
    heartbeat=600,
    per_phase=True,
    stall=300,
    overdue=Overdue(after=1800),
    lag=Lag(over=60, hold=60),
    quiet=Quiet(start=23 * 60, end=6 * 60, zone="Europe/Berlin"),
)
FOLLOWERS = (
    follower("quarters"),
    follower("tens", milestones=tuple(range(10, 101, 10))),
    follower("timed", rules=TIMED),
    follower("sober", rules=Rules(milestones=(), only_end=True, stall=60, heartbeat=7200)),
)
LIMITS = Limits(min_interval=timedelta(seconds=10), max_interval=timedelta(minutes=5))

percents = st.none() | st.integers(0, 100).map(float) | st.floats(0, 100) | st.sampled_from([0.0, 99.99, 100.0])
snapshots = st.builds(
    TaskSnapshot,
    # Mostly states that go on, so that histories are long enough to go wrong.
    state=st.sampled_from([TaskState.RUNNING] * 8 + [TaskState.PAUSED, TaskState.SYNCING] * 2 + list(TaskState)),
    percent=percents,
    raw_state=st.sampled_from(["", "ODD"]),
    known_state=st.booleans(),
    message=st.sampled_from(["", "disk full"]),
    remaining_seconds=st.none() | st.integers(1, 365 * 86400),
    lag_seconds=st.none() | st.floats(0, 1e6) | st.sampled_from([3.0, 95.0]),
    phases=st.lists(st.builds(Phase, name=st.sampled_from("ab"), percent=st.floats(0, 100)), max_size=2).map(tuple),
    outlook=st.sampled_from([Outlook.PLAIN] * 6 + list(Outlook)),
)
errors = st.one_of(
    st.sampled_from([Unavailable, RateLimited, AccessDenied, UnexpectedResponse]).map(
        lambda kind: kind(Reason.NO_ANSWER_IN_TIME)
    ),
    st.sampled_from(list(Absence)).map(lambda absence: TaskNotFound(Reason.TASK_UNKNOWN, absence=absence)),
)
readings: st.SearchStrategy[Reading] = st.one_of(snapshots, snapshots, snapshots, errors)
# Clocks go on, stand still, go back, and are set forward by days.
gaps = st.sampled_from([10.0, 10.0, 60.0, 300.0, 0.0, 0.000001, -45.0, -7200.0, 86400.0]) | st.floats(0, 400)
histories = st.lists(st.tuples(gaps, readings), max_size=30)


@dataclass(kw_only=True)
class Heard:
    """A history and what it led to."""

    watches: list[Watch] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    told: list[Delivery] = field(default_factory=list)
    at: list[datetime] = field(default_factory=list)


def live_through(history: Sequence[tuple[float, Reading]]) -> Heard:
    heard, watch, now = Heard(), fresh_watch(), NOON
    for gap, seen in history:
        now += timedelta(seconds=gap)
        # Nothing but what is stored is known at the next reading: each of them may be the first after a restart.
        watch = msgspec.json.decode(msgspec.json.encode(watch), type=Watch)
        step = in_time(watch, advance(watch, seen, now, patience=PATIENCE), seen, FOLLOWERS, now)
        heard.watches.append(watch)
        heard.steps.append(step)
        heard.at.append(now)
        heard.told += deliveries(step, FOLLOWERS, now)
        watch = replace(step.watch, version=watch.version + 1)
    heard.watches.append(watch)
    return heard


@settings(unhurried, max_examples=200)
@given(histories)
def test_no_history_says_the_same_thing_twice(history: list[tuple[float, Reading]]) -> None:
    told = live_through(history).told

    assert [name for name, count in Counter(one.id for one in told).items() if count > 1] == []


@unhurried
@given(histories, snapshots, gaps)
def test_seeing_the_same_snapshot_again_is_silent(
    history: list[tuple[float, Reading]], seen: TaskSnapshot, gap: float
) -> None:
    seen = as_promised(seen)
    heard = live_through([*history, (10.0, seen), (gap, seen)])

    assert heard.steps[-1].happenings == ()


def as_promised(seen: TaskSnapshot) -> TaskSnapshot:
    """Looking done, or failed for now, means more at its second sight; ENDED comes with STOPPED."""
    passing = seen.outlook is Outlook.MAY_RETURN and seen.state is TaskState.FAILED
    if seen.outlook is Outlook.PLAIN or seen.state is TaskState.STOPPED:
        return seen
    if seen.outlook is Outlook.MAY_RETURN and not passing:
        return seen
    return replace(seen, outlook=Outlook.PLAIN)


@unhurried
@given(histories, readings, gaps)
def test_a_closed_watch_stays_closed_and_silent(
    history: list[tuple[float, Reading]], seen: Reading, gap: float
) -> None:
    last = live_through(history)
    watch = replace(last.watches[-1], due_at=None)

    step = advance(watch, seen, NOON + timedelta(seconds=gap), patience=PATIENCE)

    assert step == Step(watch=watch)


@unhurried
@given(histories)
def test_milestones_come_at_most_once_per_run_and_in_order(history: list[tuple[float, Reading]]) -> None:
    told = [(one.subscription_id, one.id.split("/")[1], one.news) for one in live_through(history).told]

    for subscription in FOLLOWERS:
        of_one = [(run, said) for name, run, said in told if name == subscription.id]
        for _, said in groupby(of_one, key=lambda pair: pair[0]):
            reached = [one.milestone for _, one in said if isinstance(one, news.Reached)]
            assert all(earlier < later for earlier, later in pairwise(reached))
            assert set(reached) <= set(subscription.rules.milestones)


@unhurried
@given(histories)
def test_each_run_that_ends_is_ended_exactly_once_and_nothing_follows(history: list[tuple[float, Reading]]) -> None:
    heard = live_through(history)

    by_run: dict[int, list[news.News | Advanced]] = {}
    for step in heard.steps:
        for _, what in step.happenings:
            if not isinstance(what, news.RanAgain | news.ReadableAgain | news.Unreadable):
                by_run.setdefault(step.watch.run, []).append(what)
    last = heard.watches[-1]
    for run, said in by_run.items():
        ends = [what for what in said if isinstance(what, news.Ended | news.Gone)]
        over = run < last.run or last.ended_at is not None
        assert len(ends) == (1 if over else 0)
        assert not over or said[-1] is ends[0]
    assert not last.closed or last.ended_at is not None


@unhurried
@given(histories)
def test_every_terminal_reading_of_an_open_run_is_its_end(history: list[tuple[float, Reading]]) -> None:
    heard = live_through(history)

    for before, step, (_, seen) in zip(heard.watches, heard.steps, history, strict=False):
        going_on = not before.closed and before.linger_until is None
        if going_on and isinstance(seen, TaskSnapshot) and seen.state.is_terminal:
            retried = seen.state is TaskState.FAILED and seen.outlook is Outlook.MAY_RETURN
            # A failure that can be passing is believed at its second sight.
            ends = 0 if retried and before.seen is not None and before.fail_looks == 0 else 1
            assert sum(isinstance(what, news.Ended) for _, what in step.happenings) == ends


@unhurried
@given(histories)
def test_one_reading_tells_a_follower_of_at_most_one_milestone(history: list[tuple[float, Reading]]) -> None:
    heard = live_through(history)

    for step, at in zip(heard.steps, heard.at, strict=True):
        said = [one.subscription_id for one in deliveries(step, FOLLOWERS, at) if isinstance(one.news, news.Reached)]
        assert len(said) == len(set(said))


@unhurried
@given(histories)
def test_every_trouble_that_is_told_has_one_end_and_no_end_comes_alone(history: list[tuple[float, Reading]]) -> None:
    heard = live_through(history)

    down: list[str] = []
    for step in heard.steps:
        for _, what in step.happenings:
            match what:
                case news.Unreadable():
                    # Told once; a refusal of access may be told on top of an outage, never the other way round.
                    assert down in ([], [what.kind]) or what.kind == "denied"
                    assert what.kind not in down
                    down.append(what.kind)
                case news.ReadableAgain():
                    assert down
                    down = []
                case news.Gone():
                    down = []
                case _:
                    pass


@settings(unhurried, max_examples=150)
@given(histories)
def test_a_stall_is_told_of_what_runs_once_a_rest_and_only_what_was_told_is_taken_back(
    history: list[tuple[float, Reading]],
) -> None:
    heard = live_through(history)

    resting: dict[str, bool] = {}
    for step, at in zip(heard.steps, heard.at, strict=True):
        for one in deliveries(step, FOLLOWERS, at):
            match one.news:
                case news.Stalled():
                    assert step.watch.seen is not None
                    assert step.watch.seen.state is TaskState.RUNNING
                    resting[one.subscription_id] = True
                case news.MovingAgain():
                    assert resting.pop(one.subscription_id, False)
                case _:
                    pass


@settings(unhurried, max_examples=150)
@given(histories)
def test_late_changes_and_changes_in_time_are_told_in_turn(history: list[tuple[float, Reading]]) -> None:
    told = [one for one in live_through(history).told if isinstance(one.news, news.LagBroken | news.LagGood)]

    # A new run begins with changes in time, without a word.
    for _, of_run in groupby(told, key=lambda one: one.id.split("/")[1]):
        broken = [isinstance(one.news, news.LagBroken) for one in of_run]
        assert broken == [place % 2 == 0 for place in range(len(broken))]


@unhurried
@given(histories)
def test_one_reading_tells_a_follower_at_most_one_heartbeat_and_none_beside_other_news(
    history: list[tuple[float, Reading]],
) -> None:
    heard = live_through(history)

    for step, at in zip(heard.steps, heard.at, strict=True):
        by_follower = Counter(one.subscription_id for one in deliveries(step, FOLLOWERS, at))
        beats = [one for one in deliveries(step, FOLLOWERS, at) if isinstance(one.news, news.Beat)]
        assert all(by_follower[one.subscription_id] == 1 for one in beats)


@unhurried
@given(histories)
def test_what_is_kept_of_a_history_is_bounded_and_in_order(history: list[tuple[float, Reading]]) -> None:
    heard = live_through(history)

    for watch, now in zip(heard.watches[1:], heard.at, strict=True):
        assert len(watch.points) <= MAX_POINTS
        assert all(earlier.at < later.at for earlier, later in pairwise(watch.points))
        left = remaining(watch, now)
        assert left is None or 0 <= left.seconds <= (left.most or left.seconds) <= 365 * 86400
        assert len(watch.rests) <= 3
        assert all(rest.seconds >= 600 for rest in watch.rests)
        assert len(watch.phases) <= 16


@unhurried
@given(histories)
def test_after_every_history_there_is_a_next_look(history: list[tuple[float, Reading]]) -> None:
    heard = live_through(history)

    for watch, now in zip(heard.watches[1:], heard.at, strict=True):
        look = next_look(watch, now, awaited(FOLLOWERS), LIMITS, due=next_due(watch, FOLLOWERS, now))
        assert 9 <= look.after.total_seconds() <= 4 * 300 * 1.1
        assert why_then(look)
