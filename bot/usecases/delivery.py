"""take → post → mark: brings what is to be said into Slack, once, in order, never faster than Slack allows."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.core import news
from bot.core.fold import foldable, in_one_message
from bot.core.message import Message
from bot.core.model import Delivery, DeliveryState
from bot.core.notify import held_until, is_broadcast, is_end, is_failure, mentioned
from bot.core.wording import thread
from bot.core.wording.card import task_name
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
from bot.usecases.doubts import Doubts, Habits, Verdict
from bot.usecases.in_flight import InFlight
from bot.usecases.pacing import CHANNEL_GAP, Budgets, OwnBudgets
from bot.usecases.pauses import Pauses
from bot.usecases.refusals import Refusals, why

_log = structlog.get_logger(__name__)

TAKE_LIMIT = 20
WORKSPACE_PER_MINUTE = 200
"""Slack speaks of several hundred messages per minute and workspace, without a number."""
WORKSPACE_BURST = 8
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 300.0
_SETTLING = timedelta(seconds=3)
"""How long Slack may take to show what it accepted without saying so."""
_MUTED = "muted"
"""The code of a delivery that nobody wants to hear any more."""
_BUG_PAUSE = timedelta(minutes=10)


class _TakenOver(Exception):
    """This machine slept so long that another one goes on with a delivery, and looks up what became of it here."""


class Deliveries:
    """Posts what waits. ``tick`` begins posts and returns; they end on their own, one at a time in each channel."""

    def __init__(
        self,
        *,
        store: Store,
        poster: Poster,
        face: CardFace,
        pauses: Pauses,
        clock: Clock,
        habits: Habits | None = None,
        budgets: Budgets | None = None,
    ) -> None:
        self._store = store
        self._pauses = pauses
        self._poster = poster
        self._face = face
        self._clock = clock
        self._doubts = Doubts(store=store, poster=poster, pauses=pauses, clock=clock, habits=habits or Habits())
        self._refusals = Refusals(store=store, pauses=pauses, clock=clock)
        self._in_flight = InFlight()
        self._channel_free_at: dict[str, datetime] = {}
        self._busy: Counter[str] = Counter()
        self._to_mark: list[Callable[[], Awaitable[None]]] = []
        """What came of posts, where the store could not write it down yet."""
        # Together they stay below it in every minute, the first one too.
        self._workspace = (budgets or OwnBudgets()).budget(
            "slack/posts", per_second=(WORKSPACE_PER_MINUTE - WORKSPACE_BURST) / 60, burst=WORKSPACE_BURST
        )

    async def tick(self) -> None:
        """Begin to post what can go now."""
        now = self._clock.now()
        await self._mark_again()
        await self._workspace.refill(now)
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
        except _TakenOver:
            return Unclear(code="taken_over")
        finally:
            self._release(card.channel)

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            followed = await self._store.subscription(delivery.subscription_id)
            if followed is None:
                return
            if delivery.state is not DeliveryState.UNKNOWN and await self._is_held(delivery, followed):
                return
            delivery = await self._folded(delivery, followed)
            verdict = Verdict.SEND
            if delivery.state is DeliveryState.UNKNOWN:
                verdict = await self._doubts.settle(delivery, followed)
                if verdict is Verdict.LOST_THREAD:
                    await self._refusals.thread_lost(followed)
                if verdict in (Verdict.SETTLED, Verdict.LOST_THREAD):
                    return
                if verdict is Verdict.SEND and await self._is_held(delivery, followed):
                    return
                delivery = await self._store.mark_sending(delivery.id, self._clock.now())
            # Meanwhile somebody may have stopped or muted it, or changed who is to be told.
            followed = await self._store.subscription(delivery.subscription_id)
            if followed is None:
                return
            if self._is_muted(delivery, followed):
                _log.info("a message is let go; its subscription was muted meanwhile", delivery=delivery.id)
                await self._store.mark_refused(delivery.id, _MUTED)
                return
            await self._post_and_mark(delivery, followed, maybe_repeated=verdict is Verdict.REPEAT)
        except _TakenOver:
            _log.warning("a delivery was left to another machine", delivery=delivery.id)
        except StoreError as error:
            # Nothing was sent: it stays as it is, and is handed out again.
            _log.error("a delivery could not be begun", delivery=delivery.id, error=str(error))
        except Exception:
            # A bug of ours: it must neither spin, nor block its thread until the next start, nor repeat what was sent.
            await self._store.mark_unknown(delivery.id, self._clock.now() + _BUG_PAUSE)
            raise
        finally:
            self._release(delivery.channel)

    async def _is_held(self, delivery: Delivery, followed: Followed) -> bool:
        """Hold a reply that was to be told before, and met quiet hours because Slack was out of reach."""
        if isinstance(delivery.news, news.CardOpened):
            return False
        until = held_until(followed.subscription.rules, delivery.news, self._clock.now())
        if until is None:
            return False
        # A failure takes along what stands before it.
        if any(is_failure(row.news) for row in await self._store.waiting(delivery.subscription_id)):
            return False
        await self._store.hold(delivery.id, until)
        return True

    def _is_muted(self, delivery: Delivery, followed: Followed) -> bool:
        """Tell whether a reply waited until its subscription was muted: only ends are told then."""
        mute = followed.subscription.muted
        if mute is None or isinstance(delivery.news, news.CardOpened) or is_end(delivery.news):
            return False
        return mute.holds(self._clock.now())

    async def _folded(self, delivery: Delivery, followed: Followed) -> Delivery:
        """Let a delivery that grew old while it waited tell what waits behind it as well."""
        if delivery.state is DeliveryState.UNKNOWN or is_end(delivery.news):
            return delivery
        now = self._clock.now()
        together = foldable(await self._store.waiting(delivery.subscription_id), now)
        if not together or together[0].id != delivery.id:
            return delivery
        told = in_one_message(together, now, followed.subscription.rules.quiet)
        folded = await self._store.fold(delivery.id, told, [row.id for row in together[1:]])
        return folded if folded is not None else delivery

    def _release(self, channel: str) -> None:
        self._busy -= Counter([channel])
        self._channel_free_at[channel] = self._clock.now() + CHANNEL_GAP

    async def _post_and_mark(
        self, delivery: Delivery, followed: Followed, *, maybe_repeated: bool, person_waits: bool = False
    ) -> PostResult:
        message = self._message(delivery, followed, maybe_repeated=maybe_repeated)
        result = await self._tried(delivery, followed, message)
        marking = partial(
            self._mark, delivery, followed, message, result, maybe_repeated=maybe_repeated, person_waits=person_waits
        )
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
            mentions=mentioned(followed.subscription.rules, delivery.news),
            maybe_repeated=maybe_repeated,
        )

    async def _tried(self, delivery: Delivery, followed: Followed, message: Message) -> PostResult:
        """Post; where the message itself is refused, say it more plainly, but never the same bytes again."""
        plainer = [Message(text=message.text)]
        if isinstance(delivery.news, news.Ended | news.Gone):
            # An end is never lost, whatever the cloud's words in it.
            told_to = mentioned(followed.subscription.rules, delivery.news)
            plainer.append(thread.bare_end(delivery.news, mentions=told_to))
        result = await self._post(delivery, followed, message)
        for other in plainer:
            if not isinstance(result, Refused) or result.kind not in (Refusal.PAYLOAD, Refusal.UNKNOWN):
                break
            _log.error("Slack refuses our message; said more plainly", delivery=delivery.id, **why(result))
            result = await self._post(delivery, followed, other)
        return result

    async def _post(self, delivery: Delivery, followed: Followed, message: Message) -> PostResult:
        parent = self._thread(delivery, followed)
        posting = partial(
            self._poster.post,
            channel=delivery.channel,
            message=message,
            delivery_id=delivery.id,
            broadcast=is_broadcast(followed.subscription.rules, delivery.news),
        )
        self._see_that_it_is_ours(delivery)
        result = await posting(thread_ts=parent)
        closed = isinstance(result, Refused) and result.kind is Refusal.THREAD_CLOSED
        if closed and is_end(delivery.news) and self._refusals.no_thread_works(followed):
            self._see_that_it_is_ours(delivery)
            return await posting(thread_ts=None)
        return result

    def _see_that_it_is_ours(self, delivery: Delivery) -> None:
        """Nothing may be waited for between this and the call."""
        if not self._store.still_holds(delivery):
            raise _TakenOver

    def _thread(self, delivery: Delivery, followed: Followed) -> str | None:
        if isinstance(delivery.news, news.CardOpened) or followed.subscription.card is None:
            return None
        return followed.subscription.card.ts

    async def _mark(
        self,
        delivery: Delivery,
        followed: Followed,
        message: Message,
        result: PostResult,
        *,
        maybe_repeated: bool,
        person_waits: bool,
    ) -> None:
        now = self._clock.now()
        match result:
            case Sent():
                await self._sent(delivery, followed, message, result, now)
            case RetryLater(after=after, throttled=throttled):
                wait = after or min(_FIRST_PAUSE * 2 ** min(delivery.attempts, 10), _LONGEST_PAUSE)
                if throttled:
                    self._workspace.close(now, wait)
                _log.info("Slack is to be asked later", delivery=delivery.id, seconds=wait, code=result.code)
                later = now + timedelta(seconds=wait)
                # What may be a repeat must still say so the next time.
                mark = self._store.mark_unknown if maybe_repeated else self._store.mark_pending
                await mark(delivery.id, later)
            case Unclear(code=code):
                _log.warning("Slack's answer was lost; I look whether it arrived", delivery=delivery.id, code=code)
                await self._store.mark_unknown(delivery.id, now + _SETTLING)
            case Refused() if person_waits:
                # A card that was never shown, and somebody to tell: nothing is subscribed.
                await self._store.remove_subscription(delivery.subscription_id)
            case Refused():
                await self._refusals.refused(delivery, result, in_doubt=maybe_repeated)

    async def _sent(
        self, delivery: Delivery, followed: Followed, message: Message, result: Sent, now: datetime
    ) -> None:
        await self._store.mark_sent(delivery.id, result.ts, now)
        if isinstance(delivery.news, news.CardOpened | news.CaughtUp):
            await self._pauses.heard(followed)
        if isinstance(delivery.news, news.CardOpened):
            await self._card_sent(delivery, followed, message, result, now)
        elif result.thread_ts is not None:
            self._refusals.thread_works(followed)
        elif self._thread(delivery, followed) is not None:
            # Slack posts a reply to a deleted card into the channel without a word.
            await self._refusals.thread_lost(followed)

    async def _card_sent(
        self, delivery: Delivery, followed: Followed, message: Message, result: Sent, now: datetime
    ) -> None:
        if await self._store.subscription(followed.subscription.id) is None:
            # Somebody unsubscribed while the card was on its way.
            gone = self._face.retired(followed, followed.subscription.owner, now)
            await self._poster.edit(channel=delivery.channel, ts=result.ts, message=gone)
            return
        shown, version = fingerprint(message), followed.watch.version
        await self._store.card_shown(followed.subscription.id, shown=shown, version=version, now=now)
