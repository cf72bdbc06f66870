"""Help speaks of everything, and what it shows can be typed."""

import re
from pathlib import Path

import pytest

from bot.core.commands import CLAUSES, VERBS, Topic, Wrong, parse, parse_clauses
from bot.core.wording.help import help_text
from tests.core.slack_limits import assert_slack_takes, texts

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
EXAMPLE = "/milepost subscribe drs 9a470239-2308-4bb5-a6bc-1040402fjb21"


def shown(topic: Topic) -> list[str]:
    """What stands in code quotes, as a reader sees it."""
    return [
        code.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        for code in re.findall(r"`([^`]+)`", help_text(topic, example=EXAMPLE).text)
    ]


@pytest.mark.parametrize("topic", list(Topic))
def test_help_fits_into_slack(topic: Topic) -> None:
    message = help_text(topic, example=f"/milepost subscribe drs {'9' * 200}")

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


def test_what_the_help_shows_as_an_example_can_be_copied_as_it_stands() -> None:
    examples = [code for code in shown(Topic.COMMANDS) if code.startswith("/milepost ") and '"' in code]

    assert examples == [f'{EXAMPLE} at 10,50,90 as "orders-db"']
    # What must be typed behind a slash is shown with it.
    assert not {"list mine", "defaults reset", "list page 2"} & set(shown(Topic.COMMANDS))


def test_where_there_is_no_account_the_help_shows_no_example() -> None:
    assert "such as\n" not in help_text().text
    assert "{" not in help_text().text


def test_no_command_in_the_readme_is_cut_short() -> None:
    commands = re.findall(r"/milepost subscribe [a-z]+ [^\s`<]+", README)

    assert len(commands) == 6
    assert not [command for command in commands if "…" in command]
