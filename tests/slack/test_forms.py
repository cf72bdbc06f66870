"""Forms over real connections: opened, filled in, sent, and what comes of them."""

import asyncio
import json
from typing import Any

import pytest

from bot.core.model import Deed
from bot.core.rules import Broadcast, Mention, Occasion
from bot.slack.forms import EDIT, NEW, SHORTCUT, STOP, TRANSFER
from bot.usecases.rights import Permissions
from playground.slack import Hold, Refuse
from playground.slack.names import ALICE, BOB, DATABASES, MIGRATIONS, RANDOM
from providers.base import Likeness, TaskNotFound
from providers.reasons import Reason
from tests.core.views import assert_slack_shows
from tests.slack.stage import SetUp, Stage, words
from tests.usecases.world import FakeCloud, Gate, finished, snapshot

_SENT = ("type", "callback_id", "title", "submit", "close", "blocks", "private_metadata")


@pytest.fixture
async def stage(set_up: SetUp) -> Stage:
    return await set_up()


def sent(view: dict[str, Any]) -> dict[str, Any]:
    return {name: view[name] for name in _SENT if view[name] is not None}


def fields(view: dict[str, Any]) -> list[str]:
    return [block["block_id"] for block in view["blocks"] if block["type"] == "input"]


async def followed(stage: Stage, channel: str = MIGRATIONS) -> list[Any]:
    return [one.subscription for one in await stage.world.store.followed_in(channel)]


async def refused(stage: Stage) -> list[str]:
    """What was tried and refused, as the audit has it."""
    return [entry.detail for entry in await stage.world.store.audit(100) if entry.deed is Deed.REFUSED]


# --- following --------------------------------------------------------------------------------------------------------


async def test_the_command_alone_opens_a_form_that_follows_a_task(stage: Stage) -> None:
    form = await stage.opens_form()

    assert_slack_shows(sent(form))
    assert form["callback_id"] == NEW
    assert "channel" not in fields(form)
    await stage.fills_in(
        account="drs", task="job-1", milestones="10, 90", broadcast="failures", mention=BOB, label="orders-db"
    )
    (subscription,) = await followed(stage)
    assert subscription.rules.milestones == (10, 90)
    assert subscription.rules.broadcast is Broadcast.FAILURES
    assert subscription.rules.mentions == (Mention(who=BOB, on=Occasion.FAILURE),)
    assert (subscription.label, subscription.owner) == ("orders-db", ALICE)
    assert stage.modals() == []
    assert len(stage.shown()) == 1
    assert stage.whispers == []


async def test_the_shortcut_asks_for_the_channel(stage: Stage) -> None:
    await stage.slack.forms.shortcut(ALICE, SHORTCUT).outcome()
    await stage.listeners.settle()

    assert "channel" in fields(stage.modal)
    assert_slack_shows(sent(stage.modal))
    await stage.fills_in(task="job-1", account="drs", channel=DATABASES)
    assert len(await followed(stage, DATABASES)) == 1
    assert len(stage.shown(DATABASES)) == 1


@pytest.mark.parametrize(
    ("values", "field", "words_of_it"),
    [
        ({"milestones": "0"}, "milestones", "1 to 100"),
        ({"milestones": "101"}, "milestones", "1 to 100"),
        ({"milestones": "33.5"}, "milestones", "33.5"),
        ({"milestones": "-5"}, "milestones", "-5"),
        ({"milestones": "often"}, "milestones", "often"),
        ({"more": "quiet 22:00-07:00 Mars/Olympus"}, "more", "Mars/Olympus"),
        ({"more": "satll 30m"}, "more", "stall"),
        ({"milestones": "10", "more": "at 20"}, "more", "another field"),
        ({"label": "a", "more": 'as "b"'}, "label", "another field"),
        ({"task": "job-1\u2028" + "x" * 20, "account": ""}, "account", "Choose one"),
        ({"task": "   "}, "task", "Which task"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_the_form_stays(
    stage: Stage, values: dict[str, str], field: str, words_of_it: str
) -> None:
    await stage.opens_form()

    await stage.fills_in(**{"account": "drs", "task": "job-1", **values})

    assert words_of_it in stage.field_errors[field]
    assert len(stage.modals()) == 1
    assert await followed(stage) == []
    assert stage.slack.errors == []


async def test_a_key_of_the_wrong_form_is_said_with_an_example(stage: Stage) -> None:
    stage.world.cloud.prefix = "job-"
    await stage.opens_form()

    await stage.fills_in(account="drs", task="nonsense")

    assert stage.field_errors == {"task": "A task id is 32 letters and digits. Example: job-1"}


async def test_a_guest_and_others_account_are_refused_with_who_can(set_up: SetUp) -> None:
    stage = await set_up(limited={"drs": {"channels": (DATABASES,)}})
    await stage.slack.forms.shortcut(ALICE, SHORTCUT).outcome()
    await stage.listeners.settle()

    await stage.fills_in(account="drs", task="job-1", channel=MIGRATIONS)

    form, notice = stage.modals()
    assert form["callback_id"] == NEW
    assert f"<#{DATABASES}>" in words(notice["blocks"])
    assert await refused(stage) == ["use the account"]
    assert_slack_shows(sent(notice))
    assert await followed(stage) == []


async def test_a_channel_that_somebody_is_not_in_cannot_be_chosen(stage: Stage) -> None:
    stage.slack.workspace.channels[DATABASES].absent.add(ALICE)
    await stage.slack.forms.shortcut(ALICE, SHORTCUT).outcome()
    await stage.listeners.settle()

    await stage.fills_in(account="drs", task="job-1", channel=DATABASES)

    assert f"You are not in <#{DATABASES}>" in words(stage.modal["blocks"])
    assert_slack_shows(sent(stage.modal))
    assert await followed(stage, DATABASES) == []


async def test_a_pasted_id_may_carry_what_nobody_sees(stage: Stage) -> None:
    await stage.opens_form()

    await stage.fills_in(account="drs", task="\u200bjob-1\ufeff\x00")

    assert [one.watch.key for one in await stage.world.store.followed_in(MIGRATIONS)] == ["job-1"]


async def test_where_no_account_may_be_used_the_window_says_so_at_once(set_up: SetUp) -> None:
    stage = await set_up(limited={"drs": {"channels": (DATABASES,)}})

    form = await stage.opens_form()

    assert f"<#{DATABASES}>" in words(form["blocks"])
    assert fields(form) == []


async def test_a_channel_that_was_archived_meanwhile_is_said_at_its_field(stage: Stage) -> None:
    await stage.slack.forms.shortcut(ALICE, SHORTCUT).outcome()
    await stage.listeners.settle()
    stage.slack.life.archive(DATABASES)

    await stage.fills_in(task="job-1", account="drs", channel=DATABASES)

    assert "archived" in stage.field_errors["channel"]
    assert len(stage.modals()) == 1


async def test_the_channel_of_a_form_that_was_archived_meanwhile_is_said_and_nothing_is_lost(stage: Stage) -> None:
    await stage.opens_form(channel=DATABASES)
    stage.slack.life.archive(DATABASES)

    await stage.fills_in(task="job-1", account="drs")

    assert "archived" in stage.field_errors["task"]
    assert len(stage.modals()) == 1


async def test_what_cannot_be_said_in_its_channel_is_said_in_direct_messages_with_what_was_typed(
    stage: Stage,
) -> None:
    await stage.opens_form(channel=RANDOM)

    await stage.fills_in(task="job-1", account="drs", milestones="10,90")

    (told,) = stage.told
    assert "I am not in this channel" in told
    assert f"About <#{RANDOM}>" in told
    assert "/milepost subscribe drs job-1 at 10,90" in told
    assert await followed(stage, RANDOM) == []


async def test_what_the_cloud_says_later_is_whispered(stage: Stage) -> None:
    stage.world.cloud.tasks["job-2"] = TaskNotFound(Reason.TASK_UNKNOWN)
    await stage.opens_form()

    await stage.fills_in(account="drs", task="job-2")

    assert stage.modals() == []
    assert "does not know the task" in stage.whispers[-1]


async def test_a_form_is_acknowledged_while_the_cloud_keeps_silent(stage: Stage) -> None:
    await stage.opens_form()
    stage.world.cloud.gate = gate = Gate()

    await stage.slack.forms.submit(ALICE, stage.modal["id"], {"account": "drs", "task": "job-1"}).outcome()
    await finished(gate.reached.wait())
    closed = stage.modals() == []
    gate.open.set()
    await stage.listeners.settle()

    assert closed
    assert len(await followed(stage)) == 1


async def test_a_window_opens_at_once_while_slack_is_slow_to_tell_who_it_is(set_up: SetUp) -> None:
    stage = await set_up()
    slow = Hold(until=asyncio.Event())
    stage.slack.faults.plan("users.info", slow)

    await stage.types("")
    await stage.slack.wait_for(lambda: stage.modals() != [])
    first = words(stage.modal["blocks"])
    slow.until.set()
    await stage.listeners.settle()

    assert "One moment" in first
    assert "task" in fields(stage.modal)


async def test_a_form_that_slack_does_not_open_is_answered_with_what_to_type(stage: Stage) -> None:
    stage.slack.faults.plan("views.open", Refuse(code="trigger_expired"))

    answer = await stage.asks("")

    assert "/milepost subscribe" in answer


async def test_two_accounts_need_not_be_told_apart_where_the_task_does(set_up: SetUp) -> None:
    cos = FakeCloud("tencent-cos")
    cos.prefix = "cos-"
    cos.likeness = Likeness.CERTAIN
    cos.tasks["cos-7"] = snapshot(5)
    stage = await set_up(more_clouds={"cos": cos})
    await stage.opens_form()

    await stage.fills_in(task="cos-7")

    assert [one.watch.account for one in await stage.world.store.followed_in(MIGRATIONS)] == ["cos"]


# --- changing ---------------------------------------------------------------------------------------------------------


async def test_a_subscription_is_changed_in_its_form(stage: Stage) -> None:
    card = await stage.follows()
    (before,) = await followed(stage)

    await stage.chooses(card, f"edit:{before.id}")
    assert stage.modal["callback_id"] == EDIT
    assert_slack_shows(sent(stage.modal))
    await stage.fills_in(milestones="every 20%", broadcast="never", label="orders-db", more="stall 30m")

    (after,) = await followed(stage)
    assert after.rules.milestones == (20, 40, 60, 80, 100)
    assert after.rules.broadcast is Broadcast.NEVER
    assert (after.rules.stall, after.label) == (1800, "orders-db")


async def test_a_form_that_is_sent_as_it_came_changes_nothing(stage: Stage) -> None:
    await stage.types('subscribe drs job-1 at 10,90 stall 30m quiet 22:00-07:00 UTC broadcast all as "db"')
    await stage.slack.wait_for(stage.shown)
    await stage.listeners.settle()
    (before,) = await followed(stage)

    await stage.chooses(stage.shown()[0], f"edit:{before.id}")
    await stage.fills_in()

    assert await followed(stage) == [before]


async def test_what_is_emptied_in_a_form_is_no_longer_told(stage: Stage) -> None:
    await stage.types('subscribe drs job-1 at 10,90 stall 30m as "db"')
    await stage.slack.wait_for(stage.shown)
    await stage.listeners.settle()
    (before,) = await followed(stage)

    await stage.chooses(stage.shown()[0], f"edit:{before.id}")
    await stage.fills_in(milestones="", more="", label="")

    (after,) = await followed(stage)
    assert (after.rules.milestones, after.rules.stall, after.label) == ((), None, None)


async def test_whoever_may_not_change_it_is_told_who_can(set_up: SetUp) -> None:
    stage = await set_up(permissions=Permissions(guests=True))
    await stage.slack.say(BOB, MIGRATIONS, "/milepost subscribe drs job-1")
    await stage.slack.wait_for(stage.shown)
    await stage.listeners.settle()
    (of_bob,) = await followed(stage)

    for what in ("edit", "stop"):
        await stage.chooses(stage.shown()[0], f"{what}:{of_bob.id}")
        assert f"<@{BOB}>" in words(stage.modal["blocks"])
        assert fields(stage.modal) == []

    assert await followed(stage) == [of_bob]
    stage.world.clock.move(minutes=2)
    await stage.chooses(stage.shown()[0], f"stop:{of_bob.id}")
    assert await refused(stage) == ["edit", "stop"]


async def test_a_stop_from_the_menu_is_asked_about_first(stage: Stage) -> None:
    card = await stage.follows()
    (one,) = await followed(stage)

    await stage.chooses(card, f"stop:{one.id}")
    asked = stage.modal
    still = await followed(stage)
    await stage.fills_in()

    assert asked["callback_id"] == STOP
    assert_slack_shows(sent(asked))
    assert still == [one]
    assert await followed(stage) == []
    assert "Stopped following" in stage.whispers[-1]


# --- what an enemy sends ----------------------------------------------------------------------------------------------

ODD_METADATA = [
    "",
    "null",
    "[]",
    "{",
    '{"channel": 7}',
    '{"channel": "general"}',
    '{"channel": "C0ONE\\n"}',
    '{"subscription": "../../x"}',
    '{"subscription": "0123456789ab", "channel": "C0ONE", "page": -1}',
    '{"page": "1"}',
    '{"more": 1}',
    '{"channel": "\\ud800"}',
    "x" * 3000,
]


@pytest.mark.parametrize("callback_id", [NEW, EDIT, STOP, TRANSFER])
@pytest.mark.parametrize("metadata", [*ODD_METADATA, None, 7, {}])
async def test_metadata_that_we_did_not_write_changes_nothing(stage: Stage, callback_id: str, metadata: object) -> None:
    await stage.follows()
    before = await followed(stage)
    view = {"type": "modal", "callback_id": callback_id, "private_metadata": metadata, "state": None}

    answer = await stage.submits(view)

    assert answer["response_action"] == "push"
    assert "no longer good" in json.dumps(answer["view"])
    assert await followed(stage) == before


@pytest.mark.parametrize("callback_id", [NEW, EDIT, STOP, TRANSFER])
@pytest.mark.parametrize(
    "state",
    [
        None,
        [],
        {"values": None},
        {"values": []},
        {"values": {"task": None}},
        {"values": {"task": {"task": "job-1"}}},
        {"values": {"task": {"task": {"value": 7}}, "person": {"person": {"selected_user": "everyone"}}}},
        {"values": {"task": {"task": {"value": "\ud800" * 2000}}, "account": {"account": {"value": "no such"}}}},
        {"values": {"channel": {"channel": {"selected_conversation": "<!here>"}}}},
        {"values": {"broadcast": {"broadcast": {"selected_option": {"value": "loud"}}}}},
    ],
    ids=str,
)
async def test_fields_of_any_shape_are_answered_and_break_nothing(
    stage: Stage, callback_id: str, state: object
) -> None:
    metadata = '{"channel":"C0MIGRATE","subscription":"0123456789ab"}' if callback_id != NEW else "{}"
    view = {"type": "modal", "callback_id": callback_id, "private_metadata": metadata, "state": state}

    answer = await stage.submits(view)

    assert answer.get("response_action") in (None, "errors", "push")
    assert await followed(stage) == []
    assert all("went wrong" not in one for one in stage.whispers)


async def test_a_form_of_a_subscription_of_another_channel_changes_nothing(stage: Stage) -> None:
    await stage.follows()
    (one,) = await followed(stage)
    for callback_id in (EDIT, STOP, TRANSFER):
        await stage.submits(
            {
                "type": "modal",
                "callback_id": callback_id,
                "private_metadata": json.dumps({"channel": DATABASES, "subscription": one.id}),
                "state": {"values": {"person": {"person": {"selected_user": BOB}}}},
            }
        )

    assert await followed(stage) == [one]
