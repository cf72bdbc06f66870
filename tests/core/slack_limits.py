"""What Slack refuses, as an oracle over whole messages: its own model classes, and the limits of its documents."""

import re
from collections.abc import Iterator
from typing import Any

from slack_sdk.models.blocks import Block

from bot.core.message import Message

TEXT, BLOCKS, SECTION, TOTAL = 4000, 50, 3000, 8000
_MARKUP = re.compile(
    r"<(?:@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+|#[CGD][A-Z0-9]+|!date\^-?\d+\^[{}a-z_ ]+\|\d\d:\d\d UTC|https?://[^<>|\s]+\|[^<>|]*)>"
)


def longest(message: Message) -> tuple[int, int, int]:
    """Return the length of the text, the number of blocks, and the characters over all blocks."""
    return len(message.text), len(message.blocks), sum(len(text["text"]) for text in texts(message))


def texts(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every text object of a message."""
    if isinstance(part, Message):
        yield from texts(part.blocks)
    elif isinstance(part, dict):
        if isinstance(part.get("text"), str):
            yield part
        for inner in part.values():
            yield from texts(inner)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from texts(inner)


def assert_slack_takes(message: Message) -> None:
    """Fail where Slack would refuse *message*, or would find in it what nobody put there."""
    characters, count, total = longest(message)
    assert 1 <= characters <= TEXT
    assert message.text.strip()
    assert 1 <= count <= BLOCKS
    assert total <= TOTAL
    assert_tame(message.text)
    for block in message.blocks:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.validate_json()
        assert parsed.to_dict()["type"] == block["type"]
        _assert_limits(block)
    for text in texts(message):
        assert text["type"] in ("mrkdwn", "plain_text", "text")
        if text["type"] == "mrkdwn":
            assert text["verbatim"] is True
            assert_tame(text["text"])
        if text["type"] == "plain_text":
            assert text["emoji"] is False


def assert_tame(markup: str) -> None:
    """Fail where markup holds any angle bracket or ampersand but those of our own mentions, dates and links."""
    rest = _MARKUP.sub("", markup)
    assert not re.search(r"[<>]", rest), rest
    assert not re.search(r"&(?!amp;|lt;|gt;)", rest), rest
    assert not re.search(r"[@#]\w", re.sub(r"`[^`]*`", "", rest)), rest
    assert "://" not in re.sub(r"`[^`]*`", "", rest), rest


def _assert_limits(block: dict[str, Any]) -> None:
    match block["type"]:
        case "section":
            assert 1 <= len(block["text"]["text"]) <= SECTION
        case "context":
            assert 1 <= len(block["elements"]) <= 10
            assert all(1 <= len(element["text"]) <= SECTION for element in block["elements"])
        case "rich_text":
            assert all(text["text"] for text in texts(block))
        case "actions":
            assert 1 <= len(block["elements"]) <= 25
            for element in block["elements"]:
                _assert_limits_of_element(element)
        case other:
            raise AssertionError(f"a kind of block that no rule speaks of: {other}")


def _assert_limits_of_element(element: dict[str, Any]) -> None:
    if element["type"] == "overflow":
        assert 1 <= len(element["options"]) <= 5
        for option in element["options"]:
            assert 1 <= len(option["text"]["text"]) <= 75
            assert 1 <= len(option["value"]) <= 150
        return
    assert element["type"] == "button"
    assert 1 <= len(element["text"]["text"]) <= 75
    assert len(element.get("value", "")) <= 2000
    assert len(element.get("url", "")) <= 3000
