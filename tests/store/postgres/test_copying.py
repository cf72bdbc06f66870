"""All of it is carried over, either way, or nothing."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.core.model import ChannelSettings, DeliveryState
from bot.ports import Revision, Store, StoreUnusable
from bot.store import choosing, codec
from bot.store.change import in_doubt
from bot.store.copying import Copied, copy
from bot.store.embedded import EmbeddedStore
from bot.store.hardened import HardenedDict
from bot.store.postgres import schema
from bot.store.postgres.store import PostgresStore
from tests.postgres import Server
from tests.store.world import (
    HOUR,
    MINUTE,
    NOON,
    current,
    end,
    entry,
    follow,
    follow_with_card,
    logged,
    pause,
    tell,
)


async def fill(store: Store) -> None:
    for n in range(12):
        opened = await follow_with_card(store, f"job-{n}", f"sub-{n}", channel=f"C{n % 3}", at=NOON + n * MINUTE)
        if n % 3 == 0:
            await tell(store, opened, "25", "50")
        if n % 4 == 0:
            await end(store, opened)
        if n % 5 == 0:
            await pause(store, f"sub-{n}")
    new = await follow(store, "é 🙂", "sub-new", channel="C8")
    await store.revise(new.subscription.id, Revision(label="é \x00 🙂", at=NOON))
    await store.note(entry("0001-é"))
    await store.say_once("x")
    await store.set_channel("C1", ChannelSettings(id="C1"))
    await store.take_deliveries(NOON, 2)


async def seen(store: Store) -> list[object]:
    """Return what both engines must tell alike."""
    return [
        await store.all_followed(),
        [await store.waiting(each.subscription.id) for each in await store.all_followed()],
        await store.ended_in("C0", 10),
        await store.paused(),
        await store.speaking(),
        [each.subscription.id for each in await store.stale_cards(100)],
        await store.open_watches(["drs"]),
        await store.next_due(),
        await store.channel_settings("C1"),
        await logged(store),
        [row for n in range(6) for row in await store.take_deliveries(NOON + n * HOUR, 20)],
        sorted(watch.id for watch in await store.claim_due(NOON, 100)),
        await store.say_once("x"),
    ]


async def carried(source: str, target: str) -> Sequence[Copied]:
    return await copy(choosing.side(source), choosing.side(target))


async def test_there_and_back_nothing_is_lost(tmp_path: Path, database: str) -> None:
    begin, back = f"sqlite:///{tmp_path}/begin.db", f"sqlite:///{tmp_path}/back.db"
    embedded = await EmbeddedStore.open(begin)
    await fill(embedded)
    await embedded.close()

    there = await carried(begin, database)
    home = await carried(database, back)

    assert all(each.same for each in (*there, *home))
    assert [each.target for each in there] == [each.source for each in home]
    assert [each.kind for each in there] == list(codec.KINDS)
    assert all(each.source.count > 0 for each in there)
    told: list[list[object]] = []
    for store in (
        await EmbeddedStore.open(begin),
        await PostgresStore.open(database),
        await EmbeddedStore.open(back),
    ):
        # What was being sent when it was copied is in doubt; that is found out by the first look.
        await store.take_deliveries(NOON, 0)
        told.append(await seen(store))
        await store.close()
    assert told[0] == told[1] == told[2]


async def test_what_was_being_sent_is_looked_up_first_of_all(tmp_path: Path, database: str) -> None:
    begin = f"sqlite:///{tmp_path}/begin.db"
    embedded = await EmbeddedStore.open(begin)
    await follow(embedded)
    (taken,) = await embedded.take_deliveries(NOON, 1)
    await carried(begin, database)
    await embedded.close()

    store = await PostgresStore.open(database)

    assert taken.state is DeliveryState.SENDING
    assert await store.take_deliveries(NOON, 1) == [in_doubt(taken)]
    await store.close()


async def test_where_anything_is_nothing_is_copied_to(tmp_path: Path, database: str) -> None:
    file = f"sqlite:///{tmp_path}/a.db"
    embedded, store = await EmbeddedStore.open(file), await PostgresStore.open(database)
    await embedded.note(entry("of the file"))
    await store.note(entry("of the database"))
    await embedded.close()
    await store.close()

    for source, target in ((file, database), (database, file)):
        with pytest.raises(StoreUnusable, match="Copy to"):
            await carried(source, target)

    store = await PostgresStore.open(database)
    assert await logged(store) == ["of the database"]
    await store.close()


async def test_a_database_is_not_copied_to_itself_under_another_spelling(database: str) -> None:
    await (await PostgresStore.open(database)).close()
    other = f"{database}{'&' if '?' in database else '?'}application_name=other"

    with pytest.raises(StoreUnusable, match="FROM and TO are the same"):
        await carried(database, other)


async def test_what_another_copy_is_filling_is_not_waited_for(tmp_path: Path, database: str) -> None:
    await (await PostgresStore.open(database)).close()

    async with choosing.side(database).filling():
        with pytest.raises(StoreUnusable, match="another copy or a dump is under way"):
            await carried(database, f"sqlite:///{tmp_path}/a.db")


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("watch/x", '{"v":3,"record":{}}', "cannot be read"),
        ("watch/x", f'{{"v":{codec.VERSION + 1},"record":{{}}}}', "cannot be read"),
        ("stranger/x", '{"v":3,"record":{}}', "no records of ours"),
        (
            "subscription/loose",
            '{"v":3,"record":{"id":"loose","watch_id":"w","channel":"C1","owner":"U1","created_at":"2026-03-01T12:00:00Z"}}',
            "hangs on one that is not there",
        ),
    ],
)
async def test_what_cannot_be_carried_over_whole_is_not_begun(
    tmp_path: Path, database: str, key: str, value: str, why: str
) -> None:
    file = f"sqlite:///{tmp_path}/a.db"
    embedded = await EmbeddedStore.open(file)
    await follow(embedded)
    await embedded.close()
    data = HardenedDict(f"{tmp_path}/a.db", "milepost")
    data[key] = json.loads(value)
    data.close()

    with pytest.raises(StoreUnusable, match=why):
        await carried(file, database)

    store = await PostgresStore.open(database)
    assert await store.all_followed() == []
    await store.close()


async def test_a_difference_is_seen(tmp_path: Path, database: str, server: Server) -> None:
    file = f"sqlite:///{tmp_path}/a.db"
    embedded = await EmbeddedStore.open(file)
    await follow(embedded)
    await embedded.close()
    await schema.migrate(database)
    with server.connect() as connection:
        connection.execute(
            "CREATE FUNCTION milepost.spoil() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NEW.record = replace(NEW.record, 'U1', 'U2'); RETURN NEW; END $$"
        )
        connection.execute(
            "CREATE TRIGGER spoil BEFORE INSERT ON milepost.subscription FOR EACH ROW EXECUTE FUNCTION milepost.spoil()"
        )
    try:
        copied = await carried(file, database)
    finally:
        with server.connect() as connection:
            connection.execute("DROP FUNCTION milepost.spoil CASCADE")

    assert [each.kind for each in copied if not each.same] == ["subscription"]


async def test_a_copy_of_a_running_store_is_of_one_moment(tmp_path: Path, database: str) -> None:
    store = await PostgresStore.open(database)
    opened = await follow(store)
    side = choosing.side(database)

    async with side.reading() as reading:
        before = [record async for _, record in reading.rows("watch")]
        await store.commit(replace(await current(store, opened.watch), name="later"))
        after = [record async for _, record in reading.rows("watch")]

    assert before == after
    await store.close()
