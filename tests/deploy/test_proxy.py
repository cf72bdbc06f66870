"""The proxy itself, where it is installed, before two small servers: who is answered when one of them is in trouble."""

import asyncio
import shutil
import ssl
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from tests.deploy.files import read

pytestmark = pytest.mark.skipif(
    shutil.which("haproxy") is None or shutil.which("openssl") is None, reason="haproxy and openssl are not installed"
)
PATIENCE = 30.0


class Upstream:
    """Answers for a replica."""

    def __init__(self) -> None:
        self.asked = asyncio.Condition()
        self.probes = 0
        self.requests = 0
        self.dies = False
        self.ready = True
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.add_routes([web.post("/slack/events", self._received), web.get("/readyz", self._ready)])
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def is_probed(self, times: int = 1) -> None:
        async with asyncio.timeout(PATIENCE), self.asked:
            until = self.probes + times
            await self.asked.wait_for(lambda: self.probes >= until)

    async def _ready(self, _: web.Request) -> web.Response:
        async with self.asked:
            self.probes += 1
            self.asked.notify_all()
        return web.Response(status=200 if self.ready else 503)

    async def _received(self, request: web.Request) -> web.Response:
        await request.read()
        self.requests += 1
        if self.dies and request.transport is not None:
            request.transport.abort()
        return web.Response(text=str(self.port))


class Proxy:
    """HAProxy with our configuration, but for addresses."""

    def __init__(self, port: int, session: aiohttp.ClientSession) -> None:
        self._url = f"https://localhost:{port}"
        self._session = session
        self._tls = ssl.create_default_context()
        self._tls.check_hostname = False
        self._tls.verify_mode = ssl.CERT_NONE

    async def send(self, times: int = 1, path: str = "/slack/events") -> Counter[tuple[int, str]]:
        """Send requests as Slack would; return how often there was which status, and whose answer it was."""
        answers: Counter[tuple[int, str]] = Counter()
        for _ in range(times):
            async with self._session.post(f"{self._url}{path}", data=b"payload=x", ssl=self._tls) as answer:
                answers[answer.status, await answer.text() if answer.status == 200 else ""] += 1
        return answers


@pytest.fixture
async def upstreams() -> AsyncIterator[tuple[Upstream, Upstream]]:
    async with AsyncExitStack() as stack:
        both = Upstream(), Upstream()
        for each in both:
            await each.start()
            stack.push_async_callback(each.stop)
        yield both


@pytest.fixture
async def proxy(tmp_path: Path, upstreams: tuple[Upstream, Upstream]) -> AsyncIterator[Proxy]:
    port = _free_port()
    tls = tmp_path / "tls"
    tls.mkdir()
    config = read("deploy/haproxy.cfg").replace(":8443", f"127.0.0.1:{port}").replace("/etc/haproxy/tls/", f"{tls}/")
    for number, each in enumerate(upstreams, start=1):
        config = config.replace(f"replica-{number}:3000", f"127.0.0.1:{each.port}")
    (tmp_path / "haproxy.cfg").write_text(config, encoding="utf-8")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    maker = await asyncio.create_subprocess_exec(
        *make, "-keyout", str(key), "-out", str(certificate), stderr=subprocess.DEVNULL
    )
    assert await maker.wait() == 0
    (tls / "milepost.pem").write_text(certificate.read_text() + key.read_text())
    process = await asyncio.create_subprocess_exec(
        "haproxy", "-db", "-f", str(tmp_path / "haproxy.cfg"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        # Its port is open before it looks at anything.
        await asyncio.gather(*(each.is_probed() for each in upstreams))
        async with aiohttp.ClientSession() as session:
            yield Proxy(port, session)
    finally:
        process.terminate()
        await process.wait()


async def test_requests_go_to_both_and_to_the_one_path_only(proxy: Proxy, upstreams: tuple[Upstream, Upstream]) -> None:
    one, two = upstreams

    assert await proxy.send(6) == {(200, str(one.port)): 3, (200, str(two.port)): 3}
    for path in ("/", "/healthz", "/readyz", "/slack/events/x"):
        assert await proxy.send(path=path) == {(404, ""): 1}


async def test_while_one_is_dead_every_request_is_answered_by_the_other(
    proxy: Proxy, upstreams: tuple[Upstream, Upstream]
) -> None:
    one, two = upstreams

    await one.stop()

    assert await proxy.send(10) == {(200, str(two.port)): 10}


async def test_one_that_lives_and_is_not_ready_gets_nothing(proxy: Proxy, upstreams: tuple[Upstream, Upstream]) -> None:
    one, two = upstreams

    one.ready = False
    # The second no tells it; the third look comes after that was taken in.
    await one.is_probed(3)

    assert await proxy.send(6) == {(200, str(two.port)): 6}


async def test_what_was_handed_over_is_never_repeated(proxy: Proxy, upstreams: tuple[Upstream, Upstream]) -> None:
    for each in upstreams:
        each.dies = True

    answers = await proxy.send(2)

    assert answers == {(502, ""): 2}
    assert [each.requests for each in upstreams] == [1, 1]


def _free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
