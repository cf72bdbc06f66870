"""What a thread can hear. Each value holds all that its sentence needs, so that it reads the same after a restart."""

from typing import TypeAlias

import msgspec

from providers.base import TaskState
from providers.reasons import Cause

QUIET = "quiet"
"""Why nothing was said: quiet hours."""


class _News(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="is"):
    """A piece of news; the tag is its name in the data file."""


class CardOpened(_News, frozen=True, kw_only=True, tag="card"):
    """The card itself is to be posted."""


class Reached(_News, frozen=True, kw_only=True, tag="reached"):
    """A milestone was passed (the highest one, where several were passed at once)."""

    milestone: int
    percent: float
    before: float = 0.0
    """The highest percent before."""
    jumped: bool = False
    """Whether more than one milestone lies between the two looks."""
    after_seconds: float
    """Since the run began to be watched."""
    previous_milestone: int | None = None
    since_previous_seconds: float | None = None
    """Since that milestone was passed; None where it was not seen being passed."""
    remaining_seconds: int | None = None
    remaining_most: int | None = None
    """Where the estimate is a range: its upper end, *remaining_seconds* being its lower one."""
    per_hour: float | None = None
    """Percent per hour, lately."""
    estimated: bool = True
    """Whether the remaining time is our estimate and not the cloud's."""
    at_end: bool = False
    """Whether the percent is complete while the cloud still says that the task runs."""


class InSync(_News, frozen=True, kw_only=True, tag="in-sync"):
    """An incremental task caught up and follows changes from here on."""

    after_seconds: float
    lag_seconds: float | None = None


class Paused(_News, frozen=True, kw_only=True, tag="paused"):
    """The task was paused at its cloud."""

    percent: float | None = None


class Resumed(_News, frozen=True, kw_only=True, tag="resumed"):
    """The task runs again after a pause."""

    percent: float | None = None
    paused_seconds: float


class RanAgain(_News, frozen=True, kw_only=True, tag="ran-again"):
    """A task that had ended runs again: a new run of the watch."""

    percent: float | None = None


class Beat(_News, frozen=True, kw_only=True, tag="beat"):
    """It still goes on: what a heartbeat says."""

    state: TaskState
    percent: float | None = None
    after_seconds: float
    lag_seconds: float | None = None
    remaining_seconds: int | None = None
    remaining_most: int | None = None
    estimated: bool = True


class PhaseDone(_News, frozen=True, kw_only=True, tag="phase"):
    """A phase of the task is done."""

    name: str
    """Foreign text."""
    seconds: float | None = None
    """None where its beginning was not seen."""
    next_name: str | None = None
    """The phase that follows; foreign text."""


class Stalled(_News, frozen=True, kw_only=True, tag="stalled"):
    """No progress for a while. A hint, not an alarm: some tasks rest at one percent for hours."""

    percent: float | None = None
    seconds: float


class MovingAgain(_News, frozen=True, kw_only=True, tag="moving"):
    """Progress after a stall that was told."""

    percent: float | None = None
    seconds: float
    """How long it rested."""


class Late(_News, frozen=True, kw_only=True, tag="late"):
    """The task should have ended by now."""

    due_at: float
    """Unix seconds."""
    after_seconds: float | None = None
    """The time it was given, where it was given one."""
    percent: float | None = None
    remaining_seconds: int | None = None
    remaining_most: int | None = None
    estimated: bool = True


class LagBroken(_News, frozen=True, kw_only=True, tag="lag-broken"):
    """Changes have been arriving too late for a while."""

    lag_seconds: float
    over: int
    hold: int


class LagGood(_News, frozen=True, kw_only=True, tag="lag-good"):
    """Changes arrive in time again."""

    lag_seconds: float | None = None
    over: int
    after_seconds: float
    """How long they were too late."""


class PhaseTime(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """How long a phase took."""

    name: str
    """Foreign text."""
    seconds: float


class RestTime(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """How long a task rested, and where."""

    percent: float
    seconds: float


class ForecastMade(msgspec.Struct, frozen=True, kw_only=True):
    """What was once expected of a run."""

    percent: float
    """How far it was then."""
    after_seconds: float
    """How long it was expected to take in all."""


class Ended(_News, frozen=True, kw_only=True, tag="ended"):
    """The task reached a terminal state."""

    state: TaskState
    percent: float | None = None
    after_seconds: float
    message: str = ""
    """The cloud's words; foreign text."""
    raw_state: str = ""
    """The cloud's status where no document names it; foreign text."""
    failed_files: int = 0
    """How many files were left behind, where the cloud counts them."""
    phases: tuple[PhaseTime, ...] = ()
    """How long each phase took, where the cloud tells phases."""
    rests: tuple[RestTime, ...] = ()
    """The longest stretches without progress."""
    forecast: ForecastMade | None = None
    """An early estimate of the end, to compare it with."""
    looks_again: bool = False
    """Whether the cloud can retry it, so that Milepost keeps an eye on it for a day."""


class Gone(_News, frozen=True, kw_only=True, tag="gone"):
    """The cloud no longer knows the task (or never did)."""

    percent: float | None = None
    ever_seen: bool = True


class Unreadable(_News, frozen=True, kw_only=True, tag="unreadable"):
    """Readings have been failing for a while."""

    kind: str
    """A TroubleKind."""
    since: float
    """Unix seconds of the first failure."""
    reason: Cause | str = ""
    """As in ``model.Trouble``."""


class ReadableAgain(_News, frozen=True, kw_only=True, tag="readable-again"):
    """The cloud answers again, after the channel heard that it did not."""

    after_seconds: float
    percent: float | None = None


Minor: TypeAlias = (
    Reached
    | InSync
    | Paused
    | Resumed
    | RanAgain
    | Unreadable
    | ReadableAgain
    | Beat
    | PhaseDone
    | Stalled
    | MovingAgain
    | Late
    | LagBroken
    | LagGood
)
"""What may be told late in one sentence with others. An end may not."""


class CaughtUp(_News, frozen=True, kw_only=True, tag="caught-up"):
    """What could not be said for a while, in one message."""

    since: float
    """Unix seconds: since when nothing could be said."""
    reason: str = ""
    """A PauseReason, ``QUIET``, or empty where Slack was out of reach."""
    missed: tuple[Minor, ...] = ()
    """Oldest first."""
    times: tuple[float | None, ...] = ()
    """When each of *missed* happened, in Unix seconds, as far as that is known; empty, or as long as *missed*."""
    early: bool = False
    """With ``QUIET``: whether a failure let it go before the quiet hours were over."""
    more: bool = False
    """Whether other news that waited are told behind it."""


News: TypeAlias = CardOpened | Minor | Ended | Gone | CaughtUp
