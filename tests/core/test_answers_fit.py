"""Private answers fit into Slack, however many, long or hostile the things they speak of."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.commands import Wrong, parse
from bot.core.message import Message
from bot.core.model import Trouble, TroubleKind, Watch
from bot.core.text import Mrkdwn
from bot.core.wording import answers
from bot.core.wording.card import Place
from providers.base import TaskKey
from tests.core.hostile import long_text
from tests.core.properties import briefly
from tests.core.samples import NOON, PLACE, follower, seen_watch
from tests.core.slack_limits import TOTAL, assert_slack_takes, longest, texts
from tests.core.test_card import odd_followers, odd_watches, places

NAMED = follower(label="orders-db")
OTHER = "/milepost subscribe drs 9a47"


@pytest.mark.parametrize("count", [1, 2, 24, 25, 26, 100, 500])
def test_a_list_of_any_length_fits_and_counts_what_it_leaves_out(count: int) -> None:
    text = said_in_blocks(answers.listing([(NAMED, seen_watch(46))] * count, example="/milepost help"))

    shown = text.count("*orders-db*")
    assert f"follows {count} task" in text
    assert shown == min(count, 25)
    assert (f"and {count - shown} more" in text) == (count > shown)


@pytest.mark.parametrize("count", [1, 10, 100, 500])
def test_statuses_of_any_number_fit_and_count_what_they_leave_out(count: int) -> None:
    part = answers.status(NAMED, seen_watch(46), PLACE, NOON, "its age")

    text = said_in_blocks(answers.statuses([part] * count))

    shown = text.count("*orders-db*")
    assert 1 <= shown <= 25
    assert (f"and {count - shown} more" in text) == (count > shown)


def said_in_blocks(message: Message) -> str:
    assert_slack_takes(message)
    return "\n".join(text["text"] for text in texts(message))


def test_the_worst_task_still_has_its_status() -> None:
    worst = "&" * 3000
    trouble = Trouble(kind=TroubleKind.UNAVAILABLE, since=NOON, reason=worst)
    watch = seen_watch(46, key=TaskKey(worst), account=worst, trouble=trouble)
    place = Place(title="Huawei DRS", account=worst, console_url=f"https://x.example/{worst}")

    message = answers.statuses([answers.status(follower(label=worst), watch, place, NOON, worst)])

    assert_slack_takes(message)
    assert "Tells at 25" in said_in_blocks(message)


@pytest.mark.parametrize("count", [0, 1, 10, 100])
def test_lines_that_do_not_fit_are_cut_where_they_can_be(count: int) -> None:
    message = answers.says(Mrkdwn("first"), *[Mrkdwn("x" * 900)] * count, Mrkdwn("&amp;" * 2000))

    assert_slack_takes(message)
    assert longest(message)[2] <= TOTAL
    assert message.text.startswith("first")


followed = st.lists(st.tuples(odd_followers, odd_watches), min_size=1, max_size=2)


@briefly
@given(followed, st.sampled_from([0, 1, 15]), long_text, places)
def test_answers_about_any_tasks_are_taken_by_slack(
    few: list[tuple[Any, Watch]], times: int, typed: str, place: Place
) -> None:
    some = few * times

    assert_slack_takes(answers.listing(some, example=typed))
    assert_slack_takes(answers.not_followed(typed, some, "status", example=typed))
    assert_slack_takes(answers.ambiguous(typed, some, "status"))
    if some:
        assert_slack_takes(answers.statuses([answers.status(one, watch, place, NOON, typed) for one, watch in some]))


@briefly
@given(long_text, st.lists(long_text, max_size=3), long_text, places)
def test_answers_to_any_words_are_taken_by_slack(typed: str, few: list[str], detail: str, place: Place) -> None:
    names = few * 10
    found = parse(typed)
    if isinstance(found, Wrong):
        assert_slack_takes(answers.wrong(found, OTHER))
    assert_slack_takes(answers.bad_key(detail or "no key", typed, detail))
    assert_slack_takes(answers.unknown_account(typed, next(iter(names), None), names, detail))
    assert_slack_takes(answers.which_account(typed, names, certain=False))
    assert_slack_takes(answers.unknown_cloud(typed, [(name, detail) for name in names]))
    assert_slack_takes(answers.not_found(typed, typed, detail, detail, example=typed))
    assert_slack_takes(answers.denied(typed, detail))
    assert_slack_takes(answers.already(f"https://x.example/{typed}", typed, posted=True, other_wishes=True))
    assert_slack_takes(answers.cannot_post(typed))
    assert_slack_takes(answers.stopped(typed))
    assert_slack_takes(answers.accounts([(place, detail, typed)] * len(names)))
