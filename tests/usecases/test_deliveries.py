from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.core.wording.thread import MAYBE_REPEATED
from bot.ports import Blind, Missing, Refusal, Refused, RetryLater
from bot.usecases.delivery import WORKSPACE_PER_MINUTE
from bot.usecases.doubts import Habits
from providers.base import TaskState
from tests.usecases.answers import CLOSED, LOST, TOO_BAD, UNSENT, news_waits
from tests.usecases.world import ALICE, CHANNEL, OTHER, Gate, Lost, PostAnswer, World, finished, plain


def times(world: World, channel: str = CHANNEL) -> list[datetime]:
    return [at for at, where, _ in world.slack.posts if where == channel]


# --- order and pace -----------------------------------------------------------------------------------------------


async def test_a_thread_hears_things_in_the_order_in_which_they_happened(world: World) -> None:
    await world.follows()
    for percent, state in (
        (30, TaskState.RUNNING),
        (30, TaskState.PAUSED),
        (30, TaskState.RUNNING),
        (80, TaskState.RUNNING),
        (100, TaskState.SUCCEEDED),
    ):
        world.task(percent, state)
        await world.poll_later()

    await world.tell_all(times=6)

    assert [heard.split()[0] for heard in world.slack.heard()] == ["25", "⏸️", "▶️", "80", "✅"]
    assert {shown.thread_ts for shown in world.slack.thread()} == {world.slack.card().ts}


async def test_only_the_end_is_shown_in_the_channel_as_well(world: World) -> None:
    await world.follows()

    await world.reads(60)
    await world.reads(100, TaskState.FAILED)

    assert [shown.broadcast for shown in world.slack.thread()] == [False, True]


async def test_a_channel_gets_one_message_a_second_while_others_get_theirs(world: World) -> None:
    world.task(10, key="job-2")
    for key in ("job-1", "job-2"):
        await world.follows(key)
        await world.follows(key, channel=OTHER)
    world.slack.posts.clear()
    world.task(60)
    world.task(60, key="job-2")
    await world.poll_later()

    for _ in range(60):
        await world.tell()
        world.clock.move(seconds=0.1)

    for channel in (CHANNEL, OTHER):
        first, second = times(world, channel)
        assert second - first >= timedelta(seconds=1)
    assert times(world, CHANNEL)[0] == times(world, OTHER)[0]


async def test_a_slow_post_holds_up_its_own_channel_alone(world: World) -> None:
    await world.follows()
    await world.follows(channel=OTHER)
    world.task(60)
    await world.poll_later()
    world.slack.post_answers.append(gate := Gate())

    await world.deliveries.tick()
    await finished(gate.reached.wait())
    for _ in range(5):
        world.clock.move(seconds=2)
        await world.deliveries.tick()
    gate.open.set()
    await world.deliveries.settle()

    assert len(world.slack.heard(CHANNEL)) == len(world.slack.heard(OTHER)) == 1


async def test_an_end_goes_before_the_progress_of_other_tasks(world: World) -> None:
    world.task(10, key="job-2")
    await world.follows("job-1")
    await world.follows("job-2")
    world.task(60, key="job-1")
    await world.poll_later()
    world.task(100, TaskState.SUCCEEDED, key="job-2")
    await world.poll_later()

    await world.tell_all(times=4)

    assert [heard.split()[0] for heard in world.slack.heard()] == ["✅", "60"]


async def test_a_backlog_never_outruns_what_the_workspace_takes(world: World) -> None:
    channels = [f"C{number:05}" for number in range(40)]
    for channel in channels:
        await world.follows(channel=channel)
    world.slack.posts.clear()
    world.task(60)
    await world.poll_later()
    began = world.clock.now()

    for _ in range(150):
        await world.tell()
        world.clock.move(seconds=0.2)

    assert len(world.slack.posts) == len(channels)
    burst = [at for at, _, _ in world.slack.posts if at < began + timedelta(seconds=1)]
    assert len(burst) <= 25
    last = max(at for at, _, _ in world.slack.posts)
    assert last - began <= timedelta(minutes=len(channels) / WORKSPACE_PER_MINUTE + 0.1)


# --- what Slack answers -------------------------------------------------------------------------------------------


async def test_retry_after_is_kept_to_the_second_and_for_the_whole_workspace(world: World) -> None:
    world.task(10, key="job-2")
    await world.follows("job-2", channel=OTHER)
    await news_waits(world, RetryLater(after=37.0, code="ratelimited", throttled=True))
    world.slack.posts.clear()
    throttled_at = world.clock.now()

    await world.tell()
    world.task(60, key="job-2")
    await world.poll()
    for _ in range(50):
        world.clock.move(seconds=1)
        await world.tell()
        await world.poll()

    first, again = times(world)
    assert first == throttled_at
    assert again == throttled_at + timedelta(seconds=37)
    (other,) = times(world, OTHER)
    assert other >= again


async def test_a_channel_out_of_reach_is_tried_less_and_less_often_but_for_ever(world: World) -> None:
    await news_waits(world)
    world.slack.closed[CHANNEL] = RetryLater(after=0.0, code="ClientConnectorError")
    world.slack.posts.clear()

    for _ in range(1500):
        world.clock.move(minutes=6)
        await world.tell()
    tries = len(world.slack.posts)
    world.slack.closed.clear()
    await world.tell_all(times=2)
    world.clock.move(minutes=6)
    await world.tell()

    assert tries == 1500
    assert len(world.slack.heard()) == 1


async def test_the_pause_between_tries_doubles_up_to_five_minutes(world: World) -> None:
    await news_waits(world)
    world.slack.closed[CHANNEL] = RetryLater(after=0.0, code="ClientConnectorError")
    world.slack.posts.clear()

    for _ in range(1300):
        await world.tell()
        world.clock.move(seconds=1)

    at = times(world)
    assert [(later - at[place]).total_seconds() for place, later in enumerate(at[1:])] == [
        2, 4, 8, 16, 32, 64, 128, 256, 300, 300,
    ]  # fmt: skip


@pytest.mark.parametrize("answer", [LOST, UNSENT])
async def test_a_lost_answer_is_looked_up_and_the_message_is_there_once(
    world: World, answer: PostAnswer | Lost
) -> None:
    await news_waits(world, answer)

    await world.tell_all(times=12)

    (heard,) = world.slack.heard()
    assert MAYBE_REPEATED not in heard
    assert len(set(world.slack.finds)) == 1


async def test_what_was_lost_twice_is_still_there_once(world: World) -> None:
    await news_waits(world, UNSENT, UNSENT, LOST)

    await world.tell_all(times=40)

    assert len(world.slack.heard()) == 1


async def test_a_lost_answer_is_not_looked_up_before_slack_had_time(world: World) -> None:
    await news_waits(world, LOST)

    await world.tell()
    for _ in range(2):
        world.clock.move(seconds=1.2)
        await world.tell()

    assert world.slack.finds == []


@pytest.mark.parametrize("when", ["as late as can be", "too early to be believed"])
async def test_a_message_that_slack_shows_late_is_not_sent_again(world: World, when: str) -> None:
    await news_waits(world, LOST)
    await world.tell()
    # Slack does not show yet what it accepted: whoever looks finds nothing, in the thread and in the channel.
    world.slack.find_answers += [Missing(), Missing()]

    await world.tell_all(times=8 if when == "too early to be believed" else 12)
    finds = len(world.slack.finds)
    await world.tell_all(times=12)

    assert len(world.slack.heard()) == 1
    assert finds == (2 if when == "too early to be believed" else 3)


async def test_a_bot_that_was_killed_does_not_believe_at_once_that_its_last_message_is_missing(world: World) -> None:
    await news_waits(world)
    world.slack.post_answers.append(gate := Gate())
    await world.deliveries.tick()
    await finished(gate.reached.wait())

    await world.restart()
    await world.tell_all(times=3)
    tries = len(world.slack.posts)
    await world.tell_all(times=9)

    # The card, the call that died with the bot, and only after a while another one.
    assert (tries, len(world.slack.posts)) == (2, 3)
    assert len(world.slack.heard()) == 1


async def test_how_long_slack_is_not_believed_is_for_the_operator_to_say(world: World) -> None:
    world.habits = Habits(believe_after=timedelta(minutes=1))
    await world.restart()
    await news_waits(world, UNSENT)

    await world.tell_all(times=50)
    before = world.slack.heard()
    await world.tell_all(times=10)

    assert (before, len(world.slack.heard())) == ([], 1)


async def test_a_clock_that_was_set_back_does_not_keep_a_missing_message_waiting(world: World) -> None:
    await news_waits(world, UNSENT)
    await world.tell()
    world.clock.move(minutes=-180)
    world.deliveries.clock_jumped()
    await world.polling.clock_jumped()

    world.clock.move(minutes=2)
    await world.tell_all(times=4)

    assert len(world.slack.heard()) == 1


async def test_a_thread_that_cannot_be_read_just_now_is_looked_at_again(world: World) -> None:
    await news_waits(world, LOST)
    world.slack.find_answers += [Blind(for_good=False)] * 3

    await world.tell_all(times=120)

    assert len(world.slack.heard()) == 1
    assert len(world.slack.finds) == 4


async def test_without_the_history_scope_it_is_repeated_and_says_so(world: World) -> None:
    await news_waits(world, LOST)
    world.slack.find_answers.append(Blind(for_good=True))

    await world.tell_all(times=6)

    first, second = world.slack.thread()
    assert MAYBE_REPEATED not in first.message.text
    assert MAYBE_REPEATED in second.message.text


async def test_without_the_history_scope_it_is_dropped_where_the_operator_wants_that(world: World) -> None:
    world.habits = Habits(repeat=False)
    await world.restart()
    await news_waits(world, LOST)
    world.slack.find_answers.append(Blind(for_good=True))

    await world.tell_all(times=6)
    await world.reads(80)

    assert [heard[:4] for heard in world.slack.heard()] == ["60 %", "75 %"]


async def test_a_card_is_never_dropped(world: World) -> None:
    world.habits = Habits(repeat=False)
    await world.restart()
    world.slack.post_answers.append(UNSENT)
    world.slack.find_answers.append(Blind(for_good=True))

    await world.types("subscribe drs job-1")
    await world.tell_all(times=6)

    assert len(world.slack.cards()) == 1


async def test_what_follows_in_a_thread_waits_for_what_is_unclear(world: World) -> None:
    await news_waits(world, LOST)
    world.slack.find_answers.append(Blind(for_good=False))
    world.task(80)
    await world.poll_later()

    await world.tell_all(times=60)

    assert [heard[:4] for heard in world.slack.heard()] == ["60 %", "75 %"]


async def test_a_refused_payload_is_sent_once_as_plain_text_and_logged_as_our_bug(world: World) -> None:
    await news_waits(world, TOO_BAD)

    with capture_logs() as logs:
        await world.tell_all(times=2)

    (shown,) = world.slack.thread()
    assert shown.message.blocks == ()
    assert "60 %" in plain(shown.message.text)
    (error,) = [line for line in logs if line["log_level"] == "error"]
    assert error["code"] == "invalid_blocks"
    assert error["detail"] == "/blocks/0"


async def test_a_payload_that_is_refused_as_plain_text_too_is_let_go_and_the_thread_goes_on(world: World) -> None:
    await news_waits(world, TOO_BAD, TOO_BAD)
    world.slack.posts.clear()

    await world.tell_all(times=3)
    tries = len(world.slack.posts)
    await world.reads(80)

    assert tries == 2
    assert [heard[:4] for heard in world.slack.heard()] == ["75 %"]


@pytest.mark.parametrize("kind", [Refusal.CHANNEL_CLOSED, Refusal.WORKSPACE])
async def test_what_a_closed_channel_should_hear_waits_and_nothing_is_lost(world: World, kind: Refusal) -> None:
    await world.follows()
    world.slack.closed[CHANNEL] = Refused(kind=kind, code="some_code")
    for percent, state in ((30, TaskState.RUNNING), (60, TaskState.RUNNING), (100, TaskState.SUCCEEDED)):
        world.task(percent, state)
        await world.poll_later(minutes=6)
        await world.tell_all(times=3)
    before_it_opens = list(world.slack.thread())

    world.slack.closed.clear()
    world.clock.move(minutes=11)
    await world.pauses.tick()
    await world.pauses.workspace_open()
    await world.tell_all(times=5)

    assert before_it_opens == []
    late, end = world.slack.heard()
    assert [line[:4] for line in late.split("• ")[1:]] == ["25 %", "50 %"]
    assert end.startswith("✅")


async def test_a_closed_channel_is_not_asked_every_second(world: World) -> None:
    await news_waits(world, *[CLOSED] * 3)
    world.slack.posts.clear()

    await world.tell_all(times=600)

    # One is for the owner.
    assert [where for _, where, _ in world.slack.posts] == [CHANNEL, ALICE]


async def test_one_closed_channel_silences_no_other(world: World) -> None:
    await world.follows()
    await world.follows(channel=OTHER)
    world.slack.closed[CHANNEL] = CLOSED

    await world.reads(60)

    assert len(world.slack.heard(OTHER)) == 1


async def test_a_reply_is_never_posted_before_its_card(world: World) -> None:
    world.slack.closed[CHANNEL] = RetryLater(after=30.0)
    await world.types("subscribe drs job-1")
    await world.reads(60)
    await world.reads(100, TaskState.SUCCEEDED)
    while_closed = list(world.slack.messages)

    world.slack.closed.clear()
    world.clock.move(seconds=30)
    await world.tell_all(times=5)

    assert while_closed == []
    first, *replies = world.slack.messages
    assert first.thread_ts is None
    assert {shown.thread_ts for shown in replies} == {first.ts}
    assert [heard.split()[0] for heard in world.slack.heard()] == ["60", "✅"]


async def test_a_card_that_waited_and_is_then_refused_waits_until_the_channel_is_open(world: World) -> None:
    world.slack.closed[CHANNEL] = RetryLater(after=5.0)
    await world.types("subscribe drs job-1")
    world.slack.closed[CHANNEL] = CLOSED
    await world.tell_all(times=8)
    while_closed = world.slack.cards()

    world.slack.closed.clear()
    await world.pauses.channel_open(CHANNEL)
    await world.tell_all(times=2)
    await world.reads(60)

    assert while_closed == []
    assert len(world.slack.cards()) == 1
    assert [heard[:4] for heard in world.slack.heard()] == ["60 %"]


async def test_a_card_that_waits_while_the_token_is_refused_goes_on_waiting(world: World) -> None:
    world.slack.closed[CHANNEL] = RetryLater(after=5.0)
    await world.types("subscribe drs job-1")
    world.slack.closed[CHANNEL] = Refused(kind=Refusal.WORKSPACE, code="token_revoked")
    await world.tell_all(times=8)

    world.slack.closed.clear()
    await world.pauses.workspace_open(at_start=True)
    await world.tell()

    assert len(world.slack.cards()) == 1


async def test_who_unsubscribes_while_a_message_waits_does_not_hear_it(world: World) -> None:
    await news_waits(world, RetryLater(after=5.0))
    await world.tell()

    await world.types("unsubscribe job-1")
    await world.tell_all(times=10)

    assert world.slack.thread() == []
