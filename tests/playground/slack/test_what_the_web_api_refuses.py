from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.server import Playground
from playground.slack import SlackOptions
from playground.slack.names import ALICE, APP_TOKEN, BOT_TOKEN, MIGRATIONS, RANDOM

from .conftest import Start, client_of


async def code(client: AsyncWebClient, method: str, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as raised:
        await client.api_call(method, json=arguments)
    return str(raised.value.response["error"])


@pytest.mark.parametrize(
    ("token", "method", "expected"),
    [
        ("", "auth.test", "not_authed"),
        ("xoxb-other", "auth.test", "invalid_auth"),
        (APP_TOKEN, "auth.test", "not_allowed_token_type"),
        (BOT_TOKEN, "apps.connections.open", "not_allowed_token_type"),
        (BOT_TOKEN, "chat.shout", "unknown_method"),
    ],
)
async def test_a_token_that_does_not_fit_is_refused(
    playground: Playground, session: aiohttp.ClientSession, token: str, method: str, expected: str
) -> None:
    client = client_of(playground, session, token)

    assert await code(client, method) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"channel": "C404", "text": "hi"}, "channel_not_found"),
        ({"channel": RANDOM, "text": "hi"}, "not_in_channel"),
        ({"channel": MIGRATIONS}, "no_text"),
        ({"channel": MIGRATIONS, "text": "   "}, "no_text"),
        ({"channel": MIGRATIONS, "text": "hi", "thread_ts": "yesterday"}, "invalid_thread_ts"),
        ({"channel": MIGRATIONS, "text": "hi", "thread_ts": "1790000000.000001"}, "thread_not_found"),
        ({"channel": MIGRATIONS, "text": "hi", "blocks": "no JSON"}, "invalid_blocks_format"),
        ({"channel": MIGRATIONS, "text": "hi", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"channel": MIGRATIONS, "text": "hi", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"channel": MIGRATIONS, "text": "hi", "attachments": [1]}, "invalid_attachments"),
        ({"channel": MIGRATIONS, "text": "hi", "attachments": [{}] * 101}, "too_many_attachments"),
        ({"channel": MIGRATIONS, "text": "hi", "markdown_text": "hi"}, "markdown_text_conflict"),
        ({"channel": MIGRATIONS, "text": "hi", "metadata": "no JSON"}, "invalid_metadata_format"),
        ({"channel": MIGRATIONS, "text": "hi", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        (
            {"channel": MIGRATIONS, "text": "hi", "metadata": {"event_type": "x", "event_payload": {"a": {"b": 1}}}},
            "invalid_metadata_schema",
        ),
        (
            {"channel": MIGRATIONS, "text": "hi", "metadata": {"event_type": "x", "event_payload": {"a": "b" * 9000}}},
            "metadata_too_large",
        ),
    ],
)
async def test_a_message_that_slack_would_not_post_is_refused(
    playground: Playground, client: AsyncWebClient, arguments: dict[str, Any], expected: str
) -> None:
    assert await code(client, "chat.postMessage", **arguments) == expected
    assert playground.slack.messages(MIGRATIONS) == []


async def test_a_reply_is_no_thread(client: AsyncWebClient) -> None:
    card = await client.chat_postMessage(channel=MIGRATIONS, text="card")
    reply = await client.chat_postMessage(channel=MIGRATIONS, text="25 %", thread_ts=card["ts"])

    assert await code(client, "chat.postMessage", channel=MIGRATIONS, text="50 %", thread_ts=reply["ts"]) == (
        "thread_not_found"
    )


async def test_an_edit_that_slack_would_not_make_is_refused(playground: Playground, client: AsyncWebClient) -> None:
    mine = (await client.chat_postMessage(channel=MIGRATIONS, text="card"))["ts"]
    theirs = await playground.slack.say(ALICE, MIGRATIONS, "hello")
    rich = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}],
    }
    styled = (await client.chat_postMessage(channel=MIGRATIONS, text="rich", blocks=[rich]))["ts"]
    edit = {"channel": MIGRATIONS, "ts": mine}

    assert await code(client, "chat.update", **edit, text="x" * 4001) == "msg_too_long"
    assert await code(client, "chat.update", **edit) == "no_text"
    assert (
        await code(client, "chat.update", **edit, text="x", reply_broadcast=True) == "no_dual_broadcast_content_update"
    )
    assert await code(client, "chat.update", **edit, reply_broadcast=True) == "cant_broadcast_message"
    assert await code(client, "chat.update", channel=MIGRATIONS, ts="1.000000", text="x") == "message_not_found"
    assert await code(client, "chat.update", channel=MIGRATIONS, ts=theirs, text="x") == "cant_update_message"
    assert await code(client, "chat.delete", channel=MIGRATIONS, ts=theirs) == "cant_delete_message"
    assert await code(client, "chat.update", channel=MIGRATIONS, ts=styled, text="x", blocks=[{"type": "divider"}]) == (
        "block_mismatch"
    )
    assert [message["text"] for message in playground.slack.messages(MIGRATIONS)] == ["card", "hello", "rich"]


async def test_an_archived_channel_takes_nothing(playground: Playground, client: AsyncWebClient) -> None:
    card = (await client.chat_postMessage(channel=MIGRATIONS, text="card"))["ts"]
    playground.slack.life.archive(MIGRATIONS)

    assert await code(client, "chat.postMessage", channel=MIGRATIONS, text="more") == "is_archived"
    assert await code(client, "chat.update", channel=MIGRATIONS, ts=card, text="more") == "is_inactive"


async def test_a_private_channel_without_the_bot_looks_as_if_it_were_not_there(
    playground: Playground, client: AsyncWebClient
) -> None:
    hidden = playground.slack.life.create("board", private=True, bot_in=False)

    assert await code(client, "chat.postMessage", channel=hidden.id, text="hi") == "channel_not_found"
    assert await code(client, "conversations.info", channel=hidden.id) == "channel_not_found"


async def test_a_text_over_forty_thousand_characters_is_cut_with_a_warning(
    playground: Playground, client: AsyncWebClient
) -> None:
    answer = await client.chat_postMessage(channel=MIGRATIONS, text="x" * 40_001)

    assert answer["warning"] == "message_truncated"
    assert len(playground.slack.messages(MIGRATIONS)[0]["text"]) == 40_000


async def test_a_message_with_too_much_text_over_all_blocks_is_refused(client: AsyncWebClient) -> None:
    blocks = [{"type": "section", "text": {"type": "plain_text", "text": "x" * 2900}}] * 5

    assert await code(client, "chat.postMessage", channel=MIGRATIONS, text="hi", blocks=blocks) == "msg_blocks_too_long"


async def test_a_missing_scope_is_named(start: Start, session: aiohttp.ClientSession) -> None:
    playground = await start(SlackOptions(scopes=frozenset({"chat:write"})))
    client = client_of(playground, session)

    with pytest.raises(SlackApiError) as raised:
        await client.conversations_history(channel=MIGRATIONS)

    assert raised.value.response["error"] == "missing_scope"
    assert raised.value.response["provided"] == "chat:write"
    assert "channels:history" in raised.value.response["needed"]


async def test_with_the_scope_for_it_the_bot_may_post_in_public_channels_that_it_is_not_in(
    start: Start, session: aiohttp.ClientSession
) -> None:
    playground = await start(SlackOptions(scopes=frozenset({"chat:write", "chat:write.public"})))
    client = client_of(playground, session)
    private = playground.slack.life.create("board", private=True, bot_in=False)

    assert (await client.chat_postMessage(channel=RANDOM, text="hi"))["ok"]
    assert await code(client, "chat.postMessage", channel=private.id, text="hi") == "channel_not_found"


async def test_a_form_is_understood_like_json(playground: Playground, session: aiohttp.ClientSession) -> None:
    form = {"token": BOT_TOKEN, "channel": MIGRATIONS, "text": "hi", "blocks": '[{"type": "divider"}]'}
    async with session.post(f"{playground.url}/api/chat.postMessage", data=form) as response:
        answer = await response.json()

    assert answer["ok"]
    assert answer["message"]["blocks"][0]["type"] == "divider"
    assert "token" not in playground.slack.calls()[0].arguments


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[]", "application/json", "json_not_object"),
        (b'{"x": "\xff"}', "application/json", "invalid_json"),
        (b"[" * 100_000, "application/json", "invalid_json"),
        (b"{}", "application/json; charset=klingon", "invalid_charset"),
        (b"a=b", "application/x-www-form-urlencoded; charset=klingon", "invalid_charset"),
        (b"x", "text/plain", "invalid_post_type"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(
    playground: Playground, session: aiohttp.ClientSession, body: bytes, kind: str, expected: str
) -> None:
    headers = {"Content-Type": kind, "Authorization": f"Bearer {BOT_TOKEN}"}
    async with session.post(f"{playground.url}/api/auth.test", data=body, headers=headers) as response:
        assert (await response.json())["error"] == expected
