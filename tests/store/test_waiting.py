"""What the disk's thread answers wakes the loop once for many, and whoever waits too long is told so."""

import asyncio
from concurrent.futures import Future

import pytest

from bot.ports import StoreError
from bot.store.waiting import Answers, Deadlines


class CountingLoop(asyncio.SelectorEventLoop):
    """Knows how often another thread woke it."""

    woken = 0

    def call_soon_threadsafe(self, *arguments: object, **more: object) -> asyncio.Handle:
        self.woken += 1
        return super().call_soon_threadsafe(*arguments, **more)  # type: ignore[arg-type]  # handed on as they came


def test_answers_that_come_together_wake_the_loop_once() -> None:
    loop, answers, settled = CountingLoop(), Answers(), []

    async def go() -> None:
        for number in range(5):
            answers.bring(loop, lambda number=number: settled.append(number))  # type: ignore[misc]  # bound early
        await asyncio.sleep(0.01)
        answers.bring(loop, lambda: settled.append(5))
        await asyncio.sleep(0.01)

    loop.woken = 0
    loop.run_until_complete(go())
    woken = loop.woken
    loop.close()

    assert settled == [0, 1, 2, 3, 4, 5]
    assert woken == 2


def test_an_answer_for_a_closed_loop_reaches_nobody() -> None:
    loop = asyncio.new_event_loop()
    loop.close()

    Answers().bring(loop, lambda: None)


async def test_who_waits_too_long_is_told_and_the_write_is_withdrawn() -> None:
    deadlines = Deadlines(0.02)
    loop = asyncio.get_running_loop()
    early, late = loop.create_future(), loop.create_future()
    first: Future[None] = Future()
    second: Future[None] = Future()

    deadlines.add(early, first)
    await asyncio.sleep(0.01)
    deadlines.add(late, second)
    deadlines.drop(early)
    early.set_result(None)
    with pytest.raises(StoreError, match="does not answer"):
        await asyncio.wait_for(late, 5)

    assert second.cancelled()
    assert not first.cancelled()


async def test_each_has_the_same_time_however_many_wait() -> None:
    deadlines = Deadlines(0.03)
    loop = asyncio.get_running_loop()
    futures = []
    for _ in range(3):
        futures.append(loop.create_future())
        deadlines.add(futures[-1], Future())
        await asyncio.sleep(0.01)

    outcomes = await asyncio.wait_for(asyncio.gather(*futures, return_exceptions=True), 5)

    assert [type(outcome) for outcome in outcomes] == [StoreError] * 3
