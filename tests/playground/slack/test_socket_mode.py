import asyncio
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp

from playground.server import Playground
from playground.slack import EVERY_EVENT, Rates, SlackOptions
from playground.slack.names import ALICE, APP_TOKEN, MIGRATIONS, RANDOM

from .conftest import Connect, Start, client_of

IMPATIENT = SlackOptions(rates=Rates.none(), events=EVERY_EVENT, ack_seconds=0.05, retry_delays=(0.0, 0.0))
Socket = aiohttp.ClientWebSocketResponse


async def link(playground: Playground, session: aiohttp.ClientSession) -> Socket:
    url = (await client_of(playground, session, APP_TOKEN).apps_connections_open(app_token=APP_TOKEN))["url"]
    socket = await session.ws_connect(url)
    assert (await socket.receive_json())["type"] == "hello"
    return socket


async def test_a_link_works_once(playground: Playground, session: aiohttp.ClientSession) -> None:
    url = (await client_of(playground, session, APP_TOKEN).apps_connections_open(app_token=APP_TOKEN))["url"]
    first = await session.ws_connect(url)
    hello = await first.receive_json()

    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect(url)

    assert hello["num_connections"] == 1
    assert hello["connection_info"]["app_id"]
    await first.close()


async def test_each_payload_goes_to_one_connection_and_they_take_turns(
    playground: Playground, session: aiohttp.ClientSession
) -> None:
    sockets = [await link(playground, session) for _ in range(2)]

    playground.slack.life.invite_bot(RANDOM)
    playground.slack.life.remove_bot(RANDOM)

    kinds = set()
    for socket in sockets:
        envelope = await socket.receive_json()
        kinds.add(envelope["payload"]["event"]["type"])
        await socket.send_json({"envelope_id": envelope["envelope_id"]})
    assert kinds == {"member_joined_channel", "channel_left"}
    await playground.slack.wait_for(lambda: len(playground.slack.deliveries) == 2)
    assert all(delivery.outcome.acked for delivery in playground.slack.deliveries)


async def test_an_event_without_acknowledgement_is_delivered_again_with_the_same_id(
    start: Start, session: aiohttp.ClientSession
) -> None:
    playground = await start(IMPATIENT)
    socket = await link(playground, session)

    playground.slack.life.invite_bot(RANDOM)
    first, second, third = [await socket.receive_json() for _ in range(3)]

    assert [one["retry_attempt"] for one in (first, second, third)] == [0, 1, 2]
    assert second["retry_reason"] == "timeout"
    assert len({one["payload"]["event_id"] for one in (first, second, third)}) == 1
    assert len({one["envelope_id"] for one in (first, second, third)}) == 3


async def test_an_event_that_was_lost_with_its_connection_goes_to_the_next_one(
    start: Start, session: aiohttp.ClientSession
) -> None:
    playground = await start(SlackOptions(events=EVERY_EVENT, retry_delays=(0.0, 0.0)))
    dying, living = await link(playground, session), await link(playground, session)
    playground.slack.life.invite_bot(RANDOM)
    receives = {asyncio.ensure_future(socket.receive_json()): socket for socket in (dying, living)}
    done, waiting = await asyncio.wait(receives, return_when=asyncio.FIRST_COMPLETED)

    await receives[done.pop()].close()
    again = await waiting.pop()

    assert again["retry_attempt"] == 1
    assert again["retry_reason"] == "connection_failed"


async def test_a_command_without_acknowledgement_is_not_repeated_and_the_person_is_told(
    start: Start, session: aiohttp.ClientSession
) -> None:
    playground = await start(IMPATIENT)
    socket = await link(playground, session)

    outcome = await playground.slack.say(ALICE, MIGRATIONS, "/milepost list")

    assert (await socket.receive_json())["type"] == "slash_commands"
    assert outcome is not None and not isinstance(outcome, str) and not outcome.acked
    assert playground.slack.errors == ['/milepost failed with the error "operation_timeout"']
    assert len(playground.slack.deliveries) == 1


async def test_a_command_without_any_connection_fails_at_once(playground: Playground) -> None:
    await playground.slack.say(ALICE, MIGRATIONS, "/milepost list")

    assert playground.slack.errors == ['/milepost failed with the error "dispatch_failed"']


async def test_an_eleventh_connection_is_sent_away(playground: Playground, session: aiohttp.ClientSession) -> None:
    sockets = [await link(playground, session) for _ in range(10)]
    url = (await client_of(playground, session, APP_TOKEN).apps_connections_open(app_token=APP_TOKEN))["url"]
    async with session.ws_connect(url) as late:
        said = await late.receive_json()

    assert (said["type"], said["reason"]) == ("disconnect", "too_many_websockets")
    assert playground.slack.socket.connections == len(sockets)


async def test_a_real_client_comes_back_after_each_reason_to_leave(
    playground: Playground, app: AsyncApp, connect: Connect
) -> None:
    await connect(app)
    for number, reason in enumerate(("refresh_requested", "warning"), start=2):
        await playground.slack.wait_for(lambda: playground.slack.connected)
        await playground.slack.socket.disconnect(reason)

        await playground.slack.wait_for(lambda wanted=number: playground.slack.socket.opened == wanted)  # type: ignore[misc]


async def test_a_lost_acknowledgement_looks_like_none(start: Start, session: aiohttp.ClientSession) -> None:
    playground = await start(SlackOptions(events=EVERY_EVENT, ack_seconds=0.05, retry_delays=(0.0,) * 100))
    socket = await link(playground, session)
    playground.slack.faults.lost_acks = 1
    attempts: list[int] = []

    async def acknowledge_all() -> None:
        while True:
            envelope = await socket.receive_json()
            attempts.append(envelope["retry_attempt"])
            await socket.send_json({"envelope_id": envelope["envelope_id"]})

    acknowledging = asyncio.ensure_future(acknowledge_all())
    playground.slack.life.invite_bot(RANDOM)
    await playground.slack.wait_for(lambda: any(one.outcome.acked for one in playground.slack.deliveries))
    acknowledging.cancel()

    assert attempts[:2] == [0, 1]
    assert playground.slack.deliveries[0].outcome.reason == "timeout"


async def test_an_envelope_can_be_delivered_twice(playground: Playground, session: aiohttp.ClientSession) -> None:
    socket = await link(playground, session)
    playground.slack.faults.duplicates = 1

    playground.slack.life.invite_bot(RANDOM)
    first, second = await socket.receive_json(), await socket.receive_json()

    assert first == second


async def test_what_is_no_acknowledgement_is_ignored(playground: Playground, session: aiohttp.ClientSession) -> None:
    socket = await link(playground, session)
    playground.slack.life.invite_bot(RANDOM)
    envelope = await socket.receive_json()

    for text in ("not JSON", "[]", '{"envelope_id": 7}'):
        await socket.send_str(text)
    await socket.send_json({"envelope_id": envelope["envelope_id"]})

    await playground.slack.wait_for(lambda: playground.slack.deliveries)
    assert playground.slack.deliveries[0].outcome.acked


async def test_a_severed_connection_closes_without_a_word(
    playground: Playground, session: aiohttp.ClientSession
) -> None:
    socket = await link(playground, session)

    playground.slack.socket.sever()
    message = await socket.receive()

    assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    assert not playground.slack.connected


async def test_stopping_does_not_wait_for_connections_that_do_not_answer(session: aiohttp.ClientSession) -> None:
    playground = Playground()
    await playground.start()
    sockets = [await link(playground, session) for _ in range(3)]

    async with asyncio.timeout(5):
        await playground.stop()

    assert [(await socket.receive()).type for socket in sockets] == [aiohttp.WSMsgType.CLOSE] * 3


async def test_an_answer_in_the_acknowledgement_is_shown_as_its_type_says(
    playground: Playground, app: AsyncApp, connect: Connect
) -> None:
    answers: list[dict[str, Any]] = [
        {"text": "for you"},
        {"text": "for all", "response_type": "in_channel"},
        {"blocks": [{"type": "section"}], "text": "broken"},
    ]

    @app.command("/milepost")
    async def milepost(ack: AsyncAck) -> None:
        await ack(**answers.pop(0))

    await connect(app)
    for _ in range(3):
        await playground.slack.say(ALICE, MIGRATIONS, "/milepost help")

    assert [one["text"] for one in playground.slack.ephemerals(ALICE)] == ["for you"]
    assert [one["text"] for one in playground.slack.messages(MIGRATIONS)] == ["for all"]
    assert playground.slack.errors == ['/milepost failed with the error "invalid_blocks"']


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_an_app_that_dies_while_it_is_told_to_leave_is_no_trouble(
    playground: Playground, session: aiohttp.ClientSession, reason: str
) -> None:
    socket = await link(playground, session)
    transport = socket.get_extra_info("socket")

    transport.shutdown(2)
    # At some moment of these its connection is broken and not yet known to be.
    for _ in range(200):
        await playground.slack.socket.disconnect(reason)
        await asyncio.sleep(0)

    await playground.slack.wait_for(lambda: playground.slack.socket.connections == 0)
    await socket.close()
