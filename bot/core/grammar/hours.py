"""Times of day and their zones: ``quiet 22:00-07:00 Europe/Berlin``, ``overdue 18:00``."""

import re

from bot.core.asked import Wrong
from bot.core.grammar.durations import OVERDUE, print_duration, read_duration
from bot.core.rules import DAY_MINUTES, Overdue, Quiet
from bot.core.wishes import ZONE_TO_FILL, Wishes
from bot.core.wording import clause_slips
from bot.core.zones import close_zone, zone_named

_QUIET = re.compile(r"(?:from |between )?([0-9:]+) ?(?:-+|to|until|and) ?([0-9:]+)(?:[ ,]+(.+))?", re.IGNORECASE)
_AT = re.compile(r"([0-9]+:[0-9:]*)(?:[ ,]+(.+))?")
_TIME = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))?")
_OFFSET = re.compile(r"(?:utc|gmt)?[+-][0-9]{1,2}(?::?[0-9]{2})?", re.IGNORECASE)
_HOURS = "quiet 22:00-07:00"


def read_quiet(text: str) -> Wishes | Wrong:
    """Read ``22:00-07:00 [zone]``."""
    found = _QUIET.fullmatch(text)
    if found is None:
        return clause_slips.no_hours(text, _HOURS)
    start, end = _minutes(found[1], _HOURS), _minutes(found[2], _HOURS)
    if isinstance(start, Wrong):
        return start
    if isinstance(end, Wrong):
        return end
    if start == end:
        return clause_slips.no_length(_HOURS)
    zone = _zone(found[3], f"quiet {print_time(start)}-{print_time(end)}")
    return zone if isinstance(zone, Wrong) else Wishes(quiet=Quiet(start=start, end=end, zone=zone))


def read_overdue(text: str) -> Wishes | Wrong:
    """Read ``6h`` or ``18:00 [zone]``."""
    words = re.sub(r"^(?:after|at|by) ", "", text, flags=re.IGNORECASE)
    found = _AT.fullmatch(words)
    if found is None:
        after = read_duration(words, OVERDUE)
        return after if isinstance(after, Wrong) else Wishes(overdue=Overdue(after=after))
    at = _minutes(found[1], "overdue 18:00")
    if isinstance(at, Wrong):
        return at
    zone = _zone(found[2], f"overdue {print_time(at)}")
    return zone if isinstance(zone, Wrong) else Wishes(overdue=Overdue(at=at, zone=zone))


def print_quiet(quiet: Quiet) -> str:
    """Return the clause for quiet hours."""
    return f"quiet {print_time(quiet.start)}-{print_time(quiet.end)} {quiet.zone}".rstrip()


def print_overdue(overdue: Overdue) -> str:
    """Return the clause for when a task is late."""
    if overdue.at is None:
        return f"overdue {print_duration(overdue.after or 0)}"
    return f"overdue {print_time(overdue.at)} {overdue.zone}".rstrip()


def print_time(minutes: int) -> str:
    """Return minutes after midnight as a time of day."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _minutes(text: str, example: str) -> int | Wrong:
    found = _TIME.fullmatch(text)
    minutes = int(found[1]) * 60 + int(found[2] or 0) if found else -1
    # Midnight is the end of a day as well as the beginning of one.
    if found is None or int(found[2] or 0) > 59 or minutes > DAY_MINUTES:
        return clause_slips.no_time(text, example)
    return minutes % DAY_MINUTES


def _zone(text: str | None, clause: str) -> str | Wrong:
    if text is None:
        return ZONE_TO_FILL
    zone = zone_named(text)
    if zone is not None:
        return zone
    if _OFFSET.fullmatch(text):
        return clause_slips.an_offset(text, f"{clause} Europe/Berlin")
    close = close_zone(text)
    return clause_slips.no_zone(text, close, f"{clause} {close or 'UTC'}")
