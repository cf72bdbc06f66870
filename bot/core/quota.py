"""What the tasks of an account want to be asked, against what may be asked: a plan that cannot be kept is stretched.

Every look of the account then comes later by the same factor: none is left out, and none fails.
"""

from dataclasses import dataclass
from datetime import timedelta

from msgspec.structs import replace

from bot.core.cadence import NextLook, Why

TARGET = 0.9
"""Share of what is possible that is planned for, so that chance does not build a queue."""
OVERBOOKED, KEPT = 1.2, 1.05
"""Stretches from which on, and up to which again, a plan is called one that cannot be kept, or can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What may be asked of one account."""

    calls_per_second: float | None = None
    """None: as many as come of *at_once*."""
    at_once: int
    """Calls under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the tasks of one account want, and what its quota and its cloud's answers allow."""

    tasks: int
    interval: float
    """Mean seconds between two looks that they want."""
    tasks_per_call: int
    quota: Quota
    call_seconds: float = 0.0
    """How long a call takes."""

    @property
    def wanted(self) -> float:
        """Calls a second, if every look came when it is wanted."""
        return self.tasks / self.tasks_per_call / self.interval if self.interval > 0 else 0.0

    @property
    def possible(self) -> float | None:
        """Calls a second; None: no limit is known."""
        by_time = self.quota.at_once / self.call_seconds if self.call_seconds > 0 else None
        known = [limit for limit in (self.quota.calls_per_second, by_time) if limit is not None]
        return min(known, default=None)

    @property
    def limited_by_time(self) -> bool:
        """Whether it is the cloud's slowness, and not the calls a second, that limits."""
        return self.possible is not None and self.possible != self.quota.calls_per_second

    @property
    def stretch(self) -> float:
        """The factor by which all looks must come later; 1 where the plan can be kept."""
        possible = self.possible
        return max(self.wanted / possible / TARGET, 1.0) if possible else 1.0


def stretched(look: NextLook, factor: float) -> NextLook:
    """Return *look* later by *factor*, and with that as its reason where it is much."""
    if factor <= 1:
        return look
    later = replace(look, after=timedelta(seconds=look.after.total_seconds() * factor))
    return later if factor < OVERBOOKED else replace(later, why=Why.OVERBOOKED, towards=None)


@dataclass(slots=True)
class Mean:
    """The mean of what came lately; the first values count in full."""

    over: int
    value: float = 0.0
    seen: int = 0

    def add(self, value: float) -> None:
        """Take one value more into account."""
        self.seen = min(self.seen + 1, self.over)
        self.value += (value - self.value) / self.seen
