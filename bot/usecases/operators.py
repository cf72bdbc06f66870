"""What those who run Milepost must hear: once, in the channel that they named, and always in the log."""

import structlog

from bot.core.message import Message
from bot.core.model import DeliveryId
from bot.ports import Poster, RetryLater, Sent, Store, StoreError

_log = structlog.get_logger(__name__)


class Operators:
    """Tells the operators' channel, if there is one. What cannot be posted stays in the log."""

    def __init__(self, *, store: Store, poster: Poster, channel: str | None) -> None:
        self._store = store
        self._poster = poster
        self._channel = channel

    async def tell(self, key: str, message: Message) -> None:
        """Say *message*, unless it was said under this key before and has not ended since."""
        try:
            if not await self._store.say_once(key):
                return
        except StoreError as error:
            _log.error("the operators could not be told", about=key, error=str(error))
            return
        _log.warning("for the operators", about=key, said=message.text)
        if not await self._post(key, message):
            # Slack surely did not take it: whoever tells it again is heard.
            await self._forget(key)

    async def ended(self, key: str, message: Message) -> None:
        """Say that what was told under *key* is over; nothing where it was never told."""
        try:
            if await self._store.say_once(key):
                await self._store.say_again(key)
                return
            await self._store.say_again(key)
        except StoreError as error:
            _log.error("the operators could not be told", about=key, error=str(error))
            return
        _log.info("for the operators", about=key, said=message.text)
        await self._post(key, message)

    async def _forget(self, key: str) -> None:
        try:
            await self._store.say_again(key)
        except StoreError as error:
            _log.error("that the operators were not told could not be written down", about=key, error=str(error))

    async def _post(self, key: str, message: Message) -> bool:
        """Post; return whether Slack may have taken it, or never will."""
        if self._channel is None:
            return True
        delivery = DeliveryId(f"operators/{key}")
        result = await self._poster.post(channel=self._channel, message=message, delivery_id=delivery)
        if not isinstance(result, Sent):
            _log.error("the operators' channel could not be told", about=key, result=repr(result))
        return not isinstance(result, RetryLater)
