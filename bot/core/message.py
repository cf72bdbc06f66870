"""A message as Slack takes it: blocks, and the text that stands for them where blocks are not shown."""

from dataclasses import dataclass
from typing import TypeAlias

from bot.core.text import Mrkdwn

Block: TypeAlias = dict[str, object]
"""One Block Kit block, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is posted: complete as text (notifications, screen readers) and, mostly, as blocks."""

    text: Mrkdwn
    blocks: tuple[Block, ...] = ()
