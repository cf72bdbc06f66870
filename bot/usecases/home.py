"""The App Home: what somebody follows, and what else is followed in the channels that they are in."""

from collections.abc import Sequence
from typing import Protocol

from bot.core.message import Message
from bot.core.model import TroubleKind
from bot.core.wording import home as wording
from bot.core.wording.home import Entry, Health, Home
from bot.ports import Clock, Clouds, Followed, People, Store
from bot.usecases.asker import HOME, Asker
from bot.usecases.rights import Rights
from bot.usecases.which_account import example_key

PAGE_SIZE = 20
"""Entries on a page; each is one block, and each costs a look into the store."""


class Circuits(Protocol):
    """Knows which accounts are left alone for a while."""

    def is_left_alone(self, account: str) -> bool:
        """Tell whether an account failed so often that it is asked only now and then."""
        ...


class Homes:
    """Puts together what somebody's App Home shows."""

    def __init__(
        self, *, store: Store, people: People, clouds: Clouds, circuits: Circuits, rights: Rights, clock: Clock
    ) -> None:
        self._store = store
        self._people = people
        self._clouds = clouds
        self._circuits = circuits
        self._rights = rights
        self._clock = clock

    async def of(self, user: str, *, page: int = 1, notice: Message | None = None) -> Home:
        """Return the home of *user*. *notice*: the answer to what was pressed there."""
        seen = await self.visible(user)
        last = max(-(-len(seen) // PAGE_SIZE), 1)
        page = min(max(page, 1), last)
        shown = seen[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        entries = [await self._entry(one, user) for one in shown]
        health = await self._health()
        example = await self._example(user) if not seen else ""
        return wording.home(
            entries,
            health,
            page=page,
            last=last,
            count=len(seen),
            now=self._clock.now(),
            example=example,
            notice=notice,
        )

    async def _example(self, user: str) -> str:
        """Return a command that *user* can begin with in any channel; empty where there is none."""
        first = next(iter(await self._rights.usable(Asker(user=user, channel=HOME))), None)
        return f"/milepost subscribe {first.name} {example_key(first)}" if first is not None else ""

    async def visible(self, user: str) -> Sequence[Followed]:
        """Return the open subscriptions of *user*, then those of others in the channels that *user* is in.

        Where Slack does not tell which these are, they are the channels where *user* follows something.
        """
        mine = await self._store.followed_by(user)
        seen = {one.subscription.id for one in mine}
        others: list[Followed] = []
        # A channel that somebody left is none of theirs any more, whatever they own there.
        own = dict.fromkeys(one.subscription.channel for one in mine if not one.subscription.owner_left)
        joined = await self._people.channels_of(user)
        channels = own if joined is None else [*(each for each in own if each in joined), *sorted(joined - own.keys())]
        for channel in channels:
            others += [one for one in await self._store.followed_in(channel) if one.subscription.id not in seen]
        return [*mine, *others]

    async def find(self, user: str, subscription_id: str) -> Followed | None:
        """Return a subscription that the home of *user* shows."""
        return next((one for one in await self.visible(user) if one.subscription.id == subscription_id), None)

    async def _entry(self, one: Followed, user: str) -> Entry:
        last = await self._store.last_sent(one.subscription.id)
        return Entry(
            subscription=one.subscription,
            watch=one.watch,
            mine=one.subscription.owner == user,
            last_said=(last.sending_since or last.created_at) if last is not None else None,
        )

    async def _health(self) -> list[Health]:
        """Return how each account is, in the order of the configuration."""
        watches = {one.watch.id: one.watch for one in await self._store.all_followed()}.values()
        told: list[Health] = []
        for account in self._clouds.values():
            own = [watch for watch in watches if watch.account == account.name]
            readings = [watch.seen_at for watch in own if watch.seen_at is not None]
            kinds = {watch.trouble.kind for watch in own if watch.trouble is not None}
            told.append(
                Health(
                    account=account.name,
                    title=account.title,
                    watched=len(own),
                    read_at=max(readings, default=None),
                    refused=TroubleKind.DENIED in kinds,
                    left_alone=self._circuits.is_left_alone(account.name),
                    troubled=sum(watch.trouble is not None for watch in own),
                )
            )
        return told
