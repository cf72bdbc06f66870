import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.slack.session import (
    SlackUnreachable,
    TokenRefused,
    check_app_token,
    granted_scopes,
    make_client,
    until_reached,
    who_am_i,
)
from tests.slack.conftest import TOKEN, Answer, SmallSlack, hangs_up, never, raw, says

ME = {"ok": True, "team_id": "T1", "team": "Team", "user_id": "U0BOT", "bot_id": "B0BOT", "url": "https://example.com/"}
APP_TOKEN = "xapp-not-a-real-one"


async def test_slack_tells_whose_token_it_is(slack: SmallSlack, client: AsyncWebClient) -> None:
    slack.will(says(ME))

    me = await who_am_i(client)

    assert (me.team_id, me.bot_user_id, me.bot_id, me.bot_token) == ("T1", "U0BOT", "B0BOT", TOKEN)


@pytest.mark.parametrize(
    "code",
    ["invalid_auth", "account_inactive", "token_revoked", "not_authed", "not_allowed_token_type", "missing_scope"],
)
async def test_a_refused_token_is_told_apart_with_the_place_to_look(
    slack: SmallSlack, client: AsyncWebClient, code: str
) -> None:
    slack.will(says({"ok": False, "error": code}), says({"ok": False, "error": code}))

    with pytest.raises(TokenRefused, match=rf"bot_token \({code}\).*OAuth") as bot:
        await who_am_i(client)
    with pytest.raises(TokenRefused, match=rf"app_token \({code}\).*App-Level") as app:
        await check_app_token(client, APP_TOKEN)

    assert TOKEN not in str(bot.value)
    assert APP_TOKEN not in str(app.value)


@pytest.mark.parametrize(
    ("answer", "reason", "again_after"),
    [
        (says({"ok": False, "error": "internal_error"}), "internal_error", None),
        (says({"ok": False, "error": "team_added_to_org"}), "team_added_to_org", None),
        (says({"ok": False, "error": "ratelimited"}, status=429, Retry_After="40"), "ratelimited", 40.0),
        (says({"ok": False, "error": "ratelimited"}, status=429, Retry_After="0"), "ratelimited", None),
        (raw("<h1>Bad gateway</h1>", status=502), "HTTP 502", None),
        (raw("ok", content_type="text/plain"), "AttributeError", None),
        (hangs_up, "ServerDisconnectedError", None),
    ],
)
async def test_slack_on_a_bad_day_is_unreachable_and_no_more(
    slack: SmallSlack, client: AsyncWebClient, answer: Answer, reason: str, again_after: float | None
) -> None:
    slack.will(answer)

    with pytest.raises(SlackUnreachable, match=reason) as trouble:
        await who_am_i(client)

    assert trouble.value.again_after == again_after


async def test_a_slack_that_says_nothing_is_given_up_in_time(slack: SmallSlack, session: aiohttp.ClientSession) -> None:
    slack.will(never)

    with pytest.raises(SlackUnreachable, match="TimeoutError"):
        await who_am_i(make_client(session, token=TOKEN, api_url=slack.url, patience=0))


async def test_the_app_token_goes_with_its_own_call(slack: SmallSlack, client: AsyncWebClient) -> None:
    slack.will(says({"ok": True, "url": "wss://example.com/link"}))

    await check_app_token(client, APP_TOKEN)

    assert slack.calls[0][0] == "apps.connections.open"


async def test_the_scopes_are_read_where_slack_names_them(slack: SmallSlack, client: AsyncWebClient) -> None:
    slack.will(says(ME, X_OAuth_Scopes="commands, chat:write,,"), says(ME), hangs_up)

    scopes = [await granted_scopes(client) for _ in range(3)]

    assert scopes == [{"commands", "chat:write"}, frozenset(), frozenset()]


# --- until Slack answers ------------------------------------------------------------------------------------------


def fails(*troubles: Exception) -> tuple[Callable[[], Awaitable[None]], list[int]]:
    """A first contact that meets these troubles, one after the other, and then succeeds."""
    left, tries = list(troubles), [0]

    async def contact() -> None:
        tries[0] += 1
        if left:
            raise left.pop(0)

    return contact, tries


async def test_slack_is_tried_until_it_answers() -> None:
    contact, tries = fails(*[SlackUnreachable("down", again_after=0.001)] * 3)

    with capture_logs() as logs:
        reached = await until_reached(contact, asyncio.Event())

    assert reached
    assert tries == [4]
    assert [line["reason"] for line in logs] == ["down"] * 3


async def test_the_pause_that_slack_asks_for_is_kept_and_a_pause_of_ours_grows() -> None:
    stopping = asyncio.Event()
    contact, _ = fails(SlackUnreachable("busy", again_after=0.002), SlackUnreachable("down"))

    with capture_logs() as logs:
        waiting = asyncio.create_task(until_reached(contact, stopping))
        while len(logs) < 2:  # noqa: ASYNC110 - what is waited for is a log line
            await asyncio.sleep(0)
        stopping.set()
        await waiting

    assert [line["again_in_seconds"] for line in logs] == [0.002, 2.0]


async def test_a_refused_token_ends_the_trying() -> None:
    contact, tries = fails(TokenRefused("no", code="invalid_auth"))

    with pytest.raises(TokenRefused):
        await until_reached(contact, asyncio.Event())

    assert tries == [1]


async def test_a_port_in_use_ends_the_trying() -> None:
    contact, tries = fails(OSError("in use"))

    with pytest.raises(OSError, match="in use"):
        await until_reached(contact, asyncio.Event())

    assert tries == [1]


async def test_a_stop_ends_the_trying_during_a_pause() -> None:
    stopping = asyncio.Event()
    paused = asyncio.Event()

    async def contact() -> None:
        paused.set()
        raise SlackUnreachable("down", again_after=3600)

    trying = asyncio.create_task(until_reached(contact, stopping))
    await paused.wait()
    stopping.set()

    assert not await trying


async def test_a_stop_ends_the_trying_while_slack_keeps_silent() -> None:
    stopping = asyncio.Event()
    calling = asyncio.Event()
    given_up: list[bool] = []

    async def contact() -> None:
        calling.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            given_up.append(True)
            raise

    trying = asyncio.create_task(until_reached(contact, stopping))
    await calling.wait()
    stopping.set()

    assert not await trying
    assert given_up == [True]


async def test_a_bot_that_is_stopped_already_does_not_try() -> None:
    contact, tries = fails()
    stopping = asyncio.Event()
    stopping.set()

    assert not await until_reached(contact, stopping)
    assert tries == [0]
