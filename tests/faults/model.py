"""A model of what is due: fed with the same readings as the bot, it says what each channel must have heard."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from bot.core.wording.thread import MAYBE_REPEATED
from providers.base import Reading, TaskSnapshot, TaskState
from tests.faults.soaking.shown import covered, subscription, what
from tests.usecases.world import Shown, World

MILESTONES = (25, 50, 75, 100)


@dataclass(slots=True)
class Expected:
    """One subscription, as long as it lives."""

    channel: str
    milestones: Counter[int] = field(default_factory=Counter)
    """Those that it must hear of."""
    pauses: int = 0
    ends: int = 0
    left_at: datetime | None = None


@dataclass(slots=True)
class Model:
    """The task as its readings tell it."""

    high: float = 0.0
    state: TaskState | None = None
    ended: bool = False
    following: dict[str, Expected] = field(default_factory=dict)
    """By subscription; those that follow now."""
    past: dict[str, Expected] = field(default_factory=dict)

    def subscribed(self, subscription_id: str, channel: str) -> None:
        """Somebody follows from here on."""
        self.following[subscription_id] = Expected(channel=channel)

    def left(self, subscription_id: str, now: datetime) -> None:
        """Somebody follows no longer; without followers nothing is known of the task."""
        gone = self.following.pop(subscription_id)
        gone.left_at = now
        self.past[subscription_id] = gone
        if not self.following:
            self.high, self.state = 0.0, None

    def read(self, reading: Reading) -> None:
        """The bot read this."""
        if not isinstance(reading, TaskSnapshot) or self.ended:
            return
        first, before = self.state is None, self.state
        self.state = reading.state
        was, percent = self.high, reading.percent
        self.high = max(self.high, percent or 0.0)
        if reading.state.is_terminal:
            self.ended = True
            for one in self.following.values():
                one.ends += 1
            return
        if first:
            return
        passed = [m for m in MILESTONES if was < m <= self.high]
        paused = reading.state is TaskState.PAUSED and before is not TaskState.PAUSED
        for one in self.following.values():
            one.milestones.update(passed)
            one.pauses += paused

    def everything(self) -> dict[str, Expected]:
        """Return all subscriptions that ever were."""
        return self.past | self.following


def problems(world: World, model: Model, *, blind: bool, losses: int) -> list[str]:
    """Compare what the channels show with the model; each difference is a sentence."""
    found: list[str] = []
    for subscription_id, expected in model.everything().items():
        mine = [shown for shown in world.slack.messages if _subscription(shown) == subscription_id]
        found += [f"{subscription_id}: {one}" for one in _compare(mine, expected, repeats=losses if blind else 0)]
    strangers = {_subscription(shown) for shown in world.slack.messages} - model.everything().keys() - {""}
    return [*found, *(f"messages of {one}, which nobody asked for" for one in sorted(strangers))]


def problems_of_time(world: World) -> list[str]:
    """Return what is wrong about stalls, seen from what the threads say."""
    found: list[str] = []
    by_subscription: dict[str, list[Shown]] = {}
    for shown in world.slack.thread():
        by_subscription.setdefault(_subscription(shown), []).append(shown)
    for name, replies in by_subscription.items():
        rests = [said for shown in replies for said in re.findall("No progress|Moving again", shown.message.text)]
        for before, said in pairwise(["Moving again", *rests]):
            if said == "Moving again" and before == "Moving again":
                found.append(f"{name}: taken back, but never told: {rests}")
    return found


def _compare(mine: list[Shown], expected: Expected, *, repeats: int) -> list[str]:
    found: list[str] = []
    cards = [shown.ts for shown in mine if what(shown.delivery).startswith("card")]
    replies = [shown for shown in mine if not what(shown.delivery).startswith("card")]
    again = Counter(shown.delivery for shown in mine)
    told: Counter[int] = Counter()
    for shown in replies:
        told.update(covered(shown.message.text, shown.delivery, MILESTONES))
    pauses = sum(len(re.findall(r"⏸️ Paused", shown.message.text)) for shown in replies)
    ends = sum(what(shown.delivery) == "ended" for shown in replies)
    extra = {delivery: count - 1 for delivery, count in again.items() if count > 1}
    if sum(extra.values()) > repeats:
        found.append(f"twice: {extra}")
    silent = {d for d in extra if MAYBE_REPEATED not in _last(mine, d).message.text and not what(d).startswith("card")}
    found += [f"{delivery}: a repeat that does not say so" for delivery in sorted(silent)]
    if any(shown.thread_ts not in cards for shown in replies if shown.thread_ts is not None):
        found.append("a reply in a thread that is not its own")
    if any(shown.channel != expected.channel for shown in mine):
        found.append("a message in another channel")
    tops = [max(of) for shown in replies if (of := covered(shown.message.text, shown.delivery, MILESTONES))]
    if tops != sorted(tops):
        found.append(f"out of order: {tops}")
    if expected.left_at is not None:
        late = [shown.delivery for shown in mine if shown.at > expected.left_at]
        return [*found, *(f"after it was stopped: {one}" for one in late)]
    if set(told) != set(expected.milestones):
        found.append(f"told {dict(told)}, due {dict(expected.milestones)}")
    if not repeats and any(count > 1 for count in told.values()):
        found.append(f"told again: {dict(told)}")
    if not expected.ends <= ends <= expected.ends * (1 + repeats) or bool(ends) != bool(expected.ends):
        found.append(f"{ends} ends, due {expected.ends}")
    if ends and what(replies[-1].delivery) != "ended":
        found.append(f"after its end: {replies[-1].delivery}")
    if not expected.pauses <= pauses <= expected.pauses + len(replies) * bool(repeats):
        found.append(f"{pauses} pauses told, due {expected.pauses}")
    if not cards:
        found.append("no card")
    return found


def _last(mine: list[Shown], delivery: str) -> Shown:
    return [shown for shown in mine if shown.delivery == delivery][-1]


def _subscription(shown: Shown) -> str:
    return subscription(shown.delivery) if shown.delivery.count("/") >= 3 and "#" in shown.delivery else ""
