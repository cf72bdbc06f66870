"""Turns: in order, and none is lost."""

import asyncio

import pytest

from providers.call import origin_of
from providers.turns import Turns

HERE, THERE = origin_of("https://here"), origin_of("https://there")


@pytest.mark.parametrize("called_first", [True, False])
async def test_who_gives_up_at_the_moment_of_being_called_passes_the_turn_on(*, called_first: bool) -> None:
    turns = Turns(limit=1, limit_per_host=0)
    assert turns.try_begin(HERE)
    first, second = (asyncio.create_task(turns.begin(HERE)) for _ in range(2))
    await asyncio.sleep(0)

    if called_first:
        turns.end(HERE)
        first.cancel()
    else:
        first.cancel()
        turns.end(HERE)
    with pytest.raises(asyncio.CancelledError):
        await first
    await second

    assert not turns.try_begin(HERE)
    turns.end(HERE)
    assert turns.try_begin(HERE)


async def test_who_gives_up_while_waiting_leaves_no_mark() -> None:
    turns = Turns(limit=1, limit_per_host=0)
    assert turns.try_begin(HERE)
    waiting = asyncio.create_task(turns.begin(HERE))
    await asyncio.sleep(0)

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    turns.end(HERE)

    assert turns.try_begin(HERE)


async def test_a_turn_goes_to_the_first_who_may_have_it() -> None:
    turns = Turns(limit=2, limit_per_host=1)
    assert turns.try_begin(HERE)
    assert turns.try_begin(THERE)
    here = asyncio.create_task(turns.begin(HERE))
    there = asyncio.create_task(turns.begin(THERE))
    await asyncio.sleep(0)

    turns.end(THERE)
    await there

    assert not here.done()
    turns.end(HERE)
    await here


async def test_an_end_that_lets_nobody_go_is_an_end() -> None:
    turns = Turns(limit=3, limit_per_host=1)
    assert turns.try_begin(HERE)
    assert turns.try_begin(THERE)
    here = asyncio.create_task(turns.begin(HERE))
    await asyncio.sleep(0)

    turns.end(THERE)

    assert turns.try_begin(THERE)
    assert not here.done()
    turns.end(HERE)
    await here
