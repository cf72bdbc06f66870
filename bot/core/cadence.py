"""When to look at a task again, and why then.

The rule was chosen by measurement: half the predicted time to the next milestone, inside an envelope that grows with
the task's age; a tight envelope until the percent has proved to be a clock. It tells 98 % of events within 15 s or 1 %
of the task's age, with a seventh of the questions of a fixed 15 s interval.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.estimate import is_clock, speed
from bot.core.model import TroubleKind, Watch
from providers.base import TaskState

SLOWEST = 4
"""Ceilings between two looks that are only for the case of a surprise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The floor and the ceiling of the time between two looks."""

    min_interval: timedelta
    max_interval: timedelta


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

    The result is spread by up to a tenth, by the watch's id, so that many watches do not ask in the same second.
    """
    floor, ceiling = limits.min_interval.total_seconds(), limits.max_interval.total_seconds()
    seconds, reason = _wanted(watch, now, milestones, floor, ceiling)
    if not heard and seconds < SLOWEST * ceiling:
        seconds, reason = SLOWEST * ceiling, "nobody can be told just now"
    seconds *= spread(watch.id)
    if due is not None and heard and watch.trouble is None:
        until = max((due[0] - now).total_seconds(), floor)
        if until < seconds:
            seconds, reason = until, due[1]
    if retry_after is not None and retry_after > seconds:
        # Upwards only: asking earlier than the cloud allows is the one thing that must not happen.
        seconds, reason = retry_after * (1 + (spread(watch.id) - 0.9) / 2), "the cloud asked to wait"
    return NextLook(after=timedelta(seconds=seconds), reason=reason)


def spread(watch_id: str) -> float:
    """Return a factor from 0.9 to 1.1 that is always the same for one watch."""
    return 0.9 + 0.2 * (zlib.crc32(watch_id.encode()) / 0xFFFFFFFF)


def _wanted(watch: Watch, now: datetime, milestones: Sequence[int], floor: float, ceiling: float) -> tuple[float, str]:
    if watch.linger_until is not None:
        return SLOWEST * ceiling, "it failed and its cloud may retry it"
    if watch.absent_looks or watch.done_looks or watch.fail_looks:
        return floor, "what was just read needs a second look"
    if watch.trouble is not None:
        return _in_trouble(watch.trouble.kind, watch.trouble.looks, floor, ceiling)
    if watch.seen is None:
        return floor, "there is no reading yet"
    if watch.seen.state is TaskState.PAUSED:
        return ceiling, "it is paused"
    if watch.seen.state is TaskState.SYNCING:
        return min(ceiling, max(floor, 60.0)), "it is in sync"
    return _on_its_way(watch, now, milestones, floor, ceiling)


def _in_trouble(kind: TroubleKind, looks: int, floor: float, ceiling: float) -> tuple[float, str]:
    if kind is TroubleKind.DENIED and looks == 1:
        # Once more soon, and not at once: clouds lock keys that are refused again and again.
        return min(ceiling, max(floor, 60.0)), "access was refused once"
    if kind is TroubleKind.DENIED:
        return SLOWEST * ceiling, "access is refused until someone acts"
    return min(ceiling, floor * 2 ** min(looks - 1, 16)), "it could not be read"


def _on_its_way(
    watch: Watch, now: datetime, milestones: Sequence[int], floor: float, ceiling: float
) -> tuple[float, str]:
    age = max((now - watch.run_since).total_seconds(), 0.0)
    rate = speed(watch.points)
    if is_clock(watch.points):
        foreseen = rate is not None
        reason = "it has been running for long" if foreseen else "its pace cannot be foreseen"
        envelope = max(30.0, 0.1 * age)
    else:
        envelope, reason = max(15.0, 0.01 * age), "its pace is not known yet"
    longest = max(floor, min(ceiling, envelope))
    if rate is None:
        return longest, reason
    percent = watch.points[-1].percent
    # A milestone below the highest percent was told; falling back does not bring it nearer.
    target = next((m for m in milestones if m > max(watch.high or 0.0, percent)), 100)
    half = (target - percent) / rate / 2
    if percent < target and half < longest:
        return max(floor, half), f"that is half-way to {target} %"
    return longest, reason
