"""What is told in one message, and what never is."""

from datetime import timedelta

from bot.core import news as n
from bot.core.fold import OLD, foldable, in_one_message, missed, unsaid
from bot.core.model import Delivery, DeliveryId, DeliveryState, Pause, PauseReason, SubscriptionId, WatchId
from bot.core.wording import operators
from bot.core.wording.pauses import owner_told
from bot.core.wording.silence import pause_line
from providers.base import TaskState
from tests.core.samples import NOON

LATE = NOON + OLD
END = n.Ended(state=TaskState.FAILED, after_seconds=60.0)


def row(name: str, news: n.News, state: DeliveryState = DeliveryState.PENDING, *, doubted: bool = False) -> Delivery:
    return Delivery(
        id=DeliveryId(name),
        watch_id=WatchId("drs:job#1"),
        subscription_id=SubscriptionId("s1"),
        channel="C1",
        news=news,
        created_at=NOON,
        state=state,
        doubted=doubted,
    )


def test_old_progress_is_told_in_one_message_up_to_an_end() -> None:
    waiting = [row("a", n.Paused()), row("b", n.Paused()), row("c", END), row("d", n.Paused())]

    assert [each.id for each in foldable(waiting, LATE)] == ["a", "b"]
    assert foldable(waiting, LATE - timedelta(seconds=1)) == ()
    assert foldable(waiting[2:], LATE) == ()
    assert foldable([], LATE) == ()
    assert [each.id for each in foldable(waiting[:2], LATE)] == ["a", "b"]
    assert [each.id for each in unsaid(waiting[:2])] == ["a", "b"]


def test_what_may_have_arrived_keeps_its_words() -> None:
    assert foldable([row("a", n.Paused(), doubted=True), row("b", n.Paused())], LATE) == ()


def test_what_was_told_together_before_is_told_together_with_more() -> None:
    earlier = n.CaughtUp(since=5.0, reason="archived", missed=(n.Paused(percent=1),))

    told = in_one_message([row("a", earlier), row("b", n.Paused(percent=2))])

    assert told == n.CaughtUp(since=5.0, reason="archived", missed=(n.Paused(percent=1), n.Paused(percent=2)))
    assert in_one_message([row("a", n.Paused())]).since == NOON.timestamp()


def test_after_a_silence_all_is_told_that_waits_before_an_end_and_cannot_have_arrived() -> None:
    waiting = [
        row("card", n.CardOpened()),
        row("a", n.Paused(), DeliveryState.UNKNOWN),
        row("b", n.Paused()),
        row("end", END),
        row("c", n.Paused()),
    ]

    assert [each.id for each in unsaid(waiting)] == ["b"]


def test_operators_are_told_what_is_refused_lost_and_mended() -> None:
    refused = operators.account_refused("drs", NOON, "<!channel> no")

    assert "drs" in refused.text
    assert "<!channel>" not in refused.text
    assert "drs" in operators.account_works("drs").text
    assert "moved.db" in operators.data_file_damaged("moved.db").text
    assert "1 task " in operators.owner_lost(1).text.replace(",", " ")
    assert "2 tasks" in operators.owner_lost(2).text


def test_an_owner_of_many_is_told_of_the_first_and_how_many_more() -> None:
    text = owner_told([f"job-{number}" for number in range(12)], "C1", PauseReason.ARCHIVED).text

    assert text.count("job-") == 10
    assert "and 2 more" in text


def test_a_list_says_with_what_code_slack_refuses() -> None:
    refused = pause_line(Pause(reason=PauseReason.REFUSED, since=NOON, code="restricted_action"))
    archived = pause_line(Pause(reason=PauseReason.ARCHIVED, since=NOON, code="is_archived"))

    assert "restricted_action" in refused
    assert "is_archived" not in archived


def test_of_an_end_and_a_card_nothing_is_told_late() -> None:
    assert missed([row("a", END), row("b", n.Paused()), row("c", n.CardOpened())]) == (n.Paused(),)


def test_few_names_are_all_told() -> None:
    text = owner_told(["orders-db"], "C1", PauseReason.REMOVED).text

    assert "orders-db" in text
    assert "• and" not in text
