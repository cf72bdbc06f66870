"""How often Slack may be asked: a bucket of calls that refills with time, and more slowly after Slack complained."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

_LEAST_SHARE = 1 / 16
_RECOVERY_SECONDS = 300.0
"""From nothing to the full rate; Slack names no ceiling, so it is felt for."""


@dataclass(slots=True, kw_only=True)
class Bucket:
    """At most *burst* calls at once, refilled at *per_second*; half as fast after each complaint, and recovering.

    Time comes in as values; a clock set back is ignored.
    """

    per_second: float
    burst: float
    _share: float = field(default=1.0, init=False)
    """Of ``per_second``: what Slack's complaints left of it."""
    _left: float = field(default=0.0, init=False)
    _at: datetime | None = field(default=None, init=False)
    _closed_until: datetime | None = field(default=None, init=False)

    def ready(self, now: datetime) -> bool:
        """Tell whether a call may go now."""
        return self.allowed(now) >= 1

    def allowed(self, now: datetime) -> int:
        """Return how many calls may go now."""
        return max(int(self._refilled(now)), 0) if self.closed_for(now) == 0 else 0

    def spend(self, now: datetime) -> None:
        """Count a call."""
        self._left = self._refilled(now) - 1

    def closed_for(self, now: datetime) -> float:
        """Return the seconds for which nothing may go through."""
        return max((self._closed_until - now).total_seconds(), 0.0) if self._closed_until is not None else 0.0

    def close(self, now: datetime, seconds: float) -> None:
        """Let nothing through for so long: it is what ``Retry-After`` asks for."""
        if self.closed_for(now) == 0:
            # One complaint for many calls under way is one complaint.
            self._share = max(self._share / 2, _LEAST_SHARE)
            self._left = min(self._left, 1.0)
        until = now + timedelta(seconds=seconds)
        self._closed_until = until if self._closed_until is None else max(until, self._closed_until)

    def reopen_if_later(self, latest: datetime) -> None:
        """After the clock was set back: do not stay closed beyond *latest*."""
        if self._closed_until is not None:
            self._closed_until = min(self._closed_until, latest)

    def _refilled(self, now: datetime) -> float:
        if self._at is None:
            self._at, self._left = now, self.burst
        # What was closed for a while does not open with a burst.
        since = self._at if self._closed_until is None else max(self._at, min(self._closed_until, now))
        passed = max((now - since).total_seconds(), 0.0)
        self._at, self._left = now, min(self.burst, self._left + passed * self.per_second * self._share)
        self._share = min(1.0, self._share + passed / _RECOVERY_SECONDS)
        return self._left
