"""Whether changes of an incremental task arrive in time, with hysteresis, for each rule that anyone has about it."""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from bot.core.model import LagState
from bot.core.rules import Lag
from providers.base import TaskSnapshot, TaskState


def judged(
    states: Iterable[LagState], rules: Iterable[Lag | None], seen: TaskSnapshot, now: datetime
) -> tuple[LagState, ...]:
    """Return where each distinct rule stands after a reading. What nobody asks for (any more) is forgotten."""
    wanted = sorted({(rule.over, rule.hold) for rule in rules if rule is not None})
    if not wanted:
        return ()
    known = {(state.over, state.hold): state for state in states}
    return tuple(
        _judged(known.get(each, LagState(over=each[0], hold=each[1])), seen, now.timestamp()) for each in wanted
    )


def _judged(state: LagState, seen: TaskSnapshot, now: float) -> LagState:
    if seen.state is not TaskState.SYNCING:
        return replace(state, since=None)
    if seen.lag_seconds is None:
        # A reading that does not tell it says neither that it changed nor that it stayed.
        return state
    too_late = seen.lag_seconds > state.over
    if too_late is state.broken:
        return replace(state, since=None)
    # A beginning that lies ahead is of a clock that was set back.
    since = min(state.since, now) if state.since is not None else now
    if now - since < state.hold:
        return replace(state, since=since)
    return replace(state, broken=too_late, since=None, broken_at=since if too_late else None)
