"""What is said when a channel closes to Milepost."""

from collections.abc import Sequence

from bot.core.message import Message
from bot.core.model import PauseReason
from bot.core.text import Mrkdwn, channel_link, inert
from bot.core.wording.answers import says
from bot.core.wording.silence import WHY

_REMEDY = {
    PauseReason.ARCHIVED: "I go on when it is unarchived.",
    PauseReason.DELETED: "Subscribe in another channel if you still want to hear of it.",
    PauseReason.REMOVED: "I go on when someone types `/invite @milepost` there.",
    PauseReason.REFUSED: "An admin of that channel can let me post; I go on then.",
    PauseReason.UNINSTALLED: "I go on when it is installed again.",
    PauseReason.TOKEN: "I go on when someone who runs Milepost renews it.",
}
_NAMED = 10


def owner_told(names: Sequence[str], channel: str, reason: PauseReason) -> Message:
    """Tell the owner of subscriptions why they fell silent, and what brings them back. *names* are foreign."""
    named = [f"• {inert(name, 80)}" for name in names[:_NAMED]]
    if len(names) > _NAMED:
        named.append(f"• and {len(names) - _NAMED} more")
    head = f"I cannot post in {channel_link(channel)}: {WHY[reason]}. What you follow there waits, nothing is lost:"
    return says(Mrkdwn("\n".join([head, *named])), Mrkdwn(_REMEDY[reason]))
