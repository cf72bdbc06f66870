from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from bot.ports import Store, StoreError
from bot.store.embedded import EmbeddedStore
from bot.usecases.pulse import PATIENCE_SECONDS, Pulse


class Away:
    """A store that cannot be reached."""

    async def channel_settings(self, channel: str) -> None:
        raise StoreError("The database cannot be reached.")


class Seconds:
    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        return self.passed


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await EmbeddedStore.open(f"sqlite:///{tmp_path}/milepost.db")
    yield store
    await store.close()


async def test_a_store_that_answers_is_no_trouble(store: Store) -> None:
    seconds = Seconds()
    pulse = Pulse(store, seconds=seconds)
    seconds.passed = 1000.0

    await pulse.tick()

    assert pulse.trouble is None


async def test_a_store_that_is_silent_is_trouble_after_a_minute_and_not_before() -> None:
    seconds = Seconds()
    pulse = Pulse(cast("Store", Away()), seconds=seconds)

    seconds.passed = PATIENCE_SECONDS
    with pytest.raises(StoreError):
        await pulse.tick()
    for_a_minute = pulse.trouble
    seconds.passed = PATIENCE_SECONDS + 15.0

    assert for_a_minute is None
    assert pulse.trouble == "the store has not answered for 75 s"


async def test_a_store_that_answers_again_is_no_trouble_any_more(store: Store) -> None:
    seconds = Seconds()
    pulse = Pulse(store, seconds=seconds)
    seconds.passed = PATIENCE_SECONDS + 1.0
    before = pulse.trouble

    await pulse.tick()

    assert before is not None
    assert pulse.trouble is None
