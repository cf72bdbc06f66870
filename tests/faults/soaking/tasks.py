"""What the soak's tasks do, each by its script, and who follows them: the source of what is due."""

import asyncio
import random
import time
from dataclasses import dataclass, field

from tests.faults.soaking.shown import covered, what
from tests.faults.soaking.workspace import UNREAD, Json, Workspace

CLOUDS = ("tencent-cos", "huawei-codearts", "scloud-usmc", "huawei-drs", "pan123")
PAUSABLE = ("scloud-usmc", "huawei-drs")
MILESTONES = ((25, 50, 75, 100), (10, 20, 30, 40, 50, 60, 70, 80, 90, 100), (50,), (33, 66, 99))
TYPED_AGAIN_AFTER = 15.0
"""Seconds after which somebody who saw no card types the command again."""
CALM_PATIENCE = 90.0
"""Seconds within which a milestone must be told once nothing is wrong any more."""


@dataclass(slots=True, kw_only=True)
class Follow:
    """A channel that follows a task, as a person knows it."""

    channel: str
    milestones: tuple[int, ...]
    leaves_at: float | None = None
    """The percent at which somebody unsubscribes."""
    left_at: float | None = None
    """When the bot confirmed that."""
    typed: int = 0

    @property
    def leaves(self) -> bool:
        """Whether it is to end before the task does."""
        return self.leaves_at is not None


@dataclass(slots=True, kw_only=True)
class Course:
    """A task and its history."""

    provider: str
    kind: str
    seconds: float
    """How long it is to take."""
    starts_after: float
    follows: list[Follow]
    label: str
    id: str = ""
    account: str = ""
    key: str = ""
    passed: dict[int, float] = field(default_factory=dict)
    """When each whole percent was first reached."""
    awaited: set[int] = field(default_factory=set)
    """Milestones at which it stood still until everybody had heard of them."""
    ended_at: float | None = None
    ends_as: str = "succeeded"
    stage: str = "waiting"

    @property
    def prefix(self) -> str:
        """How the delivery ids of its news begin."""
        return f"{self.account}:{self.key}#"

    def reached(self, percent: float, at: float) -> None:
        """The task stands at *percent* now."""
        for whole in range(1, int(percent + 1e-9) + 1):
            self.passed.setdefault(whole, at)


def draw(number: int, seconds: float, channels: list[str], dice: random.Random) -> list[Course]:
    """Return so many courses for a soak of so many seconds."""
    courses = []
    for place in range(number):
        provider = CLOUDS[place % len(CLOUDS)]
        kind = dice.choices(("steady", "patient", "jumpy", "failing", "pausing", "syncing"), (35, 25, 15, 10, 10, 5))[0]
        if (kind == "pausing" and provider not in PAUSABLE) or (kind == "syncing" and provider != "huawei-drs"):
            kind = "steady"
        if provider == "pan123":
            kind = dice.choice(("steady", "failing"))
        chosen = dice.sample(channels, k=2 if dice.random() < 0.2 else 1)
        follows = [Follow(channel=channel, milestones=dice.choices(MILESTONES, (8, 1, 4, 4))[0]) for channel in chosen]
        if dice.random() < 0.06:
            follows[0].leaves_at = dice.uniform(15, 60)
        courses.append(
            Course(
                provider=provider,
                kind=kind,
                seconds=dice.uniform(0.15, 0.45) * seconds,
                starts_after=dice.uniform(0, 0.5) * seconds,
                follows=follows,
                label=f"soak-{place:04d}",
            )
        )
    return courses


class Player:
    """Plays one course in the playground. When *hurry* is set, it ends the task soon."""

    def __init__(self, course: Course, workspace: Workspace, hurry: asyncio.Event, dice: random.Random) -> None:
        self.course = course
        self._workspace = workspace
        self._hurry = hurry
        self._dice = dice

    async def play(self) -> None:
        """Live through it."""
        course = self.course
        await self._wait(course.starts_after)
        mode = {"huawei-drs": {"mode": "full+incremental" if course.kind == "syncing" else "full"}}
        task = await self._workspace.start(course.provider, percent=0, speed=0, **mode.get(course.provider, {}))
        course.id, course.account, course.key = task["id"], task["account"], task["key"]
        course.stage = "subscribing"
        for follow in course.follows:
            await self._subscribe(follow)
        course.stage = "moving"
        leaving = [asyncio.create_task(self._leave(follow)) for follow in course.follows if follow.leaves]
        try:
            await self._move()
            await asyncio.gather(*leaving)
        finally:
            for task_ in leaving:
                task_.cancel()
        course.stage = "ended"

    async def _subscribe(self, follow: Follow) -> None:
        """Type it until the card stands there and tells that the task was read: from then on there is news."""
        course = self.course
        named = f"{course.account} {course.key}"
        rest = f'at {",".join(map(str, follow.milestones))} as "{course.label}"'
        typed_at = 0.0
        while not self._is_read(follow):
            if time.time() - typed_at > TYPED_AGAIN_AFTER:
                typed_at, follow.typed = time.time(), follow.typed + 1
                # A card whose edit Slack refused tells an old story; whoever doubts it asks.
                typed = f"status {named}" if self._cards(follow) else f"subscribe {named} {rest}"
                await self._workspace.say(follow.channel, f"/milepost {typed}")
            await asyncio.sleep(0.5)

    def _is_read(self, follow: Follow) -> bool:
        told = (text for _, text in self._workspace.private.get(follow.channel, []) if self.course.label in text)
        cards = self._cards(follow)
        return bool(cards) and (any(m["read"] for m in cards) or any(UNREAD not in text for text in told))

    def _cards(self, follow: Follow) -> list[Json]:
        return [m for m in self._heard(follow) if what(m["delivery"]).startswith("card")]

    async def _leave(self, follow: Follow) -> None:
        assert follow.leaves_at is not None
        while not (self._hurry.is_set() or int(follow.leaves_at) in self.course.passed or self.course.ended_at):
            await self._wait(0.5)
        if self.course.ended_at is not None:
            follow.leaves_at = None
            return
        typed_at = 0.0
        while follow.left_at is None:
            told = self._workspace.private.get(follow.channel, [])
            answered = next((at for at, text in told if typed_at and at >= typed_at and self._confirms(text)), None)
            if answered is not None:
                follow.left_at = answered
                return
            if time.time() - typed_at > TYPED_AGAIN_AFTER:
                typed_at = time.time()
                await self._workspace.say(
                    follow.channel, f"/milepost unsubscribe {self.course.account} {self.course.key}"
                )
            await asyncio.sleep(0.1)

    def _confirms(self, text: str) -> bool:
        """A second try may find that the first one, of which no answer came, did it."""
        stopped = "Stopped following" in text and self.course.label in text
        return stopped or "follows no task" in text or ("follows nothing" in text and self.course.key in text)

    async def _move(self) -> None:
        course = self.course
        if course.provider == "pan123":
            await self._wait(course.seconds)
        else:
            match course.kind:
                case "patient":
                    await self._step_when_told()
                case "jumpy":
                    await self._jump()
                case "failing":
                    course.ends_as = "failed"
                    await self._run(until=self._dice.uniform(20, 95))
                case "pausing":
                    await self._run(until=self._dice.uniform(20, 60))
                    await self._workspace.change(course.id, running=False)
                    await self._wait(self._dice.uniform(10, 30))
                    await self._workspace.change(course.id, running=True)
                    await self._run(until=97)
                case "syncing":
                    await self._run(until=97)
                    await self._workspace.change(course.id, percent=100)
                    await self._wait(self._dice.uniform(10, 25))
                case _:
                    await self._run(until=98)
        if course.provider == "pan123" and course.kind == "failing":
            course.ends_as = "failed"
        view = await self._workspace.change(course.id, speed=0)
        self._note(view)
        await self._workspace.change(course.id, finish=course.ends_as)
        course.ended_at = time.time()
        if course.ends_as == "succeeded":
            course.reached(100, course.ended_at)

    async def _run(self, until: float) -> None:
        """Progress by itself, as a task does; what is passed is noted as it happens."""
        course = self.course
        speed = 100 / course.seconds
        await self._workspace.change(course.id, speed=speed)
        while not self._hurry.is_set():
            view = await self._workspace.change(course.id)
            self._note(view)
            if view["percent"] >= until:
                break
            await self._wait(max(0.2, min(2.0, (until - view["percent"]) / speed)))
        self._note(await self._workspace.change(course.id, speed=0))

    async def _step_when_told(self) -> None:
        """Go from milestone to milestone, on to the next one only when each channel heard of this one."""
        course = self.course
        stops = sorted({m for follow in course.follows for m in follow.milestones if m < 100})
        if len(stops) > 5:
            stops = sorted(self._dice.sample(stops, k=5))
        for stop in stops:
            if self._hurry.is_set():
                return
            self._note(await self._workspace.change(course.id, percent=stop + self._dice.choice((0, 0, 0.4))))
            course.awaited.add(stop)
            waited_since = None
            while not self._told(stop):
                if self._hurry.is_set():
                    # In good weather it must come soon; a milestone that never comes is lost, whatever the end says.
                    waited_since = waited_since or time.time()
                    if time.time() - waited_since > CALM_PATIENCE:
                        return
                await asyncio.sleep(0.5)
            await self._wait(self._dice.uniform(1, 12))

    def _told(self, milestone: int) -> bool:
        return all(
            follow.leaves
            or milestone not in follow.milestones
            or any(milestone in covered(m["text"], m["delivery"], follow.milestones) for m in self._heard(follow))
            for follow in self.course.follows
        )

    async def _jump(self) -> None:
        """Jump, and fall back now and then."""
        course, ends = self.course, time.time() + self.course.seconds
        while time.time() < ends and not self._hurry.is_set():
            high = max(course.passed, default=0)
            percent = self._dice.uniform(0, high) if self._dice.random() < 0.25 else self._dice.uniform(high, 97)
            self._note(await self._workspace.change(course.id, percent=round(percent, 1)))
            await self._wait(self._dice.uniform(4, course.seconds / 4))

    def _note(self, view: Json) -> None:
        self.course.reached(view["percent"], time.time())

    def _heard(self, follow: Follow) -> list[Json]:
        shown = self._workspace.messages.get(follow.channel, {})
        return [message for message in shown.values() if message["delivery"].startswith(self.course.prefix)]

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            pass
