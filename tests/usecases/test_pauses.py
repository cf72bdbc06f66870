"""Subscriptions pause, they do not vanish: with their reason, kept, told once, and going on by themselves."""

from datetime import timedelta

import pytest

from bot.core.model import Pause, PauseReason
from bot.ports import Refusal, Refused
from bot.usecases.pauses import LOOK_AGAIN
from providers.base import Outlook, TaskSnapshot, TaskState
from tests.usecases.answers import CLOSED, LOST, UNSENT, news_waits
from tests.usecases.world import ALICE, CHANNEL, NOT_NOW, OTHER, Gate, World, finished, plain, snapshot

BOB = "U0BOB"
TOKEN_REFUSED = Refused(kind=Refusal.WORKSPACE, code="token_revoked")
ODD = Refused(kind=Refusal.UNKNOWN, code="of_a_new_kind")


async def paused(world: World, channel: str = CHANNEL) -> list[Pause | None]:
    return [followed.subscription.paused for followed in await world.followed(channel)]


def told(world: World, user: str = ALICE) -> list[str]:
    """The direct messages of a user."""
    return [plain(shown.message.text) for shown in world.slack.messages if shown.channel == user]


# --- falling silent -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("is_archived", PauseReason.ARCHIVED),
        ("channel_not_found", PauseReason.REMOVED),
        ("not_in_channel", PauseReason.REMOVED),
        ("restricted_action_read_only_channel", PauseReason.REFUSED),
    ],
)
async def test_a_channel_that_refuses_a_post_pauses_its_subscriptions_with_the_reason(
    world: World, code: str, reason: PauseReason
) -> None:
    world.task(10, key="job-2")
    await world.follows("job-2")
    await world.follows(channel=OTHER)
    await news_waits(world)
    world.slack.closed[CHANNEL] = Refused(kind=Refusal.CHANNEL_CLOSED, code=code)

    await world.tell_all(times=3)

    assert [(pause.reason, pause.code) for pause in await paused(world) if pause] == [(reason, code)] * 2
    assert await paused(world, OTHER) == [None]


async def test_a_pause_is_kept_over_a_restart_and_shown_in_the_list(world: World) -> None:
    await world.follows()
    await world.pauses.channel_closed(CHANNEL, PauseReason.REMOVED)

    await world.restart()

    assert "silent here since" in await world.types("list")
    assert "I am not in it any more" in await world.types("list")


async def test_each_owner_is_told_once_why_and_what_brings_it_back(world: World) -> None:
    world.task(10, key="job-2")
    await world.follows()
    await world.follows("job-2")
    await world.types("subscribe drs job-3", user=BOB)

    await world.pauses.channel_closed(CHANNEL, PauseReason.ARCHIVED)
    await world.pauses.channel_closed(CHANNEL, PauseReason.ARCHIVED)
    await world.restart()
    await world.pauses.channel_closed(CHANNEL, PauseReason.ARCHIVED)

    (alice,), (bob,) = told(world), told(world, BOB)
    assert "it was archived" in alice
    assert "I go on when it is unarchived" in alice
    assert ("job-1" in alice, "job-2" in alice, "job-3" in alice) == (True, True, False)
    assert "job-3" in bob


async def test_an_owner_hears_of_the_next_pause_too(world: World) -> None:
    await world.follows()

    for _ in range(2):
        await world.pauses.channel_closed(CHANNEL, PauseReason.ARCHIVED)
        world.clock.move(minutes=1)
        await world.pauses.channel_open(CHANNEL)

    assert len(told(world)) == 2


async def test_an_owner_who_could_not_be_told_is_told_when_slack_is_back(world: World) -> None:
    await world.follows()
    world.slack.closed[ALICE] = NOT_NOW
    await world.pauses.channel_closed(CHANNEL, PauseReason.ARCHIVED)

    world.slack.closed.clear()
    for _ in range(3):
        await world.pauses.tick()

    assert len(told(world)) == 1


async def test_an_owner_who_takes_no_messages_is_not_asked_again(world: World) -> None:
    await world.follows()
    world.slack.closed[ALICE] = Refused(kind=Refusal.CHANNEL_CLOSED, code="messages_tab_disabled")
    await world.pauses.channel_closed(CHANNEL, PauseReason.ARCHIVED)
    world.slack.posts.clear()

    for _ in range(3):
        await world.pauses.tick()

    assert world.slack.posts == []


async def test_an_event_about_a_channel_that_follows_nothing_is_no_matter(world: World) -> None:
    await world.follows()

    await world.pauses.channel_closed(OTHER, PauseReason.ARCHIVED)
    await world.pauses.channel_open(OTHER)

    assert await paused(world) == [None]
    assert told(world) == []


async def test_a_watch_that_nobody_can_hear_is_looked_at_rarely_and_at_once_when_somebody_can(world: World) -> None:
    await world.follows()
    await world.follows(channel=OTHER)
    for channel in (CHANNEL, OTHER):
        await world.pauses.channel_closed(channel, PauseReason.ARCHIVED)
    await world.poll_later()
    world.cloud.calls.clear()

    for _ in range(40):
        await world.poll_later(minutes=0.5)
    rarely = len(world.cloud.calls)
    await world.pauses.channel_open(OTHER)
    await world.poll()

    assert 3 <= rarely <= 6
    assert len(world.cloud.calls) == rarely + 1


async def test_a_watch_is_looked_at_as_ever_while_one_channel_can_hear(world: World) -> None:
    await world.follows()
    await world.follows(channel=OTHER)
    await world.pauses.channel_closed(CHANNEL, PauseReason.ARCHIVED)
    await world.poll_later()
    world.cloud.calls.clear()

    for _ in range(10):
        await world.poll_later()

    assert len(world.cloud.calls) == 10


# --- going on -----------------------------------------------------------------------------------------------------


async def test_one_message_says_what_was_missed_and_the_end_follows_it(world: World) -> None:
    await world.follows()
    await world.pauses.channel_closed(CHANNEL, PauseReason.ARCHIVED)
    for percent, state in ((30, TaskState.RUNNING), (60, TaskState.RUNNING), (100, TaskState.SUCCEEDED)):
        world.task(percent, state)
        await world.poll_later(minutes=6)
        await world.tell_all(times=3)
    silent = world.slack.heard()

    await world.pauses.channel_open(CHANNEL)
    await world.tell_all(times=5)
    await world.show()

    missed, end = world.slack.thread()
    assert silent == []
    assert "this channel was archived" in plain(missed.message.text)
    assert [line[:4] for line in plain(missed.message.text).split("• ")[1:]] == ["25 %", "50 %"]
    assert (missed.broadcast, end.broadcast) == (False, True)
    assert "done after" in plain(world.slack.card().message.text)


async def test_an_end_alone_is_announced_as_missed(world: World) -> None:
    await world.follows()
    await world.pauses.channel_closed(CHANNEL, PauseReason.REMOVED)
    world.task(100, TaskState.SUCCEEDED)
    await world.poll_later(minutes=6)

    await world.pauses.channel_open(CHANNEL)
    await world.tell_all(times=5)

    missed, end = world.slack.heard()
    assert missed.endswith("This was missed:")
    assert end.startswith("✅ Done")


async def test_who_missed_nothing_hears_just_that(world: World) -> None:
    await world.follows()
    await world.pauses.channel_closed(CHANNEL, PauseReason.ARCHIVED)
    world.clock.move(minutes=5)

    await world.pauses.channel_open(CHANNEL)
    await world.tell_all(times=3)

    (heard,) = world.slack.heard()
    assert heard.endswith("this channel was archived. Nothing was missed.")


async def test_what_was_missed_before_and_after_a_retry_is_told_around_the_end(world: World) -> None:
    await world.follows()
    await world.pauses.channel_closed(CHANNEL, PauseReason.ARCHIVED)
    failed = TaskSnapshot(state=TaskState.FAILED, outlook=Outlook.MAY_RETURN)
    for reading in (failed, failed, snapshot(5), snapshot(30)):
        world.cloud.tasks["job-1"] = reading
        await world.poll_later(minutes=6)

    await world.pauses.channel_open(CHANNEL)
    await world.tell_all(times=6)

    assert [heard.split()[0] for heard in world.slack.heard()] == ["I", "❌", "▶️", "25"]


async def test_a_missed_event_is_made_good_by_a_look_now_and_then(world: World) -> None:
    await news_waits(world, CLOSED)
    world.slack.closed[CHANNEL] = CLOSED
    await world.tell()
    world.slack.asked_about.clear()
    for _ in range(30):
        await world.pauses.tick()
        world.clock.move(minutes=1)
    asked = len(world.slack.asked_about)

    world.slack.closed.clear()
    world.clock.move(minutes=10)
    await world.pauses.tick()
    await world.tell_all(times=2)

    assert asked == 2
    assert await paused(world) == [None]
    assert len(world.slack.heard()) == 1


async def test_a_pause_that_could_not_be_ended_is_tried_again_soon(world: World) -> None:
    await world.follows()
    await world.pauses.channel_closed(CHANNEL, PauseReason.ARCHIVED)
    world.clock.move(minutes=11)
    world.ill = {"resume"}
    await world.pauses.tick()

    world.ill = set()
    await world.pauses.tick()

    assert await paused(world) == [None]


async def test_a_clock_that_was_set_back_keeps_no_channel_closed(world: World) -> None:
    await world.follows()
    await world.pauses.channel_closed(CHANNEL, PauseReason.ARCHIVED)
    world.clock.move(minutes=-300)

    world.pauses.clock_jumped()
    await world.pauses.tick()

    assert await paused(world) == [None]


async def test_what_was_being_sent_when_its_channel_closed_is_not_said_twice(world: World) -> None:
    await news_waits(world, LOST)
    await world.tell()
    await world.pauses.channel_closed(CHANNEL, PauseReason.ARCHIVED)
    world.clock.move(minutes=5)

    await world.pauses.channel_open(CHANNEL)
    await world.tell_all(times=6)

    assert [heard[:4] for heard in world.slack.heard()] == ["60 %", "I co"]


async def test_what_did_not_arrive_before_its_channel_closed_comes_before_what_was_missed(world: World) -> None:
    await news_waits(world, UNSENT)
    await world.tell()
    await world.pauses.channel_closed(CHANNEL, PauseReason.ARCHIVED)
    world.task(80)
    await world.poll_later(minutes=6)

    await world.pauses.channel_open(CHANNEL)
    await world.tell_all(times=6)

    first, second = world.slack.heard()
    assert first.startswith("60 %")
    assert "75 %" in second


async def test_who_unsubscribes_during_a_pause_hears_nothing_more(world: World) -> None:
    await news_waits(world)
    await world.pauses.channel_closed(CHANNEL, PauseReason.REMOVED)
    await world.types("unsubscribe job-1")

    await world.pauses.channel_open(CHANNEL)
    await world.tell_all(times=3)

    assert world.slack.thread() == []
    assert await world.store.next_due() is None


async def test_a_paused_subscription_moves_with_its_channel_and_goes_on_there(world: World) -> None:
    await news_waits(world)
    world.slack.closed[CHANNEL] = Refused(kind=Refusal.CHANNEL_CLOSED, code="channel_not_found")
    await world.tell()

    await world.pauses.channel_moved(CHANNEL, OTHER)
    await world.pauses.tick()
    await world.tell_all(times=3)

    assert await paused(world, OTHER) == [None]
    assert len(world.slack.heard(OTHER)) == 1


async def test_a_message_under_way_to_a_channel_that_moved_goes_to_the_new_one(world: World) -> None:
    await news_waits(world)
    world.slack.closed[CHANNEL] = Refused(kind=Refusal.CHANNEL_CLOSED, code="channel_not_found")
    world.slack.post_answers.append(gate := Gate())
    await world.deliveries.tick()
    await finished(gate.reached.wait())
    await world.pauses.channel_moved(CHANNEL, OTHER)
    gate.answer = world.slack.closed[CHANNEL]
    gate.open.set()
    await world.deliveries.settle()

    await world.tell_all(times=3)

    assert await paused(world, OTHER) == [None]
    assert len(world.slack.heard(OTHER)) == 1


# --- refused for a reason that nobody knows -----------------------------------------------------------------------


async def test_an_unknown_refusal_is_tried_once_as_plain_text_and_then_that_subscription_alone_pauses(
    world: World,
) -> None:
    world.task(10, key="job-2")
    await world.follows("job-2")
    await news_waits(world, ODD, ODD)
    world.slack.posts.clear()

    await world.tell_all(times=3)

    first, second = await world.followed()
    assert [len([at for at in world.slack.posts if at[1] == channel]) for channel in (CHANNEL, ALICE)] == [2, 1]
    assert first.subscription.paused is None
    assert second.subscription.paused is not None
    assert second.subscription.paused.code == "of_a_new_kind"


async def test_a_channel_that_refuses_for_ever_is_tried_now_and_then_and_its_owner_told_once(world: World) -> None:
    await news_waits(world)
    restricted = Refused(kind=Refusal.CHANNEL_CLOSED, code="restricted_action")
    world.slack.post_answers += [restricted] * 100
    world.slack.post_answers.insert(1, NOT_NOW)
    began = world.clock.now()
    for _ in range(100):
        await world.pauses.tick()
        await world.tell()
        world.clock.move(minutes=1)
    tries = [at for at, where, _ in world.slack.posts if where == CHANNEL]

    world.slack.post_answers.clear()
    world.clock.move(minutes=11)
    await world.pauses.tick()
    await world.tell_all(times=3)

    (heard,) = world.slack.heard()
    assert len([at for at in tries if at >= began]) <= 12
    assert "60 %" in heard
    assert len([at for at in world.slack.posts if at[1] == ALICE]) <= 2


# --- the whole workspace ------------------------------------------------------------------------------------------


async def test_a_refused_token_pauses_everything_and_a_good_one_resumes_it(world: World) -> None:
    await world.follows(channel=OTHER)
    await news_waits(world)
    for channel in (CHANNEL, OTHER):
        world.slack.closed[channel] = TOKEN_REFUSED
    await world.tell_all(times=3)
    during = [*await paused(world), *await paused(world, OTHER)]

    world.slack.closed.clear()
    await world.restart()
    await world.pauses.workspace_open(at_start=True)
    await world.tell_all(times=3)

    assert [pause.reason for pause in during if pause is not None] == [PauseReason.TOKEN] * 2
    assert [*await paused(world), *await paused(world, OTHER)] == [None, None]
    assert len(world.slack.heard()) == len(world.slack.heard(OTHER)) == 1
    assert told(world) == []


async def test_a_good_token_whose_posts_are_refused_is_not_tried_every_second(world: World) -> None:
    await news_waits(world)
    world.slack.closed[CHANNEL] = Refused(kind=Refusal.WORKSPACE, code="missing_scope")
    world.slack.posts.clear()

    for _ in range(180):
        await world.pauses.workspace_open()
        await world.tell()
        world.clock.move(seconds=10)

    assert len(world.slack.posts) == timedelta(minutes=30) / LOOK_AGAIN


async def test_an_open_workspace_opens_no_closed_channel(world: World) -> None:
    await world.follows()
    await world.pauses.channel_closed(CHANNEL, PauseReason.ARCHIVED)

    await world.pauses.workspace_open(at_start=True)

    assert [pause.reason for pause in await paused(world) if pause] == [PauseReason.ARCHIVED]


async def test_a_reinstalled_app_goes_on(world: World) -> None:
    await world.follows()
    await world.pauses.workspace_closed(PauseReason.UNINSTALLED)
    await world.pauses.channel_open(CHANNEL)
    during = await paused(world)

    await world.pauses.workspace_open(at_start=True)
    await world.reads(60)

    assert [pause.reason for pause in during if pause] == [PauseReason.UNINSTALLED]
    assert "Nothing was missed" in world.slack.heard()[0]
    assert "60 %" in world.slack.heard()[1]


async def test_an_end_that_was_not_said_yet_pauses_with_its_subscription(world: World) -> None:
    await world.follows()
    world.task(100, TaskState.SUCCEEDED)
    await world.poll_later()
    world.slack.closed[CHANNEL] = CLOSED
    await world.tell_all(times=3)
    tries = len(world.slack.posts)
    await world.tell_all(times=10)

    world.slack.closed.clear()
    await world.pauses.channel_open(CHANNEL)
    await world.tell_all(times=3)

    assert len(world.slack.heard()) == 2
    assert world.slack.heard()[1].startswith("✅")
    assert tries + 2 == len(world.slack.posts)
