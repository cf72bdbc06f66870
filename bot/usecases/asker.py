"""Who asks for something, and where."""

from dataclasses import dataclass

HOME = ""
"""The place of somebody who asks in App Home, which is no channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """A person at a place. Both ids come from Slack, never from what a button or a text carries."""

    user: str
    channel: str
    """A channel, or ``HOME``."""
    thread_ts: str | None = None
    """The thread they write in; None: in none."""
    elsewhere: bool = False
    """Whether they chose the channel in a form. Slack shows every public channel there, so they may not be in it."""
