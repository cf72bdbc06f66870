"""How often somebody may be asked: a bucket of calls that refills with time, and more slowly after a complaint.

One process has its buckets to itself. Several replicas share them through a tally, each taking a few calls at a time.
"""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.ports import Pace, StoreError, Tally

_log = structlog.get_logger(__name__)

CHANNEL_GAP = timedelta(seconds=1.05)
"""Slack takes about one message per second and channel (docs.slack.dev/apis/web-api/rate-limits)."""
LEAST_SHARE = 1 / 16
RECOVERY_SECONDS = 300.0
"""From nothing to the full rate; Slack names no ceiling, so it is felt for."""


@dataclass(slots=True, kw_only=True)
class Bucket:
    """At most *burst* calls at once, refilled at *per_second*; half as fast after each complaint, and recovering.

    Time comes in as values; a clock set back is ignored.
    """

    per_second: float
    burst: float
    _share: float = field(default=1.0, init=False)
    """Of ``per_second``: what complaints left of it."""
    _left: float = field(default=0.0, init=False)
    _at: datetime | None = field(default=None, init=False)
    _closed_until: datetime | None = field(default=None, init=False)

    @property
    def worth_waiting_for(self) -> int:
        """Half of it: it fills by itself, and then as many go together."""
        return int(self.burst / 2)

    async def refill(self, now: datetime) -> None:
        """Do nothing: the bucket is here."""

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
            self._share = max(self._share / 2, LEAST_SHARE)
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
        self._share = min(1.0, self._share + passed / RECOVERY_SECONDS)
        return self._left


class Budget(Protocol):
    """What somebody may be asked, as those who ask see it."""

    @property
    def worth_waiting_for(self) -> int:
        """Calls for which one waits, where fewer may go and it is not urgent."""
        ...

    async def refill(self, now: datetime) -> None:
        """Fetch what is shared with others; raises nothing."""
        ...

    def ready(self, now: datetime) -> bool:
        """Tell whether a call may go now."""
        ...

    def allowed(self, now: datetime) -> int:
        """Return how many calls may go now."""
        ...

    def spend(self, now: datetime) -> None:
        """Count a call."""
        ...

    def closed_for(self, now: datetime) -> float:
        """Return the seconds for which nothing may go through."""
        ...

    def close(self, now: datetime, seconds: float) -> None:
        """Let nothing through for so long."""
        ...

    def reopen_if_later(self, latest: datetime) -> None:
        """After the clock was set back: do not stay closed beyond *latest*."""
        ...


class Budgets(Protocol):
    """Gives out budgets. *key* names what is asked: the same for all who ask it."""

    def budget(self, key: str, *, per_second: float, burst: float) -> Budget:
        """Return the budget of *key*."""
        ...


class OwnBudgets:
    """Those of a process that asks alone."""

    def budget(self, key: str, *, per_second: float, burst: float) -> Budget:  # noqa: ARG002 - nobody shares it
        """Return a bucket."""
        return Bucket(per_second=per_second, burst=burst)


class SharedBudgets:
    """Those of a replica among others."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def budget(self, key: str, *, per_second: float, burst: float) -> Budget:
        """Return this replica's purse for what the tally keeps under *key*."""
        return Purse(self._tally, key, Pace(per_second=per_second, burst=burst))


SLICE_SECONDS = 1.0
"""A replica takes what is allowed in so long at once: one round trip for many calls, and little is kept from others."""


class Purse:
    """A few calls that a replica took out of what all may make; what it did not use in time lapses.

    Calls are counted even where the purse is empty (somebody waits): those come out of the next slice.
    """

    def __init__(self, tally: Tally, key: str, pace: Pace) -> None:
        self._tally = tally
        self._key = key
        self._pace = pace
        self._left = 0
        self._lapses_at: datetime | None = None
        self._ask_again_at: datetime | None = None
        self._closed_until: datetime | None = None
        self._complained = False
        """Whether the others are still to be told that nothing may go through."""

    @property
    def worth_waiting_for(self) -> int:
        """One: the next slice is taken when this one is used up."""
        return 1

    async def refill(self, now: datetime) -> None:
        """Take a slice, where none is left. Where the tally cannot be reached nothing goes: it holds the work, too."""
        try:
            await self._complain(now)
            if self._lapses_at is not None and not self._lapses_at - _LIFE <= now < self._lapses_at:
                self._left, self._lapses_at = min(self._left, 0), None
            if self._left >= 1 or (self._ask_again_at is not None and now < self._ask_again_at <= now + _LIFE):
                return
            wanted = max(math.ceil(min(self._pace.per_second * SLICE_SECONDS, self._pace.burst)), 1) - self._left
            grant = await self._tally.take_calls(self._key, self._pace, wanted=wanted)
        except StoreError as error:
            _log.warning("what may be asked is not known now", about=self._key, error=str(error))
            return
        self._left += grant.calls
        self._lapses_at = now + _LIFE
        opens_at = now + timedelta(seconds=grant.closed_for)
        if self._complained:
            # Meanwhile somebody was told to wait, of which the tally knows nothing yet.
            self._left = min(self._left, 0)
            opens_at = max(opens_at, self._closed_until or opens_at)
        self._closed_until = opens_at
        # Where there is nothing now, others have it: there will be some when the bucket has refilled a little.
        pause = timedelta(seconds=min(1 / self._pace.per_second, SLICE_SECONDS) / 2)
        self._ask_again_at = now + pause if grant.calls < wanted else None

    async def _complain(self, now: datetime) -> None:
        """Close it for the others, too; where they cannot be told now, they are told later."""
        if not self._complained:
            return
        self._complained = False
        if (seconds := self.closed_for(now)) > 0:
            try:
                await self._tally.close_calls(self._key, self._pace, seconds=seconds)
            except StoreError:
                self._complained = True
                raise

    def ready(self, now: datetime) -> bool:
        """Tell whether a call may go now."""
        return self.allowed(now) >= 1

    def allowed(self, now: datetime) -> int:
        """Return how many calls may go now."""
        lapsed = self._lapses_at is None or now >= self._lapses_at
        return 0 if lapsed or self.closed_for(now) > 0 else max(self._left, 0)

    def spend(self, now: datetime) -> None:  # noqa: ARG002 - whenever it was
        """Count a call."""
        self._left -= 1

    def closed_for(self, now: datetime) -> float:
        """Return the seconds for which nothing may go through."""
        return max((self._closed_until - now).total_seconds(), 0.0) if self._closed_until is not None else 0.0

    def close(self, now: datetime, seconds: float) -> None:
        """Let nothing through for so long, here at once, and at all replicas with the next refill."""
        until = now + timedelta(seconds=seconds)
        self._closed_until = until if self._closed_until is None else max(until, self._closed_until)
        self._complained = True
        self._left = min(self._left, 0)

    def reopen_if_later(self, latest: datetime) -> None:
        """After the clock was set back: do not stay closed beyond *latest*."""
        if self._closed_until is not None:
            self._closed_until = min(self._closed_until, latest)


_LIFE = timedelta(seconds=2 * SLICE_SECONDS)
