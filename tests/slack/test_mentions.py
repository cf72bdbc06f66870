"""What people say to the bot without a slash, over real connections."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack.names import ALICE, BOB, BOT_USER, MIGRATIONS
from playground.slack.transport import Kind
from providers.base import Likeness
from tests.slack.parts import ME, bolt, dispatch, event, started
from tests.slack.stage import DIRECT, SetUp, Stage
from tests.usecases.world import CHANNEL, FakeCloud, World, plain, snapshot

ME_ID = str(ME.bot_user_id)


async def muted(stage: Stage) -> bool:
    (one,) = await stage.world.store.followed_in(MIGRATIONS)
    return one.subscription.muted is not None


# --- by a mention -----------------------------------------------------------------------------------------------------


async def test_a_mention_in_the_thread_of_a_card_speaks_of_its_task(set_up: SetUp) -> None:
    stage = await set_up()
    card = await stage.follows()

    await stage.says("@milepost status", thread_ts=card["ts"])
    told = stage.slack.ephemerals(ALICE)[-1]
    await stage.says("@Milepost mute 2h", thread_ts=card["ts"])
    was_muted = await muted(stage)
    await stage.says("@milepost: stop", thread_ts=card["ts"])

    assert "10 %" in plain(told["text"])
    assert told["thread_ts"] == card["ts"]
    assert was_muted
    assert await stage.world.store.followed_in(MIGRATIONS) == []
    assert "Stopped following" in stage.whispers[-1]


async def test_a_mention_outside_of_threads_is_as_good_as_the_command(set_up: SetUp) -> None:
    stage = await set_up()

    await stage.says("@milepost subscribe drs job-1 at 10,90")

    assert len(stage.shown()) == 1
    (one,) = await stage.world.store.followed_in(MIGRATIONS)
    assert (one.subscription.owner, one.subscription.rules.milestones) == (ALICE, (10, 90))


async def test_a_mention_alone_is_answered_with_help(set_up: SetUp) -> None:
    stage = await set_up()

    await stage.says("@milepost")

    assert "/milepost" in stage.whispers[-1]


async def test_who_only_talks_about_the_bot_hears_nothing_and_who_asks_it_does(set_up: SetUp) -> None:
    stage = await set_up()

    await stage.says("thanks @milepost, that helped")
    await stage.says("ask @milepost about it")
    silent = list(stage.whispers)
    await stage.says("and now @milepost list")
    await stage.says("@milepost subcribe drs job-1")

    assert silent == []
    assert "follows no task" in stage.whispers[0]
    assert "subscribe" in stage.whispers[1]
    assert len(stage.whispers) == 2


async def test_a_mention_is_answered_to_whoever_said_it_alone(set_up: SetUp) -> None:
    stage = await set_up()

    await stage.says("@milepost list")

    assert [one["user"] for one in stage.slack.ephemerals(ALICE)] == [ALICE]
    assert stage.slack.ephemerals(BOB) == []
    assert stage.shown() == []


# --- in direct messages -----------------------------------------------------------------------------------------------


async def direct(stage: Stage) -> None:
    await stage.looks_home()
    assert DIRECT in stage.slack.workspace.channels


async def test_commands_need_no_slash_in_direct_messages(set_up: SetUp) -> None:
    stage = await set_up()
    await direct(stage)

    await stage.says("list", DIRECT)

    assert "follow" in stage.told[-1]
    assert stage.whispers == []


@pytest.mark.parametrize("text", ["cos-7", "https://console.example.com/cos-7", "cos cos-7", "@milepost cos-7"])
async def test_a_pasted_task_is_followed_in_direct_messages(set_up: SetUp, text: str) -> None:
    class Cos(FakeCloud):
        def recognises(self, text: str) -> Likeness:
            return Likeness.CERTAIN if "cos-7" in text else Likeness.NO

    cos = Cos("tencent-cos")
    for key in ("cos-7", "https://console.example.com/cos-7"):
        cos.tasks[key] = snapshot(5)
    stage = await set_up(more_clouds={"cos": cos})
    await direct(stage)

    await stage.says(text, DIRECT)

    assert [one.watch.account for one in await stage.world.store.followed_in(DIRECT)] == ["cos"]
    assert len(stage.shown(DIRECT)) == 1


async def test_an_address_that_nobody_knows_is_told_as_a_task_and_not_as_a_verb(set_up: SetUp) -> None:
    stage = await set_up()
    await direct(stage)

    await stage.says("https://nobody.example.com/x?id=7", DIRECT)

    assert "which cloud" in stage.told[-1]


async def test_small_talk_in_direct_messages_is_answered_with_what_can_be_said(set_up: SetUp) -> None:
    stage = await set_up()
    await direct(stage)

    await stage.says("good morning", DIRECT)

    assert "don't know" in stage.told[-1]


async def test_the_bot_does_not_hear_itself(set_up: SetUp) -> None:
    stage = await set_up()
    await direct(stage)
    await stage.says("help", DIRECT)
    answers = len(stage.told)

    stage.slack.post(DIRECT, "list")
    payload = {
        "type": "message",
        "channel_type": "im",
        "channel": DIRECT,
        "user": BOT_USER,
        "text": "list",
        "ts": "1.2",
    }
    stage.slack.dispatcher.emit(payload, "message.im")
    await stage.says("list", MIGRATIONS)
    await stage.listeners.settle()

    assert len(stage.told) == answers + 1


async def test_a_message_that_comes_again_is_answered_once(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.says("@milepost list")
    (delivery,) = [one for one in stage.slack.deliveries if one.kind is Kind.EVENT]

    again = await stage.slack.dispatcher.once(Kind.EVENT, delivery.payload)
    await stage.listeners.settle()

    assert again.acked
    assert len(stage.whispers) == 1


# --- what is not said to it -------------------------------------------------------------------------------------------

SAID = {"channel": CHANNEL, "user": "U0ALICE", "text": f"<@{ME_ID}> list", "ts": "1.2"}
NOT_MEANT: list[dict[str, Any]] = [
    {"bot_id": "B0OTHER"},
    {"user": ME_ID},
    {"user": "USLACKBOT"},
    {"user": None},
    {"user": ["U0ALICE"]},
    {"subtype": "channel_join"},
    {"subtype": "message_changed"},
    {"edited": {"user": "U0ALICE", "ts": "1.3"}},
    {"channel": None},
    {"channel": "general"},
    {"channel": "D0ALICE"},
    {"text": None},
    {"text": {"a": 1}},
    {"text": "<@U0OTHER> list"},
]


@pytest.mark.parametrize("odd", NOT_MEANT, ids=str)
async def test_what_no_person_said_to_it_just_now_is_not_answered(
    tmp_path: Any, client: AsyncWebClient, odd: dict[str, Any]
) -> None:
    world: World = await started(tmp_path)
    app, listeners = bolt(world, client)

    answer = await dispatch(app, event("app_mention", **{**SAID, **odd}))
    await listeners.drain(5)
    await world.stop()

    assert answer.status == 200
    assert world.people.whispers == []


@pytest.mark.parametrize(
    "odd", [*NOT_MEANT[:8], {"channel_type": "channel"}, {"channel_type": None}, {"hidden": True}], ids=str
)
async def test_what_no_person_wrote_in_direct_messages_is_not_answered(
    tmp_path: Any, client: AsyncWebClient, odd: dict[str, Any]
) -> None:
    world: World = await started(tmp_path)
    app, listeners = bolt(world, client)
    written = {"channel": "D0ALICE", "user": "U0ALICE", "text": "list", "ts": "1.2", "channel_type": "im"}

    await dispatch(app, event("message", **written))
    await listeners.settle()
    answered = len(world.people.whispers)
    await dispatch(app, event("message", **{**written, **odd}))
    await listeners.drain(5)
    await world.stop()

    assert answered == 1
    assert len(world.people.whispers) == 1


# --- who comes and goes -----------------------------------------------------------------------------------------------


async def test_what_somebody_owns_who_left_may_be_taken_over(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.slack.say(BOB, MIGRATIONS, "/milepost subscribe drs job-1")
    await stage.slack.wait_for(stage.shown)
    await stage.listeners.settle()
    (one,) = await stage.world.store.followed_in(MIGRATIONS)

    await stage.hears(lambda: stage.slack.life.leave(MIGRATIONS, BOB))
    await stage.chooses(stage.shown()[0], f"take:{one.subscription.id}")

    (one,) = await stage.world.store.followed_in(MIGRATIONS)
    assert one.subscription.owner == ALICE


async def test_whoever_comes_back_owns_again_what_they_owned(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.slack.say(BOB, MIGRATIONS, "/milepost subscribe drs job-1")
    await stage.slack.wait_for(stage.shown)
    await stage.listeners.settle()

    await stage.hears(lambda: stage.slack.life.leave(MIGRATIONS, BOB))
    await stage.hears(lambda: stage.slack.life.join(MIGRATIONS, BOB))

    (one,) = await stage.world.store.followed_in(MIGRATIONS)
    assert (one.subscription.owner, one.subscription.owner_left) == (BOB, False)
