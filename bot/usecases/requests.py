"""The door for all that people ask: typed, pressed or chosen. Each answer is private; the card is for the channel."""

import dataclasses
from typing import assert_never

from bot.core import commands
from bot.core.cadence import Limits
from bot.core.commands import Command, Wrong
from bot.core.message import Message
from bot.core.model import SubscriptionId
from bot.core.rules import Rules
from bot.core.wishes import Wishes
from bot.core.wording import answers
from bot.core.wording.card import task_name
from bot.ports import Clock, Clouds, Followed, People, Poster, Store
from bot.usecases.asker import Asker
from bot.usecases.audit import Audit
from bot.usecases.card_face import CardFace
from bot.usecases.cards import Cards
from bot.usecases.changing import Changing
from bot.usecases.channel_defaults import ChannelDefaults
from bot.usecases.delivery import Deliveries
from bot.usecases.following import Following
from bot.usecases.naming import About, Naming
from bot.usecases.polling import Polling
from bot.usecases.rights import Rights
from bot.usecases.telling import Telling
from bot.usecases.which_account import which
from bot.usecases.zones import Zones

__all__ = ["Asker", "Requests"]


class Requests:
    """Carries out what a person asks, as far as it is theirs to ask."""

    def __init__(
        self,
        *,
        store: Store,
        poster: Poster,
        people: People,
        clouds: Clouds,
        rights: Rights,
        deliveries: Deliveries,
        cards: Cards,
        polling: Polling,
        face: CardFace,
        audit: Audit,
        clock: Clock,
        limits: Limits,
        zone: str = "UTC",
        usual: Rules | None = None,
    ) -> None:
        self._store = store
        self._clouds = clouds
        self._rights = rights
        self._cards = cards
        self._polling = polling
        self._naming = Naming(store)
        zones = Zones(people=people, usual=zone)
        self._defaults = ChannelDefaults(store=store, rights=rights, audit=audit, zones=zones, usual=usual or Rules())
        self._following = Following(
            store=store,
            poster=poster,
            clouds=clouds,
            deliveries=deliveries,
            defaults=self._defaults,
            rights=rights,
            audit=audit,
            zones=zones,
            clock=clock,
            limits=limits,
        )
        self._changing = Changing(
            store=store, cards=cards, people=people, rights=rights, audit=audit, zones=zones, clock=clock
        )
        self._telling = Telling(
            store=store,
            naming=self._naming,
            rights=rights,
            face=face,
            clouds=clouds,
            clock=clock,
            limits=limits,
        )

    async def run(self, text: str, asker: Asker) -> Message | None:
        """Carry out what was typed; return the private answer, None where the card is the answer."""
        command = commands.parse(text, in_thread=asker.thread_ts is not None)
        if isinstance(command, Wrong):
            return answers.wrong(self._with_good_example(command), example=await self._telling.example(asker))
        return await self.carry_out(command, asker)

    async def carry_out(self, command: Command, asker: Asker) -> Message | None:
        """Carry out a command; return the private answer, None where the card is the answer."""
        match command:
            case commands.Subscribe():
                return await self._following.subscribe(command, asker)
            case commands.Defaults():
                return await self._defaults.carry_out(command, asker)
            case commands.Status():
                return await self._telling.status(command, asker)
            case commands.ListTasks():
                return await self._telling.listing(command, asker)
            case commands.History():
                return await self._telling.history(command, asker)
            case commands.Accounts():
                return await self._telling.accounts(asker)
            case commands.Help(topic=topic):
                return await self._telling.help(topic, asker)
            case commands.OpenForm():
                return await self._telling.help(commands.Topic.COMMANDS, asker)
            case _:
                return await self._about_one(command, asker)

    async def _about_one(self, command: About, asker: Asker) -> Message | None:
        meant = await self._naming.meant(command, asker, example=await self._telling.example(asker))
        if isinstance(meant, Message):
            return meant
        if not await self._can_be_changed(meant, command):
            return answers.over(task_name(meant.subscription, meant.watch))
        match command:
            case commands.Unsubscribe():
                return await self._changing.stop(meant, asker)
            case commands.Edit(wishes=wishes):
                return await self._changing.edit(meant, asker, wishes)
            case commands.MuteTask(seconds=seconds):
                return await self._changing.mute(meant, asker, seconds)
            case commands.UnmuteTask():
                return await self._changing.unmute(meant, asker)
            case commands.Transfer(to=to):
                return await self._changing.transfer(meant, asker, to)
            case commands.Refresh():
                await self._look(meant)
                return answers.refreshing()
            case commands.Status():
                return await self._telling.status(command, asker)
            case _:
                assert_never(command)

    async def _can_be_changed(self, meant: Followed, command: About) -> bool:
        if meant.subscription.ended_at is None or isinstance(command, commands.Status):
            return True
        return isinstance(command, commands.Unsubscribe) and bool(await self._store.waiting(meant.subscription.id))

    def _with_good_example(self, wrong: Wrong) -> Wrong:
        """Keep an example only if it would work when copied: it may repeat what was typed wrongly."""
        shown = commands.parse(wrong.example.removeprefix("/milepost"))
        if isinstance(shown, commands.Subscribe) and isinstance(
            which(self._clouds, shown.account, shown.task), Message
        ):
            return dataclasses.replace(wrong, example="")
        return wrong

    # --- by the id of a subscription, as a button carries it: it may be old, of another channel, or forged -----------

    async def refresh(self, subscription_id: str, asker: Asker) -> Message | None:
        """Look now; the card shows the reading."""
        followed = await self._open(subscription_id, asker)
        if followed is None:
            return answers.expired_button()
        await self._look(followed)
        return None

    async def mute(self, subscription_id: str, asker: Asker, *, seconds: int | None) -> Message | None:
        """Let only the end be told, for so many seconds; None: until it is unmuted."""
        followed = await self._open(subscription_id, asker)
        return await self._changing.mute(followed, asker, seconds) if followed else answers.expired_button()

    async def unmute(self, subscription_id: str, asker: Asker) -> Message | None:
        """Let all be told again."""
        followed = await self._open(subscription_id, asker)
        return await self._changing.unmute(followed, asker) if followed else answers.expired_button()

    async def stop(self, subscription_id: str, asker: Asker) -> Message:
        """Stop following; also what ended and has not said so yet."""
        followed = await self._visible(subscription_id, asker)
        if followed is None or not await self._can_be_changed(followed, commands.Unsubscribe(task="")):
            return answers.expired_button()
        return await self._changing.stop(followed, asker)

    async def transfer(self, subscription_id: str, asker: Asker, *, to: str | None) -> Message:
        """Give it to another owner; None: to the asker."""
        followed = await self._open(subscription_id, asker)
        return await self._changing.transfer(followed, asker, to) if followed else answers.expired_button()

    async def edit(self, subscription_id: str, asker: Asker, wishes: Wishes) -> Message | None:
        """Change what it wants to hear."""
        followed = await self._open(subscription_id, asker)
        return await self._changing.edit(followed, asker, wishes) if followed else answers.expired_button()

    async def track_again(self, subscription_id: str, asker: Asker) -> Message | None:
        """Follow the task of an ended card once more, with a card of its own."""
        followed = await self._visible(subscription_id, asker)
        if followed is None:
            return answers.expired_button()
        # Also from App Home the new card belongs where the old one is.
        there = dataclasses.replace(asker, channel=followed.subscription.channel)
        return await self._following.again(followed, there)

    async def _open(self, subscription_id: str, asker: Asker) -> Followed | None:
        followed = await self._visible(subscription_id, asker)
        return followed if followed is not None and followed.subscription.ended_at is None else None

    async def _visible(self, subscription_id: str, asker: Asker) -> Followed | None:
        """Return the subscription of a button, if it can be acted on from where the asker is."""
        followed = await self._store.subscription(SubscriptionId(subscription_id))
        return followed if followed is not None and self._rights.sees(followed.subscription, asker) else None

    async def _look(self, followed: Followed) -> None:
        await self._cards.show_reading_time(followed)
        await self._polling.look_now(followed.watch.id)

    # --- who comes and goes ------------------------------------------------------------------------------------------

    async def member_left(self, channel: str, user: str) -> None:
        """Somebody left a channel: what they own there may be taken over by anyone."""
        await self._store.owner_left(channel, user, left=True)

    async def member_joined(self, channel: str, user: str) -> None:
        """Somebody joined a channel, perhaps once more."""
        await self._store.owner_left(channel, user, left=False)
