"""A channel begins to follow a task: with the rules that its people set, and a card, which is the answer."""

import secrets

import structlog
from msgspec.structs import replace

from bot.core import news
from bot.core.cadence import Limits
from bot.core.commands import Edit, Subscribe, clauses, command_text
from bot.core.message import Message
from bot.core.model import Deed, Delivery, DeliveryState, Subscription, SubscriptionId, Tried, Watch, delivery_id
from bot.core.rules import Rules
from bot.core.wishes import KEEP, NO_WISHES, Wishes, applied
from bot.core.wording import following as wording
from bot.ports import AlreadyFollowed, Clock, Clouds, Followed, Opened, Poster, PostResult, Refused, Sent, Store
from bot.usecases.asker import Asker
from bot.usecases.audit import Audit, task_of
from bot.usecases.channel_defaults import ChannelDefaults
from bot.usecases.delivery import Deliveries
from bot.usecases.first_look import FirstLook
from bot.usecases.naming import whole_name
from bot.usecases.rights import Rights
from bot.usecases.which_account import Meant, which
from bot.usecases.zones import Zones

_log = structlog.get_logger(__name__)


class Following:
    """Lets channels follow tasks."""

    def __init__(
        self,
        *,
        store: Store,
        poster: Poster,
        clouds: Clouds,
        deliveries: Deliveries,
        defaults: ChannelDefaults,
        rights: Rights,
        audit: Audit,
        zones: Zones,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self._store = store
        self._poster = poster
        self._clouds = clouds
        self._deliveries = deliveries
        self._defaults = defaults
        self._rights = rights
        self._audit = audit
        self._zones = zones
        self._clock = clock
        self._first_look = FirstLook(store=store, clock=clock, limits=limits)

    async def subscribe(self, command: Subscribe, asker: Asker) -> Message | None:
        """Follow what is meant; None where the card is the answer."""
        if (refusal := await self._rights.refusal_of_following(asker)) is not None:
            await self._audit.refused(asker, Tried.SUBSCRIBE, about=asker.channel, channel=asker.channel)
            return refusal
        meant = await self._which(command, asker)
        if isinstance(meant, Message):
            return meant
        wishes = await self._zones.filled(command.wishes, asker.user)
        earlier = await self._earlier(meant, asker.channel)
        if earlier is not None:
            return await self._already(earlier, wishes)
        rules = applied(await self._defaults.rules(asker.channel), wishes)
        return await self._begin(meant, rules, wishes, asker)

    async def again(self, ended: Followed, asker: Asker) -> Message | None:
        """Follow the task of an ended card once more, wanting to hear the same, with a card of its own."""
        account, key = ended.watch.account, ended.watch.key
        meant = await self._which(Subscribe(account=account, task=key), asker)
        if isinstance(meant, Message):
            return meant
        earlier = await self._earlier(meant, asker.channel)
        if earlier is not None:
            return await self._already(earlier, NO_WISHES)
        label = ended.subscription.label
        return await self._begin(meant, ended.subscription.rules, Wishes(label=label), asker)

    async def _which(self, command: Subscribe, asker: Asker) -> Meant | Message:
        """Tell what is meant among the accounts that may be used here; name another only to say who can use it."""
        usable = {account.name: account for account in await self._rights.usable(asker)}
        meant = which(usable, command.account, command.task)
        if isinstance(meant, Meant):
            return meant
        of_all = which(self._clouds, command.account, command.task)
        name = of_all.account.name if isinstance(of_all, Meant) else command.account
        refusal = await self._rights.refusal_of_account(name, asker) if name is not None else None
        if refusal is None or name is None:
            return meant
        await self._audit.refused(asker, Tried.USE_ACCOUNT, about=name, channel=asker.channel, task=name)
        return refusal

    async def _earlier(self, meant: Meant, channel: str) -> Followed | None:
        watch = await self._store.open_watch(meant.account.name, meant.key)
        if watch is None:
            return None
        followers = await self._store.followers(watch.id)
        mine = next((s for s in followers if s.channel == channel), None)
        return Followed(subscription=mine, watch=watch) if mine is not None else None

    async def _already(self, followed: Followed, wishes: Wishes) -> Message:
        subscription = followed.subscription
        card, address = subscription.card, None
        if card is not None:
            address = await self._poster.permalink(channel=subscription.channel, ts=card.ts)
        other = applied(subscription.rules, wishes) != subscription.rules or (
            wishes.label not in (KEEP, subscription.label)
        )
        edit = command_text(Edit(task=whole_name(followed), wishes=wishes)) if other else ""
        return wording.already(address, posted=card is not None, edit=edit)

    async def _begin(self, meant: Meant, rules: Rules, wishes: Wishes, asker: Asker) -> Message | None:
        watch = await self._first_look.at(meant)
        if isinstance(watch, Message):
            return watch
        return await self._follow(watch, rules, wishes, asker)

    async def _follow(self, watch: Watch, rules: Rules, wishes: Wishes, asker: Asker) -> Message | None:
        now = self._clock.now()
        label = None if wishes.label is KEEP else wishes.label
        subscription = Subscription(
            id=SubscriptionId(secrets.token_hex(6)),
            watch_id=watch.id,
            channel=asker.channel,
            owner=asker.user,
            created_at=now,
            rules=rules,
            label=label,
            ended_at=now if watch.closed else None,
        )
        card = Delivery(
            id=delivery_id(watch, subscription.id, "card"),
            watch_id=watch.id,
            subscription_id=subscription.id,
            channel=asker.channel,
            news=news.CardOpened(),
            created_at=now,
            state=DeliveryState.SENDING,
            attempts=1,
            sending_since=now,
        )
        entry = self._audit.entry(
            asker, Deed.SUBSCRIBED, channel=asker.channel, task=task_of(watch), detail=clauses(rules, label)
        )
        opened = await self._store.subscribe(watch, subscription, card, audit=entry)
        if isinstance(opened, AlreadyFollowed):
            return await self._already(opened, wishes)
        _log.info("subscribed", watch=opened.watch.id, channel=asker.channel, user=asker.user)
        result = await self._deliveries.post_card(opened, _adjusted(card, opened))
        if isinstance(result, Refused):
            # The subscription went with its card; whoever reads the audit should not believe that it stands.
            await self._audit.note(asker, Deed.UNSUBSCRIBED, channel=asker.channel, task=entry.task, detail=result.code)
        return _answer(opened, result)


def _adjusted(card: Delivery, opened: Opened) -> Delivery:
    """The store may have joined the subscription to another watch than the one it was written for."""
    name = delivery_id(opened.watch, opened.subscription.id, "card")
    return replace(card, id=name, watch_id=opened.watch.id)


def _answer(opened: Opened, result: PostResult) -> Message | None:
    match result:
        case Refused(code=code):
            return wording.cannot_post(code)
        case Sent():
            seen = opened.watch.seen
            ended = opened.watch.closed and seen is not None
            return wording.ended_before(seen.state) if ended and seen is not None else None
        case _:
            return wording.card_on_its_way()
