"""123pan: a client id and secret become a token, of which an account may hold only a few live ones.

https://123yunpan.yuque.com/org-wiki-123yunpan-muaork/cr6ced/gn1nai4x0v0ry9ki
"""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime

import httpx
import msgspec
from pydantic import SecretStr

from providers.auth.keeper import Token
from providers.auth.tokens import token
from providers.base import AccessDenied, ProviderError, RateLimited, Unavailable, UnexpectedResponse
from providers.http import Answer, ask, from_status, traced
from providers.reading import integer, member, text
from providers.reasons import Cause, Reason, Service

HEADER = "Authorization"
PREFIX = "Bearer "
PLATFORM: Mapping[str, str] = {"Platform": "open_platform"}
EARLY_SECONDS = 300.0
TOO_MANY_SECONDS = 600.0

_log = logging.getLogger(__name__)


def too_many_tokens(message: str) -> bool:
    """Tell whether a 401 means too many live tokens: then another token makes it worse."""
    return "tokens number has exceeded" in message.lower()


def refused_for_too_many() -> AccessDenied:
    """Return the error that keeps everybody from asking for more tokens."""
    return AccessDenied(
        Cause(Reason.TOO_MANY_TOKENS, who=Service.PAN123, code="401"),
        retry_after=TOO_MANY_SECONDS,
    )


def parse_token(answer: Answer, *, now: float) -> Token:
    """Return the token in an answer; raise what its code or status means where there is none."""
    payload = member(answer.json() if answer.is_success else answer.json_or_none()) or {}
    code = integer(payload.get("code"))
    if code != 0 or not answer.is_success:
        raise _refusal(answer, code, text(payload.get("message"), 200))
    data = member(payload.get("data")) or {}
    found = data.get("accessToken")
    if not isinstance(found, str) or not found.isascii() or not found.isprintable() or not found.strip():
        raise UnexpectedResponse(Cause(Reason.NO_TOKEN, who=Service.PAN123))
    ends_at = _moment(data.get("expiredAt"))
    if ends_at is None:
        _log.warning("the end of a 123pan token cannot be read; one hour is assumed")
    return token(found.strip(), ends_at=ends_at, early=EARLY_SECONDS, now=now)


def _refusal(answer: Answer, code: int | None, message: str) -> ProviderError:
    if too_many_tokens(message):
        return refused_for_too_many()
    if not answer.is_success:
        trouble = from_status(answer)
        if isinstance(trouble, Unavailable | RateLimited):
            return trouble
    if code is None and answer.is_success:
        return UnexpectedResponse(Cause(Reason.UNDOCUMENTED_ANSWER, who=Service.PAN123))
    name = str(code if code is not None else answer.status)
    if code == 429:
        return RateLimited(Cause(Reason.TOKENS_THROTTLED, who=Service.PAN123, code=name))
    if code == 1 or (code is not None and 500 <= code < 600):
        return Unavailable(Cause(Reason.IN_TROUBLE, who=Service.PAN123, code=name))
    return AccessDenied(Cause(Reason.CLIENT_REFUSED, who=Service.PAN123, code=name))


def _moment(value: object) -> float | None:
    """Read ``2025-03-23T15:48:37+08:00``; anything else, a time without its zone included, is None."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.timestamp() if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


class ClientCredentials:
    """Fetches a token with a client id and secret."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        endpoint: str,
        *,
        client_id: str,
        client_secret: SecretStr,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._url = f"{endpoint}/api/v1/access_token"
        self._client_id = client_id
        self._client_secret = client_secret
        self._now = now

    async def __call__(self) -> Token:
        """Ask for a token; raise a ProviderError where none is given."""
        body = {"clientID": self._client_id, "clientSecret": self._client_secret.get_secret_value()}
        answer = await ask(
            self._client,
            "POST",
            self._url,
            headers={**PLATFORM, "Content-Type": "application/json"},
            content=msgspec.json.encode(body),
        )
        with traced(answer):
            return parse_token(answer, now=self._now())
