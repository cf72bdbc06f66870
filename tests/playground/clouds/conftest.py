from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from playground.clouds import CloudsHalf
from tests.playground.clouds.callers import Clock, Lab, Recorder


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    clock, hub = Clock(), Recorder()
    clouds = CloudsHalf(hub, clock)
    app = web.Application()
    app.add_routes(clouds.routes())
    async with TestClient(TestServer(app)) as client:
        yield Lab(clouds, clock, hub, client)
        await clouds.close()
