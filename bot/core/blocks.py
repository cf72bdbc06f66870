"""The few kinds of Block Kit blocks that Milepost uses, each within Slack's limits."""

from collections.abc import Sequence

from bot.core.message import Block
from bot.core.text import Mrkdwn, cut, cut_markup, plain

TEXT_LIMIT = 3000
"""Characters of a text object (docs.slack.dev/reference/block-kit/composition-objects/text-object)."""
FALLBACK_LIMIT = 4000
"""Characters of the text that stands for the blocks (docs.slack.dev/reference/methods/chat.postMessage)."""
BUTTON_TEXT_LIMIT = 75
BUTTON_URL_LIMIT = 3000
BUTTON_VALUE_LIMIT = 2000
ACTIONS_LIMIT = 25
OVERFLOW_LIMIT = 5
OPTION_LIMIT = 75
OPTION_VALUE_LIMIT = 150


def section(text: Mrkdwn) -> Block:
    """Our own words, with markup."""
    return {"type": "section", "text": _mrkdwn(text)}


def context(*texts: Mrkdwn) -> Block:
    """Our own words, small and grey."""
    return {"type": "context", "elements": [_mrkdwn(text) for text in texts[:10]]}


def quote(text: str, limit: int = 1000) -> Block:
    """Foreign words, small and grey, in which Slack parses nothing."""
    return {"type": "context", "elements": [{"type": "plain_text", "text": plain(text, limit) or "–", "emoji": False}]}


def title(sign: str, name: str, aside: str) -> Block:
    """A line with a foreign name in bold and our own words behind it; rich text parses nothing."""
    elements: list[Block] = [
        {"type": "text", "text": f"{sign} "},
        {"type": "text", "text": plain(name, 150) or "–", "style": {"bold": True}},
        {"type": "text", "text": f"  ·  {plain(aside, 150)}"},
    ]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def button(action_id: str, label: str, value: str, *, style: str | None = None) -> Block:
    """A button that tells the bot something."""
    made: Block = {
        "type": "button",
        "action_id": action_id,
        "text": _plain(label, BUTTON_TEXT_LIMIT),
        "value": value,
    }
    if style is not None:
        made["style"] = style
    return made


def overflow(action_id: str, options: Sequence[tuple[str, str]]) -> Block:
    """A menu behind an ellipsis; each option is a label and the value that the bot gets."""
    shown = [{"text": _plain(label, OPTION_LIMIT), "value": value} for label, value in options[:OVERFLOW_LIMIT]]
    return {"type": "overflow", "action_id": action_id, "options": shown}


def link_button(action_id: str, label: str, url: str) -> Block:
    """A button that opens a page; Slack tells the bot of the click all the same."""
    return {"type": "button", "action_id": action_id, "text": _plain(label, BUTTON_TEXT_LIMIT), "url": url}


def actions(elements: Sequence[Block]) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(elements[:ACTIONS_LIMIT])}


def _mrkdwn(text: Mrkdwn) -> Block:
    # verbatim: without it Slack links bare names such as #general on its own.
    return {"type": "mrkdwn", "text": cut_markup(text, TEXT_LIMIT) or "–", "verbatim": True}


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": cut(text, limit), "emoji": False}
