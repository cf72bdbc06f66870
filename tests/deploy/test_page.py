"""The page for operators: what it names is there."""

import re
from pathlib import Path

import pytest

from bot.slack.http_mode import LIVE, READY
from bot.slack.sockets import CONNECTIONS
from bot.store.lock import lock_path
from tests.deploy.files import ROOT, compose, is_command, is_setting, read

PAGE = "docs/deploy.md"


def said(pattern: str) -> list[str]:
    found = re.findall(pattern, read(PAGE))
    assert found
    return found


def test_every_file_that_is_linked_is_there() -> None:
    for link in said(r"\]\(([^)#]+)\)"):
        assert (ROOT / "docs" / link).exists(), link


def test_every_place_on_the_page_that_is_linked_is_there() -> None:
    headings = {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in said(r"(?m)^#+ (.+)$")}

    assert set(said(r"\]\(#([^)]+)\)")) <= headings


def test_every_command_exists() -> None:
    commands = {re.sub(r"[^a-z ].*", "", each).strip() for each in said(r"`milepost ([a-z][^`]*)`")}

    assert [each for each in commands if not is_command(each.split())] == []


def test_every_setting_exists() -> None:
    assert [each for each in re.findall(r"`\[(\w+)\] (\w+)`", read(PAGE)) if not is_setting(*each)] == []


def test_every_service_that_is_named_is_in_the_compose_file() -> None:
    services = compose()

    for named in said(r"docker compose --profile cluster[a-z -]* (proxy|migrate|replica-\d)"):
        assert named in services


@pytest.mark.parametrize("word", [f"`GET {LIVE}`", f"`GET {READY}`", f"`{lock_path(Path('milepost')).name}`"])
def test_what_probes_ask_is_what_the_bot_answers(word: str) -> None:
    assert word in read(PAGE)


def test_as_many_replicas_as_slack_takes_connections() -> None:
    assert "ten connections an app" in re.sub(r"\s+", " ", read(PAGE))
    assert 10 // CONNECTIONS == 5
    assert "**five replicas at most" in re.sub(r"\s+", " ", read(PAGE))
