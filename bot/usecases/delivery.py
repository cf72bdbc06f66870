"""take → post → mark: brings what is to be said into Slack, once, in order, never faster than Slack allows."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.core import news
from bot.core.message import Message
from bot.core.model import Delivery, DeliveryState
from bot.core.wording import thread
from bot.core.wording.card import task_name
from bot.ports import (
    Blind,
    Clock,
    Followed,
    Found,
    Missing,
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
from bot.usecases.card_face import CardFace, shown_at
from bot.usecases.in_flight import InFlight
from bot.usecases.pacing import Bucket

_log = structlog.get_logger(__name__)

TAKE_LIMIT = 20
CHANNEL_GAP = timedelta(seconds=1.05)
"""Slack takes about one message per second and channel (docs.slack.dev/apis/web-api/rate-limits)."""
WORKSPACE_PER_MINUTE = 200
"""Slack speaks of several hundred messages per minute and workspace, without a number."""
LOOK_UP_MARGIN = timedelta(minutes=10)
"""How far Slack's clock, by which messages are found, may be behind ours: too little would send a message twice."""
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 300.0
_SETTLING = timedelta(seconds=3)
"""How long Slack may take to show what it accepted without saying so."""
_LOOK_AGAIN = timedelta(seconds=30)
_CLOSED_PAUSE = timedelta(minutes=10)
"""How long what cannot be posted waits: a channel or a token may be opened again, and nothing is lost till then."""


class Deliveries:
    """Posts what waits. ``tick`` begins posts and returns; they end on their own, one at a time in each channel."""

    def __init__(
        self, *, store: Store, poster: Poster, face: CardFace, clock: Clock, repeat_ambiguous: bool = True
    ) -> None:
        self._store = store
        self._poster = poster
        self._face = face
        self._clock = clock
        self._repeat_ambiguous = repeat_ambiguous
        self._in_flight = InFlight()
        self._channel_free_at: dict[str, datetime] = {}
        self._busy: Counter[str] = Counter()
        self._to_mark: list[Callable[[], Awaitable[None]]] = []
        """What came of posts, where the store could not write it down yet."""
        self._workspace = Bucket(per_second=WORKSPACE_PER_MINUTE / 60, burst=20)

    async def tick(self) -> None:
        """Begin to post what can go now."""
        now = self._clock.now()
        await self._mark_again()
        limit = min(self._workspace.allowed(now), TAKE_LIMIT)
        if limit == 0:
            return
        self._channel_free_at = {c: at for c, at in self._channel_free_at.items() if at > now}
        skip = self._busy.keys() | self._channel_free_at.keys()
        for delivery in await self._store.take_deliveries(now, limit, skip_channels=skip):
            self._busy[delivery.channel] += 1
            self._workspace.spend(now)
            self._in_flight.start(self._deliver(delivery), f"deliver {delivery.id}")

    async def settle(self) -> None:
        """Wait for all posts under way."""
        await self._in_flight.settle()

    async def drain(self, patience: float) -> None:
        """Let the posts under way end, or give them up after so many seconds; the next start looks them up."""
        await self._in_flight.drain(patience)

    def clock_jumped(self) -> None:
        """After the clock was set back: wait for nothing that was reckoned with the old one."""
        self._channel_free_at.clear()
        self._workspace.reopen_if_later(self._clock.now() + CHANNEL_GAP)

    async def post_card(self, opened: Followed, card: Delivery) -> PostResult:
        """Post the card of a subscription that was just written down, its row being ``sending``.

        A refusal, whatever its kind, removes the subscription: the person is there to be told.
        """
        now = self._clock.now()
        if (seconds := self._workspace.closed_for(now)) > 0:
            await self._store.mark_pending(card.id, now + timedelta(seconds=seconds))
            return RetryLater(after=seconds)
        self._busy[card.channel] += 1
        self._workspace.spend(now)
        try:
            return await self._post_and_mark(card, opened, maybe_repeated=False, person_waits=True)
        finally:
            self._release(card.channel)

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            followed = await self._store.subscription(delivery.subscription_id)
            if followed is None:
                return
            maybe_repeated = False
            if delivery.state is DeliveryState.UNKNOWN:
                decided = await self._look_up(delivery, followed)
                if decided is None:
                    return
                maybe_repeated = decided
                delivery = await self._store.mark_sending(delivery.id, self._clock.now())
            await self._post_and_mark(delivery, followed, maybe_repeated=maybe_repeated)
        except StoreError as error:
            # Nothing was sent: it stays as it is, and is handed out again.
            _log.error("a delivery could not be begun", delivery=delivery.id, error=str(error))
        finally:
            self._release(delivery.channel)

    def _release(self, channel: str) -> None:
        self._busy -= Counter([channel])
        self._channel_free_at[channel] = self._clock.now() + CHANNEL_GAP

    async def _look_up(self, delivery: Delivery, followed: Followed) -> bool | None:
        """Settle a delivery whose answer was lost: None where nothing is to be sent now, else whether it may repeat."""
        found = await self._poster.find(
            channel=delivery.channel,
            thread_ts=self._thread(delivery, followed),
            delivery_id=delivery.id,
            since=(delivery.sending_since or delivery.created_at) - LOOK_UP_MARGIN,
        )
        now = self._clock.now()
        match found:
            case Found(ts=ts):
                await self._store.mark_sent(delivery.id, ts, now)
                return None
            case Missing():
                return False
            case Blind(for_good=False):
                await self._store.mark_unknown(delivery.id, now + _LOOK_AGAIN)
                return None
            case Blind():
                pass
        if self._repeat_ambiguous or isinstance(delivery.news, news.CardOpened):
            return True
        _log.warning("dropped: Slack did not say whether it arrived, and cannot be asked", delivery=delivery.id)
        await self._store.mark_refused(delivery.id, "ambiguous")
        return None

    async def _post_and_mark(
        self, delivery: Delivery, followed: Followed, *, maybe_repeated: bool, person_waits: bool = False
    ) -> PostResult:
        message = self._message(delivery, followed, maybe_repeated=maybe_repeated)
        result = await self._post(delivery, followed, message)
        if isinstance(result, Refused) and result.kind is Refusal.PAYLOAD and message.blocks:
            _log.error("Slack refuses our blocks; sent as plain text", delivery=delivery.id, **_why(result))
            result = await self._post(delivery, followed, Message(text=message.text))
        marking = partial(self._mark, delivery, followed, message, result, person_waits=person_waits)
        try:
            await marking()
        except StoreError as error:
            # Should the bot be stopped before it can be marked, it is looked up before it is sent again.
            _log.error("a delivery could not be marked; I try again", delivery=delivery.id, error=str(error))
            self._to_mark.append(marking)
        return result

    async def _mark_again(self) -> None:
        waiting, self._to_mark = self._to_mark, []
        for place, marking in enumerate(waiting):
            try:
                await marking()
            except StoreError:
                self._to_mark += waiting[place:]
                return

    def _message(self, delivery: Delivery, followed: Followed, *, maybe_repeated: bool) -> Message:
        if isinstance(delivery.news, news.CardOpened):
            return self._face.card(followed, self._clock.now())
        return thread.reply(
            delivery.news,
            name=task_name(followed.subscription, followed.watch),
            account=followed.watch.account,
            maybe_repeated=maybe_repeated,
        )

    async def _post(self, delivery: Delivery, followed: Followed, message: Message) -> PostResult:
        return await self._poster.post(
            channel=delivery.channel,
            message=message,
            delivery_id=delivery.id,
            thread_ts=self._thread(delivery, followed),
            broadcast=thread.is_end(delivery.news),
        )

    def _thread(self, delivery: Delivery, followed: Followed) -> str | None:
        if isinstance(delivery.news, news.CardOpened) or followed.subscription.card is None:
            return None
        return followed.subscription.card.ts

    async def _mark(
        self, delivery: Delivery, followed: Followed, message: Message, result: PostResult, *, person_waits: bool
    ) -> None:
        now = self._clock.now()
        match result:
            case Sent(ts=ts):
                await self._store.mark_sent(delivery.id, ts, now)
                if isinstance(delivery.news, news.CardOpened):
                    shown = shown_at(message, now)
                    version = followed.watch.version
                    await self._store.card_shown(followed.subscription.id, shown=shown, version=version, now=now)
            case RetryLater(after=after, throttled=throttled):
                wait = after or min(_FIRST_PAUSE * 2 ** min(delivery.attempts, 10), _LONGEST_PAUSE)
                if throttled:
                    self._workspace.close(now, wait)
                _log.info("Slack is to be asked later", delivery=delivery.id, seconds=wait, code=result.code)
                await self._store.mark_pending(delivery.id, now + timedelta(seconds=wait))
            case Unclear(code=code):
                _log.warning("Slack's answer was lost; I look whether it arrived", delivery=delivery.id, code=code)
                await self._store.mark_unknown(delivery.id, now + _SETTLING)
            case Refused():
                await self._refused(delivery, result, now, person_waits=person_waits)

    async def _refused(self, delivery: Delivery, result: Refused, now: datetime, *, person_waits: bool) -> None:
        passing = result.kind is Refusal.WORKSPACE and not person_waits
        if isinstance(delivery.news, news.CardOpened) and not passing:
            # A card that was never shown: there is nothing that the channel could follow.
            _log.warning("a card cannot be posted; the subscription is removed", delivery=delivery.id, **_why(result))
            await self._store.remove_subscription(delivery.subscription_id)
            return
        match result.kind:
            case Refusal.CHANNEL_CLOSED | Refusal.WORKSPACE:
                _log.warning("Slack does not let me post; I try again later", delivery=delivery.id, **_why(result))
                await self._store.mark_pending(delivery.id, now + _CLOSED_PAUSE)
            case _:
                _log.error("Slack refuses a message for good", delivery=delivery.id, **_why(result))
                await self._store.mark_refused(delivery.id, result.code)


def _why(result: Refused) -> dict[str, str]:
    return {"code": result.code, "kind": result.kind.value, "detail": result.detail}
