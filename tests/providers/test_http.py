"""The real client against a real server on loopback: size, time, compression, connections."""

import asyncio
import gzip
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from providers.base import AccessDenied, Unavailable, UnexpectedResponse
from providers.bodies import MAX_BODY
from providers.http import Answer, ask, make_client, retry_after
from providers.reasons import Reason
from providers.wire import Wire

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(reply: Reply) -> AsyncIterator[str]:
    """Serve *reply* for every request, and give the address."""
    app = web.Application(handler_args={"auto_decompress": False})
    app.router.add_route("*", "/{rest:.*}", reply)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw_server(first: bytes) -> AsyncIterator[str]:
    """Answer each connection with *first* and close it."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(first)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


async def asked(url: str, *, within: float = 30.0) -> Answer:
    async with make_client(timeout=within) as client:
        return await ask(client, "GET", url)


def fixed(body: bytes, **headers: str) -> Reply:
    async def reply(_: web.Request) -> web.Response:
        return web.Response(body=body, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return reply


async def test_an_answer_is_read_whole_up_to_one_megabyte() -> None:
    async with served(fixed(b"x" * MAX_BODY)) as url:
        answer = await asked(url)

    assert (len(answer.body), answer.flaw) == (MAX_BODY, "")


async def test_a_larger_answer_is_left_and_the_next_one_works() -> None:
    sent = 0

    async def reply(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        if request.path == "/small":
            return web.Response(text="{}")
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(64 * 16):
            await response.write(b"x" * 65_536)
            sent += 65_536
        return response

    async with served(reply) as url, make_client(timeout=30) as client:
        answer = await ask(client, "GET", f"{url}/large")
        small = await ask(client, "GET", f"{url}/small")

    assert (answer.body, answer.flaw) == (b"", Reason.TOO_LARGE)
    # What the sockets hold on the way is not read by us.
    assert sent < 32 * MAX_BODY
    assert small.json() == {}


@pytest.mark.parametrize("name", ["gzip", "x-gzip", "GZIP"])
async def test_an_answer_that_is_packed_unasked_is_unpacked(name: str) -> None:
    async with served(fixed(gzip.compress(b'{"a": 1}'), Content_Encoding=name)) as url:
        answer = await asked(url)

    assert answer.json() == {"a": 1}


async def test_deflate_is_unpacked() -> None:
    async with served(fixed(zlib.compress(b'{"a": 1}'), Content_Encoding="deflate")) as url:
        answer = await asked(url)

    assert answer.json() == {"a": 1}


@pytest.mark.parametrize(
    ("body", "encoding", "flaw"),
    [
        pytest.param(gzip.compress(b" " * (64 * MAX_BODY)), "gzip", Reason.TOO_LARGE, id="a bomb"),
        pytest.param(gzip.compress(bytes(range(256)) * 9)[:-9], "gzip", Reason.BROKEN_COMPRESSION, id="cut off"),
        pytest.param(b"no gzip at all", "gzip", Reason.BROKEN_COMPRESSION, id="another form than named"),
        pytest.param(b"x", "br", Reason.UNKNOWN_COMPRESSION, id="brotli"),
        pytest.param(b"x", "gzip, gzip", Reason.UNKNOWN_COMPRESSION, id="packed twice"),
    ],
)
async def test_an_answer_that_cannot_be_unpacked_is_left(body: bytes, encoding: str, flaw: str) -> None:
    async with served(fixed(body, Content_Encoding=encoding)) as url:
        answer = await asked(url)

    assert (answer.body, answer.flaw) == (b"", flaw)
    with pytest.raises(UnexpectedResponse):
        answer.json()


async def test_bytes_behind_a_packed_answer_count_too() -> None:
    body = gzip.compress(b"{}") + b"\0" * (2 * MAX_BODY)

    async with served(fixed(body, Content_Encoding="gzip")) as url:
        answer = await asked(url)

    assert answer.flaw == Reason.TOO_LARGE


async def test_a_body_that_drips_ends_at_the_deadline() -> None:
    gone = asyncio.Event()

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b" ")
                await asyncio.sleep(0.01)
        except (ConnectionError, asyncio.CancelledError):
            gone.set()
            raise

    async with served(drip) as url:
        with pytest.raises(Unavailable, match=Reason.NO_ANSWER_IN_TIME):
            await asked(url, within=0.3)
        await asyncio.wait_for(gone.wait(), 30)


async def test_a_server_that_says_nothing_is_an_outage() -> None:
    stop = asyncio.Event()

    async def never(_: web.Request) -> web.Response:
        await stop.wait()
        return web.Response()

    async with served(never) as url:
        with pytest.raises(Unavailable, match=Reason.NO_ANSWER_IN_TIME):
            await asked(url, within=0.2)
        stop.set()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(b"", Unavailable, id="closed at once"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", Unavailable, id="closed in the body"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n\r\n", UnexpectedResponse, id="another protocol"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n", UnexpectedResponse, id="a huge header"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n", UnexpectedResponse, id="two lengths"
        ),
    ],
)
async def test_a_server_that_does_not_speak_http_has_a_named_error(answer: bytes, error: type[Exception]) -> None:
    async with raw_server(answer) as url:
        with pytest.raises(error):
            await asked(url)


async def test_a_token_of_a_hundred_thousand_characters_fits_into_a_header() -> None:
    async with raw_server(
        b"HTTP/1.1 201 OK\r\nContent-Length: 0\r\nX-Subject-Token: " + b"t" * 100_000 + b"\r\n\r\n"
    ) as url:
        answer = await asked(url)

    assert len(answer.headers["x-subject-token"]) == 100_000


async def test_nobody_at_the_port_is_an_outage() -> None:
    async with raw_server(b"") as url:
        pass

    with pytest.raises(Unavailable, match=Reason.UNREACHABLE):
        await asked(url)


async def test_tls_towards_a_plain_server_is_an_outage_that_names_tls() -> None:
    async with served(fixed(b"{}")) as url:
        with pytest.raises(Unavailable) as trouble:
            await asked(url.replace("http://", "https://"))

    assert str(trouble.value) == Reason.NO_TLS


@pytest.mark.parametrize(
    "url", ["http://[::1", "http://exa mple/", "ftp://127.0.0.1/", "not a url", "http://" + "a" * 70 + ".invalid/"]
)
async def test_an_address_that_cannot_be_called_has_a_named_error(url: str) -> None:
    with pytest.raises((AccessDenied, Unavailable)):
        await asked(url)


async def test_a_client_that_is_closed_while_a_call_waits_is_an_outage() -> None:
    client = make_client(timeout=30)
    await client.aclose()

    with pytest.raises(Unavailable, match=Reason.CLOSED_HERE):
        await ask(client, "GET", "http://127.0.0.1:9/")


async def test_connections_are_kept_and_cookies_are_not() -> None:
    peers: set[object] = set()
    cookies: list[str | None] = []
    encodings: list[str | None] = []

    async def reply(request: web.Request) -> web.Response:
        peers.add(request.transport.get_extra_info("peername") if request.transport else None)
        cookies.append(request.headers.get("Cookie"))
        encodings.append(request.headers.get("Accept-Encoding"))
        return web.Response(text="{}", headers={"Set-Cookie": "session=1; Path=/"})

    async with served(reply) as url, make_client(timeout=30) as client:
        for _ in range(3):
            await ask(client, "GET", url)

    assert len(peers) == 1
    assert cookies == [None] * 3
    assert encodings == ["identity"] * 3


async def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    async with served(fixed(b"{}")) as url:
        answer = await asked(url)

    assert answer.status == 200


async def test_what_is_escaped_in_a_path_stays_escaped() -> None:
    paths: list[str] = []

    async def reply(request: web.Request) -> web.Response:
        paths.append(request.raw_path)
        return web.Response(text="{}")

    async with served(reply) as url:
        await asked(f"{url}/bucket-1/ab%2Bc%2Fde==")

    assert paths == ["/bucket-1/ab%2Bc%2Fde=="]


async def test_a_body_that_a_transport_hands_over_whole_is_bounded_too() -> None:
    small, large = httpx.Response(200, content=b"{}"), httpx.Response(200, content=b" " * (MAX_BODY + 1))
    waiting = [small, large]
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: waiting.pop(0))) as client:
        first = await ask(client, "GET", "https://example.com")
        second = await ask(client, "GET", "https://example.com")

    assert (first.body, second.flaw) == (b"{}", Reason.TOO_LARGE)


async def test_a_body_that_a_transport_hands_over_in_pieces_is_bounded_too() -> None:
    async def pieces(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield b" " * 1024

    waiting = [pieces(2), pieces(MAX_BODY // 1024 + 1)]
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=waiting.pop(0)))
    async with httpx.AsyncClient(transport=transport) as client:
        first = await ask(client, "GET", "https://example.com")
        second = await ask(client, "GET", "https://example.com")

    assert (len(first.body), second.flaw) == (2048, Reason.TOO_LARGE)


def test_a_date_in_retry_after_is_counted_from_now() -> None:
    answer = Answer(status=429, headers=httpx.Headers({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), body=b"")

    assert retry_after(answer, now=lambda: 1_445_412_480.0 - 90) == 90


async def test_a_certificate_that_is_none_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("no certificate")

    async with Wire(timeout=5.0, limit=4, limit_per_host=4) as client:
        with pytest.raises(ssl.SSLError):
            client.trust(str(tmp_path / "no.pem"))
