"""What a thread can hear. Each value holds all that its sentence needs, so that it reads the same after a restart."""

from typing import TypeAlias

import msgspec

from providers.base import TaskState


class _News(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="is"):
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


class Ended(_News, frozen=True, kw_only=True, tag="ended"):
    """The task reached a terminal state."""

    state: TaskState
    percent: float | None = None
    after_seconds: float
    message: str = ""
    """The cloud's words; foreign text."""
    raw_state: str = ""
    """The cloud's status where no document names it; foreign text."""
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
    reason: str = ""


class ReadableAgain(_News, frozen=True, kw_only=True, tag="readable-again"):
    """The cloud answers again, after the channel heard that it did not."""

    after_seconds: float
    percent: float | None = None


Minor: TypeAlias = Reached | InSync | Paused | Resumed | RanAgain | Unreadable | ReadableAgain
"""What may be told late in one sentence with others. An end may not."""


class CaughtUp(_News, frozen=True, kw_only=True, tag="caught-up"):
    """What could not be said for a while, in one message."""

    since: float
    """Unix seconds: since when nothing could be said."""
    reason: str = ""
    """A PauseReason; empty where Slack was out of reach."""
    missed: tuple[Minor, ...] = ()
    """Oldest first."""
    more: bool = False
    """Whether other news that waited are told behind it."""


News: TypeAlias = CardOpened | Minor | Ended | Gone | CaughtUp
