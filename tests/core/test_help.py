"""Help speaks of everything, and what it shows can be typed."""

import re

import pytest

from bot.core.commands import CLAUSES, VERBS, Topic, Wrong, parse, parse_clauses
from bot.core.wording.help import help_text
from tests.core.slack_limits import assert_slack_takes, texts


def shown(topic: Topic) -> list[str]:
    """What stands in code quotes, as a reader sees it."""
    return [
        code.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        for code in re.findall(r"`([^`]+)`", help_text(topic).text)
    ]


@pytest.mark.parametrize("topic", list(Topic))
def test_help_fits_into_slack(topic: Topic) -> None:
    message = help_text(topic)

    assert_slack_takes(message)
    assert "\n".join(text["text"] for text in texts(message)) == message.text
    # Slack folds up a section that is much longer.
    assert all(len(text["text"]) <= 700 for text in texts(message))


@pytest.mark.parametrize("verb", VERBS)
def test_help_speaks_of_every_verb(verb: str) -> None:
    assert any(code.split()[:2] == ["/milepost", verb] for code in shown(Topic.COMMANDS))


@pytest.mark.parametrize("clause", [clause for clause in CLAUSES if clause != "without"])
def test_help_about_rules_speaks_of_every_clause(clause: str) -> None:
    assert any(code.split()[0] == clause for code in shown(Topic.RULES))


def test_every_command_in_the_help_can_be_typed() -> None:
    for code in shown(Topic.COMMANDS):
        if code.startswith("/milepost "):
            typed = code.replace("<account> <task-id>", "drs 9a470239").replace("<task>", "orders").replace("[", "")
            typed = typed.replace("]", "").replace("@user", "<@U0123ABCD>").replace(" …", " at 50")
            assert not isinstance(parse(typed), Wrong), code


def test_every_clause_in_the_help_can_be_typed() -> None:
    clauses = [code for code in shown(Topic.RULES) if code.split()[0] in CLAUSES and " " in code]

    assert len(clauses) > 20
    for code in clauses:
        assert not isinstance(parse_clauses(code.replace("@user", "<@U0123ABCD>")), Wrong), code


@pytest.mark.parametrize("way", ["Track a cloud task", "Home", "direct message", "thread", "menu"])
def test_help_speaks_of_every_way_in(way: str) -> None:
    assert way in help_text().text
