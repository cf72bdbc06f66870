"""What a reading that succeeds changes, one row per arrow of the state machine."""

from datetime import datetime

import pytest

from bot.core import news
from bot.core.advance import Advanced, Step, advance
from bot.core.model import Watch
from providers.base import (
    AccessDenied,
    Outlook,
    TaskNotFound,
    TaskState,
    Unavailable,
)
from providers.reasons import Reason
from tests.core.looking import kinds, look, looks, only
from tests.core.samples import NOON, PATIENCE, after, fresh_watch, reading, seen_watch

Q, R, Y, P = TaskState.QUEUED, TaskState.RUNNING, TaskState.SYNCING, TaskState.PAUSED
OK, BAD, STOP = TaskState.SUCCEEDED, TaskState.FAILED, TaskState.STOPPED

DOWN = Unavailable(Reason.NO_ANSWER_IN_TIME)
SHUT = AccessDenied(Reason.CREDENTIALS_REFUSED)


# --- from state to state ---

ARROWS: list[tuple[TaskState, TaskState, list[str], str]] = [
    (Q, Q, [], "nothing changed"),
    (Q, R, [], "it began: the card shows that"),
    (Q, Y, ["InSync"], "it caught up between two looks"),
    (Q, P, ["Paused"], "somebody stopped it before it began"),
    (Q, OK, ["Ended"], "a short task can end between two looks"),
    (Q, BAD, ["Ended"], "it was refused"),
    (Q, STOP, ["Ended"], "it was taken back"),
    (R, Q, [], "clouds put tasks back into line; that is no pause"),
    (R, R, [], "nothing changed"),
    (R, Y, ["InSync"], "the incremental phase began"),
    (R, P, ["Paused"], "somebody paused it"),
    (R, OK, ["Ended"], "done"),
    (R, BAD, ["Ended"], "failed"),
    (R, STOP, ["Ended"], "stopped"),
    (Y, Q, [], "not told: it may come and go"),
    (Y, R, [], "the same, a second full phase"),
    (Y, Y, [], "it stays in sync, and says so once"),
    (Y, P, ["Paused"], "somebody paused it"),
    (Y, OK, ["Ended"], "the job was closed"),
    (Y, BAD, ["Ended"], "replication broke"),
    (Y, STOP, ["Ended"], "the job was ended"),
    (P, Q, ["Resumed"], "it stands in line again, so the pause is over"),
    (P, R, ["Resumed"], "it runs again"),
    (P, Y, ["Resumed", "InSync"], "it was resumed and caught up, in that order"),
    (P, P, [], "told already"),
    (P, OK, ["Ended"], "the end says all"),
    (P, BAD, ["Ended"], "the end says all"),
    (P, STOP, ["Ended"], "the end says all"),
]


@pytest.mark.parametrize(("was", "now", "heard", "reason"), ARROWS)
def test_each_change_of_state_is_heard_as_its_row_says(
    was: TaskState, now: TaskState, heard: list[str], reason: str
) -> None:
    watch = seen_watch(100 if was is Y else 40, was)

    step = look(watch, reading(100 if Y in (was, now) else 40, now))

    assert kinds(step) == heard, reason
    assert step.watch.closed is now.is_terminal


@pytest.mark.parametrize(
    ("percent", "heard", "reason"),
    [
        (100.0, ["InSync"], "the cloud's sign of being in sync"),
        (0.0, ["InSync"], "the vendor's own sample says 0 in that phase: no figure"),
        (None, ["InSync"], "no figure at all"),
        (60.0, ["Advanced"], "it follows changes, and has not caught up"),
    ],
)
def test_in_sync_is_said_when_it_has_caught_up(percent: float | None, heard: list[str], reason: str) -> None:
    step = look(seen_watch(40, R), reading(percent, Y))

    assert kinds(step) == heard, reason


def test_every_pair_of_states_has_its_row() -> None:
    assert {(was, now) for was, now, _, _ in ARROWS} == {
        (was, now) for was in TaskState if not was.is_terminal for now in TaskState
    }


@pytest.mark.parametrize(
    ("state", "heard", "reason"),
    [
        (Q, [], "the card is the answer to the first reading"),
        (R, [], "a thread that begins with 25 % would be noise"),
        (Y, [], "the card says that it is in sync"),
        (P, [], "the card says that it is paused"),
        (OK, ["Ended"], "an end is always said"),
        (BAD, ["Ended"], "an end is always said"),
        (STOP, ["Ended"], "an end is always said"),
    ],
)
def test_a_first_reading_is_heard_only_where_it_is_an_end(state: TaskState, heard: list[str], reason: str) -> None:
    step = look(fresh_watch(), reading(60, state))

    assert kinds(step) == heard, reason
    assert step.watch.high == 60


def test_a_first_reading_in_sync_needs_no_second_word() -> None:
    first = look(fresh_watch(), reading(None, Y))

    assert kinds(look(first.watch, reading(None, Y, lag_seconds=3.0), 120)) == []


# --- percent ---


@pytest.mark.parametrize(
    ("high", "percent", "expected", "reason"),
    [
        (20.0, 30.0, (20.0, 30.0), "it rose"),
        (20.0, 100.0, (20.0, 100.0), "a jump is one happening"),
        (None, 30.0, (0.0, 30.0), "no percent until now counts as nothing done"),
        (20.0, 20.0, None, "it stands"),
        (20.0, 10.0, None, "it fell back"),
        (20.0, None, None, "it is not said"),
        (None, 0.0, None, "nothing is done yet"),
    ],
)
def test_only_a_percent_above_the_highest_is_news(
    high: float | None, percent: float | None, expected: tuple[float, float] | None, reason: str
) -> None:
    step = look(seen_watch(high), reading(percent))

    found = [(what.before, what.after) for _, what in step.happenings if isinstance(what, Advanced)]
    assert found == ([expected] if expected else []), reason


def test_what_was_passed_once_is_silent_on_its_second_way_up() -> None:
    watch = seen_watch(60)

    assert looks(watch, (60, reading(10)), (120, reading(55)), (180, reading(61))) == [[], [], ["Advanced"]]


def test_being_in_sync_says_more_than_the_hundred_percent_that_comes_with_it() -> None:
    step = look(seen_watch(90), reading(100, Y, lag_seconds=3.0))

    assert only(step) == news.InSync(after_seconds=60, lag_seconds=3.0)
    assert step.watch.high == 100


def test_a_pause_is_told_with_its_percent_and_its_length() -> None:
    paused = look(seen_watch(62), reading(62, P), 60)
    still = look(paused.watch, reading(62, P), 120)
    resumed = look(still.watch, reading(62), 1560)

    assert only(paused) == news.Paused(percent=62)
    assert only(resumed) == news.Resumed(percent=62, paused_seconds=1500)


def test_a_second_pause_is_a_second_piece_of_news() -> None:
    names, watch = [], seen_watch(10)
    for seconds, state in ((60, P), (60, R), (60, P), (60, R)):
        step = look(watch, reading(10, state), seconds)
        names += [name for name, _ in step.happenings]
        watch = step.watch

    assert len(names) == len(set(names)) == 4


def test_a_pause_that_was_never_dated_has_no_length() -> None:
    step = look(seen_watch(10, P, state_since=None), reading(10))

    assert only(step) == news.Resumed(percent=10, paused_seconds=0)


# --- ends ---


def test_an_end_closes_the_watch_and_tells_why() -> None:
    step = look(seen_watch(40), reading(62, BAD, message="disk full", raw_state="E_X", known_state=False), 3060)

    assert step.watch.closed
    assert step.watch.ended_at == after(3060)
    assert only(step) == news.Ended(state=BAD, percent=62, after_seconds=3060, message="disk full", raw_state="E_X")


def test_an_end_without_a_percent_tells_the_last_one_known() -> None:
    assert only(look(seen_watch(40), reading(None, BAD))).percent == 40


def test_a_status_that_a_document_names_is_not_repeated_raw() -> None:
    assert only(look(seen_watch(40), reading(62, BAD, raw_state="FAILED"))).raw_state == ""


def test_an_end_before_the_beginning_took_no_time() -> None:
    assert only(look(seen_watch(40), reading(100, OK), -3600)).after_seconds == 0


@pytest.mark.parametrize(
    ("watch", "state", "reason"),
    [
        (seen_watch(40), STOP, "it never looked complete"),
        (seen_watch(100), OK, "it was complete"),
        (seen_watch(None, Y), OK, "it was in sync"),
        (seen_watch(40, completed=True), OK, "it was complete once and fell back"),
        (fresh_watch(), STOP, "nothing is known, so nothing is claimed"),
    ],
)
def test_a_cloud_that_only_says_ended_means_what_was_seen_before(watch: Watch, state: TaskState, reason: str) -> None:
    step = look(watch, reading(None, STOP, outlook=Outlook.ENDED))

    assert only(step).state is state, reason
    assert step.watch.closed


def test_what_looks_done_is_done_at_the_second_look_in_a_row() -> None:
    done = reading(100, outlook=Outlook.LOOKS_DONE)

    assert looks(seen_watch(90), (60, done), (70, done)) == [["Advanced"], ["Ended"]]
    assert looks(seen_watch(90), (60, done), (70, reading(99)), (80, done)) == [["Advanced"], [], []]
    assert looks(seen_watch(90), (60, done), (70, DOWN), (80, done)) == [["Advanced"], [], []]


def test_a_closed_watch_stays_closed_and_silent() -> None:
    closed = look(seen_watch(40), reading(100, OK)).watch

    for seen in (reading(10), reading(50, P), reading(None, BAD), DOWN, SHUT, TaskNotFound(Reason.TASK_UNKNOWN)):
        assert advance(closed, seen, after(600), patience=PATIENCE) == Step(watch=closed)


def test_the_last_state_keeps_its_date_while_it_lasts() -> None:
    first: datetime | None = look(seen_watch(10), reading(20), 60).watch.state_since
    second = look(seen_watch(10), reading(20, P), 60).watch.state_since

    assert (first, second) == (NOON, after(60))


def test_an_answer_without_data_leaves_what_was_known() -> None:
    paused = seen_watch(40, P)

    step = look(paused, reading(None, R, outlook=Outlook.NO_DATA))

    assert kinds(step) == []
    assert step.watch.seen == paused.seen
    assert step.watch.seen_at is not None


def test_a_copy_that_was_complete_and_ends_without_a_word_succeeded() -> None:
    complete = look(seen_watch(40, R), reading(0, R, outlook=Outlook.COMPLETE)).watch

    step = look(complete, reading(None, STOP, outlook=Outlook.ENDED))

    assert step.watch.seen is not None
    assert step.watch.seen.state is OK
    assert kinds(step) == ["Ended"]
