"""Times of day in a time zone, as moments."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.core.rules import Overdue, Quiet


def deadline(overdue: Overdue, run_since: datetime, rules_since: datetime) -> datetime:
    """Return when a run that began to be watched at *run_since* is late, by a rule that holds since *rules_since*."""
    if overdue.after is not None:
        return max(run_since + timedelta(seconds=overdue.after), rules_since)
    return _next(overdue.at or 0, _zone(overdue.zone), rules_since)


def quiet_until(quiet: Quiet, now: datetime) -> datetime | None:
    """Return when the quiet hours end that hold at *now*; None where none do."""
    zone = _zone(quiet.zone)
    end, start = _next(quiet.end, zone, now), _next(quiet.start, zone, now)
    return end if end < start else None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _next(minutes: int, zone: ZoneInfo, after: datetime) -> datetime:
    """Return the first moment after *after* at which clocks in *zone* show so many minutes after midnight."""
    day = after.astimezone(zone).date()
    for offset in range(-1, 3):
        local = datetime.combine(day + timedelta(days=offset), time(minutes // 60, minutes % 60), zone)
        moment = local.astimezone(UTC)
        if moment > after:
            return moment
    return after
