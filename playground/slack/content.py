"""What a message may contain (docs.slack.dev/reference/methods/chat.postMessage)."""

import copy
import json
import re
from typing import Any

from playground.slack.arguments import Arguments
from playground.slack.blocks import Surface, measure, problems
from playground.slack.errors import Refusal
from playground.slack.workspace import Json

TEXT_CUT = 40_000
TEXT_IN_UPDATE = 4_000
MARKDOWN_TEXT = 12_000
ATTACHMENTS = 100
# Slack publishes no number: it was seen at 11,000 to 13,000 characters (github.com/slackapi/bolt-js/issues/2509).
BLOCKS_IN_ALL = 13_000
# Slack publishes no number for metadata either; this is far above what a bot has reason to send.
METADATA = 8_000


def read_content(arguments: Arguments) -> Json:
    """Return the checked `text`, `blocks` and `attachments` of a call, those alone that were given."""
    content: Json = {}
    if "markdown_text" in arguments:
        if arguments.text("text") or "blocks" in arguments:
            raise Refusal("markdown_text_conflict")
        markdown = arguments.text("markdown_text")
        if len(markdown) > MARKDOWN_TEXT:
            raise Refusal("msg_too_long")
        return {"text": markdown, "blocks": [{"type": "markdown", "text": markdown, "block_id": "markdown"}]}
    if "text" in arguments:
        content["text"] = arguments.text("text")
    if (blocks := arguments.structure("blocks", "invalid_blocks_format")) is not None:
        content["blocks"] = checked_blocks(blocks)
    if (attachments := arguments.structure("attachments", "invalid_attachments")) is not None:
        if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
            raise Refusal("invalid_attachments")
        if len(attachments) > ATTACHMENTS:
            raise Refusal("too_many_attachments")
        content["attachments"] = attachments
    return content


def checked_blocks(blocks: Any, surface: Surface = Surface.MESSAGE) -> list[Json]:
    """Return the blocks, each with a block_id, or refuse them with the place of each fault."""
    if not isinstance(blocks, list):
        raise Refusal("invalid_blocks_format")
    if found := problems(blocks, surface):
        raise Refusal("invalid_blocks", found)
    if surface is Surface.MESSAGE and measure(blocks) > BLOCKS_IN_ALL:
        raise Refusal("msg_blocks_too_long")
    return with_ids(blocks)


def with_ids(blocks: list[Json]) -> list[Json]:
    """Return a copy in which each block has a block_id and each element an action_id, as Slack fills them in."""
    named: list[Json] = copy.deepcopy(blocks)
    taken = {block.get("block_id") for block in named}
    for number, block in enumerate(named):
        if not block.get("block_id"):
            block["block_id"] = _unused(f"b{number}", taken)
        elements = interactive(block)
        actions = {element.get("action_id") for element in elements}
        for place, element in enumerate(elements):
            if not element.get("action_id"):
                element["action_id"] = _unused(f"a{number}-{place}", actions)
    return named


def interactive(block: Json) -> list[Json]:
    """Return the elements of a block that a person can use."""
    found = [block.get("accessory"), block.get("element")]
    if block.get("type") in ("actions", "context_actions"):
        found += block["elements"]
    return [element for element in found if isinstance(element, dict) and element.get("type") != "image"]


def _unused(name: str, taken: set[Any]) -> str:
    while name in taken:
        name += "x"
    taken.add(name)
    return name


def needs_something(content: Json) -> None:
    """Refuse a message that shows nothing."""
    if not (content.get("text", "").strip() or content.get("blocks") or content.get("attachments")):
        raise Refusal("no_text")


def cut_text(content: Json) -> list[str]:
    """Cut a text that is too long and return the warnings about it."""
    if len(content.get("text", "")) <= TEXT_CUT:
        return []
    content["text"] = content["text"][:TEXT_CUT]
    return ["message_truncated"]


def read_metadata(arguments: Arguments) -> Json | None:
    """Return the checked metadata: None when none was given, {} when it is to be removed."""
    if "metadata" not in arguments:
        return None
    metadata = arguments.structure("metadata", "invalid_metadata_format")
    if not isinstance(metadata, dict):
        raise Refusal("invalid_metadata_format")
    if not metadata:
        return {}
    kind, payload = metadata.get("event_type"), metadata.get("event_payload")
    if not isinstance(kind, str) or not re.fullmatch(r"[A-Za-z0-9_.:-]{1,255}", kind) or not isinstance(payload, dict):
        raise Refusal("invalid_metadata_format")
    if any(not _is_plain(value) for value in payload.values()):
        raise Refusal("invalid_metadata_schema")
    if len(json.dumps(metadata, ensure_ascii=False)) > METADATA:
        raise Refusal("metadata_too_large")
    return {"event_type": kind, "event_payload": payload}


def _is_plain(value: object) -> bool:
    """The payload is a flat object: strings, numbers, booleans, and lists of them."""
    if isinstance(value, list):
        return all(isinstance(one, (str, int, float, bool)) for one in value)
    return value is None or isinstance(value, (str, int, float, bool))
