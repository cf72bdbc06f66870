"""Reads values that clouds spell in many ways: pure, total functions from decoded JSON to what we keep.

A number may come as text, text as null, an object as a list of one; nothing here raises.
"""

import math
import re
from collections.abc import Mapping

STATE_LIMIT = 100
MESSAGE_LIMIT = 1000
CODE_LIMIT = 60

CUT = "…"
"""The mark at the end of a text that was longer."""

_YEAR_SECONDS = 365 * 24 * 3600
_MOST_DIGITS = 18
_NUMBER = re.compile(r"[+-]?\d{1,18}(?:\.\d{1,18})?")
_DIGITS = re.compile(r"[+-]?\d{1,18}")
_PLAIN = re.compile(r"[A-Za-z0-9._:=+/@-]{0,80}")


def text(value: object, limit: int = MESSAGE_LIMIT) -> str:
    """Return *value* as one line without control characters, cut to *limit*; anything but text is empty."""
    if not isinstance(value, str) or not value:
        return ""
    # Twice the limit leaves room for what is dropped, and keeps a text of a megabyte from being walked.
    line = value[: 2 * limit + 100]
    if not line.isprintable():
        line = "".join(map(_visible, line))
    line = " ".join(line.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + CUT


def request_id(value: object) -> str:
    """Return the id of a request up to its first odd character, at most 80 characters."""
    found = _PLAIN.match(value.strip()) if isinstance(value, str) else None
    return found[0] if found else ""


def _visible(char: str) -> str:
    if char.isspace():
        return " "
    # Not printable: control characters, marks that turn the direction of text, halves of characters.
    return char if char.isprintable() else ""


def label(value: object, limit: int = STATE_LIMIT) -> str:
    """Return a status or a code, which some clouds send as a number, as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if -(10**18) < value < 10**18 else ""
    return text(value, limit)


def number(value: object) -> float | None:
    """Return a number of at most 18 digits, from a number or a text such as ``"12.5"``; anything else is None."""
    if isinstance(value, str):
        stripped = value.strip()
        if stripped.isdecimal():
            # As nearly always, and told in a third of the time.
            return float(stripped) if len(stripped) <= _MOST_DIGITS else None
        return float(stripped) if _NUMBER.fullmatch(stripped) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if abs(value) > 10**18:
        # As text it would have more digits than any number, too.
        return None
    return float(value) if math.isfinite(value) else None


def integer(value: object) -> int | None:
    """Return a whole number from a number or a text of digits; anything else is None."""
    if isinstance(value, str):
        stripped = value.strip()
        return int(stripped) if _DIGITS.fullmatch(stripped) else None
    found = number(value)
    return int(found) if found is not None and found.is_integer() else None


def percent(value: object) -> float | None:
    """Return 0 to 100 from ``50``, ``"50"`` or ``"50%"``; what lies outside is None."""
    if isinstance(value, str):
        value = value.strip().removesuffix("%")
    found = number(value)
    return found if found is not None and 0 <= found <= 100 else None


def clamped_percent(value: object) -> float | None:
    """Return *value* as a percent, drawn to the nearest end where it lies outside."""
    if isinstance(value, str):
        value = value.strip().removesuffix("%")
    found = number(value)
    return None if found is None else min(max(found, 0.0), 100.0)


def remaining(value: object) -> int | None:
    """Return an estimate in seconds where it is believable: 1 second to 365 days."""
    found = number(value)
    return int(found) if found is not None and 1 <= found <= _YEAR_SECONDS else None


def member(value: object) -> Mapping[str, object] | None:
    """Return an object, or the one object in a list of one; anything else is None."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) else None
