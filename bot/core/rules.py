"""What a subscription wants to hear, as a value; ``bot.core.grammar`` reads and prints it."""

from enum import StrEnum

from bot.core.record import Record

MILESTONES = (25, 50, 75, 100)
"""What is told where nobody asked for other milestones."""
DAY_MINUTES = 24 * 60


class Broadcast(StrEnum):
    """Which replies are shown in the channel as well as in the thread."""

    NEVER = "never"
    FAILURES = "failures"
    """Ends other than success."""
    END = "end"
    ALL = "all"


class Occasion(StrEnum):
    """When somebody is mentioned."""

    FAILURE = "failure"
    """Ends other than success."""
    END = "end"
    """Every end."""


class Mention(Record, frozen=True, kw_only=True):
    """Somebody who is mentioned in a reply."""

    who: str
    """A Slack user id (``U…``, ``W…``) or user group id (``S…``)."""
    on: Occasion


class Overdue(Record, frozen=True, kw_only=True):
    """When a task that still goes on is late: after a time, or at a time of day. One of both is given."""

    after: int | None = None
    """Seconds since the run began to be watched."""
    at: int | None = None
    """Minutes after midnight, the first such moment after the subscription was made or edited."""
    zone: str = "UTC"
    """IANA name; only with *at*."""


class Lag(Record, frozen=True, kw_only=True):
    """How late changes of an incremental task may arrive."""

    over: int
    """Seconds; more is too late."""
    hold: int
    """Seconds for which it must be too late (or good again) without a break before that is said."""


class Quiet(Record, frozen=True, kw_only=True):
    """Hours in which only failures are told; a *start* after its *end* goes over midnight. They are never equal."""

    start: int
    """Minutes after midnight."""
    end: int
    """Minutes after midnight."""
    zone: str = "UTC"
    """IANA name."""


class Rules(Record, frozen=True, kw_only=True):
    """What a subscription wants to hear. Pauses, being in sync, troubles and ends are told beside it."""

    milestones: tuple[int, ...] = MILESTONES
    """Whole percents from 1 to 100, ascending."""
    heartbeat: int | None = None
    """Seconds between two messages that it still goes on."""
    per_phase: bool = False
    """Whether the end of each phase is told."""
    only_end: bool = False
    """Only ends, and what else is asked for expressly; then *milestones* is empty."""
    stall: int | None = None
    """Seconds without progress after which that is told."""
    overdue: Overdue | None = None
    lag: Lag | None = None
    mentions: tuple[Mention, ...] = ()
    broadcast: Broadcast = Broadcast.END
    quiet: Quiet | None = None
