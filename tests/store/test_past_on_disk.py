"""Sent and refused deliveries of a data file stay on the disk, and what cannot be read among them stops nothing."""

import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.core.model import delivery_id
from bot.ports import Opened, StoreError
from bot.store.tools import check
from tests.store.site import Site
from tests.store.world import MINUTE, NOON, current, end, follow, follow_with_card, lasts, news_for, tell


class FileInHand(Site):
    """One into which a test looks, and writes, by hand."""

    @contextmanager
    def by_hand(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            yield connection

    def rows(self, kind: str = "") -> list[str]:
        with self.by_hand() as connection:
            keys = [key for (key,) in connection.execute("SELECT key FROM milepost ORDER BY key")]
        return [key for key in keys if key.startswith(kind)]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[FileInHand]:
    site = FileInHand(tmp_path / "milepost.db")
    yield site
    await site.store.close()


async def told(site: FileInHand) -> Opened:
    """Leave a closed file with a thread of a card and one reply."""
    store = await site.open()
    opened = await follow_with_card(store)
    for row in await tell(store, opened, "1"):
        await store.mark_sent(row.id, "101.1", NOON)
    await store.close()
    return opened


async def test_a_start_does_not_read_them(site: FileInHand) -> None:
    opened = await told(site)
    with site.by_hand() as connection:
        # Nothing could read it; its state is all that is looked at.
        connection.execute("""UPDATE milepost SET value = '{"v":3,"record":{"state":"sent"}}' WHERE key LIKE '%/1'""")

    store = await site.open()

    assert store.damaged is None
    assert [each.subscription.id for each in await store.speaking()] == [opened.subscription.id]
    assert any("drs:job-1#1/1/sub-1/1" in finding for finding in check(site.path))


async def test_one_that_cannot_be_read_is_not_said_again_and_stops_no_other(site: FileInHand) -> None:
    opened = await told(site)
    with site.by_hand() as connection:
        connection.execute("""UPDATE milepost SET value = '{"v":3,"record":{"state":"sent"}}' WHERE key LIKE '%/1'""")
    store = await site.open()

    waiting = await tell(store, opened, "1", "2")

    assert lasts(waiting) == ["2"]
    last = await store.last_sent(opened.subscription.id)
    assert last is not None
    assert lasts([last]) == ["card"]
    await store.remove_subscription(opened.subscription.id)
    assert site.rows() == []


async def test_those_of_another_hand_are_read_as_ever(site: FileInHand) -> None:
    opened = await told(site)
    with site.by_hand() as connection:
        # With spaces, and by the first version.
        for key, value in connection.execute("SELECT key, value FROM milepost").fetchall():
            text = json.dumps({**json.loads(value), "v": 1}, indent=1)
            connection.execute("UPDATE milepost SET value = ? WHERE key = ?", (text, key))

    store = await site.open()

    assert await store.waiting(opened.subscription.id) == []
    last = await store.last_sent(opened.subscription.id)
    assert last is not None
    assert last.ts == "101.1"
    (row,) = await tell(store, opened, "1", "2")
    assert row.seq == 3


async def test_news_that_speaks_of_a_state_waits_as_other_news_does(site: FileInHand) -> None:
    store = await site.open()
    opened = await follow_with_card(store)
    watch = await current(store, opened.watch)
    row = news_for(opened.subscription, watch, '"state":"sent"')
    assert await store.commit(watch, [row])
    await store.close()

    store = await site.open()

    assert [each.id for each in await store.waiting(opened.subscription.id)] == [row.id]


async def test_deleting_takes_what_hangs_on_it_off_the_disk(site: FileInHand) -> None:
    store = await site.open()
    one = await follow_with_card(store, "job-1", "sub-1")
    await follow_with_card(store, "job-1", "sub-2", channel="C2", ts="100.2")
    old = await follow_with_card(store, "job-2", "sub-3", ts="100.3")
    await end(store, old)
    for row in await store.waiting(old.subscription.id):
        await store.mark_sent(row.id, "103.1", NOON)
    await store.close()
    store = await site.open()

    await store.remove_subscription(one.subscription.id)
    await store.prune(NOON + MINUTE)

    assert site.rows() == ["delivery/drs:job-1#1/1/sub-2/card", "subscription/sub-2", "watch/drs:job-1#1"]


async def test_the_watch_whose_id_begins_alike_keeps_its_own(site: FileInHand) -> None:
    store = await site.open()
    short = await follow_with_card(store, "job", "sub-1")
    await follow_with_card(store, "job#1/1/sub-1/x", "sub-2", ts="100.2")

    await store.remove_subscription(short.subscription.id)

    assert site.rows("delivery/") == ["delivery/drs:job#1/1/sub-1/x#1/1/sub-2/card"]


async def test_a_disk_that_cannot_be_asked_changes_nothing(site: FileInHand) -> None:
    store = await site.open()
    opened = await follow(store)
    name = delivery_id(opened.watch, opened.subscription.id, "card")
    watch = await current(store, opened.watch)
    with site.by_hand() as connection:
        connection.execute("ALTER TABLE milepost RENAME TO elsewhere")

        with pytest.raises(StoreError, match="cannot be read"):
            await store.commit(watch, [news_for(opened.subscription, watch, "1")])
        with pytest.raises(StoreError, match="cannot be read"):
            await store.remove_subscription(opened.subscription.id)
        with pytest.raises(StoreError, match="cannot be read"):
            await store.move_channel("C1", "C9")
        with pytest.raises(StoreError, match="cannot be read"):
            await store.last_sent(opened.subscription.id)

        connection.execute("ALTER TABLE elsewhere RENAME TO milepost")
    assert [row.id for row in await store.waiting(opened.subscription.id)] == [name]
    assert await current(store, opened.watch) == watch
    assert lasts(await tell(store, opened, "1")) == ["card", "1"]


async def test_a_look_without_news_reads_nothing(site: FileInHand) -> None:
    store = await site.open()
    opened = await follow_with_card(store)
    watch = await current(store, opened.watch)
    await store.close()

    # A closed store answers no question; the refusal is that of the write.
    with pytest.raises(StoreError, match="closed"):
        await store.commit(watch)
