"""A workspace in virtual time: the real store, deliveries and cards before a Slack that counts, and has its limits."""

import itertools
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import structlog
from msgspec.structs import replace

from benchmarks import datafile
from benchmarks.product import NobodyThere, count_troubles
from bot.core.message import Message
from bot.core.model import Delivery, DeliveryId, Watch, WatchId, delivery_id
from bot.core.news import Reached
from bot.ports import Clouds, PostResult, RetryLater, Sent
from bot.store.embedded import EmbeddedStore
from bot.usecases.card_face import CardFace
from bot.usecases.cards import Cards
from bot.usecases.delivery import Deliveries
from bot.usecases.pauses import Pauses
from providers.base import TaskSnapshot, TaskState

MINUTE = timedelta(minutes=1)


class MovedClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = datafile.NOW

    def now(self) -> datetime:
        return self.at

    def move(self, *, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class CountingSlack(NobodyThere):
    """One post a second and channel, so many posts and 50 edits a minute; what is refused counts as well."""

    def __init__(self, clock: MovedClock, posts_per_minute: int) -> None:
        self._clock = clock
        self._limits = {"post": posts_per_minute, "edit": 50}
        self._minutes: dict[str, tuple[datetime, int]] = {}
        self._last_in: dict[str, datetime] = {}
        self._numbers = itertools.count(1)
        self.posts: list[tuple[datetime, str, DeliveryId]] = []
        self.edits: list[tuple[datetime, str]] = []
        self.refused: list[datetime] = []

    async def post(
        self,
        *,
        channel: str,
        message: Message,
        delivery_id: DeliveryId,
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> PostResult:
        now = self._clock.now()
        last, self._last_in[channel] = self._last_in.get(channel), now
        if last is not None and now - last < timedelta(seconds=1):
            return self._refuse(1.0)
        if (wait := self._too_many("post")) > 0:
            return self._refuse(wait)
        self.posts.append((now, channel, delivery_id))
        return Sent(ts=f"{next(self._numbers)}.000100", thread_ts=thread_ts)

    async def edit(self, *, channel: str, ts: str, message: Message) -> PostResult:
        if (wait := self._too_many("edit")) > 0:
            return self._refuse(wait)
        self.edits.append((self._clock.now(), ts))
        return Sent(ts=ts)

    def _too_many(self, method: str) -> float:
        now = self._clock.now()
        began, taken = self._minutes.get(method, (now, 0))
        if now - began >= MINUTE:
            began, taken = now, 0
        self._minutes[method] = (began, taken + 1)
        return (MINUTE - (now - began)).total_seconds() if taken + 1 > self._limits[method] else 0.0

    def _refuse(self, after: float) -> PostResult:
        self.refused.append(self._clock.now())
        return RetryLater(after=after, code="ratelimited", throttled=True)


class Workspace:
    """Channels with live cards, whose tasks move as they are told to."""

    def __init__(self, store: EmbeddedStore, clock: MovedClock, slack: CountingSlack) -> None:
        self.store, self.clock, self.slack = store, clock, slack
        clouds: Clouds = {}
        face = CardFace(clouds)
        pauses = Pauses(store=store, poster=slack, clock=clock)
        self.deliveries = Deliveries(store=store, poster=slack, face=face, pauses=pauses, clock=clock)
        self.cards = Cards(store=store, poster=slack, face=face, pauses=pauses, clock=clock)
        self._watches: dict[int, list[WatchId]] = defaultdict(list)

    @classmethod
    async def open(cls, folder: Path, *, cards: list[int], posts_per_minute: int = 200) -> Self:
        """Open a workspace in which each channel has so many live cards."""
        structlog.configure(processors=[count_troubles])
        path = folder / "workspace.db"
        channels = [number for number, count in enumerate(cards) for _ in range(count)]
        datafile.make(
            path,
            watches=len(channels),
            accounts={"one": "tencent-cos"},
            points=5,
            channel=lambda number, _: f"C{channels[number]:05d}",
        )
        clock = MovedClock()
        store = await EmbeddedStore.open(f"sqlite:///{path}")
        workspace = cls(store, clock, CountingSlack(clock, posts_per_minute))
        for number in range(len(cards)):
            for followed in await store.followed_in(f"C{number:05d}"):
                workspace._watches[number].append(followed.watch.id)
        return workspace

    async def news(self, channel: int) -> str:
        """Let one more task of a channel pass a milestone; return the channel's id."""
        name = self._watches[channel].pop()
        (subscription,) = await self.store.followers(name)
        watch = await self.store.watch(name)
        assert watch is not None
        told = Delivery(
            id=delivery_id(watch, subscription.id, "at-50"),
            watch_id=name,
            subscription_id=subscription.id,
            channel=subscription.channel,
            news=Reached(milestone=50, percent=51, after_seconds=3600),
            created_at=self.clock.now(),
        )
        assert await self.store.commit(watch, [told])
        return subscription.channel

    async def moves(self, name: WatchId, percent: float) -> Watch:
        """Let a task be read at *percent*."""
        watch = await self.store.watch(name)
        assert watch is not None
        seen = TaskSnapshot(state=TaskState.RUNNING, raw_state="TASK_DOING", percent=percent)
        moved = replace(watch, seen=seen, seen_at=self.clock.now(), high=percent)
        assert await self.store.commit(moved)
        return moved

    @property
    def watches(self) -> list[WatchId]:
        """All tasks."""
        return [name for names in self._watches.values() for name in names]

    async def tell(self) -> None:
        """One tick of deliveries."""
        await self.deliveries.tick()
        await self.deliveries.settle()

    async def show(self) -> None:
        """One tick of cards."""
        await self.cards.tick()
        await self.cards.settle()

    async def close(self) -> None:
        """Let go of the data."""
        await self.store.close()
