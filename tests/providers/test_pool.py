"""Connections that are kept, bounded and closed."""

import asyncio
import ssl
from pathlib import Path

import pytest

from providers.base import Unavailable
from providers.call import Call
from providers.http import ask, make_client
from providers.pool import Pool
from providers.reasons import Reason
from providers.request import request_of
from providers.wire import Wire
from tests.providers.certificates import certificate
from tests.providers.raw import OK, Peer, ok, scripted


def client(*, limit: int = 0, limit_per_host: int = 0) -> Wire:
    return make_client(timeout=30, limit=limit, limit_per_host=limit_per_host)


class LoopClock:
    """Moves the time by which the loop's timers run."""

    passed = 0.0


@pytest.fixture
async def loop_clock(monkeypatch: pytest.MonkeyPatch) -> LoopClock:
    loop, clock = asyncio.get_running_loop(), LoopClock()
    true_time = loop.time
    monkeypatch.setattr(loop, "time", lambda: true_time() + clock.passed)
    return clock


class Held:
    """Servers that answer when they are told to; *calls* are waited for first."""

    def __init__(self, calls: int = 1) -> None:
        self.heard = asyncio.Event()
        self.go_on = asyncio.Event()
        self._calls = calls

    async def script(self, peer: Peer) -> None:
        while await peer.hears():
            if len(peer.asked) >= self._calls:
                self.heard.set()
            await self.go_on.wait()
            await peer.says(OK)


async def patient(peer: Peer) -> None:
    """Answer whatever comes."""
    while await peer.hears():
        await peer.says(OK)


# --- how many at once ---


async def test_no_more_calls_than_the_limit_are_under_way_and_who_waits_goes_in_order() -> None:
    held = Held()
    async with scripted(held.script, held.script) as server, client(limit=1) as wire:
        calls = [asyncio.create_task(ask(wire, "GET", f"{server.url}/{number}")) for number in range(4)]
        await held.heard.wait()
        assert len(server.asked) == 1
        calls[2].cancel()
        held.go_on.set()
        await asyncio.wait(calls)

    assert [request.split()[1] for request in server.asked] == [b"/0", b"/1", b"/3"]
    assert len(server.peers) == 1


async def test_a_host_at_its_limit_keeps_nobody_from_another() -> None:
    held = Held()
    async with scripted(held.script) as server, scripted(patient) as other, client(limit=3, limit_per_host=1) as wire:
        calls = [asyncio.create_task(ask(wire, "GET", server.url)) for _ in range(2)]
        await held.heard.wait()
        answer = await ask(wire, "GET", other.url)
        assert len(server.asked) == 1
        held.go_on.set()
        await asyncio.gather(*calls)

    assert answer.json() == {}
    assert len(server.asked) == 2


async def test_calls_that_are_late_together_are_late_whether_they_were_under_way_or_waited(
    loop_clock: LoopClock,
) -> None:
    held = Held()
    async with scripted(held.script, held.script) as server, make_client(timeout=1000, limit=1) as wire:
        calls = [asyncio.create_task(ask(wire, "GET", server.url)) for _ in range(3)]
        await held.heard.wait()
        loop_clock.passed = 2000.0
        found = await asyncio.gather(*calls, return_exceptions=True)
        held.go_on.set()
        assert (await ask(wire, "GET", server.url)).status == 200

    assert [str(trouble) for trouble in found] == [Reason.NO_ANSWER_IN_TIME] * 3


async def test_without_limits_all_go_at_once() -> None:
    held = Held(5)
    async with scripted(*[held.script] * 5) as server, client() as wire:
        calls = [asyncio.create_task(ask(wire, "GET", server.url)) for _ in range(5)]
        await asyncio.wait_for(held.heard.wait(), 30)
        held.go_on.set()
        await asyncio.gather(*calls)

    assert len(server.peers) == 5


# --- how long ---


async def test_connections_that_are_idle_for_too_long_are_closed_one_after_the_other(loop_clock: LoopClock) -> None:
    pool = Pool(ssl.create_default_context(), limit=0, limit_per_host=0, keep_alive=1000)
    async with scripted(patient) as one, scripted(patient) as another:

        async def call(url: str) -> None:
            made = Call(method="GET", url=url, headers={})
            await pool.exchange(made.origin, request_of(made), repeatable=True, to_head=False)

        await call(one.url)
        loop_clock.passed += 600
        await call(another.url)
        loop_clock.passed += 500
        with pytest.raises(asyncio.IncompleteReadError):
            await one.is_left()
        # The other one was used since, so it is still there and serves again.
        await call(another.url)
        loop_clock.passed += 1001
        with pytest.raises(asyncio.IncompleteReadError):
            await another.is_left()
        await pool.aclose()

    assert [len(server.peers) for server in (one, another)] == [1, 1]
    assert len(another.asked) == 2


# --- TLS ---


async def test_one_connection_over_tls_serves_many_calls_and_is_closed_properly(tmp_path: Path) -> None:
    context, file = certificate(tmp_path)
    rest = []

    async def script(peer: Peer) -> None:
        for _ in range(3):
            await peer.answers(OK)
        # Without a good-bye of TLS this would be an error.
        rest.append(await peer.reader.read())

    async with scripted(script, tls=context) as server:
        async with client() as wire:
            wire.trust(file)
            answers = [await ask(wire, "GET", server.url) for _ in range(3)]
        await server.is_left()

    assert [answer.json() for answer in answers] == [{}] * 3
    assert (len(server.peers), rest) == (1, [b""])


async def test_an_end_over_tls_ends_an_answer_without_a_length(tmp_path: Path) -> None:
    context, file = certificate(tmp_path)

    async def script(peer: Peer) -> None:
        await peer.answers(b"HTTP/1.1 200 OK\r\n\r\n{}")

    async with scripted(script, tls=context) as server, client() as wire:
        wire.trust(file)
        answer = await ask(wire, "GET", server.url)

    assert answer.json() == {}


async def test_an_answer_of_a_megabyte_comes_whole_over_tls(tmp_path: Path) -> None:
    context, file = certificate(tmp_path)
    body = bytes(range(256)) * 4096

    async def script(peer: Peer) -> None:
        await peer.answers(ok(body))
        await peer.is_left()

    async with scripted(script, tls=context) as server, client() as wire:
        wire.trust(file)
        answer = await ask(wire, "GET", server.url)

    assert answer.body == body


async def test_an_answer_that_is_too_long_is_left_over_tls_too(tmp_path: Path) -> None:
    context, file = certificate(tmp_path)

    async def endless(peer: Peer) -> None:
        await peer.answers(b"HTTP/1.1 200 OK\r\n\r\n")
        with pytest.raises(ConnectionError):
            while True:
                await peer.says(b"x" * 65_536)

    async with scripted(endless, patient, tls=context) as server, client() as wire:
        wire.trust(file)
        long = await ask(wire, "GET", server.url)
        await asyncio.wait_for(server.ended[0], 30)
        short = await ask(wire, "GET", server.url)

    assert (long.body, long.flaw, short.json()) == (b"", Reason.TOO_LARGE, {})


async def test_a_certificate_of_somebody_else_is_not_believed(tmp_path: Path) -> None:
    context, file = certificate(tmp_path, "127.0.0.2")

    async with scripted(patient, patient, tls=context) as server, client() as wire:
        with pytest.raises(Unavailable, match=Reason.NO_TLS):
            await ask(wire, "GET", server.url)
        wire.trust(file)
        with pytest.raises(Unavailable, match=Reason.NO_TLS):
            await ask(wire, "GET", server.url)

    assert server.asked == []


async def test_a_handshake_that_never_ends_ends_at_the_deadline() -> None:
    gone = asyncio.Event()

    async def mute(peer: Peer) -> None:
        while await peer.reader.read(1000):
            pass
        gone.set()

    async with scripted(mute) as server:
        async with make_client(timeout=0.3) as wire:
            with pytest.raises(Unavailable, match=Reason.NO_ANSWER_IN_TIME):
                await ask(wire, "GET", server.url.replace("http://", "https://"))
        await asyncio.wait_for(gone.wait(), 30)


async def test_a_server_that_resets_the_handshake_is_out_of_reach() -> None:
    async def reset(peer: Peer) -> None:
        await peer.reader.read(1)
        peer.writer.transport.abort()

    async with scripted(reset) as server, client() as wire:
        with pytest.raises(Unavailable, match=Reason.UNREACHABLE):
            await ask(wire, "GET", server.url.replace("http://", "https://"))


# --- the end ---


async def test_closing_ends_the_calls_under_way_and_those_that_wait() -> None:
    held = Held()
    async with scripted(held.script) as server:
        wire = client(limit=1)
        calls = [asyncio.create_task(ask(wire, "GET", server.url)) for _ in range(3)]
        await held.heard.wait()
        await wire.aclose()
        found = await asyncio.gather(*calls, return_exceptions=True)
        held.go_on.set()

    assert [str(trouble) for trouble in found] == [Reason.CLOSED_HERE] * 3
    assert len(server.peers) == 1


async def test_a_connection_that_opens_while_the_client_closes_is_closed_too() -> None:
    async with scripted(patient) as server:
        wire = client()
        call = asyncio.create_task(ask(wire, "GET", server.url))
        # It connects now.
        await asyncio.sleep(0)
        await wire.aclose()
        with pytest.raises(Unavailable, match=Reason.CLOSED_HERE):
            await call

    assert server.asked == []


async def test_closing_twice_is_closing_once() -> None:
    async with scripted(patient) as server:
        wire = client()
        await ask(wire, "GET", server.url)
        await wire.aclose()
        await wire.aclose()

    assert len(server.peers) == 1
