"""What is said to whoever changed something: in one line what holds now."""

from bot.core.message import Message
from bot.core.model import Mute
from bot.core.text import Mrkdwn, code, inert, mention
from bot.core.wording.answers import COMMAND_LIMIT, says
from bot.core.wording.silence import mute_line

_USUAL = "the usual: replies at 25, 50, 75 and 100 %, and the end in the channel as well"


def stopped(name: str) -> Message:
    """Say that the channel no longer follows a task."""
    return says(Mrkdwn(f"Stopped following *{inert(name, 80)}* in this channel. The task itself goes on."))


def silenced(name: str) -> Message:
    """Say that a task had ended, and that nothing more is said about it."""
    return says(
        Mrkdwn(f"Stopped following *{inert(name, 80)}* in this channel. The task has ended; its card shows how.")
    )


def edited(name: str, clauses: str) -> Message:
    """Say what holds now. *clauses*: what differs from the usual, as it is typed."""
    return says(Mrkdwn(f"Changed. For *{inert(name, 80)}* holds now: {_holds(clauses)}"))


def unchanged(name: str, clauses: str) -> Message:
    """Say that what was asked for holds already."""
    return says(Mrkdwn(f"Nothing to change. For *{inert(name, 80)}* holds already: {_holds(clauses)}"))


def muted(name: str, mute: Mute, unmute: str) -> Message:
    """Say what is still told of a muted task. *unmute*: the command that ends it."""
    return says(
        Mrkdwn(f"*{inert(name, 80)}*: {mute_line(mute)}"),
        Mrkdwn(f"Only its end is told until then; the card goes on. Anyone here can end that: {code(unmute, 300)}"),
    )


def unmuted(name: str) -> Message:
    """Say that all is told again."""
    return says(Mrkdwn(f"*{inert(name, 80)}* is heard again. What was not told meanwhile stays untold."))


def not_muted(name: str) -> Message:
    """Say that there is no mute to end."""
    return says(Mrkdwn(f"*{inert(name, 80)}* is not muted."))


def transferred(name: str, owner: str) -> Message:
    """Say whose it is now."""
    return says(Mrkdwn(f"*{inert(name, 80)}* belongs to {mention(owner)} now."))


def taken(name: str) -> Message:
    """Say that it is theirs now."""
    return says(Mrkdwn(f"*{inert(name, 80)}* is yours now."))


def owned_already(name: str, owner: str) -> Message:
    """Say that it is theirs anyway."""
    return says(Mrkdwn(f"*{inert(name, 80)}* belongs to {mention(owner)} already."))


def given(name: str, giver: str) -> Message:
    """Tell the new owner."""
    return says(
        Mrkdwn(f"{mention(giver)} made you the owner of *{inert(name, 80)}* here: its rules are yours to change."),
    )


def defaults(clauses: str) -> Message:
    """Tell what holds for new subscriptions of the channel; empty: nothing was set."""
    if not clauses:
        return says(
            Mrkdwn(f"New subscriptions here get {_USUAL}."),
            Mrkdwn("To set something else: `/milepost defaults at 50,90 broadcast failures`"),
        )
    return says(
        Mrkdwn(f"New subscriptions here get: {_holds(clauses)}"),
        Mrkdwn("Back to the usual: `/milepost defaults reset`"),
    )


def defaults_set(clauses: str) -> Message:
    """Say what holds now for new subscriptions."""
    return says(
        Mrkdwn(f"Set. New subscriptions here get: {_holds(clauses)}"),
        Mrkdwn("What is followed already stays as it is; `/milepost edit` changes it."),
    )


def label_is_no_default() -> Message:
    """Say that a label belongs to one task."""
    return says(
        Mrkdwn("A label names one task, so it cannot hold for all."),
        Mrkdwn('Give it with the task: `/milepost subscribe &lt;account&gt; &lt;task&gt; as "label"`'),
    )


def defaults_reset(clauses: str) -> Message:
    """Say that nothing special holds here any more. *clauses*: what holds everywhere, where it is not the usual."""
    return says(Mrkdwn(f"Reset. New subscriptions here get {_holds(clauses)}" if clauses else _RESET))


_RESET = f"Reset. New subscriptions here get {_USUAL}."


def _holds(clauses: str) -> Mrkdwn:
    return code(clauses, COMMAND_LIMIT) if clauses else Mrkdwn(f"{_USUAL}.")
