"""No two deliveries of a subscription have one place in its order, whatever happens to it, whatever the store."""

from random import Random

import pytest

from bot.core.fold import foldable, in_one_message
from bot.core.model import Delivery, DeliveryState, SubscriptionId
from bot.core.news import CardOpened, Reached
from bot.ports import Opened, Store
from tests.store.conftest import Place
from tests.store.world import HOUR, NOON, catch_up, current, end, follow, follow_with_card, news_for, pause, tell

STEPS = ["tell", "tell", "take", "take", "sent", "sent", "unknown", "pending", "refused", "pause", "resume", "resume"]
STEPS += ["unknown", "card", "card", "fold", "end", "restart"]


class Life:
    """One subscription to which anything may happen."""

    def __init__(self, place: Place, store: Store, opened: Opened) -> None:
        self._place, self.store, self._opened = place, store, opened
        self._id: SubscriptionId = opened.subscription.id
        self._count = 0
        self.past: list[int] = []
        """The places of what was sent or refused."""

    async def waiting(self) -> list[Delivery]:
        return [*await self.store.waiting(self._id)]

    async def goes_through(self, step: str, dice: Random) -> None:
        self._count += 1
        now, what = NOON + self._count * HOUR, f"{step}-{self._count}"
        watch = await current(self.store, self._opened.watch)
        waiting = await self.waiting()
        tried = [row for row in waiting if row.state in (DeliveryState.SENDING, DeliveryState.UNKNOWN)]
        match step:
            case "tell" if not watch.closed:
                await tell(self.store, self._opened, what, news=Reached(milestone=25, percent=25.0, after_seconds=60.0))
            case "end" if not watch.closed and dice.random() < 0.1:
                await end(self.store, self._opened)
            case "take":
                await self.store.take_deliveries(now, 1)
            case "sent" | "refused" if tried:
                row = dice.choice(tried)
                self.past.append(row.seq)
                if step == "sent":
                    await self.store.mark_sent(row.id, f"{self._count}.1", now)
                else:
                    await self.store.mark_refused(row.id, "msg_too_long")
            case "unknown" if tried:
                await self.store.mark_unknown(dice.choice(tried).id, now)
            case "pending" if tried:
                await self.store.mark_pending(dice.choice(tried).id, now)
            case "pause":
                await pause(self.store, self._id)
            case "resume":
                await catch_up(self.store, self._opened, what)
            case "card":
                await self.store.replace_card(
                    self._id, news_for(self._opened.subscription, watch, what, CardOpened(), created_at=now)
                )
            case "fold" if together := foldable(waiting, now):
                told = in_one_message(together, now)
                await self.store.fold(together[0].id, told, [row.id for row in together[1:]])
            case "restart":
                self.store = await self._place.reopen()
            case _:
                pass


async def test_catching_up_does_not_take_the_place_of_a_card_that_was_sent(place: Place) -> None:
    store = await place.open()
    opened = await follow_with_card(store)
    (unknown,) = await tell(store, opened, "unknown")
    await store.take_deliveries(NOON, 1)
    await store.mark_unknown(unknown.id, NOON)
    watch = await current(store, opened.watch)
    assert await store.replace_card(opened.subscription.id, news_for(opened.subscription, watch, "c", CardOpened()))
    card = (await store.waiting(opened.subscription.id))[0]
    await store.take_deliveries(NOON, 1)
    await store.mark_sent(card.id, "100.2", NOON)
    await pause(store, "sub-1")

    await catch_up(store, opened)

    before, resumed = await store.waiting(opened.subscription.id)
    assert before.id == unknown.id
    assert before.seq < card.seq < resumed.seq


@pytest.mark.parametrize("seed", range(10))
async def test_whatever_happens_no_place_is_given_twice(place: Place, seed: int) -> None:
    dice = Random(seed)
    store = await place.open()
    life = Life(place, store, await follow(store))

    for _ in range(80):
        await life.goes_through(dice.choice(STEPS), dice)

        places = [*life.past, *(row.seq for row in await life.waiting())]
        assert len(places) == len(set(places))
