"""Durations as people type them, ``45s 30m 6h 2d 1h30m``, and the bounds of each."""

import itertools
import re
from dataclasses import dataclass

from bot.core.asked import Wrong
from bot.core.wording import clause_slips

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_UNITS = {"d": _DAY, "h": _HOUR, "m": _MINUTE, "s": 1}
_PART = r"([0-9]+(?:[.,][0-9]+)?) ?(days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)"
_DURATION = re.compile(rf"[+-]?(?:{_PART} ?)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How short and how long a duration may be, in seconds."""

    least: int
    most: int
    example: str
    """A clause with such a duration."""


HEARTBEAT = Bounds(least=10 * _MINUTE, most=7 * _DAY, example="every 2h")
STALL = Bounds(least=5 * _MINUTE, most=7 * _DAY, example="stall 30m")
OVERDUE = Bounds(least=5 * _MINUTE, most=90 * _DAY, example="overdue 6h")
LAG = Bounds(least=1, most=7 * _DAY, example="lag 60s")
HOLD = Bounds(least=10, most=_DAY, example="lag 60s for 10m")
MUTE = Bounds(least=_MINUTE, most=30 * _DAY, example="2h")


def looks_like_duration(text: str) -> bool:
    """Tell whether *text* can only be meant as a duration."""
    return _DURATION.fullmatch(text.lower()) is not None


def read_duration(text: str, bounds: Bounds) -> int | Wrong:
    """Return the seconds of a duration, or what is wrong with it."""
    words = text.lower()
    if not words:
        return clause_slips.no_duration_given(bounds.example)
    if re.fullmatch(r"[0-9]+", words):
        return clause_slips.no_unit(text, bounds.example)
    parts = [(number, _UNITS[unit[0]]) for number, unit in re.findall(_PART, words)]
    if not _DURATION.fullmatch(words) or words[0] in "+-":
        return clause_slips.no_duration(text, bounds.example)
    if any(not number.isdecimal() for number, _ in parts):
        return clause_slips.fraction(text, bounds.example)
    if any(before <= after for (_, before), (_, after) in itertools.pairwise(parts)):
        return clause_slips.no_duration(text, bounds.example)
    seconds = sum(int(number) * unit for number, unit in parts)
    if seconds < bounds.least:
        return clause_slips.too_short(text, print_duration(bounds.least), bounds.example)
    if seconds > bounds.most:
        return clause_slips.too_much_time(text, print_duration(bounds.most), bounds.example)
    return seconds


def print_duration(seconds: int) -> str:
    """Return a duration as it is typed: in one unit where that is short (``90m``), else in several (``1h40m``)."""
    unit = next(unit for unit, size in _UNITS.items() if seconds % size == 0)
    if seconds // _UNITS[unit] < 100 or unit == "d":
        return f"{seconds // _UNITS[unit]}{unit}"
    parts, rest = "", seconds
    for unit, size in _UNITS.items():
        count, rest = divmod(rest, size)
        parts += f"{count}{unit}" if count else ""
    return parts
