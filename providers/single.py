"""What clouds that take one task per request share."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from providers.base import ProviderError, Reading, TaskKey, TaskSnapshot
from providers.veil import Veil


async def one_by_one(
    keys: Sequence[TaskKey], read: Callable[[TaskKey], Awaitable[TaskSnapshot]], veil: Veil
) -> Mapping[TaskKey, Reading]:
    """Read each key in turn; an error becomes its value, and no reading shows a secret."""
    readings: dict[TaskKey, Reading] = {}
    for key in dict.fromkeys(keys):
        try:
            reading: Reading = await read(key)
        except ProviderError as trouble:
            reading = trouble
        readings[key] = veil.over(reading)
    return readings
