"""What is kept of each reading of a run: the highest percent, its pace, its history, and the cloud's own word."""

from datetime import datetime
from itertools import pairwise

from msgspec.structs import replace

from bot.core import history
from bot.core.estimate import with_point
from bot.core.gait import after, gait_of
from bot.core.model import Point, Watch
from bot.core.promise import heard
from providers.base import TaskSnapshot, TaskState


def noted(watch: Watch, snapshot: TaskSnapshot, now: datetime) -> Watch:
    """Return *watch* with what one reading adds."""
    at, percent = now.timestamp(), snapshot.percent
    told = history.added(watch.history or history_of(watch), history.entry(at, percent, snapshot.state))
    promise = heard(watch.promise, at, snapshot.remaining_seconds)
    if percent is None:
        return replace(watch, history=told, promise=promise)
    point = Point(at=at, percent=percent)
    return replace(
        watch,
        high=percent if watch.high is None else max(watch.high, percent),
        points=with_point(watch.points, point),
        gait=after(watch.gait or gait_of(watch.points), watch.points, point, watch.high),
        history=told,
        promise=promise,
    )


def forgotten(watch: Watch) -> Watch:
    """Return *watch* without what belongs to one run, for the next."""
    return replace(watch, high=None, points=(), gait=None, history="", promise=None)


def passed_at(watch: Watch, percent: float) -> float | None:
    """Return the Unix seconds of the reading that passed *percent*; None where it was not seen being passed."""
    told = ((one.at, one.percent) for one in history.entries(history_of(watch)) if one.percent is not None)
    for (_, before), (at, reached) in pairwise(told):
        if before < percent <= reached:
            return float(at)
    return None


def history_of(watch: Watch) -> str:
    """Return the history of a run; of a record that was written before histories were, what its points tell."""
    if watch.history or not watch.points:
        return watch.history
    told = ""
    for point in watch.points:
        told = history.added(told, history.entry(point.at, point.percent, TaskState.RUNNING))
    return told
