"""What is wrong in a field of a form: one line of plain text, which Slack shows beside it."""

import re

from bot.core.asked import LABEL_LIMIT, Wrong
from bot.core.message import Message
from bot.core.text import cut, plain
from bot.core.wording.flaws import flaw_words
from providers.base import InvalidKey

ERROR_LIMIT = 300
_TWICE = {
    "milestones": "Milestones are said in another field already.",
    "heartbeat": "A heartbeat (“every 2h”) is said in another field already.",
    "per_phase": "“per phase” is said in another field already.",
    "only_end": "“on end” or “on all” is said in another field already.",
    "stall": "“stall” is said in another field already.",
    "overdue": "“overdue” is said in another field already.",
    "lag": "“lag” is said in another field already.",
    "mentions": "Who is mentioned is said in another field already.",
    "broadcast": "What the channel sees is said in another field already.",
    "quiet": "Quiet hours are said in another field already.",
    "label": "The name for it is said in another field already.",
}


def wrong(problem: Wrong) -> str:
    """Say what is wrong with what was typed."""
    return _error(re.sub("`([^`]*)`", r"“\1”", f"{problem.problem} {problem.right}"))


def bad_key(refused: InvalidKey) -> str:
    """Say why a text is no key of an account."""
    return _error(f"{flaw_words(refused)} Example: {refused.example}")


def no_task() -> str:
    """Ask for the task."""
    return "Which task? Its id, or its address in the cloud's console."


def no_account() -> str:
    """Ask for the account."""
    return "The task does not tell which account it belongs to. Choose one."


def no_channel() -> str:
    """Ask for the channel."""
    return "Choose a channel."


def archived() -> str:
    """Say that the channel was closed in the meantime."""
    return "This channel is archived, so nothing can be posted there. Choose another one."


def archived_here() -> str:
    """Say that the channel of the form was closed in the meantime."""
    return "The channel is archived by now, so nothing can be posted there. Open this form in another one."


def twice(part: str) -> str:
    """Say that two fields speak of the same. *part*: its name in ``bot.core.wishes.Wishes``."""
    return _TWICE[part]


def long_label(characters: int) -> str:
    """Say that a label is too long."""
    return f"A label has at most {LABEL_LIMIT} characters; this one has {characters}."


def no_person() -> str:
    """Ask for the new owner."""
    return "Choose a person."


def refused(message: Message) -> str:
    """Return an answer as plain text."""
    return _error(_without_markup(message.text))


def _error(text: str) -> str:
    # Slack shows nothing beside a field where the text is empty, and takes the form for good.
    return cut(plain(text, 2 * ERROR_LIMIT), ERROR_LIMIT) or "That cannot be read."


def _without_markup(text: str) -> str:
    for sign in ("*", "`"):
        text = text.replace(sign, "")
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, sign)
    return text
