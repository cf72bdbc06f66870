"""Keeps an access key of Huawei Cloud from being locked: until a signature was accepted, one call goes at a time.

More than 5 failed checks in a row lock a key for 5 minutes, for every program that uses it.
https://support.huaweicloud.com/intl/en-us/ocr_faq/ocr_01_0063.html
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from enum import Enum, auto

from pydantic import SecretStr

from providers.auth.tokens import again
from providers.base import AccessDenied, ProviderError, RateLimited, Unavailable
from providers.http import Answer, from_status, request_id_of
from providers.reasons import Reason

LOCK_SECONDS = 300.0


class Verdict(Enum):
    """What an answer tells about the signature of its request."""

    ACCEPTED = auto()
    REFUSED = auto()
    UNCLEAR = auto()
    """It came from before the check, or from elsewhere."""


class Gate:
    """What is known of one access key, for all accounts that sign with it."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._held_since: float | None = None
        # One key may be given with two secrets, of which one is mistyped.
        self._proven: set[SecretStr] = set()
        self.refusals = 0
        self.trial = asyncio.Lock()

    def knows(self, secret: SecretStr) -> bool:
        """Tell whether signatures with *secret* are accepted, so that calls need not wait for each other."""
        return secret in self._proven

    def learn(self, secret: SecretStr, verdict: Verdict, *, refusals: int) -> None:
        """Hear what became of a call that began after so many *refusals*; one more stops all for a lock's time."""
        if verdict is Verdict.REFUSED:
            self._proven.discard(secret)
            self._held_since = self._now()
            self.refusals += 1
        elif verdict is Verdict.ACCEPTED and refusals == self.refusals:
            # An older acceptance says nothing about a key that was refused meanwhile.
            self._proven.add(secret)

    def raise_if_held(self) -> None:
        """Refuse here what the cloud would count against the key."""
        if self._held_since is None:
            return
        left = self._held_since + LOCK_SECONDS - self._now()
        # A clock that jumped back must not hold us for longer than the rule.
        if 0 < left <= LOCK_SECONDS:
            raise AccessDenied(Reason.SIGNATURE_REFUSED, retry_after=left)
        self._held_since = None


class Gates:
    """The gates of one process."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._gates: dict[str, Gate] = {}

    def of(self, access_key: str) -> Gate:
        """Return the gate that all accounts with *access_key* share."""
        return self._gates.setdefault(access_key, Gate(self._now))


class GatedCalls:
    """The calls of one account, through the gate of its key."""

    def __init__(self, gate: Gate, secret: SecretStr, *, judge: Callable[[Answer], Verdict]) -> None:
        self._gate = gate
        self._secret = secret
        self._judge = judge
        self._failed_trials = 0
        self._failure: ProviderError | None = None

    async def ask(self, send: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return the answer of *send*; where nothing is known of the key, wait for what a first call finds out."""
        if self._gate.knows(self._secret):
            return await self._judged(send)
        failed = self._failed_trials
        async with self._gate.trial:
            if not self._gate.knows(self._secret):
                self._gate.raise_if_held()
                if self._failure is not None and self._failed_trials != failed:
                    # The account's trial got no answer while this call waited: that holds for this call too.
                    raise again(self._failure, retry_after=self._failure.retry_after)
                return await self._tried(send)
        return await self._judged(send)

    async def _tried(self, send: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            answer = await self._judged(send)
        except ProviderError as trouble:
            self._fail(trouble)
            raise
        meant = from_status(answer)
        if isinstance(meant, Unavailable | RateLimited):
            meant.request_id = request_id_of(answer)
            self._fail(meant)
        return answer

    def _fail(self, trouble: ProviderError) -> None:
        self._failed_trials += 1
        self._failure = trouble

    async def _judged(self, send: Callable[[], Awaitable[Answer]]) -> Answer:
        refusals = self._gate.refusals
        answer = await send()
        self._gate.learn(self._secret, self._judge(answer), refusals=refusals)
        return answer
