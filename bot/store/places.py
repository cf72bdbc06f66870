"""Where subscriptions stand: with their watch, in their channel, with their owner, among the ended or the paused."""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias, TypeVar

from bot.core.model import Subscription, SubscriptionId, WatchId

_Key = TypeVar("_Key")
_Member = TypeVar("_Member")
Group: TypeAlias = list[SubscriptionId] | dict[SubscriptionId, None]
"""In no order. A list takes a fourth of the memory of a dictionary; a large one would be too slow to leave."""
FEW = 500
"""How many stand in a list at most; to find one of them takes up to 10 µs."""


class Places:
    """Groups of subscriptions, each by what it is asked for."""

    def __init__(self) -> None:
        self.of_watch: dict[WatchId, tuple[SubscriptionId, ...]] = {}
        self.ended_in: dict[str, Group] = {}
        self.paused: dict[SubscriptionId, None] = {}
        self._in_channel: dict[str, Group] = {}
        """Open ones."""
        self._of_owner: dict[str, Group] = {}
        """Open ones."""
        self._unplaced: Mapping[SubscriptionId, Subscription] | None = None
        """All there are, where nobody has asked for those of a channel or an owner yet."""

    @property
    def in_channel(self) -> Mapping[str, Group]:
        """Open ones, by their channel."""
        self._place_all()
        return self._in_channel

    @property
    def of_owner(self) -> Mapping[str, Group]:
        """Open ones, by their owner."""
        self._place_all()
        return self._of_owner

    def fill(
        self, subscriptions: Mapping[SubscriptionId, Subscription], of_watch: dict[WatchId, tuple[SubscriptionId, ...]]
    ) -> None:
        """Begin with very many, all open and none paused.

        Polls ask neither for a channel nor for an owner, so a start does not wait until these are known: the first who
        asks does, some 0.1 s for a hundred thousand. Till then *subscriptions* is looked at as it is by then.
        """
        self.of_watch, self._unplaced = of_watch, subscriptions

    def put(self, subscription: Subscription, before: Subscription | None) -> None:
        """Give a subscription its place; *before*: what it was, None where it is new."""
        if before is None:
            append(self.of_watch, subscription.watch_id, subscription.id)
        self._move(subscription.id, None if before is None else _standing(before), _standing(subscription))

    def drop(self, subscription: Subscription) -> None:
        """Forget a subscription."""
        remove(self.of_watch, subscription.watch_id, subscription.id)
        self._move(subscription.id, _standing(subscription), None)

    def _move(self, name: SubscriptionId, before: "_Standing | None", after: "_Standing | None") -> None:
        if before == after:
            # It stands where it stood, as after nearly every edit of its card.
            return
        was, is_ = before or _NOWHERE, after or _NOWHERE
        if self._unplaced is None:
            _change(self._in_channel, name, was.channel, is_.channel)
            _change(self._of_owner, name, was.owner, is_.owner)
        _change(self.ended_in, name, was.ended_in, is_.ended_in)
        if is_.paused:
            self.paused[name] = None
        else:
            self.paused.pop(name, None)

    def _place_all(self) -> None:
        if self._unplaced is not None:
            for name, each in self._unplaced.items():
                if each.ended_at is None:
                    _join(self._in_channel, each.channel, name)
                    _join(self._of_owner, each.owner, name)
            self._unplaced = None


class _Standing(NamedTuple):
    """The groups in which a subscription stands."""

    channel: str | None = None
    """Where it is open."""
    owner: str | None = None
    """Where it is open."""
    ended_in: str | None = None
    paused: bool = False


_NOWHERE = _Standing()


def _standing(subscription: Subscription) -> _Standing:
    paused = subscription.paused is not None
    if subscription.ended_at is not None:
        return _Standing(None, None, subscription.channel, paused)
    return _Standing(subscription.channel, subscription.owner, None, paused)


def _change(groups: dict[str, Group], member: SubscriptionId, before: str | None, after: str | None) -> None:
    if before != after:
        if before is not None:
            _leave(groups, before, member)
        if after is not None:
            _join(groups, after, member)


def _join(groups: dict[str, Group], group: str, member: SubscriptionId) -> None:
    members = groups.get(group)
    if members is None:
        groups[group] = [member]
    elif isinstance(members, dict):
        members[member] = None
    elif len(members) < FEW:
        members.append(member)
    else:
        groups[group] = dict.fromkeys((*members, member))


def _leave(groups: dict[str, Group], group: str, member: SubscriptionId) -> None:
    members = groups[group]
    if isinstance(members, dict):
        del members[member]
    else:
        members.remove(member)
    if not members:
        del groups[group]


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
