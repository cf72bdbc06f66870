"""What is told in one message, and what never is."""

from datetime import UTC, datetime, timedelta

from bot.core import news as n
from bot.core.fold import OLD, foldable, in_one_message, missed, quiet_since, times, unsaid
from bot.core.model import Delivery, DeliveryId, DeliveryState, Pause, PauseReason, SubscriptionId, WatchId
from bot.core.rules import Quiet
from bot.core.wording import operators
from bot.core.wording.pauses import owner_told
from bot.core.wording.silence import pause_line
from providers.base import TaskState
from tests.core.samples import NOON

LATE = NOON + OLD
END = n.Ended(state=TaskState.FAILED, after_seconds=60.0)


def row(
    name: str,
    news: n.News,
    state: DeliveryState = DeliveryState.PENDING,
    *,
    doubted: bool = False,
    created_at: datetime = NOON,
    held_until: datetime | None = None,
) -> Delivery:
    return Delivery(
        id=DeliveryId(name),
        watch_id=WatchId("drs:job#1"),
        subscription_id=SubscriptionId("s1"),
        channel="C1",
        news=news,
        created_at=created_at,
        held_until=held_until,
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

    told = in_one_message([row("a", earlier), row("b", n.Paused(percent=2))], LATE)

    assert told == n.CaughtUp(
        since=5.0,
        reason="archived",
        missed=(n.Paused(percent=1), n.Paused(percent=2)),
        times=(None, NOON.timestamp()),
    )
    assert in_one_message([row("a", n.Paused())], LATE).since == NOON.timestamp()


def test_after_a_silence_all_is_told_that_waits_before_an_end_and_cannot_have_arrived() -> None:
    waiting = [
        row("card", n.CardOpened()),
        row("a", n.Paused(), DeliveryState.UNKNOWN),
        row("b", n.Paused()),
        row("end", END),
        row("c", n.Paused()),
    ]

    assert [each.id for each in unsaid(waiting)] == ["b"]


# --- quiet hours ---

NIGHT = Quiet(start=22 * 60, end=7 * 60, zone="Europe/Berlin")
TEN, SEVEN = datetime(2026, 3, 2, 21, 0, tzinfo=UTC), datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
"""When that night begins and ends."""


def held(name: str, news: n.News, *, hours: float = 1) -> Delivery:
    return row(name, news, created_at=TEN + timedelta(hours=hours), held_until=SEVEN)


def test_what_quiet_hours_held_back_is_told_in_one_message_even_where_it_is_one_piece() -> None:
    one, two = held("a", n.Paused(percent=5)), held("b", n.Resumed(paused_seconds=60.0), hours=2)

    told = in_one_message(foldable([one, two], SEVEN), SEVEN, NIGHT)

    assert told == n.CaughtUp(
        since=TEN.timestamp(),
        reason=n.QUIET,
        missed=(n.Paused(percent=5), n.Resumed(paused_seconds=60.0)),
        times=(one.created_at.timestamp(), two.created_at.timestamp()),
    )
    assert foldable([one], SEVEN) == (one,)
    assert in_one_message([one], SEVEN).since == one.created_at.timestamp()


def test_an_end_and_what_came_after_the_quiet_hours_stay_messages_of_their_own() -> None:
    first, end = held("a", n.Paused()), held("end", END)
    fresh = row("b", n.Paused(), created_at=SEVEN)

    assert foldable([end], SEVEN) == ()
    assert foldable([first, end], SEVEN) == (first,)
    assert foldable([first, fresh], SEVEN) == (first,)


def test_what_was_told_together_after_quiet_hours_keeps_its_words_when_it_is_tried_again() -> None:
    told = in_one_message([held("a", n.Paused())], SEVEN, NIGHT)

    assert foldable([held("a", told)], SEVEN) == ()
    more = in_one_message([held("a", told), held("b", n.Paused(percent=9))], SEVEN, NIGHT)
    assert (more.reason, len(more.missed), len(more.times)) == (n.QUIET, 2, 2)
    assert more.since == TEN.timestamp()


def test_a_failure_lets_it_go_early_and_that_is_said() -> None:
    waiting = [held("a", n.Paused())]

    assert in_one_message(waiting, SEVEN - timedelta(hours=3), NIGHT).early
    assert not in_one_message(waiting, SEVEN, NIGHT).early


def test_what_may_have_arrived_in_quiet_hours_keeps_its_words() -> None:
    assert foldable([row("a", n.Paused(), doubted=True, held_until=SEVEN)], SEVEN) == ()


def test_the_beginning_of_quiet_hours_is_found_over_midnight_and_over_a_change_of_clocks() -> None:
    spring = datetime(2026, 3, 29, 2, 30, tzinfo=UTC)

    assert quiet_since(NIGHT, TEN) == TEN
    assert quiet_since(NIGHT, SEVEN - timedelta(minutes=1)) == TEN
    assert quiet_since(NIGHT, spring) == datetime(2026, 3, 28, 21, 0, tzinfo=UTC)
    assert quiet_since(NIGHT, NOON) == NOON


def test_of_each_piece_that_is_told_late_the_time_is_known_or_said_to_be_unknown() -> None:
    old = n.CaughtUp(since=5.0, missed=(n.Paused(), n.Paused()))

    assert times([row("a", old), row("b", n.Paused()), row("c", END)]) == (None, None, NOON.timestamp())


def test_operators_are_told_what_is_refused_lost_and_mended() -> None:
    refused = operators.account_refused("drs", NOON, "<!channel> no")

    assert "drs" in refused.text
    assert "<!channel>" not in refused.text
    assert "drs" in operators.account_works("drs").text
    assert "moved.db" in operators.data_file_damaged("moved.db").text
    assert "1 task " in operators.owner_lost(1).text.replace(",", " ")
    assert "2 tasks" in operators.owner_lost(2).text


def test_operators_are_told_how_many_replicas_slack_has_connections_for() -> None:
    wanted = operators.too_many_connections(12, 10, 2)

    assert "12 Socket Mode connections, 2 each; Slack gives one app 10. Run 5 replicas at most" in wanted.text
    assert "no longer" in operators.connections_suffice().text


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
