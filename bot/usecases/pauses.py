"""Subscriptions pause, they do not vanish: their channel closes, they wait; it opens, they say what was missed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from bot.core.fold import missed, silent_since, times, unsaid
from bot.core.model import Delivery, Pause, PauseReason, delivery_id
from bot.core.news import CaughtUp
from bot.core.notify import held_until
from bot.ports import Clock, Followed, Poster, Store, StoreError
from bot.usecases.owners import Owners

_log = structlog.get_logger(__name__)

OF_A_CHANNEL = frozenset({PauseReason.ARCHIVED, PauseReason.DELETED, PauseReason.REMOVED, PauseReason.REFUSED})
OF_THE_WORKSPACE = frozenset({PauseReason.UNINSTALLED, PauseReason.TOKEN})
LOOK_AGAIN = timedelta(minutes=10)
_REASONS = {
    "is_archived": PauseReason.ARCHIVED,
    "is_inactive": PauseReason.ARCHIVED,
    "channel_not_found": PauseReason.REMOVED,
    "not_in_channel": PauseReason.REMOVED,
}


class Pauses:
    """Pauses and resumes subscriptions, tells their owners, and looks whether a closed channel is open again."""

    def __init__(self, *, store: Store, poster: Poster, clock: Clock) -> None:
        self._store = store
        self._poster = poster
        self._clock = clock
        self._owners = Owners(store=store, poster=poster)
        self._looked_at: dict[str, datetime] = {}

    async def refused(self, channel: str, code: str) -> None:
        """Slack refused a post in *channel* because of the channel."""
        await self.channel_closed(channel, _REASONS.get(code, PauseReason.REFUSED), code)

    async def channel_closed(self, channel: str, reason: PauseReason, code: str = "") -> None:
        """Let all subscriptions of a channel wait, and tell each owner once."""
        followed = await self._store.speaking(channel)
        paused = await self._pause(followed, reason, code)
        self._looked_at[channel] = self._clock.now()
        await self._owners.tell_of_pause(paused, channel, reason)

    async def subscription_refused(self, followed: Followed, code: str) -> None:
        """Slack refuses the posts of one subscription with a code that nobody knows."""
        paused = await self._pause([followed], PauseReason.REFUSED, code)
        await self._owners.tell_of_pause(paused, followed.subscription.channel, PauseReason.REFUSED)

    async def channel_open(self, channel: str) -> None:
        """A channel can be posted in again: its subscriptions go on."""
        for followed in await self._store.paused():
            pause = followed.subscription.paused
            if followed.subscription.channel == channel and pause is not None and pause.reason in OF_A_CHANNEL:
                await self._resume(followed, pause)

    async def channel_moved(self, old: str, new: str) -> None:
        """Slack gave a channel another id."""
        count = await self._store.move_channel(old, new)
        _log.info("a channel has a new id", old=old, new=new, subscriptions=count)

    async def workspace_closed(self, reason: PauseReason, code: str = "") -> None:
        """The token or the installation is gone: everything waits. Nobody can be told."""
        await self._pause(await self._store.speaking(), reason, code)

    async def workspace_open(self, *, at_start: bool = False) -> None:
        """The token works: what waited for it goes on.

        A token can work and posts be refused all the same (a scope that is missing): so not more often than now and
        then, but always *at_start*.
        """
        now = self._clock.now()
        for followed in await self._store.paused():
            pause = followed.subscription.paused
            if pause is None or pause.reason not in OF_THE_WORKSPACE:
                continue
            if at_start or not timedelta(0) <= now - pause.since < LOOK_AGAIN:
                await self._resume(followed, pause)

    async def tick(self) -> None:
        """Look, now and then, whether channels that closed are open again: an event may have been missed."""
        await self._owners.tell_again()
        now = self._clock.now()
        waiting = {
            f.subscription.channel
            for f in await self._store.paused()
            if f.subscription.paused is not None and f.subscription.paused.reason in OF_A_CHANNEL
        }
        self._looked_at = {channel: at for channel, at in self._looked_at.items() if channel in waiting}
        for channel in sorted(waiting):
            if now - self._looked_at.get(channel, datetime.min.replace(tzinfo=now.tzinfo)) < LOOK_AGAIN:
                continue
            self._looked_at[channel] = now
            if await self._poster.can_post(channel=channel):
                try:
                    await self.channel_open(channel)
                except StoreError as error:
                    # Those that could not be resumed are tried at the next tick.
                    del self._looked_at[channel]
                    _log.error("a channel is open, which could not be written down", error=str(error))

    def clock_jumped(self) -> None:
        """After the clock was set back: wait for nothing that was reckoned with the old one."""
        self._looked_at.clear()

    async def heard(self, followed: Followed) -> None:
        """A channel took a message: should it refuse the next ones, that is news again."""
        await self._owners.speaks(followed.subscription)

    async def tell_owners_of_loss(self, owners: Mapping[str, int], file_name: str) -> None:
        """Tell the owners of *owners* (with how many subscriptions each) that a damaged data file forgot them."""
        await self._owners.tell_of_loss(owners, file_name)

    async def _pause(self, followed: Iterable[Followed], reason: PauseReason, code: str) -> Sequence[Followed]:
        pause = Pause(reason=reason, since=self._clock.now(), code=code)
        ids = [f.subscription.id for f in followed if f.subscription.paused is None]
        paused = await self._store.pause(ids, pause) if ids else []
        if paused:
            _log.warning("subscriptions are paused", reason=reason.value, code=code, count=len(paused))
        return paused

    async def _resume(self, followed: Followed, pause: Pause) -> None:
        subscription, now = followed.subscription, self._clock.now()
        waiting = await self._store.waiting(subscription.id)
        told = unsaid(waiting)
        told_now = CaughtUp(
            since=silent_since(told, pause.since.timestamp()),
            reason=pause.reason,
            missed=missed(told),
            times=times(told),
            more=len(waiting) > len(told),
        )
        caught_up = Delivery(
            id=delivery_id(followed.watch, subscription.id, f"resumed-{int(pause.since.timestamp())}"),
            watch_id=followed.watch.id,
            subscription_id=subscription.id,
            channel=subscription.channel,
            news=told_now,
            created_at=now,
            held_until=held_until(subscription.rules, told_now, now),
        )
        # Of one that ended and was stopped before it could say so there is nothing to tell, not even that.
        unwanted = subscription.card is None or (subscription.ended_at is not None and not waiting)
        resumed = await self._store.resume(subscription.id, None if unwanted else caught_up, [row.id for row in told])
        if resumed is not None:
            due_at = resumed.watch.due_at
            if due_at is not None and due_at > now:
                # While nobody could be told it was looked at rarely.
                await self._store.postpone(resumed.watch.id, now)
            if pause.reason is not PauseReason.REFUSED:
                await self._owners.pause_is_over(subscription)
            _log.info("a subscription goes on", subscription=subscription.id, watch=followed.watch.id)
