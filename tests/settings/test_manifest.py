from pathlib import Path
from typing import Any

import pytest

from bot.slack.commands import COMMAND
from bot.slack.forms import SHORTCUT
from bot.slack.listeners import LISTENED_TO
from bot.slack.scopes import NEEDED, OPTIONAL
from playground.slack.options import EVERY_EVENT, SlackOptions
from playground.slack.people import COMMANDS, SHORTCUTS
from tests.settings import yaml_block

ROOT = Path(__file__).parents[2]


@pytest.fixture
def manifest() -> dict[str, Any]:
    return yaml_block.read((ROOT / "manifest.yaml").read_text(encoding="utf-8"))


def test_the_app_asks_for_just_the_scopes_that_are_used(manifest: dict[str, Any]) -> None:
    assert manifest["oauth_config"] == {"scopes": {"bot": list(NEEDED), "bot_optional": list(OPTIONAL)}}


def test_the_command_is_the_one_that_the_bot_listens_to(manifest: dict[str, Any]) -> None:
    (command,) = manifest["features"]["slash_commands"]

    assert command["command"] == COMMAND
    assert command["should_escape"] is True
    assert "subscribe <account> <task>" in command["usage_hint"]
    assert "url" not in command


def test_the_shortcut_is_the_one_that_the_bot_listens_to(manifest: dict[str, Any]) -> None:
    (shortcut,) = manifest["features"]["shortcuts"]

    assert (shortcut["callback_id"], shortcut["type"]) == (SHORTCUT, "global")
    assert 1 <= len(shortcut["name"]) <= 24
    assert 1 <= len(shortcut["description"]) <= 150


def test_the_app_connects_by_socket_mode(manifest: dict[str, Any]) -> None:
    settings = manifest["settings"]

    assert settings.pop("event_subscriptions").keys() == {"bot_events"}
    assert settings == {
        "interactivity": {"is_enabled": True},
        "org_deploy_enabled": False,
        "socket_mode_enabled": True,
        "token_rotation_enabled": False,
    }


def test_the_app_asks_for_just_the_events_that_are_listened_to(manifest: dict[str, Any]) -> None:
    events = manifest["settings"]["event_subscriptions"]["bot_events"]

    assert events == sorted(LISTENED_TO)
    assert len(events) == len(set(events))


def test_people_have_a_home_and_can_write_to_the_bot(manifest: dict[str, Any]) -> None:
    assert manifest["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }


def test_the_playground_is_installed_as_the_manifest_says(manifest: dict[str, Any]) -> None:
    # But for one scope: so a visitor sees what a channel without the bot is like.
    assert SlackOptions().scopes == {*NEEDED, *OPTIONAL} - {"chat:write.public"}
    assert SlackOptions().events == LISTENED_TO
    assert LISTENED_TO < EVERY_EVENT
    (command,), (shortcut,) = manifest["features"]["slash_commands"], manifest["features"]["shortcuts"]
    assert COMMANDS[0] == {name: command[name] for name in ("command", "description", "usage_hint")}
    assert [{name: shortcut[name] for name in ("callback_id", "name")}] == SHORTCUTS


def test_texts_keep_within_what_slack_takes(manifest: dict[str, Any]) -> None:
    command = manifest["features"]["slash_commands"][0]

    assert len(manifest["display_information"]["name"]) <= 35
    assert len(manifest["display_information"]["description"]) <= 140
    assert len(manifest["features"]["bot_user"]["display_name"]) <= 80
    assert len(command["command"]) <= 32
    assert len(command["description"]) <= 2000
    assert len(command["usage_hint"]) <= 1000


@pytest.mark.parametrize(
    "text",
    ["a: {b: 1}", "a: 'b'", "a: b: c", "a: b # c", "a: 1\na: 2", "a: *b", "<<: *b", "a: |", "a:\n  b: 1\n c: 2", "- a"],
)
def test_what_the_reader_does_not_know_it_refuses(text: str) -> None:
    with pytest.raises(AssertionError):
        yaml_block.read(text)


def test_the_reader_reads_what_our_files_are_written_in() -> None:
    text = """
# A comment.
x-bot: &bot
  image: milepost
  tags:
    - "1"

  when: &when
    at: 5
volumes:
  data:
bots:
  one: *bot
  two:
    image: other
    <<: *bot
    then: *when
text: |
  [slack]
    # Not a comment here.

  mode = "http"
end: true
"""

    bot = {"image": "milepost", "tags": ["1"], "when": {"at": 5}}
    assert yaml_block.read(text) == {
        "x-bot": bot,
        "volumes": {"data": None},
        "bots": {"one": bot, "two": bot | {"image": "other", "then": {"at": 5}}},
        "text": '[slack]\n  # Not a comment here.\n\nmode = "http"\n',
        "end": True,
    }
