"""A cloud that fails for several tasks in a row is left alone for a while; one trial call at a time re-opens it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.model import Watch, WatchId

TRIPS_AT = 5
"""Failed calls in a row, over all tasks of an account."""
_FIRST_PAUSE = timedelta(seconds=10)


@dataclass(slots=True)
class Circuit:
    """Whether an account may be asked. Time comes in as values."""

    longest_pause: timedelta
    failures: int = 0
    _rests_until: datetime | None = None
    _on_trial: bool = False
    _tried: set[WatchId] = field(default_factory=set)

    def rests(self, now: datetime) -> bool:
        """Tell whether nothing may be asked now."""
        return self._rests_until is not None and (self._on_trial or now < self._rests_until)

    def wants_trial(self, now: datetime) -> bool:
        """Tell whether only one call may go now, to see whether the cloud is back."""
        return self._rests_until is not None and not self.rests(now)

    def begin_trial(self, batches: Sequence[Sequence[Watch]]) -> Sequence[Watch]:
        """Return which of *batches* is to be asked for, as the one call under way.

        Each task has its turn: one that its cloud cannot answer for must not stand for all the others.
        """
        untried = [batch for batch in batches if self._tried.isdisjoint(watch.id for watch in batch)]
        if not untried:
            self._tried.clear()
        chosen = untried[0] if untried else batches[0]
        self._tried.update(watch.id for watch in chosen)
        self._on_trial = True
        return chosen

    def trial_withdrawn(self) -> None:
        """The one call was not made after all."""
        self._on_trial = False

    def succeeded(self) -> None:
        """The cloud answered."""
        self.failures, self._rests_until, self._on_trial = 0, None, False
        self._tried.clear()

    def failed(self, now: datetime, *, trial: bool = False) -> bool:
        """The cloud did not answer; return whether this call closed the way to it.

        A call that was under way before the others failed tells nothing new: the trial goes on.
        """
        rested = self._rests_until is not None
        if rested and not trial:
            return False
        self.failures += 1
        if self.failures >= TRIPS_AT:
            pause = min(_FIRST_PAUSE * 2 ** min(self.failures - TRIPS_AT, 16), self.longest_pause)
            self._rests_until, self._on_trial = now + pause, False
        return self._rests_until is not None and not rested

    def clock_jumped(self, latest: datetime) -> None:
        """After the clock was set back: do not rest beyond *latest*."""
        if self._rests_until is not None:
            self._rests_until = min(self._rests_until, latest)
