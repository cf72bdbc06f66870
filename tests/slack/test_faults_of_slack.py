"""Every fault that the playground's Slack knows, met once: what people see in the end is what they should see."""

import asyncio

import pytest

from bot.core.wording.card import MORE
from bot.core.wording.thread import MAYBE_REPEATED
from playground.slack import Delay, Drop, Garbage, Hold, Refuse, ServerError, Throttle, Unthread
from playground.slack.faults import Fault
from playground.slack.names import ALICE, MIGRATIONS
from providers.base import TaskState
from tests.slack.stage import SetUp, Stage
from tests.usecases.world import plain

POST = "chat.postMessage"
EDIT = "chat.update"


async def a_milestone_meets(stage: Stage, fault: Fault, *, times: int = 1) -> None:
    """Pass a milestone whose post meets *fault*, and let time pass until all is settled."""
    await stage.follows()
    stage.slack.faults.plan(POST, fault, times=times)
    await stage.reads(60)
    await stage.world.tell_all(times=40)


def cards(stage: Stage) -> list[str]:
    """The messages of the bot that are no replies."""
    return [one["ts"] for one in stage.messages if one.get("thread_ts", one["ts"]) == one["ts"]]


def thread(stage: Stage, ts: str) -> list[str]:
    """What the thread of a card says."""
    return [plain(one["text"]) for one in stage.slack.thread(MIGRATIONS, ts)[1:]]


def it_is_there_once(stage: Stage) -> None:
    card = stage.messages[0]
    (reply,) = stage.messages[1:]
    assert "60 %" in plain(reply["text"])
    assert MAYBE_REPEATED not in reply["text"]
    assert reply["thread_ts"] == card["ts"]


# --- answers that get lost ----------------------------------------------------------------------------------------


async def test_a_connection_that_drops_after_the_post_was_done(set_up: SetUp) -> None:
    stage = await set_up()

    await a_milestone_meets(stage, Drop(done=True))

    it_is_there_once(stage)
    assert stage.posts() == 2


async def test_a_connection_that_drops_before_the_post_is_done(set_up: SetUp) -> None:
    stage = await set_up()

    await a_milestone_meets(stage, Drop(done=False))

    it_is_there_once(stage)
    assert stage.posts() == 3


@pytest.mark.parametrize("done", [True, False])
async def test_a_server_error_with_or_without_effect(set_up: SetUp, done: bool) -> None:
    stage = await set_up()

    await a_milestone_meets(stage, ServerError(status=502, done=done))

    it_is_there_once(stage)


@pytest.mark.parametrize("done", [True, False])
async def test_an_answer_that_cannot_be_read(set_up: SetUp, done: bool) -> None:
    stage = await set_up()

    await a_milestone_meets(stage, Garbage(done=done))

    it_is_there_once(stage)


@pytest.mark.parametrize("code", ["fatal_error", "internal_error", "request_timeout", "service_unavailable"])
@pytest.mark.parametrize("done", [True, False])
async def test_an_error_that_says_that_it_may_have_been_done(set_up: SetUp, code: str, done: bool) -> None:
    stage = await set_up()

    await a_milestone_meets(stage, Refuse(code=code, done=done))

    it_is_there_once(stage)


async def test_several_lost_answers_in_a_row(set_up: SetUp) -> None:
    stage = await set_up()

    await a_milestone_meets(stage, Drop(done=False), times=4)

    it_is_there_once(stage)


async def test_a_lost_answer_without_the_history_scope_is_repeated_and_says_so(set_up: SetUp) -> None:
    stage = await set_up(scopes=frozenset({"commands", "chat:write"}))

    await a_milestone_meets(stage, Drop(done=True))

    first, second = stage.replies
    assert MAYBE_REPEATED not in first
    assert MAYBE_REPEATED in second


async def test_a_lost_answer_to_an_end_is_looked_up_too(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()
    stage.slack.faults.plan(POST, Drop(done=True))

    await stage.reads(100, TaskState.SUCCEEDED)
    await stage.world.tell_all(times=20)

    (end,) = stage.messages[1:]
    assert end["subtype"] == "thread_broadcast"


@pytest.mark.parametrize("fault", [Drop(done=True), Drop(done=False), ServerError(done=True)], ids=str)
async def test_a_lost_answer_to_a_card(set_up: SetUp, fault: Fault) -> None:
    stage = await set_up()
    stage.slack.faults.plan(POST, fault)

    await stage.types("subscribe drs job-1")
    await stage.slack.wait_for(lambda: stage.whispers)
    await stage.world.tell_all(times=10)
    await stage.reads(60)

    card, milestone = stage.messages
    assert milestone["thread_ts"] == card["ts"]
    assert "60 %" in plain(card["text"])


# --- answers that come late ---------------------------------------------------------------------------------------


async def test_an_answer_that_comes_late(set_up: SetUp) -> None:
    stage = await set_up()

    await a_milestone_meets(stage, Delay(seconds=0.05))

    it_is_there_once(stage)
    assert stage.posts() == 2


async def test_an_answer_that_is_held_back_holds_up_no_other_channel(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()
    await stage.follows("C0DATABASE")
    gate = asyncio.Event()
    stage.slack.faults.plan(POST, Hold(until=gate), when=lambda call: call["channel"] == MIGRATIONS)
    stage.world.task(60)
    await stage.world.poll_later()

    for _ in range(5):
        await stage.world.deliveries.tick()
        stage.world.clock.move(seconds=2)
    await stage.slack.wait_for(lambda: len(stage.shown("C0DATABASE")) == 2)
    gate.set()
    await stage.goes_on()

    it_is_there_once(stage)


# --- throttling ---------------------------------------------------------------------------------------------------


async def test_a_429_is_waited_for_as_long_as_it_says(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()
    stage.slack.faults.plan(POST, Throttle(retry_after=30))
    stage.world.task(60)
    await stage.world.poll_later()

    await stage.world.tell()
    for _ in range(29):
        stage.world.clock.move(seconds=1)
        await stage.world.tell()
    early = stage.posts()
    stage.world.clock.move(seconds=1)
    await stage.world.tell()

    assert early == 2
    it_is_there_once(stage)


async def test_a_429_that_names_no_time(set_up: SetUp) -> None:
    stage = await set_up()

    await a_milestone_meets(stage, Throttle(retry_after=None))

    it_is_there_once(stage)


async def test_a_429_for_edits_leaves_posts_alone(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()
    stage.slack.faults.plan(EDIT, Throttle(retry_after=600), times=100)

    await stage.reads(60)

    it_is_there_once(stage)
    assert len(stage.slack.calls(EDIT)) == 1


@pytest.mark.parametrize("code", ["ratelimited", "rate_limited", "message_limit_exceeded"])
async def test_a_limit_that_is_told_without_a_429(set_up: SetUp, code: str) -> None:
    stage = await set_up()
    await a_milestone_meets(stage, Refuse(code=code))

    stage.world.clock.move(minutes=6)
    await stage.goes_on()

    it_is_there_once(stage)


# --- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_too_long", "msg_blocks_too_long", "invalid_metadata_format"])
async def test_a_message_that_is_wrong_goes_once_more_as_plain_text(set_up: SetUp, code: str) -> None:
    stage = await set_up()

    await a_milestone_meets(stage, Refuse(code=code))

    it_is_there_once(stage)
    assert "blocks" not in stage.messages[1]
    assert stage.posts() == 3


async def test_a_message_that_is_wrong_in_any_form_is_not_sent_for_ever(set_up: SetUp) -> None:
    stage = await set_up()

    await a_milestone_meets(stage, Refuse(code="invalid_arguments"), times=50)
    stage.slack.faults.clear()
    await stage.reads(100, TaskState.SUCCEEDED)

    assert stage.posts() == 4
    (end,) = stage.replies
    assert "Done in" in end


@pytest.mark.parametrize("code", ["restricted_action_thread_locked", "cannot_reply_to_message", "thread_not_found"])
async def test_a_thread_that_is_closed_gets_one_new_card(set_up: SetUp, code: str) -> None:
    stage = await set_up()

    await a_milestone_meets(stage, Refuse(code=code))
    await stage.reads(80)

    old, new = cards(stage)
    assert thread(stage, old) == []
    assert ["60 %" in thread(stage, new)[0], "80 %" in thread(stage, new)[1]] == [True, True]
    assert len(stage.messages) == 4


async def test_a_code_that_nobody_knows_goes_once_as_plain_text_and_then_pauses(set_up: SetUp) -> None:
    stage = await set_up()

    await a_milestone_meets(stage, Refuse(code="brand_new_error"), times=2)

    assert stage.replies == []
    (told,) = stage.told
    assert "does not let me post" in told
    await stage.rechecks()
    (caught_up,) = stage.replies
    assert "60 %" in caught_up


@pytest.mark.parametrize("code", ["edit_window_closed", "cant_update_message", "message_not_found", "update_failed"])
async def test_a_card_that_cannot_be_edited_is_let_be_and_the_thread_goes_on(set_up: SetUp, code: str) -> None:
    stage = await set_up()
    await stage.follows()
    stage.slack.faults.plan(EDIT, Refuse(code=code))

    await stage.reads(60)
    await stage.world.show()

    it_is_there_once(stage)
    assert len(stage.slack.calls(EDIT)) == 1


async def test_a_card_whose_edit_fails_is_true_in_the_end(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()
    for fault in (Drop(done=False), ServerError(done=True), Throttle(retry_after=2)):
        stage.slack.faults.plan(EDIT, fault)

    await stage.reads(100, TaskState.SUCCEEDED)
    for _ in range(60):
        await stage.world.show()
        stage.world.clock.move(seconds=1)

    assert "done after" in plain(stage.messages[0]["text"])
    assert len(stage.replies) == 1


# --- threads ------------------------------------------------------------------------------------------------------


async def test_a_reply_that_lands_in_the_channel_without_a_word_gets_one_new_card(set_up: SetUp) -> None:
    stage = await set_up()

    await a_milestone_meets(stage, Unthread())
    await stage.reads(80)

    old, astray, new = cards(stage)
    assert "60 %" in plain(next(one["text"] for one in stage.messages if one["ts"] == astray))
    assert thread(stage, old) == []
    (reply,) = thread(stage, new)
    assert "80 %" in reply


@pytest.mark.parametrize("unthread", [True, False])
async def test_a_card_that_was_deleted_gets_one_new_card(set_up: SetUp, unthread: bool) -> None:
    stage = await set_up(unthread_orphans=unthread)
    card = await stage.follows()
    stage.slack.delete(MIGRATIONS, card["ts"])

    await stage.reads(60)
    await stage.reads(80)

    new = cards(stage)[-1]
    assert "80 %" in thread(stage, new)[-1]
    assert "80 %" in plain(next(one["text"] for one in stage.messages if one["ts"] == new))
    # Slack posts the first one into the channel where it does not refuse it.
    assert len(cards(stage)) == (2 if unthread else 1)
    assert len(stage.messages) == 3


# --- envelopes ----------------------------------------------------------------------------------------------------


async def test_an_event_whose_acknowledgement_is_lost_is_heard_once(set_up: SetUp) -> None:
    stage = await set_up(ack_seconds=0.2)
    await stage.follows()
    stage.slack.faults.lost_acks = 1

    stage.slack.life.archive(MIGRATIONS)
    await stage.slack.wait_for(lambda: any(one.outcome.acked for one in stage.slack.deliveries[2:]))
    await stage.events.drain(5)

    assert [one.attempt.number for one in stage.slack.deliveries[2:]] == [0, 1]
    assert len(stage.told) == 1


async def test_a_command_whose_acknowledgement_is_lost_is_carried_out_once(set_up: SetUp) -> None:
    stage = await set_up(ack_seconds=0.2)
    stage.slack.faults.lost_acks = 1

    await stage.types("subscribe drs job-1")
    await stage.slack.wait_for(lambda: stage.messages)

    assert len(stage.slack.errors) == 1
    assert len(stage.messages) == 1


async def test_an_envelope_that_comes_twice_is_carried_out_once(set_up: SetUp) -> None:
    stage = await set_up()
    stage.slack.faults.duplicates = 1

    await stage.asks("list")
    await stage.asks("help")

    assert ["follows no task" in one for one in stage.whispers] == [True, False]


async def test_two_presses_of_one_button_are_two_presses(set_up: SetUp) -> None:
    stage = await set_up()
    card = await stage.follows()
    (one,) = await stage.world.followed(MIGRATIONS)
    before = len(stage.whispers)
    take = {"value": f"take:{one.subscription.id}"}

    await asyncio.gather(*(stage.slack.press(ALICE, MIGRATIONS, card["ts"], MORE, choice=take) for _ in range(2)))
    await stage.slack.wait_for(lambda: len(stage.whispers) == before + 2)

    assert stage.whispers[-2] == stage.whispers[-1]
