"""Who may do what. Muting and refreshing are for everybody in a channel; the rest has an owner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.message import Message
from bot.core.model import Subscription
from bot.core.wording import rights as wording
from bot.ports import Account, Clouds, People
from bot.usecases.asker import HOME, Asker

EVERY_CHANNEL = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """What the configuration says of rights."""

    everyone: bool = False
    """Whether everybody in a channel may change what is followed there."""
    guests: bool = False
    """Whether guests may do what members may."""
    managers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Users who may change everything in a channel, by channel; under ``EVERY_CHANNEL``: in every one."""

    def managers_of(self, channel: str) -> frozenset[str]:
        """Return who manages a channel."""
        nobody = frozenset[str]()
        return self.managers.get(channel, nobody) | self.managers.get(EVERY_CHANNEL, nobody)


class Rights:
    """Answers whether somebody may do something: None where they may, else a refusal that says who can."""

    def __init__(self, *, clouds: Clouds, people: People, permissions: Permissions, operators: str | None) -> None:
        self._clouds = clouds
        self._people = people
        self._permissions = permissions
        self._operators = operators

    @property
    def accounts(self) -> int:
        """How many accounts there are, for whomever."""
        return len(self._clouds)

    async def usable(self, asker: Asker) -> Sequence[Account]:
        """Return the accounts that this person may use here, in the order of the configuration."""
        if await self._is_kept_out(asker.user):
            return ()
        return [account for account in self._clouds.values() if await self._why_not(account, asker) is None]

    async def refusal_of_following(self, asker: Asker) -> Message | None:
        """Refuse a guest, who can follow nothing whatever the account, and whoever is not in the channel they chose.

        What is followed shows its owner the channel's other tasks, and lets them use what only that channel may.
        """
        if await self._is_kept_out(asker.user):
            return wording.guest()
        if not asker.elsewhere:
            return None
        is_in = await self._people.is_in_channel(asker.user, asker.channel)
        if is_in is None:
            return wording.channel_unknown(asker.channel)
        return None if is_in else wording.not_in_the_channel(asker.channel)

    async def refusal_of_account(self, account: str, asker: Asker) -> Message | None:
        """Refuse an account that is limited to other channels or to groups that this person is not in."""
        if await self._is_kept_out(asker.user):
            return wording.guest()
        known = self._clouds.get(account)
        return await self._why_not(known, asker) if known is not None else None

    async def refusal_of_change(self, subscription: Subscription, asker: Asker) -> Message | None:
        """Refuse to stop, edit or give away what is somebody else's. Where the owner left, everybody may."""
        if await self._is_kept_out(asker.user):
            return wording.guest()
        managers = self._permissions.managers_of(subscription.channel)
        if self._permissions.everyone or subscription.owner_left or asker.user in managers | {subscription.owner}:
            return None
        # Slack does not say of an account that was deactivated that it left its channels.
        if (await self._people.person(subscription.owner)).is_nobody:
            return None
        return wording.not_yours(subscription.owner, sorted(managers))

    async def refusal_of_defaults(self, asker: Asker) -> Message | None:
        """Refuse to set what holds for new subscriptions to all but the channel's managers, where it has any."""
        if await self._is_kept_out(asker.user):
            return wording.guest()
        managers = self._permissions.managers_of(asker.channel)
        if self._permissions.everyone or not managers or asker.user in managers:
            return None
        return wording.not_your_defaults(sorted(managers))

    async def refusal_of_owner(self, user: str, channel: str) -> Message | None:
        """Refuse to give something to who could not change it, or is not in the channel and would see into it."""
        if await self._is_kept_out(user):
            return wording.guest_as_owner(user)
        if (await self._people.person(user)).is_nobody:
            return wording.nobody_as_owner(user)
        return wording.stranger_as_owner(user) if await self._people.is_in_channel(user, channel) is False else None

    def sees(self, subscription: Subscription, asker: Asker) -> bool:
        """Tell whether a subscription can be acted on from where somebody is."""
        if asker.channel != HOME:
            return subscription.channel == asker.channel
        return asker.user in self._permissions.managers_of(subscription.channel) | {subscription.owner}

    def sees_all(self, asker: Asker) -> bool:
        """Tell whether somebody may be told what other channels follow; memberships cannot be asked for cheaply."""
        everywhere = self._permissions.managers.get(EVERY_CHANNEL, frozenset[str]())
        return asker.user in everywhere or (self._operators is not None and asker.channel == self._operators)

    async def _is_kept_out(self, user: str) -> bool:
        return not self._permissions.guests and (await self._people.person(user)).is_guest

    async def _why_not(self, account: Account, asker: Asker) -> Message | None:
        if account.channels and asker.channel not in account.channels:
            return wording.not_in_this_channel(account.name, account.channels)
        if not account.groups:
            return None
        belongs = await self._people.is_in_a_group(asker.user, account.groups)
        if belongs is None:
            return wording.group_unknown(account.name)
        return None if belongs else wording.not_in_the_group(account.name, account.groups)
