"""What a subscription's people change about it: rules, mute, owner, and its end. Each change is audited with it."""

from datetime import timedelta

import structlog
from msgspec.structs import replace

from bot.core.commands import UnmuteTask, clauses, command_text
from bot.core.message import Message
from bot.core.model import AuditEntry, Deed, DeliveryState, Mute, Tried
from bot.core.wishes import KEEP, Wishes, applied
from bot.core.wording import answers
from bot.core.wording import changes as wording
from bot.core.wording.card import task_name
from bot.ports import Clock, Followed, People, Revision, Store
from bot.usecases.asker import Asker
from bot.usecases.audit import Audit, task_of
from bot.usecases.cards import Cards
from bot.usecases.naming import whole_name
from bot.usecases.rights import Rights
from bot.usecases.zones import Zones

_log = structlog.get_logger(__name__)

_UNWANTED = "unsubscribed"
"""The code of a delivery that nobody wants to hear any more."""


class Changing:
    """Carries out changes of one subscription. Whether the asker can see it at all was found out before."""

    def __init__(
        self,
        *,
        store: Store,
        cards: Cards,
        people: People,
        rights: Rights,
        audit: Audit,
        zones: Zones,
        clock: Clock,
    ) -> None:
        self._store = store
        self._cards = cards
        self._people = people
        self._rights = rights
        self._audit = audit
        self._zones = zones
        self._clock = clock

    async def edit(self, followed: Followed, asker: Asker, wishes: Wishes) -> Message:
        """Change what it wants to hear, and its label; say in one line what holds now."""
        if (refusal := await self._refused(followed, asker, Tried.EDIT)) is not None:
            return refusal
        before = followed.subscription
        wishes = await self._zones.filled(wishes, asker.user)
        rules = applied(before.rules, wishes)
        label = before.label if wishes.label is KEEP else wishes.label
        now_holds = clauses(rules, label)
        if (rules, label) == (before.rules, before.label):
            return wording.unchanged(_name(followed), now_holds)
        revision = Revision(
            rules=rules if rules != before.rules else KEEP,
            label=label if label != before.label else KEEP,
            at=self._clock.now(),
        )
        entry = self._entry(followed, asker, Deed.EDITED, now_holds)
        revised = await self._store.revise(before.id, revision, audit=entry)
        return wording.edited(_name(revised), now_holds) if revised is not None else _over(followed)

    async def mute(self, followed: Followed, asker: Asker, seconds: int | None) -> Message:
        """Let only the end be told, for so many seconds; None: until it is unmuted. Anyone may."""
        now, before = self._clock.now(), followed.subscription.muted
        if seconds is None and before is not None and before.until is None:
            # Pressed once more, perhaps by two people at once: there is nothing to write down.
            return wording.muted(_name(followed), before, command_text(UnmuteTask(task=whole_name(followed))))
        mute = Mute(by=asker.user, since=now, until=now + timedelta(seconds=seconds) if seconds is not None else None)
        detail = mute.until.isoformat(timespec="seconds") if mute.until is not None else ""
        entry = self._entry(followed, asker, Deed.MUTED, detail)
        revised = await self._store.revise(followed.subscription.id, Revision(muted=mute, at=now), audit=entry)
        if revised is None:
            return _over(followed)
        return wording.muted(_name(revised), mute, command_text(UnmuteTask(task=whole_name(revised))))

    async def unmute(self, followed: Followed, asker: Asker) -> Message:
        """Let all be told again. Anyone may."""
        now, mute = self._clock.now(), followed.subscription.muted
        if mute is None or not mute.holds(now):
            return wording.not_muted(_name(followed))
        entry = self._entry(followed, asker, Deed.UNMUTED)
        # It is kept with its end, for what it kept back (a stall) is not taken back aloud afterwards.
        over = Revision(muted=replace(mute, until=now), at=now)
        revised = await self._store.revise(followed.subscription.id, over, audit=entry)
        return wording.unmuted(_name(revised)) if revised is not None else _over(followed)

    async def transfer(self, followed: Followed, asker: Asker, to: str | None) -> Message:
        """Give it to another owner; None: to the asker."""
        owner, channel = to if to is not None else asker.user, followed.subscription.channel
        tried = Tried.GIVE_AWAY if to is not None else Tried.TAKE
        if (refusal := await self._refused(followed, asker, tried)) is not None:
            return refusal
        if owner == followed.subscription.owner and not followed.subscription.owner_left:
            return wording.owned_already(_name(followed), owner)
        if owner != asker.user and (refusal := await self._rights.refusal_of_owner(owner, channel)) is not None:
            return refusal
        entry = self._entry(followed, asker, Deed.TRANSFERRED, f"to {owner}")
        revision = Revision(owner=owner, at=self._clock.now())
        revised = await self._store.revise(followed.subscription.id, revision, audit=entry)
        if revised is None:
            return _over(followed)
        if owner == asker.user:
            return wording.taken(_name(revised))
        # At most once, and not of much weight: the card names the owner as well.
        given = wording.given(_name(revised), asker.user)
        await self._people.whisper(channel=revised.subscription.channel, user=owner, message=given)
        return wording.transferred(_name(revised), owner)

    async def stop(self, followed: Followed, asker: Asker) -> Message:
        """End it; its card says who did."""
        if (refusal := await self._refused(followed, asker, Tried.STOP)) is not None:
            return refusal
        entry = self._entry(followed, asker, Deed.UNSUBSCRIBED)
        if followed.subscription.ended_at is not None:
            return await self._silence(followed, entry)
        removed = await self._store.remove_subscription(followed.subscription.id, audit=entry)
        if removed is not None:
            _log.info("unsubscribed", watch=followed.watch.id, channel=followed.subscription.channel, user=asker.user)
            await self._cards.retire(removed, asker.user)
        return wording.stopped(_name(followed))

    async def _silence(self, followed: Followed, entry: AuditEntry) -> Message:
        """Let what ended say no more. Its card stays, and shows the end."""
        for row in await self._store.waiting(followed.subscription.id):
            if row.state is not DeliveryState.SENDING:
                await self._store.mark_refused(row.id, _UNWANTED)
        await self._store.note(entry)
        return wording.silenced(_name(followed))

    def _entry(self, followed: Followed, asker: Asker, deed: Deed, detail: str = "") -> AuditEntry:
        channel, task = followed.subscription.channel, task_of(followed.watch)
        return self._audit.entry(asker, deed, channel=channel, task=task, detail=detail)

    async def _refused(self, followed: Followed, asker: Asker, tried: Tried) -> Message | None:
        subscription = followed.subscription
        refusal = await self._rights.refusal_of_change(subscription, asker)
        if refusal is not None:
            task = task_of(followed.watch)
            await self._audit.refused(asker, tried, about=subscription.id, channel=subscription.channel, task=task)
        return refusal


def _name(followed: Followed) -> str:
    return task_name(followed.subscription, followed.watch)


def _over(followed: Followed) -> Message:
    return answers.over(_name(followed))
