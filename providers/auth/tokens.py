"""A token that all calls of an account share: renewed before its end, by one call at a time, and never in a loop."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from msgspec.structs import replace
from pydantic import SecretStr

from providers.auth.keeper import KeeperAway, MemoryTokens, Token, TokenKeeper
from providers.base import AccessDenied, ProviderError, RateLimited, Unavailable

COOL_DOWN = 600.0
"""Seconds in which a refused renewal is not tried again, and a refused new token is not renewed."""

# Seconds in which the answer of a failed renewal is given again instead of asking.
_HOLD_THROTTLED = 30.0
_HOLD_UNAVAILABLE = 5.0
# An answer that cannot be read may have made a token all the same, and those are counted.
_HOLD_UNEXPECTED = 60.0
# Seconds in which a token that is still good is used on, where nobody knows whether there is a newer one.
_HOLD_AWAY = 30.0

_SHORTEST_LIFE = 60.0
_ASSUMED_LIFE = 3600.0


def again(trouble: ProviderError, *, retry_after: float | None) -> ProviderError:
    """Return the same trouble for another caller: an exception that is raised twice mixes their tracebacks."""
    copy = type(trouble)(trouble.cause, retry_after=retry_after)
    copy.request_id = trouble.request_id
    return copy


class TokenSource(Protocol):
    """Where an Auth class takes its token from."""

    async def get(self) -> str:
        """Return a token to call with; raise a ProviderError where there is none."""
        ...

    def refused(self, text: str) -> bool:
        """Hear that the cloud refused the token *text*; tell whether one more try makes sense."""
        ...


class FixedToken:
    """A token from the settings, which nobody here can renew."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    async def get(self) -> str:
        """Return the token."""
        return self._token.get_secret_value()

    def refused(self, text: str) -> bool:
        """There is no other token, so another try is pointless."""
        return text != self._token.get_secret_value()


def token(text: str, *, ends_at: float | None, early: float, now: float) -> Token:
    """Return a token to be renewed *early* seconds before its end, or in the last tenth of a short life.

    An end that is unknown, or that a wrong clock puts into the past, counts as one hour from now: otherwise
    each call would fetch a token.
    """
    if ends_at is None or not math.isfinite(ends_at) or ends_at - now < _SHORTEST_LIFE:
        ends_at = now + _ASSUMED_LIFE
    return Token(text=text, ends_at=ends_at, renew_at=ends_at - min(early, (ends_at - now) / 10))


class RenewedToken:
    """Fetches tokens and knows when not to."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Token]],
        *,
        account: str,
        keeper: TokenKeeper | None = None,
        on_secret: Callable[[str], None] = lambda _: None,
        now: Callable[[], float] = time.time,
        cool_down: float = COOL_DOWN,
    ) -> None:
        self._fetch = fetch
        self._account = account
        self._keeper = keeper or MemoryTokens()
        self._on_secret = on_secret
        self._now = now
        self._cool_down = cool_down
        self._token: Token | None = None
        self._refused = ""
        self._renewal: asyncio.Task[Token] | None = None
        self._trouble: ProviderError | None = None
        self._trouble_since = 0.0
        self._trouble_for = 0.0
        self._renewed_for_refusal: float | None = None

    async def get(self) -> str:
        """Return the token; whoever comes while it is renewed waits for that renewal and shares its outcome."""
        current = self._token
        if current is not None and self._now() < current.renew_at:
            return current.text
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._renew())
            self._renewal.add_done_callback(self._renewal_ended)
        # Shielded: a caller that gives up must not lose a token that the cloud has counted.
        return (await asyncio.shield(self._renewal)).text

    def refused(self, text: str) -> bool:
        """Ask for a renewal of the token *text*, unless the last refusal was answered by one just now."""
        if self._token is None or self._token.text != text:
            return True
        now = self._now()
        if self._renewed_for_refusal is not None and 0 <= now - self._renewed_for_refusal < self._cool_down:
            return False
        self._renewed_for_refusal = now
        self._refused = text
        self._token = None
        return True

    def _renewal_ended(self, renewal: asyncio.Task[Token]) -> None:
        self._renewal = None
        if not renewal.cancelled():
            # Marks the exception as seen where every caller has gone.
            renewal.exception()

    async def _renew(self) -> Token:
        still_good = self._still_good()
        trouble, left = self._trouble, self._trouble_since + self._trouble_for - self._now()
        # A clock that jumped back must not hold us for longer than the rule.
        if trouble is not None and 0 < left <= self._trouble_for:
            if still_good is not None:
                return still_good
            raise again(trouble, retry_after=left)
        try:
            return await self._obtained()
        except ProviderError as refusal:
            self._trouble = refusal
            self._trouble_since = self._now()
            self._trouble_for = max(self._hold(refusal), refusal.retry_after or 0.0)
            # It may have been kept all the while, and only now be known here.
            still_good = self._still_good()
            if still_good is not None:
                return still_good
            raise

    async def _obtained(self) -> Token:
        """Return the kept token or a new one; while nobody knows what is kept, go on with what is here."""
        try:
            return await self._keeper.renewed(self._account, take=self._take, fetch=self._fetched)
        except KeeperAway:
            still_good = self._still_good()
            if still_good is None:
                return await self._fetched()
            self._token = replace(still_good, renew_at=min(self._now() + _HOLD_AWAY, still_good.ends_at))
            return still_good

    def _take(self, kept: Token) -> bool:
        """Use a kept token, unless it ended or was refused; tell whether it need not be renewed yet."""
        if self._now() >= kept.ends_at or kept.text == self._refused:
            return False
        fresh = self._now() < kept.renew_at
        if fresh or self._token is None:
            self._on_secret(kept.text)
            self._token = kept
        return fresh

    async def _fetched(self) -> Token:
        new = await self._fetch()
        self._on_secret(new.text)
        self._trouble = None
        self._token = new
        return new

    def _still_good(self) -> Token | None:
        return self._token if self._token is not None and self._now() < self._token.ends_at else None

    def _hold(self, trouble: ProviderError) -> float:
        if isinstance(trouble, AccessDenied):
            return self._cool_down
        if isinstance(trouble, RateLimited):
            return _HOLD_THROTTLED
        return _HOLD_UNAVAILABLE if isinstance(trouble, Unavailable) else _HOLD_UNEXPECTED
