"""Threads that are closed and cards that were deleted: one new card, and on from there; an end is never lost."""

from structlog.testing import capture_logs

from bot.core.model import SubscriptionId
from bot.ports import Refusal, Refused, Unclear
from providers.base import TaskState
from tests.usecases.answers import TOO_BAD, news_waits
from tests.usecases.world import CHANNEL, NOT_NOW, THREAD_CLOSED, Lost, World, plain, snapshot


async def test_a_closed_thread_gets_one_new_card_and_goes_on_there(world: World) -> None:
    await world.follows()
    old = world.slack.card()
    world.slack.locked.add(old.ts)

    await world.reads(30)
    await world.reads(60)
    await world.reads(100, TaskState.SUCCEEDED)

    _, new = world.slack.cards()
    assert [heard[:4] for heard in world.slack.heard()] == ["25 %", "50 %", "✅ Do"]
    assert {shown.thread_ts for shown in world.slack.thread()} == {new.ts}
    assert "done after" in plain(new.message.text)


async def test_a_reply_that_slack_posts_outside_its_thread_leads_to_one_new_card(world: World) -> None:
    await world.follows()
    world.slack.deleted.add(world.slack.card().ts)

    await world.reads(30)
    await world.reads(60)
    await world.reads(80)

    _, stray, new = world.slack.cards()
    assert "25 %" in plain(stray.message.text)
    assert [
        (heard[:4], shown.thread_ts) for heard, shown in zip(world.slack.heard(), world.slack.thread(), strict=True)
    ] == [
        ("50 %", new.ts),
        ("75 %", new.ts),
    ]


async def test_a_stray_reply_whose_answer_was_lost_is_found_in_the_channel(world: World) -> None:
    await news_waits(world, Lost(Unclear()))
    world.slack.deleted.add(world.slack.card().ts)

    await world.tell_all(times=6)

    assert len([shown for shown in world.slack.messages if "up from" in plain(shown.message.text)]) == 1


async def test_threads_that_close_again_and_again_end_in_silence_but_for_the_end(world: World) -> None:
    await world.follows()
    world.slack.every_thread_is_locked = True

    for percent in (30, 60, 80):
        await world.reads(percent)
        await world.tell_all(times=20)
    await world.reads(100, TaskState.FAILED)
    await world.tell_all(times=20)

    *cards, end = world.slack.cards()
    assert len(cards) == 3
    assert "Failed" in plain(end.message.text)
    assert await world.store.waiting(end_of(end.delivery)) == []


def end_of(delivery: str) -> SubscriptionId:
    return SubscriptionId(delivery.split("/")[-2])


async def test_an_end_said_outside_its_thread_is_not_said_twice_when_its_answer_is_lost(world: World) -> None:
    await world.follows()
    world.slack.every_thread_is_locked = True
    for percent in (30, 60):
        await world.reads(percent)
        await world.tell_all(times=10)
    world.task(100, TaskState.SUCCEEDED)
    await world.poll_later()
    world.slack.post_answers += [THREAD_CLOSED, Lost(Unclear())]

    await world.tell_all(times=10)

    assert len([shown for shown in world.slack.messages if "Done" in plain(shown.message.text)]) == 1


async def test_a_thread_that_works_again_may_be_lost_again(world: World) -> None:
    await world.follows()

    for percent in (30, 60, 80):
        world.slack.locked.add(world.slack.cards()[-1].ts)
        await world.reads(percent)

    assert len(world.slack.cards()) == 4
    assert [heard[:4] for heard in world.slack.heard()] == ["25 %", "50 %", "75 %"]


async def test_an_old_try_is_no_reason_to_give_up_a_thread(world: World) -> None:
    await news_waits(world, *[NOT_NOW] * 6)
    await world.tell_all(times=40)
    world.slack.locked.add(world.slack.card().ts)

    await world.tell_all(times=10)

    assert len(world.slack.heard()) == 1


async def test_a_new_card_that_slack_refuses_for_good_pauses_the_subscription(world: World) -> None:
    await world.follows()
    world.slack.locked.add(world.slack.card().ts)
    world.task(60)
    await world.poll_later()
    world.slack.post_answers += [THREAD_CLOSED, TOO_BAD, TOO_BAD]
    await world.tell_all(times=5)
    (during,) = await world.followed()

    await world.pauses.channel_open(CHANNEL)
    await world.tell_all(times=5)

    assert during.subscription.paused is not None
    assert len(world.slack.heard()) == 1


async def test_a_post_refused_as_only_edits_are_is_not_lost(world: World) -> None:
    migrating = Refused(kind=Refusal.EDIT_IMPOSSIBLE, code="external_channel_migrating")
    await news_waits(world, migrating)
    await world.tell_all(times=3)

    await world.pauses.channel_open(CHANNEL)
    await world.tell_all(times=3)

    (heard,) = world.slack.heard()
    assert "60 %" in heard


async def test_an_end_whose_words_slack_refuses_is_told_in_ours_alone(world: World) -> None:
    await world.follows()
    world.cloud.tasks["job-1"] = snapshot(100, TaskState.FAILED, message="odd bytes")
    await world.poll_later()
    world.slack.post_answers += [TOO_BAD, TOO_BAD]

    with capture_logs() as logs:
        await world.tell_all(times=2)

    (end,) = world.slack.thread()
    assert (plain(end.message.text), end.message.blocks) == ("❌ Failed at 100 % after 2 min.", ())
    assert [line["log_level"] for line in logs].count("error") == 2
