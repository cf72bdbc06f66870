"""What is told on request: lists, statuses, what has ended, accounts. One page at a time, however many there are."""

import dataclasses
from collections.abc import Sequence

from bot.core import notify
from bot.core.cadence import Limits, next_look
from bot.core.commands import History, ListTasks, Scope, Status, Topic, Transfer, command_text
from bot.core.message import Message
from bot.core.timed import next_due
from bot.core.wording import accounts as accounts_wording
from bot.core.wording import naming as naming_wording
from bot.core.wording import telling as wording
from bot.core.wording.card import Place
from bot.core.wording.help import help_text
from bot.core.wording.looks import why_then
from bot.core.wording.pages import Page, page_of
from bot.ports import Clock, Clouds, Followed, Store
from bot.usecases.asker import Asker
from bot.usecases.card_face import CardFace
from bot.usecases.naming import Naming, whole_name
from bot.usecases.rights import Rights
from bot.usecases.which_account import example_key

_LOOKED_AT = 500
"""Ended subscriptions of a channel that its history goes back to."""


class Telling:
    """Answers questions, and changes nothing."""

    def __init__(
        self,
        *,
        store: Store,
        naming: Naming,
        rights: Rights,
        face: CardFace,
        clouds: Clouds,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self._store = store
        self._naming = naming
        self._rights = rights
        self._face = face
        self._clock = clock
        self._clouds = clouds
        self._limits = limits

    async def listing(self, command: ListTasks, asker: Asker) -> Message:
        """Tell what this channel, the asker, or everybody follows."""
        narrowed = command.scope is Scope.ALL and not self._rights.sees_all(asker)
        followed = await self._within(command.scope, asker, narrowed=narrowed)
        if not followed:
            example = await self.example(asker)
            if command.scope is Scope.CHANNEL:
                return naming_wording.nothing_followed(example)
            return wording.nothing_listed(command.scope, example, narrowed=narrowed)
        return wording.listing(
            page_of([(one.subscription, one.watch) for one in followed], command.page, wording.LISTED),
            len(followed),
            command.scope,
            self._clock.now(),
            lambda page: command_text(dataclasses.replace(command, page=page)),
            narrowed=narrowed,
        )

    async def _within(self, scope: Scope, asker: Asker, *, narrowed: bool) -> Sequence[Followed]:
        if scope is Scope.CHANNEL:
            return await self._store.followed_in(asker.channel)
        if scope is Scope.MINE:
            return await self._store.followed_by(asker.user)
        if not narrowed:
            return await self._store.all_followed()
        theirs = [*await self._store.followed_in(asker.channel), *await self._store.followed_by(asker.user)]
        found = {one.subscription.id: one for one in theirs}
        return sorted(found.values(), key=lambda one: one.subscription.created_at)

    async def status(self, command: Status, asker: Asker) -> Message:
        """Tell all that is known of one task, or of each."""
        example = await self.example(asker)
        if command.task or asker.thread_ts is not None:
            meant = await self._naming.meant(command, asker, example=example)
            if isinstance(meant, Message):
                return meant
            page = Page(shown=[meant], number=1, last=1)
        else:
            followed = await self._store.followed_in(asker.channel)
            if not followed:
                return naming_wording.nothing_followed(example)
            page = page_of(followed, command.page, wording.TOLD)
        standings = [await self._standing(one) for one in page.shown]
        return wording.statuses(
            Page(shown=standings, number=page.number, last=page.last),
            self._clock.now(),
            lambda number: command_text(dataclasses.replace(command, page=number)),
        )

    async def _standing(self, one: Followed) -> wording.Standing:
        followers = await self._store.followers(one.watch.id)
        heard = notify.is_heard(followers)
        watch = one.watch
        # As it was decided, which was when it was last read.
        at = watch.seen_at if watch.seen_at is not None and watch.trouble is None else self._clock.now()
        due = next_due(watch, followers, at)
        account = self._clouds.get(watch.account)
        limits = (account.limits if account is not None else None) or self._limits
        look = next_look(watch, at, notify.awaited(followers), limits, heard=heard, due=due)
        return wording.Standing(
            subscription=one.subscription,
            watch=watch,
            place=self._face.place(watch),
            reason=why_then(look),
            last_sent=await self._store.last_sent(one.subscription.id),
            take=command_text(Transfer(task=whole_name(one))),
        )

    async def history(self, command: History, asker: Asker) -> Message:
        """Tell which tasks of this channel ended, and how."""
        ended = await self._store.ended_in(asker.channel, _LOOKED_AT)
        return wording.history(
            page_of([(one.subscription, one.watch) for one in ended], command.page, wording.LISTED),
            lambda page: command_text(dataclasses.replace(command, page=page)),
        )

    async def accounts(self, asker: Asker) -> Message:
        """Tell which accounts the asker can use here."""
        if (refusal := await self._rights.refusal_of_following(asker)) is not None:
            return refusal
        usable = await self._rights.usable(asker)
        places = [(Place(title=a.title, account=a.name), a.place, example_key(a)) for a in usable]
        return accounts_wording.accounts(places, some_are_hidden=len(usable) < self._rights.accounts)

    async def help(self, topic: Topic, asker: Asker) -> Message:
        """Tell what can be typed, with an example of an account that the asker can use."""
        example = await self.example(asker)
        return help_text(topic, example=example if " subscribe " in example else "")

    async def example(self, asker: Asker) -> str:
        """Return a command to begin with, of an account that the asker can use."""
        first = next(iter(await self._rights.usable(asker)), None)
        return f"/milepost subscribe {first.name} {example_key(first)}" if first is not None else "/milepost help"
