"""How often a policy asks, and how late it learns of what happened."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from benchmarks.traces import Event, Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event, and when it was told."""

    event: Event
    kind: str
    """Of the trace."""
    lateness: float
    reason: str = ""
    """Why the look that told it was when it was."""

    def on_time(self, seconds: float, share: float) -> bool:
        """Tell whether it was told within so many seconds, or that share of the task's age."""
        return self.lateness <= max(seconds, share * self.event.at) + 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """The looks at one task, ascending, and why each was when it was (where the policy says so)."""

    at: Sequence[float]
    reasons: Sequence[str] = ()


Policy: TypeAlias = Callable[[Trace], Looks]


@dataclass(slots=True)
class Outcome:
    """What a policy came to on many traces."""

    polls: list[tuple[str, int]] = field(default_factory=list)
    """Kind of trace, looks."""
    told: list[Told] = field(default_factory=list)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Kind of trace, reason: looks."""

    @classmethod
    def joined(cls, outcomes: Sequence["Outcome"]) -> "Outcome":
        """Return what several came to together."""
        whole = cls()
        for one in outcomes:
            whole.polls.extend(one.polls)
            whole.told.extend(one.told)
            whole.reasons.update(one.reasons)
        return whole

    def of(self, kind: str) -> "Outcome":
        """Return the part that is of one kind of trace."""
        return Outcome(
            polls=[one for one in self.polls if one[0] == kind],
            told=[one for one in self.told if one.kind == kind],
        )

    def by_reason(self) -> Counter[str]:
        """Return how many looks each reason brought."""
        found: Counter[str] = Counter()
        for (_, reason), looks in self.reasons.items():
            found[reason] += looks
        return found

    def late_by_reason(self) -> Counter[str]:
        """Return how many events were told late, by the reason of the look that told them."""
        return Counter(one.reason for one in self.told if not one.on_time(15, 0.01))

    def mean_polls(self) -> float:
        return sum(count for _, count in self.polls) / len(self.polls)

    def median_polls(self) -> float:
        counts = sorted(count for _, count in self.polls)
        return counts[len(counts) // 2]

    def on_time(self, seconds: float = 15, share: float = 0.01) -> float:
        """Return the percentage of events that were told in time."""
        return 100 * sum(one.on_time(seconds, share) for one in self.told) / len(self.told)

    def lateness(self, kind: str, part: float) -> float:
        """Return the lateness that so large a part of the events of that kind does not exceed."""
        found = sorted(one.lateness for one in self.told if one.event.kind == kind)
        return found[min(math.ceil(part * len(found)) - 1, len(found) - 1)] if found else math.nan


def replay(policy: Policy, traces: Iterable[Trace]) -> Outcome:
    """Let *policy* look at each trace until it saw the end."""
    outcome = Outcome()
    for trace in traces:
        looks = policy(trace)
        outcome.polls.append((trace.kind, len(looks.at)))
        outcome.reasons.update((trace.kind, reason) for reason in looks.reasons)
        place = 0
        for event in sorted(trace.events(), key=lambda one: one.at):
            while looks.at[place] < event.at:
                place += 1
            told = looks.at[place]
            reason = looks.reasons[place] if looks.reasons else ""
            outcome.told.append(Told(event=event, kind=trace.kind, lateness=told - event.at, reason=reason))
    return outcome
