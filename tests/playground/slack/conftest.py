import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from playground.server import Playground
from playground.slack import EVERY_EVENT, EVERY_SCOPE, Rates, SlackOptions
from playground.slack.names import APP_TOKEN, BOT_TOKEN


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


Start = Callable[[SlackOptions], Awaitable[Playground]]
Connect = Callable[[AsyncApp], Awaitable[AsyncSocketModeHandler]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def start(clock: Clock) -> AsyncIterator[Start]:
    async with AsyncExitStack() as stack:

        async def started(options: SlackOptions) -> Playground:
            return await stack.enter_async_context(Playground(now=clock, slack=options))

        yield started


@pytest.fixture
async def playground(start: Start) -> Playground:
    return await start(SlackOptions(rates=Rates.none(), scopes=EVERY_SCOPE, events=EVERY_EVENT))


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def client(playground: Playground, session: aiohttp.ClientSession) -> AsyncWebClient:
    return client_of(playground, session)


def client_of(playground: Playground, session: aiohttp.ClientSession, token: str = BOT_TOKEN) -> AsyncWebClient:
    return AsyncWebClient(token, base_url=f"{playground.url}/api/", session=session, retry_handlers=[])


@pytest.fixture
def app(client: AsyncWebClient) -> AsyncApp:
    logging.getLogger("slack_bolt").setLevel(logging.CRITICAL)
    return AsyncApp(client=client, signing_secret="playground-signing-secret")


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    async with AsyncExitStack() as stack:

        async def connected(app: AsyncApp) -> AsyncSocketModeHandler:
            handler = AsyncSocketModeHandler(app, APP_TOKEN)
            await handler.connect_async()  # type: ignore[no-untyped-call]  # bolt ships it without types
            stack.push_async_callback(handler.close_async)
            return handler

        yield connected
