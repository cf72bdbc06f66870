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
    Why.LONG: "it has been running for long",
    Why.UNFORESEEN: "its pace cannot be foreseen",
    Why.PACE_UNKNOWN: "its pace is not known yet",
    Why.HALF_WAY: "that is half-way to the next milestone",
    Why.HEARTBEAT: "a heartbeat is due then",
    Why.STALL: "it may be stalled then",
    Why.OVERDUE: "it may be overdue then",
    Why.LAG: "how late its changes arrive is judged then",
}


def why_then(look: NextLook) -> Mrkdwn:
    """Return why a look comes when it does, as the rest of a sentence that ends in "because"."""
    if look.towards is not None:
        return Mrkdwn(f"that is half-way to {percent(look.towards)}")
    return Mrkdwn(_WORDS[look.why])
