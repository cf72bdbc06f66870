"""What a channel set for its new subscriptions, whatever the store."""

import pytest

from bot.core.model import ChannelSettings
from bot.core.rules import Rules
from bot.ports import Store, StoreError
from tests.store.conftest import Place, before_and_after
from tests.store.world import MINUTE, NOON, entry, follow, logged

FEW = ChannelSettings(id="C1", rules=Rules(milestones=(50,)))
ENDS = ChannelSettings(id="C1", rules=Rules(milestones=(), only_end=True))


async def test_a_channel_has_the_settings_that_were_set_last(place: Place) -> None:
    store = await place.open()
    assert await store.channel_settings("C1") is None

    await store.set_channel("C1", FEW)
    await store.set_channel("C1", ENDS)
    await store.set_channel("C2", FEW)

    async for each in before_and_after(place, store):
        assert await each.channel_settings("C1") == ENDS
        assert await each.channel_settings("C2") == ChannelSettings(id="C2", rules=FEW.rules)
        assert await each.channel_settings("C3") is None


async def test_settings_can_be_forgotten(place: Place) -> None:
    store = await place.open()
    await store.set_channel("C1", FEW)

    await store.set_channel("C1", None)

    async for each in before_and_after(place, store):
        assert await each.channel_settings("C1") is None


async def test_settings_are_logged_with_their_change(place: Place) -> None:
    store = await place.open()

    await store.set_channel("C1", FEW, audit=entry("1"))
    await store.set_channel("C1", None, audit=entry("2"))
    await store.set_channel("C1", None, audit=entry("3"))

    store = await place.reopen()
    assert await logged(store) == ["1", "2", "3"]


async def test_settings_whose_log_entry_cannot_be_written_are_not_set(store: Store) -> None:
    with pytest.raises(StoreError):
        await store.set_channel("C1", FEW, audit=entry("\ud800"))

    assert await store.channel_settings("C1") is None


@pytest.mark.parametrize("follows", [True, False])
async def test_settings_move_with_their_channel(place: Place, *, follows: bool) -> None:
    store = await place.open()
    await store.set_channel("C1", FEW)
    if follows:
        await follow(store, channel="C1")

    count = await store.move_channel("C1", "C9")

    assert count == int(follows)
    async for each in before_and_after(place, store):
        assert await each.channel_settings("C1") is None
        assert await each.channel_settings("C9") == ChannelSettings(id="C9", rules=FEW.rules)


async def test_a_channel_keeps_its_own_settings_when_another_becomes_one_with_it(place: Place) -> None:
    store = await place.open()
    await store.set_channel("C1", FEW)
    await store.set_channel("C9", ENDS)
    await follow(store, channel="C9", at=NOON + MINUTE)

    await store.move_channel("C1", "C9")
    await store.move_channel("C9", "C9")

    async for each in before_and_after(place, store):
        assert await each.channel_settings("C1") is None
        assert await each.channel_settings("C9") == ChannelSettings(id="C9", rules=ENDS.rules)
