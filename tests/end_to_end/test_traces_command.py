"""`milepost store traces`, from a data file to a replay."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from benchmarks.policies import milepost
from benchmarks.replay import replay
from benchmarks.traces import recorded
from bot.core.advance import advance
from bot.core.model import Watch
from bot.store.embedded import EmbeddedStore
from providers.base import TaskSnapshot, TaskState
from tests.end_to_end.process import output
from tests.store.world import NOON, follow

RUN = [(0, 0, TaskState.RUNNING), (60, 30, TaskState.RUNNING), (150, 80, TaskState.RUNNING)]
ENDED = [*RUN, (200, 100, TaskState.SUCCEEDED)]


def read_at(watch: Watch, readings: list[tuple[int, int, TaskState]]) -> Watch:
    for seconds, percent, state in readings:
        seen = TaskSnapshot(state=state, percent=float(percent))
        watch = advance(watch, seen, NOON + timedelta(seconds=seconds), patience=timedelta(minutes=5)).watch
    return watch


async def filled(path: Path) -> EmbeddedStore:
    """A data file of two accounts; one of three tasks was read only once."""
    store = await EmbeddedStore.open(f"sqlite:///{path}")
    for number, (account, readings) in enumerate([("drs", ENDED), ("cos", RUN), ("drs", RUN[:1])]):
        opened = await follow(store, f"job-{number}", f"sub-{number}", channel=f"C{number}", account=account)
        watch = read_at(opened.watch, readings)
        assert await store.commit(replace(watch, due_at=None if watch.ended_at else NOON + timedelta(hours=1)))
    return store


async def test_what_was_read_can_be_replayed_while_the_bot_runs(tmp_path: Path) -> None:
    path, runs = tmp_path / "milepost.db", tmp_path / "runs.jsonl"
    store = await filled(path)

    status, text = await output("store", "traces", "--file", str(path))
    await store.close()
    runs.write_text(text)
    traces = recorded([runs])

    assert status == 0
    assert "job" not in text
    assert [[int(at) for at in trace.at] for trace in traces] == [[0, 60, 150, 200], [0, 60, 150]]
    assert [event.kind for event in traces[0].events()] == ["milestone"] * 3 + ["success"]
    assert replay(milepost(), traces).on_time() == 100


async def test_one_account_alone_can_be_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    await (await filled(path)).close()

    _, of_one = await output("store", "traces", "--file", str(path), "--account", "cos")
    status, of_nobody = await output("store", "traces", "--file", str(path), "--account", "pan")

    assert len(of_one.splitlines()) == len(RUN)
    assert status == 0
    assert of_nobody == f"{path}: no task was read more than once.\n"


async def test_what_cannot_be_read_is_named_and_the_rest_is_written(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    await (await filled(path)).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE milepost SET value = 'no json' WHERE key LIKE 'watch/cos%'")

    status, text = await output("store", "traces", "--file", str(path))

    assert status == 1
    assert "A row cannot be read" in text
    assert sum(line.startswith("[") for line in text.splitlines()) == len(ENDED)
