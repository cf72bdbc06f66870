"""The way from Slack to the bot: Socket Mode, or HTTP requests. Both hand what comes to the same listeners."""

import asyncio
import re
from collections.abc import Awaitable, Sequence
from typing import Protocol

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

_log = structlog.get_logger(__name__)

PATH = "/slack/events"
LARGEST_BODY = 1024 * 1024
_CLOSING_SECONDS = 2.0
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class Connection(Protocol):
    """How Slack reaches us."""

    async def open(self) -> None:
        """Begin to receive; raises OSError where that cannot work."""
        ...

    async def stop_receiving(self) -> None:
        """Take nothing new; what is under way may still answer."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


class SocketConnection:
    """Socket Mode: we open the connection, so no address of ours need be public."""

    def __init__(self, app: AsyncApp, app_token: str) -> None:
        self._handler = AsyncSocketModeHandler(app, app_token)

    async def open(self) -> None:
        """Connect."""
        await self._handler.connect_async()  # type: ignore[no-untyped-call]  # the SDK's coroutines are untyped
        _log.info("connected to Slack", mode="socket")

    async def stop_receiving(self) -> None:
        """Disconnect, so that Slack hands new payloads to another replica, or tells the person to try again."""
        await _quietly(self._handler.disconnect_async())  # type: ignore[no-untyped-call]  # as above

    async def close(self) -> None:
        """Close."""
        await _quietly(self._handler.close_async())  # type: ignore[no-untyped-call]  # as above


async def _quietly(closing: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout(_CLOSING_SECONDS):
            await closing
    except TimeoutError:
        _log.warning("the connection to Slack did not close in time")


class HttpConnection:
    """HTTP mode: Slack sends signed requests to ``/slack/events``; a TLS proxy stands in front."""

    def __init__(self, app: AsyncApp, host: str, port: int) -> None:
        self._bolt = app
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None

    async def open(self) -> None:
        """Listen."""
        app = web.Application(client_max_size=LARGEST_BODY)
        app.add_routes([web.post(PATH, self._received), web.get("/healthz", _healthy)])
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_CLOSING_SECONDS)
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, self._host, self._port)
        await self._site.start()
        _log.info("listening for Slack", mode="http", host=self._host, port=self.port, path=PATH)

    @property
    def port(self) -> int:
        """The port in use (the chosen one where 0 was asked for)."""
        addresses = self._runner.addresses if self._runner is not None else []
        return int(addresses[0][1]) if addresses else self._port

    async def stop_receiving(self) -> None:
        """Close the port."""
        if self._site is not None:
            await self._site.stop()
            self._site = None

    async def close(self) -> None:
        """Close what is still open."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _received(self, request: web.Request) -> web.StreamResponse:
        stamp, signature = (request.headers.get(f"X-Slack-{name}", "0") for name in ("Request-Timestamp", "Signature"))
        if not (_TIMESTAMP.fullmatch(stamp) and signature.isascii()):
            # Bolt's verifier would take the one for a number and the other for ASCII, and answer 500.
            return _unsigned()
        raw = await request.read()
        headers: dict[str, str | Sequence[str]] = {name: request.headers.getall(name) for name in request.headers}
        try:
            # Bolt parses the body before it looks at the signature; Slack itself signs nothing that cannot be parsed.
            asked = AsyncBoltRequest(body=raw.decode(), query=request.query_string, headers=headers)
        except (ValueError, TypeError, AttributeError, RecursionError):
            return _unsigned()
        return await to_aiohttp_response(await self._bolt.async_dispatch(asked))


def _unsigned() -> web.Response:
    return web.Response(status=401, text="invalid request")


async def _healthy(_: web.Request) -> web.Response:
    return web.Response(text="ok\n")
