"""What stands in a window of its own: a form, a question, or the App Home. Blocks as in a message, and a frame."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.blocks import OPTION_LIMIT
from bot.core.message import Block
from bot.core.text import plain

BLOCKS_LIMIT = 100
"""Blocks of a modal or the App Home (docs.slack.dev/reference/views)."""
FRAME_LIMIT = 24
"""Characters of a title or of a button of the frame."""
HINT_LIMIT = 2000
PLACEHOLDER_LIMIT = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Modal:
    """A window over Slack, for one person."""

    title: str
    blocks: tuple[Block, ...]
    submit: str | None = None
    """The button that sends it; None where there is nothing to send."""
    close: str = "Close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One of several to choose from."""

    value: str
    words: str
    """What a person reads; foreign parts are made harmless here."""


def field(name: str, label: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    """A field of a form; *name* is the id of its block and of what stands in it."""
    made: Block = {
        "type": "input",
        "block_id": name,
        "label": words(label, HINT_LIMIT),
        "element": {**element, "action_id": name},
        "optional": optional,
    }
    if hint:
        made["hint"] = words(hint, HINT_LIMIT)
    return made


def line(*, initial: str = "", placeholder: str = "", longest: int, lines: bool = False) -> Block:
    """Where text is typed, at most *longest* characters."""
    made: Block = {"type": "plain_text_input", "multiline": lines, "max_length": longest}
    if initial:
        made["initial_value"] = initial[:longest]
    if placeholder:
        made["placeholder"] = words(placeholder, PLACEHOLDER_LIMIT)
    return made


def choice(options: Sequence[Option], *, initial: str | None = None, placeholder: str = "") -> Block:
    """One of several to choose from; *initial*: the value of the one that is chosen at first."""
    made: Block = {"type": "static_select", "options": [_option(one) for one in options]}
    chosen = next((one for one in options if one.value == initial), None)
    if chosen is not None:
        made["initial_option"] = _option(chosen)
    if placeholder:
        made["placeholder"] = words(placeholder, PLACEHOLDER_LIMIT)
    return made


def person(placeholder: str) -> Block:
    """One of the workspace's people."""
    return {"type": "users_select", "placeholder": words(placeholder, PLACEHOLDER_LIMIT)}


def channel(placeholder: str) -> Block:
    """One of the channels; at first the one where the person is."""
    return {
        "type": "conversations_select",
        "default_to_current_conversation": True,
        "filter": {"include": ["public", "private"]},
        "placeholder": words(placeholder, PLACEHOLDER_LIMIT),
    }


def words(text: str, limit: int) -> Block:
    """Text in which Slack parses nothing."""
    return {"type": "plain_text", "text": plain(text, limit) or "–", "emoji": False}


def _option(option: Option) -> Block:
    return {"text": words(option.words, OPTION_LIMIT), "value": option.value}
