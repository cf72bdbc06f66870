"""The clock on the playground's wall, which a visitor may move."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

FARTHEST = 366 * 24 * 3_600
"""Seconds that it may be moved by in all."""


class MovableClock:
    """Real time and an offset. Slack and the bot live by it; the clouds' tasks go on at their own pace."""

    def __init__(self, real: Callable[[], float] = time.time) -> None:
        self._real = real
        self.offset = 0.0
        """Seconds that it is ahead of real time."""

    def __call__(self) -> float:
        """Return the seconds since the epoch that it shows."""
        return self._real() + self.offset

    def now(self) -> datetime:
        """Return the moment that it shows, aware, in UTC."""
        return datetime.fromtimestamp(self(), UTC)

    def shift(self, seconds: float) -> None:
        """Move it; ValueError, and nothing moved, where it would be too far from real time."""
        if abs(self.offset + seconds) > FARTHEST:
            raise ValueError("the clock can be moved by a year at most")
        self.offset += seconds

    def reset(self) -> None:
        """Let it show real time again."""
        self.offset = 0.0

    def move_to(self, hour: int, minute: int, zone: str) -> None:
        """Move it forward to the next *hour*:*minute* in *zone* (an IANA name)."""
        here = self.now().astimezone(ZoneInfo(zone))
        there = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
        if there <= here:
            # On the wall: the same time tomorrow, also over a change between summer and winter.
            there += timedelta(days=1)
        self.shift(there.timestamp() - here.timestamp())
