"""Why a subscription is silent or muted, in words."""

from bot.core.model import Mute, Pause, PauseReason
from bot.core.text import Mrkdwn, code, mention, moment

WHY = {
    PauseReason.ARCHIVED: "it was archived",
    PauseReason.DELETED: "it was deleted",
    PauseReason.REMOVED: "I am not in it any more",
    PauseReason.REFUSED: "Slack does not let me post there",
    PauseReason.UNINSTALLED: "Milepost was uninstalled",
    PauseReason.TOKEN: "Slack refuses my token",
}
"""What became of a channel, as the rest of a sentence about it."""


def pause_line(pause: Pause) -> Mrkdwn:
    """Return why a subscription is silent, for lists."""
    since = moment(pause.since.timestamp(), "{date_short_pretty} {time}")
    refused = f" ({code(pause.code, 60)})" if pause.code and pause.reason is PauseReason.REFUSED else ""
    return Mrkdwn(f"⏸️ silent here since {since}: {WHY[pause.reason]}{refused}")


def mute_line(mute: Mute) -> Mrkdwn:
    """Return that a subscription is muted, by whom and until when, for lists."""
    until = f"until {moment(mute.until.timestamp(), '{date_short_pretty} {time}')}" if mute.until else "until unmuted"
    return Mrkdwn(f"🔕 muted {until}, by {mention(mute.by)}")
