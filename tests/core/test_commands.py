"""What people type after the command, and what they get wrong. Clauses: test_clauses."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.commands import (
    CLAUSES,
    LABEL_LIMIT,
    TEXT_LIMIT,
    VERBS,
    WORD_LIMIT,
    Accounts,
    Command,
    Defaults,
    Edit,
    Help,
    History,
    ListTasks,
    MuteTask,
    OpenForm,
    Refresh,
    Scope,
    Status,
    Subscribe,
    Topic,
    Transfer,
    UnmuteTask,
    Unsubscribe,
    Wrong,
    command_text,
    parse,
    parse_clauses,
)
from bot.core.wishes import KEEP, Wishes
from tests.core.hostile import hostile
from tests.core.properties import unhurried

ID = "9a470239-2308-4bb5-a6bc-1040402fjb21"
HOUR, DAY = 3600, 86400


def subscribed(
    *, account: str | None = "drs", task: str = ID, milestones: tuple[int, ...] | None = None, label: str | None = None
) -> Subscribe:
    wishes = Wishes(milestones=KEEP if milestones is None else milestones, label=KEEP if label is None else label)
    return Subscribe(account=account, task=task, wishes=wishes)


def edited(task: str, *milestones: int) -> Edit:
    return Edit(task=task, wishes=Wishes(milestones=milestones))


RIGHT: list[tuple[str, Command, str]] = [
    # what may stand where
    ("", OpenForm(), "nothing typed: the form"),
    ("   ", OpenForm(), "only spaces"),
    ("\u200b\ufeff", OpenForm(), "nothing that can be seen"),
    ("/milepost", OpenForm(), "the command typed twice"),
    ("help", Help(), "the verb"),
    ("?", Help(), "a habit"),
    ("help me", Help(), "no topic of ours"),
    ("help rules", Help(topic=Topic.RULES), "a topic"),
    ("help quiet", Help(topic=Topic.RULES), "a clause"),
    ("accounts", Accounts(), "the verb"),
    ("accounts please", Accounts(), "what follows is ignored"),
    ("LIST", ListTasks(), "phones begin with a capital"),
    # subscribe
    (f"subscribe drs {ID}", subscribed(), "account and task"),
    (f"Subscribe DRS {ID}", subscribed(), "accounts are lower case"),
    (f"watch drs {ID}", subscribed(), "a synonym"),
    (f"follow drs {ID}", subscribed(), "a synonym"),
    (f"track drs {ID}", subscribed(), "a synonym"),
    (f"add drs {ID}", subscribed(), "a synonym"),
    (f"  subscribe   drs\t{ID}  ", subscribed(), "spaces of any width"),
    (f"subscribe {ID}", subscribed(account=None), "the account is told from the task"),
    (f"/milepost subscribe drs {ID}", subscribed(), "an example copied whole"),
    (f"@milepost subscribe drs {ID}", subscribed(), "an example copied whole, from a thread"),
    (f"subscribe cos bucket-1/{ID}", subscribed(account="cos", task=f"bucket-1/{ID}"), "keys have slashes"),
    ("subscribe at 5", subscribed(account="at", task="5"), "an account may be called “at”"),
    (f"subscribe drs `{ID}`.", subscribed(), "code quotes and the end of a sentence"),
    (f'subscribe drs "{ID}."', subscribed(task=f"{ID}."), "in quotes it is as it is"),
    (f"subscribe drs {ID} at 50", subscribed(milestones=(50,)), "with milestones"),
    (f'subscribe {ID} as "a"', subscribed(account=None, label="a"), "with a label"),
    ("subscribe usmc usmc-vtlwsdv6qa7 usmc-task-ba797218",
     subscribed(account="usmc", task="usmc-vtlwsdv6qa7/usmc-task-ba797218"), "a key in two parts"),
    ("subscribe cos bucket-1250000000 NThhNWFkM2VfOGVmYTUw== at 50",
     subscribed(account="cos", task="bucket-1250000000/NThhNWFkM2VfOGVmYTUw==", milestones=(50,)), "with a clause"),
    # what phones and Slack make of it
    (f"subscribe drs {ID.replace('-', '–')}", subscribed(), "dashes of phones"),
    (f"subscribe drs {ID.replace('-', '‑')}", subscribed(), "non-breaking hyphens"),
    (f"subscribe\u00a0drs\u202f{ID}", subscribed(), "non-breaking spaces"),
    (f"subscribe drs \u200b{ID}\ufeff\u200e", subscribed(), "invisible characters of copied text"),
    (f"\u202bsubscribe drs {ID}\u202c \u061c", subscribed(), "directions that a keyboard from right to left adds"),
    (f"subscribe drs \ud83d{ID}\x00 as \"a\\\ud800b\"", subscribed(label="ab"), "halves of characters, and NUL"),
    ("subscribe <https://x.example.com/t/1>", subscribed(account=None, task="https://x.example.com/t/1"), "wrapped"),
    ("subscribe <https://x.example.com/t?a=1&amp;b=2|x.example.com/t>",
     subscribed(account=None, task="https://x.example.com/t?a=1&b=2"), "wrapped with a label and an entity"),
    ("subscribe drs <http://orders.db|orders.db>", subscribed(task="orders.db"), "an address that Slack made up"),
    ("subscribe drs <mailto:a@b.io|a@b.io>", subscribed(task="a@b.io"), "a mail address that Slack made up"),
    # unsubscribe, refresh
    (f"unsubscribe drs {ID}", Unsubscribe(task=f"drs {ID}"), "account and task"),
    ("stop orders", Unsubscribe(task="orders"), "a synonym"),
    ('unsubscribe "orders at night"', Unsubscribe(task="orders at night"), "a label in quotes"),
    ("unsubscribe 'orders at night'", Unsubscribe(task="orders at night"), "in single quotes"),
    (r'unsubscribe "my \"best\" db"', Unsubscribe(task='my "best" db'), "quotes in quotes"),
    ("unsubscribe طلبات 📦", Unsubscribe(task="طلبات 📦"), "right to left, and emoji"),
    ("unsubscribe Foo Inc.", Unsubscribe(task="Foo Inc."), "a label may end with a full stop"),
    ("unsubscribe `9a47`", Unsubscribe(task="9a47"), "code quotes"),
    ("unsubscribe", Unsubscribe(task=""), "which one is asked later"),
    ("refresh orders", Refresh(task="orders"), "the verb"),
    ("look", Refresh(task=""), "a synonym"),
    # edit, defaults
    ("edit orders at 10,50", edited("orders", 10, 50), "a label"),
    (f"edit drs {ID} at 10", edited(f"drs {ID}", 10), "account and task"),
    ("change my orders at 10", edited("my orders", 10), "a label of two words"),
    ('edit "look at me" at 10', edited("look at me", 10), "a label that has a word of ours"),
    ("edit at 10,50", edited("", 10, 50), "which one is asked later"),
    ("edit orders no stall", Edit(task="orders", wishes=Wishes(stall=None)), "taken away"),
    ("defaults", Defaults(), "to be told"),
    ("default at 10", Defaults(wishes=Wishes(milestones=(10,))), "to be set"),
    ("defaults reset", Defaults(reset=True), "to be forgotten"),
    ("defaults clear", Defaults(reset=True), "a synonym"),
    # mute
    ("mute orders", MuteTask(task="orders"), "until it is unmuted"),
    ("mute orders 2h", MuteTask(task="orders", seconds=2 * HOUR), "for a time"),
    ("mute 2h orders", MuteTask(task="orders", seconds=2 * HOUR), "the time first"),
    ("mute orders for 2 hours", MuteTask(task="orders", seconds=2 * HOUR), "in words"),
    ("mute for 1h 30m my orders", MuteTask(task="my orders", seconds=5400), "in parts"),
    ("mute orders 1 h 30 min", MuteTask(task="orders", seconds=5400), "in more parts"),
    ("snooze 1d", MuteTask(task="", seconds=DAY), "which one is asked later"),
    ("mute", MuteTask(task=""), "which one is asked later"),
    ('mute "2h"', MuteTask(task="2h"), "a task that is called like a time"),
    ('mute 3h "2h"', MuteTask(task="2h", seconds=3 * HOUR), "a task that is called like a time, for a time"),
    ("mute orders 2", MuteTask(task="orders 2"), "a number alone is no time"),
    ("unmute orders", UnmuteTask(task="orders"), "the verb"),
    ("unmute", UnmuteTask(task=""), "which one is asked later"),
    # transfer
    ("transfer orders to <@U0123ABCD>", Transfer(task="orders", to="U0123ABCD"), "to somebody"),
    ("transfer orders <@U0123ABCD|bob smith>", Transfer(task="orders", to="U0123ABCD"), "with a name, without “to”"),
    ("give <@W0123ABCD> my orders", Transfer(task="my orders", to="W0123ABCD"), "somebody first"),
    ("transfer to &lt;@U123&gt;", Transfer(task="", to="U123"), "an example copied"),
    ("transfer orders @U0123ABCD", Transfer(task="orders", to="U0123ABCD"), "an id that was typed"),
    ("take orders", Transfer(task="orders"), "to whoever asks"),
    ("claim", Transfer(task=""), "which one is asked later"),
    # what is told
    ("status", Status(task=""), "all of them"),
    ("status 9a470239", Status(task="9a470239"), "a short id"),
    ("status page 2", Status(task="", page=2), "a page"),
    ("status drs 9a47 page 3", Status(task="drs 9a47", page=3), "a task and a page"),
    ('status "page 2"', Status(task="page 2"), "a task that is called like a page"),
    ("list", ListTasks(), "this channel"),
    ("ls", ListTasks(), "a habit"),
    ("list here", ListTasks(), "this channel, said"),
    ("list all", ListTasks(scope=Scope.ALL), "all of them"),
    ("list mine page 12", ListTasks(scope=Scope.MINE, page=12), "a page of mine"),
    ("history", History(), "the verb"),
    ("history page 2", History(page=2), "a page"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "command", "reason"), RIGHT)
def test_what_is_typed_right_is_understood(text: str, command: Command, reason: str) -> None:
    assert parse(text) == command, reason


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("mute", MuteTask(task="")),
        ("mute 2h", MuteTask(task="", seconds=2 * HOUR)),
        ("status", Status(task="")),
        ("stop", Unsubscribe(task="")),
        ("edit at 10,50", edited("", 10, 50)),
        ("at 10,50", edited("", 10, 50)),
        ("no stall", Edit(task="", wishes=Wishes(stall=None))),
        ("transfer <@U0123ABCD>", Transfer(task="", to="U0123ABCD")),
        ("take", Transfer(task="")),
        ("refresh", Refresh(task="")),
        ("mute orders 2h", MuteTask(task="orders", seconds=2 * HOUR)),
    ],
)
def test_in_a_thread_the_task_need_not_be_named(text: str, command: Command) -> None:
    assert parse(text, in_thread=True) == command


WRONG: list[tuple[str, str, str, str]] = [
    # text, part of the problem, example, reason
    ("subscribe", "which task", "", "no task; the caller knows a better example"),
    ("subscribe at", "which task", "", "no task before the clause"),
    ('subscribe ""', "which task", "", "an empty task"),
    ('subscribe drs ""', "which task", "", "an empty task behind an account"),
    ("subscribe <>", "which task", "", "nothing but brackets"),
    (f"subscribe drs {ID} please", "“please”", f"/milepost subscribe drs {ID} at 25,50,90", "a word too many"),
    (
        f"subscribe drs {ID} now",
        "“now”",
        f"/milepost subscribe drs {ID} at 25,50,90",
        "short words are like everything",
    ),
    (f"subscribe drs {ID} 50%", "“50%”", f"/milepost subscribe drs {ID} at 25,50,90", "milestones without “at”"),
    (f"subscribe drs {ID} stal 30m", "“stal”", f"/milepost subscribe drs {ID} stall 30m", "a clause misspelt"),
    (f"subscribe {ID} stal 30m", "“stal”", f"/milepost subscribe {ID} stall 30m", "misspelt, without an account"),
    (f"subscribe drs {ID} label orders", "“label”", f'/milepost subscribe drs {ID} as "orders"', "another word for it"),
    (f"subscribe drs {'x' * (WORD_LIMIT + 1)}", "too long", "", "no id is that long"),
    (f"subscribe drs {'x' * 400} at 0", "“0” is no milestone", "", "an example would be too long to copy"),
    (f"subscribe drs {ID} at 0", "“0” is no milestone", f"/milepost subscribe drs {ID} at 25,50,90", "their own task"),
    (f"subscribe {ID} every x", "“x” is no step", f"/milepost subscribe {ID} every 10%", "without an account"),
    ('subscribe "my task" at 0', "“0”", '/milepost subscribe "my task" at 25,50,90', "quotes where they are needed"),
    ('subscribe drs "at" at 0', "“0”", '/milepost subscribe drs "at" at 25,50,90', "a task like a clause"),
    (f'subscribe drs {ID} as "orders', "not closed", f'/milepost subscribe drs {ID} as "orders"', "a quote left open"),
    (f'subscribe drs {ID} at 0 as "orders', "not closed", f"/milepost subscribe drs {ID} at 25,50,90", "and a slip"),
    ('stop "a\\', "not closed", "", "a quote that cannot be closed"),
    ("edit orders", "what to change", "/milepost edit orders at 25,50,90", "nothing said"),
    ("edit", "what to change", "/milepost edit at 25,50,90", "nothing at all said"),
    ("edit orders stal 30m", "“stal”", "/milepost edit orders stall 30m", "misspelt"),
    ("edit orders stal 3", "“stal”", "/milepost edit orders stall 30m", "misspelt, and wrong"),
    ("edit orders at 0", "“0” is no milestone", "/milepost edit orders at 25,50,90", "a wrong clause"),
    ("defaults frobnicate", "“frobnicate”", "/milepost defaults at 25,50,90", "no clause"),
    ("defaults stall 3", "“3” has no unit", "/milepost defaults stall 30m", "a wrong clause"),
    ("defaults stall 1h as x", "no default", "/milepost defaults stall 1h", "a label is for one task"),
    ('defaults at 5 as ""', "empty", "/milepost defaults at 5", "an example without the label"),
    ("defaults as x", "no default", "/milepost defaults", "a label alone"),
    ("mute orders 1.5h", "“1.5h” has a fraction", "/milepost mute orders 2h", "a fraction"),
    ("mute orders 10s", "“10s” is too short", "/milepost mute orders 2h", "below what can be"),
    ("mute 99d orders", "“99d” is too long", "/milepost mute orders 2h", "above what can be"),
    ("mute -5m", "“-5m” is no duration", "/milepost mute 2h", "negative"),
    ("transfer orders", "to whom", "/milepost take orders", "nobody"),
    ("transfer orders bob", "“bob”", "/milepost transfer orders @bob", "a name that is no mention"),
    ("transfer job-1 bob2", "“bob2”", "/milepost transfer job-1 @bob2", "a name with a digit, behind an id"),
    ("transfer orders to bob smith", "“bob smith”", "/milepost transfer orders @bob", "two names"),
    ("transfer to bob", "“bob”", "/milepost transfer @bob", "the task is asked for later"),
    ("transfer orders here", "“here”", "/milepost transfer orders @name", "a name that would be everybody"),
    ("transfer orders b*b", "“b*b”", "/milepost transfer orders @name", "what can be no name"),
    ("transfer drs job-1", "to whom", "/milepost take drs job-1", "an account and an id"),
    ('transfer "orders db"', "to whom", "/milepost take orders db", "a label alone"),
    ("transfer orders to", "to whom", "/milepost take orders", "nobody behind “to”"),
    ("transfer orders to me", "to whom", "/milepost take orders", "oneself"),
    ("transfer orders to @bob", "“@bob”", "/milepost take orders", "a name that Slack did not know"),
    ("transfer orders <!here>", "“@here”", "/milepost take orders", "everybody"),
    ("transfer orders <!subteam^S0123ABCD|@ops>", "one person", "/milepost take orders", "a group"),
    ("transfer <@U123> <@U456>", "one person", "/milepost take", "two people"),
    ("list orders", "“orders”", "/milepost list mine", "a list of what"),
    ("list page 0", "“0” is no page", "/milepost list page 2", "the first is 1"),
    ("status page x", "“x” is no page", "/milepost status page 2", "no number"),
    ("history page", "No page is given", "/milepost history page 2", "none"),
    ("list page 1000", "“1000” is no page", "/milepost list page 2", "beyond all"),
    (f"subcribe drs {ID}", "“subcribe”", f"/milepost subscribe drs {ID}", "a slip, and what was meant, whole"),
    ("unsubscibe orders", "“unsubscibe”", "/milepost unsubscribe orders", "what was meant, whole"),
    ("folow drs x", "“folow”", "/milepost subscribe drs x", "a slip in a synonym"),
    ("lits", "“lits”", "/milepost list", "what was meant, whole"),
    ("subcribe", "“subcribe”", "", "a verb without its task is no example; the caller knows a better one"),
    (f"subcribe drs {ID} at 0", "“subcribe”", f"/milepost subscribe drs {ID} at 25,50,90", "two slips at once"),
    (ID, f"“{ID}”", f"/milepost subscribe {ID}", "an id alone"),
    (f'"{ID} and more"', "I don't know", "/milepost help", "a sentence is no id"),
    ("hello there", "“hello”", "/milepost help", "nothing to go by"),
    ("frobnicate", "“frobnicate”", "/milepost help", "no such verb"),
    ('""', "no command", "/milepost help", "nothing in quotes"),
    (f"help {'x' * TEXT_LIMIT}", "too long (2005 characters)", "/milepost help", "over the limit"),
    ("x" * TEXT_LIMIT, "x…”", "/milepost help", "a word over every limit is not repeated whole"),
]


@pytest.mark.parametrize(("text", "problem", "example", "reason"), WRONG)
def test_what_is_typed_wrong_is_told_with_a_right_example(text: str, problem: str, example: str, reason: str) -> None:
    found = parse(text)

    assert isinstance(found, Wrong), reason
    assert problem in found.problem, reason
    assert found.right
    assert found.example == example, reason


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_with_a_letter_missing_is_recognised(verb: str) -> None:
    found = parse(f"{verb[:2]}{verb[3:]}")

    assert isinstance(found, Wrong)
    assert found.right == f"Did you mean `{verb}`?"


def test_in_a_thread_examples_begin_with_the_bots_name() -> None:
    found = parse("mute orders 1s", in_thread=True)
    empty = parse("edit", in_thread=True)

    assert isinstance(found, Wrong)
    assert found.example == "@milepost mute orders 2h"
    assert isinstance(empty, Wrong)
    assert "`@milepost help rules`" in empty.right
    assert "/milepost" not in empty.right


def test_in_a_thread_a_name_alone_is_somebodys() -> None:
    somebody, task = parse("transfer bob", in_thread=True), parse("transfer job-1", in_thread=True)

    assert isinstance(somebody, Wrong)
    assert somebody.example == "@milepost transfer @bob"
    assert isinstance(task, Wrong)
    assert task.example == "@milepost take job-1"


# --- any text ---

words = st.sampled_from(
    [*VERBS, *CLAUSES, "drs", ID, '"', "'", "\\", "“a b”", "10,50", "7%", "0", "2h", "30", "22:00-07:00", "18:00",
     "Berlin", "+02:00", "> 60s", "for", "page", "to", "phase", "end", "failure", "never", "off", "<https://x.io|y>",
     "<@U0123ABCD>", "<!subteam^S0123ABCD|@ops>", "<!here>", "@bob", "&amp;", "&gt;", "/milepost", "stal", "evry"]
)  # fmt: skip
sentences = st.lists(words | st.text(max_size=8), max_size=14).map(" ".join)
anything = sentences | hostile | st.text() | st.text(min_size=TEXT_LIMIT - 20, max_size=TEXT_LIMIT + 20)


@unhurried
@given(anything, st.booleans())
def test_any_text_is_a_command_or_is_told_to_be_wrong(text: str, in_thread: bool) -> None:
    found = parse(text, in_thread=in_thread)

    if isinstance(found, Wrong):
        assert found.problem
        assert found.right
        assert len(found.example) <= 300
        # Slack makes a mention of the name on the way here.
        sent = re.sub(r" @[\w.-]+\Z", " <@U0123ABCD>", found.example.removeprefix("/milepost"))
        assert not isinstance(parse(sent, in_thread=in_thread), Wrong)
        return
    if len(command_text(found)) <= TEXT_LIMIT:
        assert parse(command_text(found)) == found
    if isinstance(found, Edit):
        assert not found.wishes.nothing
    if isinstance(found, Subscribe):
        assert found.task
        assert found.account is None or found.account


@unhurried
@given(anything)
def test_any_clauses_are_wishes_or_are_told_to_be_wrong(text: str) -> None:
    found = parse_clauses(text)

    if isinstance(found, Wrong):
        assert found.problem
        assert found.right
        assert found.example
        assert isinstance(parse_clauses(found.example), Wishes)
        return
    milestones = () if found.milestones is KEEP else found.milestones
    assert list(milestones) == sorted(set(milestones))
    assert all(1 <= milestone <= 100 for milestone in milestones)
    if isinstance(found.label, str):
        assert 1 <= len(found.label) <= LABEL_LIMIT
