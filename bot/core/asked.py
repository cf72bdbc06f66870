"""What a person can ask for, as values; and what is said where it cannot be read."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from bot.core.wishes import NO_WISHES, Wishes

WORD_LIMIT = 800
"""Characters of a task's id or address."""
LABEL_LIMIT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribe:
    """Follow a task in this channel."""

    account: str | None
    """None: to be told from the task."""
    task: str
    wishes: Wishes = NO_WISHES


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribe:
    """Stop following a task in this channel."""

    task: str
    """A key, its short form or a label, perhaps behind an account name; empty: that of the thread, else it is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Tell what is known of a task that this channel follows."""

    task: str
    """As in Unsubscribe; empty: that of the thread, else all of them."""
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Change what a subscription of this channel wants to hear."""

    task: str
    """As in Unsubscribe."""
    wishes: Wishes
    """Never empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """Tell, set or forget what holds for new subscriptions of this channel."""

    wishes: Wishes = NO_WISHES
    """Nothing: tell."""
    reset: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteTask:
    """Let only the end be told."""

    task: str
    """As in Unsubscribe."""
    seconds: int | None = None
    """None: until it is unmuted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmuteTask:
    """Let all be told again."""

    task: str
    """As in Unsubscribe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Give a subscription to another owner."""

    task: str
    """As in Unsubscribe."""
    to: str | None = None
    """A Slack user id; None: to whoever asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """Look now."""

    task: str
    """As in Unsubscribe."""


class Scope(StrEnum):
    """Whose subscriptions are listed."""

    CHANNEL = "channel"
    MINE = "mine"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTasks:
    """Tell what is followed."""

    scope: Scope = Scope.CHANNEL
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Tell which tasks of this channel ended, and how."""

    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForm:
    """Open the form for a new subscription."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Tell which accounts there are."""


class Topic(StrEnum):
    """What help is about."""

    COMMANDS = "commands"
    RULES = "rules"
    """What a subscription can say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """Tell what can be typed."""

    topic: Topic = Topic.COMMANDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """What was typed cannot be done: what was wrong, what would be right, and an example to copy."""

    problem: str
    right: str
    example: str
    """Empty: the caller knows a better one."""


Command: TypeAlias = (
    Subscribe
    | Unsubscribe
    | Edit
    | Defaults
    | MuteTask
    | UnmuteTask
    | Transfer
    | Refresh
    | Status
    | ListTasks
    | History
    | OpenForm
    | Accounts
    | Help
)
