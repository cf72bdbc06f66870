"""A simulated task: its progress is worked out from the time when somebody asks, never by a timer."""

import math
from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What a simulated task is doing, in the words that the page shows."""

    QUEUED = "queued"
    RUNNING = "running"
    SYNCING = "syncing"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"


TERMINAL = frozenset({State.SUCCEEDED, State.FAILED, State.STOPPED})


class Mode(StrEnum):
    """DRS task modes; every other cloud's task is a FULL_TRANS: it ends at 100 %."""

    FULL = "FULL_TRANS"
    INCREMENTAL = "INCR_TRANS"
    BOTH = "FULL_INCR_TRANS"


@dataclass(slots=True, kw_only=True)
class Task:
    """One task at one simulated cloud. ``settle`` brings it to a moment; everything else reads it as it then stands."""

    id: str
    provider: str
    account: str
    key: str
    name: str
    started_at: float
    scenario: str = "steady"
    mode: Mode = Mode.FULL
    speed: float = 2.0
    """Percent per second."""
    percent: float = 0.0
    running: bool = True
    """Whether time moves it; False is what a person's pause looks like."""
    state: State = State.RUNNING
    raw: str | None = None
    """A status put on the wire instead of the one that fits ``state``."""
    message: str = ""
    wait: float = 0.0
    """Seconds left in the queue; infinite for a task that nobody ever started."""
    stall_at: float = 67.0
    stall: float = 0.0
    """Seconds left to stand still once ``stall_at`` is reached."""
    fail_at: float | None = None
    steps: tuple[float, ...] = ()
    """The only figures the cloud tells while it jumps; empty tells every figure."""
    gap: float = 0.0
    """Seconds left between the end of the full copy and the start of the incremental phase."""
    synced_for: float = 0.0
    was_synced: bool = False
    lag: float | None = None
    """A delay set by hand; None lets it shrink with time."""
    failed_files: int = 0
    language: str = "en"
    as_of: float = 0.0
    ended_at: float | None = None
    dragged_to: float = 0.0
    resume_to: State = State.RUNNING

    @property
    def terminal(self) -> bool:
        """Whether it has ended."""
        return self.state in TERMINAL

    @property
    def moving(self) -> bool:
        """Whether another look later may show something new."""
        if not self.running or self.terminal:
            return False
        if self.state is State.QUEUED:
            return math.isfinite(self.wait)
        standing = self.speed <= 0 and self.stall <= 0 and self.percent < 100
        if self.state is State.SYNCING:
            return self.lag is None and bool(self.lag_seconds)
        return not standing

    @property
    def shown_percent(self) -> float:
        """The percent that the cloud tells: a jumping task tells its steps only, and what a person dragged it to."""
        if not self.steps or self.percent >= 100:
            return self.percent
        step = bisect_right(self.steps, self.percent)
        dragged = self.dragged_to if self.dragged_to <= self.percent else 0.0
        return max(self.steps[step - 1] if step else 0.0, dragged)

    @property
    def remaining_seconds(self) -> int | None:
        """The cloud's estimate while it copies; None where it has none."""
        if self.state is not State.RUNNING or not self.running or self.speed <= 0 or self.percent >= 100:
            return None
        return max(1, round((100 - self.percent) / self.speed))

    @property
    def lag_seconds(self) -> int | None:
        """How late changes arrive, in the incremental phase only; it shrinks while the task catches up."""
        if self.state is State.SYNCING:
            return round(self.lag) if self.lag is not None else max(0, round(40 - 2 * self.synced_for))
        if self.mode is Mode.INCREMENTAL and self.state is State.RUNNING:
            return round(self.lag) if self.lag is not None else round(40 + 6 * (100 - self.percent))
        return None

    def settle(self, now: float) -> None:
        """Bring the task to *now*; looking often or seldom gives the same. A clock that went back moves nothing."""
        left = now - self.as_of
        self.as_of = now
        while left > 0 and self.running and not self.terminal and self.state is not State.PAUSED:
            spent = self._step(left, now)
            if spent is None:
                return
            left -= spent

    def _step(self, left: float, now: float) -> float | None:
        """Spend time up to the next turning point; None when nothing turns within *left*."""
        if self.state is State.QUEUED:
            spent = min(left, self.wait)
            self.wait -= spent
            if self.wait <= 0:
                self.state = State.RUNNING
            return spent
        if self.state is State.SYNCING:
            self.synced_for += left
            return None
        if self.percent >= 100:
            return self._leave_full_copy(left, now)
        if self.stall > 0 and self.percent == self.stall_at:
            spent = min(left, self.stall)
            self.stall -= spent
            return spent
        if self.speed <= 0:
            return None
        stops = [100.0]
        if self.stall > 0 and self.stall_at > self.percent:
            stops.append(self.stall_at)
        if self.fail_at is not None and self.fail_at > self.percent:
            stops.append(self.fail_at)
        stop = min(stops)
        needed = (stop - self.percent) / self.speed
        if needed > left:
            self.percent += self.speed * left
            return None
        self.percent = stop
        if stop == self.fail_at:
            self.end(State.FAILED, at=now - left + needed)
        elif stop >= 100 and self.mode is Mode.FULL:
            self.end(State.SUCCEEDED, at=now - left + needed)
        # A zero step would never end the loop: float rounding can make it zero just before a stop.
        return max(needed, 1e-9)

    def _leave_full_copy(self, left: float, now: float) -> float:
        if self.mode is Mode.FULL:
            self.end(State.SUCCEEDED, at=now - left)
            return left
        spent = min(left, self.gap)
        self.gap -= spent
        if self.gap <= 0:
            self.state = State.SYNCING
            self.raw = None
            self.was_synced = True
            self.synced_for = 0.0
        return spent

    def end(self, state: State, *, at: float) -> None:
        """End the task; only success moves its percent."""
        self.state = state
        self.ended_at = at
        self.raw = None
        if state is State.SUCCEEDED:
            self.percent = 100.0

    def drag(self, percent: float) -> None:
        """Set the percent by hand; below 100 a waiting, finished or synced task runs (again)."""
        self.percent = self.dragged_to = percent
        if percent < 100 or self.state is State.QUEUED:
            if self.terminal or self.state is State.SYNCING:
                self.gap = GAP_SECONDS
                self.running = True
            if self.state is State.PAUSED:
                self.resume_to = State.RUNNING
            else:
                self.state = State.RUNNING
            self.wait = 0.0
            self.ended_at = None
            self.raw = None
        if percent >= 100 and self.mode is Mode.FULL and not self.terminal:
            self.end(State.SUCCEEDED, at=self.as_of)

    def pause(self, *, has_paused_state: bool) -> None:
        """Stand still; a cloud without a paused state goes on saying what it said."""
        self.running = False
        if has_paused_state and not self.terminal and self.state is not State.PAUSED:
            self.resume_to = self.state
            self.state = State.PAUSED
            self.raw = None

    def resume(self) -> None:
        """Go on; a task that had ended starts a new run, and one that never ran starts."""
        self.running = True
        if self.state is State.PAUSED:
            self.state = self.resume_to
            self.raw = None
        elif self.terminal:
            self.drag(0.0 if self.percent >= 100 else self.percent)
            self.message = ""
        elif self.state is State.QUEUED and math.isinf(self.wait):
            self.wait = 0.0
            self.state = State.RUNNING


GAP_SECONDS = 3.0
"""How long a DRS task rests in FULL_TRANSFER_COMPLETE before its incremental phase."""
