import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.core.model import PauseReason
from bot.slack.app import make_app
from bot.slack.events import OF_LIFE, Events
from tests.slack.parts import ME, SECRET, bolt, command, dispatch, event, press, started
from tests.usecases.world import CHANNEL, Gate, World, finished

ODD: list[dict[str, Any]] = [
    {},
    {"channel": None},
    {"channel": {"id": CHANNEL}},
    {"channel": "", "user": None},
    {"old_channel_id": 7, "new_channel_id": CHANNEL},
    {"old_channel_id": CHANNEL, "new_channel_id": CHANNEL},
    {"tokens": None},
    {"tokens": []},
    {"user": ME.bot_user_id},
]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await started(tmp_path)
    yield world
    await world.stop()


@pytest.fixture
def events(world: World) -> Events:
    return Events(world.pauses, world.requests)


@pytest.fixture
def app(events: Events, client: AsyncWebClient) -> AsyncApp:
    app = make_app(client, signing_secret=SECRET, me=ME)
    events.register(app, me=ME.bot_user_id)
    return app


async def why_silent(world: World) -> list[PauseReason]:
    return [one.subscription.paused.reason for one in await world.store.paused() if one.subscription.paused]


@pytest.mark.parametrize(
    ("kind", "fields", "reason"),
    [
        ("channel_archive", {"channel": CHANNEL}, PauseReason.ARCHIVED),
        ("group_archive", {"channel": CHANNEL}, PauseReason.ARCHIVED),
        ("channel_deleted", {"channel": CHANNEL}, PauseReason.DELETED),
        ("group_deleted", {"channel": CHANNEL}, PauseReason.DELETED),
        ("channel_left", {"channel": CHANNEL}, PauseReason.REMOVED),
        ("group_left", {"channel": CHANNEL}, PauseReason.REMOVED),
        ("member_left_channel", {"channel": CHANNEL, "user": ME.bot_user_id}, PauseReason.REMOVED),
        ("app_uninstalled", {}, PauseReason.UNINSTALLED),
        ("tokens_revoked", {"tokens": {"oauth": [], "bot": ["U0BOT"]}}, PauseReason.TOKEN),
    ],
)
async def test_each_event_that_closes_pauses_with_its_reason(
    world: World, events: Events, app: AsyncApp, kind: str, fields: dict[str, Any], reason: PauseReason
) -> None:
    await world.follows()

    answer = await dispatch(app, event(kind, **fields))
    await events.drain(5)

    assert answer.status == 200
    assert await why_silent(world) == [reason]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("channel_unarchive", {"channel": CHANNEL}),
        ("group_unarchive", {"channel": CHANNEL}),
        ("member_joined_channel", {"channel": CHANNEL, "user": ME.bot_user_id}),
    ],
)
async def test_each_event_that_opens_lets_subscriptions_go_on(
    world: World, events: Events, app: AsyncApp, kind: str, fields: dict[str, Any]
) -> None:
    await world.follows()
    await world.pauses.channel_closed(CHANNEL, PauseReason.ARCHIVED)

    await dispatch(app, event(kind, **fields))
    await events.drain(5)

    assert await why_silent(world) == []


async def test_an_event_that_opens_a_channel_does_not_open_the_workspace(
    world: World, events: Events, app: AsyncApp
) -> None:
    await world.follows()
    await world.pauses.workspace_closed(PauseReason.TOKEN)

    await dispatch(app, event("channel_unarchive", channel=CHANNEL))
    await events.drain(5)

    assert await why_silent(world) == [PauseReason.TOKEN]


@pytest.mark.parametrize("order", [("tokens_revoked", "app_uninstalled"), ("app_uninstalled", "tokens_revoked")])
async def test_an_uninstall_may_tell_its_two_events_in_any_order(
    world: World, events: Events, app: AsyncApp, order: tuple[str, str]
) -> None:
    await world.follows()

    for kind in order:
        await dispatch(app, event(kind, tokens={"oauth": [], "bot": ["U0BOT"]}))
    await events.drain(5)

    assert len(await why_silent(world)) == 1


@pytest.mark.parametrize("kind", sorted(OF_LIFE))
@pytest.mark.parametrize("odd", ODD, ids=str)
async def test_an_event_of_odd_shape_is_acknowledged_and_breaks_nothing(
    events: Events, app: AsyncApp, kind: str, odd: dict[str, Any]
) -> None:
    with capture_logs() as logs:
        answer = await dispatch(app, event(kind, **odd))
        await events.drain(5)

    assert answer.status == 200
    assert [line for line in logs if line["log_level"] == "error"] == []


async def test_a_store_that_cannot_write_is_logged_and_the_event_acknowledged(
    world: World, events: Events, app: AsyncApp
) -> None:
    await world.follows()
    world.ill.add("pause")

    with capture_logs() as logs:
        answer = await dispatch(app, event("channel_archive", channel=CHANNEL))
        await events.drain(5)

    assert answer.status == 200
    assert [line["slack_event"] for line in logs if line["log_level"] == "error"] == ["channel_archive"]


async def test_a_stop_waits_for_an_event_that_is_under_way_but_not_for_ever(
    world: World, events: Events, app: AsyncApp
) -> None:
    await world.follows()
    gate = Gate()
    world.slack.post_answers.append(gate)
    await dispatch(app, event("channel_archive", channel=CHANNEL))
    await finished(gate.reached.wait())

    await finished(events.drain(0))
    draining = asyncio.create_task(events.drain(5))
    await asyncio.sleep(0)
    waited = not draining.done()
    gate.open.set()
    await finished(draining)

    assert waited


# --- what nothing listens to --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        event("emoji_changed"),
        event("channel_rename", channel={"id": CHANNEL}),
        {"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1518467820},
        press("somebody.elses", "x", "http://127.0.0.1:9/"),
        {"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U0ALICE"}, "view": {"type": "modal"}},
        {"type": "shortcut", "team": {"id": "T1"}, "user": {"id": "U0ALICE"}, "callback_id": "x"},
    ],
    ids=lambda body: str(body["type"]),
)
async def test_what_nothing_listens_to_is_acknowledged_and_logged_once(
    world: World, client: AsyncWebClient, body: dict[str, Any]
) -> None:
    app, _ = bolt(world, client)

    with capture_logs() as logs:
        answer = await dispatch(app, body)

    assert (answer.status, answer.body) == (200, "")
    assert [line["event"] for line in logs] == ["Slack sent something that nothing listens to"]
    assert "hello" not in str(logs)


async def test_a_command_that_nothing_listens_to_is_an_error_that_the_person_sees(
    world: World, client: AsyncWebClient
) -> None:
    app, _ = bolt(world, client)

    answer = await dispatch(app, command("list", "http://127.0.0.1:9/", command="/other"))

    assert answer.status == 404
