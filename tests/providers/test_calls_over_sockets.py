"""Calls to servers that misbehave: what is one call's stays one call's, and everything has its bounds."""

import asyncio
import gzip
from collections.abc import Callable
from contextlib import suppress

import pytest

from providers.base import Unavailable, UnexpectedResponse
from providers.bodies import MAX_BODY
from providers.http import Answer, ask, make_client
from providers.reasons import Reason
from providers.wire import Wire
from tests.providers.raw import OK, Peer, Script, ok, scripted

FIRST, SECOND, OTHER = ok(b'"first"'), ok(b'"second"'), ok(b'"other"')


def client() -> Wire:
    return make_client(timeout=30)


def saying(*answers: bytes) -> Script:
    """Answer so many calls, then wait for the client to leave."""

    async def script(peer: Peer) -> None:
        for answer in answers:
            await peer.answers(answer)
        await peer.is_left()

    return script


def ending(*answers: bytes) -> Script:
    """Answer so many calls, then close."""

    async def script(peer: Peer) -> None:
        for answer in answers:
            await peer.answers(answer)

    return script


async def deaf(peer: Peer) -> None:
    """Close on the first request, without a word."""
    await peer.hears()


async def answered_by(answer: bytes, *, method: str = "GET") -> Answer:
    async with scripted(ending(answer)) as server, client() as wire:
        return await ask(wire, method, server.url)


# --- a kept connection that ended meanwhile ---


async def kept_and_then(then: bytes) -> Script:
    async def script(peer: Peer) -> None:
        await peer.answers(FIRST)
        await peer.answers(then)

    return script


async def test_a_read_that_meets_the_end_of_a_kept_connection_is_sent_again() -> None:
    async with scripted(await kept_and_then(b""), saying(SECOND)) as server, client() as wire:
        await ask(wire, "GET", f"{server.url}/a")
        answer = await ask(wire, "GET", f"{server.url}/b")

    assert answer.json() == "second"
    assert [request.split()[1] for request in server.asked] == [b"/a", b"/b", b"/b"]


async def test_a_post_that_meets_the_end_of_a_kept_connection_is_not() -> None:
    async with scripted(await kept_and_then(b""), saying(SECOND)) as server, client() as wire:
        await ask(wire, "POST", server.url, content=b"1")
        with pytest.raises(Unavailable, match=Reason.BROKEN_CONNECTION):
            await ask(wire, "POST", server.url, content=b"2")

    assert (len(server.asked), len(server.peers)) == (2, 1)


async def test_what_began_to_be_answered_is_not_sent_again() -> None:
    async with scripted(await kept_and_then(b"HTT"), saying(SECOND)) as server, client() as wire:
        await ask(wire, "GET", server.url)
        with pytest.raises(Unavailable, match=Reason.BROKEN_CONNECTION):
            await ask(wire, "GET", server.url)

    assert len(server.asked) == 2


async def test_it_is_sent_again_only_once() -> None:
    async with scripted(await kept_and_then(b""), deaf, saying(SECOND)) as server, client() as wire:
        await ask(wire, "GET", server.url)
        with pytest.raises(Unavailable, match=Reason.BROKEN_CONNECTION):
            await ask(wire, "GET", server.url)

    assert (len(server.asked), len(server.peers)) == (3, 2)


async def test_a_new_connection_that_ends_is_an_outage_at_once() -> None:
    async with scripted(deaf, saying(SECOND)) as server, client() as wire:
        with pytest.raises(Unavailable, match=Reason.BROKEN_CONNECTION):
            await ask(wire, "GET", server.url)

    assert len(server.asked) == 1


async def test_a_connection_that_ended_while_idle_is_not_used() -> None:
    async with scripted(ending(FIRST), saying(SECOND)) as server, client() as wire:
        await ask(wire, "POST", server.url)
        await server.peers[0].writer.wait_closed()
        answer = await ask(wire, "POST", server.url)

    assert answer.json() == "second"
    assert len(server.asked) == 2


async def test_a_connection_that_ended_is_forgotten_while_others_are_used() -> None:
    async with scripted(ending(FIRST), saying(SECOND)) as server, scripted(saying(OK, OK)) as other, client() as wire:
        await ask(wire, "GET", server.url)
        await server.is_left()
        for _ in range(2):
            await ask(wire, "GET", other.url)
        answer = await ask(wire, "GET", server.url)

    assert answer.json() == "second"


# --- answers that nobody asked for ---


async def test_an_answer_before_the_question_is_nobodys() -> None:
    async with scripted(saying(FIRST), saying(SECOND)) as server, client() as wire:
        await ask(wire, "GET", server.url)
        # It is on its way before the next call begins, and the loop has not looked.
        server.peers[0].writer.write(OTHER)
        answer = await ask(wire, "GET", server.url)

    assert answer.json() == "second"
    assert len(server.peers) == 2


async def test_a_connection_that_speaks_unasked_is_left() -> None:
    async with scripted(saying(FIRST), saying(SECOND)) as server, client() as wire:
        await ask(wire, "GET", server.url)
        server.peers[0].writer.write(OTHER)
        await server.is_left()
        answer = await ask(wire, "GET", server.url)

    assert answer.json() == "second"


@pytest.mark.parametrize("behind", [OTHER, b"garbage", b"HTTP/1.1 200"])
async def test_what_comes_behind_an_answer_ends_the_connection(behind: bytes) -> None:
    async with scripted(saying(FIRST + behind), saying(SECOND)) as server, client() as wire:
        first = await ask(wire, "GET", server.url)
        second = await ask(wire, "GET", server.url)

    assert (first.json(), second.json()) == ("first", "second")
    assert len(server.peers) == 2


async def test_the_late_answer_to_a_call_that_was_given_up_is_nobodys() -> None:
    heard = asyncio.Event()

    async def slow(peer: Peer) -> None:
        await peer.hears()
        heard.set()
        await peer.is_left()

    async with scripted(slow, saying(SECOND)) as server, client() as wire:
        call = asyncio.create_task(ask(wire, "GET", server.url))
        await heard.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        # Whatever it says now is heard by nobody.
        await asyncio.wait_for(server.ended[0], 30)
        answer = await ask(wire, "GET", server.url)

    assert answer.json() == "second"


@pytest.mark.parametrize(
    "answer",
    [
        ok(b'"first"', b"Connection: close"),
        b'HTTP/1.0 200 OK\r\nContent-Length: 7\r\n\r\n"first"',
    ],
)
async def test_a_server_that_announces_its_leave_is_believed(answer: bytes) -> None:
    async with scripted(saying(answer), saying(SECOND)) as server, client() as wire:
        first = await ask(wire, "GET", server.url)
        second = await ask(wire, "GET", server.url)

    assert (first.json(), second.json()) == ("first", "second")


# --- forms of an answer ---


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n{}", b"{}", id="until the server closes"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: odd\r\n\r\n{}", b"{}", id="in an unknown coding"),
        pytest.param(b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}", b"{}", id="lines that end as on Unix"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1 \r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n",
            b"{}",
            id="in chunks",
        ),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\nX: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nX: 2\r\n\r\n" + OK,
            b"{}",
            id="after interim answers",
        ),
        pytest.param(
            b"HTTP/1.1 150 Odd\r\nContent-Length: 5\r\n\r\n12345" + OK, b"{}", id="after an interim answer with a body"
        ),
    ],
)
async def test_an_answer_is_read_in_each_form_it_may_have(answer: bytes, body: bytes) -> None:
    found = await answered_by(answer)

    assert (found.status, found.body, found.flaw) == (200, body, "")
    assert "x" not in found.headers


async def test_trailers_are_no_headers_and_the_connection_is_kept() -> None:
    chunked = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n"first"\r\n0\r\nX-Request-Id: t\r\n\r\n'
    async with scripted(saying(chunked, SECOND)) as server, client() as wire:
        first = await ask(wire, "GET", server.url)
        second = await ask(wire, "GET", server.url)

    assert (first.json(), second.json()) == ("first", "second")
    assert "x-request-id" not in first.headers


async def test_an_answer_that_comes_byte_by_byte_is_whole() -> None:
    answer = ok(b'"first"', b"X-Request-Id: a1")

    async def drip(peer: Peer) -> None:
        await peer.hears()
        for place in range(len(answer)):
            await peer.says(answer[place : place + 1])
            await asyncio.sleep(0)
        await peer.is_left()

    async with scripted(drip) as server, client() as wire:
        found = await ask(wire, "GET", server.url)

    assert (found.json(), found.headers["X-Request-ID"]) == ("first", "a1")


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
async def test_an_answer_without_a_body_has_none_whatever_its_length_says(status: bytes) -> None:
    answer = b"HTTP/1.1 %b\r\nContent-Length: 9999999\r\n\r\n" % status
    async with scripted(saying(answer, SECOND)) as server, client() as wire:
        first = await ask(wire, "GET", server.url)
        second = await ask(wire, "GET", server.url)

    assert (first.body, first.flaw, second.json()) == (b"", "", "second")
    assert len(server.peers) == 1


async def test_the_answer_to_head_has_no_body_and_its_connection_is_left() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n"
    async with scripted(saying(head), saying(SECOND)) as server, client() as wire:
        first = await ask(wire, "HEAD", server.url)
        second = await ask(wire, "GET", server.url)

    assert (first.status, first.body, first.flaw, second.json()) == (200, b"", "", "second")


async def test_of_repeated_headers_the_first_counts_and_encodings_add_up() -> None:
    packed = gzip.compress(b"{}")

    several = await answered_by(ok(b"{}", b"Retry-After:  5 ", b"RETRY-AFTER: 9", b"X-Odd: \xe4\xb8\xad"))
    twice = await answered_by(ok(packed, b"Content-Encoding: gzip", b"Content-Encoding: gzip"))

    assert several.headers["retry-after"] == "5"
    assert several.headers["X-Odd"] == "中"
    assert list(several.headers) == ["retry-after", "x-odd", "content-length"]
    assert len(several.headers) == 3
    assert twice.flaw == Reason.UNKNOWN_COMPRESSION


# --- bounds ---


async def test_a_body_that_says_it_is_too_long_is_not_waited_for() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1)
    async with scripted(saying(head), saying(SECOND)) as server, client() as wire:
        first = await ask(wire, "GET", server.url)
        second = await ask(wire, "GET", server.url)

    assert (first.body, first.flaw, second.json()) == (b"", Reason.TOO_LARGE, "second")


async def test_a_body_without_an_end_is_read_up_to_its_bound() -> None:
    sent = 0

    async def endless(peer: Peer) -> None:
        nonlocal sent
        await peer.answers(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        with pytest.raises(ConnectionError):
            while True:
                await peer.says(b"400\r\n" + b"x" * 1024 + b"\r\n")
                sent += 1024

    async with scripted(endless) as server, client() as wire:
        found = await ask(wire, "GET", server.url)
        await server.is_left()

    assert (found.body, found.flaw) == (b"", Reason.TOO_LARGE)
    # What the sockets hold on the way is not read by us.
    assert sent < 32 * MAX_BODY


def endlessly(first: bytes, again: Callable[[int], bytes]) -> Script:
    async def script(peer: Peer) -> None:
        await peer.answers(first)
        number = 0
        with pytest.raises(ConnectionError):
            while True:
                number += 1
                await peer.says(again(number))

    return script


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(endlessly(b"HTTP/1.1 200 OK\r\n", lambda n: b"X-%d: y\r\n" % n), id="headers"),
        pytest.param(endlessly(b"HTTP/1.1 200 OK\r\nX: ", lambda _: b"y" * 1000), id="one header"),
        pytest.param(endlessly(b"", lambda _: b"HTTP/1.1 100 Continue\r\n\r\n"), id="interim answers"),
        pytest.param(
            endlessly(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", lambda n: b"X-%d: y\r\n" % n
            ),
            id="trailers",
        ),
        pytest.param(
            endlessly(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=", lambda _: b"y" * 1000),
            id="an extension of a chunk",
        ),
    ],
)
async def test_what_has_no_end_and_is_no_body_is_no_answer(script: Script) -> None:
    async with scripted(script) as server, client() as wire:
        with pytest.raises(UnexpectedResponse, match=Reason.NOT_HTTP):
            await ask(wire, "GET", server.url)
        await server.is_left()


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        pytest.param(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
            UnexpectedResponse,
            Reason.NOT_HTTP,
            id="another protocol from now on",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            UnexpectedResponse,
            Reason.NOT_HTTP,
            id="a chunk of no size",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
            UnexpectedResponse,
            Reason.NOT_HTTP,
            id="two ends",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nX: " + b"y" * 140_000 + b"\r\n\r\n",
            UnexpectedResponse,
            Reason.NOT_HTTP,
            id="a header that is too long",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
            Unavailable,
            Reason.BROKEN_CONNECTION,
            id="closed between chunks",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}",
            Unavailable,
            Reason.BROKEN_CONNECTION,
            id="closed in a chunk, the codings in two headers",
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: y\r\n", Unavailable, Reason.BROKEN_CONNECTION, id="closed in the head"),
    ],
)
async def test_half_an_answer_and_none_have_their_names(answer: bytes, error: type[Exception], reason: Reason) -> None:
    with pytest.raises(error, match=reason):
        await answered_by(answer)


REST = b" 200 OK\r\nContent-Length: 2\r\n\r\n{}"
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize(
    "protocol", [b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.2", b"HTTP/2", b"RTSP/1.0", b"ICE/1.1", b"ICY"]
)
@pytest.mark.parametrize("before", [b"", b"\r\n", INTERIM, INTERIM + b"\n", b"HTTP/2.0 100 Continue\r\n\r\n"])
async def test_another_protocol_is_not_taken_for_http_1(protocol: bytes, before: bytes) -> None:
    async with scripted(saying(before + protocol + REST)) as server, client() as wire:
        with pytest.raises(UnexpectedResponse, match=Reason.NOT_HTTP):
            await ask(wire, "GET", server.url)
        await server.is_left()


@pytest.mark.parametrize("protocol", [b"HTTP/1.1", b"HTTP/1.0"])
@pytest.mark.parametrize("before", [b"", b"\r\n\n", INTERIM, INTERIM + b"\r\n"])
async def test_both_versions_of_http_1_are_answers(protocol: bytes, before: bytes) -> None:
    found = await answered_by(before + protocol + REST)

    assert (found.status, found.body) == (200, b"{}")


async def test_another_protocol_that_comes_byte_by_byte_is_seen_as_well() -> None:
    async def drip(peer: Peer) -> None:
        await peer.hears()
        with suppress(ConnectionError):
            for byte in INTERIM + b"RTSP/1.0" + REST:
                await peer.says(bytes([byte]))
                await asyncio.sleep(0)

    async with scripted(drip) as server, client() as wire:
        with pytest.raises(UnexpectedResponse, match=Reason.NOT_HTTP):
            await ask(wire, "GET", server.url)


@pytest.mark.parametrize("status", [b"000", b"000 X", b"001 X", b"099 X", b"600 X", b"999 X", b"2000 X", b"20 X"])
@pytest.mark.parametrize("before", [b"", INTERIM])
async def test_a_status_that_is_none_is_refused_at_once(status: bytes, before: bytes) -> None:
    # Its head has no end, so that nothing but the first line can tell.
    async with scripted(saying(before + b"HTTP/1.1 " + status + b"\r\n")) as server, client() as wire:
        with pytest.raises(UnexpectedResponse, match=Reason.NOT_HTTP):
            await ask(wire, "GET", server.url)
        await server.is_left()


@pytest.mark.parametrize("status", [200, 299, 300, 418, 500, 599])
async def test_each_status_from_200_to_599_is_that_of_an_answer(status: int) -> None:
    found = await answered_by(b"HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\n{}" % status)

    assert (found.status, found.body) == (status, b"{}")


@pytest.mark.parametrize("head", [b"", b"Upgrade: h2c\r\nConnection: upgrade\r\n", b"Content-Length: 0\r\n"])
async def test_a_change_of_protocol_that_nobody_asked_for_is_no_answer(head: bytes) -> None:
    changing = b"HTTP/1.1 101 Switching Protocols\r\n%b\r\n" % head
    async with scripted(saying(changing + OK)) as server, client() as wire:
        with pytest.raises(UnexpectedResponse, match=Reason.NOT_HTTP):
            await ask(wire, "GET", server.url)
        await server.is_left()


async def test_after_interim_answers_the_connection_is_kept() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    async with scripted(saying(INTERIM + hints + FIRST, hints + SECOND)) as server, client() as wire:
        first = await ask(wire, "GET", server.url)
        second = await ask(wire, "GET", server.url)

    assert (first.json(), second.json()) == ("first", "second")
    assert list(first.headers) == ["content-length"]
    assert len(server.peers) == 1
