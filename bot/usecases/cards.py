"""Edits each card until it shows what is known, newest state only, within Slack's budget for edits."""

from datetime import datetime, timedelta

import structlog

from bot.core.message import Message
from bot.core.model import PauseReason, SubscriptionId
from bot.ports import (
    Clock,
    Followed,
    Poster,
    PostResult,
    Refusal,
    Refused,
    RetryLater,
    Sent,
    Store,
    StoreError,
    Unclear,
)
from bot.usecases.card_face import CardFace, fingerprint
from bot.usecases.in_flight import InFlight
from bot.usecases.pacing import Budgets, OwnBudgets
from bot.usecases.pauses import LOOK_AGAIN, Pauses
from providers.base import TaskState

_log = structlog.get_logger(__name__)

CARD_GAP = timedelta(seconds=3)
"""Slack advises no more than one edit of a message per 3 s (docs.slack.dev/ai/developing-agents)."""
EDITS_PER_MINUTE = 50
"""chat.update is a tier 3 method: 50 per minute and workspace."""
READ_TIME_AGE = timedelta(minutes=10)
"""How old the reading time on a card may get while nothing else changes."""
_LOOKED_AT = 200
_PAUSE = timedelta(seconds=10)


class Cards:
    """Keeps cards true. ``tick`` begins edits and returns; they end on their own."""

    def __init__(
        self,
        *,
        store: Store,
        poster: Poster,
        face: CardFace,
        pauses: Pauses,
        clock: Clock,
        budgets: Budgets | None = None,
    ) -> None:
        self._store = store
        self._pauses = pauses
        self._poster = poster
        self._face = face
        self._clock = clock
        self._in_flight = InFlight()
        self._budget = (budgets or OwnBudgets()).budget("slack/edits", per_second=EDITS_PER_MINUTE / 60, burst=10)
        self._not_before: dict[SubscriptionId, datetime] = {}
        self._editing: set[SubscriptionId] = set()
        """Cards whose edit Slack has not answered yet: of two under way, the older might come last."""
        self._last_looks: dict[SubscriptionId, tuple[Followed, str]] = {}
        """Cards to be retired once their edit is answered, and by whom."""
        self._looks: dict[SubscriptionId, tuple[TaskState, float | None]] = {}
        """State and percent that each card shows; only for the order of edits, so a restart may forget it."""

    async def tick(self) -> None:
        """Begin to edit the cards that show something old."""
        now = self._clock.now()
        self._not_before = {card: at for card, at in self._not_before.items() if at > now}
        # Those that must wait are among the first again and again: they must not hide the others.
        stale = await self._store.stale_cards(_LOOKED_AT + len(self._not_before))
        if stale:
            await self._budget.refill(now)
        for followed in sorted(stale, key=self._urgency, reverse=True):
            if not self._budget.ready(now):
                return
            subscription = followed.subscription
            if subscription.id in self._not_before or subscription.id in self._editing or subscription.card is None:
                continue
            message = self._face.card(followed, now)
            if not self._worth_an_edit(followed, fingerprint(message), now):
                # Nothing to see: the version moves on, the time of the last edit stays.
                await self._shown(followed, subscription.card.shown, subscription.card.edited_at or now)
                continue
            self._not_before[subscription.id] = now + CARD_GAP
            self._editing.add(subscription.id)
            self._budget.spend(now)
            self._in_flight.start(self._edit(followed, message), f"edit card {subscription.id}")

    async def settle(self) -> None:
        """Wait for all edits under way."""
        await self._in_flight.settle()

    async def drain(self, patience: float) -> None:
        """Let the edits under way end, or give them up after so many seconds; the next start repeats them."""
        await self._in_flight.drain(patience)

    async def show_reading_time(self, followed: Followed) -> None:
        """Somebody asked for a look: edit the card after it, even if only the time of the reading changed."""
        card = followed.subscription.card
        if card is not None:
            # Written down, for whoever edits it may be another machine.
            edited_at = card.edited_at or self._clock.now()
            version = card.shown_version
            await self._store.card_shown(followed.subscription.id, shown="", version=version, now=edited_at)

    async def retire(self, followed: Followed, user: str) -> None:
        """Show on a card that nobody follows it here any more. A card that cannot be edited now stays as it is."""
        subscription, now = followed.subscription, self._clock.now()
        if subscription.card is None:
            return
        if subscription.id in self._editing:
            self._last_looks[subscription.id] = (followed, user)
            return
        message = self._face.retired(followed, user, now)
        self._budget.spend(now)
        result = await self._poster.edit(channel=subscription.channel, ts=subscription.card.ts, message=message)
        if not isinstance(result, Sent):
            _log.warning("the card of an ended subscription could not be edited", subscription=subscription.id)

    def clock_jumped(self) -> None:
        """After the clock was set back: wait for nothing that was reckoned with the old one."""
        self._not_before.clear()
        self._budget.reopen_if_later(self._clock.now() + CARD_GAP)

    def _urgency(self, followed: Followed) -> float:
        """How much of what a card shows is wrong: an end or another state first, then the most percent."""
        seen = followed.watch.seen
        state, percent = self._looks.get(followed.subscription.id, (None, None))
        if seen is None or followed.watch.ended_at is not None or seen.state is not state:
            return 1000.0
        return abs((seen.percent or 0.0) - (percent or 0.0))

    def _worth_an_edit(self, followed: Followed, mark: str, now: datetime) -> bool:
        card = followed.subscription.card
        if card is None or card.shown != mark:
            return True
        return card.edited_at is None or not timedelta(0) <= now - card.edited_at < READ_TIME_AGE

    async def _edit(self, followed: Followed, message: Message) -> None:
        subscription = followed.subscription
        if subscription.card is None:
            return
        try:
            result = await self._poster.edit(channel=subscription.channel, ts=subscription.card.ts, message=message)
            if isinstance(result, Refused) and result.kind in (Refusal.PAYLOAD, Refusal.UNKNOWN):
                _log.error("Slack refuses a card's blocks; shown as plain text", code=result.code, detail=result.detail)
                text = Message(text=message.text)
                result = await self._poster.edit(channel=subscription.channel, ts=subscription.card.ts, message=text)
            await self._mark(followed, message, result)
        except StoreError as error:
            # The card is true; that it is will be found out by one more edit, which nobody sees.
            _log.error("a card could not be marked", subscription=subscription.id, error=str(error))
        finally:
            self._editing.discard(subscription.id)
        if subscription.id in self._last_looks:
            await self.retire(*self._last_looks.pop(subscription.id))

    async def _mark(self, followed: Followed, message: Message, result: PostResult) -> None:
        now, subscription = self._clock.now(), followed.subscription
        mark = fingerprint(message)
        match result:
            case Sent():
                await self._shown(followed, mark, now)
            case RetryLater(after=after, throttled=throttled):
                if throttled:
                    self._budget.close(now, after)
                self._not_before[subscription.id] = now + max(_PAUSE, timedelta(seconds=after))
            case Unclear():
                self._not_before[subscription.id] = now + _PAUSE
            case Refused(kind=Refusal.CHANNEL_CLOSED, code=code):
                await self._pauses.refused(subscription.channel, code)
                await self._let_be(subscription.id, now)
            case Refused(kind=Refusal.WORKSPACE, code=code):
                await self._pauses.workspace_closed(PauseReason.TOKEN, code)
                await self._let_be(subscription.id, now)
            case Refused():
                _log.warning("a card cannot be edited", subscription=subscription.id, code=result.code)
                await self._shown(followed, mark, now)

    async def _let_be(self, subscription_id: SubscriptionId, now: datetime) -> None:
        """Try a card now and then that nobody will tell us about: one that ended with all said does not pause."""
        followed = await self._store.subscription(subscription_id)
        if followed is not None and followed.subscription.paused is None:
            self._not_before[subscription_id] = now + LOOK_AGAIN

    async def _shown(self, followed: Followed, mark: str, edited_at: datetime) -> None:
        version, seen = followed.watch.version, followed.watch.seen
        if seen is not None and not followed.watch.closed:
            self._looks[followed.subscription.id] = (seen.state, seen.percent)
        else:
            self._looks.pop(followed.subscription.id, None)
        await self._store.card_shown(followed.subscription.id, shown=mark, version=version, now=edited_at)
