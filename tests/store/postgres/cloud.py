"""123pan on this machine, as far as tokens go."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from providers.base import TaskKey

TASK = TaskKey("1ketmmu1000d86isuyq33su100w1bnp6")


async def asleep(seconds: float) -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def cloud() -> AsyncIterator[tuple[str, list[str]]]:
    """123pan on this machine: its address, and the paths that were asked for."""
    asked: list[str] = []

    async def login(request: web.Request) -> web.Response:
        asked.append(request.path)
        data = {"accessToken": f"token-{len(asked)}", "expiredAt": "2999-01-01T00:00:00+08:00"}
        return web.json_response({"code": 0, "data": data})

    async def task(request: web.Request) -> web.Response:
        return web.json_response({"code": 0, "data": {"status": 1}})

    app = web.Application()
    app.router.add_post("/api/v1/access_token", login)
    app.router.add_get("/api/v1/oss/source/copy/process", task)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}", asked
    finally:
        await runner.cleanup()
