"""One account's share of asking: how many calls now, who stands in line, and what its tasks want together."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.cadence import Limits
from bot.core.model import Watch
from bot.core.quota import Mean, Plan, Quota
from bot.ports import Account
from bot.usecases.circuit import Circuit
from bot.usecases.pacing import Budget, Budgets
from providers.base import Reading

AHEAD = 4
"""Calls that are claimed for each place, so that none stands empty while more are claimed."""
RIDES_ALONG = 0.2
"""The part of the shortest interval by which a look comes early at most, where a call has room for it."""
_LOOKS = 500
"""Looks of late by which the wanted interval is judged."""
_ENOUGH = 20
_CALLS = 50
_UNPAUSED = 30.0
"""Seconds to wait where a cloud asks for fewer calls and names no time."""

Batch = Sequence[Watch]


@dataclass(slots=True)
class Lane:
    """What stands between the tasks of one account and its cloud. Time comes in as values."""

    account: Account
    limits: Limits
    budgets: Budgets
    circuit: Circuit = field(init=False)
    line: deque[Batch] = field(default_factory=deque, init=False)
    """Claimed, and not asked for yet."""
    found: list[tuple[Watch, Reading, datetime]] = field(default_factory=list, init=False)
    """What was read, and not written down yet."""
    settling: bool = field(default=False, init=False)
    """Whether that is being written down."""
    lining_up: bool = field(default=False, init=False)
    """Whether more are being claimed."""
    more: bool = field(default=False, init=False)
    """Whether more were due than had a place in line."""
    under_way: int = field(default=0, init=False)
    """Calls, or places that go from call to call."""
    asked_to_wait: datetime | None = field(default=None, init=False)
    stretch: float = field(default=1.0, init=False)
    """The factor by which looks come later than their tasks want."""
    overbooked: bool | None = field(default=None, init=False)
    """Whether the operators know that its plan cannot be kept; None: not since this start."""
    _pace: Budget | None = field(default=None, init=False)
    _intervals: Mean = field(default_factory=lambda: Mean(_LOOKS), init=False)
    _durations: Mean = field(default_factory=lambda: Mean(_CALLS), init=False)

    def __post_init__(self) -> None:
        self.circuit = Circuit(self.limits.max_interval)
        rate = self.account.provider.calls_per_second
        if rate is not None:
            # What was not asked is not made up for in a heap.
            burst = min(rate, max(self.quota.at_once, rate / 2))
            key = f"clouds/{self.account.name}"
            self._pace = self.budgets.budget(key, per_second=rate, burst=max(burst, 1.0))

    @property
    def quota(self) -> Quota:
        """What may be asked."""
        provider = self.account.provider
        return Quota(calls_per_second=provider.calls_per_second, at_once=provider.calls_at_once)

    @property
    def batch_size(self) -> int:
        """Tasks per call."""
        return max(self.account.provider.batch_size, 1)

    @property
    def handful(self) -> int:
        """Tasks for which there must be a place before more are claimed between two ticks."""
        calls = self.quota.at_once
        if self._pace is not None:
            calls = max(min(calls, self._pace.worth_waiting_for), 1)
        return calls * self.batch_size

    def rides_along(self, now: datetime) -> datetime:
        """Return up to when what will be due is looked at now, where a call is made in any case and has room.

        Two looks at one task are never closer than seven tenths of the shortest interval, and each look decides on
        the next one from what it saw.
        """
        return now + RIDES_ALONG * self.limits.min_interval

    def resting(self, now: datetime) -> bool:
        """Whether nothing may be asked now."""
        return self.circuit.rests(now) or (self.asked_to_wait is not None and self.asked_to_wait > now)

    async def refill(self, now: datetime) -> None:
        """Fetch what the account may be asked, where that is shared with others."""
        if self._pace is not None:
            await self._pace.refill(now)

    def room(self, now: datetime) -> int:
        """Return for how many tasks more there is a place in line now."""
        if self.resting(now):
            return 0
        calls = self.quota.at_once * AHEAD
        if self._pace is not None:
            calls = min(calls, self._pace.allowed(now))
        return max((calls - len(self.line)) * self.batch_size - len(self.found), 0)

    def places(self) -> int:
        """Return how many more may go from call to call."""
        return min(self.quota.at_once - self.under_way, len(self.line))

    def begin_call(self, now: datetime) -> bool:
        """Count a call that begins now; False where it must not."""
        if self.asked_to_wait is not None and self.asked_to_wait > now:
            return False
        if self._pace is not None:
            self._pace.spend(now)
        return True

    def call_took(self, seconds: float) -> None:
        """Learn how long a call took."""
        self._durations.add(max(seconds, 0.0))

    def look_wanted(self, seconds: float) -> None:
        """Learn after how long a task wants its next look."""
        self._intervals.add(seconds)

    def throttled(self, now: datetime, retry_after: float | None) -> None:
        """The cloud asks for fewer calls: this counts for the whole account."""
        wait = retry_after if retry_after is not None else _UNPAUSED
        self.asked_to_wait = max(self.asked_to_wait or now, now + timedelta(seconds=wait))

    def plan(self, tasks: int) -> Plan | None:
        """Return what *tasks* open tasks want, by what was seen of late; None while too little was."""
        if self._intervals.seen < min(tasks, _ENOUGH):
            return None
        return Plan(
            tasks=tasks,
            interval=self._intervals.value,
            tasks_per_call=self.batch_size,
            quota=self.quota,
            call_seconds=self._durations.value,
        )

    def clock_jumped(self, latest: datetime) -> None:
        """After the clock was set back: wait for nothing beyond *latest*."""
        if self.asked_to_wait is not None:
            self.asked_to_wait = min(self.asked_to_wait, latest)
        if self._pace is not None:
            self._pace.reopen_if_later(latest)
        self.circuit.clock_jumped(latest)
