"""What happens at the path of the data file: begun, opened, refused with a sentence, or moved aside."""

import json
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlitedict import SqliteDict

from bot.ports import StoreUnusable
from bot.store import codec
from bot.store.datafile import move_aside
from bot.store.embedded import EmbeddedStore
from bot.store.lock import FileLock, heartbeat_age, lock_path
from tests.store.world import NOON, follow, new_watch


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


async def test_a_closed_file_is_one_file(site: Site) -> None:
    await fill(site, 3)

    assert sorted(each.name for each in site.path.parent.iterdir()) == ["milepost.db", "milepost.db.lock"]


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


async def test_a_row_of_another_shape_is_refused_and_named(site: Site) -> None:
    await fill(site)
    await put_row(site, "watch/x", '{"v":1,"record":{"id":"x"}}')

    told = await refusal(site)

    assert "'watch/x'" in told
    assert "milepost store check" in told


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


# The lock


async def test_a_file_is_opened_once(site: Site) -> None:
    store = await EmbeddedStore.open(url(site.path))

    with pytest.raises(StoreUnusable, match=rf"in use: process {os.getpid()} on .* since 20\d\d-"):
        await EmbeddedStore.open(url(site.path))

    await store.close()
    await (await EmbeddedStore.open(url(site.path))).close()


async def test_two_names_of_one_file_have_one_lock(site: Site) -> None:
    await fill(site)
    other = site.path.with_name("other-name.db")
    other.symlink_to(site.path)
    store = await EmbeddedStore.open(url(site.path))

    with pytest.raises(StoreUnusable, match="in use"):
        await EmbeddedStore.open(url(other))

    await store.close()


async def test_a_refused_file_is_let_go(site: Site) -> None:
    site.path.write_text("not ours")
    await refusal(site)
    site.path.unlink()

    await fill(site)


def test_a_lock_that_says_nothing_readable_still_locks(site: Site) -> None:
    lock = FileLock(site.path, NOON)
    lock_path(site.path).write_bytes(b"\xff garbage")

    with pytest.raises(StoreUnusable, match="another process"):
        FileLock(site.path, NOON)

    lock.release()


def test_the_heartbeat_is_as_old_as_the_last_touch(site: Site) -> None:
    lock = FileLock(site.path, NOON)
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    os.utime(lock_path(site.path), (hour_ago.timestamp(), hour_ago.timestamp()))
    silent = heartbeat_age(site.path, hour_ago + timedelta(seconds=90))

    lock.touch()

    touched = heartbeat_age(site.path, datetime.now(UTC))
    assert silent == pytest.approx(90, abs=0.01)
    assert touched is not None
    assert touched < 60
    lock.release()


def test_nobody_has_no_heartbeat(site: Site) -> None:
    never = heartbeat_age(site.path, NOON)
    lock = FileLock(site.path, NOON)
    lock.release()

    assert never is None
    assert heartbeat_age(site.path, NOON) is None
