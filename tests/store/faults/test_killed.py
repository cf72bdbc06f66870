"""SIGKILL at every system call that changes a file, in every phase of a commit, before it and in the middle of it."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlitedict import SqliteDict

from bot.core.model import Card, DeliveryState, SubscriptionId, WatchId
from bot.store.embedded import EmbeddedStore
from tests.store.faults.killed import ROWS, WAITING
from tests.store.faults.processes import ROOT
from tests.store.world import HOUR, NOON

MOST = 200
"""More calls than any of the runs makes: the last ones end by themselves, which shows that all were tried."""
DEADLINE = 60.0


@pytest.fixture(scope="module")
def killer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("needs Linux and a C compiler, to kill at a chosen system call")
    library = tmp_path_factory.mktemp("killer") / "killer.so"
    source = Path(__file__).with_name("killer.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


class Run(msgspec.Struct):
    folder: str
    acknowledged: list[str]
    status: int

    @property
    def killed(self) -> bool:
        return self.status == signal.SIGKILL


def kill_everywhere(kind: str, killer: Path, folder: Path) -> Iterator[Run]:
    """Yield the runs that were killed, at the first call, the second and so on, until one comes to its end."""
    first = 1
    while first < MOST:
        done = subprocess.run(
            [sys.executable, "-m", "tests.store.faults.killed", kind, str(folder), str(first), str(first + 19)],
            cwd=ROOT,
            env={"LD_PRELOAD": str(killer), "PATH": ""},
            capture_output=True,
            timeout=DEADLINE,
            check=True,
        )
        for line in done.stdout.splitlines():
            run = msgspec.json.decode(line, type=Run)
            if not run.killed:
                assert run.status == 0, done.stderr
                return
            yield run
        first += 20
    pytest.fail("the run makes more calls than were tried")


def batches_found(run: Run) -> dict[str, Any]:
    """Return all rows of a file as a plain SqliteDict reads them; sqlite3.DatabaseError where it is damaged."""
    path = Path(run.folder) / "dict.db"
    with closing(sqlite3.connect(path)) as connection:
        answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
        rows = dict(connection.execute("SELECT key, value FROM t"))
    if answer != "ok":
        raise sqlite3.DatabaseError(answer)
    return {key: json.loads(value)[0] for key, value in rows.items()}


def is_whole(run: Run) -> bool:
    """Whether the file holds one batch whole, and none older than the last that was acknowledged."""
    try:
        found = batches_found(run)
    except (sqlite3.DatabaseError, ValueError):
        return False
    batch = found.get("row-0", -1)
    expected = dict.fromkeys((f"row-{row}" for row in range(ROWS)), batch)
    if batch > 0:
        expected[f"only-{batch}"] = batch
    return found == expected and batch >= int(run.acknowledged[-1])


@pytest.mark.parametrize("journal_mode", ["WAL", "DELETE"])
def test_no_kill_tears_a_batch_or_loses_an_acknowledged_one(journal_mode: str, killer: Path, tmp_path: Path) -> None:
    runs = list(kill_everywhere(journal_mode, killer, tmp_path))

    broken = [run for run in runs if not is_whole(run)]
    assert broken == []
    assert {run.acknowledged[-1] for run in runs} >= {"0", "1", "2", "3", "4"}


def test_without_a_journal_the_same_kills_are_seen_to_corrupt(killer: Path, tmp_path: Path) -> None:
    runs = list(kill_everywhere("OFF", killer, tmp_path))

    broken = [run for run in runs if not is_whole(run)]
    assert len(broken) > len(runs) / 3


def test_a_plain_sqlitedict_reads_what_a_kill_left(killer: Path, tmp_path: Path) -> None:
    run = next(each for each in kill_everywhere("WAL", killer, tmp_path) if each.acknowledged[-1] == "1")

    with SqliteDict(
        f"{run.folder}/dict.db", tablename="t", journal_mode="WAL", encode=json.dumps, decode=json.loads
    ) as plain:
        found = {key: value[0] for key, value in plain.items()}
        plain.conn.execute("SELECT 1")

    assert found == batches_found(run)


async def test_no_kill_in_the_life_of_a_store_loses_what_was_acknowledged(killer: Path, tmp_path: Path) -> None:
    stages: set[str] = set()
    for run in kill_everywhere("store", killer, tmp_path):
        stages.update(run.acknowledged[-1:])
        store = await EmbeddedStore.open(f"sqlite:///{run.folder}/milepost.db")

        assert store.damaged is None
        watch = await store.watch(WatchId("drs:job-1#1"))
        found = await store.subscription(SubscriptionId("sub-1"))
        done = set(run.acknowledged)
        if "subscribed" in done and "closed" not in done:
            assert watch is not None
        if "taken" in done and "sent" not in done and found is not None and found.subscription.card is None:
            (row,) = await store.take_deliveries(NOON + HOUR, 10)
            assert row.state is DeliveryState.UNKNOWN
        if "sent" in done and "closed" not in done:
            assert found is not None
            assert found.subscription.card == Card(ts="100.1")
        if "closed" in done:
            assert watch is None or watch.closed
        if "pruned" in done:
            assert (watch, found) == (None, None)
        await store.close()

    assert stages >= {"opened", "subscribed", "taken", "sent", "closed", "pruned"}


async def stage_of(store: EmbeddedStore) -> str | None:
    """Return which of the transactions about pauses was the last; None where one of them is there in part."""
    subscriptions = [SubscriptionId(f"sub-{n}") for n in range(2)]
    waiting = [await store.waiting(each) for each in subscriptions]
    found = (
        [each.subscription.id for each in await store.paused()],
        [row.state for rows in waiting for row in rows if row.state is not DeliveryState.PENDING],
        [[row.id.rpartition("/")[2] for row in rows] for rows in waiting],
        [each.watch.version for name in subscriptions if (each := await store.subscription(name)) is not None],
    )
    stages = {
        "begun": ([], [DeliveryState.UNKNOWN] * 2, [WAITING, WAITING], [1, 1]),
        "paused": (subscriptions, [DeliveryState.UNKNOWN] * 2, [WAITING, WAITING], [2, 2]),
        "resumed": (subscriptions[1:], [DeliveryState.UNKNOWN] * 2, [[WAITING[0], "resumed"], WAITING], [3, 2]),
        "folded": (subscriptions[1:], [DeliveryState.UNKNOWN] * 2, [[WAITING[0], "resumed"], WAITING[:2]], [3, 2]),
    }
    return next((name for name, stage in stages.items() if stage == found), None)


async def test_no_kill_leaves_a_pause_its_end_or_a_fold_half_done(killer: Path, tmp_path: Path) -> None:
    order = ["begun", "paused", "resumed", "folded"]
    seen: set[str] = set()
    for run in kill_everywhere("pauses", killer, tmp_path):
        store = await EmbeddedStore.open(f"sqlite:///{run.folder}/milepost.db")
        stage = await stage_of(store)
        await store.close()

        assert store.damaged is None
        assert stage is not None
        acknowledged = [each for each in order if each in run.acknowledged]
        assert order.index(stage) >= len(acknowledged)
        seen.add(stage)

    assert seen == set(order)


async def change_of(store: EmbeddedStore) -> str | None:
    """Return which of the transactions with entries in the log was the last; None where one of them is in part."""
    found = await store.subscription(SubscriptionId("sub-1"))
    settings = [await store.channel_settings(channel) for channel in ("C1", "C9")]
    seen = (
        None if found is None else (found.subscription.channel, found.subscription.label, found.watch.version),
        None if found is None else found.subscription.rules.milestones,
        [each is not None for each in settings],
        [each.id for each in await store.audit(10)],
    )
    usual, few = (25, 50, 75, 100), (50,)
    stages = {
        "begun": (None, None, [False, False], []),
        "subscribed": (("C1", None, 0), usual, [False, False], ["1"]),
        "revised": (("C1", "x", 1), few, [False, False], ["1", "2"]),
        "set": (("C1", "x", 1), few, [True, False], ["1", "2", "3"]),
        "moved": (("C9", "x", 1), few, [False, True], ["1", "2", "3"]),
        "removed": (None, None, [False, True], ["1", "2", "3", "4"]),
        "pruned": (None, None, [False, True], []),
    }
    return next((name for name, stage in stages.items() if stage == seen), None)


async def test_no_kill_leaves_a_change_without_its_log_or_a_log_without_its_change(
    killer: Path, tmp_path: Path
) -> None:
    order = ["begun", "subscribed", "revised", "set", "moved", "removed", "pruned"]
    seen: set[str] = set()
    for run in kill_everywhere("changes", killer, tmp_path):
        store = await EmbeddedStore.open(f"sqlite:///{run.folder}/milepost.db")
        stage = await change_of(store)
        await store.close()

        assert store.damaged is None
        assert stage is not None
        acknowledged = [each for each in order if each in run.acknowledged]
        assert order.index(stage) >= len(acknowledged)
        seen.add(stage)

    assert seen == set(order)
