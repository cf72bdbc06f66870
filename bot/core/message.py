"""A message as Slack takes it: blocks, and the text that stands for them where blocks are not shown."""

from dataclasses import dataclass
from typing import TypeAlias

Block: TypeAlias = dict[str, object]
"""One Block Kit block, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is posted: complete as text (notifications, screen readers) and, mostly, as blocks."""

    text: str
    """mrkdwn; every foreign part of it has gone through ``bot.core.text``."""
    blocks: tuple[Block, ...] = ()
