"""Listeners on a Bolt app, over use cases whose cloud and posts are scripted."""

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.ports import People
from bot.slack.app import make_app
from bot.slack.channels import SlackChannels
from bot.slack.duplicates import Duplicates
from bot.slack.events import Events
from bot.slack.listeners import Listeners
from bot.usecases.forms import Forms
from bot.usecases.home import Homes
from tests.usecases.world import ALICE, CHANNEL, World

SECRET = "not-a-real-signing-secret"
_numbers = itertools.count(1)
ME = AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="U0BOT", bot_id="B0BOT", bot_token="xoxb-not-real")


async def started(path: Path) -> World:
    """Return a bot whose task `job-1` runs at 10 %."""
    world = World(path)
    world.task(10)
    await world.start()
    return world


def listeners_of(world: World, client: AsyncWebClient, people: People | None = None) -> Listeners:
    """The listeners, put together as the composition root does it."""
    store, people = world.store, people or world.people
    return Listeners(
        requests=world.requests,
        forms=Forms(
            clouds=world.clouds, store=store, rights=world.rights, channels=SlackChannels(client), audit=world.audit
        ),
        homes=Homes(
            store=store,
            people=people,
            clouds=world.clouds,
            circuits=world.polling,
            rights=world.rights,
            clock=world.clock,
        ),
        people=people,
        clouds=world.clouds,
    )


def bolt(world: World, client: AsyncWebClient) -> tuple[AsyncApp, Listeners]:
    app = make_app(client, signing_secret=SECRET, me=ME)
    app.use(Duplicates())
    listeners = listeners_of(world, client)
    listeners.register(app, me=ME.bot_user_id)
    Events(world.pauses, world.requests).register(app, me=ME.bot_user_id)
    return app, listeners


def command(text: str, response_url: str, **more: Any) -> dict[str, Any]:
    """The payload of a slash command."""
    return {
        "command": "/milepost",
        "text": text,
        "team_id": "T1",
        "channel_id": CHANNEL,
        "user_id": ALICE,
        "response_url": response_url,
        "trigger_id": _fresh(),
        **more,
    }


def press(action_id: str, value: object, response_url: str, **more: Any) -> dict[str, Any]:
    """The payload of a pressed button."""
    return {
        "type": "block_actions",
        "team": {"id": "T1"},
        "channel": {"id": CHANNEL},
        "user": {"id": ALICE, "team_id": "T1"},
        "response_url": response_url,
        "trigger_id": _fresh(),
        "actions": [{"type": "button", "action_id": action_id, "block_id": "b1", "value": value}],
        **more,
    }


def event(kind: str, **fields: Any) -> dict[str, Any]:
    """The payload of an event."""
    return {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": _fresh("Ev"),
        "event": {"type": kind, "event_ts": "1.2", **fields},
    }


def _fresh(prefix: str = "") -> str:
    """An id that was not used before: Slack gives each payload its own."""
    return f"{prefix}{next(_numbers)}"


async def dispatch(app: AsyncApp, body: dict[str, Any]) -> BoltResponse:
    """Hand a payload to the app as Socket Mode does."""
    return await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))


def form(body: Mapping[str, Any]) -> str:
    """The body of a slash command over HTTP."""
    return urlencode(body)
