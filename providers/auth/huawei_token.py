"""Huawei Cloud IAM: a password becomes a token that holds for 24 hours.

https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import httpx
import msgspec
from pydantic import SecretStr

from providers.auth.keeper import Token
from providers.auth.tokens import token
from providers.base import AccessDenied, ProviderError, RateLimited, Unavailable, UnexpectedResponse
from providers.http import Answer, ask, from_status, traced
from providers.reading import member
from providers.reasons import Cause, Reason, Service

HEADER = "X-Auth-Token"
EARLY_SECONDS = 1800.0


def token_request(*, username: str, password: str, domain: str, project: Mapping[str, str]) -> bytes:
    """Return the body that asks for a token of *project*, given as ``{"name": region}`` or ``{"id": project}``."""
    user = {"name": username, "password": password, "domain": {"name": domain}}
    identity = {"methods": ["password"], "password": {"user": user}}
    return msgspec.json.encode({"auth": {"identity": identity, "scope": {"project": dict(project)}}})


def parse_token(answer: Answer, *, now: float) -> Token:
    """Return the token in an answer of IAM; raise what its status means where there is none."""
    if not answer.is_success:
        raise _refusal(answer)
    text = answer.headers.get("x-subject-token", "").strip()
    if not text:
        raise UnexpectedResponse(Cause(Reason.NO_TOKEN, who=Service.HUAWEI_IAM))
    body = member(answer.json_or_none()) or {}
    told = member(body.get("token")) or {}
    return token(text, ends_at=_utc(told.get("expires_at")), early=EARLY_SECONDS, now=now)


def _refusal(answer: Answer) -> ProviderError:
    trouble = from_status(answer)
    if isinstance(trouble, Unavailable | RateLimited):
        return trouble
    # Its message may name the user, so it is not repeated.
    return AccessDenied(Cause(Reason.USER_REFUSED, who=Service.HUAWEI_IAM, status=answer.status))


def _utc(value: object) -> float | None:
    """Read ``2020-01-04T09:05:22.701000Z``; anything else is None."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


class IamPassword:
    """Fetches a token with a user's password."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        endpoint: str,
        *,
        username: str,
        password: SecretStr,
        domain: str,
        project: Mapping[str, str],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._url = f"{endpoint}/v3/auth/tokens"
        self._username = username
        self._password = password
        self._domain = domain
        self._project = project
        self._now = now

    async def __call__(self) -> Token:
        """Ask IAM for a token; raise a ProviderError where it gives none."""
        answer = await ask(
            self._client,
            "POST",
            self._url,
            # The catalogue of services would make the answer some hundred kilobytes long.
            params={"nocatalog": "true"},
            headers={"Content-Type": "application/json"},
            content=token_request(
                username=self._username,
                password=self._password.get_secret_value(),
                domain=self._domain,
                project=self._project,
            ),
        )
        with traced(answer):
            return parse_token(answer, now=self._now())
