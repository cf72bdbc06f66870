"""Slack's limits on how often a method may be called (docs.slack.dev/apis/web-api/rate-limits)."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from playground.slack.errors import RateLimited


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A burst that is refilled at a steady pace."""

    burst: int
    per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The limits in force; None lifts one."""

    channel_posts: Rate | None = Rate(burst=5, per_second=1.0)
    """chat.postMessage, for each channel."""
    workspace_posts: Rate | None = Rate(burst=60, per_second=5.0)
    """chat.postMessage altogether: Slack says "several hundred a minute"."""
    edits: Rate | None = Rate(burst=50, per_second=50 / 60)
    """chat.update (tier 3)."""
    reads: Rate | None = Rate(burst=50, per_second=50 / 60)
    """conversations.history and conversations.replies, each (tier 3)."""

    @classmethod
    def none(cls) -> "Rates":
        """No limit at all."""
        return cls(channel_posts=None, workspace_posts=None, edits=None, reads=None)


class Limiter:
    """Token buckets, one for each key that is used."""

    def __init__(self, rates: Rates, now: Callable[[], float]) -> None:
        self.rates = rates
        self._now = now
        self._buckets: dict[tuple[str, ...], tuple[float, float]] = {}

    def spend(self, method: str, channel: str) -> None:
        """Count one call, or raise RateLimited."""
        if method == "chat.postMessage":
            self._take(("channel", channel), self.rates.channel_posts)
            self._take(("workspace",), self.rates.workspace_posts)
        elif method == "chat.update":
            self._take((method,), self.rates.edits)
        elif method in ("conversations.history", "conversations.replies"):
            self._take((method,), self.rates.reads)

    def _take(self, key: tuple[str, ...], rate: Rate | None) -> None:
        if rate is None:
            return
        now = self._now()
        left, at = self._buckets.get(key, (float(rate.burst), now))
        left = min(float(rate.burst), left + max(0.0, now - at) * rate.per_second)
        if left < 1:
            self._buckets[key] = (left, now)
            raise RateLimited(max(1, math.ceil((1 - left) / rate.per_second)))
        self._buckets[key] = (left - 1, now)
