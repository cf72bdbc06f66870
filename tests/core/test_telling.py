"""Lists, statuses and what has ended, in words."""

from collections.abc import Sequence
from datetime import timedelta
from typing import get_args

import pytest

from bot.core import news
from bot.core.commands import Scope
from bot.core.message import Message
from bot.core.model import (
    Delivery,
    DeliveryId,
    Forecast,
    Mute,
    Pause,
    PauseReason,
    PhaseSeen,
    Rest,
    Subscription,
    Trouble,
    TroubleKind,
    Watch,
)
from bot.core.rules import Broadcast, Lag, Mention, Occasion, Overdue, Quiet, Rules
from bot.core.text import Mrkdwn
from bot.core.wording import naming, rules, telling
from bot.core.wording.card import Place
from bot.core.wording.pages import page_of
from bot.core.wording.telling import Standing
from providers.base import TaskState
from providers.reasons import Cause, Reason
from tests.core.samples import KEY, NOON, PLACE, after, follower, fresh_watch, reading, seen_watch
from tests.core.slack_limits import assert_slack_takes, texts

NAMED = follower(label="orders-db")
BEGIN = "/milepost subscribe drs 9a47"
SINCE = "<!date^1772452800^{date_short_pretty} {time}|12:00 UTC>"
TO_THE_SECOND = "<!date^1772452800^{date_short_pretty} {time_secs}|12:00 UTC>"


def said(message: Message) -> str:
    assert_slack_takes(message)
    return "\n".join(text["text"] for text in texts(message) if text["type"] == "mrkdwn").replace("\u00a0", " ")


def lines(*parts: str) -> str:
    return "\n".join(parts)


def listing(
    pairs: Sequence[tuple[Subscription, Watch]], scope: Scope = Scope.CHANNEL, *, narrowed: bool = False
) -> str:
    page = page_of(pairs, 1, telling.LISTED)
    return said(telling.listing(page, len(pairs), scope, NOON, str, narrowed=narrowed))


def test_a_list_has_a_line_for_each_task() -> None:
    pairs = [
        (NAMED, seen_watch(46)),
        (follower(), fresh_watch()),
        (follower(), seen_watch(100, TaskState.SYNCING)),
    ]

    assert listing(pairs) == lines(
        "This channel follows 3 tasks:",
        "▶️ running 46 %  *orders-db*  ·  `drs-eu` `9a470239…jb21`",
        "⏳ waiting for the first reading  *9a470239…jb21*  ·  `drs-eu`",
        "🔄 in sync  *9a470239…jb21*  ·  `drs-eu`",
    )


def test_a_list_says_what_is_muted_and_what_is_silent() -> None:
    muted = follower(muted=Mute(by="U0123ABCD", since=NOON, until=after(60)))
    over = follower(muted=Mute(by="U0123ABCD", since=NOON, until=NOON))
    silent = follower(paused=Pause(reason=PauseReason.ARCHIVED, since=NOON))

    text = listing([(muted, seen_watch(46)), (over, seen_watch(46)), (silent, seen_watch(46))])

    assert text.count("🔕 muted until <!date^1772452860^") == 1
    assert text.count("silent here since") == 1


def test_a_list_over_channels_names_them() -> None:
    assert "You follow 1 task:" in listing([(NAMED, seen_watch(46))], Scope.MINE)
    assert "<#C0123ABCD>" in listing([(NAMED, seen_watch(46))], Scope.MINE)
    assert "All channels follow 1 task:" in listing([(NAMED, seen_watch(46))], Scope.ALL)


def test_a_list_that_was_narrowed_says_so() -> None:
    text = listing([(NAMED, seen_watch(46))], Scope.ALL, narrowed=True)

    assert text.splitlines()[0] == "You and this channel follow 1 task:"
    assert "told to those who manage every channel" in text.splitlines()[-1]


@pytest.mark.parametrize(
    ("scope", "narrowed", "text"),
    [
        (Scope.MINE, False, "You follow no task yet"),
        (Scope.ALL, False, "No channel follows a task yet"),
        (Scope.ALL, True, "Neither you nor this channel"),
    ],
)
def test_an_empty_list_says_whose_and_how_to_begin(scope: Scope, narrowed: bool, text: str) -> None:
    answer = said(telling.nothing_listed(scope, BEGIN, narrowed=narrowed))

    assert answer.startswith(text)
    assert f"`{BEGIN}`" in answer


# --- status ---


def status(watch: Watch, subscription: Subscription = NAMED, place: Place = PLACE, sent: Delivery | None = None) -> str:
    one = Standing(
        subscription=subscription,
        watch=watch,
        place=place,
        reason=Mrkdwn("half-way to 50 %"),
        last_sent=sent,
        take="/milepost take drs-eu 9a47",
    )
    return said(telling.statuses(page_of([one], 1, telling.TOLD), NOON, str))


def sent(what: news.News, ts: str | None = "1772452800.000100") -> Delivery:
    return Delivery(
        id=DeliveryId("d"),
        watch_id=NAMED.watch_id,
        subscription_id=NAMED.id,
        channel=NAMED.channel,
        news=what,
        created_at=NOON,
        ts=ts,
    )


def test_a_status_tells_all_that_is_known() -> None:
    watch = seen_watch(46, state_since=after(-4980))

    assert status(watch, sent=sent(news.CardOpened())) == lines(
        "*orders-db*  ·  Huawei DRS · `drs-eu`",
        "▶️ running 46 %  ████░░░░░░, for 1 h 23 min",
        f"Task `{KEY}`",
        f"Last reading {TO_THE_SECOND}",
        f"Next look {TO_THE_SECOND}, because half-way to 50 %",
        f"Last said {SINCE}: its card",
        "Tells at 25, 50, 75 and 100 % · the end is shown in the channel as well",
        f"Followed since {SINCE} for <@U0123ABCD>",
        "<https://console.example.com/drs|Open console>",
    )


def test_a_status_of_what_was_never_read_tells_that() -> None:
    bare = Place(title="Huawei DRS", account="drs-eu")

    assert status(fresh_watch(due_at=None), follower(milestones=()), bare) == lines(
        f"Task `{KEY}`  ·  Huawei DRS · `drs-eu`",
        "⏳ waiting for the first reading",
        "Nothing was said of it here yet",
        "Tells no milestones · the end is shown in the channel as well",
        f"Followed since {SINCE} for <@U0123ABCD>",
    )


def test_a_status_tells_of_trouble_and_of_lag() -> None:
    trouble = Trouble(kind=TroubleKind.UNAVAILABLE, since=NOON, reason=Cause(Reason.NO_ANSWER_IN_TIME))
    watch = seen_watch(None, TaskState.SYNCING, trouble=trouble, seen=reading(None, TaskState.SYNCING, lag_seconds=3.0))

    text = status(watch)

    assert "⚠️ cannot be read since <!date^1772452800^{time}|12:00 UTC> (the cloud did not answer in time)" in text
    assert "🔄 in sync, changes arrive 3 s late, for 0 s" in text
    assert "tells no percent so far" in text


@pytest.mark.parametrize(("reason", "told"), [("no answer in time", " (no answer in time)"), ("", "")])
def test_a_reason_that_an_earlier_version_wrote_is_told_as_it_stands(reason: str, told: str) -> None:
    trouble = Trouble(kind=TroubleKind.UNAVAILABLE, since=NOON, reason=reason)

    lines = status(seen_watch(46, trouble=trouble)).splitlines()

    assert f"⚠️ cannot be read since <!date^1772452800^{{time}}|12:00 UTC>{told}" in lines


def test_a_next_look_that_is_overdue_is_told_as_now() -> None:
    assert f"Next look {TO_THE_SECOND}" in status(seen_watch(46, due_at=after(-600)))


def test_a_status_says_why_nothing_is_heard() -> None:
    pause = Pause(reason=PauseReason.REFUSED, since=NOON, code="restricted_action")
    muted = Mute(by="U0123ABCD", since=NOON)

    text = status(seen_watch(46), follower(paused=pause, muted=muted))

    assert "silent here since" in text
    assert "restricted_action" in text
    assert "🔕 muted until unmuted, by <@U0123ABCD>" in text


def test_a_status_whose_owner_left_offers_to_take_it() -> None:
    assert "anyone may take it over: `/milepost take drs-eu 9a47`" in status(seen_watch(46), follower(owner_left=True))


def test_a_status_of_what_has_ended_foresees_no_look() -> None:
    text = status(seen_watch(46), follower(ended_at=NOON, owner_left=True))

    assert "Next look" not in text
    assert "take it over" not in text


def test_the_last_thing_said_is_told_by_its_kind() -> None:
    reached = news.Reached(milestone=50, percent=51, after_seconds=60)

    assert "Last said <!date^1772452800^" in status(seen_watch(51), sent=sent(reached))
    assert ": 50 %" in status(seen_watch(51), sent=sent(reached))
    assert "Last said: its card" in status(seen_watch(51), sent=sent(news.CardOpened(), ts=None))
    assert "Last said: its card" in status(seen_watch(51), sent=sent(news.CardOpened(), ts="soon"))


def test_every_kind_of_news_has_its_words() -> None:
    assert set(telling.SAID) == set(get_args(news.News))


# --- rules ---

PLENTY = Rules(
    milestones=(90,),
    heartbeat=7200,
    per_phase=True,
    stall=1800,
    overdue=Overdue(at=18 * 60, zone="Europe/Berlin"),
    lag=Lag(over=60, hold=300),
    mentions=(Mention(who="S0123ABCD", on=Occasion.FAILURE),),
    broadcast=Broadcast.NEVER,
    quiet=Quiet(start=22 * 60, end=7 * 60, zone="Europe/Berlin"),
)


def test_rules_are_told_in_one_line() -> None:
    assert rules.told(PLENTY).replace("\u00a0", " ") == (
        "Tells at 90 % · a sign of life every 2 h · the end of each phase · a hint after 30 min without progress · "
        "a warning when it is not done by 18:00 (Europe/Berlin) · "
        "a warning when changes are more than 1 min late for 5 min · "
        "mentions <!subteam^S0123ABCD> at a failure · nothing is shown in the channel as well · "
        "quiet 22:00–07:00 (Europe/Berlin), failures excepted"
    )


@pytest.mark.parametrize(
    ("odd", "text"),
    [
        (Rules(only_end=True, milestones=()), "Tells only the end ·"),
        (Rules(overdue=Overdue(after=21600)), "not done after 6 h"),
        (Rules(broadcast=Broadcast.ALL), "every reply is shown"),
        (Rules(broadcast=Broadcast.FAILURES), "only failures are shown"),
        (Rules(mentions=(Mention(who="U0123ABCD", on=Occasion.END),) * 12), "2 more mentions"),
    ],
)
def test_each_rule_has_its_words(odd: Rules, text: str) -> None:
    assert text in rules.told(odd).replace("\u00a0", " ")


# --- history ---


def ended(state: TaskState, **changes: object) -> tuple[Subscription, Watch]:
    watch = seen_watch(100 if state is TaskState.SUCCEEDED else 62, state, due_at=None, ended_at=after(4980), **changes)
    return follower(label="orders-db", ended_at=after(4980)), watch


def history(*pairs: tuple[Subscription, Watch], number: int = 1) -> str:
    return said(telling.history(page_of(pairs, number, telling.LISTED), str))


def test_a_history_tells_outcome_duration_and_end() -> None:
    at = "<!date^1772457780^{date_short_pretty} {time}|13:23 UTC>"

    assert history(ended(TaskState.SUCCEEDED), ended(TaskState.FAILED)) == lines(
        "Ended here, latest first:",
        f"✅ done  *orders-db*  ·  after 1 h 23 min  ·  ended {at}  ·  `drs-eu` `9a470239…jb21`",
        f"❌ failed at 62 %  *orders-db*  ·  after 1 h 23 min  ·  ended {at}  ·  `drs-eu` `9a470239…jb21`",
    )


WAY = {
    "phases": (
        PhaseSeen(name="structure", began_at=after(0).timestamp(), done_at=after(600).timestamp()),
        PhaseSeen(name="data", began_at=after(600).timestamp(), done_at=after(4800).timestamp()),
    ),
    "rests": (Rest(percent=67.0, seconds=1800.0),),
    "forecast": Forecast(made_at=after(1000).timestamp(), percent=25.0, ends_at=after(3600).timestamp()),
}


def test_a_history_keeps_what_the_end_told_of_the_way() -> None:
    done, failed = history(ended(TaskState.SUCCEEDED, **WAY)), history(ended(TaskState.FAILED, **WAY))

    assert done.splitlines()[2].strip() == (
        "Structure 10 min and data 1 h 10 min. It rested 30 min at 67 %. At 25 % I expected 1 h."
    )
    assert failed.splitlines()[2].strip() == "Structure 10 min and data 1 h 10 min. It rested 30 min at 67 %."


def test_a_history_makes_up_no_duration() -> None:
    found_ended = ended(TaskState.SUCCEEDED, run_since=after(4980) + timedelta(seconds=1))

    assert "after" not in history(found_ended).splitlines()[1]


def test_a_history_tells_what_its_cloud_no_longer_knew() -> None:
    assert "⏹️ no longer known to its cloud" in history(ended(TaskState.RUNNING, gone=True))


def test_an_empty_history_says_so() -> None:
    assert history().startswith("No task that this channel followed has ended lately.")


def test_a_long_history_numbers_its_pages() -> None:
    assert history(*[ended(TaskState.SUCCEEDED)] * 11).startswith("Ended here, latest first (page 1):")


# --- naming ---

OFFERS = [("/milepost mute drs-eu 9a47", "orders-db")]


def test_a_name_that_is_close_is_offered() -> None:
    assert said(naming.unknown("ordres-db", OFFERS, close=True, follows=40)) == lines(
        "This channel follows nothing called `ordres-db`. Did you mean:",
        "`/milepost mute drs-eu 9a47`  orders-db",
    )


def test_where_nothing_is_close_what_is_followed_is_offered_and_the_rest_counted() -> None:
    text = said(naming.unknown("zz", OFFERS * 40, close=False, follows=40))

    assert text.count("orders-db") == 10
    assert text.endswith("… and 30 more: `/milepost list`")


def test_a_missing_name_is_asked_for() -> None:
    assert said(naming.which(OFFERS, follows=1)) == lines(
        "Which one? This channel follows:", "`/milepost mute drs-eu 9a47`  orders-db"
    )
