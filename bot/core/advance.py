"""The heart: what a reading changes about a watch, and what there is to tell about it. Pure and total."""

from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from bot.core import course, news, readings
from bot.core.model import SubscriptionId, Trouble, TroubleKind, Watch
from providers.base import (
    Absence,
    AccessDenied,
    Outlook,
    ProviderError,
    RateLimited,
    Reading,
    TaskNotFound,
    TaskSnapshot,
    TaskState,
    UnexpectedResponse,
)

LINGER = timedelta(hours=24)
"""How long a failed task that its cloud may retry is looked at; the clouds name no limit."""
SURE_LOOKS = {Absence.CERTAIN: 2, Absence.VAGUE: 2, Absence.SILENT: 5}
"""Readings in a row after which a task is believed to be gone."""
DENIED_LOOKS = 2
LASTING_LOOKS = 3


class Advanced(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The percent rose from the highest seen so far; what that means depends on each follower's milestones."""

    before: float
    after: float


Happening: TypeAlias = tuple[str, news.News | Advanced]
"""What happened, under the name that makes it unique within the run of the watch."""


class Step(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A watch after a reading (its next look still to be set, unless it closed), and what happened."""

    watch: Watch
    happenings: tuple[Happening, ...] = ()
    timed: tuple[tuple[SubscriptionId, Happening], ...] = ()
    """What fell due for one follower, by its own rules (``bot.core.timed``)."""


def advance(watch: Watch, reading: Reading, now: datetime, *, patience: timedelta) -> Step:
    """Return the watch after *reading*, and what its followers may want to hear.

    *patience*: how long readings must fail before it is news. A closed watch stays closed.
    """
    if watch.closed:
        return Step(watch=watch)
    if watch.linger_until is not None:
        return _lingering(watch, reading, now, watch.linger_until)
    if isinstance(reading, ProviderError):
        return _failed_reading(watch, reading, now, patience)
    return _seen(watch, reading, now)


# --- a reading that succeeded ------------------------------------------------------------------------------------


def _seen(watch: Watch, snapshot: TaskSnapshot, now: datetime) -> Step:
    first = watch.seen is None
    told: list[Happening] = []
    if watch.trouble is not None and watch.trouble.told:
        after = max((now - watch.trouble.since).total_seconds(), 0.0)
        again = news.ReadableAgain(after_seconds=after, percent=snapshot.percent)
        told.append((f"readable-{watch.version}", again))
    done_looks = 0
    if snapshot.outlook is not Outlook.PLAIN:
        if snapshot.outlook is Outlook.NO_DATA and not snapshot.state.is_terminal:
            calm = replace(watch, seen_at=now, trouble=None, absent_looks=0, done_looks=0, fail_looks=0)
            return Step(watch=calm, happenings=tuple(told))
        done_looks = watch.done_looks + 1 if snapshot.outlook is Outlook.LOOKS_DONE else 0
        snapshot = _decided(watch, snapshot, done_looks)
        if _may_be_passing(watch, snapshot):
            passing = replace(watch, fail_looks=1, trouble=None, absent_looks=0, done_looks=0)
            return Step(watch=passing, happenings=tuple(told))
    before_state = watch.seen.state if watch.seen is not None else None
    after_watch = replace(
        readings.noted(watch, snapshot, now),
        seen=snapshot,
        seen_at=now,
        state_since=watch.state_since if before_state is snapshot.state else now,
        trouble=None,
        absent_looks=0,
        done_looks=done_looks,
        fail_looks=0,
        completed=watch.completed or snapshot.percent == 100 or snapshot.outlook is Outlook.COMPLETE,
        synced=watch.synced or snapshot.in_sync,
    )
    after_watch = course.followed(watch, after_watch, snapshot, now)
    if snapshot.state.is_terminal:
        return _ended(after_watch, snapshot, now, told)
    if first:
        # The card is the answer to the first reading; a thread that begins with "25 %" would be noise.
        return Step(watch=after_watch, happenings=tuple(told))
    return Step(watch=after_watch, happenings=(*told, *_moved(watch, after_watch, snapshot, now)))


def _may_be_passing(watch: Watch, snapshot: TaskSnapshot) -> bool:
    """Tell whether a failure wants a second look: one that its cloud can undo, after better readings."""
    retried = snapshot.state is TaskState.FAILED and snapshot.outlook is Outlook.MAY_RETURN
    return retried and watch.seen is not None and watch.fail_looks == 0


def _decided(watch: Watch, snapshot: TaskSnapshot, done_looks: int) -> TaskSnapshot:
    """Settle what one reading alone could not decide."""
    match snapshot.outlook:
        case Outlook.LOOKS_DONE if done_looks >= SURE_LOOKS[Absence.CERTAIN]:
            return _with_state(snapshot, TaskState.SUCCEEDED)
        case Outlook.ENDED if watch.completed or watch.synced:
            return _with_state(snapshot, TaskState.SUCCEEDED)
        case _:
            return snapshot


def _with_state(snapshot: TaskSnapshot, state: TaskState) -> TaskSnapshot:
    return replace(snapshot, state=state)


def _ended(watch: Watch, snapshot: TaskSnapshot, now: datetime, told: list[Happening]) -> Step:
    lingers = snapshot.outlook is Outlook.MAY_RETURN and snapshot.state is TaskState.FAILED
    age = max((now - watch.run_since).total_seconds(), 0.0)
    end = news.Ended(
        state=snapshot.state,
        # Clouds that end a task tell no percent, or 0: how far it came is what was seen before.
        percent=watch.high,
        after_seconds=age,
        message=snapshot.message,
        raw_state="" if snapshot.known_state else snapshot.raw_state,
        failed_files=snapshot.failed_files,
        phases=course.phase_times(watch),
        rests=course.rest_times(watch, age),
        forecast=course.forecast_made(watch) if snapshot.state is TaskState.SUCCEEDED else None,
        looks_again=lingers,
    )
    closed = replace(
        watch,
        ended_at=now,
        linger_until=now + LINGER if lingers else None,
        due_at=watch.due_at if lingers else None,
    )
    return Step(watch=closed, happenings=(*told, ("ended", end)))


def _moved(before: Watch, after: Watch, snapshot: TaskSnapshot, now: datetime) -> list[Happening]:
    """Tell what changed between two readings of a task that goes on."""
    was = before.seen.state if before.seen is not None else None
    happened: list[Happening] = []
    # Versions and not times make these names unique: a version is written once, a clock may stand still or go back.
    if snapshot.state is TaskState.PAUSED and was is not TaskState.PAUSED:
        happened.append((f"paused-{before.version}", news.Paused(percent=snapshot.percent)))
    if was is TaskState.PAUSED and snapshot.state is not TaskState.PAUSED:
        since = before.state_since or now
        resumed = news.Resumed(percent=snapshot.percent, paused_seconds=max((now - since).total_seconds(), 0.0))
        happened.append((f"resumed-{before.version}", resumed))
    if after.phases:
        done = course.finished(before, after)
        happened.extend((f"phase-{place}", course.phase_done(after, place)) for place in done)
    if after.synced and not before.synced:
        seconds = max((now - after.run_since).total_seconds(), 0.0)
        happened.append(("in-sync", news.InSync(after_seconds=seconds, lag_seconds=snapshot.lag_seconds)))
    elif snapshot.percent is not None and snapshot.percent > (before.high or 0.0):
        # Being in sync says more than the 100 % that comes with it.
        happened.append(("at", Advanced(before=before.high or 0.0, after=snapshot.percent)))
    return happened


# --- a reading that failed ---------------------------------------------------------------------------------------


def _failed_reading(watch: Watch, error: ProviderError, now: datetime, patience: timedelta) -> Step:
    if isinstance(error, TaskNotFound) and not (error.absence is Absence.VAGUE and watch.seen is not None):
        return _absent(watch, error, now)
    trouble = _deeper(watch.trouble, error, now)
    # What was read before the failure is no longer the last word, so its looks in a row begin again.
    after = replace(watch, trouble=trouble, absent_looks=0, done_looks=0, fail_looks=0)
    if trouble.told or not _is_news(trouble, now, patience):
        return Step(watch=after)
    unreadable = news.Unreadable(kind=trouble.kind, since=trouble.since.timestamp(), reason=trouble.reason)
    return Step(
        watch=replace(after, trouble=replace(trouble, told=True)),
        happenings=((f"unreadable-{watch.version}", unreadable),),
    )


def _deeper(earlier: Trouble | None, error: ProviderError, now: datetime) -> Trouble:
    """Return the trouble after one more failed reading."""
    kind = _kind(error)
    if earlier is None:
        return Trouble(kind=kind, since=now, reason=error.cause)
    if earlier.told and earlier.kind is TroubleKind.DENIED and kind is not TroubleKind.DENIED:
        # An outage mends no credentials: what needs a person stays said until a reading succeeds.
        return replace(earlier, looks=earlier.looks + 1)
    # Access that is refused needs a person: it is a trouble of its own, told even where an outage was told before.
    if kind is TroubleKind.DENIED and earlier.kind is not kind:
        return Trouble(kind=kind, since=now, looks=earlier.looks + 1, reason=error.cause)
    return replace(earlier, kind=kind, looks=earlier.looks + 1, reason=error.cause)


def _kind(error: ProviderError) -> TroubleKind:
    match error:
        case AccessDenied():
            return TroubleKind.DENIED
        case RateLimited():
            return TroubleKind.THROTTLED
        case UnexpectedResponse():
            return TroubleKind.UNEXPECTED
        case _:
            return TroubleKind.UNAVAILABLE


def _is_news(trouble: Trouble, now: datetime, patience: timedelta) -> bool:
    match trouble.kind:
        case TroubleKind.THROTTLED:
            return False
        case TroubleKind.DENIED:
            return trouble.looks >= DENIED_LOOKS
        case _:
            return trouble.looks >= LASTING_LOOKS and now - trouble.since >= patience


def _absent(watch: Watch, error: TaskNotFound, now: datetime) -> Step:
    looks = watch.absent_looks + 1
    if looks < SURE_LOOKS[error.absence]:
        return Step(watch=replace(watch, absent_looks=looks))
    gone = news.Gone(percent=watch.high, ever_seen=watch.seen is not None)
    closed = replace(watch, absent_looks=looks, gone=True, ended_at=now, due_at=None, trouble=None)
    return Step(watch=closed, happenings=(("ended", gone),))


# --- after a failure that the cloud may undo ---------------------------------------------------------------------


def _lingering(watch: Watch, reading: Reading, now: datetime, until: datetime) -> Step:
    if isinstance(reading, TaskSnapshot) and reading.state not in (TaskState.FAILED, TaskState.STOPPED):
        run = replace(
            course.begun(readings.forgotten(watch), now),
            run=watch.run + 1,
            run_since=now,
            seen=None,
            state_since=None,
            completed=False,
            synced=False,
            done_looks=0,
            ended_at=None,
            linger_until=None,
        )
        step = _seen(run, reading, now)
        again: Happening = ("ran-again", news.RanAgain(percent=reading.percent))
        return Step(watch=step.watch, happenings=(again, *step.happenings))
    if isinstance(reading, TaskSnapshot):
        cleared = reading.state is TaskState.STOPPED
    else:
        # A task that is merely left out of an answer, or hidden by an outage, may still be retried.
        cleared = isinstance(reading, TaskNotFound) and reading.absence is Absence.CERTAIN
    if now >= until or cleared:
        # Its end was told; that it was cleared away since is no news.
        return Step(watch=replace(watch, due_at=None, linger_until=None))
    return Step(watch=watch)
