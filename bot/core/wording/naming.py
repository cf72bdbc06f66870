"""Which task is meant: what is said where that cannot be told. An offer is a whole command and a task's name."""

from collections.abc import Sequence

from bot.core.message import Message
from bot.core.text import Mrkdwn, code, inert
from bot.core.wording.answers import COMMAND_LIMIT, says

Offer = tuple[str, str]
"""A command that would have been right, and the name of its task, foreign text; empty where it has only its id."""
_OFFERED = 10


def unknown(task: str, offers: Sequence[Offer], *, close: bool, follows: int) -> Message:
    """Say that the channel follows nothing of that name. *close*: whether the offers are names much like it.

    *follows*: how many tasks the channel follows.
    """
    hint = "Did you mean:" if close else "It follows:"
    return says(
        Mrkdwn(f"This channel follows nothing called {code(task, 80)}. {hint}"),
        *_offered(offers),
        *([] if close else _rest(follows)),
    )


def which(offers: Sequence[Offer], *, follows: int) -> Message:
    """Ask for a name, where none was given."""
    return says(Mrkdwn("Which one? This channel follows:"), *_offered(offers), *_rest(follows))


def ambiguous(task: str, offers: Sequence[Offer]) -> Message:
    """Ask which of several tasks is meant."""
    return says(Mrkdwn(f"More than one task here fits {code(task, 80)}. Say which:"), *_offered(offers))


def nothing_followed(example: str) -> Message:
    """Say that the channel follows nothing yet, and how to begin."""
    return says(
        Mrkdwn("This channel follows no task yet."),
        Mrkdwn(f"Begin with the account and the id of a task, such as {code(example, 300)}"),
    )


def no_task_in_thread() -> Message:
    """Say that a command without a name was given in a thread that is no card's."""
    return says(
        Mrkdwn("This is not the thread of a task that is followed here, so I need its name."),
        Mrkdwn("`/milepost list` tells what this channel follows."),
    )


def _offered(offers: Sequence[Offer]) -> list[Mrkdwn]:
    return [
        Mrkdwn(f"{code(command, COMMAND_LIMIT)}  {inert(name, 80)}".rstrip()) for command, name in offers[:_OFFERED]
    ]


def _rest(follows: int) -> list[Mrkdwn]:
    return [Mrkdwn(f"… and {follows - _OFFERED} more: `/milepost list`")] if follows > _OFFERED else []
