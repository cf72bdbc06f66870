"""The sentences of a thread."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import news as n
from bot.core.notify import is_end
from bot.core.wording.thread import MAYBE_REPEATED, bare_end, reply
from providers.base import TaskState
from providers.reasons import Cause, Hint, Reason, Service
from tests.core.any_news import any_news, some_mentions
from tests.core.hostile import long_text
from tests.core.properties import briefly
from tests.core.sentences_of_time import SENTENCES as SENTENCES_OF_TIME
from tests.core.slack_limits import assert_slack_takes, longest, texts

NOON = 1772452800.0
AT_NOON = "<!date^1772452800^{time}|12:00 UTC>"
MIN = 60.0
MISSED = "Missed:\n• ⏸️ *Paused* at 62 %.\n• ▶️ *It was started again*, at 3 %. I follow this run too."
AT_NOON_OF_DAY = "<!date^1772452800^{date_short_pretty} {time}|12:00 UTC>"
GOES_ON = "The task itself may be fine. I keep trying."
CALL = "Someone who runs Milepost must mend that; I look again now and then."


def said(news: n.News) -> list[str]:
    message = reply(news, name="orders-db", account="drs-eu")
    assert_slack_takes(message)
    return [text["text"].replace("\u00a0", " ") for text in texts(message)]


SENTENCES: list[tuple[str, n.News, list[str]]] = [
    *SENTENCES_OF_TIME,
    ("the first milestone", n.Reached(milestone=25, percent=25, after_seconds=42 * MIN), ["*25 %* after 42 min."]),
    (
        "a milestone, all told",
        n.Reached(
            milestone=50,
            percent=50,
            after_seconds=42 * MIN,
            previous_milestone=25,
            since_previous_seconds=19 * MIN,
            remaining_seconds=2400,
        ),
        ["*50 %* after 42 min. The last 25 points took 19 min; about 40 min left (estimated)."],
    ),
    (
        "the cloud's own remaining time",
        n.Reached(milestone=50, percent=50, after_seconds=60, remaining_seconds=2400, estimated=False),
        ["*50 %* after 1 min. About 40 min left, says the cloud."],
    ),
    (
        "one point since the last milestone",
        n.Reached(milestone=2, percent=2, after_seconds=60, previous_milestone=1, since_previous_seconds=20),
        ["*2 %* after 1 min. The last 1 point took 20 s."],
    ),
    (
        "a little beyond the milestone",
        n.Reached(milestone=50, percent=53, before=40, after_seconds=42 * MIN),
        ["*50 %* passed after 42 min, now 53 %."],
    ),
    (
        "so little beyond that it reads the same",
        n.Reached(milestone=50, percent=50.04, before=40, after_seconds=42 * MIN),
        ["*50 %* after 42 min."],
    ),
    (
        "a jump",
        n.Reached(milestone=75, percent=76, before=20, jumped=True, after_seconds=60, previous_milestone=25),
        ["*76 %*, up from 20 % at the last look."],
    ),
    (
        "complete, but the cloud says that it runs",
        n.Reached(milestone=100, percent=100, after_seconds=3600, at_end=True, remaining_seconds=0),
        ["*100 %* after 1 h. The cloud has not said yet that it is done."],
    ),
    (
        "in sync",
        n.InSync(after_seconds=130 * MIN, lag_seconds=3),
        ["🔄 *In sync* after 2 h 10 min: changes arrive 3 s late. I keep watching until you stop me."],
    ),
    (
        "in sync, lag unknown",
        n.InSync(after_seconds=130 * MIN),
        ["🔄 *In sync* after 2 h 10 min. I keep watching until you stop me."],
    ),
    ("paused", n.Paused(percent=62), ["⏸️ *Paused* at 62 %."]),
    ("paused, no percent", n.Paused(), ["⏸️ *Paused*."]),
    (
        "resumed",
        n.Resumed(percent=62, paused_seconds=25 * MIN),
        ["▶️ *Running again* at 62 %, after 25 min."],
    ),
    ("resumed, no percent", n.Resumed(paused_seconds=25 * MIN), ["▶️ *Running again*, after 25 min."]),
    ("started again", n.RanAgain(percent=3), ["▶️ *It was started again*, at 3 %. I follow this run too."]),
    ("started again, no percent", n.RanAgain(), ["▶️ *It was started again*. I follow this run too."]),
    ("done", n.Ended(state=TaskState.SUCCEEDED, percent=100, after_seconds=83 * MIN), ["✅ *Done* in 1 h 23 min."]),
    (
        "done, with words of the cloud",
        n.Ended(state=TaskState.SUCCEEDED, after_seconds=83 * MIN, message="see the log", raw_state="FIN"),
        ["✅ *Done* in 1 h 23 min. The cloud's status: `FIN`.", "The cloud says: “see the log”"],
    ),
    (
        "done, but for one file",
        n.Ended(state=TaskState.SUCCEEDED, after_seconds=83 * MIN, failed_files=1),
        ["✅ *Done* in 1 h 23 min. 1 file failed."],
    ),
    (
        "failed, with files left behind",
        n.Ended(state=TaskState.FAILED, after_seconds=51 * MIN, failed_files=1200, message="no space"),
        ["❌ *Failed* after 51 min. 1,200 files failed.", "The cloud says: “no space”"],
    ),
    ("done before it was seen", n.Ended(state=TaskState.SUCCEEDED, after_seconds=0), ["✅ *Done*."]),
    (
        "failed",
        n.Ended(state=TaskState.FAILED, percent=62, after_seconds=51 * MIN, message="disk full"),
        ["❌ *Failed* at 62 % after 51 min.", "The cloud says: “disk full”"],
    ),
    (
        "failed, may be retried",
        n.Ended(state=TaskState.FAILED, after_seconds=51 * MIN, looks_again=True),
        ["❌ *Failed* after 51 min. I look again now and then for a day, in case it is retried."],
    ),
    ("failed at once", n.Ended(state=TaskState.FAILED, percent=0, after_seconds=0), ["❌ *Failed* at 0 %."]),
    (
        "stopped",
        n.Ended(state=TaskState.STOPPED, percent=40, after_seconds=51 * MIN),
        ["⏹️ *Stopped* at 40 % after 51 min."],
    ),
    ("gone", n.Gone(percent=71), ["⏹️ *The cloud no longer knows this task*; last seen at 71 %. I stopped watching."]),
    ("gone, no percent", n.Gone(), ["⏹️ *The cloud no longer knows this task*. I stopped watching."]),
    (
        "never known",
        n.Gone(ever_seen=False),
        ["⏹️ *The cloud does not know this task.* Is the id right? I stopped watching."],
    ),
    (
        "unreadable",
        n.Unreadable(kind="unavailable", since=NOON, reason="the cloud did not answer in time."),
        [f"⚠️ I cannot read `drs-eu` since {AT_NOON}: the cloud did not answer in time. {GOES_ON}"],
    ),
    (
        "unreadable, by a code",
        n.Unreadable(kind="unavailable", since=NOON, reason=Cause(Reason.IN_TROUBLE, who=Service.DRS, status=503)),
        [f"⚠️ I cannot read `drs-eu` since {AT_NOON}: DRS is in trouble (HTTP 503). {GOES_ON}"],
    ),
    (
        "unreadable, no reason known",
        n.Unreadable(kind="unexpected", since=NOON),
        [f"⚠️ I cannot read `drs-eu` since {AT_NOON}: its answers make no sense. {GOES_ON}"],
    ),
    (
        "unreadable, of a kind that a later version knew",
        n.Unreadable(kind="eclipsed", since=NOON),
        [f"⚠️ I cannot read `drs-eu` since {AT_NOON}: it does not answer properly. {GOES_ON}"],
    ),
    (
        "refused, by a code",
        n.Unreadable(kind="denied", since=NOON, reason=Cause(Reason.REQUEST_REFUSED, hint=Hint.NO_ROLE)),
        [f"⚠️ `drs-eu` refuses me since {AT_NOON}: the cloud refused the request: the user has no role. {CALL}"],
    ),
    (
        "refused, in a sentence of an earlier version",
        n.Unreadable(kind="denied", since=NOON, reason="IAM said no"),
        [f"⚠️ `drs-eu` refuses me since {AT_NOON}: IAM said no. {CALL}"],
    ),
    ("readable", n.ReadableAgain(after_seconds=12 * MIN, percent=71), ["`drs-eu` answers again after 12 min: 71 %."]),
    ("readable, no percent", n.ReadableAgain(after_seconds=12 * MIN), ["`drs-eu` answers again after 12 min."]),
    (
        "nothing was missed",
        n.CaughtUp(since=NOON),
        [f"I could not speak here since {AT_NOON_OF_DAY}. Nothing was missed."],
    ),
    (
        "the end follows",
        n.CaughtUp(since=NOON, reason="removed", more=True),
        [f"I could not speak here since {AT_NOON_OF_DAY}: I was not in this channel. This was missed:"],
    ),
    (
        "what was missed",
        n.CaughtUp(since=NOON, reason="archived", missed=(n.Paused(percent=62), n.RanAgain(percent=3))),
        [
            f"I could not speak here since {AT_NOON_OF_DAY}: this channel was archived. {MISSED}",
        ],
    ),
    ("the card", n.CardOpened(), ["The card."]),
]


@pytest.mark.parametrize(("event", "news", "lines"), SENTENCES, ids=[row[0] for row in SENTENCES])
def test_each_piece_of_news_reads_as_it_should(event: str, news: n.News, lines: list[str]) -> None:
    assert said(news) == lines, event


def test_every_kind_of_news_has_its_sentence() -> None:
    assert {type(news) for _, news, _ in SENTENCES} == set(get_args(n.News))


def test_the_text_names_the_task_and_carries_the_clouds_words() -> None:
    failed = n.Ended(state=TaskState.FAILED, percent=62, after_seconds=3060, message="disk *full* <!here>")

    message = reply(failed, name="orders-db", account="drs-eu")

    assert message.text.replace("\u00a0", " ") == (
        "orders-db: ❌ Failed at 62 % after 51 min. The cloud says: “disk ∗full∗ &lt;!here&gt;”"
    )


def test_a_message_that_may_be_a_repeat_says_so() -> None:
    message = reply(n.Paused(percent=62), name="orders-db", account="drs-eu", maybe_repeated=True)

    assert message.text.endswith(MAYBE_REPEATED)
    assert next(texts(message))["text"].endswith(MAYBE_REPEATED)


def test_only_the_end_of_a_run_is_an_end() -> None:
    ends = {type(news) for _, news, _ in SENTENCES if is_end(news)}

    assert ends == {n.Ended, n.Gone}


# --- whatever comes ---


def test_the_longest_news_of_all_still_fits() -> None:
    worst = n.Unreadable(kind="unavailable", since=NOON, reason="&" * 1500)
    late = n.CaughtUp(since=NOON, reason=n.QUIET, missed=(worst,) * 12, times=(NOON,) * 12)
    phase = n.PhaseTime(name="&" * 100, seconds=1e10)
    ended = n.Ended(
        state=TaskState.FAILED, after_seconds=1e10, message="&" * 2000, raw_state="&" * 200, phases=(phase,) * 16
    )

    for news in (late, ended):
        message = reply(news, name="&" * 80, account="&" * 40, mentions=["U0123ABCD"] * 30, maybe_repeated=True)
        assert_slack_takes(message)
        print("the longest replies: text, blocks, characters of all blocks:", *longest(message))  # noqa: T201


def test_what_is_too_much_to_tell_late_is_counted() -> None:
    missed = tuple(n.Paused(percent=float(number)) for number in range(15))

    (text,) = said(n.CaughtUp(since=NOON, missed=missed))

    assert "Missed (3 older left out):" in text
    assert text.count("•") == 12
    assert text.endswith("*Paused* at 14 %.")


@briefly
@given(any_news, long_text, st.just("drs-eu") | long_text, some_mentions, st.booleans())
def test_any_reply_is_taken_by_slack_and_nothing_foreign_acts_in_it(
    news: n.News, name: str, account: str, mentions: list[str], maybe_repeated: bool
) -> None:
    assert_slack_takes(reply(news, name=name, account=account, mentions=mentions, maybe_repeated=maybe_repeated))


def test_an_end_mentions_whom_it_is_to_and_leaves_out_what_is_no_id() -> None:
    ended = n.Ended(state=TaskState.FAILED, percent=62, after_seconds=3060)
    mentions = ("U0123ABCD", "S0456EFGH", "!here", "C0123ABCD", "u1")

    message = reply(ended, name="orders-db", account="drs-eu", mentions=mentions)
    bare = bare_end(ended, mentions=mentions)

    for text in (message.text, next(texts(message))["text"], bare.text):
        assert text.endswith("after 51\u00a0min. <@U0123ABCD> <!subteam^S0456EFGH>")
    assert_slack_takes(message)


def test_an_end_in_our_own_words_alone_has_none_of_the_clouds() -> None:
    ended = n.Ended(state=TaskState.FAILED, percent=62, after_seconds=3060, message="theirs", raw_state="ODD")

    assert bare_end(ended).text.replace("\u00a0", " ") == "❌ *Failed* at 62 % after 51 min."
    assert "no longer knows" in bare_end(n.Gone()).text
    assert bare_end(ended).blocks == ()
