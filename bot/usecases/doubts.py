"""A lost answer: did the message arrive? Looked up by its id before anything is sent again."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from functools import partial

import structlog

from bot.core import news
from bot.core.model import Delivery
from bot.ports import Blind, Clock, FindResult, Followed, Found, Missing, Poster, Shut, Store
from bot.usecases.pauses import Pauses

_log = structlog.get_logger(__name__)

LOOK_UP_MARGIN = timedelta(minutes=10)
"""How far Slack's clock, by which messages are found, may be behind ours: too little would send a message twice."""
BELIEVE_AFTER = timedelta(seconds=10)
"""How long after a call began Slack's word that its message is not there is believed.

Slack goes on with a call whose caller died, and what it writes can be read a moment later only: to believe it at once
is to send a message twice.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What the operator decided about lost answers."""

    repeat: bool = True
    """Whether a message that may have arrived, and cannot be looked up, is sent again."""
    believe_after: timedelta = BELIEVE_AFTER


class Verdict(Enum):
    """What to do about a delivery whose answer was lost."""

    SETTLED = auto()
    """Nothing now: it is there, or was let go, or is looked up again later."""
    SEND = auto()
    LOST_THREAD = auto()
    """Nothing, for it is there; but outside its thread."""
    REPEAT = auto()
    """It may be there and cannot be looked up."""


class Doubts:
    """Settles deliveries of which nobody knows whether they arrived."""

    def __init__(self, *, store: Store, poster: Poster, pauses: Pauses, clock: Clock, habits: Habits) -> None:
        self._store = store
        self._poster = poster
        self._pauses = pauses
        self._clock = clock
        self._habits = habits

    async def settle(self, delivery: Delivery, followed: Followed) -> Verdict:
        """Look a delivery up, and mark it where that says what came of it."""
        found, outside = await self._find(delivery, followed)
        now = self._clock.now()
        match found:
            case Found(ts=ts):
                await self._store.mark_sent(delivery.id, ts, now)
                return Verdict.LOST_THREAD if outside else Verdict.SETTLED
            case Missing():
                began = delivery.sending_since or delivery.created_at
                # A beginning that lies ahead is of a clock that was set back.
                if timedelta(0) <= now - began < self._habits.believe_after:
                    await self._store.mark_unknown(delivery.id, began + self._habits.believe_after)
                    return Verdict.SETTLED
                return Verdict.SEND
            case Shut(code=code):
                # It stays in doubt while the channel is closed, and is looked up when that is open again.
                await self._pauses.refused(delivery.channel, code)
                return Verdict.SETTLED
            case Blind(for_good=False, after=after):
                await self._store.mark_unknown(delivery.id, now + timedelta(seconds=after))
                return Verdict.SETTLED
            case Blind():
                pass
        if self._habits.repeat or isinstance(delivery.news, news.CardOpened):
            return Verdict.REPEAT
        _log.warning("dropped: Slack did not say whether it arrived, and cannot be asked", delivery=delivery.id)
        await self._store.mark_refused(delivery.id, "ambiguous")
        return Verdict.SETTLED

    async def _find(self, delivery: Delivery, followed: Followed) -> tuple[FindResult, bool]:
        """Return what is known, and whether that is about another place than the one where it was to be."""
        card = followed.subscription.card
        since = (delivery.sending_since or delivery.created_at) - LOOK_UP_MARGIN
        find = partial(self._poster.find, channel=delivery.channel, delivery_id=delivery.id, since=since)
        if isinstance(delivery.news, news.CardOpened) or card is None:
            return await find(thread_ts=None), False
        found = await find(thread_ts=card.ts)
        if not isinstance(found, Missing):
            return found, False
        # Where a thread is gone, what was meant for it stands in the channel itself.
        return await find(thread_ts=None), True
