"""Names are looked up once for all who want to know."""

import asyncio
import socket

import pytest

from providers.names import Names


async def test_an_address_is_its_own_answer() -> None:
    (found,) = await Names().find("127.0.0.1", 80)

    assert (found[0], found[4]) == (socket.AF_INET, ("127.0.0.1", 80))


async def test_a_name_is_looked_up_once_at_a_time_and_kept_for_a_while() -> None:
    names = Names()

    first, second = await asyncio.gather(names.find("localhost", 80), names.find("localhost", 80))
    third = await names.find("localhost", 80)

    assert first is second is third
    assert await names.find("localhost", 81) is not first


async def test_a_name_is_not_kept_for_longer() -> None:
    names = Names(kept=-1.0)

    assert await names.find("localhost", 80) is not await names.find("localhost", 80)


async def test_who_gives_up_takes_the_answer_from_nobody() -> None:
    names = Names()
    hasty = asyncio.create_task(names.find("localhost", 80))
    patient = asyncio.create_task(names.find("localhost", 80))
    await asyncio.sleep(0)

    hasty.cancel()

    assert await patient
    assert hasty.cancelled()


async def test_an_unknown_name_is_asked_for_again() -> None:
    names = Names()

    for _ in range(2):
        with pytest.raises(socket.gaierror):
            await names.find("nobody.invalid", 80)


async def test_what_can_be_no_name_is_not_looked_up() -> None:
    with pytest.raises(UnicodeError):
        await Names().find("a" * 70 + ".invalid", 80)
