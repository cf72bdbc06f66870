"""The audit log of a data file stays on the disk until somebody asks, and delays nothing."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from sqlitedict import SqliteDict

from bot.ports import StoreError
from bot.store.embedded import EmbeddedStore
from tests.store.world import HOUR, MINUTE, NOON, entry, follow, logged

MANY = 3_000
"""More than one page of those that are looked at together."""


def put(path: Path, rows: Iterator[tuple[str, str]]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO milepost (key, value) VALUES (?, ?)", rows)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """Return where a data file is, with one subscription."""
    path = tmp_path / "milepost.db"
    store = await EmbeddedStore.open(f"sqlite:///{path}")
    await follow(store)
    await store.close()
    return path


async def test_a_start_does_not_read_it(path: Path) -> None:
    put(path, ((f"audit/{number}", "{}") for number in range(3)))

    store = await EmbeddedStore.open(f"sqlite:///{path}")

    assert store.damaged is None
    assert len(await store.speaking()) == 1
    await store.close()


async def test_an_entry_that_cannot_be_read_is_told_and_stops_nothing_else(path: Path) -> None:
    put(path, iter([("audit/2", "{}"), ("audit/3", "no JSON")]))
    store = await EmbeddedStore.open(f"sqlite:///{path}")
    for name in ("1", "4"):
        await store.note(entry(name))

    with pytest.raises(StoreError, match="cannot be read"):
        await store.audit(10)

    assert await store.audit(1) == [entry("1")]
    assert await store.audit(10, after="3") == [entry("4")]
    assert await store.prune(NOON + HOUR) == 0
    assert await store.audit(10, after="3") == []
    await store.close()


async def test_a_long_one_is_pruned_as_far_as_it_is_old(path: Path) -> None:
    whole = msgspec.json.encode(entry("X", at=NOON)).decode()
    put(
        path,
        ((f"audit/{n:05}", f'{{"v":3,"record":{whole.replace("X", f"{n:05}")}}}') for n in range(MANY)),
    )
    store = await EmbeddedStore.open(f"sqlite:///{path}")
    await store.note(entry("99999", at=NOON + HOUR))

    await store.prune(NOON + MINUTE)

    assert await logged(store) == ["99999"]
    await store.close()


async def test_a_plain_sqlitedict_reads_it(path: Path) -> None:
    store = await EmbeddedStore.open(f"sqlite:///{path}")
    await store.note(entry("1"))
    await store.close()

    with SqliteDict(str(path), tablename="milepost", encode=json.dumps, decode=json.loads) as plain:
        row = plain["audit/1"]

    assert row["record"]["deed"] == "edited"


async def test_a_closed_store_has_none(path: Path) -> None:
    store = await EmbeddedStore.open(f"sqlite:///{path}")
    await store.close()

    with pytest.raises(StoreError):
        await store.audit(10)


async def test_a_key_that_cannot_be_asked_for_is_refused(path: Path) -> None:
    store = await EmbeddedStore.open(f"sqlite:///{path}")

    with pytest.raises(StoreError):
        await store.audit(10, after="\ud800")

    assert await store.audit(10) == []
    await store.close()
