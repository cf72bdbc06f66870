import asyncio
import contextlib
import io
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.http_mode import LARGEST_BODY, LIVE, READY, HttpConnection
from tests.slack.conftest import SmallSlack, says
from tests.slack.parts import SECRET, bolt, command, event, form, press, started
from tests.usecases.world import World

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await started(tmp_path)
    yield world
    await world.stop()


@pytest.fixture
async def bot(world: World, client: AsyncWebClient) -> AsyncIterator[str]:
    """A bot in HTTP mode; returns its address."""
    app, listeners = bolt(world, client)
    connection = HttpConnection(app, "127.0.0.1", 0)
    await connection.open()
    yield f"http://127.0.0.1:{connection.port}"
    await connection.stop_receiving()
    await listeners.drain(5)
    await connection.close()


def signed(body: str | bytes, *, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    assert signature is not None
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature, "Content-Type": FORM}


async def send(session: aiohttp.ClientSession, url: str, body: str | bytes, headers: dict[str, str]) -> tuple[int, str]:
    async with session.post(f"{url}/slack/events", data=body, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_a_signed_command_is_carried_out(
    bot: str, world: World, slack: SmallSlack, session: aiohttp.ClientSession
) -> None:
    body = form(command("subscribe drs job-1", f"{slack.url}response"))

    status, text = await send(session, bot, body, signed(body))

    assert (status, text) == (200, "")
    while not world.slack.cards():  # noqa: ASYNC110 - the card comes from a task that nobody can name here
        await asyncio.sleep(0)
    assert len(world.slack.cards()) == 1


async def test_a_signed_press_of_a_button_is_carried_out(
    bot: str, world: World, slack: SmallSlack, session: aiohttp.ClientSession
) -> None:
    subscription = await world.follows()
    slack.will(says({"ok": True}))
    body = form({"payload": json.dumps(press("card.stop", subscription.id, f"{slack.url}response"))})

    status, _ = await send(session, bot, body, signed(body))
    while slack.answers:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0)

    assert status == 200
    assert await world.followed() == []


def spoilt(**headers: str | None) -> dict[str, str]:
    body = form(command("subscribe drs job-1", "http://127.0.0.1:9/"))
    all_headers = {**signed(body), **headers}
    return {name: value for name, value in all_headers.items() if value is not None}


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": None},
        {"X-Slack-Signature": "v0="},
        {"X-Slack-Signature": "ü"},
        {"X-Slack-Request-Timestamp": None},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "yesterday"},
        {"X-Slack-Request-Timestamp": "-1"},
        {"X-Slack-Request-Timestamp": "1e9"},
        {"X-Slack-Request-Timestamp": "9" * 5000},
        {"X-Slack-Request-Timestamp": "0"},
    ],
)
async def test_what_is_not_properly_signed_is_refused(
    bot: str, world: World, session: aiohttp.ClientSession, headers: dict[str, str | None]
) -> None:
    body = form(command("subscribe drs job-1", "http://127.0.0.1:9/"))

    status, _ = await send(session, bot, body, spoilt(**headers))

    assert status == 401
    assert world.cloud.calls == []


@pytest.mark.parametrize("minutes", [-6, 6, -60 * 24])
async def test_a_good_signature_of_another_time_is_refused(
    bot: str, world: World, session: aiohttp.ClientSession, minutes: int
) -> None:
    body = form(command("subscribe drs job-1", "http://127.0.0.1:9/"))

    status, _ = await send(session, bot, body, signed(body, at=time.time() + 60 * minutes))

    assert status == 401
    assert world.cloud.calls == []


async def test_a_signature_by_another_secret_or_over_another_body_is_refused(
    bot: str, world: World, session: aiohttp.ClientSession
) -> None:
    body = form(command("subscribe drs job-1", "http://127.0.0.1:9/"))

    other_secret, _ = await send(session, bot, body, signed(body, secret="another"))
    other_body, _ = await send(session, bot, body + "&text=help", signed(body))

    assert (other_secret, other_body) == (401, 401)
    assert world.cloud.calls == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORM, b"\xff\xfe\xfd"),
        ("application/json", b"{"),
        ("application/json", b"[1]"),
        ("application/json", b"null"),
        ("application/json", b'"x"'),
        ("application/json", b'{"a":' * 50_000),
        (FORM, b"payload=%7B"),
        (FORM, b"payload=null"),
        (FORM, b"payload=%5B%5D"),
        (f"{FORM}; charset=klingon", b"a=b"),
        ("", b""),
    ],
)
async def test_a_body_that_makes_no_sense_is_refused_without_an_error_of_ours(
    bot: str, session: aiohttp.ClientSession, content_type: str, body: bytes
) -> None:
    unsigned = {"X-Slack-Request-Timestamp": str(int(time.time())), "Content-Type": content_type}

    status, _ = await send(session, bot, body, unsigned)

    assert status == 401


async def test_a_request_that_comes_again_is_refused(
    bot: str, world: World, slack: SmallSlack, session: aiohttp.ClientSession
) -> None:
    slack.will(*[says({"ok": True})] * 3)
    body = form(command("list", f"{slack.url}response"))
    headers = signed(body)

    at_once = await asyncio.gather(*(send(session, bot, body, headers) for _ in range(3)))
    later = await send(session, bot, body, headers)

    assert sorted(status for status, _ in at_once) == [200, 401, 401]
    assert later[0] == 401


async def test_a_copied_signature_over_another_body_does_not_shut_slack_out(
    bot: str, slack: SmallSlack, session: aiohttp.ClientSession
) -> None:
    slack.will(says({"ok": True}))
    body = form(command("list", f"{slack.url}response"))
    headers = signed(body)

    forged = [(await send(session, bot, body + "&text=help", headers))[0] for _ in range(2)]
    status, _ = await send(session, bot, body, headers)

    assert forged == [401, 401]
    assert status == 200


async def test_an_event_that_slack_delivers_again_is_acknowledged_again(
    bot: str, session: aiohttp.ClientSession
) -> None:
    body = json.dumps(event("channel_archive", channel="C0ONE"))
    now = time.time()

    statuses = []
    for at in (now - 1, now):
        headers = {**signed(body, at=at), "Content-Type": "application/json", "X-Slack-Retry-Num": "1"}
        statuses.append((await send(session, bot, body, headers))[0])

    assert statuses == [200, 200]


async def test_what_nothing_listens_to_is_acknowledged(bot: str, session: aiohttp.ClientSession) -> None:
    body = json.dumps(event("emoji_changed"))

    status, _ = await send(session, bot, body, {**signed(body), "Content-Type": "application/json"})

    assert status == 200


async def test_a_body_that_is_too_long_is_refused(bot: str, session: aiohttp.ClientSession) -> None:
    body = "text=" + "x" * LARGEST_BODY

    async with session.post(f"{bot}/slack/events", data=io.BytesIO(body.encode()), headers=signed(body)) as answer:
        assert answer.status == 413


async def test_a_body_without_a_length_is_read_no_further_than_that(bot: str, session: aiohttp.ClientSession) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * LARGEST_BODY:
            sent += 65_536
            yield b"x" * 65_536

    with contextlib.suppress(aiohttp.ClientError):
        async with session.post(f"{bot}/slack/events", data=endless(), headers=signed("")) as answer:
            assert answer.status == 413

    assert sent < 50 * LARGEST_BODY


async def test_a_body_that_never_comes_holds_nothing_up(world: World, client: AsyncWebClient) -> None:
    app, _ = bolt(world, client)
    connection = HttpConnection(app, "127.0.0.1", 0, patience=0.05)
    await connection.open()
    reader, writer = await asyncio.open_connection("127.0.0.1", connection.port)
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed("text=list").items())

    writer.write(f"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n{headers}\r\n".encode())
    async with asyncio.timeout(5):
        status = await reader.readline()
    writer.close()
    await connection.close()

    assert b" 408 " in status


async def test_slacks_checks_are_answered(bot: str, session: aiohttp.ClientSession) -> None:
    challenge = json.dumps({"type": "url_verification", "challenge": "abc", "token": "x"})
    check = "ssl_check=1&token=x"

    answer = await send(session, bot, challenge, {**signed(challenge), "Content-Type": "application/json"})
    checked, _ = await send(session, bot, check, signed(check))
    checked_unsigned, _ = await send(session, bot, check, {"Content-Type": FORM})

    assert answer[0] == 200
    assert json.loads(answer[1]) == {"challenge": "abc"}
    assert (checked, checked_unsigned) == (200, 200)


async def test_a_challenge_without_a_signature_is_refused(bot: str, session: aiohttp.ClientSession) -> None:
    challenge = json.dumps({"type": "url_verification", "challenge": "abc"})

    status, text = await send(session, bot, challenge, {"Content-Type": "application/json"})

    assert status == 401
    assert "abc" not in text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("POST", "/readyz", 405),
        ("GET", "/", 404),
        ("POST", "/", 404),
        ("POST", "/slack/events/x", 404),
        ("GET", "/slack/events", 405),
    ],
)
async def test_there_is_nothing_else_at_the_port(
    bot: str, session: aiohttp.ClientSession, method: str, path: str, status: int
) -> None:
    async with session.request(method, f"{bot}{path}") as answer:
        assert answer.status == status


async def probe(session: aiohttp.ClientSession, url: str) -> list[tuple[int, str]]:
    """Return whether it lives, and whether people should be sent there."""
    answers = []
    for path in (LIVE, READY):
        async with session.get(f"{url}{path}") as answer:
            answers.append((answer.status, await answer.text()))
    return answers


async def test_it_lives_and_is_not_ready_until_there_is_somebody_to_hand_requests_to(
    world: World, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    app, _ = bolt(world, client)
    connection = HttpConnection(None, "127.0.0.1", 0)
    await connection.open()
    url = f"http://127.0.0.1:{connection.port}"
    early = await probe(session, url)
    sent_early = await send(session, url, "ssl_check=1", signed("ssl_check=1"))

    connection.hand_to(app)

    assert early == [(200, "ok\n"), (503, "Slack was not reached yet\n")]
    assert sent_early == (503, "Slack was not reached yet")
    assert await probe(session, url) == [(200, "ok\n"), (200, "ok\n")]
    # What was turned away is not taken for a repeat when it comes again.
    assert (await send(session, url, "ssl_check=1", signed("ssl_check=1")))[0] == 200
    await connection.close()


async def test_one_in_trouble_lives_and_is_not_ready_and_still_answers_who_comes(
    world: World, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    app, _ = bolt(world, client)
    troubles: list[str | None] = ["the store has not answered for 75 s", None]
    connection = HttpConnection(app, "127.0.0.1", 0, trouble=lambda: troubles[0])
    await connection.open()
    url = f"http://127.0.0.1:{connection.port}"
    in_trouble = await probe(session, url)
    sent = await send(session, url, "ssl_check=1", signed("ssl_check=1"))

    troubles.pop(0)

    assert in_trouble == [(200, "ok\n"), (503, "the store has not answered for 75 s\n")]
    assert sent[0] == 200
    assert await probe(session, url) == [(200, "ok\n"), (200, "ok\n")]
    await connection.close()


async def test_a_proxy_that_asks_hears_of_a_stop_before_the_port_is_shut_and_what_it_sends_is_taken(
    world: World, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    app, _ = bolt(world, client)
    begun, over = asyncio.Event(), asyncio.Event()

    async def wait(seconds: float) -> None:
        begun.set()
        await over.wait()

    connection = HttpConnection(app, "127.0.0.1", 0, wait=wait)
    await connection.open()
    url = f"http://127.0.0.1:{connection.port}"
    before = await probe(session, url)
    stop = asyncio.create_task(connection.stop_receiving())
    await begun.wait()

    async with aiohttp.ClientSession() as another:
        leaving = await probe(another, url)
        sent = await send(another, url, "ssl_check=1", signed("ssl_check=1"))
    over.set()
    await stop

    assert before == [(200, "ok\n"), (200, "ok\n")]
    assert leaving == [(200, "ok\n"), (503, "stopping\n")]
    assert sent[0] == 200
    async with aiohttp.ClientSession() as another:
        with pytest.raises(aiohttp.ClientConnectorError):
            await probe(another, url)
    await connection.close()


async def test_where_nobody_asks_a_stop_waits_for_nobody(world: World, client: AsyncWebClient) -> None:
    app, _ = bolt(world, client)
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    connection = HttpConnection(app, "127.0.0.1", 0, wait=wait)
    await connection.open()

    await connection.stop_receiving()

    assert waited == []
    await connection.close()


async def test_a_port_in_use_is_told(bot: str, world: World, client: AsyncWebClient) -> None:
    app, _ = bolt(world, client)
    second = HttpConnection(app, "127.0.0.1", int(bot.rpartition(":")[2]))

    with pytest.raises(OSError, match="address already in use"):
        await second.open()

    await second.close()


async def test_a_bot_that_stops_takes_no_more_requests(
    world: World, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    app, _ = bolt(world, client)
    connection = HttpConnection(app, "127.0.0.1", 0)
    await connection.open()
    url = f"http://127.0.0.1:{connection.port}"
    # A proxy keeps its connections open.
    status, _ = await send(session, url, "ssl_check=1", signed("ssl_check=1"))

    await connection.stop_receiving()

    async with aiohttp.ClientSession() as another:
        with pytest.raises(aiohttp.ClientConnectorError):
            await send(another, url, "a=b", signed("a=b"))
    assert status == 200
    assert (await send(session, url, "a=b", signed("a=b")))[0] == 503
    assert await probe(session, url) == [(200, "ok\n"), (503, "stopping\n")]
    await connection.close()
