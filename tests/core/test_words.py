"""Durations and figures, as people say them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.estimate import Remaining
from bot.core.wording.words import (
    SIGNS,
    STATE_WORDS,
    about,
    about_range,
    at_percent,
    bar,
    capital,
    duration,
    joined,
    lag,
    left_words,
    limit,
    pace,
    percent,
    points,
)
from providers.base import TaskState
from tests.core.properties import unhurried

MIN, H, D = 60, 3600, 86400


def test_every_state_has_one_sign_and_one_word() -> None:
    assert set(SIGNS) == set(STATE_WORDS) == set(TaskState)
    assert len(set(SIGNS.values())) == len(set(STATE_WORDS.values())) == len(TaskState)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "0 s"), (0, "0 s"), (0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min"), (89, "1 min"), (42 * MIN, "42 min"),
        (59 * MIN + 29, "59 min"), (59 * MIN + 31, "1 h"), (H, "1 h"), (83 * MIN, "1 h 23 min"),
        (D - MIN, "23 h 59 min"), (D - 1, "1 d"), (D, "1 d"), (3 * D + 4 * H, "3 d 4 h"),
        (400 * D + 3 * H, "400 d 3 h"),
    ],
)  # fmt: skip
def test_a_duration_has_two_units_at_most(seconds: float, said: str) -> None:
    assert duration(seconds).replace("\u00a0", " ") == said


@unhurried
@given(st.floats(-1e12, 1e12))
def test_no_duration_shows_sixty_minutes_or_twenty_four_hours(seconds: float) -> None:
    said = duration(seconds)

    assert re.fullmatch(r"\d+\u00a0(s|min|h|d|h\u00a0\d+\u00a0min|d\u00a0\d+\u00a0h)", said)
    assert not re.search(r"(?<!\d)60\u00a0(s|min)|(?<!\d)24\u00a0h", said)


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0 %"), (46, "46 %"), (33.3, "33.3 %"), (50.04, "50 %"), (0.04, "0 %"), (99.99, "99.9 %"), (100, "100 %")],
)
def test_a_percent_has_a_decimal_only_where_it_matters(value: float, said: str) -> None:
    assert percent(value).replace("\u00a0", " ") == said


@unhurried
@given(st.integers(0, 1000))
def test_a_tenth_of_a_percent_is_said_as_it_is(tenths: int) -> None:
    assert float(percent(tenths / 10).removesuffix("\u00a0%")) == tenths / 10


@unhurried
@given(st.floats(0, 100), st.integers(1, 40))
def test_a_bar_is_full_only_at_the_end(value: float, cells: int) -> None:
    shown = bar(value, cells)

    assert len(shown) == cells
    assert ("░" not in shown) == (value == 100)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "under a minute"), (59, "under a minute"), (60, "about 1 min"), (38 * MIN, "about 38 min"),
        (H, "about 1 h"), (H + 1, "about 1 h 5 min"), (2 * H + 12 * MIN, "about 2 h 15 min"),
        (7 * H + MIN, "about 7 h 30 min"),
        (30 * D, "about 30 d"),
    ],
)  # fmt: skip
def test_an_estimate_has_no_more_precision_than_it_deserves(seconds: int, said: str) -> None:
    assert about(seconds).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-1, "without delay"), (0, "without delay"), (0.5, "less than 1 s late"), (3, "3 s late"), (95.4, "95 s late"),
     (119, "119 s late"), (120, "2 min late"), (2 * H, "2 h late")],
)  # fmt: skip
def test_a_lag_is_said_in_the_unit_people_think_in(seconds: float, said: str) -> None:
    assert lag(seconds).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("parts", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_a_list_is_said_with_commas_and_a_last_word(parts: list[str], said: str) -> None:
    assert joined(parts) == said


def test_points_are_counted() -> None:
    assert (joined(["a", "b"], "or"), points(1), points(25)) == ("a or b", "1 point", "25 points")


@pytest.mark.parametrize(
    ("least", "most", "said"),
    [
        (35 * MIN, 50 * MIN, "about 35–50 min"), (37 * MIN, 48 * MIN, "about 35–50 min"), (70, 200, "about 1–4 min"),
        (30, 200, "up to 4 min"), (0, 0, "up to 1 min"), (5, 90, "up to 2 min"),
        (50 * MIN, 80 * MIN, "about 45 min – 1 h 30 min"),
        (H, 2 * H, "about 1–2 h"), (70 * MIN, 100 * MIN, "about 1 h – 1 h 45 min"), (5 * H, 9 * H, "about 5–9 h"),
        (3 * D, 5 * D, "about 3–5 d"), (20 * H, 60 * H, "about 12 h – 2 d 12 h"),
    ],
)  # fmt: skip
def test_a_range_is_as_coarse_as_it_is_wide_and_says_a_shared_unit_once(least: int, most: int, said: str) -> None:
    assert about_range(least, most).replace("\u00a0", " ") == said


@unhurried
@given(st.integers(0, 30 * D), st.integers(0, 30 * D))
def test_every_range_is_said_in_a_few_words(one: int, other: int) -> None:
    least, most = sorted((one, other))
    said = about_range(least, most)

    assert re.fullmatch(r"(up to|about) [^\n]{3,40}", said)


def test_what_is_left_says_whether_it_is_an_estimate() -> None:
    assert left_words(Remaining(seconds=2100, most=3000)) == "about 35–50\u00a0min left (estimated)"
    assert left_words(Remaining(seconds=2400, estimated=False)) == "about 40\u00a0min left"


@pytest.mark.parametrize(
    ("per_hour", "said"),
    [(79.2, "79 % an hour"), (4.25, "4.2 % an hour"), (600, "10 % a minute"), (120, "2 % a minute"),
     (0.5, "12 % a day"), (1, "1 % an hour"), (0.01, "0.2 % a day")],
)  # fmt: skip
def test_a_pace_is_said_in_the_unit_that_gives_it_a_figure(per_hour: float, said: str) -> None:
    assert pace(per_hour).replace("\u00a0", " ") == said


def test_small_words() -> None:
    assert (at_percent(None), at_percent(62)) == ("", " at 62\u00a0%")
    assert (capital(""), capital("data"), capital("éa")) == ("", "Data", "Éa")
    assert (limit(60), limit(119), limit(300)) == ("60\u00a0s", "119\u00a0s", "5\u00a0min")
