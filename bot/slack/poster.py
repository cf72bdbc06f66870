"""Posts and edits through Slack's Web API, once per call: whether to repeat is decided by the use cases alone."""

from datetime import datetime, timedelta
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.core.message import Message
from bot.core.model import DeliveryId
from bot.ports import Blind, FindResult, Found, Missing, PostResult, RetryLater, Sent, Shut, Unclear
from bot.slack.errors import SDK_TROUBLE, classify

_log = structlog.get_logger(__name__)

EVENT_TYPE = "milepost_delivery"
_PAGE = 200
_PAGES = 5
_WINDOW = timedelta(hours=1)
"""How long after *since* a message can have been posted."""
_FOR_GOOD = ("missing_scope", "not_allowed_token_type", "no_permission")
_SHUT = ("not_in_channel", "channel_not_found")
_PUBLIC = "chat:write.public"
_NO_THREAD = ("thread_not_found", "message_not_found")


class SlackPoster:
    """The Poster on slack_sdk. The client must have no retry handlers: the default one can post twice."""

    def __init__(self, client: AsyncWebClient) -> None:
        if client.retry_handlers:
            raise ValueError("the posting client must be made with retry_handlers=[]")
        self._client = client

    async def post(
        self,
        *,
        channel: str,
        message: Message,
        delivery_id: DeliveryId,
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> PostResult:
        """Post once."""
        arguments: dict[str, Any] = {
            "channel": channel,
            "text": message.text,
            "parse": "none",
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {"delivery": delivery_id}},
        }
        if message.blocks:
            arguments["blocks"] = list(message.blocks)
        if thread_ts is not None:
            arguments |= {"thread_ts": thread_ts, "reply_broadcast": broadcast}
        return await self._call("chat.postMessage", arguments)

    async def edit(self, *, channel: str, ts: str, message: Message) -> PostResult:
        """Replace a message; without `parse` Slack would link bare names again (its default for edits is `client`)."""
        arguments: dict[str, Any] = {
            "channel": channel,
            "ts": ts,
            "text": message.text,
            "blocks": list(message.blocks),
            "parse": "none",
        }
        return await self._call("chat.update", arguments)

    async def find(
        self, *, channel: str, thread_ts: str | None, delivery_id: DeliveryId, since: datetime
    ) -> FindResult:
        """Read the thread (or the channel) from *since* on and look for the delivery id in the metadata."""
        arguments: dict[str, Any] = {
            "channel": channel,
            "oldest": f"{since.timestamp():.6f}",
            # Bounded, or a busy channel would be too long to read after a weekend's stop.
            "latest": f"{(since + _WINDOW).timestamp():.6f}",
            "inclusive": True,
            "include_all_metadata": True,
            "limit": _PAGE,
        }
        method = "conversations.history"
        if thread_ts is not None:
            method, arguments["ts"] = "conversations.replies", thread_ts
        for _ in range(_PAGES):
            try:
                answer = await self._client.api_call(method, params=arguments, http_verb="GET")
            except SDK_TROUBLE as error:
                return _unreadable(error)
            body = _dict(answer.data)
            for found in _dicts(body.get("messages")):
                payload = _dict(_dict(found.get("metadata")).get("event_payload"))
                ts = found.get("ts")
                if payload.get("delivery") == delivery_id and isinstance(ts, str):
                    return Found(ts=ts)
            cursor = _dict(body.get("response_metadata")).get("next_cursor")
            if not cursor:
                return Missing()
            arguments["cursor"] = cursor
        return Blind(for_good=False)

    async def can_post(self, *, channel: str) -> bool:
        """Ask Slack about the channel. Where it may not be asked about, only a post can tell: then True."""
        try:
            answer = await self._client.conversations_info(channel=channel)
        except SlackApiError as error:
            return api_error(error)[0] == "missing_scope"
        except SDK_TROUBLE:
            return False
        found = _dict(_dict(answer.data).get("channel"))
        if found.get("is_im"):
            return not found.get("is_archived")
        return found.get("is_member") is True and not found.get("is_archived")

    async def permalink(self, *, channel: str, ts: str) -> str | None:
        """Return the address of a message; any trouble is None."""
        try:
            answer = await self._client.chat_getPermalink(channel=channel, message_ts=ts)
        except SDK_TROUBLE:
            return None
        address = _dict(answer.data).get("permalink")
        return address if isinstance(address, str) else None

    async def _call(self, method: str, arguments: dict[str, Any]) -> PostResult:
        try:
            answer = await self._client.api_call(method, json=arguments)
        except SlackApiError as error:
            return _refusal(method, error)
        except aiohttp.ClientConnectorError as error:
            # No connection was made, so nothing was done.
            return RetryLater(after=0.0, code=type(error).__name__)
        except SDK_TROUBLE as error:
            return Unclear(code=type(error).__name__)
        body = _dict(answer.data)
        ts = body.get("ts")
        if not isinstance(ts, str):
            return Unclear(code="no_ts")
        thread_ts = _dict(body.get("message")).get("thread_ts")
        return Sent(ts=ts, thread_ts=thread_ts if isinstance(thread_ts, str) else None)


def api_error(error: SlackApiError) -> tuple[str, int, dict[str, Any]]:
    """Return the code, the HTTP status and the body of a failed call, whatever the SDK made of it."""
    response = error.response
    if not isinstance(response, AsyncSlackResponse):
        # The body was no JSON: the SDK then hands out the raw HTTP answer.
        return "", int(getattr(response, "status", 0) or 0), {}
    body = _dict(response.data)
    code = body.get("error")
    return (code if isinstance(code, str) else ""), response.status_code, body


def scopes_named(response: object) -> frozenset[str]:
    """Return the scopes of the token, which Slack names in a header of each answer; empty where it does not."""
    headers = getattr(response, "headers", None) or {}
    named = next((str(value) for name, value in headers.items() if name.lower() == "x-oauth-scopes"), "")
    return frozenset(scope.strip() for scope in named.split(",") if scope.strip())


def retry_after(error: SlackApiError) -> float | None:
    """Return the seconds that Slack asks to wait."""
    headers = getattr(error.response, "headers", None) or {}
    try:
        seconds = float(headers.get("Retry-After", ""))
    except (TypeError, ValueError):
        return None
    return seconds if 0 <= seconds <= 86_400 else None


def _refusal(method: str, error: SlackApiError) -> PostResult:
    code, status, body = api_error(error)
    detail = "; ".join(str(m) for m in _list(_dict(body.get("response_metadata")).get("messages")))[:500]
    if "needed" in body:
        detail = f"needs the scope {body.get('needed')}, has {body.get('provided')}"
    _log.debug("Slack refused a call", method=method, code=code, status=status)
    return classify(code, status=status, retry_after=retry_after(error), detail=detail)


def _unreadable(error: Exception) -> FindResult:
    code = api_error(error)[0] if isinstance(error, SlackApiError) else ""
    if code in _NO_THREAD:
        return Missing()
    if code in _SHUT:
        # With one scope the bot may post where it is no member and so may never read; else it can do neither now.
        posts_all_the_same = code == "not_in_channel" and _PUBLIC in scopes_named(getattr(error, "response", None))
        return Blind(for_good=True) if posts_all_the_same else Shut(code=code)
    wait = retry_after(error) if isinstance(error, SlackApiError) else None
    return Blind(for_good=code in _FOR_GOOD) if wait is None else Blind(for_good=False, after=wait)


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in _list(value) if isinstance(item, dict)]
