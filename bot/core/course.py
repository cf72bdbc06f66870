"""How a run goes: when it last made progress, where it rested, when its phases were, what was once expected of it."""

from datetime import datetime

from msgspec.structs import replace

from bot.core import news
from bot.core.estimate import estimated
from bot.core.model import Forecast, PhaseSeen, Rest, Watch
from providers.base import TaskSnapshot, TaskState

_MAX_RESTS = 3
_SHORTEST_REST = 600.0
"""Seconds; what is shorter is no rest, but the way in which percents move."""
_REST_SHARE = 0.05
"""Of the run's age; what is less does not explain where the time went."""
_MAX_PHASES = 16
_FORESEEN_FROM, _FORESEEN_TO = 20, 80
"""Percents between which an estimate is worth comparing with the end: no guess, and not the end itself."""


def begun(watch: Watch, now: datetime) -> Watch:
    """Return *watch* at the beginning of a run of which nothing was seen yet."""
    return replace(
        watch, progressed_at=None, timed_until=now, phases=(), rests=(), forecast=None, lags=(), points=(), high=None
    )


def followed(before: Watch, after: Watch, snapshot: TaskSnapshot, now: datetime) -> Watch:
    """Return *after*, the watch with this reading, with what it adds to the course of the run."""
    progressed_at, rests = before.progressed_at, before.rests
    moved = _moved(before, snapshot)
    if moved and before.seen is not None and before.seen.state is TaskState.RUNNING:
        rests = _with_rest(before, now)
    if moved or progressed_at is None:
        # After a clock was set back: a rest begins no earlier than what was looked for, or its stall would never be
        # told.
        progressed_at = max(now, before.timed_until) if before.timed_until is not None else now
    return replace(
        after,
        progressed_at=progressed_at,
        phases=_with_phases(before, snapshot, now),
        rests=rests,
        forecast=before.forecast or _forecast(after, snapshot, now),
    )


def finished(before: Watch, after: Watch) -> tuple[int, ...]:
    """Return which phases are done that were not before, by their place."""
    if after.phases == before.phases:
        return ()
    old = [phase.done_at is not None for phase in before.phases]
    return tuple(
        place
        for place, phase in enumerate(after.phases)
        if phase.done_at is not None and not (place < len(old) and old[place])
    )


def phase_done(watch: Watch, place: int) -> news.PhaseDone:
    """Return the news that a phase is done."""
    after = next((phase.name for phase in watch.phases[place + 1 :] if phase.done_at is None), None)
    return news.PhaseDone(name=watch.phases[place].name, seconds=took(watch.phases[place]), next_name=after)


def took(phase: PhaseSeen) -> float | None:
    """Return how long a phase took, in seconds; None where not both its ends were seen."""
    if phase.began_at is None or phase.done_at is None or phase.done_at <= phase.began_at:
        return None
    return phase.done_at - phase.began_at


def phase_times(watch: Watch) -> tuple[news.PhaseTime, ...]:
    """Return how long each phase took of which that is known."""
    return tuple(
        news.PhaseTime(name=phase.name, seconds=seconds)
        for phase in watch.phases
        if (seconds := took(phase)) is not None
    )


def rest_times(watch: Watch, age: float) -> tuple[news.RestTime, ...]:
    """Return the rests that matter in a run that took *age* seconds."""
    return tuple(
        news.RestTime(percent=rest.percent, seconds=rest.seconds)
        for rest in watch.rests
        if rest.seconds >= _REST_SHARE * age
    )


def forecast_made(watch: Watch) -> news.ForecastMade | None:
    """Return what was once expected of a run."""
    if watch.forecast is None:
        return None
    expected = watch.forecast.ends_at - watch.run_since.timestamp()
    return news.ForecastMade(percent=watch.forecast.percent, after_seconds=max(expected, 0.0))


def _moved(before: Watch, snapshot: TaskSnapshot) -> bool:
    """Tell whether a reading shows progress: another state, percent or phases. What it does not tell did not change."""
    seen = before.seen
    if seen is None or seen.state is not snapshot.state:
        return True
    if snapshot.percent is not None and (not before.points or before.points[-1].percent != snapshot.percent):
        return True
    return bool(snapshot.phases) and snapshot.phases != seen.phases


def _with_rest(before: Watch, now: datetime) -> tuple[Rest, ...]:
    """Return the rests with the one that progress has just ended.

    It lasted at least up to the reading before; whether also through a time in which nothing could be read, nobody
    knows.
    """
    if before.progressed_at is None or before.seen_at is None or not before.points:
        return before.rests
    seconds = (before.seen_at - before.progressed_at).total_seconds()
    if seconds < _SHORTEST_REST or seconds < _REST_SHARE * (now - before.run_since).total_seconds():
        return before.rests
    rests = [*before.rests, Rest(percent=before.points[-1].percent, seconds=seconds)]
    if len(rests) > _MAX_RESTS:
        rests.remove(min(rests, key=lambda rest: rest.seconds))
    return tuple(rests)


def _with_phases(before: Watch, snapshot: TaskSnapshot, now: datetime) -> tuple[PhaseSeen, ...]:
    """Return the phases with what a reading tells of them; each keeps its place."""
    if not snapshot.phases:
        return before.phases
    # Of a phase that was under way when it was first looked at, nobody saw the beginning.
    unseen_before = before.seen is None
    at = now.timestamp()
    phases = list(before.phases)
    places = {phase.name: place for place, phase in enumerate(phases)}
    for told in snapshot.phases:
        place = places.get(told.name)
        if place is None:
            if len(phases) == _MAX_PHASES:
                continue
            places[told.name] = place = len(phases)
            phases.append(PhaseSeen(name=told.name))
        phase = phases[place]
        if told.percent > 0 and phase.began_at is None and phase.done_at is None and not _under_way(before, told.name):
            phase = replace(phase, began_at=None if unseen_before else at)
        if phase.done_at is None and (told.percent >= 100 or _over(phase, snapshot)):
            phase = replace(phase, done_at=at)
        phases[place] = phase
    return tuple(phases)


def _under_way(before: Watch, name: str) -> bool:
    """Tell whether the reading before showed a phase under way."""
    return before.seen is not None and any(p.name == name and p.percent > 0 for p in before.seen.phases)


def _over(phase: PhaseSeen, snapshot: TaskSnapshot) -> bool:
    """Tell whether success ended a phase that was under way, whatever its last figure."""
    return snapshot.state is TaskState.SUCCEEDED and phase.began_at is not None


def _forecast(after: Watch, snapshot: TaskSnapshot, now: datetime) -> Forecast | None:
    percent = snapshot.percent
    if snapshot.state is not TaskState.RUNNING or percent is None or not _FORESEEN_FROM <= percent <= _FORESEEN_TO:
        return None
    left = estimated(after.points, percent)
    if left is None:
        return None
    middle = (left.seconds + (left.most if left.most is not None else left.seconds)) / 2
    at = now.timestamp()
    return Forecast(made_at=at, percent=percent, ends_at=at + middle)
