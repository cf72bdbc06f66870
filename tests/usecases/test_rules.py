"""What a subscription's rules make of its thread: heartbeats, stalls, quiet hours, broadcasts, mentions, mutes."""

from datetime import datetime, timedelta

import pytest

from bot.core.model import Delivery, Mute, Subscription, SubscriptionId, Watch, delivery_id, watch_id
from bot.core.news import CardOpened
from bot.core.rules import Broadcast, Lag, Mention, Occasion, Overdue, Quiet, Rules
from bot.ports import PostResult, RetryLater, Revision, Unclear
from providers.base import Outlook, TaskKey, TaskSnapshot, TaskState
from tests.usecases.world import ALICE, CHANNEL, NOON, OTHER, World

KEY = TaskKey("job-1")
NIGHT = Quiet(start=13 * 60, end=19 * 60)
"""From one hour after the clock of these tests begins."""


async def follow(world: World, rules: Rules, channel: str = CHANNEL) -> Subscription:
    """Let a channel follow `job-1` by *rules*, and show its card."""
    now = world.clock.now()
    watch = Watch(id=watch_id("drs", KEY, 1), account="drs", key=KEY, created_at=now, due_at=now, run_since=now)
    subscription = Subscription(
        id=SubscriptionId(f"of-{channel}"),
        watch_id=watch.id,
        channel=channel,
        owner=ALICE,
        created_at=now,
        rules=rules,
    )
    card = Delivery(
        id=delivery_id(watch, subscription.id, "card"),
        watch_id=watch.id,
        subscription_id=subscription.id,
        channel=channel,
        news=CardOpened(),
        created_at=now,
    )
    opened = await world.store.subscribe(watch, subscription, card)
    await world.tell()
    world.clock.move(seconds=2)
    await world.poll()
    return opened.subscription


async def live(world: World, minutes: float, *, step: float = 1) -> None:
    """Let time pass, with all that happens in it."""
    end = world.clock.now() + timedelta(minutes=minutes)
    while world.clock.now() < end:
        world.clock.move(minutes=step)
        await world.poll()
        await world.tell()
        await world.show()


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def token(moment: datetime) -> str:
    return f"<!date^{int(moment.timestamp())}^{{time}}|{moment:%H:%M} UTC>"


# --- time ---


async def test_a_heartbeat_comes_on_time_and_only_once_across_restarts(world: World) -> None:
    await follow(world, Rules(milestones=(), heartbeat=1800))

    for _ in range(8):
        await live(world, 10)
        await world.restart()

    first, second = world.slack.thread()
    assert world.slack.heard()[0].startswith("▶️ Still running after 30 min: 10 %")
    assert (first.at - at(30), second.at - at(60)) < (timedelta(minutes=2),) * 2


async def test_a_stall_is_told_on_time_and_taken_back_and_the_card_says_it(world: World) -> None:
    await follow(world, Rules(milestones=(), stall=1800))

    await live(world, 40)
    assert "no progress since" in world.slack.card().message.text
    world.task(11)
    await live(world, 10)

    stalled, moving = world.slack.heard()
    assert stalled.startswith("No progress for 30 min, still at 10 %.")
    assert moving.startswith("Moving again after 4")
    assert "no progress since" not in world.slack.card().message.text


async def test_an_overdue_task_is_told_once(world: World) -> None:
    await follow(world, Rules(milestones=(), overdue=Overdue(after=3600)))

    await live(world, 120, step=2)

    (late,) = world.slack.heard()
    assert late.startswith("Overdue: it was to be done within 1 h and still goes on at 10 %")
    assert world.slack.thread()[0].at < at(63)


async def test_changes_that_arrive_late_are_told_and_so_is_that_they_do_no_longer(world: World) -> None:
    def lag(seconds: float) -> None:
        world.cloud.tasks["job-1"] = TaskSnapshot(state=TaskState.SYNCING, percent=100, lag_seconds=seconds)

    lag(3)
    await follow(world, Rules(milestones=(), lag=Lag(over=60, hold=300)))
    lag(95)
    await live(world, 10)
    lag(2)
    await live(world, 10)

    broken, good = world.slack.heard()
    assert broken == "Changes arrive 95 s late, over your 60 s for 5 min."
    assert good.startswith("Back within 60 s after 1")


# --- quiet hours ---


async def test_what_happens_in_quiet_hours_is_told_in_one_message_afterwards_each_with_its_time(world: World) -> None:
    await follow(world, Rules(milestones=(25, 50), quiet=NIGHT))
    await live(world, 70)
    world.task(30)
    await live(world, 60)
    world.task(30, TaskState.PAUSED)
    await live(world, 60)
    assert world.slack.heard() == []

    await live(world, 235, step=5)

    (told,) = world.slack.thread()
    head, *lines = told.message.text.split(": ", 1)[1].splitlines()
    assert head == f"Quiet hours are over. Since {token(at(60))}:"
    assert len(lines) == 2
    assert lines[0].startswith(f"• {token(at(71) + timedelta(seconds=2))}  25")
    assert at(420) <= told.at < at(426)


async def test_a_single_piece_of_news_from_quiet_hours_says_where_it_comes_from(world: World) -> None:
    await follow(world, Rules(milestones=(25,), quiet=NIGHT))
    await live(world, 70)
    world.task(30)

    await live(world, 355, step=5)

    (told,) = world.slack.heard()
    assert told.startswith("Quiet hours are over.")


async def test_a_failure_passes_quiet_hours_and_takes_along_what_they_held_back(world: World) -> None:
    await follow(world, Rules(milestones=(25,), quiet=NIGHT))
    await live(world, 70)
    world.task(30)
    await live(world, 30)
    world.task(30, TaskState.FAILED)
    await live(world, 10)

    before, end = world.slack.heard()
    assert before.startswith("The end cuts the quiet hours short.")
    assert end.startswith("❌ Failed at 30 %")
    assert [shown.broadcast for shown in world.slack.thread()] == [False, True]


async def test_a_success_in_quiet_hours_waits_and_stays_a_message_of_its_own(world: World) -> None:
    await follow(world, Rules(milestones=(25,), quiet=NIGHT))
    await live(world, 70)
    world.task(30)
    await live(world, 30)
    world.task(100, TaskState.SUCCEEDED)
    await live(world, 60)
    assert world.slack.heard() == []

    await live(world, 265, step=5)

    before, end = world.slack.heard()
    assert before.startswith("Quiet hours are over.")
    assert end.startswith("✅ Done in")
    assert world.slack.thread()[1].broadcast


@pytest.mark.parametrize("lost", [RetryLater(after=60.0), Unclear(code="timeout")])
async def test_a_reply_that_slack_delays_into_quiet_hours_waits_for_their_end(world: World, lost: PostResult) -> None:
    await follow(world, Rules(milestones=(25, 50), quiet=NIGHT))
    await live(world, 50)
    world.slack.down = lost
    world.task(30)
    await live(world, 15)
    world.slack.down = None
    world.task(60)
    await live(world, 60)
    assert world.slack.heard() == []

    await live(world, 300, step=5)

    told = world.slack.thread()
    assert "25 %" in " ".join(world.slack.heard())
    assert "50 %" in " ".join(world.slack.heard())
    assert all(at(420) <= one.at < at(426) for one in told)


async def test_a_failure_takes_along_what_slack_delayed_into_quiet_hours(world: World) -> None:
    await follow(world, Rules(milestones=(25,), quiet=NIGHT))
    await live(world, 50)
    world.slack.down = RetryLater(after=60.0)
    world.task(30)
    await live(world, 15)
    world.slack.down = None
    world.task(30, TaskState.FAILED)
    await live(world, 15)

    _, end = world.slack.heard()
    assert end.startswith("❌ Failed at 30 %")


async def test_a_new_card_comes_in_quiet_hours_too(world: World) -> None:
    world.clock.move(minutes=70)

    await follow(world, Rules(milestones=(25,), quiet=NIGHT))

    assert len(world.slack.cards()) == 1


async def test_quiet_hours_of_one_channel_hold_nothing_back_in_another(world: World) -> None:
    await follow(world, Rules(milestones=(25,), quiet=NIGHT))
    await follow(world, Rules(milestones=(25,)), OTHER)
    await live(world, 70)
    world.task(30)
    await live(world, 10)

    assert (len(world.slack.heard()), len(world.slack.heard(OTHER))) == (0, 1)


# --- who is shown it ---


@pytest.mark.parametrize(
    ("broadcast", "shown"),
    [
        (Broadcast.NEVER, [False, False]),
        (Broadcast.FAILURES, [False, True]),
        (Broadcast.END, [False, True]),
        (Broadcast.ALL, [True, True]),
    ],
)
async def test_replies_are_broadcast_as_the_rules_say(world: World, broadcast: Broadcast, shown: list[bool]) -> None:
    await follow(world, Rules(milestones=(25,), broadcast=broadcast))
    await world.reads(30)
    await world.reads(30, TaskState.FAILED)

    assert [reply.broadcast for reply in world.slack.thread()] == shown


async def test_an_end_mentions_whom_the_rules_name_at_the_moment_when_it_is_posted(world: World) -> None:
    subscription = await follow(world, Rules(mentions=(Mention(who="U0BOB", on=Occasion.END),)))
    rules = Rules(mentions=(Mention(who="U0EVE", on=Occasion.FAILURE), Mention(who="S0TEAM", on=Occasion.END)))
    # Its cloud may retry it, so that it is still followed when somebody edits it.
    world.cloud.tasks["job-1"] = TaskSnapshot(state=TaskState.FAILED, outlook=Outlook.MAY_RETURN)
    await world.poll_later()
    await world.poll_later()
    await world.store.revise(subscription.id, Revision(rules=rules, at=world.clock.now()))

    await world.tell_all(times=3)

    (end,) = world.slack.thread()
    assert end.message.text.endswith("<@U0EVE> <!subteam^S0TEAM>")


async def test_nothing_on_the_way_mentions_anyone(world: World) -> None:
    await follow(world, Rules(mentions=(Mention(who="U0BOB", on=Occasion.END),)))
    await world.reads(30)

    assert all("<@" not in reply.message.text for reply in world.slack.thread())


# --- mute ---


async def test_what_waited_before_it_was_muted_is_not_told_any_more_but_for_the_end(world: World) -> None:
    await follow(world, Rules())
    world.slack.down = RetryLater(after=5.0)
    await world.reads(30)
    await world.reads(55)
    await world.types("mute job-1")
    await world.reads(100, TaskState.SUCCEEDED)

    world.slack.down = None
    await world.tell_all()

    assert [text.split(" in ")[0] for text in world.slack.heard()] == ["✅ Done"]


async def test_what_may_have_arrived_before_it_was_muted_is_looked_up_and_never_repeated(world: World) -> None:
    await follow(world, Rules())
    world.slack.post_answers.append(Unclear(code="TimeoutError"))
    world.task(30)
    await world.poll_later()
    await world.tell()
    await world.types("mute job-1")

    await world.tell_all()

    assert len(world.slack.finds) > 0
    assert world.slack.heard() == []


async def test_once_it_is_unmuted_the_next_milestone_is_told_as_ever(world: World) -> None:
    await follow(world, Rules())
    world.slack.down = RetryLater(after=5.0)
    await world.reads(30)
    await world.types("mute job-1")
    world.slack.down = None
    await world.tell_all()
    await world.types("unmute job-1")

    await world.reads(55)

    (told,) = world.slack.heard()
    assert told.startswith("50 % passed")


async def test_who_was_muted_through_a_stall_and_unmutes_does_not_hear_that_it_is_over(world: World) -> None:
    await follow(world, Rules(milestones=(), stall=1800))
    await world.reads(30)
    await world.types("mute job-1")
    await live(world, 45)
    await world.types("unmute job-1")

    await world.reads(31)

    assert world.slack.heard() == []


async def test_a_muted_subscription_tells_its_end_only_and_its_card_goes_on(world: World) -> None:
    subscription = await follow(world, Rules(heartbeat=600))
    mute = Mute(by=ALICE, since=world.clock.now())
    await world.store.revise(subscription.id, Revision(muted=mute, at=world.clock.now()))
    world.task(30)
    await live(world, 30)

    assert world.slack.heard() == []
    assert "30" in world.slack.card().message.text
    assert f"uted by <@{ALICE}>" in world.slack.card().message.text
    await world.reads(30, TaskState.SUCCEEDED)
    assert [text.split(" in ")[0] for text in world.slack.heard()] == ["✅ Done"]
