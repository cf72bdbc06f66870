"""What Milepost knows and keeps: watches, subscriptions, cards, deliveries. Frozen values; a change is a new value.

They are msgspec Structs and not dataclasses, because they are also what is stored: the codec reads and writes
them as JSON without a line of mapping code.
"""

from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.core.news import News
from bot.core.record import Record
from bot.core.rules import Rules
from providers.base import TaskKey, TaskSnapshot
from providers.reasons import Cause

WatchId = NewType("WatchId", str)
SubscriptionId = NewType("SubscriptionId", str)
DeliveryId = NewType("DeliveryId", str)


class TroubleKind(StrEnum):
    """Why a task cannot be read."""

    UNAVAILABLE = "unavailable"
    THROTTLED = "throttled"
    DENIED = "denied"
    UNEXPECTED = "unexpected"


class Trouble(Record, frozen=True, kw_only=True):
    """Readings that fail, since the first of them in a row."""

    kind: TroubleKind
    since: datetime
    looks: int = 1
    """Failed readings in a row."""
    reason: Cause | str = ""
    """What the last of them says; a sentence where version 1 or 2 of the records wrote it."""
    told: bool = False
    """Whether the channels heard of it, and so must hear of its end."""


class Point(Record, frozen=True, kw_only=True, array_like=True, gc=False):
    """One reading of the percent, for the speed."""

    at: float
    """Unix seconds."""
    percent: float


class Gait(Record, frozen=True, kw_only=True, array_like=True, gc=False):
    """How the percent has moved from look to look, for what can be foreseen of it; ``bot.core.gait`` keeps it."""

    rises: int = 0
    """Looks that found it higher than ever."""
    largest: float = 0.0
    """The most points by which one look found it risen."""
    leap: float = 0.0
    """The fastest pace (points per second) of a rise that was large (``bot.core.gait.LEAP``)."""


class Promise(Record, frozen=True, kw_only=True, array_like=True, gc=False):
    """The cloud's own word on the end of a task, and how well it kept to it; ``bot.core.promise`` keeps it."""

    made_at: float
    """Unix seconds of the first reading whose word still holds."""
    ends_at: float
    """Unix seconds of the end, as that reading said."""
    latest: float
    """Unix seconds of the end, as the last reading said."""
    kept: int = 0
    """Later readings that said about the same."""


class PhaseSeen(Record, frozen=True, kw_only=True):
    """A phase of a run, as far as it was seen."""

    name: str
    """Foreign text."""
    began_at: float | None = None
    """Unix seconds of the reading that first showed it under way."""
    done_at: float | None = None


class Rest(Record, frozen=True, kw_only=True, array_like=True):
    """A stretch of a run without progress."""

    percent: float
    seconds: float


class Forecast(Record, frozen=True, kw_only=True):
    """An early estimate of a run's end, kept to be compared with the end itself."""

    made_at: float
    """Unix seconds."""
    percent: float
    ends_at: float
    """Unix seconds."""


class LagState(Record, frozen=True, kw_only=True):
    """Where a lag rule (``Lag``) of some follower stands."""

    over: int
    hold: int
    broken: bool = False
    """Whether it was told as broken and not yet as good again."""
    since: float | None = None
    """Unix seconds since when readings say the opposite of *broken* without a break."""
    broken_at: float | None = None
    """Unix seconds since when it is too late, while *broken*."""


class Watch(Record, frozen=True, kw_only=True):
    """A task being polled: one for all channels that follow it."""

    id: WatchId
    account: str
    key: TaskKey
    created_at: datetime
    due_at: datetime | None
    """The next look; None: closed, never looked at again."""
    version: int = 0
    """Raised by the store at each write; a commit of an older version is refused."""
    name: str | None = None
    """What the cloud calls the task; foreign text."""
    run: int = 1
    """A task that runs again after its end is the next run."""
    run_since: datetime
    """When this run was first seen (or subscribed to)."""
    seen: TaskSnapshot | None = None
    seen_at: datetime | None = None
    """The last reading that succeeded."""
    state_since: datetime | None = None
    """Since when ``seen.state`` is what it is."""
    high: float | None = None
    """The highest percent of this run: what was passed once is not announced again."""
    points: tuple[Point, ...] = ()
    """A few readings of this run, thinned, oldest first: enough for its pace."""
    history: str = ""
    """Every reading of this run, in the compact form of ``bot.core.history``."""
    gait: Gait | None = None
    promise: Promise | None = None
    completed: bool = False
    """100 % was seen in this run."""
    synced: bool = False
    """The incremental phase was seen in this run."""
    done_looks: int = 0
    """Readings in a row that look done without saying so."""
    fail_looks: int = 0
    """Readings in a row that say failed, of a failure that may be passing."""
    absent_looks: int = 0
    """Readings in a row that do not know the task."""
    trouble: Trouble | None = None
    progressed_at: datetime | None = None
    """When percent, state or phases last changed; what a stall is counted from."""
    timed_until: datetime | None = None
    """Up to when heartbeats, stalls and the like were looked for; what falls due is told in the step that passes it."""
    phases: tuple[PhaseSeen, ...] = ()
    """Of this run, in the cloud's order."""
    rests: tuple[Rest, ...] = ()
    """The longest stretches of this run without progress, in their order."""
    forecast: Forecast | None = None
    lags: tuple[LagState, ...] = ()
    ended_at: datetime | None = None
    """When this run ended; the state is in ``seen``."""
    gone: bool = False
    """Closed because the cloud no longer knows the task."""
    linger_until: datetime | None = None
    """A failed task that its cloud may retry is looked at, slowly, until then."""

    @property
    def closed(self) -> bool:
        """Whether no look will follow."""
        return self.due_at is None


class Card(Record, frozen=True, kw_only=True):
    """The live parent message of a subscription."""

    ts: str
    """Slack's id of the message, and so of the thread."""
    shown: str = ""
    """Fingerprint of what it shows."""
    shown_version: int = -1
    """Version of the watch that it shows."""
    edited_at: datetime | None = None


class PauseReason(StrEnum):
    """Why a subscription cannot be heard in its channel."""

    ARCHIVED = "archived"
    DELETED = "deleted"
    REMOVED = "removed"
    """The bot is not in the channel (any more)."""
    REFUSED = "refused"
    """Slack refuses posts there for another reason; its code says which."""
    UNINSTALLED = "uninstalled"
    TOKEN = "token"  # noqa: S105 - a reason, no token
    """The bot token is refused."""


class Pause(Record, frozen=True, kw_only=True):
    """A subscription that is kept and silent, until its channel can be reached again."""

    reason: PauseReason
    since: datetime
    code: str = ""
    """Slack's code, where a refused post was the cause."""


class Mute(Record, frozen=True, kw_only=True):
    """A subscription of which only the end is told."""

    by: str
    """The Slack user who muted it."""
    since: datetime
    until: datetime | None = None
    """None: until somebody unmutes it."""

    def holds(self, now: datetime) -> bool:
        """Tell whether it is in force."""
        return self.until is None or now < self.until


class Subscription(Record, frozen=True, kw_only=True):
    """A channel's interest in a watch."""

    id: SubscriptionId
    watch_id: WatchId
    channel: str
    owner: str
    """The Slack user who subscribed."""
    created_at: datetime
    rules: Rules = Rules()
    label: str | None = None
    """The subscriber's name for it; foreign text."""
    revised_at: datetime | None = None
    """When its rules were last edited."""
    muted: Mute | None = None
    owner_left: bool = False
    """Whether the owner left the channel, so that anyone there may take it over."""
    card: Card | None = None
    """None until Slack accepted it."""
    ended_at: datetime | None = None
    """When it stopped following, because the watch closed."""
    paused: Pause | None = None
    """Nothing is posted for it; what there is to say waits."""


class DeliveryState(StrEnum):
    """The life of a delivery: pending → sending → sent | unknown | refused."""

    PENDING = "pending"
    SENDING = "sending"
    """Written before the call to Slack."""
    SENT = "sent"
    UNKNOWN = "unknown"
    """Slack's answer was lost: to be looked up before it is sent again."""
    REFUSED = "refused"


class Delivery(Record, frozen=True, kw_only=True):
    """A notification on its way to Slack. The card is the first delivery of its subscription."""

    id: DeliveryId
    """``<watch>/<run>/<subscription>/<what>``: the same news twice is the same row."""
    watch_id: WatchId
    subscription_id: SubscriptionId
    channel: str
    news: News
    created_at: datetime
    seq: int = 0
    """Order within the subscription; given by the store."""
    state: DeliveryState = DeliveryState.PENDING
    not_before: datetime | None = None
    """While pending or unknown: when to try, or look, again."""
    held_until: datetime | None = None
    """Until then it waits, because of quiet hours; a failure in the same thread lets it go at once."""
    attempts: int = 0
    """Calls to Slack so far."""
    sending_since: datetime | None = None
    """When the last call began: where a look-up starts to read."""
    ts: str | None = None
    doubted: bool = False
    """Whether the answer to one of the calls was lost, so that it may have arrived with what it said then."""
    code: str = ""
    """Slack's code of the last refusal."""

    @property
    def open(self) -> bool:
        """Whether it still stands before what follows in its thread."""
        return self.state not in (DeliveryState.SENT, DeliveryState.REFUSED)


def watch_id(account: str, key: TaskKey, number: int) -> WatchId:
    """Return the id of the *number*-th watch of a task (the one before it has closed)."""
    return WatchId(f"{account}:{key}#{number}")


def delivery_id(watch: Watch, subscription: SubscriptionId, what: str) -> DeliveryId:
    """Return the key that makes one piece of news unique for one subscription."""
    return DeliveryId(f"{watch.id}/{watch.run}/{subscription}/{what}")


class ChannelSettings(Record, frozen=True, kw_only=True):
    """What holds for new subscriptions of a channel."""

    id: str
    """The channel."""
    rules: Rules = Rules()


class Deed(StrEnum):
    """What a person can change."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    EDITED = "edited"
    MUTED = "muted"
    UNMUTED = "unmuted"
    TRANSFERRED = "transferred"
    SET_DEFAULTS = "set defaults"
    REFUSED = "refused"
    """Somebody tried what is not theirs to do."""


class Tried(StrEnum):
    """What a person was refused: the detail of a ``Deed.REFUSED``."""

    SUBSCRIBE = "subscribe"
    USE_ACCOUNT = "use the account"
    EDIT = "edit"
    STOP = "stop"
    GIVE_AWAY = "give away"
    TAKE = "take"
    SET_DEFAULTS = "set defaults"


class AuditEntry(Record, frozen=True, kw_only=True):
    """One change that somebody made, or was refused."""

    id: str
    """``<time>-<random>``; ids sort by time."""
    at: datetime
    who: str
    """The Slack user."""
    channel: str
    deed: Deed
    task: str = ""
    """Account and key."""
    detail: str = ""
    """What came of it: the clauses that hold now, ``to`` and a new owner, until when (ISO 8601), a ``Tried``, or, where
    a subscription did not come about, Slack's code. Foreign text."""
