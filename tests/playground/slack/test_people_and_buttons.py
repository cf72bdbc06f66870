import asyncio
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError

from playground.server import Playground
from playground.slack import Mistake
from playground.slack.names import ALICE, BOB, MIGRATIONS, RANDOM

from .conftest import Clock, Connect

Json = dict[str, Any]


def menu(action_id: str, *values: str) -> Json:
    options = [{"text": {"type": "plain_text", "text": value}, "value": value} for value in values]
    return {"type": "overflow", "action_id": action_id, "options": options}


def card(playground: Playground) -> str:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Mute"}, "action_id": "mute", "value": "w1"}
    blocks = [{"type": "actions", "block_id": "b", "elements": [button, menu("more", "stop", "edit")]}]
    return playground.slack.post(MIGRATIONS, "card", blocks=blocks)


@pytest.fixture
async def pressed(app: AsyncApp, connect: Connect) -> list[Json]:
    bodies: list[Json] = []

    @app.action({"action_id": "mute"})
    async def mute(ack: AsyncAck, body: Json) -> None:
        bodies.append(body)
        await ack()

    @app.action({"action_id": "more"})
    async def more(ack: AsyncAck, body: Json) -> None:
        bodies.append(body)
        await ack()

    await connect(app)
    return bodies


async def test_a_pressed_button_arrives_with_all_that_slack_tells(playground: Playground, pressed: list[Json]) -> None:
    ts = card(playground)

    outcome = await playground.slack.press(BOB, MIGRATIONS, ts, "mute")

    assert outcome is not None and outcome.acked
    body = pressed[0]
    assert body["user"]["id"] == BOB
    assert body["channel"] == {"id": MIGRATIONS, "name": "migrations"}
    assert body["container"] == {"type": "message", "message_ts": ts, "channel_id": MIGRATIONS, "is_ephemeral": False}
    assert body["message"]["ts"] == ts
    assert {"trigger_id", "response_url", "state", "team"} <= body.keys()
    action = body["actions"][0]
    assert (action["type"], action["block_id"], action["action_id"], action["value"]) == ("button", "b", "mute", "w1")


async def test_a_menu_sends_the_option_that_was_chosen(playground: Playground, pressed: list[Json]) -> None:
    await playground.slack.press(ALICE, MIGRATIONS, card(playground), "more", choice="stop")

    assert pressed[0]["actions"][0]["selected_option"]["value"] == "stop"


async def test_a_choice_that_is_not_offered_needs_a_forger(playground: Playground, pressed: list[Json]) -> None:
    ts = card(playground)

    with pytest.raises(Mistake):
        await playground.slack.press(ALICE, MIGRATIONS, ts, "mute", choice="w2")
    with pytest.raises(Mistake):
        await playground.slack.press(ALICE, MIGRATIONS, ts, "more", choice="delete")
    await playground.slack.press(ALICE, MIGRATIONS, ts, "mute", choice="w2", forged=True)

    assert [body["actions"][0]["value"] for body in pressed] == ["w2"]


async def answer(session: aiohttp.ClientSession, url: str, **body: Any) -> int:
    async with session.post(url, json=body) as response:
        return response.status


async def test_a_response_url_works_five_times_in_half_an_hour(
    playground: Playground, pressed: list[Json], session: aiohttp.ClientSession, clock: Clock
) -> None:
    ts = card(playground)
    await playground.slack.press(ALICE, MIGRATIONS, ts, "mute")
    await playground.slack.press(ALICE, MIGRATIONS, ts, "mute")
    busy, late = (body["response_url"] for body in pressed)

    assert [await answer(session, busy, text="x") for _ in range(6)] == [200] * 5 + [404]
    clock.now += 1_801
    assert await answer(session, late, text="x") == 404


async def test_a_response_url_answers_replaces_and_deletes(
    playground: Playground, pressed: list[Json], session: aiohttp.ClientSession
) -> None:
    ts = card(playground)
    await playground.slack.press(ALICE, MIGRATIONS, ts, "mute")
    url = pressed[0]["response_url"]

    assert await answer(session, url, text="only you") == 200
    assert await answer(session, url, text="for all", response_type="in_channel", thread_ts=ts) == 200
    assert await answer(session, url, text="new", replace_original=True) == 200
    assert [one["text"] for one in playground.slack.ephemerals(ALICE)] == ["only you"]
    assert [one["text"] for one in playground.slack.thread(MIGRATIONS, ts)] == ["new", "for all"]
    assert "blocks" not in playground.slack.messages(MIGRATIONS)[0]
    assert await answer(session, url, text="", blocks=[]) == 400
    assert await answer(session, url, delete_original=True) == 200
    assert playground.slack.messages(MIGRATIONS)[0]["subtype"] == "tombstone"


async def test_a_private_answer_with_buttons_can_be_replaced_and_deleted_by_its_own_person_only(
    playground: Playground, app: AsyncApp, pressed: list[Json], session: aiohttp.ClientSession
) -> None:
    blocks = [{"type": "actions", "block_id": "b", "elements": [menu("more", "yes")]}]
    await app.client.chat_postEphemeral(channel=MIGRATIONS, user=ALICE, text="sure?", blocks=blocks)
    ts = playground.slack.ephemerals(ALICE)[0]["ts"]

    with pytest.raises(Mistake):
        await playground.slack.press(BOB, MIGRATIONS, ts, "more", choice="yes")
    await playground.slack.press(ALICE, MIGRATIONS, ts, "more", choice="yes")
    assert pressed[0]["container"]["is_ephemeral"]
    assert "message" not in pressed[0]
    await answer(session, pressed[0]["response_url"], text="Done.", replace_original=True)
    assert [one["text"] for one in playground.slack.ephemerals(ALICE)] == ["Done."]
    await answer(session, pressed[0]["response_url"], delete_original=True)

    assert playground.slack.ephemerals(ALICE) == []


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("list", "list"),
        ("mute @nobody in #nowhere", "mute @nobody in #nowhere"),
        ("a <b> & c", "a &lt;b&gt; &amp; c"),
        ("mail me@alice.example", "mail me@alice.example"),
        ("https://example.com/?a=1&b=@alice#migrations", "<https://example.com/?a=1&amp;b=@alice#migrations>"),
        ("at @channel", "at <!channel>"),
    ],
)
async def test_what_is_typed_arrives_escaped(
    playground: Playground, app: AsyncApp, connect: Connect, typed: str, expected: str
) -> None:
    heard: list[str] = []

    @app.command("/milepost")
    async def milepost(ack: AsyncAck, command: Json) -> None:
        heard.append(command["text"])
        await ack()

    await connect(app)
    await playground.slack.say(ALICE, MIGRATIONS, f"/milepost {typed}")

    assert heard == [expected]


async def test_a_command_in_a_thread_or_an_unknown_one_never_reaches_the_bot(playground: Playground) -> None:
    ts = card(playground)

    await playground.slack.say(ALICE, MIGRATIONS, "/milepost list", thread_ts=ts)
    await playground.slack.say(ALICE, MIGRATIONS, "/milestone list")

    refused, unknown = playground.slack.ephemerals(ALICE)
    assert (refused["text"], refused["thread_ts"]) == ("`/milepost` is not supported in threads. Sorry!", ts)
    assert unknown["text"].startswith("/milestone is not a valid command")
    assert playground.slack.ephemerals(BOB) == []
    assert playground.slack.deliveries == []


async def test_inviting_and_removing_the_bot_opens_and_closes_a_channel(playground: Playground, app: AsyncApp) -> None:
    await playground.slack.say(ALICE, RANDOM, "/invite @milepost")
    posted = await app.client.chat_postMessage(channel=RANDOM, text="hello")
    await playground.slack.say(ALICE, RANDOM, "/remove @milepost")

    assert posted["ok"]
    assert not playground.slack.channel(RANDOM).bot_in


async def test_a_mention_is_heard_and_ordinary_talk_is_not(
    playground: Playground, app: AsyncApp, connect: Connect
) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    @app.event("app_mention")
    async def mentioned(event: Json) -> None:
        heard.put_nowait(event["text"])

    await connect(app)
    await playground.slack.say(ALICE, MIGRATIONS, "good morning")
    await playground.slack.say(ALICE, MIGRATIONS, "@milepost status")

    assert await heard.get() == "<@U0MILEPOST> status"
    await playground.slack.wait_for(lambda: playground.slack.deliveries)
    assert len(playground.slack.deliveries) == 1


async def test_what_happens_to_a_channel_is_told_to_the_app(
    playground: Playground, app: AsyncApp, connect: Connect
) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    life = playground.slack.life
    kinds = ["channel_archive", "channel_unarchive", "channel_rename", "channel_id_changed", "channel_deleted"]
    kinds += ["tokens_revoked", "app_uninstalled"]
    for kind in kinds:

        @app.event(kind)
        async def told(event: Json) -> None:
            heard.put_nowait(event["type"])

    await connect(app)
    # Bolt asks once who it is; later, with a revoked token, it would hear nothing.
    life.archive(MIGRATIONS)
    assert await heard.get() == "channel_archive"
    life.unarchive(MIGRATIONS)
    life.rename(MIGRATIONS, "moves")
    life.change_id("moves", "C0OTHER")
    life.delete("C0OTHER")
    life.uninstall()
    await playground.slack.wait_for(lambda: len(playground.slack.deliveries) == 7)

    assert {delivery.payload["event"]["type"] for delivery in playground.slack.deliveries} == set(kinds)
    assert all(delivery.outcome.acked for delivery in playground.slack.deliveries)
    with pytest.raises(SlackApiError, match="account_inactive"):
        await app.client.auth_test()
    life.reinstall()
    assert (await app.client.auth_test())["ok"]
