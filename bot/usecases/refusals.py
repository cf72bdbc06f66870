"""What Slack refuses for good: by its kind, the subscription pauses, gets a new card, or lets one message go."""

from collections import Counter
from datetime import datetime

import structlog

from bot.core import news
from bot.core.model import Delivery, PauseReason, SubscriptionId, delivery_id
from bot.core.notify import is_end
from bot.ports import Clock, Followed, Refusal, Refused, Store
from bot.usecases.pauses import Pauses

_log = structlog.get_logger(__name__)

NEW_CARDS = 2
"""Cards that a subscription gets without one reply that found its thread; then threads are given up for a while."""


class Refusals:
    """Reacts to refusals, so that none of them is met again and again."""

    def __init__(self, *, store: Store, pauses: Pauses, clock: Clock) -> None:
        self._store = store
        self._pauses = pauses
        self._clock = clock
        self._new_cards: Counter[SubscriptionId] = Counter()

    async def refused(self, delivery: Delivery, result: Refused, *, in_doubt: bool = False) -> None:
        """A message was refused, as plain text too where that was worth a try.

        *in_doubt*: it may have arrived by an earlier try that could not be looked up.
        """
        put_back = self._put_back_in_doubt if in_doubt else self._put_back
        _log.warning("Slack does not take a message", delivery=delivery.id, **why(result))
        followed = await self._store.subscription(delivery.subscription_id)
        if followed is None:
            return
        is_card = isinstance(delivery.news, news.CardOpened)
        match result.kind:
            case Refusal.CHANNEL_CLOSED:
                await put_back(delivery)
                await self._pauses.refused(delivery.channel, result.code)
            case Refusal.WORKSPACE:
                await put_back(delivery)
                await self._pauses.workspace_closed(PauseReason.TOKEN, result.code)
            case Refusal.THREAD_CLOSED if not is_card and not self.no_thread_works(followed):
                await put_back(delivery)
                await self.thread_lost(followed)
            case Refusal.THREAD_CLOSED if is_end(delivery.news):
                # It goes to the channel itself: an end is never let go.
                await put_back(delivery)
            case Refusal.THREAD_CLOSED | Refusal.PAYLOAD if not is_card:
                _log.error("a message is let go; Slack will never take it", delivery=delivery.id, **why(result))
                await self._store.mark_refused(delivery.id, result.code)
            case _:
                # Nobody knows this code of a post; and without its card nothing else can be said.
                await put_back(delivery)
                await self._pauses.subscription_refused(followed, result.code)

    def no_thread_works(self, followed: Followed) -> bool:
        """Tell whether new cards did not help: their threads were lost as well, one after the other."""
        return self._new_cards[followed.subscription.id] >= NEW_CARDS

    def thread_works(self, followed: Followed) -> None:
        """A reply found its thread."""
        self._new_cards.pop(followed.subscription.id, None)

    async def thread_lost(self, followed: Followed) -> None:
        """The thread is closed or its card deleted: one new card, and on from there."""
        subscription, watch, now = followed.subscription, followed.watch, self._clock.now()
        if self.no_thread_works(followed):
            return
        card = Delivery(
            id=delivery_id(watch, subscription.id, _name(now)),
            watch_id=watch.id,
            subscription_id=subscription.id,
            channel=subscription.channel,
            news=news.CardOpened(),
            created_at=now,
        )
        if await self._store.replace_card(subscription.id, card):
            self._new_cards[subscription.id] += 1
            _log.info("a thread is lost; a new card takes over", subscription=subscription.id)

    async def _put_back(self, delivery: Delivery) -> None:
        await self._store.mark_pending(delivery.id, self._clock.now())

    async def _put_back_in_doubt(self, delivery: Delivery) -> None:
        """What may be a repeat is looked up again before the next try, and says so where it cannot be."""
        await self._store.mark_unknown(delivery.id, self._clock.now())


def why(result: Refused) -> dict[str, str]:
    """Return what the log tells of a refusal."""
    return {"code": result.code, "kind": result.kind.value, "detail": result.detail}


def _name(now: datetime) -> str:
    return f"card-{now.timestamp():.3f}"
