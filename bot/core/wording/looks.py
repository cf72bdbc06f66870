"""Why the next look is when it is, in words."""

from bot.core.cadence import NextLook, Why
from bot.core.text import Mrkdwn
from bot.core.wording.words import percent

_WORDS = {
    Why.UNHEARD: "nobody can be told just now",
    Why.ASKED: "the cloud asked to wait",
    Why.RETRY: "it failed and its cloud may retry it",
    Why.SECOND_LOOK: "what was just read needs a second look",
    Why.UNREAD: "there is no reading yet",
    Why.PAUSED: "it is paused",
    Why.SYNCING: "it is in sync",
    Why.REFUSED_ONCE: "access was refused once",
    Why.REFUSED: "access is refused until someone acts",
    Why.UNREADABLE: "it could not be read",
    Why.QUEUED: "it waits in a queue",
    Why.PACE_UNKNOWN: "its pace is not known yet",
    Why.STEPS: "it goes in steps",
    Why.UNFORESEEN: "its pace cannot be foreseen",
    Why.NOT_PROVEN: "its pace is not proven yet",
    Why.PROMISED: "its cloud told when it ends",
    Why.CALM: "nothing is expected soon",
    Why.NEAR: "a milestone may be near",
    Why.OVERBOOKED: "its account has more tasks than its quota allows to ask",
    Why.HEARTBEAT: "a heartbeat is due then",
    Why.STALL: "it may be stalled then",
    Why.OVERDUE: "it may be overdue then",
    Why.LAG: "how late its changes arrive is judged then",
}


def why_then(look: NextLook) -> Mrkdwn:
    """Return why a look comes when it does, as the rest of a sentence that ends in "because"."""
    if look.towards is not None:
        return Mrkdwn(f"{percent(look.towards)} may be near")
    return Mrkdwn(_WORDS[look.why])
