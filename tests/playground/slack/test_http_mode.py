import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.signature import SignatureVerifier

from playground.server import Playground
from playground.slack import EVERY_EVENT, Mistake, Rates, SlackOptions
from playground.slack.names import ALICE, MIGRATIONS, RANDOM, SIGNING_SECRET
from playground.slack.transport import Outcome

from .conftest import Clock, Start


@dataclass
class Listener:
    url: str = ""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answer: Callable[[bytes], web.Response] = lambda body: web.json_response(json.loads(body))
    hold: asyncio.Event | None = None
    stop: Callable[[], Awaitable[None]] = field(init=False)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener()

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        listener.requests.append((dict(request.headers), body))
        if listener.hold is not None:
            await listener.hold.wait()
        return listener.answer(body)

    app = web.Application()
    app.router.add_post("/slack/events", take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    listener.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    listener.stop = runner.cleanup
    yield listener
    await runner.cleanup()


async def test_the_request_url_must_know_the_challenge(playground: Playground, listener: Listener) -> None:
    listener.answer = lambda body: web.Response(text="hello")

    with pytest.raises(Mistake, match="challenge"):
        await playground.slack.deliver_to(listener.url)

    assert not playground.slack.connected


async def test_every_request_is_signed(playground: Playground, listener: Listener, clock: Clock) -> None:
    await playground.slack.deliver_to(listener.url)
    listener.answer = lambda body: web.Response()

    await playground.slack.say(ALICE, MIGRATIONS, "/milepost subscribe drs “é”")

    verifier = SignatureVerifier(SIGNING_SECRET)
    for headers, body in listener.requests:
        wanted = verifier.generate_signature(timestamp=str(int(clock.now)), body=body)
        assert (headers["X-Slack-Request-Timestamp"], headers["X-Slack-Signature"]) == (str(int(clock.now)), wanted)
    form = parse_qs(listener.requests[1][1].decode())
    assert form["text"] == ["subscribe drs “é”"]
    assert form["command"] == ["/milepost"]


async def test_an_event_that_fails_is_tried_three_times_more_with_the_reason(start: Start, listener: Listener) -> None:
    playground = await start(SlackOptions(rates=Rates.none(), events=EVERY_EVENT, retry_delays=(0.0, 0.0, 0.0)))
    await playground.slack.deliver_to(listener.url)
    listener.answer = lambda body: web.Response(status=500)

    playground.slack.life.invite_bot(RANDOM)
    await playground.slack.wait_for(lambda: len(playground.slack.deliveries) == 4)

    retries = [
        (headers.get("X-Slack-Retry-Num"), headers.get("X-Slack-Retry-Reason")) for headers, _ in listener.requests[1:]
    ]
    assert retries == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]
    assert len({json.loads(body)["event_id"] for _, body in listener.requests[1:]}) == 1


async def test_an_app_that_is_gone_or_silent_is_a_failure_with_its_reason(start: Start, listener: Listener) -> None:
    playground = await start(SlackOptions(rates=Rates.none(), events=EVERY_EVENT, ack_seconds=0.5, retry_delays=()))
    await playground.slack.deliver_to(listener.url)
    listener.hold = asyncio.Event()

    silent = await playground.slack.say(ALICE, MIGRATIONS, "/milepost list")
    listener.hold.set()
    await listener.stop()
    gone = await playground.slack.say(ALICE, MIGRATIONS, "/milepost list")

    assert isinstance(silent, Outcome) and silent.reason == "http_timeout"
    assert isinstance(gone, Outcome) and gone.reason == "connection_failed"
    assert playground.slack.errors == [
        '/milepost failed with the error "operation_timeout"',
        '/milepost failed with the error "dispatch_failed"',
    ]


async def test_the_app_can_ask_for_no_more_tries(start: Start, listener: Listener) -> None:
    playground = await start(SlackOptions(rates=Rates.none(), events=EVERY_EVENT, retry_delays=(0.0,)))
    await playground.slack.deliver_to(listener.url)
    listener.answer = lambda body: web.Response(status=500, headers={"X-Slack-No-Retry": "1"})

    playground.slack.life.invite_bot(RANDOM)
    await playground.slack.wait_for(lambda: playground.slack.deliveries)
    playground.slack.life.remove_bot(RANDOM)
    await playground.slack.wait_for(lambda: len(playground.slack.deliveries) == 2)

    assert [delivery.attempt.number for delivery in playground.slack.deliveries] == [0, 0]


async def test_a_real_app_hears_commands_events_and_buttons(
    start: Start, app: AsyncApp, playground: Playground
) -> None:
    heard: list[str] = []

    @app.command("/milepost")
    async def milepost(ack: AsyncAck) -> None:
        await ack("by HTTP")
        heard.append("command")

    @app.event("member_joined_channel")
    async def joined() -> None:
        heard.append("event")

    @app.action("go")
    async def go(ack: AsyncAck) -> None:
        await ack()
        heard.append("button")

    runner = web.AppRunner(app.web_app("/slack/events"), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        # Bolt compares the signature's time with its own clock.
        real = Playground(slack=SlackOptions(rates=Rates.none(), events=EVERY_EVENT))
        await real.start()
        await real.slack.deliver_to(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
        button = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go"}
        card = real.slack.post(MIGRATIONS, "card", blocks=[{"type": "actions", "elements": [button]}])
        await real.slack.say(ALICE, MIGRATIONS, "/milepost list")
        await real.slack.press(ALICE, MIGRATIONS, card, "go")
        real.slack.life.invite_bot(RANDOM)
        await real.slack.wait_for(lambda: len(real.slack.deliveries) == 3)
        answers = [one["text"] for one in real.slack.ephemerals(ALICE)]
        await real.stop()
    finally:
        await runner.cleanup()

    assert sorted(heard) == ["button", "command", "event"]
    assert answers == ["by HTTP"]
