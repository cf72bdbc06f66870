"""The soak is worth nothing if its judge is blind: each way to break the guarantee is seen."""

from typing import Any

import pytest

from tests.faults.soaking.tasks import Course, Follow
from tests.faults.soaking.verdict import Verdict, judge

CARD, THREAD = "100.000000", "100.000000"
WATCH = "drs:job-1#1/1/s1"


def message(ts: str, what: str, text: str = "", thread_ts: str | None = THREAD) -> dict[str, Any]:
    return {"ts": ts, "delivery": f"{WATCH}/{what}", "text": f"orders: {text}", "thread_ts": thread_ts}


def told() -> list[dict[str, Any]]:
    """A thread as it should be."""
    return [
        message(CARD, "card", "failed at 62 % after 4 min\nTask 9a47", thread_ts=None),
        message("110.000000", "at-25", "25 % after 10 s."),
        message("120.000000", "at-75", "80 %, up from 30 % at the last look."),
        message("130.000000", "ended", "✅ Done in 30 s."),
    ]


def verdict(messages: list[dict[str, Any]], *, left_at: float | None = None) -> Verdict:
    follow = Follow(channel="C1", milestones=(25, 50, 75, 100), left_at=left_at)
    course = Course(
        provider="huawei-drs",
        kind="steady",
        seconds=30,
        starts_after=0,
        follows=[follow],
        label="soak-1",
        account="drs",
        key="job-1",
        passed={percent: 100.0 + percent / 4 for percent in range(1, 101)},
        ended_at=128.0,
    )
    return judge([course], {"C1": messages})


def test_a_thread_as_it_should_be_holds() -> None:
    found = verdict(told())

    assert found.holds, found
    assert (found.due, found.shown) == (6, 6)


@pytest.mark.parametrize(("lost", "said"), [(0, "messages without a card"), (1, "25 %"), (3, "its end")])
def test_what_is_missing_is_lost(lost: int, said: str) -> None:
    messages = told()
    del messages[lost]

    assert any(said in sentence for sentence in verdict(messages).lost)


@pytest.mark.parametrize("again", [0, 1, 2, 3])
def test_what_is_there_again_is_twice(again: int) -> None:
    messages = told()
    messages.append({**messages[again], "ts": "140.000000"})

    assert verdict(messages).twice


def test_a_milestone_that_a_jump_told_before_is_twice() -> None:
    messages = [*told(), message("125.000000", "at-50", "50 % passed after 12 s, now 52 %.")]

    assert verdict(messages).twice


def test_what_stands_in_another_thread_is_misplaced() -> None:
    messages = [*told()[:3], message("130.000000", "ended", "✅ Done in 30 s.", thread_ts="99.000000")]

    assert verdict(messages).misplaced


def test_news_after_the_end_is_out_of_order() -> None:
    messages = [*told(), message("135.000000", "paused-7", "⏸️ Paused.")]

    assert verdict(messages).disordered


def test_a_message_after_somebody_unsubscribed_is_seen() -> None:
    assert verdict(told(), left_at=115.0).after_leaving
    assert verdict(told()[:2], left_at=115.0).holds
