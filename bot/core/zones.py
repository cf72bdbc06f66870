"""Zones, and what a time of day means in one: when quiet hours end, and when a task is late."""

import difflib
from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from bot.core.rules import Overdue, Quiet

_DAY = timedelta(days=1)
_NO_PLACES = {"Factory", "localtime", "posixrules"}
# Abbreviations that people use and that name no zone; the large place that most of them mean.
_ABBREVIATIONS = {
    "bst": "Europe/London",
    "cest": "Europe/Berlin",
    "eest": "Europe/Helsinki",
    "west": "Europe/Lisbon",
    "msk": "Europe/Moscow",
    "ist": "Asia/Kolkata",
    "cst": "America/Chicago",
    "cdt": "America/Chicago",
    "edt": "America/New_York",
    "mdt": "America/Denver",
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "hkt": "Asia/Hong_Kong",
    "sgt": "Asia/Singapore",
    "jst": "Asia/Tokyo",
    "kst": "Asia/Seoul",
    "aest": "Australia/Sydney",
    "aedt": "Australia/Sydney",
    "z": "UTC",
}


def is_zone(name: str) -> bool:
    """Tell whether this is the name of a zone, as it is written."""
    return zone_named(name) == name


def zone_named(text: str) -> str | None:
    """Return the zone with this name, however its letters and blanks are typed."""
    return _names().get(_key(text))


def close_zone(name: str) -> str | None:
    """Return the zone that was probably meant: by a city, an abbreviation, or a name that is nearly the same."""
    key, known = _key(name), _names()
    meant = _cities() | {short: zone for short, zone in _ABBREVIATIONS.items() if zone.casefold() in known} | known
    if key in meant:
        return meant[key]
    # A slip of the finger, and not a name that is merely as long.
    close = difflib.get_close_matches(key, meant, n=1, cutoff=0.75)
    return meant[close[0]] if close else None


def quiet_until(quiet: Quiet, now: datetime) -> datetime | None:
    """Return when the quiet hours end in which *now* lies; None outside of them."""
    zone = _zone(quiet.zone)
    today = now.astimezone(zone).date()
    for day in (today - _DAY, today):
        begins = _moment(day, quiet.start, zone)
        ends = _moment(day if quiet.start < quiet.end else day + _DAY, quiet.end, zone, last=True)
        if begins <= now < ends:
            return ends
    return None


def deadline(overdue: Overdue, run_since: datetime, rules_since: datetime) -> datetime:
    """Return from when a task is late: a time after its run began, or the first such time of day since it was asked."""
    if overdue.at is None:
        return run_since + timedelta(seconds=overdue.after or 0)
    zone = _zone(overdue.zone)
    today = rules_since.astimezone(zone).date()
    moments = (_moment(today, overdue.at, zone), _moment(today, overdue.at, zone, last=True))
    return next((at for at in moments if at > rules_since), _moment(today + _DAY, overdue.at, zone))


def _moment(day: date, minutes: int, zone: tzinfo, *, last: bool = False) -> datetime:
    """Return when a clock on the wall shows a time.

    A time that it shows twice, because clocks are set back, means the first of both, or the *last*. A time that it
    leaves out means the moment at which clocks are set forward.
    """
    shown = datetime.combine(day, time(minutes // 60, minutes % 60), zone)
    before, after = (shown.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if before <= after:
        return after if last else before
    offset = after.astimezone(zone).utcoffset()

    def forward(seconds: int) -> bool:
        return (after + timedelta(seconds=seconds)).astimezone(zone).utcoffset() != offset

    skipped = int((before - after).total_seconds())
    return after + timedelta(seconds=bisect_left(range(skipped), x=True, key=forward))


def _key(text: str) -> str:
    return "_".join(text.split()).casefold()[:60]


@cache
def _names() -> dict[str, str]:
    return {name.casefold(): name for name in sorted((available_timezones() | {"UTC"}) - _NO_PLACES)}


@cache
def _cities() -> dict[str, str]:
    """Names behind the last slash; of several zones of such a name, that with the shortest."""
    return {name.rsplit("/", 1)[-1]: zone for name, zone in sorted(_names().items(), key=lambda named: -len(named[0]))}


@cache
def _zone(name: str) -> tzinfo:
    """Return a zone's rules. A zone that the machine does not know (any more) is no reason to fall silent."""
    return ZoneInfo(name) if name != "UTC" and is_zone(name) else UTC
