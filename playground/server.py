"""One loopback port that serves the Slack look-alike, the simulated clouds and the page."""

import errno
import ipaddress
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from playground.clock import MovableClock
from playground.clouds import CloudsHalf
from playground.guard import guard
from playground.live import LiveHub
from playground.slack import SlackHalf, SlackOptions

PAGE = Path(__file__).parent / "page"
# Slack's largest accepted body is far below this; a larger one is a mistake of the caller.
MAX_BODY = 4 * 1024 * 1024
# The page needs nothing from elsewhere: hostile text that slips through a renderer finds no way out.
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Playground:
    """The whole playground; use it as an async context manager or with `start` and `stop`."""

    def __init__(self, *, now: Callable[[], float] = time.time, slack: SlackOptions | None = None) -> None:
        self.hub = LiveHub()
        self.clock = MovableClock(now)
        self.slack = SlackHalf(self.hub, self.clock, slack or SlackOptions())
        # Only the clock on the wall can be moved: tasks go on at their own pace, and signatures are good by real time.
        self.clouds = CloudsHalf(self.hub, now)
        self._runner: web.AppRunner | None = None
        self._host = "127.0.0.1"
        self._port = 0

    @property
    def port(self) -> int:
        """The port that is bound, 0 before `start`."""
        return self._port

    @property
    def url(self) -> str:
        """The address of the page, and the root of every other path."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Bind *port* (0: any free one) and serve; raises OSError when the port is taken."""
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"the playground has well-known credentials and serves loopback only, not {host}")
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port, reuse_address=True).start()
        except OSError as error:
            await runner.cleanup()
            if error.errno == errno.EADDRINUSE:
                raise OSError(errno.EADDRINUSE, f"port {port} of {host} is in use by another program") from None
            raise
        self._runner = runner
        self._host, self._port = host, runner.addresses[0][1]
        self.slack.open(self.url)
        await self.clouds.open()

    async def stop(self) -> None:
        """Close every connection and end every task of the playground."""
        await self.slack.close()
        await self.clouds.close()
        self.hub.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[guard(lambda: self._port)], client_max_size=MAX_BODY)
        app.add_routes(
            [
                web.get("/", _page),
                web.get(r"/page/{file:[\w./-]+}", _page),
                web.get("/control/state", self._state),
                web.get("/control/live", self._live),
            ]
        )
        app.add_routes(self.slack.routes())
        app.add_routes(self.clouds.routes())
        return app

    async def _state(self, request: web.Request) -> web.Response:
        user = self.slack.person(request.query.get("user", ""))
        return web.json_response(self.slack.state(user) | {"clouds": self.clouds.state()})

    async def _live(self, request: web.Request) -> web.WebSocketResponse:
        return await self.hub.serve(request, self.slack.person(request.query.get("user", "")))


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def _page(request: web.Request) -> web.StreamResponse:
    file = (PAGE / request.match_info.get("file", "index.html")).resolve()
    if not file.is_relative_to(PAGE) or not file.is_file() or file.suffix == ".py":
        raise web.HTTPNotFound(text="there is no such page")
    return web.FileResponse(file, headers=PAGE_HEADERS)
