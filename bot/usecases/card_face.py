"""What a card shows now: the wording's card, with what the configuration knows of the account."""

import hashlib
from datetime import datetime

from bot.core.message import Message
from bot.core.model import Watch
from bot.core.wording.card import Place, card, not_configured, retired, what_is_shown
from bot.ports import Clouds, Followed


class CardFace:
    """Renders cards."""

    def __init__(self, clouds: Clouds) -> None:
        self._clouds = clouds

    def place(self, watch: Watch) -> Place:
        """Return where a task lives; a watch whose account is no longer configured keeps its name."""
        account = self._clouds.get(watch.account)
        if account is None:
            return not_configured(watch.account)
        return Place(title=account.title, account=watch.account, console_url=account.provider.console_url(watch.key))

    def card(self, followed: Followed, now: datetime) -> Message:
        """Return the card of a subscription."""
        return card(followed.subscription, followed.watch, self.place(followed.watch), now)

    def retired(self, followed: Followed, user: str, now: datetime) -> Message:
        """Return the last look of a card whose subscription was ended by *user*."""
        return retired(followed.subscription, followed.watch, self.place(followed.watch), user, now)


def fingerprint(message: Message) -> str:
    """Return a short mark that changes when what a card visibly shows changes."""
    # In memory the fourteen digits of seven bytes take a fifth less than sixteen would.
    return hashlib.blake2b(repr(list(what_is_shown(message))).encode(), digest_size=7).hexdigest()
