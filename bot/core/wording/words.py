"""Signs, durations and figures: the same everywhere."""

import math

from bot.core.estimate import Remaining
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


def about_range(least: int, most: int) -> str:
    """Return an estimate between two figures, each rounded away from the other: ``about 35–50 min``."""
    if most < 120:
        return f"up to {duration(max(math.ceil(most / 60), 1) * 60)}"
    step = next(step for limit, step in _STEPS if most < limit)
    low, high = least // step * step, math.ceil(most / step) * step
    if low == 0:
        return f"up to {duration(high)}"
    first, last = duration(low), duration(high)
    unit = last.rpartition(NBSP)[2]
    # A unit that both share is said once.
    if first.count(NBSP) == last.count(NBSP) == 1 and first.endswith(f"{NBSP}{unit}"):
        return f"about {first.removesuffix(f'{NBSP}{unit}')}–{last}"
    return f"about {first} – {last}"


_STEPS = ((600, 60), (3600, 300), (6 * 3600, 900), (2 * 86400, 3600), (math.inf, 12 * 3600))
"""How coarse a range is told, by its upper end."""


def remaining_words(seconds: int, most: int | None) -> str:
    """Return how long it may still take, as a range where it is one."""
    return about(seconds) if most is None else about_range(seconds, most)


def left_words(left: Remaining) -> str:
    """Return how long it may still take: ``about 35–50 min left (estimated)``."""
    how = " (estimated)" if left.estimated else ""
    return f"{remaining_words(left.seconds, left.most)} left{how}"


def pace(per_hour: float) -> str:
    """Return a pace in the unit in which it is a figure that people can think with."""
    if per_hour >= 120:
        return f"{_figure(per_hour / 60)}{NBSP}% a minute"
    if per_hour >= 1:
        return f"{_figure(per_hour)}{NBSP}% an hour"
    return f"{_figure(per_hour * 24)}{NBSP}% a day"


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")


def lag(seconds: float) -> str:
    """Return how late changes arrive."""
    if seconds < 1:
        return f"less than 1{NBSP}s late" if seconds > 0 else "without delay"
    return f"{duration(seconds)} late" if seconds >= 120 else f"{round(seconds)}{NBSP}s late"


def joined(parts: list[str], last: str = "and") -> str:
    """Return ``a, b and c``."""
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}" if len(parts) > 1 else "".join(parts)


def files_failed(count: int) -> str:
    """Return how many files were left behind."""
    return f"{count:,} file{'s' if count != 1 else ''} failed"


def points(count: int) -> str:
    """Return a number of percentage points."""
    return f"{count} point" if count == 1 else f"{count} points"


def at_percent(value: float | None) -> str:
    """Return `` at 62 %``, with its space; empty where the percent is not known."""
    return f" at {percent(value)}" if value is not None else ""


def capital(text: str) -> str:
    """Return *text* with a capital letter at its beginning."""
    return f"{text[:1].upper()}{text[1:]}"


def limit(seconds: int) -> str:
    """Return a limit as people set it: ``60 s``, ``5 min``, ``90 min``."""
    return f"{seconds}{NBSP}s" if seconds < 120 else duration(seconds)
