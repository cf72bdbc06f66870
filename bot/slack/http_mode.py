"""HTTP mode: Slack sends signed requests, and whatever else comes is turned away."""

import asyncio
import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

_log = structlog.get_logger(__name__)

PATH = "/slack/events"
LIVE = "/healthz"
READY = "/readyz"
LARGEST_BODY = 1024 * 1024
_CLOSING_SECONDS = 2.0
_READ_SECONDS = 10.0
"""Slack waits three; whoever takes longer for a body only holds a connection."""
_LEAVING_SECONDS = 2.5
"""How long a stop still takes what comes, so that proxies that ask each second hear of it before the port is shut."""
_ASKS_SECONDS = 30.0
"""Who asked that lately whether we are ready will ask again."""
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_UNAUTHORISED = 401
_NO_SIGNATURE = "0"
_KEPT_SECONDS = 660.0
"""Bolt takes timestamps of five minutes around now, so a signature is good for ten."""


class HttpConnection:
    """HTTP mode: Slack sends signed requests to ``/slack/events``; a TLS proxy stands in front.

    The port may be open before there is an app to hand requests to, for whoever asks whether this process lives
    (``/healthz``) and whether people should be sent to it (``/readyz``). *trouble* is a reason why they should not.
    """

    def __init__(
        self,
        app: AsyncApp | None,
        host: str,
        port: int,
        *,
        patience: float = _READ_SECONDS,
        trouble: Callable[[], str | None] = lambda: None,
        wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._bolt = app
        self._patience = patience
        self._trouble = trouble
        self._wait = wait
        self._leaving = False
        self._asked: float | None = None
        """When somebody last asked whether we are ready."""
        self._host, self._port = host, port
        self._replays = _Replays()
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None

    async def open(self) -> None:
        """Listen."""
        app = web.Application(client_max_size=LARGEST_BODY)
        app.add_routes([web.post(PATH, self._received), web.get(LIVE, _lives), web.get(READY, self._ready)])
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_CLOSING_SECONDS)
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, self._host, self._port)
        await self._site.start()
        _log.info("listening for Slack", mode="http", host=self._host, port=self.port, path=PATH)

    def hand_to(self, app: AsyncApp) -> None:
        """Hand requests to *app* from now on."""
        self._bolt = app

    @property
    def port(self) -> int:
        """The port in use (the chosen one where 0 was asked for)."""
        addresses = self._runner.addresses if self._runner is not None else []
        return int(addresses[0][1]) if addresses else self._port

    async def watch(self) -> None:
        """Nothing to mend: it is Slack that connects."""

    async def stop_receiving(self) -> None:
        """Close the port. A proxy that asks whether we are ready hears first that we go, and what it sends is taken.

        What the kernel has accepted for a port that is shut then is lost, and no proxy may repeat it.
        """
        self._leaving = True
        if self._site is not None and self._is_asked:
            await self._wait(_LEAVING_SECONDS)
        if self._site is not None:
            site, self._site = self._site, None
            await site.stop()

    async def close(self) -> None:
        """Close what is still open."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _received(self, request: web.Request) -> web.StreamResponse:
        stamp, signature = (
            request.headers.get(f"X-Slack-{name}", _NO_SIGNATURE) for name in ("Request-Timestamp", "Signature")
        )
        if not (_TIMESTAMP.fullmatch(stamp) and signature.isascii()):
            # Bolt's verifier would take the one for a number and the other for ASCII, and answer 500.
            return _unsigned()
        if self._site is None or self._bolt is None:
            # A connection that was open already, or a proxy that does not ask whether we are ready. Slack delivers an
            # event again, and shows a person an error.
            return web.Response(status=503, text=self._not_ready)
        try:
            async with asyncio.timeout(self._patience):
                raw = await request.read()
        except TimeoutError:
            return web.Response(status=408, text="too slow")
        headers: dict[str, str | Sequence[str]] = {name: request.headers.getall(name) for name in request.headers}
        try:
            # Bolt parses the body before it looks at the signature; Slack itself signs nothing that cannot be parsed.
            asked = AsyncBoltRequest(body=raw.decode(), query=request.query_string, headers=headers)
        except (ValueError, TypeError, AttributeError, RecursionError):
            return _unsigned()
        mark = hashlib.sha256(f"{stamp}:{signature}:".encode() + raw).digest()
        if signature != _NO_SIGNATURE and not self._replays.add(mark):
            return _unsigned()
        answer = await self._bolt.async_dispatch(asked)
        if answer.status == _UNAUTHORISED:
            self._replays.forget(mark)
        return await to_aiohttp_response(answer)

    @property
    def _not_ready(self) -> str | None:
        if self._leaving:
            return "stopping"
        return self._trouble() if self._bolt is not None else "Slack was not reached yet"

    @property
    def _is_asked(self) -> bool:
        return self._asked is not None and time.monotonic() - self._asked < _ASKS_SECONDS

    async def _ready(self, _: web.Request) -> web.Response:
        self._asked = time.monotonic()
        trouble = self._not_ready
        return web.Response(text="ok\n") if trouble is None else web.Response(status=503, text=f"{trouble}\n")


class _Replays:
    """Requests that were good once. Slack signs each try anew, so one that comes again comes from somebody else.

    A request is remembered from its arrival on, so that of two copies at once the second is turned away as well.
    """

    def __init__(self, seconds: float = _KEPT_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._seen: OrderedDict[bytes, float] = OrderedDict()

    def add(self, mark: bytes) -> bool:
        """Remember a request; False where it came before."""
        now = self._clock()
        while self._seen and next(iter(self._seen.values())) < now - self._seconds:
            self._seen.popitem(last=False)
        if mark in self._seen:
            return False
        self._seen[mark] = now
        return True

    def forget(self, mark: bytes) -> None:
        """It was not signed by Slack."""
        self._seen.pop(mark, None)


def _unsigned() -> web.Response:
    return web.Response(status=_UNAUTHORISED, text="invalid request")


async def _lives(_: web.Request) -> web.Response:
    return web.Response(text="ok\n")
