"""A start reads a data file many rows at a time, and finds the same as whoever reads it row by row."""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.core.model import DeliveryId, DeliveryState, Watch
from bot.core.news import CardOpened
from bot.ports import StoreUnusable
from bot.store import codec
from bot.store.embedded import EmbeddedStore
from tests.store.world import MINUTE, NOON, new_subscription, new_watch, news_for

MANY = 7_000
"""More than are read together."""


def text(record: codec.Kept) -> str:
    return codec.encode(record)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """Return where an empty data file is."""
    path = tmp_path / "milepost.db"
    await (await EmbeddedStore.open(f"sqlite:///{path}")).close()
    return path


def put(path: Path, rows: Iterable[tuple[str, str | bytes]], *, first: int = 1) -> None:
    """Write rows by hand, the number of the first of them being *first*."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO milepost (rowid, key, value) VALUES (?, ?, ?)",
            [(number, *row) for number, row in enumerate(rows, start=first)],
        )


def followed(name: str) -> list[tuple[str, str | bytes]]:
    """Return the rows of a task, a follower and its card that waits."""
    watch = new_watch(name)
    subscription = new_subscription(watch, f"sub-{name}")
    records = (watch, subscription, news_for(subscription, watch, "card", CardOpened()))
    return [(codec.key_of(each), text(each)) for each in records]


async def names(path: Path) -> list[str]:
    """Return the subscriptions that a start finds."""
    store = await EmbeddedStore.open(f"sqlite:///{path}")
    try:
        assert store.damaged is None
        return sorted(each.subscription.id for each in await store.all_followed())
    finally:
        await store.close()


async def test_very_many_are_all_there(path: Path) -> None:
    put(path, [row for number in range(MANY) for row in followed(f"{number}")])

    store = await EmbeddedStore.open(f"sqlite:///{path}")

    assert len(await store.all_followed()) == MANY
    assert await store.open_watches(["drs"]) == {"drs": MANY}
    due = await store.claim_due(NOON, MANY + 1)
    assert [each.id for each in due] == sorted(new_watch(f"{number}").id for number in range(MANY))
    last = followed(f"{MANY - 1}")[-1][0].removeprefix("delivery/")
    assert [row.id for row in await store.waiting(new_subscription(due[0], f"sub-{MANY - 1}").id)] == [last]
    await store.close()


async def test_one_of_another_hand_among_many_is_read_too(path: Path) -> None:
    rows = [row for number in range(MANY) for row in followed(f"{number}")]
    for place, version in ((300, 1), (6_001, 2), (9_004, 3)):
        key, value = rows[place]
        rows[place] = (key, json.dumps({**json.loads(value), "v": version}, indent=1).encode())
    put(path, rows)

    assert len(await names(path)) == MANY


@pytest.mark.parametrize("first", [-(2**63), -5, 2**62, 2**63 - 4])
async def test_rows_are_found_whatever_their_numbers(path: Path, first: int) -> None:
    put(path, followed("far"), first=first)
    put(path, followed("near"), first=7)

    assert await names(path) == ["sub-far", "sub-near"]


async def test_long_records_are_read_in_smaller_parts(path: Path) -> None:
    long = replace(new_watch("0"), history="x" * 4_000_000)
    watches = [replace(new_watch(f"{number}"), history=long.history) for number in range(12)]
    put(path, [(codec.key_of(each), text(each)) for each in watches])

    store = await EmbeddedStore.open(f"sqlite:///{path}")

    assert [await store.watch(each.id) for each in watches] == watches
    await store.close()


async def test_an_id_with_a_line_break_is_that_id(path: Path) -> None:
    watches = [new_watch("one\nwatch/drs:two"), new_watch("three")]
    put(path, [(codec.key_of(each), text(each)) for each in watches])

    store = await EmbeddedStore.open(f"sqlite:///{path}")

    assert [await store.watch(each.id) for each in watches] == watches
    await store.close()


def two_in_one(one: Watch, two: Watch) -> list[tuple[str, str | bytes]]:
    """Return a row with the records of two, and one with none, which together look like both."""
    return [(codec.key_of(one), f"{text(one)}\n{text(two)}"), (codec.key_of(two), '{"v":3,')]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("watch/drs:x#1", '{"v":3,"record":{"id":"drs:x#1"}}'), "is no watch"),
        (("subscription/x", '{"v":3,"record":{"id":7}}'), "is no subscription"),
        (("watch/drs:x#1", text(new_watch("y"))), "holds the record of another key"),
        (("whatever/x", '{"v":3,"record":{}}'), "is no record of ours"),
        (("zebra/x", '{"v":3,"record":{}}'), "is no record of ours"),
        (("watch/drs:x#1", '{"v":99,"record":{}}'), "newer Milepost"),
    ],
)
async def test_a_row_that_cannot_be_read_is_named_wherever_it_stands(
    path: Path, row: tuple[str, str], why: str
) -> None:
    put(path, [*[row for number in range(MANY) for row in followed(f"{number}")], row])

    with pytest.raises(StoreUnusable, match=why):
        await EmbeddedStore.open(f"sqlite:///{path}")


async def test_two_records_in_one_row_are_damage(path: Path) -> None:
    put(path, two_in_one(new_watch("a"), new_watch("b")))

    store = await EmbeddedStore.open(f"sqlite:///{path}")

    assert store.damaged is not None
    await store.close()


async def test_two_records_in_one_row_and_nothing_in_another_are_damage(path: Path) -> None:
    (first, value), (second, _) = two_in_one(new_watch("a"), new_watch("b"))
    put(path, [(first, value)])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO milepost (key) VALUES (?)", (second,))

    store = await EmbeddedStore.open(f"sqlite:///{path}")

    assert store.damaged is not None
    await store.close()


async def test_two_records_in_one_row_under_both_of_their_keys_are_damage(path: Path) -> None:
    (first, value), (second, _) = two_in_one(new_watch("a"), new_watch("b"))
    put(path, [(f"{first}\n{second}", value)])

    store = await EmbeddedStore.open(f"sqlite:///{path}")

    assert store.damaged is not None
    await store.close()


async def test_what_stands_between_much_that_is_not_read_is_found(path: Path) -> None:
    watch = new_watch("0")
    sent = replace(news_for(new_subscription(watch, "sub-0"), watch, "card", CardOpened()), state=DeliveryState.SENT)
    past = [replace(sent, id=DeliveryId(f"{sent.id}{number}")) for number in range(MANY)]
    put(path, followed("near"))
    put(path, [(codec.key_of(each), text(each)) for each in past], first=10)
    put(path, followed("far"), first=10 + MANY)

    assert await names(path) == ["sub-far", "sub-near"]


async def test_what_stands_before_what_it_hangs_on_is_found(path: Path) -> None:
    rows = [row for number in range(MANY) for row in followed(f"{number}")]
    put(path, reversed(rows))

    store = await EmbeddedStore.open(f"sqlite:///{path}")

    assert len(await store.all_followed()) == MANY
    assert len(await store.take_deliveries(NOON + MINUTE, MANY)) == 1
    await store.close()


async def test_ended_and_paused_ones_stand_in_their_places(path: Path) -> None:
    watch = new_watch("over")
    ended = replace(new_subscription(watch, "ended"), ended_at=NOON)
    put(path, [(codec.key_of(watch), text(watch)), (codec.key_of(ended), text(ended))])

    store = await EmbeddedStore.open(f"sqlite:///{path}")

    assert [each.subscription.id for each in await store.ended_in("C1", 5)] == ["ended"]
    assert await store.all_followed() == []
    await store.close()
