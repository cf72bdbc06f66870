"""Disk first, then memory; many callers share a COMMIT; who is cancelled leaves no half behind."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlitedict import SqliteDict

from bot.core.model import DeliveryState
from bot.ports import StoreError
from bot.store.hardened import HardenedDict
from bot.store.worker import Closed
from tests.store.site import Site
from tests.store.world import HOUR, MINUTE, NOON, current, follow, new_watch


class LockedSite(Site):
    """One whose worker a test can make to stand still."""

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the write lock, so that the store's worker stands still at its next BEGIN."""
        foreign = sqlite3.connect(self.path, isolation_level=None)
        try:
            foreign.execute("BEGIN IMMEDIATE")
            yield
            foreign.execute("ROLLBACK")
        finally:
            foreign.close()

    def commits_in_the_log(self) -> int:
        """Count the frames that end a transaction (https://www.sqlite.org/fileformat.html, section 4.1)."""
        log = self.path.with_name(self.path.name + "-wal").read_bytes()
        frames = [log[at : at + 24] for at in range(32, len(log), 24 + 4096)]
        return sum(frame[8:16] == log[16:24] and frame[4:8] != b"\0\0\0\0" for frame in frames)

    def row(self, key: str) -> object:
        """Read a row as another program does, this moment."""
        foreign = sqlite3.connect(self.path)
        try:
            found = foreign.execute("SELECT value FROM milepost WHERE key = ?", (key,)).fetchone()
        finally:
            foreign.close()
        return None if found is None else json.loads(found[0])


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[LockedSite]:
    site = LockedSite(tmp_path / "milepost.db")
    await site.open()
    yield site
    await site.store.close()


async def begun(*coroutines: object) -> list["asyncio.Task[object]"]:
    """Start these, up to where each waits for the disk."""
    tasks = [asyncio.ensure_future(each) for each in coroutines]  # type: ignore[call-overload]  # any verb's coroutine
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


async def test_what_is_acknowledged_can_be_read_by_another_connection(site: LockedSite) -> None:
    opened = await follow(site.store)

    await site.store.commit(replace(opened.watch, name="orders"))

    row = site.row("watch/drs:job-1#1")
    assert isinstance(row, dict)
    assert row["record"]["name"] == "orders"


async def test_nothing_is_seen_before_it_is_durable(site: LockedSite) -> None:
    opened = await follow(site.store)

    with site.locked():
        (commit,) = await begun(site.store.commit(replace(opened.watch, name="orders")))
        before = await current(site.store, opened.watch)
    await commit

    assert before == opened.watch
    assert (await current(site.store, opened.watch)).name == "orders"


async def test_callers_at_once_share_a_commit(site: LockedSite) -> None:
    opened = [await follow(site.store, f"job-{n}", f"sub-{n}", channel=f"C{n}") for n in range(50)]
    before = site.commits_in_the_log()

    with site.locked():
        tasks = await begun(*(site.store.commit(replace(each.watch, name="x")) for each in opened))
    done = await asyncio.gather(*tasks)

    assert done == [True] * 50
    assert 1 <= site.commits_in_the_log() - before <= 3


async def test_what_does_not_change_costs_no_write(site: LockedSite) -> None:
    opened = await follow(site.store)
    await site.store.postpone(opened.watch.id, NOON + HOUR)
    before = site.commits_in_the_log()

    for _ in range(10):
        await site.store.postpone(opened.watch.id, NOON + HOUR)

    assert site.commits_in_the_log() == before


async def test_verbs_about_one_task_wait_for_each_other(site: LockedSite) -> None:
    opened = await follow(site.store)

    with site.locked():
        tasks = await begun(
            site.store.commit(replace(opened.watch, name="first")),
            site.store.commit(replace(opened.watch, name="second")),
            follow(site.store, "job-1", "sub-2", channel="C2"),
        )
    first, second, joined = await asyncio.gather(*tasks)

    assert (first, second) == (True, False)
    watch = await current(site.store, opened.watch)
    assert (watch.name, watch.version) == ("first", 2)
    assert joined is not None


async def test_a_taker_waits_for_a_delivery_that_is_being_written_about(site: LockedSite) -> None:
    opened = await follow(site.store)

    with site.locked():
        commit, take = await begun(
            site.store.commit(replace(opened.watch, name="x")), site.store.take_deliveries(NOON, 10)
        )
    await commit
    taken = await take

    assert isinstance(taken, list)
    assert len(taken) == 1


async def test_a_delivery_is_not_resurrected_by_a_taker_after_its_subscription_left(site: LockedSite) -> None:
    opened = await follow(site.store)

    with site.locked():
        remove, take = await begun(
            site.store.remove_subscription(opened.subscription.id), site.store.take_deliveries(NOON, 10)
        )
    await remove

    assert await take == []
    assert site.row("delivery/drs:job-1#1/1/sub-1/card") is None


@pytest.mark.parametrize("in_front", [0, 1], ids=["begun", "waiting"])
async def test_after_a_cancelled_write_memory_and_disk_agree(site: LockedSite, in_front: int) -> None:
    opened = await follow(site.store)
    other = await follow(site.store, "job-2", "sub-2", channel="C2")

    with site.locked():
        ahead = await begun(*(site.store.commit(replace(each.watch, name="ahead")) for each in [other][:in_front]))
        (commit,) = await begun(site.store.commit(replace(opened.watch, name="cancelled")))
        commit.cancel()
        with pytest.raises(asyncio.CancelledError):
            await commit
    await asyncio.gather(*ahead)
    # The turn of the task is given back only when its fate is known.
    await site.store.postpone(opened.watch.id, NOON + MINUTE)
    in_memory = await current(site.store, opened.watch)
    store = await site.reopen()

    assert await current(store, opened.watch) == in_memory


async def test_a_cancelled_taker_leaves_its_deliveries_to_the_next(site: LockedSite) -> None:
    await follow(site.store)

    with site.locked():
        (take,) = await begun(site.store.take_deliveries(NOON, 10))
        take.cancel()
        with pytest.raises(asyncio.CancelledError):
            await take
    store = await site.reopen()

    (row,) = await store.take_deliveries(NOON, 10)
    assert (row.state, row.attempts) == (DeliveryState.SENDING, 1)


async def test_a_caller_who_is_cancelled_while_waiting_for_a_turn_lets_the_next_one_pass(site: LockedSite) -> None:
    opened = await follow(site.store)

    with site.locked():
        first, second, third = await begun(
            site.store.commit(replace(opened.watch, name="first")),
            site.store.postpone(opened.watch.id, NOON + HOUR),
            site.store.postpone(opened.watch.id, NOON + MINUTE),
        )
        second.cancel()
        await asyncio.wait([second])
    await asyncio.gather(first, third)

    assert (await current(site.store, opened.watch)).due_at == NOON + MINUTE


async def test_closing_finishes_what_was_begun(site: LockedSite) -> None:
    opened = await follow(site.store)

    with site.locked():
        commit, closing = await begun(site.store.commit(replace(opened.watch, name="last")), site.store.close())
    await closing
    store = await site.open()

    assert await commit is True
    assert (await current(store, opened.watch)).name == "last"


async def test_a_closed_store_refuses_and_closes_again(site: LockedSite) -> None:
    opened = await follow(site.store)
    await site.store.close()

    with pytest.raises(StoreError, match="closed"):
        await site.store.commit(opened.watch)

    await site.store.close()
    assert await current(site.store, opened.watch) == opened.watch


async def test_a_taken_id_is_not_overwritten(site: LockedSite) -> None:
    opened = await follow(site.store, "job-1", "sub-1")

    with pytest.raises(StoreError):
        await follow(site.store, "job-2", "sub-1", channel="C2")

    assert await site.store.watch(new_watch("job-2").id) is None
    found = await site.store.subscription(opened.subscription.id)
    assert found is not None
    assert found.watch.key == "job-1"


# The dictionary underneath


@pytest.fixture
def data(tmp_path: Path) -> Iterator[HardenedDict]:
    data = HardenedDict(str(tmp_path / "dict.db"), "things")
    yield data
    data.close()


def test_it_syncs_and_keeps_a_log(data: HardenedDict) -> None:
    assert data.conn.select_one("PRAGMA synchronous") == (2,)
    assert data.conn.select_one("PRAGMA journal_mode") == ("wal",)


def test_it_is_a_dictionary_that_a_plain_one_can_read(data: HardenedDict) -> None:
    data["a"] = {"x": 1}
    data.update({"b": [2], "c": None}, d="vier")
    del data["c"]

    with pytest.raises(KeyError):
        del data["c"]

    assert (len(data), "a" in data, "c" in data, bool(data)) == (3, True, False, True)
    with SqliteDict(
        data.filename, tablename="things", journal_mode="WAL", encode=json.dumps, decode=json.loads
    ) as plain:
        assert dict(plain.items()) == dict(data.items()) == {"a": {"x": 1}, "b": [2], "d": "vier"}


@pytest.mark.parametrize("number", [1, 2, 4, 9, 49, 99, 100, 101, 188, 350])
def test_any_number_of_rows_is_written_and_deleted(data: HardenedDict, number: int) -> None:
    kept = {f"kept {place}": place for place in range(3)}
    data.update(kept)

    data.update({f"row {place}": "old" for place in range(number)})
    data.update({f"row {place}": {"place": place} for place in range(number + 1)})
    written = dict(data.items())
    data.write(dict.fromkeys((f"row {place}" for place in range(1, number + 1)), None)).result(30)

    assert written == kept | {f"row {place}": {"place": place} for place in range(number + 1)}
    assert dict(data.items()) == kept | {"row 0": {"place": 0}}


def test_a_hundred_rows_take_one_statement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Beside a busy loop each statement more would wait for its turn.
    asked: list[str] = []
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def watched(*args: Any, **more: Any) -> sqlite3.Connection:
        connection = connect(*args, **more)
        connection.set_trace_callback(asked.append)
        return connection

    monkeypatch.setattr(sqlite3, "connect", watched)
    data = HardenedDict(str(tmp_path / "dict.db"), "things")
    asked.clear()

    data.update({f"row {place}": place for place in range(100)})
    data.write(dict.fromkeys((f"row {place}" for place in range(100)), None)).result(30)
    data.close()

    verbs = [sql.split()[0] for sql in asked]
    assert verbs == ["BEGIN", "INSERT", "COMMIT", "BEGIN", "DELETE", "COMMIT"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, 1j, b"bytes"], ids=repr)
def test_what_is_not_json_is_refused_to_the_caller(data: HardenedDict, value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        data.update({"good": 1, "bad": value})

    assert list(data) == []


def test_a_withdrawn_write_is_not_written(data: HardenedDict) -> None:
    foreign = sqlite3.connect(data.filename, isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    data.write({"first": "1"})
    data.conn.write({"second": {"unbindable"}})
    withdrawn = data.write({"third": "3"}).cancel()
    foreign.close()

    assert sorted(data) == (["first"] if withdrawn else ["first", "third"])


def test_a_closed_dictionary_refuses(tmp_path: Path) -> None:
    data = HardenedDict(str(tmp_path / "dict.db"), "things")
    worker = data.conn
    worker.close(force=True)
    with suppress(Closed):
        worker.close()

    with pytest.raises(Closed):
        worker.write({"a": "1"})
    data.close()
    with pytest.raises(Closed):
        data.write({"a": "1"})
