"""Foreign text becomes harmless, whatever it is."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot
from bot.core.text import (
    Mrkdwn,
    channel_link,
    code,
    cut,
    cut_markup,
    inert,
    link,
    mention,
    moment,
    plain,
    shorten,
)
from tests.core.hostile import hostile
from tests.core.properties import unhurried

limits = st.integers(1, 400)
ZERO_WIDTH = "\u200b"


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


# --- inert ---


@unhurried
@given(hostile, limits)
def test_nothing_acts_in_inert_text(text: str, limit: int) -> None:
    shown = inert(text, limit)

    assert "<" not in shown
    assert ">" not in shown
    assert re.search(r"&(?!amp;|lt;|gt;)", shown) is None
    assert not set("*~`") & set(shown)
    assert re.search(r"(?<![^\W_])_|_(?![^\W_])", shown) is None
    assert (
        re.search(
            r"[@#:]\S", shown.replace(f":{ZERO_WIDTH}", "").replace(f"@{ZERO_WIDTH}", "").replace(f"#{ZERO_WIDTH}", "")
        )
        is None
    )
    assert re.search(r"\S(?<!\u200b)\.\S", shown) is None
    assert "://" not in shown
    assert not shown.startswith("&gt;")


@unhurried
@given(hostile, limits)
def test_inert_text_is_one_clean_line_within_its_length(text: str, limit: int) -> None:
    shown = inert(text, limit)

    assert len(unescaped(shown).replace(ZERO_WIDTH, "")) <= limit
    assert len(shown) <= 6 * limit
    assert shown == shown.strip()
    assert all(unicodedata.category(c)[0] != "C" for c in shown.replace(ZERO_WIDTH, ""))
    assert "\n" not in shown


@pytest.mark.parametrize(
    ("text", "shown", "reason"),
    [
        ("orders_db", "orders_db", "underscores inside words are no markup"),
        ("snake_case_name", "snake_case_name", "nor are several"),
        ("_x_", "ˍxˍ", "at the edges they are"),
        ("a & b <c>", "a &amp; b &lt;c&gt;", "entities"),
        ("&lt;", "&amp;lt;", "an entity is foreign text too"),
        ("3 * 4", "3 ∗ 4", "a look-alike"),
        ("12:30", "12:\u200b30", "readable as before"),
        ("see a.b", "see a\u200b.b", "no link"),
        ("end. Next", "end. Next", "a full stop is no link"),
        (">x", "\u200b&gt;x", "no quote at the start of a line"),
        ("a\n\n b", "a b", "one line"),
        ("", "", "nothing"),
    ],
)
def test_inert_text_reads_as_it_was_written(text: str, shown: str, reason: str) -> None:
    assert inert(text, 80) == shown, reason


# --- plain, cut, shorten ---


@unhurried
@given(hostile, limits)
def test_plain_text_is_one_visible_line_within_its_length(text: str, limit: int) -> None:
    shown = plain(text, limit)

    assert len(shown) <= limit
    assert all(unicodedata.category(c)[0] != "C" for c in shown)
    assert "  " not in shown
    assert plain(shown, limit) == shown


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("ab d", 4, "ab d"), ("ab cd", 4, "ab…"), ("abc", 1, "…"), ("", 0, "")],
)
def test_a_text_that_is_cut_says_so(text: str, limit: int, shown: str) -> None:
    assert cut(text, limit) == shown


@pytest.mark.parametrize(
    ("identifier", "shown"),
    [
        ("9a470239-2308-4bb5-a6bc-1040402fjb21", "9a470239…jb21"),
        ("bucket-1250000000/1234567890abcdef", "1234567890abcdef"),
        ("plan-1/us-task-0123456789", "us-task-…6789"),
        ("42", "42"),
    ],
)
def test_an_id_is_shortened_in_the_middle(identifier: str, shown: str) -> None:
    assert shorten(identifier) == shown


pieces = st.lists(
    st.sampled_from(["&amp;", "&lt;", "a", " ", "<https://x.example/a&amp;b|c>", "<!date^1^{time}|x>", "`b c`"])
)


@unhurried
@given(pieces.map("".join), st.integers(1, 60))
def test_markup_is_never_cut_inside_an_entity_a_bracket_or_code(text: str, limit: int) -> None:
    shown = cut_markup(Mrkdwn(text), limit)

    assert len(shown) <= limit
    assert re.search(r"&(?!amp;|lt;|gt;)", shown) is None
    assert shown.count("<") == shown.count(">")
    assert shown.count("`") % 2 == 0
    assert len(text) > limit or shown == text


# --- code ---


@unhurried
@given(hostile, limits)
def test_inline_code_has_no_way_out(text: str, limit: int) -> None:
    shown = code(text, limit)

    if not plain(text, limit):
        assert shown == ""
        return
    assert re.fullmatch(r"`[^`<>\n]+`", shown)
    assert re.search(r"&(?!amp;|lt;|gt;)", shown) is None
    assert len(unescaped(shown)) <= limit + 2


@unhurried
@given(st.text(st.characters(exclude_characters="`", exclude_categories=["C", "Z"]), min_size=1, max_size=40))
def test_inline_code_can_be_copied_whole(text: str) -> None:
    assert unescaped(code(text, 40)) == f"`{text}`"


# --- links, mentions, moments ---


@pytest.mark.parametrize(
    ("url", "shown", "reason"),
    [
        ("https://x.example/a", "<https://x.example/a|card>", "an https page"),
        ("https://x.example/?a=1&b=2", "<https://x.example/?a=1&amp;b=2|card>", "ampersands are escaped"),
        ("http://127.0.0.1:8080/p", "<http://127.0.0.1:8080/p|card>", "loopback"),
        ("http://localhost/p", "<http://localhost/p|card>", "loopback"),
        ("http://[::1]:9/p", "<http://[::1]:9/p|card>", "loopback"),
        ("http://127.0.0.1", "<http://127.0.0.1|card>", "loopback, no path"),
        ("http://x.example/", "card", "neither https nor loopback"),
        ("http://127.0.0.1.evil.example/", "card", "only looks like loopback"),
        ("http://127.0.0.1:80@evil.example/", "card", "only looks like loopback"),
        ("https://", "card", "no host"),
        ("javascript:alert(1)", "card", "no page"),
        ("https://x.example/a|b", "card", "would end the address"),
        ("https://x.example/>a", "card", "would end the link"),
        ("https://x.example/ a", "card", "a space"),
        ("https://x.example/\u202ea", "card", "invisible characters"),
        ("https://x.example/" + "a" * 2000, "card", "too long"),
        ("", "card", "nothing"),
    ],
)
def test_a_link_leads_only_to_a_safe_page(url: str, shown: str, reason: str) -> None:
    assert link(url, "card") == shown, reason


@unhurried
@given(hostile, hostile)
def test_a_link_is_whole_or_no_link(url: str, label: str) -> None:
    shown = link(f"https://x.example/{url}", label)

    assert re.fullmatch(r"<https://[^<>|\s]+\|[^<>|]*>|[^<>]*", shown)


@unhurried
@given(hostile)
def test_only_an_id_of_a_user_or_a_channel_becomes_a_mention(text: str) -> None:
    assert not mention(text).startswith("<")
    assert not channel_link(text).startswith("<")


def test_ids_become_mentions() -> None:
    assert mention("U0123ABCD") == "<@U0123ABCD>"
    assert mention("W0123ABCD") == "<@W0123ABCD>"
    assert mention("S0123ABCD") == "<!subteam^S0123ABCD>"
    assert mention("here") == "`here`"
    assert channel_link("C0123ABCD") == "<#C0123ABCD>"
    assert channel_link("U0123ABCD") == "`U0123ABCD`"


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (0, "<!date^0^{time}|00:00 UTC>"),
        (1772460120.9, "<!date^1772460120^{time}|14:02 UTC>"),
        (-60, "<!date^-60^{time}|23:59 UTC>"),
        (1e15, "<!date^1000000000000000^{time}|01:46 UTC>"),
    ],
)
def test_a_moment_is_read_in_the_readers_own_zone(at: float, shown: str) -> None:
    assert moment(at) == shown


def test_a_moment_may_carry_its_date() -> None:
    assert moment(0, "{date_short_pretty} {time}") == "<!date^0^{date_short_pretty} {time}|00:00 UTC>"


BOT = Path(bot.__file__).parent


def sources(without: str) -> list[tuple[str, str]]:
    found = [(path.relative_to(BOT).as_posix(), path.read_text(encoding="utf-8")) for path in BOT.rglob("*.py")]
    return [(name, text) for name, text in found if not re.match(without, name)]


def test_text_is_called_markup_only_where_it_is_made_harmless_and_where_our_sentences_stand() -> None:
    made = [name for name, text in sources(r"core/(text\.py|wording/)") if "Mrkdwn(" in text]

    assert made == []


def test_markup_gets_into_blocks_at_one_place_only() -> None:
    assert [name for name, text in sources(r"core/blocks\.py") if '"mrkdwn"' in text] == []
