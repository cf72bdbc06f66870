"""Where a machine slept so long that another goes on with a delivery, it says nothing itself."""

from typing import cast

from bot.core.model import Delivery, DeliveryState
from bot.ports import Poster, Store
from bot.store.embedded import EmbeddedStore
from tests.usecases.answers import news_waits
from tests.usecases.world import World


class Sleeper(EmbeddedStore):
    """A store whose machine slept before some delivery was posted."""

    asleep = False

    def still_holds(self, delivery: Delivery) -> bool:
        return not self.asleep


async def sleeping(world: World) -> Sleeper:
    """Put the world together on such a store."""
    await world.stop()
    store = await Sleeper.open(f"sqlite:///{world.path}/milepost.db")
    world.store = store
    world.put_together(cast("Store", store), cast("Poster", world.slack), world.accounts)
    return store


async def test_a_reply_that_another_machine_goes_on_with_is_not_posted(world: World) -> None:
    await news_waits(world)
    store = await sleeping(world)
    world.slack.posts.clear()

    store.asleep = True
    await world.tell_all(times=3)
    (row,) = await store.waiting((await world.followed())[0].subscription.id)

    assert world.slack.posts == []
    # As it was handed out: whoever took it over looks it up.
    assert (row.state, row.doubted) == (DeliveryState.SENDING, False)


async def test_a_card_that_another_machine_goes_on_with_is_said_to_be_on_its_way(world: World) -> None:
    store = await sleeping(world)

    store.asleep = True
    answer = await world.types("subscribe drs job-1")

    assert world.slack.posts == []
    assert answer.startswith("Watching.")
    assert len(await world.followed()) == 1


async def test_what_is_still_held_is_posted(world: World) -> None:
    await sleeping(world)

    await world.types("subscribe drs job-1")

    assert len(world.slack.cards()) == 1
