"""The client of the process, used like any client of httpx."""

import gzip

import httpx
import pytest

from providers.base import AccessDenied, Unavailable, UnexpectedResponse
from providers.http import make_client
from providers.reasons import Reason
from tests.providers.raw import Peer, ok, scripted


async def test_httpx_calls_over_the_same_connections() -> None:
    async def script(peer: Peer) -> None:
        await peer.answers(ok(b'"plain"', b"Set-Cookie: a=b", b"X-Request-Id: a1"))
        await peer.answers(ok(gzip.compress(b'"packed"'), b"Content-Encoding: gzip"))
        await peer.is_left()

    async with scripted(script) as server, make_client(timeout=30) as client:
        plain = await client.get(f"{server.url}/a", params={"b": "c d"})
        packed = await client.post(server.url, json={"a": 1})

    assert (plain.status_code, plain.json(), plain.headers["x-request-id"]) == (200, "plain", "a1")
    assert packed.json() == "packed"
    first, second = server.asked
    assert first.startswith(b"GET /a?b=c+d HTTP/1.1\r\nhost: 127.0.0.1:")
    assert second.endswith(b'\r\n\r\n{"a":1}')
    assert b"cookie" not in second
    assert second.count(b"content-length") == 1
    assert len(server.peers) == 1


async def test_an_answer_that_cannot_be_read_is_an_error_there() -> None:
    async def script(peer: Peer) -> None:
        await peer.answers(ok(b"x", b"Content-Encoding: br"))

    async with scripted(script) as server, make_client(timeout=30) as client:
        with pytest.raises(UnexpectedResponse, match=Reason.UNKNOWN_COMPRESSION):
            await client.get(server.url)


async def test_a_call_has_no_more_time_there() -> None:
    async def mute(peer: Peer) -> None:
        await peer.hears()
        await peer.is_left()

    async with scripted(mute) as server, make_client(timeout=0.2) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(server.url)
        await server.is_left()


async def test_trouble_has_the_same_names_there() -> None:
    async with make_client(timeout=30) as client:
        with pytest.raises(AccessDenied, match=Reason.CANNOT_BE_MADE):
            await client.get("http://127.0.0.1:9/", headers={"X": "a\nb"})
        with pytest.raises(Unavailable, match=Reason.UNREACHABLE):
            await client.get("http://127.0.0.1:9/")
    with pytest.raises(RuntimeError):
        await client.send(httpx.Request("GET", "http://127.0.0.1:9/"))
