import asyncio
import json
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from playground.server import Playground
from playground.settings import settings
from playground.slack import Rates, SlackOptions
from playground.slack.names import ALICE, BOB, MIGRATIONS
from playground.slack.views import checked_view

from .conftest import Connect

Json = dict[str, Any]


async def post(session: aiohttp.ClientSession, url: str, body: Json | str, **headers: str) -> tuple[int, Json]:
    content = body if isinstance(body, str) else json.dumps(body)
    async with session.post(url, data=content, headers={"Content-Type": "application/json"} | headers) as response:
        return response.status, await response.json()


async def test_a_page_sees_the_state_and_then_each_change(
    playground: Playground, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    async with session.get(f"{playground.url}/control/state", params={"user": BOB}) as response:
        state = await response.json()
    async with session.ws_connect(f"{playground.url}/control/live?user={BOB}") as page:
        await post(session, f"{playground.url}/control/say", {"user": ALICE, "channel": MIGRATIONS, "text": "hi <b>"})
        said = await page.receive_json()
        await client.chat_postEphemeral(channel=MIGRATIONS, user=ALICE, text="for Alice")
        await client.chat_postEphemeral(channel=MIGRATIONS, user=BOB, text="for Bob")
        whispered = await page.receive_json()

    assert state["me"] == BOB
    assert state["workspace"]["bot"]["connected"] is False
    assert [one["name"] for one in state["channels"]] == ["migrations", "databases", "random"]
    assert "huawei-drs" in state["clouds"]
    assert (said["type"], said["message"]["text"], said["message"]["user"]) == ("message", "hi &lt;b&gt;", ALICE)
    assert (whispered["type"], whispered["ephemeral"]["text"]) == ("ephemeral", "for Bob")


@pytest.mark.parametrize(
    ("route", "body", "status"),
    [
        ("say", "{", 400),
        ("say", "[]", 400),
        ("say", "[" * 100_000, 400),
        ("say", {}, 400),
        ("say", {"user": ALICE, "channel": MIGRATIONS, "text": 7}, 400),
        ("say", {"user": ALICE, "channel": MIGRATIONS, "text": "   "}, 400),
        ("say", {"user": ALICE, "channel": MIGRATIONS, "text": "x" * 12_001}, 400),
        ("say", {"user": "U404", "channel": MIGRATIONS, "text": "hi"}, 404),
        ("say", {"user": ALICE, "channel": "C404", "text": "hi"}, 404),
        ("say", {"user": ALICE, "channel": MIGRATIONS, "text": "hi", "thread_ts": "1.000000"}, 404),
        ("press", {"user": ALICE, "channel": MIGRATIONS, "message_ts": "1.000000", "action_id": "a"}, 404),
        ("press", {"user": ALICE, "channel": MIGRATIONS, "action_id": "a"}, 400),
        ("submit", {"user": ALICE, "view_id": "V404"}, 404),
        ("submit", {"user": ALICE, "view_id": "V404", "values": []}, 400),
        ("close", {"user": ALICE, "view_id": "V404"}, 404),
        ("home", {"user": "U404"}, 404),
        ("slack/faults", {"kind": "drop"}, 400),
        ("slack/faults", {"kind": "earthquake", "method": "chat.postMessage"}, 400),
        ("slack/faults", {"kind": "refuse", "method": "chat.postMessage"}, 400),
        ("slack/faults", {"kind": "drop", "method": "chat.postMessage", "times": 0}, 400),
        ("slack/happen", {"what": "rain"}, 400),
        ("slack/happen", {"what": "archive", "channel": "C404"}, 404),
        ("slack/happen", {"what": "rename", "channel": MIGRATIONS}, 400),
        ("slack/happen", {"what": "disconnect", "reason": "boredom"}, 400),
    ],
)
async def test_what_makes_no_sense_is_refused_with_a_sentence(
    playground: Playground, session: aiohttp.ClientSession, route: str, body: Json | str, status: int
) -> None:
    answer = await post(session, f"{playground.url}/control/{route}", body)

    assert answer[0] == status
    assert answer[1]["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "127.0.0.1:http"},
    ],
)
@pytest.mark.parametrize("path", ["control/say", "api/auth.test", "control/live", "control/state", "link"])
async def test_another_site_gets_nowhere(
    playground: Playground, session: aiohttp.ClientSession, path: str, headers: dict[str, str]
) -> None:
    method = "POST" if path in ("control/say", "api/auth.test") else "GET"
    async with session.request(method, f"{playground.url}/{path}", headers=headers) as response:
        assert response.status == 403


async def test_what_the_page_sends_reaches_the_bot(
    playground: Playground, app: AsyncApp, connect: Connect, session: aiohttp.ClientSession
) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def hear(ack: AsyncAck, body: Json) -> None:
        heard.put_nowait(body["type"])
        await ack()

    @app.event("app_home_opened")
    async def home(body: Json) -> None:
        heard.put_nowait(body["event"]["type"])

    for listen in (app.action("go"), app.shortcut("track"), app.view("form"), app.view_closed("form")):
        listen(hear)
    await connect(app)
    words = {"type": "plain_text", "text": "Go"}
    blocks = [{"type": "actions", "elements": [{"type": "button", "text": words, "action_id": "go", "value": "v"}]}]
    card = playground.slack.post(MIGRATIONS, "card", blocks=blocks)
    form = {"type": "modal", "callback_id": "form", "title": words, "notify_on_close": True, "blocks": blocks}

    async def opened(**more: Any) -> str:
        return str(playground.slack.views.show(ALICE, checked_view(form | more), [])["id"])

    async def send(route: str, **body: Any) -> str:
        status, _ = await post(session, f"{playground.url}/control/{route}", {"user": ALICE} | body)
        assert status == 200
        return await heard.get()

    view = await opened()
    assert await send("press", channel=MIGRATIONS, message_ts=card, action_id="go", value="v") == "block_actions"
    assert await send("press", view_id=view, action_id="go") == "block_actions"
    assert await send("shortcut", callback_id="track") == "shortcut"
    assert await send("close", view_id=view) == "view_closed"
    assert await send("submit", view_id=await opened(), values={}) == "view_submission"
    assert await send("home") == "app_home_opened"


async def test_a_form_of_another_site_cannot_pass_for_json(
    playground: Playground, session: aiohttp.ClientSession
) -> None:
    body = json.dumps({"user": ALICE, "channel": MIGRATIONS, "text": "hi"})
    async with session.post(
        f"{playground.url}/control/say", data=body, headers={"Content-Type": "text/plain"}
    ) as answer:
        assert answer.status == 400

    assert playground.slack.messages(MIGRATIONS) == []


async def test_the_page_itself_and_localhost_are_at_home(
    playground: Playground, session: aiohttp.ClientSession
) -> None:
    body = {"user": ALICE, "channel": MIGRATIONS, "text": "hi"}

    same = await post(session, f"{playground.url}/control/say", body, Origin=playground.url)
    other = await post(session, f"{playground.url}/control/say", body, Host=f"localhost:{playground.port}")

    assert (same[0], other[0]) == (200, 200)


@pytest.mark.parametrize("path", ["page/../server.py", "page/%2e%2e/server.py", "page/nothing.js", "page/__init__.py"])
async def test_the_page_gives_out_nothing_but_its_files(
    playground: Playground, session: aiohttp.ClientSession, path: str
) -> None:
    async with session.get(URL(f"{playground.url}/{path}", encoded=True)) as response:
        assert response.status == 404


async def test_the_playground_serves_loopback_only() -> None:
    with pytest.raises(ValueError, match="loopback only"):
        await Playground().start(host="0.0.0.0")


async def test_a_port_in_use_is_named(playground: Playground) -> None:
    second = Playground(slack=SlackOptions(rates=Rates.none()))

    with pytest.raises(OSError, match=f"port {playground.port} of 127.0.0.1 is in use"):
        await second.start(playground.port)


async def test_a_stopped_playground_closes_its_pages_and_can_start_again(session: aiohttp.ClientSession) -> None:
    playground = Playground()
    await playground.start()
    page = await session.ws_connect(f"{playground.url}/control/live")

    await playground.stop()
    closed = await page.receive()
    await playground.start()
    async with session.get(f"{playground.url}/control/state") as response:
        again = response.status
    await playground.stop()

    assert closed.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
    assert again == 200


async def test_half_a_character_is_replaced(playground: Playground, session: aiohttp.ClientSession) -> None:
    body = json.dumps({"user": ALICE, "channel": MIGRATIONS, "text": "a\ud800b"})

    status, _ = await post(session, f"{playground.url}/control/say", body)

    assert status == 200
    assert playground.slack.messages(MIGRATIONS)[0]["text"] == "a?b"


async def test_waiting_in_vain_says_what_came_last(playground: Playground) -> None:
    playground.slack.post(MIGRATIONS, "card")

    with pytest.raises(TimeoutError, match="the last events were: message"):
        await playground.slack.wait_for(lambda: False, timeout=0.01)


def test_the_settings_name_five_accounts_at_the_playground() -> None:
    found = settings("http://127.0.0.1:9/")

    assert found["slack"]["api_url"] == "http://127.0.0.1:9/api/"
    assert {account["provider"] for account in found["accounts"].values()} == {
        "tencent-cos",
        "huawei-codearts",
        "huawei-drs",
        "scloud-usmc",
        "pan123",
    }
    assert all(account["endpoint"].startswith("http://127.0.0.1:9/cloud/") for account in found["accounts"].values())
