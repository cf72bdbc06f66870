"""What is said to whoever begins to follow a task, where the card alone is not the answer."""

from bot.core.message import Message
from bot.core.text import Mrkdwn, code, link
from bot.core.wording.answers import COMMAND_LIMIT, says
from bot.core.wording.words import SIGNS, STATE_WORDS
from providers.base import TaskState


def already(address: str | None, *, posted: bool, edit: str = "") -> Message:
    """Say that the channel follows the task already, and where its card is.

    *edit*: the command that brings the wishes which this time were others; empty where they were not.
    """
    if address:
        where = f": {link(address, 'to its card')}"
    else:
        where = ". Its card is further up." if posted else ". Its card is on its way."
    lines = [Mrkdwn(f"This channel follows it already{where}")]
    if edit:
        lines.append(Mrkdwn("What it wants to hear stays as it is. To change that:"))
        lines.append(Mrkdwn(code(edit, COMMAND_LIMIT)))
    return says(*lines)


def card_on_its_way() -> Message:
    """Say that Slack did not take the card at once."""
    return says(Mrkdwn("Watching. Slack is slow to take my card just now; it comes as soon as it does."))


def ended_before(state: TaskState) -> Message:
    """Say that there is nothing to watch any more."""
    return says(
        Mrkdwn(
            f"This task has ended already: {SIGNS[state]} {STATE_WORDS[state]}. The card shows it; nothing will follow."
        )
    )


_NOT_IN_CHANNEL = (
    "I am not in this channel, so I cannot post the card.",
    "Type `/invite @milepost`, then your command again.",
)
_CANNOT_POST = {
    "not_in_channel": _NOT_IN_CHANNEL,
    "channel_not_found": _NOT_IN_CHANNEL,
    "is_archived": ("This channel is archived, so nothing can be posted here.", "Use another channel."),
    "messages_tab_disabled": (
        "I cannot post into this conversation.",
        "Use a channel, and `/invite @milepost` there.",
    ),
    "restricted_action_read_only_channel": (
        "This channel is read-only for me.",
        "Ask an admin of it to let Milepost post, or use another channel.",
    ),
    "restricted_action_thread_only_channel": (
        "Only replies may be posted in this channel, and a card is no reply.",
        "Use another channel.",
    ),
}


def cannot_post(slack_code: str) -> Message:
    """Say why the card cannot be posted, and the remedy; nothing was subscribed."""
    said = _CANNOT_POST.get(
        slack_code,
        (
            f"Slack does not let me post here ({code(slack_code, 60)}).",
            "Ask an admin of this channel or workspace to let Milepost post, or use another channel.",
        ),
    )
    return says(Mrkdwn(said[0]), Mrkdwn(said[1]), Mrkdwn("Nothing was subscribed."))
