import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.message import Message
from bot.core.model import DeliveryId
from bot.core.text import Mrkdwn
from bot.slack.poster import SlackPoster
from bot.slack.session import make_client
from tests.slack.stage import SetUp, stages

TOKEN = "xoxb-not-a-real-one"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ID = DeliveryId("drs:job-1#1/1/0123456789ab/at-50")
HELLO = Message(text=Mrkdwn("50 %"), blocks=({"type": "section", "text": {"type": "mrkdwn", "text": "*50 %*"}},))

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class SmallSlack:
    """A server that answers each call with what the test lined up, and notes what came."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.content_type == "application/json" else dict(await request.post())
        self.calls.append((request.match_info["method"], {**request.query, **body}))
        return await self.answers.pop(0)(request)

    def will(self, *answers: Answer) -> None:
        self.answers += answers

    def count(self, method: str) -> int:
        return sum(1 for called, _ in self.calls if called == method)


def says(body: Any, *, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON; underscores in header names stand for hyphens."""

    async def answer(_: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response(body, status=status, headers=named)

    return answer


def raw(text: str, *, status: int = 200, content_type: str = "text/html") -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=text, status=status, content_type=content_type)

    return answer


async def hangs_up(request: web.Request) -> web.StreamResponse:
    """Read the whole request, then drop the connection."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def never(_: web.Request) -> web.StreamResponse:
    """Read the whole request, then say nothing."""
    await asyncio.Event().wait()
    return web.Response()


@pytest.fixture
async def slack() -> AsyncIterator[SmallSlack]:
    slack = SmallSlack()
    app = web.Application()
    app.add_routes([web.route("*", "/api/{method}", slack.serve)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    yield slack
    await runner.cleanup()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def client(slack: SmallSlack, session: aiohttp.ClientSession) -> AsyncWebClient:
    return make_client(session, token=TOKEN, api_url=slack.url)


@pytest.fixture
def poster(client: AsyncWebClient) -> SlackPoster:
    return SlackPoster(client)


@pytest.fixture
async def set_up(tmp_path: Path) -> AsyncIterator[SetUp]:
    """Sets a stage: a workspace of the playground with a bot in it."""
    async with stages(tmp_path) as set_up:
        yield set_up
