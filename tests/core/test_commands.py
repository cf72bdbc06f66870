"""The grammar of what people type, and of what they get wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.commands import (
    LABEL_LIMIT,
    TEXT_LIMIT,
    VERBS,
    WORD_LIMIT,
    Accounts,
    Command,
    Help,
    ListAll,
    Status,
    Subscribe,
    Unsubscribe,
    Wrong,
    parse,
)
from tests.core.properties import unhurried

ID = "9a470239-2308-4bb5-a6bc-1040402fjb21"


def subscribed(
    milestones: tuple[int, ...] | None = None, label: str | None = None, *, account: str | None = "drs", task: str = ID
) -> Subscribe:
    return Subscribe(account=account, task=task, milestones=milestones, label=label)


RIGHT: list[tuple[str, Command, str]] = [
    # what may stand where
    ("", Help(), "nothing typed: tell what can be typed"),
    ("   ", Help(), "only spaces"),
    ("help", Help(), "the verb"),
    ("?", Help(), "a habit"),
    ("list", ListAll(), "the verb"),
    ("ls", ListAll(), "a habit"),
    ("list please", ListAll(), "what follows is ignored"),
    ("accounts", Accounts(), "the verb"),
    ("LIST", ListAll(), "phones begin with a capital"),
    (f"subscribe drs {ID}", subscribed(), "account and task"),
    (f"Subscribe DRS {ID}", subscribed(), "accounts are lower case"),
    (f"watch drs {ID}", subscribed(), "a synonym"),
    (f"  subscribe   drs\t{ID}  ", subscribed(), "spaces of any width"),
    (f"subscribe {ID}", subscribed(account=None), "the account is told from the task"),
    (f"/milepost subscribe drs {ID}", subscribed(), "an example copied whole"),
    (f"subscribe cos bucket-1/{ID}", subscribed(account="cos", task=f"bucket-1/{ID}"), "keys have slashes"),
    ("subscribe at 5", subscribed(account="at", task="5"), "an account may be called “at”"),
    (f"unsubscribe drs {ID}", Unsubscribe(task=f"drs {ID}"), "account and task"),
    ("stop orders", Unsubscribe(task="orders"), "a synonym"),
    ('unsubscribe "orders at night"', Unsubscribe(task="orders at night"), "a label in quotes"),
    ("unsubscribe", Unsubscribe(task=""), "which one is asked later"),
    ("status", Status(task=""), "all of them"),
    ("status 9a470239", Status(task="9a470239"), "a short id"),
    # milestones
    (f"subscribe drs {ID} at 50", subscribed((50,)), "one"),
    (f"subscribe drs {ID} at 10,50,90", subscribed((10, 50, 90)), "commas"),
    (f"subscribe drs {ID} at 10, 50, 90 %", subscribed((10, 50, 90)), "commas, spaces, a percent sign"),
    (f"subscribe drs {ID} at 10% 50% 90%", subscribed((10, 50, 90)), "spaces and percent signs"),
    (f"subscribe drs {ID} at 10;50", subscribed((10, 50)), "semicolons"),
    (f"subscribe drs {ID} at 10，50％", subscribed((10, 50)), "full-width signs of Chinese keyboards"),
    (f'subscribe drs {ID} at "10,50"', subscribed((10, 50)), "needless quotes"),
    (f"subscribe drs {ID} at 90,10,50,10", subscribed((10, 50, 90)), "any order, each once"),
    (f"subscribe drs {ID} at 1,100", subscribed((1, 100)), "the outermost ones"),
    (f"subscribe drs {ID} at 005", subscribed((5,)), "leading zeros"),
    (f"subscribe drs {ID} every 10%", subscribed(tuple(range(10, 101, 10))), "a step"),
    (f"subscribe drs {ID} every 7 %", subscribed(tuple(range(7, 99, 7))), "a step that does not meet 100"),
    (f"subscribe drs {ID} every 100", subscribed((100,)), "only the end"),
    (f"subscribe drs {ID} EVERY 50%", subscribed((50, 100)), "capitals"),
    # labels
    (f'subscribe drs {ID} as "orders-db"', subscribed(label="orders-db"), "quoted"),
    (f"subscribe drs {ID} as orders-db", subscribed(label="orders-db"), "one word needs no quotes"),
    (f"subscribe drs {ID} as orders db", subscribed(label="orders db"), "nor do two"),
    (f"subscribe drs {ID} as 'orders at night'", subscribed(label="orders at night"), "single quotes"),
    (f"subscribe drs {ID} as Bob's db", subscribed(label="Bob's db"), "an apostrophe is no quote"),
    (f'subscribe drs {ID} as "at 10 every as"', subscribed(label="at 10 every as"), "words of clauses inside quotes"),
    (f"subscribe drs {ID} as at", subscribed(label="at"), "a label that looks like a clause"),
    (f'subscribe drs {ID} as "{"x" * 80}"', subscribed(label="x" * 80), "80 characters"),
    (f'subscribe drs {ID} as "订单 ☃"', subscribed(label="订单 ☃"), "any script"),
    (f'subscribe drs {ID} as "a" at 50', subscribed((50,), "a"), "label first"),
    (f'subscribe drs {ID} at 50 as "a"', subscribed((50,), "a"), "milestones first"),
    (f'subscribe drs {ID} as "a"every 50', subscribed((50, 100), "a"), "no space behind a quote"),
    # what phones and Slack make of it
    (f"subscribe drs {ID} as “orders-db”", subscribed(label="orders-db"), "quotes of phones"),
    (f"subscribe drs {ID} as „orders-db“", subscribed(label="orders-db"), "German quotes"),
    (f"subscribe drs {ID} as «orders-db»", subscribed(label="orders-db"), "French quotes"),
    (f"subscribe drs {ID} as ‘orders db’", subscribed(label="orders db"), "single quotes of phones"),
    (f"subscribe drs {ID.replace('-', '–')}", subscribed(), "dashes of phones"),
    (f"subscribe drs {ID.replace('-', '‑')}", subscribed(), "non-breaking hyphens"),
    (f"subscribe\u00a0drs\u202f{ID}", subscribed(), "non-breaking spaces"),
    (f"subscribe drs \u200b{ID}\ufeff\u200e", subscribed(), "invisible characters of copied text"),
    ("subscribe <https://x.example.com/t/1>", subscribed(account=None, task="https://x.example.com/t/1"), "wrapped"),
    (
        "subscribe <https://x.example.com/t?a=1&amp;b=2|x.example.com/t>",
        subscribed(account=None, task="https://x.example.com/t?a=1&b=2"),
        "wrapped with a label and an entity",
    ),
    (f"subscribe drs {ID} as “a &amp; b &lt;c&gt;”", subscribed(label="a & b <c>"), "entities"),
    (f"subscribe drs {ID} as &amp;lt;", subscribed(label="&lt;"), "each entity is read once"),
]


@pytest.mark.parametrize(("text", "command", "reason"), RIGHT)
def test_what_is_typed_right_is_understood(text: str, command: Command, reason: str) -> None:
    assert parse(text) == command, reason


WRONG: list[tuple[str, str, str]] = [
    ("subscribe", "which task", "no task"),
    ("subscribe at", "which task", "no task before the clause"),
    ('subscribe ""', "which task", "an empty task"),
    ('subscribe drs ""', "which task", "an empty task behind an account"),
    (f"subscribe drs {ID} please", "“please”", "a word too many"),
    (f"subscribe drs {ID} 50%", "“50%”", "milestones without “at”"),
    (f"subscribe drs {'x' * (WORD_LIMIT + 1)}", "too long", "no id is that long"),
    (f"subscribe drs {ID} at", "“at”", "nothing given"),
    (f"subscribe drs {ID} at 0", "“0” is no milestone", "the beginning is no milestone"),
    (f"subscribe drs {ID} at 101", "“101” is no milestone", "beyond the end"),
    (f"subscribe drs {ID} at 33.5", "“33.5” is no milestone", "not whole"),
    (f"subscribe drs {ID} at none", "“none” is no milestone", "not a number"),
    (f"subscribe drs {ID} at 10,ten", "“ten” is no milestone", "one of them is wrong"),
    (f"subscribe drs {ID} at -5", "“-5” is no milestone", "negative"),
    (f"subscribe drs {ID} at ٥", "“٥” is no milestone", "digits of another script"),
    (f"subscribe drs {ID} at 10–50", "“10-50” is no milestone", "a range"),
    (f"subscribe drs {ID} every", "No step", "nothing given"),
    (f"subscribe drs {ID} every 0%", "“0%” is no step", "it would never end"),
    (f"subscribe drs {ID} every 101", "“101” is no step", "beyond the end"),
    (f"subscribe drs {ID} every 1 0", "“1 0” is no step", "which of the two"),
    (f"subscribe drs {ID} every hour", "“hour” is no step", "not a number"),
    (f'subscribe drs {ID} as ""', "empty", "nothing given"),
    (f'subscribe drs {ID} as "  "', "empty", "only spaces"),
    (f"subscribe drs {ID} as", "empty", "nothing given"),
    (f'subscribe drs {ID} as "{"x" * (LABEL_LIMIT + 1)}"', "81 characters", "one too many"),
    (f'subscribe drs {ID} as "orders', "not closed", "a quote left open"),
    (f"subscribe drs {ID} at 10 at 20", "twice", "which of the two"),
    (f"subscribe drs {ID} at 10 every 20%", "twice", "two ways to say milestones"),
    (f"subscribe drs {ID} as a as b", "twice", "which of the two"),
    ("subcribe drs x", "“subcribe”", "a slip"),
    ("frobnicate", "“frobnicate”", "no such verb"),
    ('""', "no command", "nothing in quotes"),
    (f"help {'x' * TEXT_LIMIT}", "too long", "over the limit"),
]


@pytest.mark.parametrize(("text", "problem", "reason"), WRONG)
def test_what_is_typed_wrong_is_told_with_a_right_example(text: str, problem: str, reason: str) -> None:
    found = parse(text)

    assert isinstance(found, Wrong), reason
    assert problem in found.problem, reason
    assert found.right


@pytest.mark.parametrize(
    ("text", "example", "reason"),
    [
        (f"subcribe drs {ID}", f"/milepost subscribe drs {ID}", "what was meant, whole"),
        ("unsubscibe orders", "/milepost unsubscribe orders", "what was meant, whole"),
        ("lits", "/milepost list", "what was meant, whole"),
        ("subcribe", "", "a verb without its task is no example; the caller knows a better one"),
        (f"subcribe drs {ID} at 0", f"/milepost subscribe drs {ID} at 25,50,90", "two slips at once"),
        (ID, f"/milepost subscribe {ID}", "an id alone"),
        (f'"{ID} and more"', "/milepost help", "a sentence is no id"),
        ("hello there", "/milepost help", "nothing to go by"),
        (f"subscribe drs {ID} at 0", f"/milepost subscribe drs {ID} at 25,50,90", "their own task"),
        (f"subscribe {ID} every x", f"/milepost subscribe {ID} every 10%", "without an account"),
        (f"subscribe drs {ID} soon", f"/milepost subscribe drs {ID} at 25,50,90", "their own task"),
        ('subscribe "my task" at 0', '/milepost subscribe "my task" at 25,50,90', "quotes where they are needed"),
        ('subscribe drs "at" at 0', '/milepost subscribe drs "at" at 25,50,90', "a task that looks like a clause"),
    ],
)
def test_the_example_is_as_near_as_can_be_to_what_was_meant(text: str, example: str, reason: str) -> None:
    found = parse(text)

    assert isinstance(found, Wrong)
    assert found.example == example, reason


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_with_a_letter_missing_is_recognised(verb: str) -> None:
    found = parse(f"{verb[:2]}{verb[3:]}")

    assert isinstance(found, Wrong)
    assert found.right == f"Did you mean `{verb}`?"


# --- any text ---

words = st.sampled_from(
    [
        *VERBS,
        "at",
        "every",
        "as",
        "drs",
        ID,
        '"',
        "'",
        "“a b”",
        "10,50",
        "7%",
        "0",
        "<https://x.io|y>",
        "&amp;",
        "/milepost",
    ]
)
sentences = st.lists(words | st.text(max_size=8), max_size=10).map(" ".join)


@unhurried
@given(sentences | st.text() | st.text(min_size=TEXT_LIMIT - 20, max_size=TEXT_LIMIT + 20))
def test_any_text_is_a_command_or_is_told_to_be_wrong(text: str) -> None:
    found = parse(text)

    if isinstance(found, Wrong):
        assert found.problem
        assert found.right
        assert not found.example or not isinstance(parse(found.example.removeprefix("/milepost ")), Wrong)
    if isinstance(found, Subscribe):
        assert found.task
        assert found.account is None or found.account
        assert found.label is None or 1 <= len(found.label) <= LABEL_LIMIT
        given_milestones = found.milestones
        if given_milestones is not None:
            assert list(given_milestones) == sorted(set(given_milestones))
            assert 1 <= given_milestones[0] <= given_milestones[-1] <= 100


@unhurried
@given(
    st.sampled_from(["at 10,50", "every 20%", ""]),
    st.sampled_from(['as "orders db"', "as orders", ""]),
)
def test_clauses_may_stand_in_any_order(milestones: str, label: str) -> None:
    one, other = f"subscribe drs {ID} {milestones} {label}", f"subscribe drs {ID} {label} {milestones}"

    assert parse(one) == parse(other)
    assert isinstance(parse(one), Subscribe)


@pytest.mark.parametrize(
    ("typed", "task"),
    [
        ("subscribe usmc usmc-vtlwsdv6qa7 usmc-task-ba797218", "usmc-vtlwsdv6qa7/usmc-task-ba797218"),
        ("subscribe cos bucket-1250000000 NThhNWFkM2VfOGVmYTUw==", "bucket-1250000000/NThhNWFkM2VfOGVmYTUw=="),
    ],
)
def test_the_two_parts_of_a_key_may_stand_apart(typed: str, task: str) -> None:
    found = parse(typed)

    assert isinstance(found, Subscribe)
    assert found.task == task
