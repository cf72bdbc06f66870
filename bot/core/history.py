"""Every reading of a run, in a compact text: when, which percent, which state.

The text is ASCII without quotes or backslashes, so that it takes one byte a character in memory and in the file alike;
a reading takes about three. Times are whole seconds and percents tenths, both rounded down, so that no reading seems
to have passed a milestone that it had not passed.

    count (3) · time of the newest (11) · its tenths (4) · its state (1) · the readings, each after the one before it

The head is decimal. A reading is the seconds since the one before it and what changed: 0 and then state and percent, or
how far the percent moved. Numbers are written five bits to a character, lowest first; the sixth bit says that more
follow. Only the newest reading has to be known to add one, so nothing else is read for it.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import msgspec

from providers.base import TaskState

MAX_READINGS = 200
"""Readings that are kept at most."""
THINNED_TO = 150
"""Where there are more, so many are kept, so that thinning is seldom."""

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
_STATES = tuple(TaskState)
_PLACES = {state: place for place, state in enumerate(_STATES)}
_STATE_OF = dict(zip(_DIGITS, _STATES, strict=False))
_HEAD = 19
_NO_PERCENT = 1001
_COUNTS = tuple(f"{count:03}" for count in range(MAX_READINGS + 1))
_TENTHS = tuple(f"{tenths:04}" for tenths in range(_NO_PERCENT + 1))
_LATEST = 10**11 - 1


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One reading, as it is kept."""

    at: int
    """Unix seconds, rounded down."""
    tenths: int | None
    """Tenths of a percent, rounded down."""
    state: TaskState

    @property
    def percent(self) -> float | None:
        """The percent, to a tenth."""
        return None if self.tenths is None else self.tenths / 10


def entry(at: float, percent: float | None, state: TaskState) -> Entry:
    """Return a reading as it is kept."""
    # 16.1 times ten is not 161 in binary: a ten-thousandth less is meant to be there, but never at a whole percent.
    tenths = None
    if percent is not None:
        tenths = math.floor(percent * 10 + 1e-4)
        if not 0 <= tenths <= 1000:
            tenths = min(max(tenths, 0), 1000)
        if tenths % 10 == 0 and tenths / 10 > percent:
            tenths -= 1
    seconds = math.floor(at)
    if not 0 <= seconds <= _LATEST:
        seconds = min(max(seconds, 0), _LATEST)
    return Entry(seconds, tenths, state)


def added(history: str, new: Entry) -> str:
    """Return *history* with one reading more.

    Where that is one too many, some that tell least go. Where the clock was set back, what now lies in the future goes.
    """
    if not history:
        return _packed([new])
    seconds = new.at - int(history[3:14])
    if seconds < 0:
        return _packed([*(kept for kept in entries(history) if kept.at <= new.at), new])
    count = int(history[:3]) + 1
    if count > MAX_READINGS:
        return _packed(thinned([*entries(history), new]))
    if new.tenths is not None and new.state is _STATE_OF[history[18]]:
        last = int(history[14:18])
        if last != _NO_PERCENT:
            # As nearly always: nothing else than the percent, if that.
            return f"{_head(count, new)}{history[_HEAD:]}{_written(seconds)}{_move(new.tenths - last)}"
    return f"{_head(count, new)}{history[_HEAD:]}{_change(_newest(history), new)}"


def entries(history: str) -> Iterator[Entry]:
    """Yield the readings, oldest first."""
    place, at, tenths, state = _HEAD, 0, None, TaskState.QUEUED
    while place < len(history):
        seconds, place = _number(history, place)
        change, place = _number(history, place)
        at += seconds
        if change == 0:
            state, place = _STATES[_VALUES[history[place]]], place + 1
            told, place = _number(history, place)
            tenths = None if told == 0 else told - 1
        elif tenths is not None:
            moved = _signed((change - 1) >> 1)
            tenths += moved if (change - 1) & 1 else 10 * moved
        yield Entry(at, tenths, state)


def thinned(readings: Sequence[Entry]) -> list[Entry]:
    """Return so few of them that there is room again.

    What stays in any case: the first and the newest, the first reading of each whole percent (which is that of every
    milestone), and each that shows another state than the one before it. Only where these alone are too many, every
    second change of state goes.
    """
    firsts, changes = _first_readings(readings), _changes(readings)
    dear = firsts | changes
    kept = dear | _evenly(readings, dear, THINNED_TO - len(dear))
    while len(kept) > MAX_READINGS:
        changes = set(sorted(changes)[::2])
        kept = firsts | changes
    return [readings[place] for place in sorted(kept)]


def _evenly(readings: Sequence[Entry], dear: set[int], room: int) -> set[int]:
    """Return at most *room* of the others: the first in each of as many equal stretches of the time."""
    began, span = readings[0].at, readings[-1].at - readings[0].at + 1
    found: dict[int, int] = {}
    for place, reading in enumerate(readings):
        if place not in dear and room > 0:
            found.setdefault((reading.at - began) * room // span, place)
    return set(found.values())


def _first_readings(readings: Sequence[Entry]) -> set[int]:
    found, highest = {0, len(readings) - 1}, -1
    for place, reading in enumerate(readings):
        if reading.tenths is not None and reading.tenths // 10 > highest:
            highest = reading.tenths // 10
            found.add(place)
    return found


def _changes(readings: Sequence[Entry]) -> set[int]:
    return {place for place in range(1, len(readings)) if readings[place].state is not readings[place - 1].state}


# --- the text ----------------------------------------------------------------------------------------------------


def _packed(readings: Sequence[Entry]) -> str:
    nothing = Entry(0, None, TaskState.QUEUED)
    changes = (_change(before, after) for before, after in zip([nothing, *readings], readings, strict=False))
    return _head(len(readings), readings[-1]) + "".join(changes)


def _head(count: int, newest: Entry) -> str:
    tenths = _NO_PERCENT if newest.tenths is None else newest.tenths
    # Tables, for to write a number with leading zeros takes as long as all the rest.
    return f"{_COUNTS[count]}{str(newest.at).zfill(11)}{_TENTHS[tenths]}{_DIGITS[_PLACES[newest.state]]}"


def _newest(history: str) -> Entry:
    tenths = int(history[14:18])
    return Entry(int(history[3:14]), None if tenths == _NO_PERCENT else tenths, _STATE_OF[history[18]])


def _change(before: Entry, after: Entry) -> str:
    seconds = _written(after.at - before.at)
    if after.state is not before.state or after.tenths is None or before.tenths is None:
        if after == Entry(after.at, before.tenths, before.state):
            return f"{seconds}{_move(0)}"
        told = 0 if after.tenths is None else after.tenths + 1
        return f"{seconds}{_DIGITS[0]}{_DIGITS[_PLACES[after.state]]}{_written(told)}"
    return seconds + _move(after.tenths - before.tenths)


@cache
def _move(tenths: int) -> str:
    whole = tenths % 10 == 0
    return _written(1 + (_unsigned(tenths // 10 if whole else tenths) << 1 | (not whole)))


def _unsigned(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1


def _signed(number: int) -> int:
    return -((number + 1) >> 1) if number & 1 else number >> 1


def _written(number: int) -> str:
    if number < 32:
        return _DIGITS[number]
    text = ""
    while number >= 32:
        text += _DIGITS[number & 31 | 32]
        number >>= 5
    return text + _DIGITS[number]


def _number(text: str, place: int) -> tuple[int, int]:
    value = _VALUES[text[place]]
    place += 1
    if value < 32:
        return value, place
    number, shift = value & 31, 5
    while True:
        value = _VALUES[text[place]]
        place += 1
        number |= (value & 31) << shift
        if value < 32:
            return number, place
        shift += 5


def lines(history: str) -> Iterable[str]:
    """Yield the readings as lines of JSON, ``[seconds, percent or null, state]``: the form of a recorded trace."""
    for one in entries(history):
        yield f'[{one.at}, {"null" if one.percent is None else one.percent}, "{one.state}"]'
