"""When to look at a task again, and why then.

The rule was chosen by measurement (``benchmarks/cadence.py``, figures in ``docs/cadence.md``). While nothing can be
foreseen, the next look comes before anything could be told late. Once the percent has risen evenly it comes just after
the earliest moment at which the next milestone could be reached, inside an envelope that grows with what is known of
the pace and with the task's age.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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

    def in_time(self, age: float) -> float:
        """Return the seconds that something may be told late at that age."""
        return max(self.on_time.total_seconds(), self.on_time_share * age)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextLook:
    """The decision, and its reason in a few words for `status` and the logs."""

    after: timedelta
    reason: str


def next_look(
    watch: Watch,
    now: datetime,
    milestones: Sequence[int],
    limits: Limits,
    *,
    retry_after: float | None = None,
    heard: bool = True,
    due: tuple[datetime, str] | None = None,
) -> NextLook:
    """Decide when to look again.

    *milestones*: what any follower waits for, ascending. *retry_after*: seconds, a floor. *heard*: whether any
    follower can be told; else a look now and then is enough. *due*: when something falls due for a follower that only
    a reading can tell, and what; while readings fail, it waits for one that succeeds.

    The result is spread by up to a tenth, by the watch's id, so that many watches do not ask in the same second; less,
    and downwards only, where later would be too late.
    """
    seconds, reason, sharp = _wanted(watch, now, milestones, limits)
    slowest = SLOWEST * limits.max_interval.total_seconds()
    if not heard and seconds < slowest:
        seconds, reason, sharp = slowest, "nobody can be told just now", False
    seconds *= earlier(watch.id) if sharp else spread(watch.id)
    if due is not None and heard and watch.trouble is None:
        until = max((due[0] - now).total_seconds(), limits.min_interval.total_seconds())
        if until < seconds:
            seconds, reason = until, due[1]
    if retry_after is not None and retry_after > seconds:
        # Upwards only: asking earlier than the cloud allows is the one thing that must not happen.
        seconds, reason = retry_after * (1 + (spread(watch.id) - 0.9) / 2), "the cloud asked to wait"
    return NextLook(after=timedelta(seconds=seconds), reason=reason)


def spread(watch_id: str) -> float:
    """Return a factor from 0.9 to 1.1 that is always the same for one watch."""
    return 0.9 + 0.2 * (zlib.crc32(watch_id.encode()) / 0xFFFFFFFF)


def earlier(watch_id: str) -> float:
    """Return a factor from 0.97 to 1 that is always the same for one watch: for looks that must not be later."""
    return 1 - 0.15 * (1.1 - spread(watch_id))


def _wanted(watch: Watch, now: datetime, milestones: Sequence[int], limits: Limits) -> tuple[float, str, bool]:
    """Return seconds, why, and whether more would be too late."""
    floor, ceiling = limits.min_interval.total_seconds(), limits.max_interval.total_seconds()
    if watch.linger_until is not None:
        return SLOWEST * ceiling, "it failed and its cloud may retry it", False
    if watch.absent_looks or watch.done_looks or watch.fail_looks:
        return floor, "what was just read needs a second look", False
    if watch.trouble is not None:
        return *_in_trouble(watch.trouble.kind, watch.trouble.looks, floor, ceiling), False
    if watch.seen is None:
        return floor, "there is no reading yet", False
    if watch.seen.state is TaskState.PAUSED:
        return ceiling, "it is paused", False
    if watch.seen.state is TaskState.SYNCING:
        return min(ceiling, max(floor, 60.0)), "it is in sync", False
    if watch.seen.state is TaskState.QUEUED:
        waited = max((now - watch.run_since).total_seconds(), 0.0)
        return min(ceiling, max(floor, QUEUED * limits.in_time(waited))), "it waits in a queue", False
    seconds, reason, sharp = _on_its_way(watch, now, milestones, limits)
    return max(floor, min(ceiling, seconds)), reason, sharp


def _in_trouble(kind: TroubleKind, looks: int, floor: float, ceiling: float) -> tuple[float, str]:
    if kind is TroubleKind.DENIED and looks == 1:
        # Once more soon, and not at once: clouds lock keys that are refused again and again.
        return min(ceiling, max(floor, 60.0)), "access was refused once"
    if kind is TroubleKind.DENIED:
        return SLOWEST * ceiling, "access is refused until someone acts"
    return min(ceiling, floor * 2 ** min(looks - 1, 16)), "it could not be read"


def _on_its_way(watch: Watch, now: datetime, milestones: Sequence[int], limits: Limits) -> tuple[float, str, bool]:
    """Decide for a task that goes on: seconds, why, and whether more would be too late."""
    age = max((now - watch.run_since).total_seconds(), 0.0)
    in_time = limits.in_time(age)
    points, gait = watch.points, watch.gait or gait_of(watch.points)
    target = _target(watch, milestones)
    # The cloud speaks of the end: a milestone on the way there may still be passed at any time.
    promised = trusted(watch.promise, now.timestamp()) if target == 100 else None
    unforeseen = gait.rises == 0 or leaps(gait, points)
    if unforeseen and promised is None:
        return in_time, "it goes in steps" if gait.rises else "its pace is not known yet", True
    soonest: float | None
    if promised is not None:
        soonest = TRUSTED_SHARE * promised
    else:
        soonest = earliest(points, target)
        soonest = max(soonest - (now.timestamp() - points[-1].at), 0.0) if soonest is not None else None
    longest, reason = _envelope(None if unforeseen else gait.rises, age, limits)
    if soonest is None:
        return longest, "its pace cannot be foreseen", False
    # Just after it could be there: an early look would find nothing, and this one is in time all the same.
    near = soonest + AFTERWARDS * limits.in_time(age + soonest) if soonest > 0 else in_time
    return (near, f"{target} % may be near", True) if near < longest else (longest, reason, False)


def _target(watch: Watch, milestones: Sequence[int]) -> int:
    """Return the next percent to be told; the end is 100, also of a task that tells none."""
    if not watch.points:
        return 100
    # A milestone below the highest percent was told; falling back does not bring it nearer.
    passed = max(watch.high or 0.0, watch.points[-1].percent)
    return next((m for m in milestones if m > passed), 100)


def _envelope(rises: int | None, age: float, limits: Limits) -> tuple[float, str]:
    """Return the longest time between two looks, for the case of a surprise; *rises* None: only the cloud's word."""
    ceiling, in_time = limits.max_interval.total_seconds(), limits.in_time(age)
    if rises is None:
        return min(ceiling, UNPROVEN[0] * in_time), "its cloud told when it ends"
    if rises < PROVEN:
        return min(ceiling, UNPROVEN[rises - 1] * in_time), "its pace is not proven yet"
    return min(ceiling, max(2 * limits.on_time.total_seconds(), UNHURRIED * age)), "nothing is expected soon"
