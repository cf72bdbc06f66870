"""Forms: what stands in them when they open, and what becomes of what was filled in."""

import asyncio
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeAlias

from msgspec.structs import replace

from bot.core.commands import LABEL_LIMIT, WORD_LIMIT, Subscribe, Wrong, clauses, parse_clauses
from bot.core.message import Message
from bot.core.model import SubscriptionId, Tried
from bot.core.rules import Broadcast, Mention, Occasion, Rules
from bot.core.text import plain
from bot.core.view import Modal
from bot.core.wishes import KEEP, Wishes, applied, as_wishes
from bot.core.wording import accounts, answers, field_errors
from bot.core.wording import forms as wording
from bot.core.wording.card import task_name
from bot.core.wording.forms import Field
from bot.ports import Account, Channels, Clouds, Followed, Store
from bot.usecases.asker import HOME, Asker
from bot.usecases.audit import Audit, task_of
from bot.usecases.rights import Rights
from bot.usecases.which_account import Meant, example_key, which
from providers.base import InvalidKey

CHECK_SECONDS = 1.5
"""What is asked of others before a form closes may take so long; Slack gives three seconds in all."""
_RULES = Rules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What a person left in the fields; empty where nothing. Anybody can send anything."""

    account: str = ""
    task: str = ""
    channel: str = ""
    milestones: str = ""
    broadcast: str = ""
    mention: str = ""
    label: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A form that says what is to be done, and where."""

    command: Subscribe
    asker: Asker


Errors: TypeAlias = Mapping[Field, str]
"""What is wrong, by field."""


class Forms:
    """Decides what forms show, and reads them."""

    def __init__(
        self, *, clouds: Clouds, store: Store, rights: Rights, channels: Channels, audit: Audit, usual: Rules = _RULES
    ) -> None:
        self._clouds = clouds
        self._store = store
        self._rights = rights
        self._channels = channels
        self._audit = audit
        self._usual = usual

    # --- opening -------------------------------------------------------------------------------------------------

    async def new(self, user: str, channel: str | None) -> Modal | Message:
        """Return the form for following a task, or why there is none. *channel*: None: the form asks for it."""
        if not self._clouds:
            return accounts.no_accounts()
        asker = Asker(user=user, channel=channel or HOME)
        # Where the channel is still to be chosen, so is what may be used there.
        usable = list(self._clouds.values()) if channel is None else await self._rights.usable(asker)
        if not usable:
            first = next(iter(self._clouds))
            return await self._rights.refusal_of_account(first, asker) or accounts.no_accounts()
        settings = await self._store.channel_settings(channel) if channel is not None else None
        usual = _told(settings.rules if settings is not None else self._usual, None)
        return wording.new([_choice(account) for account in usable], usual, channel=channel)

    async def edit(self, subscription_id: str, asker: Asker) -> Modal | Message:
        """Return the form for changing a subscription, or why it cannot be changed."""
        followed = await self._changeable(subscription_id, asker, Tried.EDIT)
        if isinstance(followed, Message):
            return followed
        told = _told(followed.subscription.rules, followed.subscription.label)
        return wording.edit(task_name(followed.subscription, followed.watch), told)

    async def stop(self, subscription_id: str, asker: Asker) -> Modal | Message:
        """Return the question before a subscription is stopped."""
        followed = await self._changeable(subscription_id, asker, Tried.STOP)
        if isinstance(followed, Message):
            return followed
        return wording.stop(task_name(followed.subscription, followed.watch))

    async def transfer(self, subscription_id: str, asker: Asker) -> Modal | Message:
        """Return the question to whom a subscription goes."""
        followed = await self._changeable(subscription_id, asker, Tried.GIVE_AWAY)
        if isinstance(followed, Message):
            return followed
        return wording.transfer(task_name(followed.subscription, followed.watch))

    async def _changeable(self, subscription_id: str, asker: Asker, tried: Tried) -> Followed | Message:
        followed = await self._store.subscription(SubscriptionId(subscription_id))
        subscription = followed.subscription if followed is not None else None
        if followed is None or subscription is None or subscription.channel != asker.channel:
            return answers.expired_button()
        if subscription.ended_at is not None:
            return answers.expired_button()
        refusal = await self._rights.refusal_of_change(subscription, asker)
        if refusal is None:
            return followed
        task = task_of(followed.watch)
        await self._audit.refused(asker, tried, about=subscription.id, channel=subscription.channel, task=task)
        return refusal

    # --- reading -------------------------------------------------------------------------------------------------

    async def subscription(self, filled: Filled, user: str, channel: str | None) -> Ready | Message | Errors:
        """Return what a form for following a task asks for, a refusal, or what is wrong in which field."""
        errors: dict[Field, str] = {}
        place = channel or filled.channel
        if not place:
            errors[Field.CHANNEL] = field_errors.no_channel()
        meant = self._meant(filled, errors)
        wishes = _wishes(filled, errors)
        if errors or meant is None:
            return errors
        settings = await self._store.channel_settings(place)
        wishes = _without_the_usual(wishes, settings.rules if settings is not None else self._usual)
        ready = Ready(
            command=Subscribe(account=meant.account.name, task=meant.key, wishes=wishes),
            asker=Asker(user=user, channel=place, elsewhere=channel is None),
        )
        account, asked = meant.account.name, channel is None
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                tried, about = Tried.SUBSCRIBE, place
                refusal = await self._rights.refusal_of_following(ready.asker)
                if refusal is None:
                    tried, about = Tried.USE_ACCOUNT, account
                    refusal = await self._rights.refusal_of_account(account, ready.asker)
                archived = refusal is None and await self._channels.is_archived(place)
        except TimeoutError:
            # Whoever carries it out checks all of it again, and tells what could not be known in time.
            return ready
        if refusal is not None:
            task = account if tried is Tried.USE_ACCOUNT else ""
            await self._audit.refused(ready.asker, tried, about=about, channel=place, task=task)
            # A mention or a channel can be read in a message only, not beside a field.
            return refusal if "<" in refusal.text else {Field.ACCOUNT: field_errors.refused(refusal)}
        if archived:
            return {Field.CHANNEL: field_errors.archived()} if asked else {Field.TASK: field_errors.archived_here()}
        return ready

    async def changes(self, filled: Filled, subscription_id: str, asker: Asker) -> Wishes | Message | Errors:
        """Return what a form asks to change, a refusal, or what is wrong in which field.

        The form shows all that is told, so what is not in it any more is no longer wanted.
        """
        errors: dict[Field, str] = {}
        wishes = _wishes(filled, errors)
        if errors:
            return errors
        followed = await self._changeable(subscription_id, asker, Tried.EDIT)
        if isinstance(followed, Message):
            return followed
        if wishes.milestones is KEEP:
            wishes = dataclasses.replace(wishes, milestones=())
        before = followed.subscription
        label = None if wishes.label is KEEP else wishes.label
        changed = as_wishes(applied(_RULES, wishes), None, base=before.rules)
        return dataclasses.replace(changed, label=label if label != before.label else KEEP)

    def _meant(self, filled: Filled, errors: dict[Field, str]) -> Meant | None:
        # As behind the command, what copied text carries unseen is no part of an id.
        task = plain(filled.task, WORD_LIMIT)
        if not task:
            errors[Field.TASK] = field_errors.no_task()
            return None
        if filled.account:
            account = self._clouds.get(filled.account)
            if account is None:
                errors[Field.ACCOUNT] = field_errors.no_account()
                return None
            try:
                return Meant(account=account, key=account.provider.parse_key(task))
            except InvalidKey as error:
                errors[Field.TASK] = field_errors.bad_key(error)
                return None
        found = which(self._clouds, None, task)
        if isinstance(found, Message):
            errors[Field.ACCOUNT] = field_errors.no_account()
            return None
        return found


def _choice(account: Account) -> wording.AccountChoice:
    return wording.AccountChoice(
        name=account.name, title=account.title, place=account.place, example=example_key(account)
    )


def _told(rules: Rules, label: str | None) -> wording.Told:
    """Part what is told into the fields: milestones and the broadcast have their own, the rest is typed."""
    rest = replace(rules, broadcast=_RULES.broadcast)
    if not rules.only_end:
        rest = replace(rest, milestones=_RULES.milestones)
    return wording.Told(
        milestones=",".join(map(str, rules.milestones)),
        broadcast=rules.broadcast,
        more=clauses(rest, None),
        label=label or "",
    )


def _wishes(filled: Filled, errors: dict[Field, str]) -> Wishes:
    """Read the fields about what is told; what is wrong goes into *errors*."""
    wishes = Wishes()
    for field, text in ((Field.MILESTONES, _with_at(filled.milestones)), (Field.MORE, filled.more)):
        if not text.strip():
            continue
        found = parse_clauses(text)
        if isinstance(found, Wrong):
            errors[field] = field_errors.wrong(found)
        elif twice := _both(wishes, found):
            errors[field] = field_errors.twice(twice)
        else:
            wishes = _joined(wishes, found)
    if filled.broadcast in set(Broadcast):
        if wishes.broadcast is not KEEP:
            errors[Field.MORE] = field_errors.twice("broadcast")
        wishes = dataclasses.replace(wishes, broadcast=Broadcast(filled.broadcast))
    if filled.mention:
        already = () if wishes.mentions is KEEP else wishes.mentions
        mention = Mention(who=filled.mention, on=Occasion.FAILURE)
        if mention not in already:
            wishes = dataclasses.replace(wishes, mentions=(*already, mention))
    label = plain(filled.label, 10 * LABEL_LIMIT)
    if len(label) > LABEL_LIMIT:
        errors[Field.LABEL] = field_errors.long_label(len(label))
    elif label:
        if wishes.label is not KEEP:
            errors[Field.LABEL] = field_errors.twice("label")
        wishes = dataclasses.replace(wishes, label=label)
    return wishes


def _with_at(text: str) -> str:
    """Milestones may stand alone in their field, as numbers."""
    text = text.strip()
    return f"at {text}" if text and not text[0].isalpha() else text


def _both(first: Wishes, second: Wishes) -> str:
    """Return what both speak of; empty where nothing."""
    return next((name for name in _NAMES if KEEP not in (getattr(first, name), getattr(second, name))), "")


def _joined(first: Wishes, second: Wishes) -> Wishes:
    said = {name: value for name in _NAMES if (value := getattr(second, name)) is not KEEP}
    return dataclasses.replace(first, **said)


def _without_the_usual(wishes: Wishes, usual: Rules) -> Wishes:
    """Leave out a broadcast that holds anyhow: the form always shows one."""
    return dataclasses.replace(wishes, broadcast=KEEP) if wishes.broadcast == usual.broadcast else wishes


_NAMES = tuple(field.name for field in fields(Wishes))
