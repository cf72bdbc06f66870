import asyncio
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.server import Playground
from playground.slack import Mistake
from playground.slack.names import ALICE, BOB, BOT_USER, DATABASES, DBAS, GUEST, MIGRATIONS

from .conftest import Clock, Connect

Json = dict[str, Any]


async def test_a_user_group_is_listed_with_its_people(client: AsyncWebClient) -> None:
    groups = await client.usergroups_list(include_users=True)
    members = await client.usergroups_users_list(usergroup=DBAS)
    with pytest.raises(SlackApiError, match="no_such_subteam"):
        await client.usergroups_users_list(usergroup="S0NONE")

    assert [(one["id"], one["handle"], one["users"]) for one in groups["usergroups"]] == [(DBAS, "dbas", [ALICE])]
    assert members["users"] == [ALICE]


@pytest.mark.parametrize(
    ("user", "zone", "offset", "guest"),
    [
        (ALICE, "Europe/Berlin", 7_200, False),
        (BOB, "America/New_York", -14_400, False),
        (GUEST, "Asia/Tokyo", 32_400, True),
    ],
)
async def test_a_person_is_told_with_their_zone_and_whether_they_are_a_guest(
    client: AsyncWebClient, user: str, zone: str, offset: int, guest: bool
) -> None:
    person = (await client.users_info(user=user))["user"]

    assert (person["tz"], person["tz_offset"], person["is_restricted"]) == (zone, offset, guest)


async def test_a_group_in_a_command_arrives_with_its_id_and_its_handle(
    playground: Playground, app: AsyncApp, connect: Connect
) -> None:
    texts: list[str] = []

    @app.command("/milepost")
    async def milepost(ack: AsyncAck, command: Json) -> None:
        texts.append(command["text"])
        await ack()

    await connect(app)
    await playground.slack.say(ALICE, MIGRATIONS, "/milepost edit x mention @dbas on failure")

    assert texts == [f"edit x mention <!subteam^{DBAS}|@dbas> on failure"]


async def test_a_mention_reaches_the_bot_in_channels_and_threads_where_it_is_a_member(
    playground: Playground, app: AsyncApp, connect: Connect
) -> None:
    heard: asyncio.Queue[Json] = asyncio.Queue()

    @app.event("app_mention")
    async def mentioned(event: Json) -> None:
        heard.put_nowait(event)

    await connect(app)
    ts = playground.slack.post(MIGRATIONS, "card")
    await playground.slack.say(ALICE, "C0RANDOM", "@milepost are you there?")
    await playground.slack.say(ALICE, MIGRATIONS, "@milepost mute 2h", ts)
    in_thread = await heard.get()
    await playground.slack.say(BOB, MIGRATIONS, "hello @milepost")
    in_channel = await heard.get()

    assert (in_thread["text"], in_thread["thread_ts"], in_thread["channel"]) == (
        f"<@{BOT_USER}> mute 2h",
        ts,
        MIGRATIONS,
    )
    assert (in_channel["user"], "thread_ts" in in_channel) == (BOB, False)


async def test_a_person_who_leaves_or_comes_is_told_to_the_bot(
    playground: Playground, app: AsyncApp, client: AsyncWebClient, connect: Connect
) -> None:
    heard: asyncio.Queue[Json] = asyncio.Queue()

    for kind in ("member_left_channel", "member_joined_channel"):

        @app.event(kind)
        async def moved(event: Json) -> None:
            heard.put_nowait(event)

    await connect(app)
    await playground.slack.say(BOB, MIGRATIONS, "/leave")
    left = await heard.get()
    with pytest.raises(SlackApiError, match="user_not_in_channel"):
        await client.chat_postEphemeral(channel=MIGRATIONS, user=BOB, text="psst")
    with pytest.raises(Mistake, match="join it first"):
        await playground.slack.say(BOB, MIGRATIONS, "still here?")
    members = (await client.conversations_members(channel=MIGRATIONS))["members"]
    playground.slack.life.join("migrations", BOB)
    joined = await heard.get()

    assert (left["type"], left["user"], left["channel"]) == ("member_left_channel", BOB, MIGRATIONS)
    assert members == [ALICE, GUEST, BOT_USER]
    assert (joined["type"], joined["user"]) == ("member_joined_channel", BOB)


async def test_a_guest_sees_the_channels_they_are_in(playground: Playground) -> None:
    with pytest.raises(Mistake, match="no such channel"):
        await playground.slack.say(GUEST, DATABASES, "hello")

    playground.slack.life.join("databases", GUEST)
    await playground.slack.say(GUEST, DATABASES, "hello")

    assert [one["name"] for one in playground.slack.state(GUEST)["channels"]] == ["migrations", "databases"]


async def test_of_a_private_channel_those_outside_see_nothing(playground: Playground) -> None:
    channel = playground.slack.life.create("secret", private=True)

    playground.slack.life.leave("secret", BOB)

    assert channel.id not in [one["id"] for one in playground.slack.state(BOB)["channels"]]
    assert channel.id in [one["id"] for one in playground.slack.state(ALICE)["channels"]]


async def test_the_clock_on_the_wall_moves_slack_and_not_the_clouds(
    playground: Playground, client: AsyncWebClient, session: aiohttp.ClientSession, clock: Clock
) -> None:
    task = playground.clouds.start("huawei-drs", percent=10.0, speed=1.0)
    address = f"{playground.url}/control/clock"

    async with session.post(address, json={"to": "23:00", "user": BOB}) as response:
        moved = await response.json()
    said = await client.chat_postMessage(channel=MIGRATIONS, text="at night")

    assert float(said["ts"]) == pytest.approx(clock.now + moved["offset"])
    assert playground.clouds.task(task.id).percent == 10.0
    async with session.post(address, json={"back": True}) as response:
        assert (await response.json())["offset"] == 0


@pytest.mark.parametrize(
    "body", [{}, {"by": "soon"}, {"by": True}, {"by": 1e12}, {"to": "25:00", "user": ALICE}, {"to": "23:00"}]
)
async def test_a_clock_is_not_moved_by_nonsense(
    playground: Playground, session: aiohttp.ClientSession, body: Json
) -> None:
    async with session.post(f"{playground.url}/control/clock", json=body) as response:
        told = await response.json()

    assert response.status in (400, 404)
    assert told["error"]
    assert playground.clock.offset == 0
