from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from playground.clock import FARTHEST, MovableClock

BERLIN = "Europe/Berlin"


def clock_at(year: int, month: int, day: int, hour: int, minute: int = 0, zone: str = BERLIN) -> MovableClock:
    moment = datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone)).timestamp()
    return MovableClock(lambda: moment)


@pytest.mark.parametrize(
    ("now", "to", "there"),
    [
        ((2026, 11, 25, 14), (23, 0), "2026-11-25T23:00:00+01:00"),
        ((2026, 11, 25, 23), (7, 0), "2026-11-26T07:00:00+01:00"),
        ((2026, 11, 25, 23), (23, 0), "2026-11-26T23:00:00+01:00"),
        # The night in which winter begins has 25 hours, the one in which summer begins 23.
        ((2026, 10, 24, 12), (11, 0), "2026-10-25T11:00:00+01:00"),
        ((2027, 3, 27, 12), (11, 0), "2027-03-28T11:00:00+02:00"),
    ],
)
def test_it_moves_forward_to_the_next_such_time_on_the_wall(
    now: tuple[int, int, int, int], to: tuple[int, int], there: str
) -> None:
    clock = clock_at(*now)

    clock.move_to(*to, BERLIN)

    assert clock.now() == datetime.fromisoformat(there)
    assert clock.now().tzinfo is UTC


def test_it_comes_back_to_real_time() -> None:
    clock = clock_at(2026, 11, 25, 14)
    clock.shift(3_600)
    assert clock.now().hour == 14

    clock.reset()

    assert clock.offset == 0
    assert clock.now().hour == 13


def test_it_is_not_moved_farther_than_a_year() -> None:
    clock = clock_at(2026, 11, 25, 14)

    with pytest.raises(ValueError, match="a year"):
        clock.shift(FARTHEST + 1)

    assert clock.offset == 0
