"""The cloud's own word on the remaining time."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Promise
from bot.core.promise import heard, trusted
from tests.core.properties import unhurried


def after(words: Sequence[tuple[float, float | None]]) -> Promise | None:
    promise = None
    for now, remaining in words:
        promise = heard(promise, now, remaining)
    return promise


RIGHT = [(60.0 * n, 1000 - 60.0 * n) for n in range(8)]

WORDS: list[tuple[Sequence[tuple[float, float | None]], float, float | None, str]] = [
    ([], 0, None, "nothing was said"),
    (RIGHT, 420, 580, "it was right for over a quarter of what it said"),
    (RIGHT, 450, 550, "and time goes on"),
    (RIGHT[:4], 180, None, "three confirmations are too few"),
    ([(n, 1000.0 - n) for n in range(10)], 9, None, "ten readings in ten seconds prove nothing"),
    ([(60.0 * n, 1000.0) for n in range(20)], 1140, None, "it always says the same"),
    ([(60.0 * n, 1000 - 30.0 * n) for n in range(20)], 1140, None, "it goes half as fast as the time"),
    ([*RIGHT, (480, 2000.0)], 480, None, "one word that breaks it, and it begins anew"),
    ([*RIGHT, (480, None)], 480, None, "it says nothing any more"),
    ([*RIGHT, (480, 500.0)], 480, 500, "a little drift is no break, and the newest word counts"),
    ([*RIGHT, (-500, 1500.0)], -500, None, "the clock was set back"),
]


@pytest.mark.parametrize(("words", "now", "left", "reason"), WORDS)
def test_the_clouds_word_is_trusted_only_after_it_proved_right(
    words: Sequence[tuple[float, float | None]], now: float, left: float | None, reason: str
) -> None:
    assert trusted(after(words), now) == left, reason


@unhurried
@given(st.lists(st.tuples(st.floats(0, 1e6), st.none() | st.integers(1, 365 * 86400))), st.floats(0, 1e6))
def test_no_trusted_end_lies_in_the_past(words: list[tuple[float, float | None]], now: float) -> None:
    left = trusted(after(words), now)

    assert left is None or left >= 0
