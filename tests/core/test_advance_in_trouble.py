"""Readings that fail, tasks that vanish, and failures that are undone."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.core import news
from bot.core.advance import LINGER, Advanced
from bot.core.model import Trouble, TroubleKind, Watch
from providers.base import (
    Absence,
    AccessDenied,
    Outlook,
    ProviderError,
    RateLimited,
    Reading,
    TaskNotFound,
    TaskState,
    Unavailable,
    UnexpectedResponse,
)
from providers.reasons import Reason
from tests.core.looking import kinds, look, looks, only
from tests.core.samples import NOON, after, fresh_watch, reading, seen_watch

OK, BAD, STOP = TaskState.SUCCEEDED, TaskState.FAILED, TaskState.STOPPED

DOWN = Unavailable(Reason.NO_ANSWER_IN_TIME)
ODD = UnexpectedResponse(Reason.NOT_JSON)
BUSY = RateLimited(Reason.THROTTLED)
SHUT = AccessDenied(Reason.CREDENTIALS_REFUSED)


# --- absence ---

CERTAIN = TaskNotFound(Reason.TASK_UNKNOWN, absence=Absence.CERTAIN)
SILENT = TaskNotFound(Reason.LEFT_OUT, absence=Absence.SILENT)
VAGUE = TaskNotFound(Reason.TASK_UNREADABLE, absence=Absence.VAGUE)


@pytest.mark.parametrize(
    ("seen", "readings", "gone", "reason"),
    [
        (True, [CERTAIN], False, "one look can be wrong"),
        (True, [CERTAIN, CERTAIN], True, "a documented word, said twice"),
        (True, [SILENT] * 4, False, "silence proves little"),
        (True, [SILENT] * 5, True, "silence that lasts"),
        (True, [SILENT, CERTAIN], True, "the second look is firmer than the first"),
        (True, [CERTAIN, reading(50), CERTAIN], False, "not in a row: it was there in between"),
        (True, [CERTAIN, DOWN, CERTAIN], False, "not in a row: an outage says nothing"),
        (True, [VAGUE] * 9, False, "what was seen once does not vanish by a vague word"),
        (False, [VAGUE], False, "one look can be wrong"),
        (False, [VAGUE, VAGUE], True, "never seen, and not visible"),
        (False, [CERTAIN, CERTAIN], True, "never seen, and unknown"),
    ],
)
def test_a_task_is_gone_when_enough_looks_agree(seen: bool, readings: list[Reading], gone: bool, reason: str) -> None:
    watch = seen_watch(40) if seen else fresh_watch()

    for number, one in enumerate(readings):
        watch = look(watch, one, 10 * number).watch

    assert (watch.gone, watch.closed) == (gone, gone), reason


def test_gone_tells_how_far_it_was_and_whether_it_ever_was() -> None:
    known = look(seen_watch(71, absent_looks=1), CERTAIN)
    unknown = look(fresh_watch(absent_looks=1), CERTAIN)

    assert only(known) == news.Gone(percent=71, ever_seen=True)
    assert only(unknown) == news.Gone(percent=None, ever_seen=False)


# --- trouble ---


@pytest.mark.parametrize(
    ("readings", "heard", "reason"),
    [
        ([(0, DOWN), (300, DOWN)], [[], []], "two failures are no outage yet"),
        ([(0, DOWN), (10, DOWN), (20, DOWN)], [[], [], []], "patience is not over"),
        ([(0, DOWN), (10, DOWN), (300, DOWN)], [[], [], ["Unreadable"]], "three failures over the patience"),
        ([(0, ODD), (10, ODD), (300, ODD)], [[], [], ["Unreadable"]], "nonsense is an outage for the reader"),
        ([(0, VAGUE), (10, VAGUE), (300, VAGUE)], [[], [], ["Unreadable"]], "a vague absence is an outage"),
        ([(0, BUSY), (10, BUSY), (900, BUSY)], [[], [], []], "being slowed down is no news"),
        ([(0, BUSY), (10, BUSY), (900, DOWN)], [[], [], ["Unreadable"]], "slowed down, then down: nothing was read"),
        ([(0, SHUT)], [[]], "one refusal can be a hiccup"),
        ([(0, SHUT), (1, SHUT)], [[], ["Unreadable"]], "refused twice: a person must act"),
        ([(0, SHUT), (1, SHUT), (2, SHUT)], [[], ["Unreadable"], []], "told once"),
        ([(0, DOWN), (9, DOWN), (300, DOWN), (310, ODD)], [[], [], ["Unreadable"], []], "another kind of outage"),
        (
            [(0, DOWN), (9, DOWN), (300, DOWN), (310, SHUT)],
            [[], [], ["Unreadable"], ["Unreadable"]],
            "a refusal needs a person, so it is told after an outage too",
        ),
        (
            [(0, SHUT), (1, SHUT), (900, DOWN), (910, SHUT)],
            [[], ["Unreadable"], [], []],
            "an outage in between does not make the refusal new",
        ),
        ([(0, SHUT), (1, SHUT), (2, reading(40))], [[], ["Unreadable"], ["ReadableAgain"]], "good again"),
        ([(0, SHUT), (2, reading(40))], [[], []], "what was not told has no end to tell"),
        (
            [(0, SHUT), (1, SHUT), (2, reading(40)), (2, SHUT), (2, SHUT), (2, reading(40))],
            [[], ["Unreadable"], ["ReadableAgain"], [], ["Unreadable"], ["ReadableAgain"]],
            "a second trouble is told again",
        ),
        ([(0, SHUT), (1, SHUT), (2, reading(100, OK))], [[], ["Unreadable"], ["ReadableAgain", "Ended"]], "in order"),
    ],
)
def test_trouble_is_told_once_on_the_way_down_and_once_on_the_way_up(
    readings: list[tuple[float, Reading]], heard: list[list[str]], reason: str
) -> None:
    assert looks(seen_watch(40), *readings) == heard, reason


def test_an_outage_while_access_is_refused_leaves_the_refusal_standing() -> None:
    refused = Trouble(kind=TroubleKind.DENIED, since=NOON, looks=2, reason="refused", told=True)

    step = look(seen_watch(40, trouble=refused), DOWN, 600)

    assert step.watch.trouble == replace(refused, looks=3)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (DOWN, TroubleKind.UNAVAILABLE),
        (ODD, TroubleKind.UNEXPECTED),
        (BUSY, TroubleKind.THROTTLED),
        (SHUT, TroubleKind.DENIED),
        (VAGUE, TroubleKind.UNAVAILABLE),
        (ProviderError(Reason.ERROR), TroubleKind.UNAVAILABLE),
    ],
)
def test_each_error_is_trouble_of_its_kind(error: ProviderError, kind: TroubleKind) -> None:
    trouble = look(seen_watch(40), error).watch.trouble

    assert trouble == Trouble(kind=kind, since=after(60), reason=error.cause)


def test_the_end_of_a_trouble_tells_its_length_even_where_the_clock_went_back() -> None:
    told = Trouble(kind=TroubleKind.DENIED, since=NOON, looks=2, told=True)
    watch = seen_watch(40, trouble=told)

    assert only(look(watch, reading(40), 720)) == news.ReadableAgain(after_seconds=720, percent=40)
    assert only(look(watch, reading(40), -720)) == news.ReadableAgain(after_seconds=0, percent=40)


def test_a_failed_reading_changes_nothing_of_what_is_known() -> None:
    watch = seen_watch(40)

    after_failure = look(watch, DOWN).watch

    assert replace(after_failure, trouble=None, version=watch.version) == watch


# --- a failed task that may be retried ---


MAY_RETURN = reading(62, BAD, outlook=Outlook.MAY_RETURN)


def lingering(**changes: Any) -> Watch:
    return replace(look(look(seen_watch(40), MAY_RETURN, 50).watch, MAY_RETURN).watch, **changes)


def test_a_failure_that_may_be_undone_is_told_and_kept_in_sight() -> None:
    step = look(look(seen_watch(40), MAY_RETURN, 50).watch, MAY_RETURN)

    assert only(step).looks_again
    assert not step.watch.closed
    assert step.watch.linger_until == after(60) + LINGER


def test_an_apparent_failure_that_may_be_passing_is_confirmed_by_a_second_look() -> None:
    first = look(seen_watch(40), MAY_RETURN, 50)

    assert first.happenings == ()
    assert first.watch.seen == seen_watch(40).seen
    assert looks(first.watch, (60, reading(62)), (70, MAY_RETURN), (80, DOWN), (90, MAY_RETURN), (100, MAY_RETURN)) == [
        ["Advanced"],
        [],
        [],
        [],
        ["Ended"],
    ]


def test_a_failure_that_no_cloud_undoes_needs_no_second_look() -> None:
    assert kinds(look(seen_watch(40), reading(62, BAD))) == ["Ended"]


def test_what_failed_when_it_was_first_seen_was_never_better() -> None:
    assert kinds(look(fresh_watch(), MAY_RETURN)) == ["Ended"]


def test_a_cloud_that_answers_again_with_an_apparent_failure_answers_again() -> None:
    told = Trouble(kind=TroubleKind.UNAVAILABLE, since=after(0), told=True)

    step = look(seen_watch(40, trouble=told), MAY_RETURN)

    assert kinds(step) == ["ReadableAgain"]
    assert step.watch.trouble is None


@pytest.mark.parametrize("state", [OK, STOP])
def test_only_a_failure_is_kept_in_sight(state: TaskState) -> None:
    assert look(seen_watch(40), reading(62, state, outlook=Outlook.MAY_RETURN)).watch.closed


LATE = LINGER.total_seconds() + 61


@pytest.mark.parametrize(
    ("seen", "seconds", "closed", "heard", "reason"),
    [
        (reading(62, BAD), 600, False, [], "still failed"),
        (reading(62, BAD, outlook=Outlook.MAY_RETURN), 600, False, [], "still failed, told already"),
        (reading(62, BAD), LATE, True, [], "a day is over"),
        (reading(None, STOP), 600, True, [], "cleared away: its end was told"),
        (CERTAIN, 600, True, [], "deleted: its end was told"),
        (SILENT, 600, False, [], "left out of one answer"),
        (VAGUE, 600, False, [], "an outage"),
        (DOWN, 600, False, [], "an outage of a task that has ended is nobody's news"),
        (SHUT, 600, False, [], "the same"),
        (DOWN, LATE, True, [], "a day is over"),
        (reading(3), 600, False, ["RanAgain"], "it was retried"),
        (reading(100, OK), 600, True, ["RanAgain", "Ended"], "retried and done between two looks"),
        (reading(3), LATE, False, ["RanAgain"], "retried at the very last look"),
    ],
)
def test_a_lingering_watch_hears_of_a_retry_and_of_nothing_else(
    seen: Reading, seconds: float, closed: bool, heard: list[str], reason: str
) -> None:
    step = look(lingering(), seen, seconds)

    assert (step.watch.closed, kinds(step)) == (closed, heard), reason


def test_a_retry_is_a_run_of_its_own_in_which_milestones_count_again() -> None:
    again = look(lingering(completed=True, synced=True), reading(3), 600).watch
    told = look(again, reading(30), 660)

    assert (again.run, again.run_since, again.high) == (2, after(600), 3)
    assert (again.ended_at, again.linger_until, again.completed, again.synced) == (None, None, False, False)
    assert only(told) == Advanced(before=3, after=30)
