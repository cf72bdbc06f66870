"""What people ask for: follow, stop following, tell. Each answer is private; the card is for the channel."""

import asyncio
import dataclasses
import secrets
from collections.abc import Sequence

import structlog
from msgspec.structs import replace

from bot.core import commands, news, notify
from bot.core.advance import advance
from bot.core.cadence import Limits, next_look
from bot.core.commands import Command, Wrong
from bot.core.message import Message
from bot.core.model import (
    Delivery,
    DeliveryState,
    Subscription,
    SubscriptionId,
    Watch,
    delivery_id,
    watch_id,
)
from bot.core.rules import Rules
from bot.core.wishes import KEEP, Wishes, applied
from bot.core.wording import answers
from bot.core.wording.card import Place, task_name
from bot.core.wording.help import help_text
from bot.ports import (
    AlreadyFollowed,
    Clock,
    Clouds,
    Followed,
    Opened,
    Poster,
    PostResult,
    Refused,
    Sent,
    Store,
)
from bot.usecases.card_face import CardFace
from bot.usecases.cards import Cards
from bot.usecases.delivery import Deliveries
from bot.usecases.polling import Polling
from bot.usecases.which_account import Meant, example_key, which
from providers.base import (
    Absence,
    AccessDenied,
    ProviderError,
    Reading,
    TaskNotFound,
    TaskSnapshot,
    UnexpectedResponse,
)

_log = structlog.get_logger(__name__)

_NAME_PATIENCE = 5.0
"""Seconds for looking up a task's name, which is only nice to have."""


class Subscriptions:
    """Carries out what a person typed or pressed."""

    def __init__(
        self,
        *,
        store: Store,
        poster: Poster,
        clouds: Clouds,
        deliveries: Deliveries,
        cards: Cards,
        polling: Polling,
        face: CardFace,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self._store = store
        self._poster = poster
        self._clouds = clouds
        self._deliveries = deliveries
        self._cards = cards
        self._polling = polling
        self._face = face
        self._clock = clock
        self._limits = limits

    async def run(self, text: str, *, channel: str, user: str) -> Message | None:
        """Carry out the text of a slash command; return the private answer, None where the card is the answer."""
        command = commands.parse(text)
        if isinstance(command, Wrong):
            return answers.wrong(self._with_good_example(command), example=self._example())
        return await self._carry_out(command, channel=channel, user=user)

    async def _carry_out(self, command: Command, *, channel: str, user: str) -> Message | None:
        match command:
            case commands.Subscribe():
                return await self._subscribe(command, channel=channel, user=user)
            case commands.Unsubscribe(task=task):
                return await self._unsubscribe(task, channel=channel, user=user)
            case commands.Status(task=task):
                return await self._status(task, channel=channel)
            case commands.ListTasks():
                return answers.listing(_pairs(await self._store.followed_in(channel)), example=self._example())
            case commands.Accounts():
                return self._accounts()
            case commands.Help():
                return help_text()
            case _:
                return help_text()

    # --- subscribe -----------------------------------------------------------------------------------------------

    async def _subscribe(self, command: commands.Subscribe, *, channel: str, user: str) -> Message | None:
        meant = which(self._clouds, command.account, command.task)
        if isinstance(meant, Message):
            return meant
        earlier = await self._earlier(meant, channel)
        if earlier is not None:
            return await self._already(earlier, command)
        watch = await self._first_look(meant)
        if isinstance(watch, Message):
            return watch
        rules = applied(Rules(), command.wishes)
        return await self._follow(watch, rules, command, channel=channel, user=user)

    async def _earlier(self, meant: Meant, channel: str) -> Followed | None:
        watch = await self._store.open_watch(meant.account.name, meant.key)
        if watch is None:
            return None
        followers = await self._store.followers(watch.id)
        mine = next((s for s in followers if s.channel == channel), None)
        return Followed(subscription=mine, watch=watch) if mine is not None else None

    async def _already(self, followed: Followed, command: commands.Subscribe) -> Message:
        subscription, watch = followed.subscription, followed.watch
        card, address = subscription.card, None
        if card is not None:
            address = await self._poster.permalink(channel=subscription.channel, ts=card.ts)
        other = applied(subscription.rules, command.wishes) != subscription.rules or (
            command.wishes.label not in (KEEP, subscription.label)
        )
        return answers.already(address, f"{watch.account} {watch.key}", posted=card is not None, other_wishes=other)

    async def _first_look(self, meant: Meant) -> Watch | Message:
        """Read the task, so that a wrong id or a refused key is said at once; an outage is no reason to refuse."""
        open_watch = await self._store.open_watch(meant.account.name, meant.key)
        if open_watch is not None and open_watch.seen is not None:
            return open_watch
        reading, name = await asyncio.gather(self._read(meant), self._name(meant))
        account = meant.account
        match reading:
            case TaskNotFound(absence=Absence.CERTAIN | Absence.VAGUE):
                return answers.not_found(
                    account.name, meant.key, account.place, reading.message, example=example_key(account)
                )
            case AccessDenied():
                return answers.denied(account.name, reading.message)
            case _:
                return self._new_watch(meant, reading, name)

    async def _read(self, meant: Meant) -> Reading:
        missing = UnexpectedResponse("the answer says nothing about this task")
        return (await meant.account.provider.fetch([meant.key])).get(meant.key, missing)

    async def _name(self, meant: Meant) -> str | None:
        try:
            async with asyncio.timeout(_NAME_PATIENCE):
                return await meant.account.provider.describe(meant.key)
        except TimeoutError:
            return None

    def _new_watch(self, meant: Meant, reading: Reading, name: str | None) -> Watch:
        now = self._clock.now()
        account = meant.account.name
        fresh = Watch(
            id=watch_id(account, meant.key, 1),
            account=account,
            key=meant.key,
            created_at=now,
            due_at=now,
            name=name,
            run_since=now,
        )
        if not isinstance(reading, TaskSnapshot):
            _log.warning("the first reading failed; it is repeated", watch=fresh.id, reason=reading.message)
        # What the first reading says stands on the card; there is nobody yet to hear of it in a thread.
        watch = advance(fresh, reading, now, patience=self._limits.max_interval).watch
        if watch.closed:
            return watch
        retry_after = reading.retry_after if isinstance(reading, ProviderError) else None
        look = next_look(watch, now, Rules().milestones, self._limits, retry_after=retry_after)
        return replace(watch, due_at=now + look.after)

    async def _follow(
        self, watch: Watch, rules: Rules, command: commands.Subscribe, *, channel: str, user: str
    ) -> Message | None:
        now = self._clock.now()
        subscription = Subscription(
            id=SubscriptionId(secrets.token_hex(6)),
            watch_id=watch.id,
            channel=channel,
            owner=user,
            created_at=now,
            rules=rules,
            label=None if command.wishes.label is KEEP else command.wishes.label,
            ended_at=now if watch.closed else None,
        )
        card = Delivery(
            id=delivery_id(watch, subscription.id, "card"),
            watch_id=watch.id,
            subscription_id=subscription.id,
            channel=channel,
            news=news.CardOpened(),
            created_at=now,
            state=DeliveryState.SENDING,
            attempts=1,
            sending_since=now,
        )
        opened = await self._store.subscribe(watch, subscription, card)
        if isinstance(opened, AlreadyFollowed):
            return await self._already(opened, command)
        _log.info("subscribed", watch=opened.watch.id, channel=channel, user=user)
        result = await self._deliveries.post_card(opened, _adjusted(card, opened))
        return _answer(opened, result)

    # --- unsubscribe, status, list -------------------------------------------------------------------------------

    async def _unsubscribe(self, task: str, *, channel: str, user: str) -> Message:
        followed = await self._store.followed_in(channel)
        found = _named(task, followed)
        if len(found) != 1 or not task:
            return self._which_one(task, found, followed, "unsubscribe")
        return await self._end(found[0], user)

    async def _end(self, followed: Followed, user: str) -> Message:
        removed = await self._store.remove_subscription(followed.subscription.id)
        name = task_name(followed.subscription, followed.watch)
        if removed is not None:
            _log.info("unsubscribed", watch=followed.watch.id, channel=followed.subscription.channel, user=user)
            await self._cards.retire(removed, user)
        return answers.stopped(name)

    async def _status(self, task: str, *, channel: str) -> Message:
        followed = await self._store.followed_in(channel)
        found = _named(task, followed) if task else list(followed)
        if not found:
            return self._which_one(task, found, followed, "status")
        now = self._clock.now()
        parts = []
        for one in found:
            followers = await self._store.followers(one.watch.id)
            heard = any(follower.paused is None for follower in followers)
            reason = next_look(one.watch, now, notify.awaited(followers), self._limits, heard=heard).reason
            parts.append(answers.status(one.subscription, one.watch, self._face.place(one.watch), now, reason))
        return answers.statuses(parts)

    def _accounts(self) -> Message:
        return answers.accounts(
            [(Place(title=a.title, account=a.name), a.place, example_key(a)) for a in self._clouds.values()]
        )

    def _which_one(self, task: str, found: Sequence[Followed], followed: Sequence[Followed], verb: str) -> Message:
        if len(found) > 1 and task:
            return answers.ambiguous(task, _pairs(found), verb)
        return answers.not_followed(task, _pairs(followed), verb, example=self._example())

    def _with_good_example(self, wrong: Wrong) -> Wrong:
        """Keep an example only if it would work when copied: it may repeat what was typed wrongly."""
        shown = commands.parse(wrong.example.removeprefix("/milepost"))
        if isinstance(shown, commands.Subscribe) and isinstance(
            which(self._clouds, shown.account, shown.task), Message
        ):
            return dataclasses.replace(wrong, example="")
        return wrong

    def _example(self) -> str:
        first = next(iter(self._clouds.values()), None)
        return f"/milepost subscribe {first.name} {example_key(first)}" if first is not None else "/milepost help"

    # --- buttons -------------------------------------------------------------------------------------------------

    async def refresh(self, subscription_id: str, *, channel: str) -> Message | None:
        """Look now; the card shows the reading."""
        followed = await self._mine(subscription_id, channel)
        if followed is None or followed.watch.closed:
            return answers.expired_button()
        self._cards.show_reading_time(followed.subscription.id)
        await self._polling.look_now(followed.watch.id)
        return None

    async def stop(self, subscription_id: str, *, channel: str, user: str) -> Message:
        """Stop following."""
        followed = await self._mine(subscription_id, channel)
        if followed is None or followed.subscription.ended_at is not None:
            return answers.expired_button()
        return await self._end(followed, user)

    async def track_again(self, subscription_id: str, *, channel: str, user: str) -> Message | None:
        """Follow the task of an ended card once more, with a card of its own."""
        followed = await self._mine(subscription_id, channel)
        if followed is None:
            return answers.expired_button()
        again = commands.Subscribe(
            account=followed.watch.account,
            task=followed.watch.key,
            wishes=Wishes(milestones=followed.subscription.rules.milestones, label=followed.subscription.label),
        )
        return await self._subscribe(again, channel=channel, user=user)

    async def _mine(self, subscription_id: str, channel: str) -> Followed | None:
        """Return the subscription of a button, if it belongs to the channel where it was pressed."""
        followed = await self._store.subscription(SubscriptionId(subscription_id))
        return followed if followed is not None and followed.subscription.channel == channel else None


def _adjusted(card: Delivery, opened: Opened) -> Delivery:
    """The store may have joined the subscription to another watch than the one it was written for."""
    name = delivery_id(opened.watch, opened.subscription.id, "card")
    return replace(card, id=name, watch_id=opened.watch.id)


def _answer(opened: Opened, result: PostResult) -> Message | None:
    match result:
        case Refused(code=code):
            return answers.cannot_post(code)
        case Sent():
            seen = opened.watch.seen
            ended = opened.watch.closed and seen is not None
            return answers.ended_before(seen.state) if ended and seen is not None else None
        case _:
            return answers.card_on_its_way()


def _pairs(followed: Sequence[Followed]) -> list[tuple[Subscription, Watch]]:
    return [(one.subscription, one.watch) for one in followed]


def _named(task: str, followed: Sequence[Followed]) -> list[Followed]:
    """Return what a person may mean: by whole key, label or name, else by the beginning of the id."""
    wanted = task.strip().strip('"').strip()
    if not wanted:
        return []
    exact = [one for one in followed if wanted.lower() in _names(one)]
    return exact or [one for one in followed if len(wanted) >= 4 and _begins(one, wanted.lower())]


def _names(one: Followed) -> set[str]:
    watch, subscription = one.watch, one.subscription
    own = {watch.key, f"{watch.account} {watch.key}", watch.key.rsplit("/", 1)[-1]}
    return {name.lower() for name in own | {subscription.label or "", watch.name or ""} if name}


def _begins(one: Followed, wanted: str) -> bool:
    account, _, rest = wanted.partition(" ")
    start = rest if rest and account == one.watch.account else wanted
    return one.watch.key.lower().startswith(start) or one.watch.key.rsplit("/", 1)[-1].lower().startswith(start)
