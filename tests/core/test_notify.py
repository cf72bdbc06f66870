"""Who hears what."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.core import news
from bot.core.advance import Advanced, Step, advance
from bot.core.model import Mute, Pause, PauseReason, SubscriptionId
from bot.core.notify import awaited, deliveries, is_broadcast, is_heard, mentioned
from bot.core.rules import Broadcast, Mention, Occasion, Quiet, Rules
from providers.base import Outlook, TaskState
from tests.core.samples import NOON, PATIENCE, after, follower, line, reading, seen_watch


def told(before: float, now: float, milestones: tuple[int, ...] = (25, 50, 75, 100), seconds: float = 600) -> news.News:
    watch = seen_watch(now, high=now, seen_at=after(seconds), points=line((0, before), (seconds, now)))
    step = Step(watch=watch, happenings=(("at", Advanced(before=before, after=now)),))
    (delivery,) = deliveries(step, [follower(milestones=milestones)], after(seconds))
    return delivery.news


def reached(before: float, now: float, milestones: tuple[int, ...] = (25, 50, 75, 100)) -> news.Reached:
    said = told(before, now, milestones)
    assert isinstance(said, news.Reached)
    return said


def test_a_jump_over_several_milestones_is_one_message_about_the_highest() -> None:
    said = reached(20, 80)

    assert (said.milestone, said.percent, said.before, said.jumped) == (75, 80, 20, True)


def test_a_milestone_that_is_met_exactly_counts_once() -> None:
    watch = seen_watch(25)
    step = Step(watch=watch, happenings=(("at", Advanced(before=25, after=26)),))

    assert reached(20, 25).milestone == 25
    assert deliveries(step, [follower()], NOON) == ()


def test_each_follower_hears_of_its_own_milestones() -> None:
    step = Step(watch=seen_watch(34), happenings=(("at", Advanced(before=8, after=34)),))
    followers = [follower("a"), follower("b", milestones=(10, 20, 30)), follower("c", milestones=(90,))]

    found = deliveries(step, followers, NOON)

    assert [(one.subscription_id, one.news.milestone) for one in found if isinstance(one.news, news.Reached)] == [
        ("a", 25),
        ("b", 30),
    ]


def test_a_delivery_is_named_for_watch_run_follower_and_milestone() -> None:
    watch = seen_watch(50, run=3)
    step = Step(watch=watch, happenings=(("at", Advanced(before=20, after=50)),))

    (found,) = deliveries(step, [follower("s9")], NOON)

    assert found.id == f"{watch.id}/3/s9/at-50"
    assert (found.channel, found.watch_id, found.created_at) == ("C0123ABCD", watch.id, NOON)


def test_one_reading_is_told_in_the_order_in_which_things_happened() -> None:
    watch = seen_watch(10, TaskState.PAUSED)
    step = advance(watch, reading(60), after(600), patience=PATIENCE)

    assert [type(one.news).__name__ for one in deliveries(step, [follower()], after(600))] == ["Resumed", "Reached"]


def test_the_time_since_the_previous_milestone_is_told_where_it_was_seen_being_passed() -> None:
    watch = seen_watch(51, seen_at=after(900), points=line((0, 10), (300, 26), (600, 40), (900, 51)))
    step = Step(watch=watch, happenings=(("at", Advanced(before=40, after=51)),))

    (found,) = deliveries(step, [follower()], after(900))

    assert isinstance(found.news, news.Reached)
    assert (found.news.previous_milestone, found.news.since_previous_seconds) == (25, 600)
    assert found.news.remaining_seconds is not None
    assert found.news.estimated


def test_the_time_since_the_previous_milestone_is_left_out_where_nobody_saw_it() -> None:
    first, late = reached(10, 30), reached(30, 60)

    assert (first.previous_milestone, first.since_previous_seconds) == (None, None)
    assert (late.previous_milestone, late.since_previous_seconds) == (25, None)


def test_the_clouds_own_remaining_time_is_no_estimate() -> None:
    watch = seen_watch(50, seen=reading(50, remaining_seconds=90))
    step = Step(watch=watch, happenings=(("at", Advanced(before=40, after=50)),))

    (found,) = deliveries(step, [follower()], NOON)

    assert isinstance(found.news, news.Reached)
    assert (found.news.remaining_seconds, found.news.estimated) == (90, False)


def test_a_hundred_percent_of_a_task_that_still_runs_is_marked() -> None:
    assert reached(90, 100).at_end
    assert not reached(70, 80).at_end


def test_without_milestones_nothing_is_said_on_the_way() -> None:
    step = Step(watch=seen_watch(50), happenings=(("at", Advanced(before=0, after=50)),))

    assert deliveries(step, [follower(milestones=())], NOON) == ()


def test_a_task_is_heard_of_where_anyone_can_be_told() -> None:
    paused = replace(follower(), paused=Pause(reason=PauseReason.ARCHIVED, since=NOON))

    assert is_heard([paused, follower()])
    assert not is_heard([paused])
    assert not is_heard([])


def test_what_anyone_waits_for_is_known_once_and_ascending() -> None:
    assert awaited([follower(milestones=(50, 100)), follower(milestones=(10, 50))]) == (10, 50, 100)
    assert awaited([follower(milestones=(10, 50))]) == (10, 50)
    assert awaited([]) == ()


def test_a_copy_that_is_complete_before_changes_are_followed_leaves_no_question_open() -> None:
    complete = reading(100, outlook=Outlook.COMPLETE)
    step = Step(watch=seen_watch(100, seen=complete), happenings=(("at", Advanced(before=90, after=100)),))

    (delivery,) = deliveries(step, [follower()], NOON)

    assert isinstance(delivery.news, news.Reached)
    assert not delivery.news.at_end


# --- rules, mutes, quiet hours ---

EVERYTHING: tuple[news.News | Advanced, ...] = (
    Advanced(before=0, after=60),
    news.InSync(after_seconds=1.0),
    news.Paused(),
    news.Resumed(paused_seconds=1.0),
    news.RanAgain(),
    news.Unreadable(kind="denied", since=0.0),
    news.ReadableAgain(after_seconds=1.0),
    news.PhaseDone(name="data"),
    news.Stalled(seconds=1.0),
    news.MovingAgain(seconds=1.0),
    news.Late(due_at=0.0),
    news.LagBroken(lag_seconds=9.0, over=1, hold=1),
    news.LagGood(over=1, after_seconds=1.0),
    news.Beat(state=TaskState.RUNNING, after_seconds=1.0),
    news.Gone(),
    news.Ended(state=TaskState.SUCCEEDED, after_seconds=1.0),
)


def heard(rules: Rules, **changes: Any) -> list[str]:
    """What a follower hears of everything, one at a time."""
    found = []
    for happening in EVERYTHING:
        step = Step(watch=seen_watch(60), happenings=(("it", happening),))
        found += [type(one.news).__name__ for one in deliveries(step, [follower(rules=rules, **changes)], NOON)]
    return found


def test_phases_are_told_only_to_those_who_asked() -> None:
    assert "PhaseDone" not in heard(Rules())
    assert len(heard(Rules(per_phase=True))) == len(EVERYTHING)


def test_that_it_moves_again_comes_before_what_it_moved_to() -> None:
    moving, stalled = news.MovingAgain(seconds=1.0), news.Stalled(seconds=1.0)
    step = Step(
        watch=seen_watch(60),
        happenings=(("at", Advanced(before=40, after=60)),),
        timed=((SubscriptionId("a"), ("stall-1", stalled)), (SubscriptionId("a"), ("moving-1", moving))),
    )

    assert [type(one.news).__name__ for one in deliveries(step, [follower("a")], NOON)] == [
        "MovingAgain",
        "Reached",
        "Stalled",
    ]


def test_who_wants_only_the_end_hears_that_and_what_was_asked_for_expressly() -> None:
    asked = ["Stalled", "MovingAgain", "Late", "LagBroken", "LagGood", "Beat", "Gone", "Ended"]

    assert heard(Rules(only_end=True, milestones=())) == asked
    assert heard(Rules(only_end=True, milestones=(), per_phase=True)) == ["PhaseDone", *asked]


def test_while_it_is_muted_only_ends_are_told() -> None:
    mute = Mute(by="U1", since=NOON, until=after(60))

    assert heard(Rules(per_phase=True), muted=mute) == ["Gone", "Ended"]
    assert heard(Rules(), muted=replace(mute, until=None)) == ["Gone", "Ended"]
    assert heard(Rules(), muted=replace(mute, until=NOON)) == heard(Rules())


def test_what_fell_due_for_one_follower_is_told_to_that_one_and_a_heartbeat_to_nobody_who_hears_more() -> None:
    a, b = SubscriptionId("a"), SubscriptionId("b")
    beat, late = news.Beat(state=TaskState.RUNNING, after_seconds=1.0), news.Late(due_at=0.0)
    paused = (("paused-1", news.Paused()),)
    step = Step(watch=seen_watch(60), timed=((a, ("beat-1", beat)), (b, ("late-1", late)), (b, ("beat-1", beat))))

    found = deliveries(step, [follower("a"), follower("b"), follower("c")], NOON)
    with_more = deliveries(replace(step, happenings=paused), [follower("a")], NOON)

    assert [(one.subscription_id, one.news) for one in found] == [("a", beat), ("b", late)]
    assert [one.news for one in with_more] == [news.Paused()]
    assert found[0].id.endswith("/a/beat-1")


@pytest.mark.parametrize(
    ("told", "held"),
    [
        (news.Paused(), True),
        (news.Ended(state=TaskState.SUCCEEDED, after_seconds=1.0), True),
        (news.Ended(state=TaskState.FAILED, after_seconds=1.0), False),
        (news.Ended(state=TaskState.STOPPED, after_seconds=1.0), False),
        (news.Gone(), False),
    ],
)
def test_quiet_hours_hold_everything_back_but_failures(told: news.News, held: bool) -> None:
    quiet = Quiet(start=11 * 60, end=13 * 60)
    step = Step(watch=seen_watch(60), happenings=(("it", told),))

    (inside,) = deliveries(step, [follower(rules=Rules(quiet=quiet))], NOON)
    (outside,) = deliveries(step, [follower(rules=Rules(quiet=quiet))], after(3600))

    assert inside.held_until == (after(3600) if held else None)
    assert outside.held_until is None


SUCCESS = news.Ended(state=TaskState.SUCCEEDED, after_seconds=1.0)
FAILURE = news.Ended(state=TaskState.FAILED, after_seconds=1.0)


@pytest.mark.parametrize(
    ("broadcast", "shown"),
    [
        (Broadcast.NEVER, [False, False, False, False]),
        (Broadcast.FAILURES, [False, False, True, True]),
        (Broadcast.END, [False, True, True, True]),
        (Broadcast.ALL, [True, True, True, True]),
    ],
)
def test_replies_are_shown_in_the_channel_as_the_rules_say(broadcast: Broadcast, shown: list[bool]) -> None:
    rules = Rules(broadcast=broadcast)

    assert [is_broadcast(rules, told) for told in (news.Paused(), SUCCESS, FAILURE, news.Gone())] == shown
    assert not is_broadcast(rules, news.CardOpened())


def test_people_are_mentioned_at_the_ends_that_they_asked_for_each_once() -> None:
    rules = Rules(
        mentions=(
            Mention(who="U1", on=Occasion.FAILURE),
            Mention(who="S2", on=Occasion.END),
            Mention(who="U1", on=Occasion.END),
        )
    )

    assert mentioned(rules, FAILURE) == ("U1", "S2")
    assert mentioned(rules, SUCCESS) == ("S2", "U1")
    assert mentioned(Rules(mentions=rules.mentions[:1]), SUCCESS) == ()
    assert mentioned(rules, news.Paused()) == ()
