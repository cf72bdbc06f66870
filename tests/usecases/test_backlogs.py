"""An hour without Slack: afterwards all is told, in order, old progress in one message, without a storm of refusals."""

import pytest

from bot.core.fold import OLD
from bot.ports import RetryLater, Unclear
from bot.usecases.delivery import TAKE_LIMIT
from providers.base import Outlook, TaskSnapshot, TaskState
from tests.usecases.answers import LOST, UNSENT
from tests.usecases.world import CHANNEL, OTHER, Lost, Takes, World, plain

MAY_RETURN = TaskSnapshot(state=TaskState.FAILED, outlook=Outlook.MAY_RETURN)
UNREACHABLE = RetryLater(after=0.0, code="ClientConnectorError")
STEPS = ((30, TaskState.RUNNING), (30, TaskState.PAUSED), (60, TaskState.RUNNING), (100, TaskState.SUCCEEDED))


async def lives_on(world: World, *steps: tuple[float, TaskState]) -> None:
    """The task goes through *steps*, so far apart that each is old when the next comes; Slack is asked throughout."""
    for percent, state in steps:
        world.task(percent, state)
        await world.poll_later(minutes=OLD.total_seconds() / 60)
        await world.tell()


def threads_of(world: World, channel: str, task: str) -> list[str]:
    """What the thread of one task says."""
    texts = [plain(shown.message.text).split(": ", 1) for shown in world.slack.thread(channel)]
    return [said for name, said in texts if name == task]


async def slack_is_back(world: World) -> None:
    """Let time pass until what waited so long for Slack is tried again, and said."""
    world.slack.down = None
    world.clock.move(minutes=5)
    await world.tell_all(times=30)


async def test_progress_that_became_old_is_told_in_one_message_and_the_end_on_its_own(world: World) -> None:
    await world.follows()
    world.slack.down = UNREACHABLE

    await lives_on(world, *STEPS)
    await slack_is_back(world)

    folded, end = world.slack.heard()
    assert folded.startswith("I could not speak here since")
    assert [line.split()[0] for line in folded.split("• ")[1:]] == ["25", "⏸️", "▶️", "50"]
    assert end.startswith("✅ Done")
    assert [shown.broadcast for shown in world.slack.thread()] == [False, True]


async def test_an_end_is_never_folded_and_what_follows_it_stays_behind_it(world: World) -> None:
    await world.follows()
    world.slack.down = UNREACHABLE

    await lives_on(world, (30, TaskState.RUNNING), (60, TaskState.RUNNING))
    world.cloud.tasks["job-1"] = MAY_RETURN
    for _ in range(2):
        await world.poll_later(minutes=10)
        await world.tell()
    await lives_on(world, (5, TaskState.RUNNING), (30, TaskState.RUNNING))
    await slack_is_back(world)

    first, end, second = world.slack.heard()
    assert [line.split()[0] for line in first.split("• ")[1:]] == ["25", "50"]
    assert end.startswith("❌ Failed")
    assert [line.split()[0] for line in second.split("• ")[1:]] == ["▶️", "25"]


async def test_what_is_young_is_told_one_by_one(world: World) -> None:
    await world.follows()
    world.task(30)
    await world.poll_later()
    world.task(60)
    await world.poll_later()

    await world.tell_all(times=3)

    assert [heard[:4] for heard in world.slack.heard()] == ["25 %", "50 %"]


async def test_one_old_piece_of_news_keeps_its_own_words(world: World) -> None:
    await world.follows()
    world.slack.down = UNREACHABLE
    await lives_on(world, (30, TaskState.RUNNING))

    await slack_is_back(world)

    assert [heard[:4] for heard in world.slack.heard()] == ["25 %"]


@pytest.mark.parametrize("answer", [LOST, UNSENT])
async def test_what_may_have_arrived_is_not_folded_into_others(world: World, answer: Lost | Unclear) -> None:
    await world.follows()
    world.task(30)
    await world.poll_later()
    world.slack.post_answers.append(answer)
    await world.tell()
    world.slack.down = UNREACHABLE

    await lives_on(world, (60, TaskState.RUNNING), (80, TaskState.RUNNING))
    await slack_is_back(world)

    first, *others = world.slack.heard()
    assert first.startswith("25 %")
    assert [line[:4] for heard in others for line in heard.split("• ")[1:]] == ["50 %", "75 %"]


@pytest.mark.parametrize("answer", [LOST, UNSENT])
async def test_a_folded_message_whose_answer_was_lost_is_there_once(world: World, answer: Lost | Unclear) -> None:
    await world.follows()
    world.slack.down = UNREACHABLE
    await lives_on(world, *STEPS)
    world.slack.post_answers.append(answer)

    await slack_is_back(world)

    folded, end = world.slack.heard()
    assert folded.count("•") == 4
    assert end.startswith("✅")


@pytest.mark.parametrize(("per_minute", "complaints"), [(180, 0), (60, 0), (20, 3)])
async def test_an_hours_backlog_is_delivered_completely_in_order_and_without_a_storm(
    world: World, per_minute: int, complaints: int
) -> None:
    channels = [f"C{number:05}" for number in range(24)]
    world.task(10, key="job-2")
    for channel in channels:
        await world.follows(channel=channel)
        await world.follows("job-2", channel=channel)
    world.slack.down = UNREACHABLE
    for percent, state in STEPS:
        world.task(percent, state)
        world.task(percent if state is not TaskState.SUCCEEDED else 80, key="job-2")
        for _ in range(5):
            await world.poll_later(minutes=3)
            await world.tell_all(times=3)

    world.slack.down = None
    world.slack.takes = Takes(per_minute)
    world.slack.posts.clear()
    for _ in range(1500):
        await world.tell()
        world.clock.move(seconds=0.4)

    for channel in channels:
        one, two = (threads_of(world, channel, task) for task in ("job-1", "job-2"))
        assert [heard.split()[0] for heard in one] == ["I", "✅"]
        assert [heard.split()[0] for heard in two] == ["I"]
        assert (one[0].count("•"), two[0].count("•")) == (4, 3)
    # What is under way when Slack complains meets the same; after that its wait is kept.
    # How many moments there are of it depends on what the random ids let go first.
    assert len(set(world.slack.takes.refused_at)) <= complaints
    assert len(world.slack.takes.refused_at) <= TAKE_LIMIT * complaints


async def test_ends_and_what_holds_them_up_go_before_other_progress(world: World) -> None:
    world.task(10, key="job-2")
    await world.follows("job-2", channel=OTHER)
    await world.follows()
    world.task(60, key="job-2")
    await world.poll_later()
    world.task(60)
    await world.poll_later()
    world.task(100, TaskState.SUCCEEDED)
    await world.poll_later()
    world.slack.posts.clear()

    (first,) = await world.store.take_deliveries(world.clock.now(), 1)

    assert first.channel == CHANNEL
