"""Deadlines of many calls, by the rules of ``asyncio.timeout``."""

import asyncio

import pytest

from providers.deadlines import Deadlines


async def waits(deadlines: Deadlines, until: asyncio.Event) -> str:
    async with deadlines.one():
        await until.wait()
    return "in time"


async def test_each_block_has_its_time_and_no_more() -> None:
    deadlines, never, soon = Deadlines(0.05), asyncio.Event(), asyncio.Event()
    quick = asyncio.create_task(waits(deadlines, soon))
    late = [asyncio.create_task(waits(deadlines, never)) for _ in range(3)]
    await asyncio.sleep(0)

    soon.set()

    assert await quick == "in time"
    for task in late:
        with pytest.raises(TimeoutError):
            await task
        assert not task.cancelled()


async def test_who_begins_later_is_late_later() -> None:
    deadlines, never = Deadlines(0.05), asyncio.Event()
    order: list[int] = []

    async def one(number: int) -> None:
        with pytest.raises(TimeoutError):
            await waits(deadlines, never)
        order.append(number)

    first = asyncio.create_task(one(1))
    # Halfway through the time of the first.
    with pytest.raises(TimeoutError):
        await waits(Deadlines(0.025), never)
    second = asyncio.create_task(one(2))
    await asyncio.gather(first, second)

    assert order == [1, 2]


async def test_who_begins_after_all_others_have_ended_is_watched_too() -> None:
    deadlines, never = Deadlines(0.01), asyncio.Event()

    for _ in range(2):
        with pytest.raises(TimeoutError):
            await waits(deadlines, never)


async def test_a_task_that_somebody_else_cancels_is_cancelled() -> None:
    deadlines, never = Deadlines(30), asyncio.Event()
    task = asyncio.create_task(waits(deadlines, never))
    await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    deadlines.close()


async def test_a_task_that_is_late_and_cancelled_in_the_same_moment_is_cancelled() -> None:
    deadlines, never = Deadlines(30), asyncio.Event()
    block = deadlines.one()

    async def within() -> None:
        async with block:
            await never.wait()

    task = asyncio.create_task(within())
    await asyncio.sleep(0)

    block.give_up()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    deadlines.close()


async def test_a_block_in_a_block_that_is_late_with_it_tells_it() -> None:
    deadlines, never = Deadlines(0.01), asyncio.Event()

    async def within() -> None:
        async with deadlines.one():
            await waits(deadlines, never)

    with pytest.raises(TimeoutError):
        await within()


async def test_a_block_that_is_late_and_ends_by_an_error_of_its_own_keeps_it() -> None:
    with pytest.raises(KeyError):
        async with Deadlines(0.01).one():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise KeyError from None


async def test_what_runs_when_all_is_closed_still_has_its_time_and_no_more() -> None:
    deadlines, never, soon = Deadlines(0.05), asyncio.Event(), asyncio.Event()
    late = asyncio.create_task(waits(deadlines, never))
    quick = asyncio.create_task(waits(deadlines, soon))
    await asyncio.sleep(0)

    deadlines.close()
    soon.set()

    assert await quick == "in time"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(late, 30)


async def test_what_is_never_used_is_closed_too() -> None:
    Deadlines(30).close()


async def test_only_a_task_can_be_late() -> None:
    told = asyncio.get_running_loop().create_future()

    def outside() -> None:
        try:
            Deadlines(1).one().__aenter__().send(None)
        except RuntimeError as problem:
            told.set_result(problem)

    asyncio.get_running_loop().call_soon(outside)

    assert str(await told) == "only a task can be late"
