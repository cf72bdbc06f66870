"""What happens at the path of the data file: begun, opened, refused with a sentence, or moved aside."""

import gc
import json
import os
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlitedict import SqliteDict

from bot.core.model import ChannelSettings, Pause, PauseReason, SubscriptionId
from bot.ports import Revision, StoreUnusable
from bot.store import codec
from bot.store.datafile import move_aside
from bot.store.embedded import EmbeddedStore
from bot.store.tools import check
from tests.store.world import NOON, entry, follow, follow_with_card, logged, new_watch


class Site:
    """Where a data file is, or will be."""

    def __init__(self, path: Path) -> None:
        self.path = path


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "milepost.db")


def url(path: Path) -> str:
    return f"sqlite:///{path}"


async def fill(site: Site, count: int = 1) -> None:
    """Begin a data file with some subscriptions and close it."""
    store = await EmbeddedStore.open(url(site.path))
    for number in range(count):
        await follow(store, f"job-{number}", f"sub-{number}", channel=f"C{number}")
    await store.close()


async def refusal(site: Site) -> str:
    """Return why a file is refused; it must be left as it is."""
    before = site.path.read_bytes() if site.path.is_file() else b""
    with pytest.raises(StoreUnusable) as refused:
        await EmbeddedStore.open(url(site.path))
    if site.path.is_file():
        assert site.path.read_bytes() == before
    assert not list(site.path.parent.glob("*.damaged-*"))
    assert not list(site.path.parent.glob("*.lock"))
    return str(refused.value)


async def moved_aside(site: Site) -> Path:
    """Open a damaged file; return where it went, after a look at the fresh one."""
    before = site.path.read_bytes()
    store = await EmbeddedStore.open(url(site.path))
    assert store.damaged is not None
    assert store.damaged.read_bytes() == before
    assert await store.next_due() is None
    await follow(store, "fresh", "fresh")
    await store.close()
    again = await EmbeddedStore.open(url(site.path))
    assert again.damaged is None
    await again.close()
    return store.damaged


@pytest.mark.parametrize("name", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "milepost.db", "postgres://x/y"])
async def test_an_address_that_names_no_file_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(StoreUnusable, match=r"sqlite:///milepost\.db"):
        await EmbeddedStore.open(name)


async def test_a_relative_address_lies_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = await EmbeddedStore.open("sqlite:///relative.db")
    await store.close()

    assert (tmp_path / "relative.db").is_file()


async def test_a_new_file_is_readable_by_its_owner_alone(site: Site) -> None:
    await fill(site)

    assert site.path.stat().st_mode & 0o077 == 0


async def test_an_empty_file_is_begun(site: Site) -> None:
    site.path.touch()

    await fill(site)

    assert site.path.stat().st_size > 0


async def test_a_file_that_was_hardly_begun_is_begun(site: Site) -> None:
    with closing(sqlite3.connect(site.path)) as connection:
        # As after a kill between the first page and the table.
        connection.execute("PRAGMA journal_mode = WAL")

    await fill(site)

    assert site.path.stat().st_size > 0


async def test_a_closed_file_is_one_file(site: Site) -> None:
    await fill(site, 3)

    assert sorted(each.name for each in site.path.parent.iterdir()) == ["milepost.db"]


async def test_a_plain_sqlitedict_reads_the_file(site: Site) -> None:
    await fill(site)

    with SqliteDict(str(site.path), tablename="milepost", encode=json.dumps, decode=json.loads) as plain:
        watch = plain["watch/drs:job-0#1"]

    assert watch["v"] == codec.VERSION
    assert watch["record"]["key"] == "job-0"


async def test_a_directory_is_refused(site: Site) -> None:
    site.path.mkdir()

    assert "is a directory" in await refusal(site)


async def test_a_file_in_no_directory_is_refused(tmp_path: Path) -> None:
    assert "There is no directory" in await refusal(Site(tmp_path / "missing" / "milepost.db"))


def bind_socket(path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(path))


NO_ORDINARY_FILES: dict[str, tuple[Callable[[Path], None], str]] = {
    "pipe": (os.mkfifo, "is a named pipe (FIFO), so it cannot hold data"),
    "socket": (bind_socket, "is a socket, so"),
    "device": (lambda path: path.symlink_to("/dev/null"), "is a device, so"),
    "dangling link": (lambda path: path.symlink_to("nowhere"), "is a symbolic link to 'nowhere', where nothing is"),
    "link to itself": (lambda path: path.symlink_to(path), "lead in a circle"),
}


@pytest.mark.parametrize("kind", NO_ORDINARY_FILES)
async def test_what_is_no_ordinary_file_is_refused_without_opening_it(site: Site, kind: str) -> None:
    make, words = NO_ORDINARY_FILES[kind]
    make(site.path)

    told = await refusal(site)

    assert words in told
    assert "[store] url" in told


async def test_a_link_to_a_data_file_is_that_file(site: Site) -> None:
    await fill(site)
    link = site.path.with_name("link.db")
    link.symlink_to(site.path)

    store = await EmbeddedStore.open(url(link))

    assert [each.subscription.id for each in await store.speaking()] == ["sub-0"]
    await store.close()


async def test_a_file_in_a_circle_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")

    assert "lead in a circle" in await refusal(Site(tmp_path / "circle" / "milepost.db"))


async def test_a_file_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert "There is no directory" in await refusal(Site(tmp_path / "file" / "milepost.db"))


@pytest.mark.parametrize("side", ["-wal", "-shm", "-journal"])
async def test_a_pipe_in_the_place_of_a_side_file_is_refused(site: Site, side: str) -> None:
    await fill(site)
    os.mkfifo(site.path.with_name(site.path.name + side))

    assert "named pipe" in await refusal(site)


@pytest.mark.parametrize("content", [b"Dear diary,\n" * 500, b"x", os.urandom(8192), b"\0" * 8192])
async def test_a_file_that_is_no_database_is_left_alone(site: Site, content: bytes) -> None:
    site.path.write_bytes(content)

    assert "is not a data file of Milepost" in await refusal(site)


async def test_the_database_of_another_program_is_left_alone(site: Site) -> None:
    with closing(sqlite3.connect(site.path)) as connection:
        connection.execute("CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url TEXT)")

    assert "is not a data file of Milepost" in await refusal(site)


async def test_a_database_that_bears_another_programs_mark_is_left_alone(site: Site) -> None:
    with closing(sqlite3.connect(site.path)) as connection:
        connection.execute("PRAGMA application_id = 42")
        connection.execute("CREATE TABLE milepost (key TEXT PRIMARY KEY, value BLOB)")

    assert "is not a data file of Milepost" in await refusal(site)


async def test_the_smashed_database_of_another_program_is_left_alone(site: Site) -> None:
    with closing(sqlite3.connect(site.path)) as connection:
        connection.execute("CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url TEXT)")
    with site.path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 2000)

    assert "is not a data file of Milepost" in await refusal(site)


async def test_a_file_that_a_newer_milepost_marked_is_refused(site: Site) -> None:
    await fill(site)
    with closing(sqlite3.connect(site.path)) as connection:
        connection.execute(f"PRAGMA user_version = {codec.VERSION + 1}")
        connection.execute("PRAGMA journal_mode = DELETE")

    assert "written by a newer Milepost; upgrade" in await refusal(site)


async def put_row(site: Site, key: str, value: str) -> None:
    with closing(sqlite3.connect(site.path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO milepost (key, value) VALUES (?, ?)", (key, value))


async def test_a_file_with_one_row_of_a_newer_milepost_is_refused(site: Site) -> None:
    await fill(site)
    await put_row(site, "watch/x", f'{{"v":{codec.VERSION + 1},"record":{{"id":"x"}}}}')

    assert "written by a newer Milepost; upgrade" in await refusal(site)


async def test_a_file_of_the_first_version_is_read_and_written_on(site: Site) -> None:
    await fill(site)
    with closing(sqlite3.connect(site.path, isolation_level=None)) as connection:
        connection.execute("UPDATE milepost SET value = replace(value, ?, ?)", (f'{{"v":{codec.VERSION},', '{"v":1,'))
        connection.execute("PRAGMA user_version = 1")

    for first in (True, False):
        store = await EmbeddedStore.open(url(site.path))
        assert await store.say_once("x") is first
        assert [each.subscription.id for each in await store.speaking()] == ["sub-0"]
        await store.pause([SubscriptionId("sub-0")], Pause(reason=PauseReason.ARCHIVED, since=NOON))
        assert [each.subscription.id for each in await store.paused()] == ["sub-0"]
        await store.close()


async def test_a_file_of_the_second_version_is_read_and_written_on(site: Site) -> None:
    await fill(site)
    with closing(sqlite3.connect(site.path, isolation_level=None)) as connection:
        connection.execute("UPDATE milepost SET value = replace(value, ?, ?)", (f'{{"v":{codec.VERSION},', '{"v":2,'))
        connection.execute("PRAGMA user_version = 2")

    for count in (1, 2):
        store = await EmbeddedStore.open(url(site.path))
        (followed,) = await store.speaking()
        await store.revise(followed.subscription.id, Revision(label="x", at=NOON), audit=entry(str(count)))
        await store.set_channel("C1", ChannelSettings(id="C1"))
        assert len(await logged(store)) == count
        await store.close()


async def test_a_row_of_another_shape_is_refused_and_named(site: Site) -> None:
    await fill(site)
    await put_row(site, "watch/x", '{"v":1,"record":{"id":"x"}}')

    told = await refusal(site)

    assert "'watch/x'" in told
    assert "milepost store check" in told


async def test_a_row_that_is_nested_too_deeply_is_refused_and_named_by_the_check(site: Site) -> None:
    await fill(site)
    await put_row(site, "watch/x", "[" * 100_000)

    told = await refusal(site)

    assert "nested too deeply" in told
    assert check(site.path) == ["A row cannot be read: 'watch/x' is nested too deeply"]


async def test_a_row_that_is_not_even_json_is_damage(site: Site) -> None:
    await fill(site)
    await put_row(site, "watch/x", "\x01\x02")

    await moved_aside(site)


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
async def test_a_truncated_file_is_moved_aside(site: Site, kept: float) -> None:
    await fill(site, 60)
    with site.path.open("r+b") as file:
        file.truncate(int(site.path.stat().st_size * kept))

    aside = await moved_aside(site)

    assert aside.name.startswith("milepost.db.damaged-")


@pytest.mark.parametrize("page", range(6))
async def test_a_smashed_page_is_moved_aside(site: Site, page: int) -> None:
    await fill(site, 60)
    with site.path.open("r+b") as file:
        # The first 100 bytes say whose file it is.
        file.seek(max(page * 4096, 100))
        file.write(b"\xa5" * 3000)

    await moved_aside(site)


async def test_a_file_whose_schema_is_not_even_text_is_moved_aside(site: Site) -> None:
    await fill(site)
    content = site.path.read_bytes()
    assert b"tablemilepost" in content
    smashed = content.replace(b"tablemilepost", b"tablemilep\xa4st").replace(b"CREATE TABLE", b"CREATE T\xa4BLE")
    site.path.write_bytes(smashed)

    await moved_aside(site)


@pytest.mark.parametrize("child", [0, 1, 5])
async def test_a_file_whose_last_page_is_an_earlier_one_is_moved_aside(site: Site, child: int) -> None:
    await fill(site, 60)
    with closing(sqlite3.connect(site.path)) as connection:
        ((root,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'milepost'").fetchall()
    content = bytearray(site.path.read_bytes())
    begin = (root - 1) * 4096
    # https://www.sqlite.org/fileformat.html, section 1.6: the cells of an interior page name its children in order, and
    # its head the last of them.
    cell = begin + int.from_bytes(content[begin + 12 + 2 * child : begin + 14 + 2 * child])
    content[begin + 8 : begin + 12] = content[cell : cell + 4]
    site.path.write_bytes(content)

    await moved_aside(site)


async def test_a_log_that_lost_its_file_is_kept(site: Site) -> None:
    store = await EmbeddedStore.open(url(site.path))
    await follow(store)
    log = site.path.with_name("milepost.db-wal").read_bytes()
    await store.close()
    site.path.unlink()
    site.path.with_name("milepost.db-wal").write_bytes(log)

    store = await EmbeddedStore.open(url(site.path))

    assert store.damaged is not None
    assert store.damaged.with_name(store.damaged.name + "-wal").read_bytes() == log
    await store.close()


def test_a_second_damaged_file_does_not_replace_the_first(site: Site) -> None:
    site.path.write_text("first")
    first = move_aside(site.path, NOON)
    site.path.write_text("second")
    site.path.with_name("milepost.db-wal").write_text("second log")

    second = move_aside(site.path, NOON)

    assert first.name == "milepost.db.damaged-20260301T120000Z"
    assert second.name == "milepost.db.damaged-20260301T120000Z-2"
    assert (first.read_text(), second.read_text()) == ("first", "second")
    assert second.with_name(second.name + "-wal").read_text() == "second log"


async def test_what_hangs_on_nothing_does_not_stop_the_start(site: Site) -> None:
    await fill(site, 2)
    with closing(sqlite3.connect(site.path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM milepost WHERE key = 'watch/drs:job-0#1'")
        connection.execute("DELETE FROM milepost WHERE key = 'subscription/sub-1'")

    store = await EmbeddedStore.open(url(site.path))

    assert await store.followed_in("C0") == []
    assert await store.take_deliveries(NOON, 10) == []
    assert await store.watch(new_watch("job-1").id) is not None
    await store.close()


async def test_what_was_read_shares_what_is_equal_and_is_otherwise_as_it_was(tmp_path: Path) -> None:
    store = await EmbeddedStore.open(f"sqlite:///{tmp_path}/milepost.db")
    one = await follow_with_card(store, "job-1", "sub-1")
    two = await follow_with_card(store, "job-2", "sub-2")
    before = [await store.subscription(each.subscription.id) for each in (one, two)]
    told = [await store.last_sent(each.subscription.id) for each in (one, two)]
    await store.close()

    again = await EmbeddedStore.open(f"sqlite:///{tmp_path}/milepost.db")
    found = [await again.subscription(each.subscription.id) for each in (one, two)]
    rows = [await again.last_sent(each.subscription.id) for each in (one, two)]
    await again.close()

    assert found == before
    assert rows == told
    first, second = found
    assert first is not None
    assert second is not None
    assert first.watch.account is second.watch.account
    assert first.subscription.channel is second.subscription.channel
    assert first.subscription.watch_id is first.watch.id


async def test_a_file_in_any_order_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    store = await EmbeddedStore.open(f"sqlite:///{path}")
    opened = await follow_with_card(store, "job-1", "sub-1")
    before = await store.subscription(opened.subscription.id)
    await store.close()
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT key, value FROM milepost ORDER BY rowid DESC").fetchall()
        connection.execute("DELETE FROM milepost")
        connection.executemany("INSERT INTO milepost (key, value) VALUES (?, ?)", rows)
        connection.commit()

    again = await EmbeddedStore.open(f"sqlite:///{path}")
    found = await again.subscription(opened.subscription.id)
    row = await again.last_sent(opened.subscription.id)
    await again.close()

    assert [key.split("/")[0] for key, _ in rows] == ["delivery", "subscription", "watch"]
    assert found == before
    assert row is not None


async def test_the_garbage_collector_works_as_before_after_an_opening(tmp_path: Path) -> None:
    was_on = gc.isenabled()

    store = await EmbeddedStore.open(f"sqlite:///{tmp_path}/milepost.db")
    is_on = gc.isenabled()
    await store.close()

    assert is_on is was_on
