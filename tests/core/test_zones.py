"""Zones, quiet hours and deadlines, also where clocks change."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.rules import Overdue, Quiet
from bot.core.zones import close_zone, deadline, is_zone, quiet_until, zone_named
from tests.core.properties import unhurried
from tests.core.sayings import ZONES, quiets, zones


def at(text: str) -> datetime:
    """A time of day in UTC."""
    return datetime.fromisoformat(f"{text}+00:00")


def hours(start: str, end: str, zone: str = "Europe/Berlin") -> Quiet:
    return Quiet(start=minutes(start), end=minutes(end), zone=zone)


def minutes(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


# Berlin is an hour before UTC in winter and two in summer. In 2026, its clocks go from 2:00 to 3:00 on 29 March
# and from 3:00 back to 2:00 on 25 October, both at 1:00 UTC.
QUIET: list[tuple[Quiet, str, str | None, str]] = [
    (hours("22:00", "07:00"), "2026-03-02T20:59:59", None, "the second before"),
    (hours("22:00", "07:00"), "2026-03-02T21:00", "2026-03-03T06:00", "the second they begin"),
    (hours("22:00", "07:00"), "2026-03-03T02:00", "2026-03-03T06:00", "after midnight"),
    (hours("22:00", "07:00"), "2026-03-03T05:59:59", "2026-03-03T06:00", "the last second"),
    (hours("22:00", "07:00"), "2026-03-03T06:00", None, "the second they end"),
    (hours("22:00", "07:00", "UTC"), "2026-03-02T22:30", "2026-03-03T07:00", "in UTC"),
    (hours("12:00", "13:30"), "2026-03-02T11:15", "2026-03-02T12:30", "within a day"),
    (hours("12:00", "13:30"), "2026-03-02T13:00", None, "after them, within a day"),
    (hours("00:00", "06:00"), "2026-03-01T23:00", "2026-03-02T05:00", "from midnight on"),
    (hours("18:00", "00:00"), "2026-03-02T20:00", "2026-03-02T23:00", "until midnight"),
    (hours("22:00", "07:00", "Mars/Base"), "2026-03-02T22:30", "2026-03-03T07:00", "a zone no one knows is UTC"),
    # clocks go forward
    (hours("22:00", "07:00"), "2026-03-28T22:00", "2026-03-29T05:00", "an hour shorter"),
    (hours("22:00", "07:00"), "2026-03-29T04:59:59", "2026-03-29T05:00", "their last second, in summer time"),
    (hours("22:00", "02:30"), "2026-03-29T00:59:59", "2026-03-29T01:00", "they end when 2:30 is passed over"),
    (hours("22:00", "02:30"), "2026-03-29T01:00", None, "it is 3:00 by then"),
    (hours("02:30", "05:00"), "2026-03-29T00:59:59", None, "2:30 was not reached"),
    (hours("02:30", "05:00"), "2026-03-29T01:00", "2026-03-29T03:00", "2:30 was passed over"),
    (hours("02:10", "02:50"), "2026-03-29T01:00", None, "an hour that is left out has no quiet in it"),
    # clocks go back
    (hours("22:00", "07:00"), "2026-10-24T20:00", "2026-10-25T06:00", "an hour longer"),
    (hours("22:00", "02:30"), "2026-10-25T00:45", "2026-10-25T01:30", "not loud for a while between two 2:30"),
    (hours("22:00", "02:30"), "2026-10-25T01:30", None, "after the second 2:30"),
    (hours("02:30", "05:00"), "2026-10-25T00:29:59", None, "before the first 2:30"),
    (hours("02:30", "05:00"), "2026-10-25T01:10", "2026-10-25T04:00", "also when it is 2:10 once more"),
]  # fmt: skip


@pytest.mark.parametrize(("quiet", "now", "until", "reason"), QUIET)
def test_quiet_hours_end_when_a_clock_on_the_wall_says_so(
    quiet: Quiet, now: str, until: str | None, reason: str
) -> None:
    assert quiet_until(quiet, at(now)) == (at(until) if until is not None else None), reason


YEAR = st.integers(0, 365 * 86400).map(lambda seconds: at("2026-01-01T00:00") + timedelta(seconds=seconds))


@unhurried
@given(quiets(zones), YEAR)
def test_quiet_hours_end_in_time_and_are_over_then(quiet: Quiet, now: datetime) -> None:
    until = quiet_until(quiet, now)

    if until is not None:
        assert now < until <= now + timedelta(hours=25)
        assert quiet_until(quiet, until) is None
        assert quiet_until(quiet, until - timedelta(microseconds=1)) == until


LATE: list[tuple[Overdue, str, str, str]] = [
    (Overdue(after=3600), "2026-03-02T12:00", "2026-03-02T10:00", "counted from the run, which is an hour earlier"),
    (Overdue(at=minutes("18:00"), zone="Europe/Berlin"), "2026-03-02T12:00", "2026-03-02T17:00", "the same day"),
    (Overdue(at=minutes("18:00"), zone="Europe/Berlin"), "2026-03-02T17:00", "2026-03-03T17:00", "just past"),
    (Overdue(at=minutes("18:00"), zone="UTC"), "2026-03-02T17:59", "2026-03-02T18:00", "in a minute"),
    (Overdue(at=minutes("00:30"), zone="Asia/Kolkata"), "2026-03-02T18:00", "2026-03-02T19:00", "its day begins there"),
    (Overdue(at=minutes("02:30"), zone="Europe/Berlin"), "2026-03-28T12:00", "2026-03-29T01:00", "a time left out"),
    (Overdue(at=minutes("02:30"), zone="Europe/Berlin"), "2026-10-24T12:00", "2026-10-25T00:30", "the first of two"),
    (Overdue(at=minutes("02:30"), zone="Europe/Berlin"), "2026-10-25T00:45", "2026-10-25T01:30", "the second of two"),
    (Overdue(at=minutes("02:30"), zone="Europe/Berlin"), "2026-10-25T01:30", "2026-10-26T01:30", "the next day"),
]  # fmt: skip


@pytest.mark.parametrize(("overdue", "made", "late", "reason"), LATE)
def test_a_task_is_late_at_the_first_such_moment(overdue: Overdue, made: str, late: str, reason: str) -> None:
    run_since = at("2026-03-02T09:00")

    assert deadline(overdue, run_since, at(made)) == at(late), reason


@pytest.mark.parametrize("name", [*ZONES, "GMT", "US/Pacific"])
def test_zones_are_known_by_their_names(name: str) -> None:
    assert is_zone(name)
    assert zone_named(name.upper()) == name
    assert close_zone(name.lower()) == name


@pytest.mark.parametrize(
    "name", ["", "europe/berlin", "Berlin", "CEST", "+02:00", "localtime", "../etc/passwd", "x" * 99]
)
def test_what_is_not_written_like_a_zone_is_none(name: str) -> None:
    assert not is_zone(name)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("Buenos Aires", "America/Buenos_Aires"),
        ("CEST", "Europe/Berlin"),
        ("pst", "America/Los_Angeles"),
        ("z", "UTC"),
        ("Mars/Base", None),
        ("nowhere", None),
        ("", None),
    ],
)
def test_a_zone_is_recognised_by_what_people_call_it(typed: str, meant: str | None) -> None:
    assert close_zone(typed) == meant


def test_blanks_in_a_zone_are_forgiven() -> None:
    assert zone_named("america/new york") == "America/New_York"
