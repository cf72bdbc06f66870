"""Where subscriptions stand: with their watch, in their channel, with their owner, among the ended or the paused."""

from typing import TypeAlias, TypeVar

from bot.core.model import Subscription, SubscriptionId, WatchId

_Key = TypeVar("_Key")
_Member = TypeVar("_Member")
Group: TypeAlias = dict[SubscriptionId, None]


class Places:
    """Groups of subscriptions, each by what it is asked for."""

    def __init__(self) -> None:
        self.of_watch: dict[WatchId, tuple[SubscriptionId, ...]] = {}
        self.in_channel: dict[str, Group] = {}
        """Open ones."""
        self.of_owner: dict[str, Group] = {}
        """Open ones."""
        self.ended_in: dict[str, Group] = {}
        self.paused: Group = {}

    def put(self, subscription: Subscription, before: Subscription | None) -> None:
        """Give a subscription its place; *before*: what it was, None where it is new."""
        name = subscription.id
        if before is None:
            append(self.of_watch, subscription.watch_id, name)
        elif _place(before) == _place(subscription):
            # It stands where it stood, as after nearly every edit of its card.
            return
        else:
            self._forget(before)
        if subscription.ended_at is None:
            add(self.in_channel, subscription.channel, name)
            add(self.of_owner, subscription.owner, name)
        else:
            add(self.ended_in, subscription.channel, name)
        if subscription.paused is not None:
            self.paused[name] = None

    def drop(self, subscription: Subscription) -> None:
        """Forget a subscription."""
        remove(self.of_watch, subscription.watch_id, subscription.id)
        self._forget(subscription)

    def _forget(self, subscription: Subscription) -> None:
        discard(self.in_channel, subscription.channel, subscription.id)
        discard(self.ended_in, subscription.channel, subscription.id)
        discard(self.of_owner, subscription.owner, subscription.id)
        self.paused.pop(subscription.id, None)


def _place(subscription: Subscription) -> tuple[str, str, bool, bool]:
    return (
        subscription.channel,
        subscription.owner,
        subscription.ended_at is None,
        subscription.paused is None,
    )


def add(groups: dict[_Key, dict[_Member, None]], group: _Key, member: _Member) -> None:
    """Put a member into its group."""
    members = groups.get(group)
    if members is None:
        groups[group] = {member: None}
    else:
        members[member] = None


def discard(groups: dict[_Key, dict[_Member, None]], group: _Key, member: _Member) -> None:
    """Take a member out of its group, if it is there."""
    members = groups.get(group)
    if members is not None:
        members.pop(member, None)
        if not members:
            del groups[group]


# Most groups have one or two members, and a tuple takes a quarter of what a dictionary takes.


def append(groups: dict[_Key, tuple[_Member, ...]], group: _Key, member: _Member) -> None:
    """Put a member into its small group."""
    groups[group] = (*groups.get(group, ()), member)


def remove(groups: dict[_Key, tuple[_Member, ...]], group: _Key, member: _Member) -> None:
    """Take a member out of its small group."""
    left = tuple(each for each in groups.get(group, ()) if each != member)
    if left:
        groups[group] = left
    else:
        groups.pop(group, None)
