"""What time brings: heartbeats, stalls, overdue tasks, late changes; each once, whatever happens in between."""

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from bot.core import news as n
from bot.core.advance import advance
from bot.core.cadence import Why
from bot.core.model import Delivery, Mute, Subscription, Watch
from bot.core.notify import deliveries
from bot.core.rules import Lag, Overdue, Rules
from bot.core.timed import in_time, next_due, resting_since
from providers.base import Outlook, Phase, Reading, TaskState, Unavailable
from providers.reasons import Reason
from tests.core.samples import NOON, PATIENCE, after, follower, fresh_watch, reading, seen_watch

MIN, HOUR = 60.0, 3600.0
DOWN = Unavailable(Reason.NO_ANSWER_IN_TIME)
Readings = Sequence[tuple[float, Reading]]


def rules(**wanted: Any) -> Rules:
    return Rules(milestones=(), **wanted)


def hears(name: str = "s1", since: float = 0, revised: float | None = None, **wanted: Any) -> Subscription:
    """A follower without milestones, since so many seconds after noon."""
    revised_at = after(revised) if revised is not None else None
    return replace(follower(name), rules=rules(**wanted), created_at=after(since), revised_at=revised_at)


class Room:
    """A watch and its followers, read at moments, as the store would write it down."""

    def __init__(self, *followers: Subscription, watch: Watch | None = None) -> None:
        self.watch = watch if watch is not None else fresh_watch()
        self.followers = followers
        self.told: list[Delivery] = []

    def read(self, *readings: tuple[float, Reading]) -> list[str]:
        """Return what is told of the readings, each with its moment, and with its follower where there are several."""
        heard: list[str] = []
        for seconds, seen in readings:
            now = after(seconds)
            step = advance(self.watch, seen, now, patience=PATIENCE)
            step = in_time(self.watch, step, seen, self.followers, now)
            found = deliveries(step, self.followers, now)
            self.told += found
            heard += [
                f"{type(one.news).__name__} at {seconds / MIN:g}"
                + (f" to {one.subscription_id}" if len(self.followers) > 1 else "")
                for one in found
            ]
            self.watch = replace(step.watch, version=self.watch.version + 1)
        return heard

    def last(self) -> Any:
        return self.told[-1].news


def every(minutes: float, start: float, end: float, seen: Reading) -> Readings:
    """The same reading again and again, at minutes."""
    count = int((end - start) / minutes) + 1
    return [((start + minutes * number) * MIN, seen) for number in range(count)]


# --- heartbeats ---


def test_a_heartbeat_comes_once_an_interval_since_it_was_asked_for() -> None:
    room = Room(hears(heartbeat=7200, since=10 * MIN))

    heard = room.read(*every(5, 15, 500, reading(46)))

    assert heard == ["Beat at 130", "Beat at 250", "Beat at 370", "Beat at 490"]
    assert len({one.id for one in room.told}) == 4
    assert room.last() == n.Beat(state=TaskState.RUNNING, percent=46.0, after_seconds=490 * MIN)


def test_heartbeats_that_were_missed_are_one() -> None:
    room = Room(hears(heartbeat=3600))

    heard = room.read((0, reading(5)), *every(5, 10, 30, DOWN), (200 * MIN, reading(6)), (230 * MIN, reading(7)))

    assert [one for one in heard if "Beat" in one] == []
    assert room.read((245 * MIN, reading(8))) == ["Beat at 245"]


def test_missed_heartbeats_after_a_silence_that_nobody_was_told_of_are_one() -> None:
    room = Room(hears(heartbeat=3600))

    assert room.read((0, reading(5)), (200 * MIN, reading(6)), (230 * MIN, reading(7))) == ["Beat at 200"]


def test_a_heartbeat_is_left_out_where_something_else_is_told() -> None:
    room = Room(replace(follower(), rules=Rules(milestones=(25,), heartbeat=3600)))

    assert room.read((0, reading(5)), (HOUR, reading(30)), (HOUR + 60, reading(31))) == ["Reached at 60"]


def test_an_edit_begins_the_interval_anew_and_no_heartbeat_gets_a_name_twice() -> None:
    room = Room(hears(heartbeat=3600))
    first = room.read(*every(10, 0, 60, reading(5)))
    room.followers = (hears(heartbeat=1800, revised=65 * MIN),)
    second = room.read(*every(10, 70, 130, reading(5)))

    assert (first, second) == (["Beat at 60"], ["Beat at 100", "Beat at 130"])
    assert len({one.id for one in room.told}) == 3


@pytest.mark.parametrize("state", [TaskState.QUEUED, TaskState.PAUSED, TaskState.SYNCING])
def test_a_heartbeat_comes_in_every_state_that_goes_on(state: TaskState) -> None:
    assert Room(hears(heartbeat=3600)).read(*every(30, 0, 60, reading(None, state))) == ["Beat at 60"]


def test_a_clock_that_was_set_back_repeats_no_heartbeat() -> None:
    room = Room(hears(heartbeat=3600))

    heard = room.read((0, reading(5)), (HOUR, reading(5)), (10 * MIN, reading(5)), (HOUR + 60, reading(5)))

    assert heard == ["Beat at 60"]


def test_a_clock_that_was_days_ahead_ends_no_heartbeats() -> None:
    room = Room(hears(heartbeat=3600))
    room.read((0, reading(5)), (30 * 86400, reading(5)))
    room.told.clear()

    assert room.read((HOUR - 60, reading(5)), (HOUR, reading(5))) == ["Beat at 60"]


# --- stalls ---

STALL = 1800


def test_a_stall_is_told_once_and_taken_back_when_progress_resumes() -> None:
    room = Room(hears(stall=STALL))

    heard = room.read((0, reading(60)), *every(5, 5, 60, reading(67)))
    still = room.last()
    heard += room.read((62 * MIN, reading(68)), *every(5, 65, 90, reading(68)))

    assert heard == ["Stalled at 35", "MovingAgain at 62"]
    assert still == n.Stalled(percent=67.0, seconds=STALL)
    assert room.last() == n.MovingAgain(percent=68.0, seconds=57 * MIN)


def test_progress_before_the_time_is_up_is_no_news() -> None:
    room = Room(hears(stall=STALL))

    assert room.read(*((number * 20 * MIN, reading(float(number))) for number in range(9))) == []


@pytest.mark.parametrize(
    ("state", "percent"),
    [(TaskState.QUEUED, 0.0), (TaskState.PAUSED, 62.0), (TaskState.SYNCING, 100.0), (TaskState.RUNNING, None)],
)
def test_a_stall_is_never_raised_of_what_does_not_run_or_tells_no_progress(
    state: TaskState, percent: float | None
) -> None:
    assert Room(hears(stall=STALL)).read(*every(10, 0, 120, reading(percent, state))) == []


def test_phases_alone_are_progress_too() -> None:
    def phase(percent: float) -> Reading:
        return reading(None, phases=(Phase(name="data", percent=percent),))

    room = Room(hears(stall=STALL))

    assert room.read(*every(10, 0, 40, phase(5)), (50 * MIN, phase(6))) == ["Stalled at 30", "MovingAgain at 50"]
    assert room.last() == n.MovingAgain(percent=None, seconds=50 * MIN)


def test_a_stall_that_ends_in_a_pause_or_an_end_is_not_taken_back_beside_it() -> None:
    paused, ended = Room(hears(stall=STALL)), Room(hears(stall=STALL))
    resting = every(10, 0, 40, reading(67))

    assert paused.read(*resting, (50 * MIN, reading(67, TaskState.PAUSED))) == ["Stalled at 30", "Paused at 50"]
    assert ended.read(*resting, (50 * MIN, reading(67, TaskState.FAILED))) == ["Stalled at 30", "Ended at 50"]


def test_progress_in_a_time_without_readings_is_no_stall() -> None:
    room = Room(hears(stall=STALL))

    assert room.read((0, reading(60)), (3 * HOUR, reading(80))) == []
    assert room.read((6 * HOUR, reading(80))) == ["Stalled at 360"]


def test_a_follower_that_comes_while_it_rests_hears_of_it_and_one_that_comes_later_does_not() -> None:
    old, young = hears("old", stall=STALL), hears("young", since=51 * MIN, stall=STALL)
    room = Room(old)
    heard = room.read(*every(10, 0, 50, reading(67)))
    room.followers = (old, young)
    heard += room.read(*every(10, 60, 80, reading(67)))
    room.followers = (old, young, hears("last", since=85 * MIN, stall=STALL))
    heard += room.read((90 * MIN, reading(68)))

    assert heard == [
        "Stalled at 30",
        "Stalled at 60 to young",
        "MovingAgain at 90 to old",
        "MovingAgain at 90 to young",
    ]


def test_an_edit_of_something_else_tells_no_stall_a_second_time_but_the_stall_is_taken_back() -> None:
    room = Room(hears(stall=STALL))
    room.read(*every(10, 0, 40, reading(67)))
    room.followers = (hears(stall=STALL, revised=45 * MIN),)
    room.read((50 * MIN, reading(67)))

    # The same name is the same row in the store.
    assert len({one.id for one in room.told}) == 1
    room.followers = (hears(stall=STALL, revised=55 * MIN),)
    assert room.read((60 * MIN, reading(68))) == ["MovingAgain at 60"]


def test_a_shorter_patience_counts_from_the_last_progress_and_is_told_after_the_edit() -> None:
    room = Room(hears(stall=7200))
    room.read(*every(10, 0, 60, reading(67)))
    room.followers = (hears(stall=STALL, revised=65 * MIN),)

    assert room.read((70 * MIN, reading(67)), (80 * MIN, reading(67))) == ["Stalled at 70"]
    assert room.last().seconds == 70 * MIN


def test_who_was_muted_when_it_was_told_does_not_hear_that_it_is_over() -> None:
    mute = Mute(by="U0123ABCD", since=after(10 * MIN), until=after(40 * MIN))
    room = Room(replace(hears(stall=STALL), muted=mute))

    assert room.read(*every(10, 0, 50, reading(67)), (60 * MIN, reading(68))) == []


def test_a_new_run_owes_nothing_to_the_one_before() -> None:
    failed = reading(67, TaskState.FAILED, outlook=Outlook.MAY_RETURN)
    room = Room(hears(stall=STALL, heartbeat=3600, overdue=Overdue(after=7200)))
    room.read((0, reading(67)), (40 * MIN, reading(67)), (50 * MIN, failed), (51 * MIN, failed))
    room.told.clear()

    assert room.read((100 * MIN, reading(3)), (110 * MIN, reading(4))) == ["RanAgain at 100"]
    assert room.read((145 * MIN, reading(4)), (165 * MIN, reading(5))) == ["Stalled at 145", "MovingAgain at 165"]
    assert room.read((220 * MIN, reading(6))) == ["Late at 220"]


def test_a_failure_that_wants_a_second_look_takes_nothing_for_due() -> None:
    passing = reading(67, TaskState.FAILED, outlook=Outlook.MAY_RETURN)
    room = Room(hears(heartbeat=3600))

    assert room.read((0, reading(67)), (HOUR, passing)) == []
    assert room.read((HOUR + 10, reading(67))) == [f"Beat at {(HOUR + 10) / MIN:g}"]


def test_a_card_says_since_when_it_rests_only_where_that_is_longer_than_usual() -> None:
    watch = seen_watch(67, progressed_at=NOON)

    assert resting_since(watch, hears(stall=STALL), after(STALL)) == NOON
    assert resting_since(watch, hears(stall=STALL), after(STALL - 1)) is None
    assert resting_since(watch, hears(), after(9 * HOUR)) is None


# --- overdue ---


def test_a_task_is_overdue_once() -> None:
    room = Room(hears(overdue=Overdue(after=7200)))

    heard = room.read(*every(30, 0, 240, reading(40)))

    assert heard == ["Late at 120"]
    assert room.last() == n.Late(due_at=after(7200).timestamp(), after_seconds=7200.0, percent=40.0)


def test_a_time_of_day_counts_from_when_it_was_asked_for() -> None:
    # Noon is at 13:00 in Berlin.
    at = Overdue(at=14 * 60, zone="Europe/Berlin")
    room = Room(hears(overdue=at))

    assert room.read(*every(30, 0, 240, reading(40))) == ["Late at 60"]
    assert room.last() == n.Late(due_at=after(HOUR).timestamp(), percent=40.0)


def test_an_edit_of_something_else_makes_a_task_overdue_no_second_time() -> None:
    room = Room(hears(overdue=Overdue(after=7200)))
    room.read(*every(30, 0, 150, reading(40)))
    room.followers = (hears(overdue=Overdue(after=7200), revised=160 * MIN),)
    room.read((170 * MIN, reading(40)))
    assert len({one.id for one in room.told}) == 1

    room.followers = (hears(overdue=Overdue(after=14400), revised=180 * MIN),)
    assert room.read(*every(30, 190, 250, reading(40))) == ["Late at 250"]
    assert len({one.id for one in room.told}) == 2


def test_what_is_in_sync_is_where_it_was_to_be() -> None:
    in_sync = reading(100, TaskState.SYNCING)

    assert (
        Room(hears(overdue=Overdue(after=7200)), watch=seen_watch(100, TaskState.SYNCING)).read(
            *every(30, 30, 240, in_sync)
        )
        == []
    )


# --- changes that arrive late ---

MINUTE_FOR_FIVE = Lag(over=60, hold=300)


def lags(*seconds: float | None, start: float = 0, step: float = 60) -> Readings:
    return [
        (start + number * step, reading(100, TaskState.SYNCING, lag_seconds=lag)) for number, lag in enumerate(seconds)
    ]


def synced(*followers: Subscription) -> Room:
    return Room(*followers, watch=seen_watch(100, TaskState.SYNCING))


def test_late_changes_are_told_when_it_has_lasted_and_again_when_it_is_over() -> None:
    room = synced(hears(lag=MINUTE_FOR_FIVE))

    heard = room.read(*lags(3, *[95] * 7, *[2] * 9))

    assert heard == ["LagBroken at 6", "LagGood at 13"]
    assert [one.news for one in room.told] == [
        n.LagBroken(lag_seconds=95.0, over=60, hold=300),
        n.LagGood(lag_seconds=2.0, over=60, after_seconds=7 * MIN),
    ]


def test_a_lag_that_flaps_is_no_news() -> None:
    assert synced(hears(lag=MINUTE_FOR_FIVE)).read(*lags(*[95, 95, 95, 95, 2] * 12)) == []


def test_a_lag_that_flaps_while_it_is_broken_is_not_good_again() -> None:
    assert synced(hears(lag=MINUTE_FOR_FIVE)).read(*lags(*[95] * 6, *[2, 2, 2, 95] * 9)) == ["LagBroken at 5"]


def test_exactly_at_the_limit_is_in_time() -> None:
    assert synced(hears(lag=MINUTE_FOR_FIVE)).read(*lags(*[60] * 20)) == []


def test_a_reading_that_does_not_tell_the_lag_changes_nothing() -> None:
    assert synced(hears(lag=MINUTE_FOR_FIVE)).read(*lags(95, None, None, 95, None, 95, None)) == ["LagBroken at 5"]


def test_a_time_in_which_it_does_not_follow_changes_breaks_the_count() -> None:
    room = synced(hears(lag=MINUTE_FOR_FIVE))
    paused = reading(100, TaskState.PAUSED)

    heard = room.read(*lags(95, 95, 95), (180, paused), *lags(*[95] * 6, start=240))

    assert heard == ["Paused at 3", "Resumed at 4", "LagBroken at 9"]


def test_without_a_time_to_hold_it_is_told_at_once() -> None:
    assert synced(hears(lag=Lag(over=60, hold=0))).read(*lags(3, 95, 95, 3, 3)) == ["LagBroken at 1", "LagGood at 3"]


def test_who_comes_between_two_readings_hears_of_no_lag_before_it_is_judged() -> None:
    room = synced(hears(lag=MINUTE_FOR_FIVE))

    assert room.read((0, reading(50)), *lags(95, start=60)) == []


def test_a_lag_that_nobody_asks_about_any_more_is_forgotten() -> None:
    room = synced(hears(lag=MINUTE_FOR_FIVE))
    room.read(*lags(*[95] * 8))
    assert [state.broken for state in room.watch.lags] == [True]

    room.followers = (hears(),)
    assert room.read(*lags(95, start=8 * MIN)) == []

    assert not room.watch.lags
    assert room.watch.timed_until == after(8 * MIN)
    assert next_due(room.watch, room.followers, after(8 * MIN)) is None


def test_who_comes_while_it_is_broken_hears_that_and_who_comes_when_it_is_over_hears_nothing() -> None:
    old = hears("old", lag=MINUTE_FOR_FIVE)
    room = synced(old)
    room.read(*lags(*[95] * 8))
    young = hears("young", since=8 * MIN - 30, lag=MINUTE_FOR_FIVE)
    room.followers = (old, young)
    heard = room.read(*lags(95, *[2] * 5, start=8 * MIN))
    last = hears("last", since=14 * MIN - 30, lag=MINUTE_FOR_FIVE)
    room.followers = (old, young, last)
    heard += room.read(*lags(2, 2, start=14 * MIN))

    assert heard == ["LagBroken at 8 to young", "LagGood at 14 to old", "LagGood at 14 to young"]


def test_each_rule_is_judged_for_itself_and_forgotten_with_its_last_follower() -> None:
    strict, calm = hears("strict", lag=Lag(over=10, hold=60)), hears("calm", lag=Lag(over=600, hold=60))
    room = synced(strict, calm)

    assert room.read(*lags(30, 30, 30)) == ["LagBroken at 1 to strict"]
    assert len(room.watch.lags) == 2
    room.followers = (calm,)
    room.read(*lags(30, start=180))
    assert [(state.over, state.broken) for state in room.watch.lags] == [(600, False)]


# --- the next look ---


def test_the_next_thing_due_is_the_earliest_of_any_follower_who_would_hear_it() -> None:
    watch = seen_watch(67, progressed_at=NOON)
    beats, rests, late = hears("a", heartbeat=7200), hears("b", stall=3600), hears("c", overdue=Overdue(after=5400))
    muted = replace(hears("d", heartbeat=60), muted=Mute(by="U1", since=NOON))

    assert next_due(watch, [beats, rests, late, muted], after(60)) == (after(3600), Why.STALL)
    assert next_due(watch, [beats, rests, late], after(3600)) == (after(5400), Why.OVERDUE)
    assert next_due(watch, [beats, rests, late], after(5400)) == (after(7200), Why.HEARTBEAT)
    assert next_due(watch, [rests], after(3600)) is None
    assert next_due(watch, [muted], NOON) is None
    assert next_due(fresh_watch(), [beats], NOON) is None
    assert next_due(replace(watch, ended_at=NOON), [beats], NOON) is None


def test_a_lag_that_is_on_its_way_to_be_told_is_looked_at_in_time() -> None:
    room = synced(hears(lag=MINUTE_FOR_FIVE))
    room.read(*lags(3, 95))

    due = next_due(room.watch, room.followers, after(100))

    assert due == (after(360), Why.LAG)
    room.read(*lags(3, start=120))
    assert next_due(room.watch, room.followers, after(120)) is None


def test_a_rest_that_began_while_the_clock_was_set_back_is_told_before_it_is_taken_back() -> None:
    room = Room(hears(stall=300))
    two_hours = 2 * HOUR

    heard = room.read(
        (0, reading(10)),
        (two_hours, reading(20)),
        (10, reading(30)),
        (two_hours + 1, reading(30)),
        (two_hours + 301, reading(30)),
        (two_hours + 400, reading(31)),
    )

    assert [one.split()[0] for one in heard] == ["Stalled", "MovingAgain"]
