"""What the use cases need from the world: a store, a poster, a clock, clouds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from bot.core.cadence import Limits
from bot.core.message import Message
from bot.core.model import (
    AuditEntry,
    ChannelSettings,
    Delivery,
    DeliveryId,
    Mute,
    Pause,
    Subscription,
    SubscriptionId,
    Watch,
    WatchId,
)
from bot.core.news import News
from bot.core.record import Keep
from bot.core.rules import Rules
from providers.base import Provider, TaskKey


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account at one cloud, as people name it."""

    name: str
    """What people type: ``drs-eu``."""
    title: str
    """What people read: ``Huawei DRS``."""
    place: str = ""
    """Where the account looks (its region), for messages; may be empty."""
    channels: Sequence[str] = ()
    """The channels that may use it; empty: every one."""
    groups: Sequence[str] = ()
    """The Slack user groups whose people may use it; empty: everybody."""
    provider: Provider = field(repr=False)
    limits: Limits | None = None
    """How often its tasks are asked for; None: as everywhere."""


Clouds: TypeAlias = Mapping[str, Account]
"""The configured accounts by name, in the order of the configuration."""


# --- the store ---------------------------------------------------------------------------------------------------


class StoreError(Exception):
    """The store could not do what was asked; nothing of it was done. Trying again later may work."""


class StoreUnusable(StoreError):
    """The store cannot be opened; the message tells the operator why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A subscription with the watch it follows."""

    subscription: Subscription
    watch: Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Followed):
    """The subscription now exists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyFollowed(Followed):
    """The channel follows the task already; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What is to be changed about a subscription; a field that is KEEP stays as it is."""

    rules: Rules | Keep = Keep.KEEP
    """Sets ``revised_at`` too."""
    label: str | Keep | None = Keep.KEEP
    owner: str | Keep = Keep.KEEP
    """A new owner; ``owner_left`` becomes False."""
    muted: Mute | Keep | None = Keep.KEEP
    at: datetime
    """When it is changed."""


class Store(Protocol):
    """Keeps watches, subscriptions and deliveries. Each verb is one transaction: all of it, durable, or nothing.

    Verbs that write raise StoreError where the disk, the lock or the server refuses.
    """

    # Polling

    async def claim_due(
        self,
        now: datetime,
        limit: int,
        *,
        skip: Collection[str] = (),
        account: str | None = None,
        due_by: datetime | None = None,
    ) -> Sequence[Watch]:
        """Hand out watches that are due, longest due first: of *account* alone, or of all that are not in *skip*.

        With *due_by*, also those that will be due by then. A claimed watch is not handed out again before ``commit``
        or ``postpone`` gives it back, or its lease ends, which counts from *now* in any case.
        """
        ...

    async def commit(self, watch: Watch, deliveries: Sequence[Delivery] = ()) -> bool:
        """Write *watch* and insert *deliveries* (an id that exists is left as it is), and end the claim.

        False, and nothing written, where the stored version is not ``watch.version`` or the watch is gone; the
        claim then stays with the caller, who reads again. Closing a watch (``due_at`` None) ends its
        subscriptions at ``watch.ended_at`` or, lacking that, at its ``created_at``.
        """
        ...

    async def commit_all(self, steps: Sequence[tuple[Watch, Sequence[Delivery]]]) -> Sequence[bool]:
        """``commit`` each of *steps*, all of them in one transaction; return what became of each, in their order.

        StoreError, and none of them written, where that fails.
        """
        ...

    async def postpone(self, watch_id: WatchId, until: datetime) -> None:
        """End a claim without a change, the next look being at *until*. Unknown or closed watches are ignored."""
        ...

    async def pull_in(self, latest: datetime) -> int:
        """Bring every look and every delivery that is set for later than *latest* forward to it; return how many.

        For a clock that was set back. Claims stay as they are. What is held (``held_until``) is brought forward
        where it is held for more than a day beyond *latest*: quiet hours end within a day.
        """
        ...

    async def open_watches(self, accounts: Collection[str]) -> Mapping[str, int]:
        """Return how many open watches each of these accounts has."""
        ...

    async def next_due(self) -> datetime | None:
        """Return when the next unclaimed watch is due."""
        ...

    async def any_due(self, now: datetime) -> bool:
        """Whether any watch may be claimed now; asked often, and answered from memory where that is possible."""
        ...

    # Subscriptions

    async def subscribe(
        self, watch: Watch, subscription: Subscription, card: Delivery, *, audit: AuditEntry | None = None
    ) -> Opened | AlreadyFollowed:
        """Let a channel follow a task.

        Where a watch of the same account and key is still open, the subscription joins that one (its version
        rises, and the returned watch is the stored one); else *watch* is inserted under a fresh id, numbered after
        the earlier ones. The ids in *subscription* and *card* are adjusted to it (``watch_id``, ``delivery_id``).
        *audit* is written with what is opened; where the channel follows the task already, it is not.
        """
        ...

    async def remove_subscription(
        self, subscription_id: SubscriptionId, *, audit: AuditEntry | None = None
    ) -> Followed | None:
        """Delete a subscription and its open deliveries; a watch that nobody follows then is deleted too.

        *audit* is written with it; where nothing is there to be deleted, it is not.
        """
        ...

    async def subscription(self, subscription_id: SubscriptionId) -> Followed | None:
        """Return a subscription, open or ended."""
        ...

    async def followers(self, watch_id: WatchId) -> Sequence[Subscription]:
        """Return the open subscriptions of a watch, oldest first."""
        ...

    async def followers_of(self, watch_ids: Sequence[WatchId]) -> Sequence[Sequence[Subscription]]:
        """Return the same of each of several watches, in their order."""
        ...

    async def followed_in(self, channel: str) -> Sequence[Followed]:
        """Return the open subscriptions of a channel, oldest first."""
        ...

    async def followed_by(self, owner: str) -> Sequence[Followed]:
        """Return the open subscriptions that belong to a user, oldest first."""
        ...

    async def all_followed(self) -> Sequence[Followed]:
        """Return every open subscription, oldest first."""
        ...

    async def ended_in(self, channel: str, limit: int, *, before: datetime | None = None) -> Sequence[Followed]:
        """Return the ended subscriptions of a channel that are still kept, latest end first.

        *before*: only those that ended earlier, for the next page. So those that ended at the moment of the last one
        come with it, even beyond *limit*: a page is never without what the next one leaves out.
        """
        ...

    async def revise(
        self,
        subscription_id: SubscriptionId,
        revision: Revision,
        *,
        audit: AuditEntry | None = None,
    ) -> Followed | None:
        """Change an open subscription as *revision* says, and write *audit* with it; None where it is not open.

        The version of the watch rises, so that its card is shown anew and a poll under way reads again. Where the
        new rules have no quiet hours, what the old ones held back is held no longer than until ``revision.at``.
        """
        ...

    async def owner_left(self, channel: str, owner: str, *, left: bool) -> int:
        """Note on the open subscriptions of *owner* in *channel* whether that user left; return how many changed.

        The versions of their watches rise.
        """
        ...

    async def last_sent(self, subscription_id: SubscriptionId) -> Delivery | None:
        """Return the delivery of a subscription that Slack accepted last, by when its sending began."""
        ...

    # Channels

    async def channel_settings(self, channel: str) -> ChannelSettings | None:
        """Return what was set for new subscriptions of a channel."""
        ...

    async def set_channel(
        self, channel: str, settings: ChannelSettings | None, *, audit: AuditEntry | None = None
    ) -> None:
        """Set that, or (None) forget it, and write *audit* with it."""
        ...

    # Audit

    async def note(self, entry: AuditEntry) -> None:
        """Write an audit entry that stands for itself."""
        ...

    async def audit(self, limit: int, *, after: str = "") -> Sequence[AuditEntry]:
        """Return audit entries with an id greater than *after*, oldest first.

        Ids are compared code point by code point.
        """
        ...

    async def watch(self, watch_id: WatchId) -> Watch | None:
        """Return a watch, open or closed."""
        ...

    async def open_watch(self, account: str, key: TaskKey) -> Watch | None:
        """Return the open watch of a task."""
        ...

    # Deliveries

    async def take_deliveries(
        self, now: datetime, limit: int, *, skip_channels: Collection[str] = ()
    ) -> Sequence[Delivery]:
        """Hand out deliveries that can go now, and mark them ``sending`` first, durably.

        Only the first open delivery of each subscription, at most one of each channel, none of *skip_channels*,
        none before its ``not_before``; terminal news (Ended, Gone) first, then what stands before such, then the
        oldest. One that is held (``held_until``) waits until then, unless a failure (``bot.core.notify.is_failure``)
        is among the open deliveries of its subscription. A delivery that was ``unknown`` is handed out with that
        state, so that the caller looks it up before it sends: then ``attempts`` and ``sending_since`` still speak of
        the last call; quiet hours do not keep it back.
        """
        ...

    def still_holds(self, delivery: Delivery) -> bool:
        """Whether a delivery that was handed out here, as it was handed out, is surely still ours to post.

        Asked right before Slack is, for another machine goes on with it where this one slept too long. Where it is
        not, nothing is to be done about it here, and what is marked is not written.
        """
        ...

    async def mark_sending(self, delivery_id: DeliveryId, now: datetime) -> Delivery:
        """Mark an ``unknown`` delivery that was not found in Slack as being sent again."""
        ...

    async def mark_sent(self, delivery_id: DeliveryId, ts: str, now: datetime) -> None:
        """Slack accepted it. For a card, the subscription gets its Card with this *ts*.

        Also where the row went back to ``pending`` while Slack was being asked: the message is there.
        """
        ...

    async def mark_pending(self, delivery_id: DeliveryId, not_before: datetime) -> None:
        """Slack surely did not do it; try again then."""
        ...

    async def hold(self, delivery_id: DeliveryId, until: datetime) -> None:
        """Slack was not asked: quiet hours began while it waited, and it is held until they end."""
        ...

    async def mark_unknown(self, delivery_id: DeliveryId, not_before: datetime) -> None:
        """Slack's answer was lost; look it up then."""
        ...

    async def mark_refused(self, delivery_id: DeliveryId, code: str) -> None:
        """Slack refuses it for good; what follows in the thread may go."""
        ...

    async def waiting(self, subscription_id: SubscriptionId) -> Sequence[Delivery]:
        """Return the open deliveries of a subscription, in the order in which they are to go."""
        ...

    async def fold(self, delivery_id: DeliveryId, news: News, folded: Collection[DeliveryId]) -> Delivery | None:
        """Let one delivery (pending or sending) tell *news*, which holds what the *folded* ones said; delete those.

        It stands where the first of them stood, and is as old as the oldest. None, and nothing changed, where one of
        them is not there, belongs to another subscription, or (the folded ones) was tried already. A folded id is
        not remembered: a delivery that bears it is inserted anew.
        """
        ...

    async def replace_card(self, subscription_id: SubscriptionId, card: Delivery) -> bool:
        """Insert *card*, the row of a new card; what waits in the thread goes to the new one.

        Rows of the subscription that are ``sending`` go back to ``pending``. False, and nothing changed, where the
        subscription is gone or a card of it is on its way already. The old card stays until the new one is sent.
        """
        ...

    # Cards

    async def stale_cards(self, limit: int) -> Sequence[Followed]:
        """Return subscriptions with a card that shows an older version of its watch than the stored one."""
        ...

    async def card_shown(self, subscription_id: SubscriptionId, *, shown: str, version: int, now: datetime) -> None:
        """The card now shows this fingerprint and version, its last edit being at *now*.

        Where only the version is new, that need not be durable.
        """
        ...

    # Pauses

    async def pause(self, subscriptions: Collection[SubscriptionId], pause: Pause) -> Sequence[Followed]:
        """Let subscriptions fall silent; return those that were not paused before.

        Left out are unknown ones, and ended ones that have nothing left to say. Their deliveries are not handed out
        and their cards are not stale meanwhile; rows that are ``sending`` become ``unknown``, so that they are looked
        up should their calls end without a word. The versions of their watches rise.
        """
        ...

    async def resume(
        self, subscription_id: SubscriptionId, caught_up: Delivery | None, told: Collection[DeliveryId] = ()
    ) -> Followed | None:
        """End a pause; None where it is not paused. The version of the watch rises.

        *caught_up*, if given, replaces the ``unsaid`` rows (``bot.core.fold``) among *told*, which it tells; what stays
        goes behind it, but for rows before it that may have arrived. Where its id exists already, it is left out and
        all rows stay.
        """
        ...

    async def paused(self) -> Sequence[Followed]:
        """Return the paused subscriptions, also those that ended meanwhile, longest paused first."""
        ...

    async def speaking(self, channel: str | None = None) -> Sequence[Followed]:
        """Return the subscriptions, of one channel or of all, that are open or have something left to say."""
        ...

    async def move_channel(self, old: str, new: str) -> int:
        """Give what belongs to a channel, ended subscriptions too, its new id; return how many subscriptions moved.

        Where the new channel follows the same watch already, the moved subscription is removed, and not counted.
        The settings of the channel move too, where the new one has none of its own; else they are forgotten.
        """
        ...

    async def say_once(self, key: str) -> bool:
        """Return whether this is the first time since ``say_again``; durable, so that a restart repeats nothing."""
        ...

    async def say_again(self, key: str) -> None:
        """Forget that *key* was said."""
        ...

    async def said(self, keys: Collection[str]) -> Collection[str]:
        """Return those of *keys* that were said, and not forgotten since."""
        ...

    # Life

    async def prune(self, before: datetime) -> int:
        """Delete watches that closed before then, with all that hangs on them, and older audit entries; return how
        many watches.
        """
        ...

    async def close(self) -> None:
        """Finish what was accepted and let go of the data."""
        ...


# --- what replicas share -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often somebody may be asked."""

    per_second: float
    burst: float
    """Calls at once, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """Calls that may be made now."""

    calls: int
    closed_for: float = 0.0
    """Seconds for which nobody may call."""


class Tally(Protocol):
    """Counts the calls of all replicas together, by a clock of its own. StoreError where it cannot be reached."""

    async def take_calls(self, key: str, pace: Pace, *, wanted: int) -> Granted:
        """Take up to *wanted* calls out of what may be made under *key* by *pace*; they count as made."""
        ...

    async def close_calls(self, key: str, pace: Pace, *, seconds: float) -> None:
        """Let nobody call for so long, and all of them more slowly for a while after it."""
        ...


class Crew(Protocol):
    """The replicas of one bot, which share a store. StoreError where it cannot be reached."""

    async def lead(self, job: str, seconds: float) -> bool:
        """Tell whether this replica does *job* now; for so many seconds no other one does."""
        ...

    async def join(self, sockets: int) -> int:
        """Say that this replica lives, with so many connections to Slack; return how many the others have."""
        ...


# --- the poster --------------------------------------------------------------------------------------------------


class Refusal(StrEnum):
    """Why Slack refuses for good, by what to do about it."""

    CHANNEL_CLOSED = "channel-closed"
    """The channel is closed for us: nothing can be posted there now."""
    THREAD_CLOSED = "thread-closed"
    """The thread is closed: a new card is needed."""
    WORKSPACE = "workspace"
    """The token or the workspace is refused: nothing can be posted anywhere."""
    PAYLOAD = "payload"
    """The message is wrong: never send the same bytes again."""
    EDIT_IMPOSSIBLE = "edit-impossible"
    """This message cannot be edited (any more)."""
    UNKNOWN = "unknown"
    """A code that no document names: as a wrong message once, then as a channel closed to this subscription."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Slack did it."""

    ts: str
    thread_ts: str | None = None
    """The thread it landed in; None: in none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryLater:
    """Slack surely did not do it; it may be asked again after so many seconds."""

    after: float
    code: str = ""
    throttled: bool = False
    """Whether Slack asked for fewer calls, rather than being out of reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """Slack may or may not have done it."""

    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Slack did not do it and will not."""

    kind: Refusal
    code: str
    detail: str = ""


PostResult: TypeAlias = Sent | RetryLater | Unclear | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The message of a delivery is there."""

    ts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """The message of a delivery is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """The place cannot be read (no history scope, or Slack is out of reach)."""

    for_good: bool
    """Whether asking again is pointless."""
    after: float = 30.0
    """Seconds before which it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shut:
    """The place is closed for us: nothing can be read or posted there just now."""

    code: str


FindResult: TypeAlias = Found | Missing | Blind | Shut


class Poster(Protocol):
    """Posts into Slack and says honestly what came of it. Raises nothing but CancelledError."""

    async def post(
        self,
        *,
        channel: str,
        message: Message,
        delivery_id: DeliveryId,
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> PostResult:
        """Post once. *broadcast* shows a reply in the channel as well."""
        ...

    async def edit(self, *, channel: str, ts: str, message: Message) -> PostResult:
        """Replace a message of ours."""
        ...

    async def find(
        self, *, channel: str, thread_ts: str | None, delivery_id: DeliveryId, since: datetime
    ) -> FindResult:
        """Look for the message of a delivery, in its thread or (for a card) in its channel, posted after *since*."""
        ...

    async def can_post(self, *, channel: str) -> bool:
        """Tell whether the channel is open and we are in it; True where only a post can tell, False in trouble."""
        ...

    async def permalink(self, *, channel: str, ts: str) -> str | None:
        """Return the address of a message; any trouble is None."""
        ...


# --- people ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What Slack tells about a user; where it may not be asked, nothing is known."""

    zone: str | None = None
    """IANA name of the time zone."""
    is_guest: bool = False
    is_nobody: bool = False
    """Whether nobody can act for it any more: the account was deactivated, or is an app's."""
    known: bool = False
    """Whether Slack told."""


class People(Protocol):
    """Knows the people of the workspace, and talks to one of them alone. Raises nothing but CancelledError."""

    async def person(self, user: str) -> Person:
        """Return what is known of a user (users.info; remembered for a while)."""
        ...

    async def is_in_a_group(self, user: str, groups: Collection[str]) -> bool | None:
        """Tell whether a user is in one of these user groups; None where Slack does not tell."""
        ...

    async def channels_of(self, user: str) -> frozenset[str] | None:
        """Return the channels that a user is in, as far as the bot can see them; None where Slack does not tell."""
        ...

    async def is_in_channel(self, user: str, channel: str) -> bool | None:
        """Tell whether a user is a member of a channel; None where Slack does not tell."""
        ...

    async def whisper(self, *, channel: str, user: str, message: Message, thread_ts: str | None = None) -> bool:
        """Show a message to one user alone, in a channel or thread; in direct messages it is an ordinary message.

        False where that was not possible.
        """
        ...


class Channels(Protocol):
    """Knows channels. Raises nothing but CancelledError."""

    async def is_archived(self, channel: str) -> bool:
        """Tell whether Slack says that a channel is archived."""
        ...
