"""A whole bot without a network: the real store, use cases and wording; Slack, clouds and clock are scripted."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar, cast

from bot.core.cadence import Limits
from bot.core.commands import Command
from bot.core.message import Message
from bot.core.model import DeliveryId, Subscription
from bot.core.rules import Rules
from bot.ports import (
    Account,
    Blind,
    Clouds,
    FindResult,
    Followed,
    Found,
    Missing,
    People,
    Person,
    Poster,
    PostResult,
    Refusal,
    Refused,
    RetryLater,
    Sent,
    Shut,
    Store,
    StoreError,
)
from bot.store.embedded import EmbeddedStore
from bot.usecases.audit import Audit
from bot.usecases.card_face import CardFace
from bot.usecases.cards import Cards
from bot.usecases.changes_told import ChangesTold
from bot.usecases.delivery import Deliveries
from bot.usecases.doubts import Habits
from bot.usecases.operators import Operators
from bot.usecases.pauses import Pauses
from bot.usecases.polling import Polling
from bot.usecases.requests import Asker, Requests
from bot.usecases.rights import Permissions, Rights
from providers.base import (
    InvalidKey,
    Likeness,
    Provider,
    ProviderError,
    Reading,
    TaskKey,
    TaskSnapshot,
    TaskState,
    Unavailable,
)
from providers.flaws import Flaw
from providers.reasons import Reason

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHANNEL = "C0ONE"
OTHER = "C0TWO"
OPERATORS = "C0OPS"
ALICE = "U0ALICE"
BOB = "U0BOB"
LIMITS = Limits(min_interval=timedelta(seconds=10), max_interval=timedelta(seconds=60))

T = TypeVar("T")


class MovedClock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def move(self, *, seconds: float = 0, minutes: float = 0) -> None:
        self.at += timedelta(seconds=seconds, minutes=minutes)


class Gate:
    """Lets a test hold a call, and learn that it has come."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.open = asyncio.Event()
        self.answer: PostResult | None = None
        """What a post is answered behind it, instead of succeeding."""

    async def pass_through(self) -> None:
        self.reached.set()
        await self.open.wait()


@dataclass(slots=True, kw_only=True)
class Shown:
    """A message as people see it."""

    channel: str
    ts: str
    message: Message
    thread_ts: str | None
    broadcast: bool
    delivery: DeliveryId
    at: datetime
    edits: int = 0


PostAnswer = PostResult | Gate
"""What a scripted call does instead of succeeding; a gate holds it and then lets it succeed."""


@dataclass(slots=True)
class Lost:
    """Slack does it, and the answer gets lost."""

    answer: PostResult


class Takes:
    """Slack's limits: one post a second and channel, so many a minute for all; what is refused counts too."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._in_channel: dict[str, datetime] = {}
        self._minute = NOON
        self._taken = 0
        self.refused_at: list[datetime] = []

    def too_many(self, channel: str, now: datetime) -> PostResult | None:
        if now - self._minute >= timedelta(minutes=1):
            self._minute, self._taken = now, 0
        self._taken += 1
        last = self._in_channel.get(channel)
        self._in_channel[channel] = now
        if last is not None and now - last < timedelta(seconds=1):
            return self._refused(now, 1.0)
        if self._taken > self._per_minute:
            return self._refused(now, 60 - (now - self._minute).total_seconds())
        return None

    def _refused(self, now: datetime, after: float) -> PostResult:
        self.refused_at.append(now)
        return RetryLater(after=after, code="ratelimited", throttled=True)


class FakeSlack:
    """Keeps what channels show. Calls succeed, unless a test lined up other answers."""

    def __init__(self, clock: MovedClock) -> None:
        self._clock = clock
        self._number = 0
        self.messages: list[Shown] = []
        self.posts: list[tuple[datetime, str, DeliveryId]] = []
        """Every call, whatever became of it: when, where and what."""
        self.edits: list[tuple[datetime, str]] = []
        self.finds: list[DeliveryId] = []
        self.post_answers: list[PostAnswer | Lost] = []
        self.edit_answers: list[PostAnswer] = []
        self.find_answers: list[Blind | Missing] = []
        self.closed: dict[str, PostResult] = {}
        """Channels where every post and edit gets this answer."""
        self.asked_about: list[str] = []
        """Channels that were looked at, whether they can be posted in."""
        self.down: PostResult | None = None
        """What everything is answered while Slack is out of reach."""
        self.deleted: set[str] = set()
        """Cards that were deleted: replies to them land in the channel, without a word."""
        self.locked: set[str] = set()
        """Cards whose threads take no replies."""
        self.every_thread_is_locked = False
        self.takes: Takes | None = None
        """How many posts Slack takes; None: any number."""

    async def post(
        self,
        *,
        channel: str,
        message: Message,
        delivery_id: DeliveryId,
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> PostResult:
        self.posts.append((self._clock.now(), channel, delivery_id))
        answer = self.post_answers.pop(0) if self.post_answers else self._refusal(channel, thread_ts)
        if isinstance(answer, Gate):
            await answer.pass_through()
            if answer.answer is not None:
                return answer.answer
        elif answer is not None and not isinstance(answer, Lost):
            return answer
        self._number += 1
        thread_ts = None if thread_ts in self.deleted else thread_ts
        shown = Shown(
            channel=channel,
            ts=f"{1000 + self._number}.000100",
            message=message,
            thread_ts=thread_ts,
            broadcast=broadcast,
            delivery=delivery_id,
            at=self._clock.now(),
        )
        self.messages.append(shown)
        return answer.answer if isinstance(answer, Lost) else Sent(ts=shown.ts, thread_ts=thread_ts)

    def _refusal(self, channel: str, thread_ts: str | None) -> PostResult | None:
        if self.down is not None:
            return self.down
        if self.takes is not None and (too_many := self.takes.too_many(channel, self._clock.now())) is not None:
            return too_many
        if thread_ts in self.locked or (thread_ts is not None and self.every_thread_is_locked):
            return THREAD_CLOSED
        return self.closed.get(channel)

    async def edit(self, *, channel: str, ts: str, message: Message) -> PostResult:
        self.edits.append((self._clock.now(), ts))
        answer = self.edit_answers.pop(0) if self.edit_answers else self.down or self.closed.get(channel)
        if ts in self.deleted:
            answer = Refused(kind=Refusal.EDIT_IMPOSSIBLE, code="message_not_found")
        if isinstance(answer, Gate):
            await answer.pass_through()
        elif answer is not None:
            return answer
        shown = next(shown for shown in self.messages if (shown.channel, shown.ts) == (channel, ts))
        shown.message = message
        shown.edits += 1
        return Sent(ts=ts)

    async def find(
        self, *, channel: str, thread_ts: str | None, delivery_id: DeliveryId, since: datetime
    ) -> FindResult:
        self.finds.append(delivery_id)
        closed = self.closed.get(channel)
        if isinstance(closed, Refused) and closed.code in ("not_in_channel", "channel_not_found"):
            return Shut(code=closed.code)
        if self.find_answers:
            return self.find_answers.pop(0)
        for shown in self.messages:
            here = (shown.channel, shown.thread_ts) == (channel, thread_ts) and shown.at >= since
            if here and shown.delivery == delivery_id:
                return Found(ts=shown.ts)
        return Missing()

    async def can_post(self, *, channel: str) -> bool:
        self.asked_about.append(channel)
        return channel not in self.closed and self.down is None

    async def permalink(self, *, channel: str, ts: str) -> str | None:
        return f"https://example.slack.com/archives/{channel}/p{ts.replace('.', '')}"

    def cards(self, channel: str = CHANNEL) -> list[Shown]:
        return [shown for shown in self.messages if shown.channel == channel and shown.thread_ts is None]

    def card(self, channel: str = CHANNEL) -> Shown:
        (card,) = self.cards(channel)
        return card

    def thread(self, channel: str = CHANNEL) -> list[Shown]:
        return [shown for shown in self.messages if shown.channel == channel and shown.thread_ts is not None]

    def heard(self, channel: str = CHANNEL) -> list[str]:
        """What the threads of a channel say, each message without the name of its task."""
        return [plain(shown.message.text.split(": ", 1)[1]) for shown in self.thread(channel)]


class FakeCloud:
    """Answers with whatever the test says that a task does now."""

    def __init__(self, name: str = "huawei-drs", *, batch_size: int = 1, calls_per_second: float | None = None) -> None:
        self.name = name
        self.batch_size = batch_size
        self.calls_per_second = calls_per_second
        self.calls_at_once = 8
        self.tasks: dict[str, Reading] = {}
        self.names: dict[str, str] = {}
        self.calls: list[list[str]] = []
        self.gate: Gate | None = None
        self.bug: Exception | None = None
        self.prefix = ""
        self.likeness = Likeness.POSSIBLE

    def parse_key(self, text: str) -> TaskKey:
        if not text or not text.startswith(self.prefix):
            raise InvalidKey(Flaw.PAN123_FORM, example=f"{self.prefix or 'job-'}1")
        return TaskKey(text)

    def recognises(self, text: str) -> Likeness:
        return self.likeness if self.prefix and text.startswith(self.prefix) else Likeness.NO

    async def fetch(self, keys: Sequence[TaskKey]) -> Mapping[TaskKey, Reading]:
        self.calls.append(list(keys))
        if self.gate is not None:
            await self.gate.pass_through()
        if self.bug is not None:
            raise self.bug
        return {key: self.tasks[key] for key in keys if key in self.tasks}

    async def describe(self, key: TaskKey) -> str | None:
        return self.names.get(key)

    def console_url(self, key: TaskKey) -> str | None:
        return f"https://console.example.com/{key}"


class FakePeople:
    """The workspace's people, as a test makes them."""

    def __init__(self) -> None:
        self.persons: dict[str, Person] = {}
        self.groups: dict[str, set[str]] | None = {}
        """Who is in which group; None: Slack does not tell."""
        self.channels: dict[str, set[str]] | None = None
        """Who is in which channels; None: Slack does not tell."""
        self.whispers: list[tuple[str, str, str]] = []
        """Channel, user and what was said."""
        self.outside: set[tuple[str, str]] | None = set()
        """Who is not in which channel; None: Slack does not tell."""
        self.asked_about: list[str] = []

    async def person(self, user: str) -> Person:
        self.asked_about.append(user)
        return self.persons.get(user, Person())

    async def is_in_a_group(self, user: str, groups: Collection[str]) -> bool | None:
        if self.groups is None:
            return None
        return any(user in self.groups.get(group, set()) for group in groups)

    async def channels_of(self, user: str) -> frozenset[str] | None:
        return frozenset(self.channels.get(user, ())) if self.channels is not None else None

    async def is_in_channel(self, user: str, channel: str) -> bool | None:
        return None if self.outside is None else (user, channel) not in self.outside

    async def whisper(self, *, channel: str, user: str, message: Message, thread_ts: str | None = None) -> bool:
        self.whispers.append((channel, user, plain(message.text)))
        return True


class Watched:
    """Stands before a port, and lets a test act before and after each of its calls."""

    def __init__(
        self, port: object, *, before: Callable[[str], None], after: Callable[[str], None] = lambda _: None
    ) -> None:
        self._port, self._before, self._after = port, before, after

    def __getattr__(self, name: str) -> Callable[..., object]:
        method: Callable[..., object] = getattr(self._port, name)
        if not inspect.iscoroutinefunction(method):
            return method

        async def call(*arguments: object, **more: object) -> object:
            self._before(name)
            answer = await method(*arguments, **more)
            self._after(name)
            return answer

        return call


@dataclass(slots=True)
class World:
    """The parts of a running bot, put together as the composition root does it."""

    path: Path
    clock: MovedClock = field(default_factory=MovedClock)
    cloud: FakeCloud = field(default_factory=FakeCloud)
    more_clouds: dict[str, FakeCloud] = field(default_factory=dict)
    habits: Habits = field(default_factory=Habits)
    permissions: Permissions = field(default_factory=Permissions)
    usual: Rules = field(default_factory=Rules)
    """What new subscriptions tell, by the configuration."""
    limited: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    """The channels and groups of accounts that are limited to some."""
    people: FakePeople = field(default_factory=FakePeople)
    limits_of: dict[str, Limits] = field(default_factory=dict)
    """Of accounts that have their own."""
    ill: set[str] = field(default_factory=set)
    """Verbs of the store that cannot be written down now."""
    slack: FakeSlack = field(init=False)
    store: EmbeddedStore = field(init=False)
    polling: Polling = field(init=False)
    deliveries: Deliveries = field(init=False)
    cards: Cards = field(init=False)
    requests: Requests = field(init=False)
    rights: Rights = field(init=False)
    audit: Audit = field(init=False)
    clouds: Clouds = field(init=False)
    changes_told: ChangesTold = field(init=False)
    pauses: Pauses = field(init=False)

    def __post_init__(self) -> None:
        self.slack = FakeSlack(self.clock)

    @property
    def accounts(self) -> dict[str, FakeCloud]:
        return {"drs": self.cloud, **self.more_clouds}

    async def start(self) -> None:
        self.store = await EmbeddedStore.open(f"sqlite:///{self.path}/milepost.db")
        self.put_together(cast("Store", Watched(self.store, before=self._refuse)), self.slack, self.accounts)

    def _refuse(self, verb: str) -> None:
        if verb in self.ill:
            raise StoreError("the disk is full")

    def put_together(
        self, store: Store, poster: Poster, providers: Mapping[str, Provider], people: People | None = None
    ) -> None:
        people = people or self.people
        clouds: Clouds = {
            name: Account(
                name=name,
                title=f"The {name}",
                place="eu-1",
                provider=provider,
                limits=self.limits_of.get(name),
                **self.limited.get(name, {}),
            )
            for name, provider in providers.items()
        }
        self.clouds = clouds
        face = CardFace(clouds)
        operators = Operators(store=store, poster=poster, channel=OPERATORS)
        self.pauses = Pauses(store=store, poster=poster, clock=self.clock)
        self.polling = Polling(store=store, clouds=clouds, operators=operators, clock=self.clock, limits=LIMITS)
        self.deliveries = Deliveries(
            store=store,
            poster=poster,
            face=face,
            pauses=self.pauses,
            clock=self.clock,
            habits=self.habits,
        )
        self.cards = Cards(store=store, poster=poster, face=face, pauses=self.pauses, clock=self.clock)
        self.rights = Rights(clouds=clouds, people=people, permissions=self.permissions, operators=OPERATORS)
        self.audit = Audit(store=store, clock=self.clock)
        self.requests = Requests(
            store=store,
            poster=poster,
            people=people,
            clouds=clouds,
            rights=self.rights,
            deliveries=self.deliveries,
            cards=self.cards,
            polling=self.polling,
            face=face,
            audit=self.audit,
            clock=self.clock,
            limits=LIMITS,
            zone="Asia/Tokyo",
            usual=self.usual,
        )
        self.changes_told = ChangesTold(
            store=store, poster=poster, clock=self.clock, habits=self.habits, channel=OPERATORS
        )

    async def stop(self) -> None:
        """Give up what is under way, as a stop without patience does, and let go of the data."""
        for part in (self.polling, self.deliveries, self.cards):
            await part.drain(0)
        await self.store.close()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    # What people and time do

    async def types(self, text: str, *, channel: str = CHANNEL, user: str = ALICE, thread_ts: str | None = None) -> str:
        """Return the private answer to a command; empty where the card is the answer."""
        return said(await self.requests.run(text, Asker(user=user, channel=channel, thread_ts=thread_ts)))

    async def asks(self, command: Command, *, channel: str = CHANNEL, user: str = ALICE) -> str:
        """The same, with a command as a form makes it."""
        return said(await self.requests.carry_out(command, Asker(user=user, channel=channel)))

    async def follows(self, key: str = "job-1", *, channel: str = CHANNEL, more: str = "") -> Subscription:
        """Subscribe a channel, and return the subscription."""
        await self.types(f"subscribe drs {key} {more}", channel=channel)
        # The next one is younger, and its channel may hear of it.
        self.clock.move(seconds=2)
        return (await self.followed(channel))[-1].subscription

    async def followed(self, channel: str = CHANNEL) -> Sequence[Followed]:
        return await self.store.followed_in(channel)

    def task(self, percent: float | None = None, state: TaskState = TaskState.RUNNING, key: str = "job-1") -> None:
        self.cloud.tasks[key] = snapshot(percent, state)

    async def poll(self) -> None:
        """Read what is due."""
        await self.polling.tick()
        await self.polling.settle()

    async def poll_later(self, *, minutes: float = 2) -> None:
        """Let so much time pass that every task is due, and read them."""
        self.clock.move(minutes=minutes)
        await self.poll()

    async def poll_everything(self, *, minutes: float = 2) -> None:
        """Read all of very many tasks: one tick begins no more than an account may soon be asked."""
        self.clock.move(minutes=minutes)
        asked = -1
        while asked != (asked := sum(len(cloud.calls) for cloud in self.accounts.values())):
            await self.poll()

    async def tell(self) -> None:
        """One tick of deliveries."""
        await self.deliveries.tick()
        await self.deliveries.settle()

    async def tell_all(self, *, times: int = 30) -> None:
        """Let time pass until all that can be posted is posted."""
        for _ in range(times):
            await self.tell()
            self.clock.move(seconds=1.1)

    async def show(self) -> None:
        """One tick of cards."""
        await self.cards.tick()
        await self.cards.settle()

    async def reads(self, percent: float | None, state: TaskState = TaskState.RUNNING) -> None:
        """The task moves on; everything that follows from it happens."""
        self.task(percent, state)
        await self.poll_later()
        await self.tell_all(times=4)
        await self.show()


def snapshot(percent: float | None = None, state: TaskState = TaskState.RUNNING, message: str = "") -> TaskSnapshot:
    return TaskSnapshot(state=state, raw_state=state.value.upper(), percent=percent, message=message)


def said(answer: Message | None) -> str:
    """A private answer as people read it; empty where there is none."""
    return plain(answer.text) if answer is not None else ""


def plain(text: str) -> str:
    """Text as people read it: without markup and special spaces."""
    return text.replace("\u00a0", " ").replace("\u200b", "").replace("*", "").replace("`", "")


def buttons(message: Message) -> list[str]:
    """The labels of the buttons; the menu is an ellipsis."""
    found: list[str] = []
    for block in message.blocks:
        elements = block.get("elements")
        if block["type"] == "actions" and isinstance(elements, list):
            found += [element["text"]["text"] if "text" in element else "…" for element in elements]
    return found


async def finished(work: Awaitable[T]) -> T:
    """Wait for work that a test had begun; it must end soon."""
    async with asyncio.timeout(5):
        return await work


THREAD_CLOSED = Refused(kind=Refusal.THREAD_CLOSED, code="cannot_reply_to_message")
NOT_NOW = RetryLater(after=5.0, code="ratelimited", throttled=True)
DOWN: ProviderError = Unavailable(Reason.NO_ANSWER_IN_TIME)
