"""One process per data file: who holds it, who is told so, and what stays of it."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.ports import StoreUnusable
from bot.store.embedded import EmbeddedStore
from bot.store.lock import FileLock, heartbeat_age, lock_path
from tests.store.test_opening import Site, fill, refusal, url
from tests.store.world import NOON


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "milepost.db")


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


def test_nothing_stays_of_a_lock_that_was_let_go(site: Site) -> None:
    FileLock(site.path, NOON).release()

    assert list(site.path.parent.iterdir()) == []


def test_the_lock_of_a_process_that_was_killed_is_taken_over(site: Site) -> None:
    lock_path(site.path).write_text('{"pid":1,"host":"x","since":"2026-03-01T12:00:00Z"}')

    lock = FileLock(site.path, NOON)

    assert f'"pid":{os.getpid()}' in lock_path(site.path).read_text()
    lock.release()


def test_a_lock_that_another_process_holds_by_now_is_not_removed(site: Site) -> None:
    first = FileLock(site.path, NOON)
    lock_path(site.path).unlink()
    second = FileLock(site.path, NOON)

    first.release()

    with pytest.raises(StoreUnusable, match="in use"):
        FileLock(site.path, NOON)
    second.release()


@pytest.mark.parametrize("kind", ["file", "link", "pipe"])
def test_what_only_has_the_name_of_a_lock_is_left_alone(site: Site, kind: str) -> None:
    other = site.path.with_name("other")
    other.write_text("[[package]]\n" * 100)
    place = lock_path(site.path)
    if kind == "file":
        other.rename(place)
    elif kind == "link":
        place.symlink_to(other)
    else:
        os.mkfifo(place)

    with pytest.raises(StoreUnusable, match=r"milepost\.db\.lock"):
        FileLock(site.path, NOON)

    kept = place if kind == "file" else other
    assert kept.read_text() == "[[package]]\n" * 100
    assert place.lstat()


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


def test_a_circle_of_links_has_no_heartbeat(site: Site) -> None:
    site.path.symlink_to(site.path)

    assert heartbeat_age(site.path, NOON) is None
