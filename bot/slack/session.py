"""Getting in touch with Slack: the client, and whether the tokens are good."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import structlog
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.errors import SDK_TROUBLE, is_token_refused
from bot.slack.poster import api_error, retry_after, scopes_named

_log = structlog.get_logger(__name__)

_PATIENCE = 30
"""Seconds that a call may take."""
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0


class TokenRefused(Exception):
    """Slack refuses a token: only another one helps. The message tells which, and where to find a good one."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class SlackUnreachable(Exception):
    """Slack cannot be reached or answers nonsense just now."""

    def __init__(self, reason: str, *, again_after: float | None = None) -> None:
        super().__init__(reason)
        self.again_after = again_after


class _Client(AsyncWebClient):
    """Gives a call up in time, with TimeoutError: the SDK applies its own time-out only to sessions that it made."""

    async def api_call(self, *arguments: Any, **more: Any) -> AsyncSlackResponse:
        async with asyncio.timeout(self.timeout):
            return await super().api_call(*arguments, **more)


def make_client(
    session: aiohttp.ClientSession, *, token: str, api_url: str, patience: int = _PATIENCE
) -> AsyncWebClient:
    """Return the client for all calls. No retry handlers: the default one sends a post again that was read already."""
    return _Client(token=token, base_url=api_url, session=session, timeout=patience, retry_handlers=[])


async def who_am_i(client: AsyncWebClient) -> AuthorizeResult:
    """Ask Slack whose bot token it is."""
    answer = await _asked(client.auth_test, "bot_token", "*OAuth & Permissions* → *Bot User OAuth Token*")
    return AuthorizeResult(
        enterprise_id=answer.get("enterprise_id"),
        team_id=answer.get("team_id"),
        team=answer.get("team"),
        url=answer.get("url"),
        bot_user_id=answer.get("user_id"),
        bot_id=answer.get("bot_id"),
        bot_token=client.token,
    )


async def granted_scopes(client: AsyncWebClient) -> frozenset[str]:
    """Return the scopes of the bot token: Slack names them in a header of each answer. Empty where it does not."""
    try:
        answer = await client.auth_test()
    except SDK_TROUBLE:
        return frozenset()
    return scopes_named(answer)


async def check_app_token(client: AsyncWebClient, app_token: str) -> None:
    """Ask Slack for a Socket Mode address, to see whether it gives one."""
    await socket_address(client, app_token)


async def socket_address(client: AsyncWebClient, app_token: str) -> str:
    """Return the address of a new Socket Mode connection, which is good for one connection only."""
    answer = await _asked(
        lambda: client.apps_connections_open(app_token=app_token),
        "app_token",
        "*Basic Information* → *App-Level Tokens* (scope connections:write)",
    )
    return str(answer["url"])


async def until_reached(first_contact: Callable[[], Awaitable[None]], stopping: asyncio.Event) -> bool:
    """Repeat *first_contact* until Slack answers; False where the bot is stopped before. TokenRefused goes through."""
    stopped = asyncio.ensure_future(stopping.wait())
    pause = _FIRST_PAUSE
    try:
        while not stopping.is_set():
            contact = asyncio.ensure_future(first_contact())
            try:
                # Slack may take half a minute to say nothing, and a WebSocket for ever: a stop does not wait for it.
                await asyncio.wait((contact, stopped), return_when=asyncio.FIRST_COMPLETED)
                if not contact.done():
                    return False
                contact.result()
                return True
            except SlackUnreachable as trouble:
                wait = trouble.again_after if trouble.again_after is not None else pause
                _log.warning("Slack cannot be reached; I keep trying", reason=str(trouble), again_in_seconds=wait)
            finally:
                await _given_up(contact)
            pause = min(pause * 2, _LONGEST_PAUSE)
            await asyncio.wait((stopped,), timeout=wait)
        return False
    finally:
        await _given_up(stopped)


async def _given_up(task: asyncio.Future[Any]) -> None:
    if not task.done():
        task.cancel()
        await asyncio.wait((task,))


async def _asked(call: Callable[[], Awaitable[Any]], setting: str, where: str) -> Any:
    try:
        return await call()
    except SlackApiError as error:
        code, status, _ = api_error(error)
        if is_token_refused(code) or code == "missing_scope":
            raise TokenRefused(
                f"Slack refuses [slack] {setting} ({code}). Look it up at api.slack.com/apps → your app → {where}.",
                code=code,
            ) from None
        # "Retry-After: 0" says nothing: it would be asked without a pause for ever.
        raise SlackUnreachable(code or f"HTTP {status}", again_after=retry_after(error) or None) from None
    except SDK_TROUBLE as error:
        raise SlackUnreachable(f"{type(error).__name__}") from None
