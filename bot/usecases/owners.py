"""What the owner of a subscription is told by direct message: once, and later where Slack is out of reach."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import structlog

from bot.core.message import Message
from bot.core.model import DeliveryId, PauseReason, Subscription
from bot.core.wording import operators as operators_wording
from bot.core.wording import pauses as wording
from bot.core.wording.card import task_name
from bot.ports import Followed, Poster, RetryLater, Store, StoreError

_log = structlog.get_logger(__name__)


class Owners:
    """Tells owners. At most once: a message that may be lost is better here than one that comes at each try."""

    def __init__(self, *, store: Store, poster: Poster) -> None:
        self._store = store
        self._poster = poster
        self._untold: dict[str, tuple[str, Message]] = {}
        """What Slack surely did not take: by its key, for whom and what."""

    async def tell_of_pause(self, paused: Sequence[Followed], channel: str, reason: PauseReason) -> None:
        """Tell each owner of *paused* why they fell silent."""
        by_owner: dict[str, list[Followed]] = defaultdict(list)
        for followed in paused:
            by_owner[followed.subscription.owner].append(followed)
        for owner, theirs in by_owner.items():
            names = [task_name(f.subscription, f.watch) for f in theirs]
            await self._tell(_key(theirs[0].subscription), owner, wording.owner_told(names, channel, reason))

    async def tell_of_loss(self, owners: Mapping[str, int], file_name: str) -> None:
        """Tell *owners* (with how many subscriptions each) that a damaged data file forgot them."""
        for owner, count in owners.items():
            await self._tell(f"damaged/{file_name}/{owner}", owner, operators_wording.owner_lost(count))

    async def pause_is_over(self, subscription: Subscription) -> None:
        """The next pause is news again. *subscription* as it was while it was paused."""
        await self._store.say_again(_key(subscription))

    async def speaks(self, subscription: Subscription) -> None:
        """A channel that refused posts takes them."""
        await self._store.say_again(_refused_key(subscription))

    async def tell_again(self) -> None:
        """Say what Slack did not take."""
        for key, (owner, message) in list(self._untold.items()):
            await self._post(key, owner, message)

    async def _tell(self, key: str, owner: str, message: Message) -> None:
        try:
            first = await self._store.say_once(key)
        except StoreError as error:
            _log.error("an owner could not be told", owner=owner, error=str(error))
            return
        if first:
            await self._post(key, owner, message)

    async def _post(self, key: str, owner: str, message: Message) -> None:
        result = await self._poster.post(channel=owner, message=message, delivery_id=DeliveryId(key))
        if isinstance(result, RetryLater):
            self._untold[key] = (owner, message)
        else:
            self._untold.pop(key, None)
        _log.info("an owner was told", owner=owner, about=key, result=type(result).__name__)


def _key(subscription: Subscription) -> str:
    """Return the key of a pause. A channel that refuses posts for ever would otherwise be news at each new try."""
    pause = subscription.paused
    if pause is None or pause.reason is PauseReason.REFUSED:
        return _refused_key(subscription)
    return f"paused/{subscription.channel}/{subscription.owner}/{int(pause.since.timestamp())}"


def _refused_key(subscription: Subscription) -> str:
    return f"paused/{subscription.channel}/{subscription.owner}/refused"
