"""What time brings: heartbeats, stalls, overdue tasks, changes that arrive late.

All of it follows from a window: what falls due after ``Watch.timed_until``, up to now, is told in the step that moves
``timed_until`` to now. So each is told once, however often the bot is stopped, and whatever becomes of its deliveries.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from bot.core import news, zones
from bot.core.advance import Happening, Step
from bot.core.cadence import Why
from bot.core.estimate import remaining
from bot.core.lateness import judged
from bot.core.model import LagState, Subscription, Watch
from bot.core.rules import Lag, Overdue, Rules
from providers.base import Reading, TaskSnapshot, TaskState

_BELIEVED = timedelta(days=3)
"""How far ``timed_until`` may lie ahead, of a clock that was set back, before that is taken for a mistake."""


class _Window(msgspec.Struct, frozen=True, kw_only=True):
    """What falls due now: later than *after*, not later than *now*."""

    after: datetime
    now: datetime

    def holds(self, moment: datetime) -> bool:
        return self.after < moment <= self.now


def in_time(before: Watch, step: Step, reading: Reading, followers: Iterable[Subscription], now: datetime) -> Step:
    """Return *step* with what fell due for each follower by the time of a reading that succeeded."""
    watch = step.watch
    if not isinstance(reading, TaskSnapshot) or watch.seen is None:
        return step
    if watch.ended_at is not None or watch.linger_until is not None or watch.fail_looks:
        return step
    until = watch.timed_until
    if until is None or until <= now or until - now > _BELIEVED:
        until = now
    clocked = [each for each in followers if _by_the_clock(each.rules)]
    lags = judged(watch.lags, (each.rules.lag for each in clocked), watch.seen, now) if clocked else ()
    after = msgspec.structs.replace(watch, timed_until=until, lags=lags)
    if not clocked:
        return Step(watch=after, happenings=step.happenings)
    window = _Window(after=watch.timed_until or watch.run_since, now=now)
    timed = tuple((each.id, what) for each in clocked for what in _due(before, after, each, window))
    return Step(watch=after, happenings=step.happenings, timed=timed)


def next_due(watch: Watch, followers: Sequence[Subscription], now: datetime) -> tuple[datetime, Why] | None:
    """Return when something falls due next for anyone who would hear of it, and what; None where nothing will."""
    if watch.seen is None or watch.ended_at is not None or watch.linger_until is not None:
        return None
    clocked = [each for each in followers if _by_the_clock(each.rules)]
    if not clocked:
        return None
    found = [
        (moment, why)
        for each in clocked
        if each.paused is None and not (each.muted is not None and each.muted.holds(now))
        for moment, why in _coming(watch, each, now)
        if moment > now
    ]
    return min(found, key=lambda due: due[0], default=None)


def resting_since(watch: Watch, follower: Subscription, now: datetime) -> datetime | None:
    """Return since when a task rests, where that is longer than its follower finds usual."""
    stalled = _stalled_at(watch, follower)
    return watch.progressed_at if stalled is not None and stalled <= now else None


def _by_the_clock(rules: Rules) -> bool:
    """Tell whether a follower asked for anything that time brings; most ask for nothing of it."""
    return rules.stall is not None or rules.heartbeat is not None or rules.overdue is not None or rules.lag is not None


def _due(before: Watch, after: Watch, follower: Subscription, window: _Window) -> Iterator[Happening]:
    yield from _rest(before, after, follower, window)
    if follower.rules.lag is not None:
        yield from _lag(before, after, follower, follower.rules.lag, window)
    if follower.rules.overdue is not None:
        yield from _late(after, follower, follower.rules.overdue, window)
    if follower.rules.heartbeat is not None:
        yield from _beat(after, follower, follower.rules.heartbeat, window)


def _coming(watch: Watch, follower: Subscription, now: datetime) -> Iterator[tuple[datetime, Why]]:
    rules = follower.rules
    if rules.heartbeat is not None:
        interval = timedelta(seconds=rules.heartbeat)
        yield _last_beat(watch, follower, rules.heartbeat, now) + interval, Why.HEARTBEAT
    if (stalled := _stalled_at(watch, follower)) is not None:
        yield stalled, Why.STALL
    if rules.overdue is not None:
        yield _late_at(watch, follower, rules.overdue), Why.OVERDUE
    state = _state_of(watch, rules.lag) if rules.lag is not None else None
    if state is not None and state.since is not None:
        held = timedelta(seconds=state.since - now.timestamp() + state.hold)
        yield now + held, Why.LAG


# --- heartbeats --------------------------------------------------------------------------------------------------


def _beat(watch: Watch, follower: Subscription, interval: int, window: _Window) -> Iterator[Happening]:
    due = _last_beat(watch, follower, interval, window.now)
    seen = watch.seen
    # At its beginning nothing has been going on yet.
    if seen is None or due <= _beats_from(watch, follower) or not window.holds(due):
        return
    left = remaining(watch, window.now)
    beat = news.Beat(
        state=seen.state,
        percent=seen.percent,
        after_seconds=_since(watch.run_since, window.now),
        lag_seconds=seen.lag_seconds,
        remaining_seconds=left.seconds if left is not None else None,
        remaining_most=left.most if left is not None else None,
        estimated=left.estimated if left is not None else True,
    )
    yield f"beat-{int(due.timestamp())}", beat


def _beats_from(watch: Watch, follower: Subscription) -> datetime:
    return max(watch.run_since, _rules_since(follower))


def _last_beat(watch: Watch, follower: Subscription, interval: int, now: datetime) -> datetime:
    """Return the last moment, up to now, at which a heartbeat was due: of several that were missed, the only one."""
    start = _beats_from(watch, follower)
    return start + max((now - start) // timedelta(seconds=interval), 0) * timedelta(seconds=interval)


# --- stalls ------------------------------------------------------------------------------------------------------


def _rest(before: Watch, after: Watch, follower: Subscription, window: _Window) -> Iterator[Happening]:
    stalled = _stalled_at(after, follower)
    if stalled is not None and after.progressed_at is not None and window.holds(stalled):
        seconds = _since(after.progressed_at, window.now)
        yield _name("stall", after.progressed_at), news.Stalled(percent=_percent(after), seconds=seconds)
    if before.run != after.run or before.progressed_at is None or before.progressed_at == after.progressed_at:
        return
    goes_on = after.seen is not None and after.seen.state in (TaskState.RUNNING, TaskState.SYNCING)
    if goes_on and _heard_of_stall(before, follower, window):
        seconds = _since(before.progressed_at, window.now)
        yield _name("moving", before.progressed_at), news.MovingAgain(percent=_percent(after), seconds=seconds)


def _stalled_at(watch: Watch, follower: Subscription) -> datetime | None:
    """Return when a follower is to hear that a task rests, should it go on resting; None where it never is to.

    Only of a task that runs and tells how far it is.
    """
    if follower.rules.stall is None or watch.progressed_at is None:
        return None
    if watch.seen is None or watch.seen.state is not TaskState.RUNNING or not (watch.points or watch.phases):
        return None
    return max(watch.progressed_at + timedelta(seconds=follower.rules.stall), _rules_since(follower))


def _heard_of_stall(before: Watch, follower: Subscription, window: _Window) -> bool:
    """Tell whether a follower was told that the task rests, up to the reading before.

    That it was edited since does not count: what was told by the rules before is withdrawn all the same.
    """
    stalled = _stalled_at(before, msgspec.structs.replace(follower, revised_at=None))
    return stalled is not None and stalled <= window.after and not _was_muted(follower, stalled)


# --- overdue -----------------------------------------------------------------------------------------------------


def _late(watch: Watch, follower: Subscription, overdue: Overdue, window: _Window) -> Iterator[Happening]:
    due = _late_at(watch, follower, overdue)
    # What follows changes never ends by itself: in sync, it is where it was to be.
    if not window.holds(due) or watch.seen is None or watch.seen.in_sync:
        return
    left = remaining(watch, window.now)
    late = news.Late(
        due_at=due.timestamp(),
        after_seconds=overdue.after,
        percent=_percent(watch),
        remaining_seconds=left.seconds if left is not None else None,
        remaining_most=left.most if left is not None else None,
        estimated=left.estimated if left is not None else True,
    )
    # By the rule and not by the moment, which moves when something else is edited.
    yield (f"late-{overdue.after}" if overdue.after is not None else f"late-at-{overdue.at}"), late


def _late_at(watch: Watch, follower: Subscription, overdue: Overdue) -> datetime:
    since = _rules_since(follower)
    return max(zones.deadline(overdue, watch.run_since, since), since)


# --- changes that arrive late ------------------------------------------------------------------------------------


def _lag(before: Watch, after: Watch, follower: Subscription, rule: Lag, window: _Window) -> Iterator[Happening]:
    was, stands = _state_of(before, rule), _state_of(after, rule)
    late = after.seen.lag_seconds if after.seen is not None else None
    broken_at = stands.broken_at if stands is not None else None
    # Who asks for it while it is broken already hears of that at the next reading.
    news_to_it = was is None or not was.broken or window.holds(_rules_since(follower))
    if broken_at is not None and news_to_it and late is not None and late > rule.over:
        broken = news.LagBroken(lag_seconds=late, over=rule.over, hold=rule.hold)
        yield f"lag-broken-{rule.over}-{rule.hold}-{int(broken_at)}", broken
    if was is None or was.broken_at is None or broken_at is not None:
        return
    broke = datetime.fromtimestamp(was.broken_at + rule.hold, window.now.tzinfo)
    if follower.created_at <= window.after and not _was_muted(follower, broke):
        good_since = min(was.since, window.now.timestamp()) if was.since is not None else window.now.timestamp()
        seconds = max(good_since - was.broken_at, 0.0)
        good = news.LagGood(lag_seconds=late, over=rule.over, after_seconds=seconds)
        yield f"lag-good-{rule.over}-{rule.hold}-{int(was.broken_at)}", good


def _state_of(watch: Watch, rule: Lag) -> LagState | None:
    return next((state for state in watch.lags if (state.over, state.hold) == (rule.over, rule.hold)), None)


# --- what they share ---------------------------------------------------------------------------------------------


def _rules_since(follower: Subscription) -> datetime:
    return follower.revised_at or follower.created_at


def _was_muted(follower: Subscription, moment: datetime) -> bool:
    mute = follower.muted
    return mute is not None and mute.since <= moment and mute.holds(moment)


def _percent(watch: Watch) -> float | None:
    return watch.points[-1].percent if watch.points else None


def _since(moment: datetime, now: datetime) -> float:
    return max((now - moment).total_seconds(), 0.0)


def _name(what: str, moment: datetime) -> str:
    return f"{what}-{int(moment.timestamp())}"
