"""What is said once, and not again after a restart."""

from bot.store.change import Change
from bot.store.codec import Said
from bot.store.desk import Desk
from bot.store.turns import turn_of_saying


class Sayings:
    """The verbs about it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def say_once(self, key: str) -> bool:
        """Return whether this is the first time since ``say_again``; durable, so that a restart repeats nothing."""
        async with self._desk.turn([turn_of_saying(key)]) as turn:
            if key in turn.records.said:
                return False
            await turn.write(Change(said={key: Said(id=key)}))
            return True

    async def say_again(self, key: str) -> None:
        """Forget that *key* was said."""
        async with self._desk.turn([turn_of_saying(key)]) as turn:
            if key in turn.records.said:
                await turn.write(Change(said={key: None}))
