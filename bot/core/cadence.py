"""When to look at a task again, and why then.

The rule was chosen by measurement (``benchmarks/cadence.py``, figures in ``docs/cadence.md``). While nothing can be
foreseen, the next look comes before anything could be told late. Once the percent has risen evenly it comes just after
the earliest moment at which the next milestone could be reached, inside an envelope that grows with what is known of
the pace and with the task's age.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

import msgspec
from msgspec.structs import replace

from bot.core.gait import PROVEN, earliest, gait_of, leaps
from bot.core.model import TroubleKind, Watch
from bot.core.promise import trusted
from providers.base import TaskState

SLOWEST = 4
"""Ceilings between two looks that are only for the case of a surprise."""
UNPROVEN = (3.0, 5.0, 8.0)
"""So many times what is in time, after one, two and three rises."""
UNHURRIED = 0.2
"""The share of its age after which a task whose percent is a clock is looked at in any case."""
AFTERWARDS = 0.9
"""The part of what is in time that a look comes after the earliest moment of a milestone."""
TRUSTED_SHARE = 0.9
"""The part of a trusted remaining time before which the end is not expected."""
QUEUED = 2.0
"""So many times what is in time: leaving a queue is no news, only what follows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The floor and the ceiling of the time between two looks, and how late it is still in time."""

    min_interval: timedelta
    max_interval: timedelta
    on_time: timedelta = timedelta(seconds=15)
    """What is told so soon after it came to be is told in time; a task that ran for long may have more."""
    on_time_share: float = 0.01
    """So large a share of its age."""
    floor: float = field(init=False, repr=False, compare=False)
    ceiling: float = field(init=False, repr=False, compare=False)
    soon: float = field(init=False, repr=False, compare=False)
    """The same three in seconds, for each look reckons with them."""

    def __post_init__(self) -> None:
        for name, time in (("floor", self.min_interval), ("ceiling", self.max_interval), ("soon", self.on_time)):
            object.__setattr__(self, name, time.total_seconds())

    def in_time(self, age: float) -> float:
        """Return the seconds that something may be told late at that age."""
        return max(self.soon, self.on_time_share * age)


class Why(Enum):
    """Why the next look is when it is."""

    UNHEARD = auto()
    """Nobody can be told just now."""
    ASKED = auto()
    """The cloud asked to wait."""
    RETRY = auto()
    """It failed, and its cloud may retry it."""
    SECOND_LOOK = auto()
    """What was just read needs one."""
    UNREAD = auto()
    PAUSED = auto()
    SYNCING = auto()
    REFUSED_ONCE = auto()
    REFUSED = auto()
    UNREADABLE = auto()
    QUEUED = auto()
    PACE_UNKNOWN = auto()
    STEPS = auto()
    """Its percent goes in steps, which nobody foresees."""
    UNFORESEEN = auto()
    """It moves like a clock, and rests now."""
    NOT_PROVEN = auto()
    """It has risen evenly, but not often enough yet."""
    PROMISED = auto()
    """Its cloud told when it ends, and has kept its word."""
    CALM = auto()
    """Nothing is expected soon."""
    NEAR = auto()
    """A milestone may be passed then."""
    OVERBOOKED = auto()
    """Its account has more tasks than its quota allows to ask."""
    HEARTBEAT = auto()
    """One falls due then; so for the next ones."""
    STALL = auto()
    OVERDUE = auto()
    LAG = auto()


class NextLook(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The decision, and its reason; ``bot.core.wording.looks`` has the words for it."""

    after: timedelta
    why: Why
    towards: int | None = None
    """With NEAR: the milestone."""


class _Wanted(msgspec.Struct, frozen=True, gc=False):
    """What would be best, before it is spread."""

    seconds: float
    why: Why
    towards: int | None = None
    sharp: bool = False
    """Whether later would be too late."""


def next_look(
    watch: Watch,
    now: datetime,
    milestones: Sequence[int],
    limits: Limits,
    *,
    retry_after: float | None = None,
    heard: bool = True,
    due: tuple[datetime, Why] | None = None,
) -> NextLook:
    """Decide when to look again.

    *milestones*: what any follower waits for, ascending. *retry_after*: seconds, a floor. *heard*: whether any
    follower can be told; else a look now and then is enough. *due*: when something falls due for a follower that only
    a reading can tell, and what; while readings fail, it waits for one that succeeds.

    The result is spread by up to a tenth, by the watch's id, so that many watches do not ask in the same second; less,
    and downwards only, where later would be too late.
    """
    wanted = _wanted(watch, now, milestones, limits)
    if not heard and wanted.seconds < SLOWEST * limits.ceiling:
        wanted = _Wanted(SLOWEST * limits.ceiling, Why.UNHEARD)
    seconds, why = wanted.seconds * (earlier(watch.id) if wanted.sharp else spread(watch.id)), wanted.why
    if due is not None and heard and watch.trouble is None:
        until = max((due[0] - now).total_seconds(), limits.floor)
        if until < seconds:
            seconds, why = until, due[1]
    if retry_after is not None and retry_after > seconds:
        # Upwards only: asking earlier than the cloud allows is the one thing that must not happen.
        seconds, why = retry_after * (1 + (spread(watch.id) - 0.9) / 2), Why.ASKED
    return NextLook(after=timedelta(seconds=seconds), why=why, towards=wanted.towards if why is Why.NEAR else None)


def spread(watch_id: str) -> float:
    """Return a factor from 0.9 to 1.1 that is always the same for one watch."""
    return 0.9 + 0.2 * (zlib.crc32(watch_id.encode()) / 0xFFFFFFFF)


def earlier(watch_id: str) -> float:
    """Return a factor from 0.97 to 1 that is always the same for one watch: for looks that must not be later."""
    return 1 - 0.15 * (1.1 - spread(watch_id))


def _wanted(watch: Watch, now: datetime, milestones: Sequence[int], limits: Limits) -> _Wanted:
    floor, ceiling, seen = limits.floor, limits.ceiling, watch.seen
    if watch.linger_until is not None:
        return _Wanted(SLOWEST * ceiling, Why.RETRY)
    if watch.absent_looks or watch.done_looks or watch.fail_looks:
        return _Wanted(floor, Why.SECOND_LOOK)
    if watch.trouble is not None:
        return _Wanted(*_in_trouble(watch.trouble.kind, watch.trouble.looks, floor, ceiling))
    if seen is None:
        return _Wanted(floor, Why.UNREAD)
    if seen.state is TaskState.PAUSED:
        return _Wanted(ceiling, Why.PAUSED)
    if seen.state is TaskState.SYNCING:
        return _Wanted(min(ceiling, max(floor, 60.0)), Why.SYNCING)
    if seen.state is TaskState.QUEUED:
        waited = max((now - watch.run_since).total_seconds(), 0.0)
        return _Wanted(min(ceiling, max(floor, QUEUED * limits.in_time(waited))), Why.QUEUED)
    wanted = _on_its_way(watch, now, milestones, limits)
    if floor <= wanted.seconds <= ceiling:
        return wanted
    return replace(wanted, seconds=max(floor, min(ceiling, wanted.seconds)))


def _in_trouble(kind: TroubleKind, looks: int, floor: float, ceiling: float) -> tuple[float, Why]:
    if kind is TroubleKind.DENIED and looks == 1:
        # Once more soon, and not at once: clouds lock keys that are refused again and again.
        return min(ceiling, max(floor, 60.0)), Why.REFUSED_ONCE
    if kind is TroubleKind.DENIED:
        return SLOWEST * ceiling, Why.REFUSED
    return min(ceiling, floor * 2 ** min(looks - 1, 16)), Why.UNREADABLE


def _on_its_way(watch: Watch, now: datetime, milestones: Sequence[int], limits: Limits) -> _Wanted:
    """Decide for a task that goes on."""
    age = max((now - watch.run_since).total_seconds(), 0.0)
    in_time = limits.in_time(age)
    points, gait = watch.points, watch.gait or gait_of(watch.points)
    target = _target(watch, milestones)
    # The cloud speaks of the end: a milestone on the way there may still be passed at any time.
    at = now.timestamp()
    promised = trusted(watch.promise, at) if target == 100 else None
    unforeseen = gait.rises == 0 or leaps(gait, points)
    if unforeseen and promised is None:
        return _Wanted(in_time, Why.STEPS if gait.rises else Why.PACE_UNKNOWN, sharp=True)
    soonest: float | None
    if promised is not None:
        soonest = TRUSTED_SHARE * promised
    else:
        soonest = earliest(points, target)
        if soonest is not None:
            soonest = max(soonest - (at - points[-1].at), 0.0)
    longest, why = _envelope(None if unforeseen else gait.rises, age, in_time, limits)
    if soonest is None:
        return _Wanted(longest, Why.UNFORESEEN)
    # Just after it could be there: an early look would find nothing, and this one is in time all the same.
    near = soonest + AFTERWARDS * limits.in_time(age + soonest) if soonest > 0 else in_time
    if near < longest:
        return _Wanted(near, Why.NEAR, towards=target, sharp=True)
    return _Wanted(longest, why)


def _target(watch: Watch, milestones: Sequence[int]) -> int:
    """Return the next percent to be told; the end is 100, also of a task that tells none."""
    if not watch.points:
        return 100
    # A milestone below the highest percent was told; falling back does not bring it nearer.
    passed = max(watch.high or 0.0, watch.points[-1].percent)
    for milestone in milestones:
        if milestone > passed:
            return milestone
    return 100


def _envelope(rises: int | None, age: float, in_time: float, limits: Limits) -> tuple[float, Why]:
    """Return the longest time between two looks, for the case of a surprise; *rises* None: only the cloud's word."""
    if rises is None:
        return min(limits.ceiling, UNPROVEN[0] * in_time), Why.PROMISED
    if rises < PROVEN:
        return min(limits.ceiling, UNPROVEN[rises - 1] * in_time), Why.NOT_PROVEN
    return min(limits.ceiling, max(2 * limits.soon, UNHURRIED * age)), Why.CALM
