"""Private answers in general: first the fact, then what to do. A wrong command gets what, right and an example."""

import itertools
from collections.abc import Sequence

from bot.core import blocks
from bot.core.asked import Wrong
from bot.core.message import Block, Message
from bot.core.text import Mrkdwn, code, cut_markup, inert

TOTAL = 7000
"""Characters of one answer; Slack refuses messages of somewhere above 11,000 over all blocks."""
COMMAND_LIMIT = 1500
"""Characters of a command that is offered whole; one that had to be cut could not be copied."""
_EXAMPLE = 300


def wrong(problem: Wrong, example: str = "") -> Message:
    """Say what was wrong, what would be right, and show one example that can be copied."""
    lines = [inert(problem.problem, 300), Mrkdwn(problem.right)]
    # An example that had to be cut could not be copied.
    shown = problem.example if 0 < len(problem.example) <= _EXAMPLE else example
    if shown:
        lines.append(Mrkdwn(f"Example: {code(shown, _EXAMPLE)}"))
    return says(*lines)


def try_again() -> Message:
    """Say that the store could not write; nothing was changed."""
    return says(
        Mrkdwn("I could not write that down just now, so nothing was changed."),
        Mrkdwn("Try again in a minute. Someone who runs Milepost finds the reason in its log."),
    )


def stopping() -> Message:
    """Say that the bot is being stopped."""
    return says(Mrkdwn("I am being restarted. Try again in a minute; nothing was changed."))


def broken() -> Message:
    """Say that a bug of ours came in between."""
    return says(
        Mrkdwn("Something went wrong on my side; that is a bug, and it is in my log."),
        Mrkdwn("What was asked may not have been done: `/milepost list` tells."),
    )


def over(name: str) -> Message:
    """Say that a task has ended here, so that there is nothing to change."""
    return says(Mrkdwn(f"*{inert(name, 80)}* is no longer followed here, so there is nothing to change."))


def refreshing() -> Message:
    """Say that a look is under way."""
    return says(Mrkdwn("Looking now. The card shows the reading in a moment."))


def expired_button() -> Message:
    """Say that the button belongs to something that is over."""
    return says(Mrkdwn("This card is no longer followed."), Mrkdwn("`/milepost list` tells what this channel follows."))


def _within_a_section(line: Mrkdwn) -> list[Mrkdwn]:
    if len(line) <= blocks.TEXT_LIMIT:
        return [line]
    return [cut_markup(Mrkdwn(part), blocks.TEXT_LIMIT) for part in line.split("\n")]


def says(*lines: Mrkdwn, buttons: Sequence[Block] = ()) -> Message:
    """Join lines to a message: as few sections as Slack's limits allow, and nothing over the total."""
    kept: list[Mrkdwn] = []
    for line in itertools.chain.from_iterable(map(_within_a_section, lines)):
        if sum(len(k) + 1 for k in kept) + len(line) > TOTAL:
            kept.append(Mrkdwn("…"))
            break
        kept.append(line)
    sections: list[str] = []
    for line in kept:
        if sections and len(sections[-1]) + 1 + len(line) <= blocks.TEXT_LIMIT:
            sections[-1] += f"\n{line}"
        else:
            sections.append(line)
    text = cut_markup(Mrkdwn("\n".join(kept)), blocks.FALLBACK_LIMIT)
    shown = [blocks.section(Mrkdwn(part)) for part in sections]
    return Message(text=text, blocks=(*shown, blocks.actions(buttons)) if buttons else tuple(shown))
