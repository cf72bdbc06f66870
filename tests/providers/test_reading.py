"""Values as clouds spell them."""

import math

import pytest

from providers import reading
from providers.base import Phase, TaskSnapshot, TaskState, Unavailable, UnexpectedResponse
from providers.reading import request_id
from providers.reasons import Cause, Reason
from providers.veil import Veil


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (50, 50.0),
        ("50", 50.0),
        (" 12.5 ", 12.5),
        (-1, -1.0),
        ("-1", -1.0),
        (True, None),
        (None, None),
        ("", None),
        ("x", None),
        ("NaN", None),
        ("1e5", None),
        (1e100, None),
        (-1e19, None),
        ("٥", 5.0),
        ("9" * 18, 1e18),
        ("9" * 19, None),
        ("12.", None),
        ("²", None),
        ("1_000", None),
        (math.nan, None),
        (math.inf, None),
        (10**400, None),
        ("9" * 5000, None),
        ([1], None),
        ({}, None),
    ],
)
def test_a_number_is_finite_or_none(value: object, read: float | None) -> None:
    assert reading.number(value) == read


@pytest.mark.parametrize(
    ("value", "read"), [(3, 3), ("3", 3), (3.0, 3), (3.5, None), ("3.0", None), (True, None), ("x", None), (None, None)]
)
def test_a_whole_number_is_one_or_none(value: object, read: int | None) -> None:
    assert reading.integer(value) == read


@pytest.mark.parametrize(
    ("value", "strict", "clamped"),
    [
        ("50%", 50.0, 50.0),
        (" 50 % ".strip(), 50.0, 50.0),
        (0, 0.0, 0.0),
        (100, 100.0, 100.0),
        (100.1, None, 100.0),
        (-3, None, 0.0),
        ("%", None, None),
        (None, None, None),
    ],
)
def test_a_percent_outside_its_range_is_left_out_or_drawn_in(
    value: object, strict: float | None, clamped: float | None
) -> None:
    assert reading.percent(value) == strict
    assert reading.clamped_percent(value) == clamped


@pytest.mark.parametrize(
    ("value", "read"),
    [("10", 10), (0, None), ("0", None), (1, 1), (31_536_000, 31_536_000), (31_536_001, None), ("?", None)],
)
def test_an_estimate_is_believed_from_a_second_to_a_year(value: object, read: int | None) -> None:
    assert reading.remaining(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("  a \n b\t\x00c ", "a b c"),
        ("a\u202eb\u200bc", "abc"),
        (17, ""),
        (None, ""),
        ("x" * 30, "x" * 9 + "…"),
        ("x" * 10, "x" * 10),
        ("\x00" * 10_000_000 + "x", ""),
    ],
)
def test_a_text_is_one_clean_line_of_limited_length(value: object, read: str) -> None:
    assert reading.text(value, 10) == read


@pytest.mark.parametrize(("value", "read"), [(17, "17"), (True, ""), (10**30, ""), ("x", "x"), (1.5, ""), (None, "")])
def test_a_label_may_be_a_number(value: object, read: str) -> None:
    assert reading.label(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [({"a": 1}, {"a": 1}), ([{"a": 1}], {"a": 1}), ([], None), ([1], None), ([{}, {}], None), ("x", None)],
)
def test_an_object_may_stand_in_a_list_of_one(value: object, read: object) -> None:
    assert reading.member(value) == read


def test_a_secret_that_was_cut_is_hidden_too() -> None:
    veil = Veil(["my-very-secret-key"])

    assert veil.hide("you sent my-very-sec… (more)") == "you sent [hidden]… (more)"
    assert veil.hide("you sent my-very-secret-key") == "you sent [hidden]"


def test_a_short_secret_is_left_for_it_would_garble_what_is_said() -> None:
    assert Veil(["1", None]).hide("10 of 11") == "10 of 11"


def test_a_veil_covers_every_text_of_a_snapshot() -> None:
    veil = Veil(["secret"])
    seen = TaskSnapshot(
        state=TaskState.RUNNING, raw_state="a secret", message="secret!", phases=(Phase(name="secret", percent=1),)
    )

    covered = veil.over(seen)

    assert "secret" not in repr(covered)
    assert repr(veil) == "Veil(1 secrets)"


def test_a_veil_takes_links_and_signatures_out_of_errors() -> None:
    said = "see https://a.example.com/?key=1 for " + "ab12" * 10
    error = UnexpectedResponse(Cause(Reason.ERROR, code="secret", said=said))

    Veil(["secret"]).over(error)

    assert error.cause == Cause(Reason.ERROR, code="[hidden]", said="see [link] for [hidden]")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (" 9c4eea65-1_kong:db/2+=@. ", "9c4eea65-1_kong:db/2+=@."),
        ("abc<!channel>", "abc"),
        ("<b>", ""),
        ("é", ""),
        ("a" * 81, "a" * 80),
        ("", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_the_id_of_a_request_is_plain_and_short(value: object, found: str) -> None:
    assert request_id(value) == found


def test_an_id_that_repeats_a_secret_or_its_beginning_hides_it() -> None:
    veil = Veil(["key-with-$-inside", "another-secret"])
    whole, part = Unavailable(Reason.ERROR), Unavailable(Reason.ERROR)
    whole.request_id = request_id("id:another-secret")
    part.request_id = request_id("id:key-with-$-inside")

    veil.over_error(whole)
    veil.over_error(part)

    assert (whole.request_id, part.request_id) == ("id:[hidden]", "id:[hidden]")
