import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.core.wording.card import AGAIN, CONSOLE, REFRESH, STOP
from providers.base import TaskState
from tests.slack.conftest import SmallSlack, says
from tests.slack.parts import bolt, command, dispatch, press, started
from tests.usecases.world import CHANNEL, OTHER, Gate, World, finished, plain

OK = says({"ok": True})


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await started(tmp_path)
    yield world
    await world.stop()


@pytest.fixture
def response_url(slack: SmallSlack) -> str:
    return f"{slack.url}response"


async def answered(slack: SmallSlack) -> dict[str, Any]:
    """Wait for the private answer."""
    return (await finished(arrived(slack)))[-1]


async def arrived(slack: SmallSlack) -> list[dict[str, Any]]:
    while slack.answers:  # noqa: ASYNC110 - the server notes what came, it has nothing to wait on
        await asyncio.sleep(0)
    return [body for _, body in slack.calls]


async def test_a_command_is_acknowledged_and_answered_privately(
    world: World, slack: SmallSlack, client: AsyncWebClient, response_url: str
) -> None:
    app, _ = bolt(world, client)
    slack.will(OK)

    ack = await dispatch(app, command("list", response_url))
    answer = await answered(slack)

    assert (ack.status, ack.body) == (200, "")
    assert "follows no task yet" in answer["text"]
    assert (answer["response_type"], answer["replace_original"]) == ("ephemeral", False)
    assert answer["blocks"]


async def test_subscribing_is_answered_by_the_card_alone(
    world: World, slack: SmallSlack, client: AsyncWebClient, response_url: str
) -> None:
    app, listeners = bolt(world, client)

    await dispatch(app, command("subscribe drs job-1", response_url))
    await listeners.drain(5)

    assert len(world.slack.cards()) == 1
    assert slack.calls == []


async def test_a_command_is_acknowledged_while_the_cloud_keeps_silent(
    world: World, slack: SmallSlack, client: AsyncWebClient, response_url: str
) -> None:
    app, listeners = bolt(world, client)
    world.cloud.gate = gate = Gate()

    ack = await dispatch(app, command("subscribe drs job-1", response_url))
    await finished(gate.reached.wait())
    posted_by_then = list(world.slack.posts)
    gate.open.set()
    await listeners.drain(5)

    assert ack.status == 200
    assert posted_by_then == []
    assert len(world.slack.cards()) == 1


async def test_each_button_reaches_its_use_case(
    world: World, slack: SmallSlack, client: AsyncWebClient, response_url: str
) -> None:
    app, listeners = bolt(world, client)
    subscription = await world.follows()

    for action in (CONSOLE, REFRESH):
        assert (await dispatch(app, press(action, subscription.id, response_url))).status == 200
    await listeners.drain(5)
    looked = await world.store.next_due()

    assert looked == world.clock.now()
    assert slack.calls == []


async def test_stop_is_answered_privately_and_leaves_the_card_in_place(
    world: World, slack: SmallSlack, client: AsyncWebClient, response_url: str
) -> None:
    app, _ = bolt(world, client)
    subscription = await world.follows()
    slack.will(OK)

    await dispatch(app, press(STOP, subscription.id, response_url))
    answer = await answered(slack)

    assert "Stopped following" in answer["text"]
    assert answer["replace_original"] is False
    assert await world.followed() == []


async def test_track_again_posts_a_new_card(world: World, client: AsyncWebClient, response_url: str) -> None:
    app, listeners = bolt(world, client)
    subscription = await world.follows()
    await world.reads(100, TaskState.SUCCEEDED)
    world.task(10)

    await dispatch(app, press(AGAIN, subscription.id, response_url))
    await listeners.drain(5)

    assert len(world.slack.cards()) == 2


@pytest.mark.parametrize("value", ["", None, 7, {"a": 1}, "0123456789AB", "0123456789ab\n", "x" * 3000])
async def test_a_forged_value_is_answered_and_changes_nothing(
    world: World, slack: SmallSlack, client: AsyncWebClient, response_url: str, value: object
) -> None:
    app, _ = bolt(world, client)
    await world.follows()
    slack.will(OK)

    await dispatch(app, press(STOP, value, response_url))
    answer = await answered(slack)

    assert "no longer followed" in answer["text"]
    assert len(await world.followed()) == 1


async def test_a_button_pressed_in_another_channel_changes_nothing(
    world: World, slack: SmallSlack, client: AsyncWebClient, response_url: str
) -> None:
    app, _ = bolt(world, client)
    subscription = await world.follows()
    slack.will(OK)

    await dispatch(app, press(STOP, subscription.id, response_url, channel={"id": OTHER}))
    answer = await answered(slack)

    assert "no longer followed" in answer["text"]
    assert len(await world.followed(CHANNEL)) == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"channel_id": None},
        {"channel_id": "general"},
        {"user_id": ""},
        {"user_id": ["U0ALICE"]},
        {"channel_id": "C0ONE\nC0TWO"},
    ],
)
async def test_a_command_without_a_proper_channel_or_person_does_nothing(
    world: World, slack: SmallSlack, client: AsyncWebClient, response_url: str, odd: dict[str, object]
) -> None:
    app, _ = bolt(world, client)
    slack.will(OK)

    with capture_logs() as logs:
        ack = await dispatch(app, command("subscribe drs job-1", response_url, **odd))
        answer = await answered(slack)

    assert ack.status == 200
    assert "Something went wrong" in answer["text"]
    assert [line["event"] for line in logs] == ["a command failed"]
    assert world.slack.posts == []
    assert world.cloud.calls == []


@pytest.mark.parametrize("odd", [{"channel": None}, {"channel": {"id": 7}}, {"channel": {}}])
async def test_a_press_without_a_proper_channel_is_acknowledged_and_does_nothing(
    world: World, slack: SmallSlack, client: AsyncWebClient, response_url: str, odd: dict[str, object]
) -> None:
    app, _ = bolt(world, client)
    subscription = await world.follows()
    slack.will(OK)

    ack = await dispatch(app, {**press(STOP, subscription.id, response_url), **odd})
    answer = await answered(slack)

    assert ack.status == 200
    assert "Something went wrong" in answer["text"]
    assert len(await world.followed()) == 1


async def test_a_bug_gets_a_private_apology_and_a_log_entry(
    world: World, slack: SmallSlack, client: AsyncWebClient, response_url: str
) -> None:
    app, _ = bolt(world, client)
    world.cloud.bug = ZeroDivisionError("secret detail")
    slack.will(OK)

    with capture_logs() as logs:
        await dispatch(app, command("subscribe drs job-1", response_url))
        answer = await answered(slack)

    assert "Something went wrong on my side" in answer["text"]
    assert "secret detail" not in str(answer)
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["a command failed"]


async def test_a_store_that_cannot_write_asks_to_try_again(
    world: World, slack: SmallSlack, client: AsyncWebClient, response_url: str
) -> None:
    app, _ = bolt(world, client)
    world.ill = {"subscribe"}
    slack.will(OK)

    await dispatch(app, command("subscribe drs job-1", response_url))
    answer = await answered(slack)

    assert "nothing was changed" in answer["text"]
    assert world.slack.posts == []


async def test_a_private_answer_that_cannot_be_given_is_logged(world: World, client: AsyncWebClient) -> None:
    app, listeners = bolt(world, client)

    with capture_logs() as logs:
        await dispatch(app, command("list", "http://127.0.0.1:9/closed"))
        await listeners.drain(5)

    assert [line["event"] for line in logs] == ["a private answer could not be given"]


async def test_a_bot_that_is_stopping_says_so_and_does_nothing(
    world: World, slack: SmallSlack, client: AsyncWebClient, response_url: str
) -> None:
    app, listeners = bolt(world, client)
    await listeners.drain(0)
    slack.will(OK)

    await dispatch(app, command("subscribe drs job-1", response_url))
    answer = await answered(slack)

    assert "I am being restarted" in answer["text"]
    assert world.slack.posts == []


async def test_a_stop_waits_for_a_command_that_is_under_way_but_not_for_ever(
    world: World, client: AsyncWebClient, response_url: str
) -> None:
    app, listeners = bolt(world, client)
    world.cloud.gate = gate = Gate()
    await dispatch(app, command("subscribe drs job-1", response_url))
    await finished(gate.reached.wait())

    await listeners.drain(0)
    impatient = list(world.slack.cards())
    gate.open.set()
    await listeners.drain(5)

    assert impatient == []
    assert len(world.slack.cards()) == 1


async def test_what_a_phone_makes_of_quotes_is_understood(
    world: World, client: AsyncWebClient, response_url: str
) -> None:
    app, listeners = bolt(world, client)

    await dispatch(app, command("subscribe drs job-1 as “orders – db”", response_url))
    await listeners.drain(5)

    assert "orders - db" in plain(world.slack.card().message.text)


async def test_oauth_settings_in_the_environment_change_nothing(
    monkeypatch: pytest.MonkeyPatch, world: World, slack: SmallSlack, client: AsyncWebClient, response_url: str
) -> None:
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN"):
        monkeypatch.setenv(name, "from-somewhere-else")
    app, _ = bolt(world, client)
    slack.will(OK)

    ack = await dispatch(app, command("list", response_url))
    await answered(slack)

    assert ack.status == 200
