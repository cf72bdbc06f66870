"""What is printed is read back as the same, and is as short as it can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import commands
from bot.core.commands import (
    Command,
    MuteTask,
    Subscribe,
    Wrong,
    as_wishes,
    clauses,
    command_text,
    parse,
    parse_clauses,
    print_duration,
    print_wishes,
)
from bot.core.rules import Broadcast, Lag, Mention, Occasion, Overdue, Quiet, Rules
from bot.core.wishes import KEEP, Wishes, applied
from tests.core.properties import unhurried
from tests.core.sayings import all_commands, labels, rules, wishes

ANN, BOB, GROUP = "U0123ABCD", "W0123ABCD", "S0123ABCD"


def read_back(text: str) -> Wishes:
    found = parse_clauses(text)
    assert isinstance(found, Wishes), (text, found)
    return found


@unhurried
@given(rules, st.none() | labels, rules)
def test_clauses_turn_any_rules_into_any_others(wanted: Rules, label: str | None, base: Rules) -> None:
    found = read_back(clauses(wanted, label, base=base))

    assert applied(base, found) == wanted
    assert found.label == (KEEP if label is None else label)
    assert found == as_wishes(wanted, label, base=base)


@unhurried
@given(rules)
def test_what_is_so_already_needs_no_words(wanted: Rules) -> None:
    assert clauses(wanted, base=wanted) == ""


@unhurried
@given(wishes)
def test_wishes_are_read_back_as_they_were(wanted: Wishes) -> None:
    text = print_wishes(wanted)

    assert read_back(text) == wanted
    assert print_wishes(read_back(text)) == text


@unhurried
@given(all_commands)
def test_commands_are_read_back_as_they_were(command: Command) -> None:
    text = command_text(command)

    found = parse(text.removeprefix("/milepost"))
    assert found == command
    assert not isinstance(found, Wrong)
    assert command_text(found) == text
    assert parse(command_text(command, in_thread=True), in_thread=True) == command


PRINTED: list[tuple[Wishes, str, str]] = [
    (Wishes(), "", "nothing asked for"),
    (Wishes(milestones=(100,)), "at 100", "a step would be longer"),
    (Wishes(milestones=(50, 100)), "at 50,100", "a step would not be shorter"),
    (Wishes(milestones=(25, 50, 75, 100)), "every 25%", "a step is shorter"),
    (Wishes(milestones=tuple(range(30, 91, 30))), "every 30%", "a step that does not meet 100"),
    (Wishes(milestones=(10, 20, 30)), "at 10,20,30", "a step that stops half-way is none"),
    (Wishes(milestones=()), "no milestones", "taken away"),
    (Wishes(only_end=True, milestones=()), "on end", "that has no milestones anyway"),
    (Wishes(only_end=False, milestones=(50,)), "at 50", "that is not only the end anyway"),
    (Wishes(only_end=False), "on all", "taken back"),
    (Wishes(heartbeat=5400, per_phase=True), "every 90m per phase", "both"),
    (Wishes(heartbeat=None, per_phase=False), "no heartbeat no phases", "taken away"),
    (
        Wishes(stall=1800, overdue=Overdue(after=21600), lag=Lag(over=61, hold=300)),
        "stall 30m overdue 6h lag 61s",
        "as usual",
    ),
    (Wishes(stall=None, overdue=None, lag=None), "no stall no overdue no lag", "taken away"),
    (Wishes(lag=Lag(over=60, hold=60)), "lag 1m for 1m", "a hold of its own"),
    (Wishes(overdue=Overdue(at=18 * 60, zone="Asia/Kolkata")), "overdue 18:00 Asia/Kolkata", "with its zone"),
    (Wishes(quiet=Quiet(start=22 * 60, end=7 * 60, zone="")), "quiet 22:00-07:00", "a zone to be filled in"),
    (Wishes(quiet=None, mentions=(), label=None), "no quiet no mention no label", "taken away"),
    (
        Wishes(
            mentions=(
                Mention(who=ANN, on=Occasion.FAILURE),
                Mention(who=GROUP, on=Occasion.FAILURE),
                Mention(who=BOB, on=Occasion.END),
            )
        ),
        f"mention <@{ANN}> <!subteam^{GROUP}> mention <@{BOB}> on end",
        "each occasion once",
    ),
    (Wishes(broadcast=Broadcast.NEVER, label='a "b"'), r'broadcast never as "a \"b\""', "quotes in quotes"),
    (Wishes(label="a\\b –"), r'as "a\\b \–"', "what would be taken for something else"),
    (Wishes(label="&lt;"), r'as "&\lt;"', "what Slack would make of it on the way"),
]


@pytest.mark.parametrize(("wanted", "text", "reason"), PRINTED)
def test_wishes_are_printed_as_short_as_they_can_be(wanted: Wishes, text: str, reason: str) -> None:
    assert print_wishes(wanted) == text, reason


@pytest.mark.parametrize(
    ("task", "text", "reason"),
    [
        ("orders", "/milepost mute orders", "a word"),
        ("drs 9a470239", "/milepost mute drs 9a470239", "account and task"),
        ("orders at night", '/milepost mute "orders at night"', "a word that begins a clause"),
        ("2h", '/milepost mute "2h"', "a word that looks like a time"),
        ("5 min", '/milepost mute "5 min"', "words that look like a time"),
        ("", "/milepost mute", "the task of the thread"),
    ],
)
def test_names_stand_in_quotes_only_where_they_must(task: str, text: str, reason: str) -> None:
    assert command_text(MuteTask(task=task)) == text, reason


def test_a_label_survives_the_way_through_slack() -> None:
    command = Subscribe(account="drs", task="x", wishes=Wishes(label="a & b &lt; <c> <https://x.io>"))
    escaped = command_text(command).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    assert parse(escaped) == command


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(45, "45s"), (60, "1m"), (90, "90s"), (5400, "90m"), (6000, "1h40m"), (86400, "1d"), (3661, "1h1m1s"),
     (129600, "36h"), (90061, "1d1h1m1s"), (120 * 86400, "120d")],
)  # fmt: skip
def test_durations_are_printed_as_people_type_them(seconds: int, text: str) -> None:
    assert print_duration(seconds) == text


def test_only_the_end_taken_back_without_milestones_stays_without() -> None:
    base, wanted = Rules(only_end=True, milestones=()), Rules(milestones=())

    assert clauses(wanted, base=base) == "no milestones on all"
    assert applied(base, read_back("on all")) == Rules()


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (commands.Subscribe(account="drs", task="job-1"), "/milepost subscribe drs job-1"),
        (commands.Subscribe(account=None, task="job-1"), "/milepost subscribe job-1"),
        (commands.Unsubscribe(task="orders"), "/milepost unsubscribe orders"),
        (commands.Edit(task="orders", wishes=Wishes(stall=1800)), "/milepost edit orders stall 30m"),
        (commands.Defaults(), "/milepost defaults"),
        (commands.Defaults(reset=True), "/milepost defaults reset"),
        (commands.MuteTask(task="orders"), "/milepost mute orders"),
        (commands.MuteTask(task="orders", seconds=7200), "/milepost mute orders 2h"),
        (commands.UnmuteTask(task="orders"), "/milepost unmute orders"),
        (commands.Transfer(task="orders", to=BOB), f"/milepost transfer orders <@{BOB}>"),
        (commands.Transfer(task="orders"), "/milepost take orders"),
        (commands.Refresh(task="orders"), "/milepost refresh orders"),
        (commands.Status(task="orders"), "/milepost status orders"),
        (commands.ListTasks(scope=commands.Scope.MINE, page=2), "/milepost list mine page 2"),
        (commands.History(), "/milepost history"),
        (commands.OpenForm(), "/milepost"),
        (commands.Accounts(), "/milepost accounts"),
        (commands.Help(), "/milepost help"),
        (commands.Help(topic=commands.Topic.RULES), "/milepost help rules"),
    ],
)
def test_each_command_is_printed_as_one_types_it(command: Command, text: str) -> None:
    assert command_text(command) == text
    assert commands.parse(text) == command
