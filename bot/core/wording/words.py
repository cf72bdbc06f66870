"""Signs, durations and figures: the same everywhere."""

import math

from providers.base import TaskSnapshot, TaskState

NBSP = "\u00a0"
"""Between a figure and its unit, so that no line breaks there."""

SIGNS = {
    TaskState.QUEUED: "⏳",
    TaskState.RUNNING: "▶️",
    TaskState.SYNCING: "🔄",
    TaskState.PAUSED: "⏸️",
    TaskState.SUCCEEDED: "✅",
    TaskState.FAILED: "❌",
    TaskState.STOPPED: "⏹️",
}
TROUBLE_SIGN = "⚠️"

STATE_WORDS = {
    TaskState.QUEUED: "queued",
    TaskState.RUNNING: "running",
    TaskState.SYNCING: "in sync",
    TaskState.PAUSED: "paused",
    TaskState.SUCCEEDED: "done",
    TaskState.FAILED: "failed",
    TaskState.STOPPED: "stopped",
}

_BAR_CELLS = 20


def doing(seen: TaskSnapshot) -> str:
    """Return what a task is doing, in a word or two."""
    if seen.state is TaskState.SYNCING and not seen.in_sync:
        return "following changes"
    return STATE_WORDS[seen.state]


def duration(seconds: float) -> str:
    """Return a duration as people say it: ``42 min``, ``1 h 23 min``, ``3 d 4 h``; two units at most."""
    total = max(round(seconds), 0)
    if total < 60:
        return f"{total}{NBSP}s"
    minutes = round(total / 60)
    if minutes < 60:
        return f"{minutes}{NBSP}min"
    if minutes < 24 * 60:
        return _two(minutes // 60, "h", minutes % 60, "min")
    hours = round(minutes / 60)
    return _two(hours // 24, "d", hours % 24, "h")


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    head = f"{large}{NBSP}{large_unit}"
    return f"{head}{NBSP}{small}{NBSP}{small_unit}" if small else head


def figure(value: float) -> str:
    """Return a figure in two or three digits, as people say it: ``0.83``, ``3.3``, ``42``, ``3,300``."""
    if value < 1:
        return f"{value:.2g}"
    if value < 10:
        return f"{value:.1f}".removesuffix(".0")
    return f"{float(f'{value:.2g}'):,.0f}"


def percent(value: float) -> str:
    """Return a percent, with one decimal only where the cloud gives a fraction; never rounded up to 100."""
    return f"{math.floor(value * 10) / 10:g}{NBSP}%"


def bar(value: float, cells: int = _BAR_CELLS) -> str:
    """Return a progress bar; full only at 100 %."""
    filled = min(max(math.floor(value / 100 * cells), 0), cells)
    return "█" * filled + "░" * (cells - filled)


def about(seconds: int) -> str:
    """Return an estimate, without more precision than it has."""
    if seconds < 60:
        return "under a minute"
    if seconds < 3600:
        return f"about {duration(seconds)}"
    step = 300 if seconds < 6 * 3600 else 1800
    return f"about {duration(math.ceil(seconds / step) * step)}"


def lag(seconds: float) -> str:
    """Return how late changes arrive."""
    if seconds < 1:
        return f"less than 1{NBSP}s late" if seconds > 0 else "without delay"
    return f"{duration(seconds)} late" if seconds >= 120 else f"{round(seconds)}{NBSP}s late"


def joined(parts: list[str], last: str = "and") -> str:
    """Return ``a, b and c``."""
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}" if len(parts) > 1 else "".join(parts)


def points(count: int) -> str:
    """Return a number of percentage points."""
    return f"{count} point" if count == 1 else f"{count} points"
