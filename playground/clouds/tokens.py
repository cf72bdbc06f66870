"""Tokens that a simulated cloud hands out: they end by age, by a limit, or because somebody pressed 'expired'."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass

REMEMBERED = 10_000
"""Tokens kept, ended ones included, so that an old one is told from a forged one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token; ``scope`` is the project that it opens, where a cloud has projects."""

    text: str
    scope: str
    issued_at: float
    ends_at: float
    serial: int


class Tokens:
    """All tokens of one issuer."""

    def __init__(self, now: Callable[[], float], *, lifetime: float, limit: int | None = None) -> None:
        self._now = now
        self.lifetime = lifetime
        """Seconds; a test may shorten it."""
        self.limit = limit
        """Live tokens at most; None is no limit."""
        self._issued: dict[str, Token] = {}
        self._serial = 0
        self._stale: dict[str, int] = {}

    @property
    def issued(self) -> int:
        """How many were ever handed out."""
        return self._serial

    def live(self) -> list[Token]:
        """Return the tokens whose time is not over."""
        now = self._now()
        return [token for token in self._issued.values() if token.ends_at > now]

    def issue(self, text: str, *, scope: str = "") -> Token | None:
        """Hand out a token, or None where the limit of live ones is reached."""
        if self.limit is not None and len(self.live()) >= self.limit:
            return None
        now = self._now()
        self._serial += 1
        token = Token(text=text, scope=scope, issued_at=now, ends_at=now + self.lifetime, serial=self._serial)
        self._issued[text] = token
        if len(self._issued) > REMEMBERED:
            del self._issued[next(iter(self._issued))]
        return token

    def find(self, text: str) -> Token | None:
        """Return the token, live or not, that reads *text*."""
        found = None
        for known, token in self._issued.items():
            if hmac.compare_digest(known.encode(), text.encode()):
                found = token
        return found

    def works(self, token: Token, service: str) -> bool:
        """Tell whether *service* takes the token now."""
        return token.ends_at > self._now() and token.serial > self._stale.get(service, 0)

    def make_stale(self, service: str) -> None:
        """Let *service* refuse every token handed out so far; newer ones work."""
        self._stale[service] = self._serial

    def revoke_all(self) -> None:
        """End every token, so that none counts as live."""
        now = self._now()
        self._issued = {
            text: Token(text=text, scope=t.scope, issued_at=t.issued_at, ends_at=min(t.ends_at, now), serial=t.serial)
            for text, t in self._issued.items()
        }
