"""Delivery over HTTP with Slack's signature (docs.slack.dev/authentication/verifying-requests-from-slack)."""

import hashlib
import hmac
import json
import math
import secrets
from collections.abc import Callable
from urllib.parse import urlencode

import aiohttp

from playground.slack import names
from playground.slack.errors import Mistake
from playground.slack.transport import Attempt, Kind, Outcome
from playground.slack.workspace import Json

FORM = "application/x-www-form-urlencoded"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the value of `X-Slack-Signature`."""
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    return f"v0={digest}"


class HttpMode:
    """Posts each payload to the app's request URL."""

    connected = True

    def __init__(self, url: str, now: Callable[[], float], ack_seconds: float) -> None:
        self._url = url
        self._now = now
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ack_seconds))

    async def verify(self) -> None:
        """Ask for the challenge back; raises Mistake when the app does not know it."""
        challenge = secrets.token_urlsafe(24)
        payload = {"token": names.VERIFICATION_TOKEN, "challenge": challenge, "type": "url_verification"}
        outcome = await self._post(json.dumps(payload).encode(), "application/json", {})
        answer = outcome.answer or {}
        if challenge not in (answer.get("challenge"), answer.get("text")):
            raise Mistake(f"the request URL did not return the challenge ({outcome.reason or 'wrong answer'})")

    async def deliver(self, kind: Kind, payload: Json, attempt: Attempt) -> Outcome:
        """Post one payload in the form of its kind."""
        headers = {}
        if attempt.number:
            headers = {"X-Slack-Retry-Num": str(attempt.number), "X-Slack-Retry-Reason": attempt.reason}
        if kind is Kind.EVENT:
            return await self._post(json.dumps(payload).encode(), "application/json", headers)
        if kind is Kind.COMMAND:
            fields = {name: str(value).lower() if isinstance(value, bool) else value for name, value in payload.items()}
            return await self._post(urlencode(fields).encode(), FORM, headers)
        return await self._post(urlencode({"payload": json.dumps(payload)}).encode(), FORM, headers)

    async def close(self) -> None:
        """Close the connections to the app."""
        await self._session.close()

    async def _post(self, body: bytes, content_type: str, headers: dict[str, str]) -> Outcome:
        timestamp = str(math.floor(self._now()))
        signed = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(names.SIGNING_SECRET, timestamp, body),
            "User-Agent": "Slackbot 1.0 (playground)",
        }
        try:
            async with self._session.post(
                self._url, data=body, headers=headers | signed, allow_redirects=False
            ) as response:
                text = await response.text(errors="replace")
                final = response.headers.get("X-Slack-No-Retry") == "1"
                if response.status != 200:
                    return Outcome(acked=False, reason="http_error", final=final)
                return Outcome(acked=True, answer=_answer(text))
        except TimeoutError:
            return Outcome(acked=False, reason="http_timeout")
        except aiohttp.ClientError:
            return Outcome(acked=False, reason="connection_failed")


def _answer(text: str) -> Json | None:
    if not text.strip():
        return None
    try:
        body = json.loads(text)
    except ValueError:
        return {"text": text}
    return body if isinstance(body, dict) else {"text": text}
