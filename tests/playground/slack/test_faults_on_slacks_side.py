import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.server import Playground
from playground.slack import (
    Delay,
    Drop,
    Garbage,
    Hold,
    Rate,
    Rates,
    Refuse,
    ServerError,
    SlackOptions,
    Throttle,
    Unthread,
)
from playground.slack.names import DATABASES, MIGRATIONS

from .conftest import Clock, Start, client_of

POST = "chat.postMessage"


def texts(playground: Playground) -> list[str]:
    return [message["text"] for message in playground.slack.messages(MIGRATIONS)]


@pytest.mark.parametrize("done", [True, False])
async def test_a_connection_can_drop_after_the_request_was_read(
    playground: Playground, client: AsyncWebClient, done: bool
) -> None:
    playground.slack.faults.plan(POST, Drop(done=done))

    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=MIGRATIONS, text="lost?")

    assert texts(playground) == (["lost?"] if done else [])
    call = playground.slack.calls(POST)[0]
    assert (call.done, call.answer) == (done, None)


async def test_the_clients_own_retry_posts_twice_when_a_connection_drops(
    playground: Playground, session: aiohttp.ClientSession
) -> None:
    careless = client_of(playground, session)
    careless.retry_handlers = AsyncWebClient().retry_handlers
    playground.slack.faults.plan(POST, Drop(done=True))

    await careless.chat_postMessage(channel=MIGRATIONS, text="twice")

    assert texts(playground) == ["twice", "twice"]


@pytest.mark.parametrize("done", [True, False])
async def test_a_server_error_can_come_after_or_before_the_work(
    playground: Playground, client: AsyncWebClient, done: bool
) -> None:
    playground.slack.faults.plan(POST, ServerError(status=502, done=done))

    with pytest.raises(SlackApiError) as raised:
        await client.chat_postMessage(channel=MIGRATIONS, text="hm")

    assert raised.value.response.status_code == 502
    assert texts(playground) == (["hm"] if done else [])


async def test_an_answer_can_be_unreadable(playground: Playground, client: AsyncWebClient) -> None:
    playground.slack.faults.plan(POST, Garbage(done=True))

    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel=MIGRATIONS, text="hm")

    assert texts(playground) == ["hm"]


async def test_any_error_code_can_be_given_with_or_without_effect(
    playground: Playground, client: AsyncWebClient
) -> None:
    playground.slack.faults.plan(POST, Refuse(code="restricted_action"))
    playground.slack.faults.plan(POST, Refuse(code="internal_error", done=True))
    codes = []
    for text in ("no", "perhaps"):
        with pytest.raises(SlackApiError) as raised:
            await client.chat_postMessage(channel=MIGRATIONS, text=text)
        codes.append(raised.value.response["error"])

    assert codes == ["restricted_action", "internal_error"]
    assert texts(playground) == ["perhaps"]


async def test_an_answer_can_be_held_back_while_the_work_is_done(
    playground: Playground, client: AsyncWebClient
) -> None:
    gate = asyncio.Event()
    playground.slack.faults.plan(POST, Hold(until=gate))
    posting = asyncio.ensure_future(client.chat_postMessage(channel=MIGRATIONS, text="slow"))

    await playground.slack.wait_for(lambda: playground.slack.calls(POST))
    assert texts(playground) == ["slow"]
    assert not posting.done()
    gate.set()

    assert (await posting)["ok"]


async def test_stopping_does_not_wait_for_a_held_answer(session: aiohttp.ClientSession) -> None:
    playground = Playground(slack=SlackOptions(rates=Rates.none()))
    await playground.start()
    playground.slack.faults.plan(POST, Hold(until=asyncio.Event()))
    posting = asyncio.ensure_future(client_of(playground, session).chat_postMessage(channel=MIGRATIONS, text="slow"))
    await playground.slack.wait_for(lambda: playground.slack.calls(POST))

    await playground.stop()

    assert len(await asyncio.gather(posting, return_exceptions=True)) == 1


async def test_a_reply_can_land_in_the_channel_without_a_word(playground: Playground, client: AsyncWebClient) -> None:
    card = playground.slack.post(MIGRATIONS, "card")
    playground.slack.faults.plan(POST, Unthread())

    answer = await client.chat_postMessage(channel=MIGRATIONS, text="25 %", thread_ts=card)

    assert "thread_ts" not in answer["message"]
    assert len(playground.slack.thread(MIGRATIONS, card)) == 1


async def test_replies_to_a_deleted_parent_can_be_unthreaded_as_a_rule(
    start: Start, session: aiohttp.ClientSession
) -> None:
    playground = await start(SlackOptions(rates=Rates.none(), unthread_orphans=True))

    answer = await client_of(playground, session).chat_postMessage(
        channel=MIGRATIONS, text="25 %", thread_ts="1790000000.000001"
    )

    assert "thread_ts" not in answer["message"]


async def test_a_fault_meets_only_the_calls_it_was_planned_for(playground: Playground, client: AsyncWebClient) -> None:
    playground.slack.faults.plan(POST, Throttle(retry_after=7), times=2, when=lambda call: call["channel"] == DATABASES)
    statuses = []
    for channel in (MIGRATIONS, DATABASES, DATABASES, DATABASES):
        try:
            await client.chat_postMessage(channel=channel, text="x")
            statuses.append("ok")
        except SlackApiError as error:
            statuses.append(error.response.headers["Retry-After"])

    assert statuses == ["ok", "7", "7", "ok"]


async def test_throttling_can_come_without_a_time(playground: Playground, client: AsyncWebClient) -> None:
    playground.slack.faults.plan(POST, Throttle(retry_after=None))

    with pytest.raises(SlackApiError) as raised:
        await client.chat_postMessage(channel=MIGRATIONS, text="x")

    assert raised.value.response.status_code == 429
    assert "Retry-After" not in raised.value.response.headers


async def test_a_planned_fault_does_not_let_a_bad_token_in(
    playground: Playground, session: aiohttp.ClientSession
) -> None:
    playground.slack.faults.plan(POST, Unthread())

    with pytest.raises(SlackApiError, match="invalid_auth"):
        await client_of(playground, session, "xoxb-other").chat_postMessage(channel=MIGRATIONS, text="x")


@pytest.mark.parametrize(
    "plan",
    [
        {"kind": "refuse", "code": "internal_error", "done": True},
        {"kind": "server_error", "status": 500},
        {"kind": "garbage"},
        {"kind": "drop"},
        {"kind": "throttle", "retry_after": 3},
        {"kind": "refuse", "code": "restricted_action"},
        {"kind": "drop", "done": False},
    ],
)
async def test_faults_can_be_planned_over_http(
    playground: Playground, client: AsyncWebClient, session: aiohttp.ClientSession, plan: dict[str, object]
) -> None:
    await session.post(f"{playground.url}/control/slack/faults", json={"method": POST} | plan)

    with pytest.raises((SlackApiError, aiohttp.ClientError)):
        await client.chat_postMessage(channel=MIGRATIONS, text="x")

    done = plan.get("done", plan["kind"] not in ("refuse", "throttle"))
    assert texts(playground) == (["x"] if done else [])


async def test_what_happens_to_slack_can_be_asked_for_over_http(
    playground: Playground, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    url = f"{playground.url}/control/slack"
    for body in ({"kind": "lost_ack", "times": 2}, {"kind": "duplicate"}):
        await session.post(f"{url}/faults", json=body)
    assert (playground.slack.faults.lost_acks, playground.slack.faults.duplicates) == (2, 1)
    await session.post(f"{url}/faults", json={"kind": "none"})
    assert (playground.slack.faults.lost_acks, playground.slack.faults.duplicates) == (0, 0)
    await session.post(f"{url}/happen", json={"what": "archive", "channel": "migrations"})
    await session.post(f"{url}/happen", json={"what": "remove_bot", "channel": "databases"})
    await session.post(f"{url}/happen", json={"what": "sever"})
    await session.post(f"{url}/happen", json={"what": "uninstall"})

    assert playground.slack.channel(MIGRATIONS).is_archived
    assert not playground.slack.channel(DATABASES).bot_in
    with pytest.raises(SlackApiError, match="account_inactive"):
        await client.auth_test()


async def test_an_answer_can_come_late(playground: Playground, client: AsyncWebClient) -> None:
    playground.slack.faults.plan(POST, Delay(seconds=0.01))

    assert (await client.chat_postMessage(channel=MIGRATIONS, text="x"))["ok"]


async def posts_until_limited(client: AsyncWebClient, channel: str) -> tuple[int, str]:
    for count in range(100):
        try:
            await client.chat_postMessage(channel=channel, text="x")
        except SlackApiError as error:
            assert error.response.status_code == 429
            assert error.response["error"] == "ratelimited"
            return count, error.response.headers["Retry-After"]
    return 100, ""


async def test_a_channel_takes_a_burst_and_then_one_post_a_second(
    start: Start, clock: Clock, session: aiohttp.ClientSession
) -> None:
    playground = await start(SlackOptions())
    client = client_of(playground, session)

    assert await posts_until_limited(client, MIGRATIONS) == (5, "1")
    assert await posts_until_limited(client, DATABASES) == (5, "1")
    clock.now += 2
    assert await posts_until_limited(client, MIGRATIONS) == (2, "1")


async def test_the_whole_workspace_has_a_ceiling(start: Start, session: aiohttp.ClientSession) -> None:
    rates = Rates(channel_posts=None, workspace_posts=Rate(burst=3, per_second=0.1))
    playground = await start(SlackOptions(rates=rates))

    assert await posts_until_limited(client_of(playground, session), MIGRATIONS) == (3, "10")


async def test_edits_have_a_limit_of_their_own(start: Start, clock: Clock, session: aiohttp.ClientSession) -> None:
    playground = await start(SlackOptions(rates=Rates(edits=Rate(burst=2, per_second=50 / 60))))
    client = client_of(playground, session)
    card = playground.slack.post(MIGRATIONS, "card")
    for _ in range(2):
        await client.chat_update(channel=MIGRATIONS, ts=card, text="x")

    with pytest.raises(SlackApiError) as raised:
        await client.chat_update(channel=MIGRATIONS, ts=card, text="x")
    clock.now += 2
    await client.chat_update(channel=MIGRATIONS, ts=card, text="y")

    assert raised.value.response.headers["Retry-After"] == "2"
    await client.chat_postMessage(channel=MIGRATIONS, text="posts go on")
