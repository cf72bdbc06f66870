"""Which blocks Slack takes (docs.slack.dev/reference/block-kit/blocks)."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from playground.slack.elements import (
    ID,
    IMAGE,
    IMAGE_KIND,
    IN_ACTIONS,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    plain,
    text,
)
from playground.slack.newer_blocks import NEWER
from playground.slack.rich_text import RICH_TEXT, rich
from playground.slack.schema import (
    Check,
    Fields,
    Need,
    anything,
    boolean,
    both,
    by_type,
    items,
    kind,
    one_of,
    problem,
    string,
    unique,
    url,
    whole,
)


class Surface(StrEnum):
    """Where blocks are shown."""

    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


MOST = {Surface.MESSAGE: 50, Surface.MODAL: 100, Surface.HOME: 100}
MARKDOWN_IN_ALL = 12_000
TABLE_CHARACTERS = {"table": 10_000, "data_table": 20_000}
# How many blocks of a kind one message may have.
MOST_OF_KIND = {"table": 1, "data_visualization": 2}
ACCESSORY = {**IN_ACTIONS, **IMAGE_KIND}
TEXTS = by_type(
    {
        "plain_text": text(3_000),
        "mrkdwn": text(3_000),
        **IMAGE_KIND,
    }
)
VIDEO: Fields = {
    "block_id": ID,
    "alt_text": Need(string(2_000)),
    "title": Need(plain(200)),
    "thumbnail_url": Need(url()),
    "video_url": Need(url()),
    "author_name": string(50),
    "description": plain(200),
    "provider_icon_url": url(),
    "provider_name": string(50),
    "title_url": url(),
}
CLASSIC = {
    **RICH_TEXT,
    **kind("divider", {"block_id": ID}),
    **kind("header", {"block_id": ID, "text": Need(plain(150)), "level": whole(1, 4)}),
    **kind(
        "section",
        {
            "block_id": ID,
            "text": text(3_000),
            "fields": items(text(2_000), most=10),
            "accessory": by_type(ACCESSORY),
            "expand": boolean,
        },
        one_at_least=("text", "fields"),
    ),
    **kind("context", {"block_id": ID, "elements": Need(items(TEXTS, most=10))}),
    **kind(
        "actions",
        {"block_id": ID, "elements": Need(both(items(by_type(IN_ACTIONS), most=25), unique("action_id")))},
    ),
    **kind(
        "context_actions",
        {"block_id": ID, "elements": Need(both(items(by_type(IN_CONTEXT_ACTIONS), most=5), unique("action_id")))},
    ),
    **kind("image", {**IMAGE, "block_id": ID, "title": plain(2_000)}, one_at_least=("image_url", "slack_file")),
    **kind(
        "input",
        {
            "block_id": ID,
            "label": Need(plain(2_000)),
            "element": Need(by_type(IN_INPUT)),
            "hint": plain(2_000),
            "optional": boolean,
            "dispatch_action": boolean,
        },
    ),
    **kind("video", VIDEO),
    **kind("file", {"block_id": ID, "external_id": Need(string(255)), "source": Need(one_of("remote"))}),
}


def _children(value: Any, place: str) -> Iterator[str]:
    # The live validator takes no rich text in a container, whatever the page says.
    inner = {name: check for name, check in (CLASSIC | NEWER).items() if name != "rich_text"}
    yield from items(by_type(inner), most=10)(value, place)


CONTAINER = kind(
    "container",
    {
        "block_id": ID,
        "title": plain(150),
        "rich_text_title": rich,
        "subtitle": plain(150),
        "child_blocks": Need(_children),
        "width": anything,
        "icon": anything,
        "is_collapsible": boolean,
        "default_collapsed": boolean,
    },
    one_at_least=("title", "rich_text_title"),
)
ALERT = kind("alert", {"block_id": ID, "text": Need(text(3_000)), "level": string(20)})
SHAPES: dict[Surface, Check] = {
    Surface.MESSAGE: by_type(CLASSIC | NEWER | CONTAINER),
    Surface.MODAL: by_type(CLASSIC | ALERT),
    Surface.HOME: by_type(CLASSIC),
}


def problems(blocks: list[Any], surface: Surface) -> list[str]:
    """Return one sentence with a JSON pointer for each fault."""
    wrong = list(items(SHAPES[surface], least=0, most=MOST[surface])(blocks, "/blocks"))
    return wrong or [*unique("block_id")(blocks, "/blocks"), *_together(blocks)]


def measure(blocks: list[Any]) -> int:
    """Return the number of characters in all strings of the blocks."""
    return sum(len(one) for one in _strings(blocks))


def _together(blocks: list[Any]) -> Iterator[str]:
    """What holds for all blocks of a message taken together."""
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MARKDOWN_IN_ALL:
        yield problem(f"markdown blocks must have less than {MARKDOWN_IN_ALL + 1} characters in all", "/blocks")
    for name, most in MOST_OF_KIND.items():
        if sum(block["type"] == name for block in blocks) > most:
            yield problem(f"only {most} {name} allowed", "/blocks")
    for index, block in enumerate(blocks):
        limit = TABLE_CHARACTERS.get(block["type"])
        if limit is not None and measure(block["rows"]) > limit:
            yield problem(f"must be less than {limit + 1} characters in all", f"/blocks/{index}/rows")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
