"""Nothing hangs, nothing acknowledged is lost, and what was refused is in neither memory nor file."""

import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from bot.ports import StoreUnusable
from bot.store.embedded import EmbeddedStore
from tests.store.faults.processes import DEADLINE, holding, run
from tests.store.world import follow

MOUNT = 'mount -t tmpfs -o size=1m tmpfs {0} && exec "$@"'


def own_mounts(folder: Path) -> list[str]:
    """Return the command that runs another one with a small disk at *folder*; skip where that is not permitted."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("needs unshare (util-linux) for a small disk of its own")
    within = [unshare, "--map-root-user", "--mount", "sh", "-c", MOUNT.format(folder), "sh"]
    if subprocess.run([*within, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a tmpfs in a namespace of one's own is not permitted here")
    return within


def test_a_full_disk_refuses_and_works_again_when_it_is_freed(tmp_path: Path) -> None:
    report = run("disk_full", tmp_path, within=own_mounts(tmp_path))

    assert "full" in report["words"]
    assert report["refused_again"]
    assert report["memory_is_what_was_acknowledged"]
    assert (report["after"], report["kept"], report["findings"], report["damaged"]) == (20, True, [], False)


def test_a_file_that_may_not_grow_refuses_and_works_again_when_it_may(tmp_path: Path) -> None:
    report = run("file_too_large", tmp_path)

    assert report["words"]
    assert report["refused_again"]
    assert report["memory_is_what_was_acknowledged"]
    assert (report["after"], report["kept"], report["findings"], report["damaged"]) == (20, True, [], False)


def test_a_foreign_write_lock_refuses_for_as_long_as_it_is_held(tmp_path: Path) -> None:
    report = run("foreign_write_lock", tmp_path)

    assert report == {"refused": ["StoreError"] * 3, "unchanged": True, "done": True}


def test_a_foreign_reader_stops_nothing(tmp_path: Path) -> None:
    report = run("foreign_read_transaction", tmp_path)

    assert report == {"during": 300, "kept": 301}


def test_pages_smashed_under_a_running_store_are_answered_and_moved_aside_later(tmp_path: Path) -> None:
    report = run("smashed_under_a_running_store", tmp_path)

    assert report == {"refused": True, "known": True, "moved": True, "fresh": "drs:job-1#1"}


def test_smashed_pages_raise_and_leave_the_worker_alive(tmp_path: Path) -> None:
    report = run("smashed_pages_and_a_plain_dict", tmp_path)

    assert report == {"refusals": 2, "alive": True}


def test_a_bad_value_fails_its_own_caller_alone(tmp_path: Path) -> None:
    report = run("bad_values_among_good_ones", tmp_path)

    bad = ["StoreError"] * 4
    assert report["answers"] == [True, *bad, True]
    assert report["names"] == ["good", None, None, None, None, "good"]


def test_an_unbindable_value_in_a_group_fails_its_own_batch_as_a_whole(tmp_path: Path) -> None:
    report = run("unbindable_among_good_ones", tmp_path)

    assert report == {"failed": [5, 11], "rows": 19, "half": []}


async def test_a_second_process_is_refused_and_told_who_holds_the_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/milepost.db"
    with holding(tmp_path) as holder:
        with pytest.raises(StoreUnusable, match=f"process {holder.pid} on "):
            await EmbeddedStore.open(url)

        holder.send_signal(signal.SIGKILL)
        holder.wait(DEADLINE)
        store = await EmbeddedStore.open(url)
    assert [each.subscription.id for each in await store.followed_in("C1")] == ["sub-1"]
    await follow(store, "job-2", "sub-2")
    await store.close()
