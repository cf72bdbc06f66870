"""One Socket Mode connection, from its opening to its end; it is never opened a second time."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import structlog
from slack_bolt.adapter.socket_mode.async_base_handler import AsyncBaseSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.session import socket_address

_log = structlog.get_logger(__name__)

_PING_SECONDS = 5.0
"""Four pings without an answer, and the connection counts as dead."""
_ANSWER_SECONDS = 1.0
"""What an acknowledgement under way gets before its connection is closed; most take milliseconds."""
_CLOSE_SECONDS = 1.0


def _silent() -> logging.Logger:
    """The SDK logs addresses that are secrets, and each try with a traceback; what matters is logged here."""
    logger = logging.getLogger("milepost.socket_mode")
    logger.setLevel(logging.CRITICAL)
    return logger


class Line(AsyncBaseSocketModeHandler):
    """Hands what comes over one connection to a Bolt app. *ending* hears that Slack or the network ends it."""

    app: AsyncApp
    client: "_Client"

    def __init__(self, app: AsyncApp, app_token: str, *, ending: Callable[["Line"], None]) -> None:
        self.app = app
        self.leaving = False
        """Slack said that it will close it, or it is closed: it must be replaced."""
        self._app_token = app_token
        self._answering: set[asyncio.Task[object]] = set()
        self.client = _Client(app, app_token, ending=lambda: ending(self))
        self.client.socket_mode_request_listeners.append(self.handle)

    async def open(self) -> None:
        """Connect. TokenRefused and SlackUnreachable are Slack's answers; the SDK tries the rest for ever."""
        self.client.wss_uri = await socket_address(self.app.client, self._app_token)
        await self.connect_async()  # type: ignore[no-untyped-call]  # the SDK's coroutines are untyped

    async def lives(self) -> bool:
        """Tell whether it is open and answers pings."""
        return bool(await self.client.is_connected())

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        """Let the app answer one envelope, and acknowledge it."""
        task = asyncio.current_task()
        if task is not None:
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        began = time.time()
        try:
            await send_async_response(client, req, await run_async_bolt_app(self.app, req), began)
        except Exception as error:
            # Slack delivers an event again, and shows a person an error.
            _log.warning("a payload could not be acknowledged", kind=req.type, reason=type(error).__name__)

    async def hang_up(self) -> None:
        """Close the connection, after what came over it was acknowledged."""
        if self._answering:
            await asyncio.wait(set(self._answering), timeout=_ANSWER_SECONDS)
        await _quietly(self.disconnect_async)

    async def end(self) -> None:
        """Let go of everything."""
        # First on its own: a network that is dead must not keep the rest from being let go of.
        await _quietly(self.disconnect_async)
        await _quietly(self.close_async)
        await self.client.ended()


class _Client(SocketModeClient):
    """Tells that its connection ends, where the SDK's own would close it and then make a new one in its place.

    Between the two the SDK takes no commands, and what it makes is the same object in an unknown state.
    """

    def __init__(self, app: AsyncApp, app_token: str, *, ending: Callable[[], None]) -> None:
        super().__init__(app_token=app_token, logger=_silent(), web_client=app.client, ping_interval=_PING_SECONDS)
        self._ending = ending

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - the SDK's
        """Called by the SDK for each `disconnect` of Slack's, a closed connection and pings without an answer."""
        self._ending()

    async def ended(self) -> None:
        """See that the SDK's loops and its session end, also where closing the connection failed."""
        loops = [self.message_processor, self.current_session_monitor, self.message_receiver]
        running = [loop for loop in loops if loop is not None]
        for loop in running:
            loop.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self.aiohttp_client_session.close()


async def _quietly(closing: Callable[[], Awaitable[None]]) -> None:
    """A connection that is gone may fail to close; there is nothing to be done about it."""
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await closing()
    except Exception as error:
        _log.info("a connection to Slack did not close cleanly", reason=type(error).__name__)
