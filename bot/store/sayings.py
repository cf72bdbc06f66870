"""What is said once, and not again after a restart."""

from collections.abc import Collection

from bot.store.codec import Said
from bot.store.records import Change
from bot.store.turns import turn_of_saying
from bot.store.writing import Writer


class Sayings:
    """The verbs about it."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._said = writer.memory.records.said

    async def say_once(self, key: str) -> bool:
        """Return whether this is the first time since ``say_again``; durable, so that a restart repeats nothing."""
        async with self._writer.turn([turn_of_saying(key)]) as turn:
            if key in self._said:
                return False
            await turn.write(Change(said={key: Said(id=key)}))
            return True

    async def say_again(self, key: str) -> None:
        """Forget that *key* was said."""
        async with self._writer.turn([turn_of_saying(key)]) as turn:
            if key in self._said:
                await turn.write(Change(said={key: None}))

    async def said(self, keys: Collection[str]) -> Collection[str]:
        """Return those of *keys* that were said."""
        return {key for key in keys if key in self._said}
