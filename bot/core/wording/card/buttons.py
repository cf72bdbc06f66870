"""What can be done from a card: the ids of its actions, and the row that it shows."""

from datetime import datetime

from bot.core import blocks
from bot.core.message import Block
from bot.core.model import Subscription, Watch
from bot.core.wording.card.place import Place

REFRESH = "card.refresh"
MUTE = "card.mute"
"""Until somebody unmutes it."""
UNMUTE = "card.unmute"
MORE = "card.more"
"""The menu; the values of its options are one of the words below, a colon, and the subscription."""
CONSOLE = "card.console"
AGAIN = "card.again"
FOLLOW = "card.follow"
STOP = "card.stop"
"""On cards of earlier versions."""

EDIT = "edit"
MUTE_2H = "mute-2h"
MUTE_DAY = "mute-day"
TAKE = "take"
STOP_FOLLOWING = "stop"
"""The first words of the menu's values."""

_MENU = (
    (EDIT, "Edit what it tells"),
    (MUTE_2H, "Mute for 2 hours"),
    (MUTE_DAY, "Mute for a day"),
    (TAKE, "Take over"),
    (STOP_FOLLOWING, "Stop following"),
)


def button_row(subscription: Subscription, watch: Watch, place: Place, now: datetime) -> list[Block]:
    """Return the buttons that make sense now; perhaps none."""
    row: list[Block] = []
    if watch.closed and watch.seen is not None:
        row.append(blocks.button(AGAIN, "Track again", subscription.id))
    elif not watch.closed:
        row.append(blocks.button(REFRESH, "Refresh", subscription.id))
        if subscription.muted is not None and subscription.muted.holds(now):
            row.append(blocks.button(UNMUTE, "Unmute", subscription.id))
        else:
            row.append(blocks.button(MUTE, "Mute", subscription.id))
    if place.console_url is not None and len(place.console_url) <= blocks.BUTTON_URL_LIMIT:
        row.append(blocks.link_button(CONSOLE, "Open console", place.console_url))
    if not watch.closed:
        row.append(blocks.overflow(MORE, [(label, f"{word}:{subscription.id}") for word, label in _MENU]))
    return row
