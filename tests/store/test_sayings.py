"""What is said once is said once, whatever the store."""

import asyncio

import pytest

from bot.ports import Store, StoreError
from tests.store.conftest import Place


async def test_a_thing_is_said_once(store: Store) -> None:
    answers = [await store.say_once("denied/drs") for _ in range(3)]

    assert answers == [True, False, False]
    assert await store.say_once("denied/cos")


async def test_a_restart_repeats_nothing(place: Place) -> None:
    store = await place.open()
    await store.say_once("denied/drs")

    store = await place.reopen()

    assert not await store.say_once("denied/drs")


async def test_of_many_at_once_one_says_it(store: Store) -> None:
    answers = await asyncio.gather(*(store.say_once("denied/drs") for _ in range(10)))

    assert answers.count(True) == 1


async def test_what_was_forgotten_is_said_again_once(place: Place) -> None:
    store = await place.open()
    await store.say_once("denied/drs")

    await store.say_again("denied/drs")

    store = await place.reopen()
    assert [await store.say_once("denied/drs") for _ in range(2)] == [True, False]


async def test_what_was_never_said_can_be_forgotten(store: Store) -> None:
    await store.say_again("denied/drs")

    assert await store.say_once("denied/drs")


async def test_what_cannot_be_written_down_was_not_said(store: Store) -> None:
    for _ in range(2):
        with pytest.raises(StoreError):
            await store.say_once("lone \ud800 surrogate")


async def test_what_was_said_can_be_asked_for(place: Place) -> None:
    store = await place.open()
    for key in ("denied/drs", "denied/cos", "denied/usmc"):
        await store.say_once(key)
    await store.say_again("denied/cos")

    store = await place.reopen()

    assert set(await store.said(["denied/drs", "denied/cos", "denied/other"])) == {"denied/drs"}
    assert not await store.said([])
