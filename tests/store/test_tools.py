"""Check, export and import of data files."""

import io
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.core.model import ChannelSettings, Mute, Pause, PauseReason, SubscriptionId
from bot.core.rules import Quiet, Rules
from bot.ports import Revision, StoreUnusable
from bot.store import codec
from bot.store.embedded import EmbeddedStore
from bot.store.tools import audit, check, export, import_
from tests.store.world import (
    HOUR,
    MINUTE,
    NOON,
    current,
    entry,
    follow,
    follow_with_card,
    held,
    logged,
    news_for,
    the_end,
)


async def fill(path: Path) -> None:
    """Leave a data file with all kinds of records in all kinds of states."""
    store = await EmbeddedStore.open(f"sqlite:///{path}")
    ended = await follow_with_card(store, "ended", "sub-e", channel="C0")
    watch = await current(store, ended.watch)
    await store.commit(replace(watch, due_at=None, ended_at=NOON), [the_end(ended.subscription, watch)])
    for number in range(40):
        opened = await follow(store, f"job-{number}", f"sub-{number}", channel=f"C{number}")
    await store.take_deliveries(NOON, 5)
    await store.pause([SubscriptionId("sub-39")], Pause(reason=PauseReason.ARCHIVED, since=NOON))
    await store.say_once("paused/C39")
    quiet = Rules(quiet=Quiet(start=22 * 60, end=7 * 60))
    watch = await current(store, opened.watch)
    await store.commit(watch, [held(news_for(opened.subscription, watch, "25"), NOON + HOUR)])
    revision = Revision(rules=quiet, muted=Mute(by="U1", since=NOON), at=NOON)
    await store.revise(opened.subscription.id, revision, audit=entry("1"))
    await store.set_channel("C1", ChannelSettings(id="C1", rules=quiet), audit=entry("2", at=NOON + MINUTE))
    await store.close()


def rows(path: Path) -> dict[str, object]:
    with closing(sqlite3.connect(path)) as connection:
        return {key: json.loads(value) for key, value in connection.execute("SELECT key, value FROM milepost")}


def exported(path: Path) -> list[str]:
    out = io.StringIO()
    export(path, out)
    return out.getvalue().splitlines(keepends=True)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    await fill(tmp_path / "milepost.db")
    return tmp_path / "milepost.db"


def test_a_healthy_file_has_no_findings(path: Path) -> None:
    assert check(path) == []


async def test_a_file_can_be_checked_and_exported_while_the_bot_runs(tmp_path: Path) -> None:
    place = tmp_path / "running.db"
    store = await EmbeddedStore.open(f"sqlite:///{place}")
    await follow(store)

    out = io.StringIO()
    findings, count = check(place), export(place, out).records
    await follow(store, "job-2", "sub-2")

    assert (findings, count) == ([], 3)
    await store.close()


def test_an_export_has_one_line_for_each_record(path: Path) -> None:
    out = io.StringIO()

    done = export(path, out)

    first, *records, last = [json.loads(line) for line in out.getvalue().splitlines()]
    assert first == {"milepost_export": codec.VERSION}
    assert last == {"records": done.records}
    assert {each["key"]: each["value"] for each in records} == rows(path)
    assert done.left_out == ()


def test_an_import_of_an_export_gives_the_same_records(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"

    count = import_(copy, exported(path), NOON)

    assert rows(copy) == rows(path)
    assert count == len(rows(path))
    assert check(copy) == []


async def test_the_bot_runs_on_an_imported_file(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    import_(copy, exported(path), NOON)

    store = await EmbeddedStore.open(f"sqlite:///{copy}")

    assert len(await store.claim_due(NOON, 100)) == 40
    assert [each.subscription.id for each in await store.paused()] == ["sub-39"]
    assert not await store.say_once("paused/C39")
    assert await logged(store) == ["1", "2"]
    assert await store.channel_settings("C1") is not None
    assert [row.held_until for row in await store.waiting(SubscriptionId("sub-39"))] == [None, NOON + HOUR]
    assert store.damaged is None
    await store.close()


def test_a_file_with_something_in_it_is_not_imported_into(path: Path) -> None:
    before = rows(path)

    with pytest.raises(StoreUnusable, match="is not empty"):
        import_(path, exported(path), NOON)

    assert rows(path) == before


async def test_a_file_in_use_is_not_imported_into(tmp_path: Path) -> None:
    store = await EmbeddedStore.open(f"sqlite:///{tmp_path}/running.db")

    with pytest.raises(StoreUnusable, match="in use"):
        import_(tmp_path / "running.db", [], NOON)

    await store.close()


def broken(lines: list[str]) -> dict[str, list[str]]:
    record = json.loads(lines[1])
    newer = {**record, "value": {"v": codec.VERSION + 1, "record": {}}}
    return {
        "empty": [],
        "cut short": lines[:-1],
        "a line is missing": [*lines[:2], *lines[3:]],
        "a line twice": [*lines[:2], *lines[1:]],
        "half a line": [*lines[:2], lines[2][:40], *lines[3:]],
        "no beginning": lines[1:],
        "something after the end": [*lines, lines[1]],
        "a newer record": [lines[0], json.dumps(newer), *lines[2:]],
        "a newer export": [f'{{"milepost_export":{codec.VERSION + 1}}}', *lines[1:]],
        "another file": ["Dear diary,\n"],
        "too deep": [lines[0], '{"key":"watch/x","value":' + "[" * 100_000],
    }


@pytest.mark.parametrize("fault", list(broken(["{}", "{}", "{}", "{}"])))
def test_an_export_that_is_not_whole_imports_nothing(path: Path, tmp_path: Path, fault: str) -> None:
    copy = tmp_path / "copy.db"

    with pytest.raises(StoreUnusable):
        import_(copy, broken(exported(path))[fault], NOON)

    assert list(tmp_path.glob("copy.db*")) == []


def test_an_import_removes_what_a_killed_one_left(path: Path, tmp_path: Path) -> None:
    for side in ("", "-wal", "-shm", "-journal"):
        (tmp_path / f"copy.db.import{side}").write_bytes(b"half")

    import_(tmp_path / "copy.db", exported(path), NOON)

    assert [each.name for each in tmp_path.glob("copy.db*")] == ["copy.db"]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, MemoryError])
def test_an_interrupted_import_leaves_nothing(path: Path, tmp_path: Path, interruption: type[BaseException]) -> None:
    def lines() -> Iterator[str]:
        yield from exported(path)[:3]
        raise interruption

    with pytest.raises(interruption):
        import_(tmp_path / "copy.db", lines(), NOON)

    assert list(tmp_path.glob("copy.db*")) == []


def test_an_empty_file_is_fine_and_holds_nothing(tmp_path: Path) -> None:
    place = tmp_path / "empty.db"
    place.touch()

    out = io.StringIO()
    done = export(place, out)

    assert check(place) == []
    assert done.records == 0
    assert import_(tmp_path / "copy.db", out.getvalue().splitlines(keepends=True), NOON) == 0
    assert place.stat().st_size == 0


def test_a_log_that_lost_its_file_is_told_and_kept(tmp_path: Path) -> None:
    place, log = tmp_path / "lost.db", tmp_path / "lost.db-wal"
    place.touch()
    log.write_bytes(b"acknowledged")

    with pytest.raises(StoreUnusable, match=r"lost\.db-wal is not"):
        check(place)

    assert log.read_bytes() == b"acknowledged"


@pytest.mark.parametrize("wrong", ["missing", "pipe", "circle"])
def test_nothing_is_exported_where_there_is_no_data_file(tmp_path: Path, wrong: str) -> None:
    place = tmp_path / "milepost.db"
    if wrong == "pipe":
        os.mkfifo(place)
    elif wrong == "circle":
        place.symlink_to(place)

    out = io.StringIO()
    with pytest.raises(StoreUnusable, match="--file"):
        export(place, out)

    assert out.getvalue() == ""


def test_the_audit_log_is_read_oldest_first_and_from_some_time_on(path: Path) -> None:
    assert list(audit(path)) == [entry("1"), entry("2", at=NOON + MINUTE)]
    assert list(audit(path, since=NOON + MINUTE)) == [entry("2", at=NOON + MINUTE)]


async def test_the_audit_log_is_read_while_the_bot_runs(tmp_path: Path) -> None:
    store = await EmbeddedStore.open(f"sqlite:///{tmp_path}/running.db")
    await store.note(entry("1"))

    assert list(audit(tmp_path / "running.db")) == [entry("1")]

    await store.close()


def test_an_entry_that_cannot_be_read_is_named_in_its_place(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO milepost VALUES ('audit/1-odd', '{\"v\":3}'), ('audit/3', x'ff')")

    first, odd, second, bad = audit(path)

    assert (first, second) == (entry("1"), entry("2", at=NOON + MINUTE))
    assert "'audit/1-odd'" in str(odd)
    assert "'audit/3'" in str(bad)
    assert check(path) == [odd, bad]


def test_no_data_file_has_no_audit_log(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("Dear diary,\n" * 100)

    for place in (tmp_path / "missing", tmp_path / "text", tmp_path):
        with pytest.raises(StoreUnusable):
            list(audit(place))


def test_loose_ends_are_found(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM milepost WHERE key IN ('watch/drs:job-1#1', 'subscription/sub-2')")
        open_twice = connection.execute("SELECT value FROM milepost WHERE key = 'watch/drs:job-3#1'").fetchone()[0]
        connection.execute(
            "INSERT INTO milepost (key, value) VALUES ('watch/drs:job-3#2', ?)",
            (open_twice.replace("drs:job-3#1", "drs:job-3#2"),),
        )

    findings = check(path)

    assert "Subscription 'sub-1' follows 'drs:job-1#1', which is not there" in findings
    assert "Delivery 'drs:job-2#1/1/sub-2/card' belongs to 'sub-2', which is not there" in findings
    assert "Two watches of one task are open: 'drs:job-3#1' and 'drs:job-3#2'" in findings
    assert len(findings) == 3


def test_unreadable_rows_are_named_and_left_out(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO milepost VALUES ('watch/odd', '{\"v\":1}'), ('watch/bad', x'ff'), ('z', NULL)")

    findings = check(path)
    done = export(path, io.StringIO())

    assert [("watch/odd" in each, "watch/bad" in each, "'z'" in each) for each in findings] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    assert list(done.left_out) == findings
    assert done.records == len(rows_of_ours(path))


def rows_of_ours(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        keys = [key for (key,) in connection.execute("SELECT key FROM milepost")]
    return [key for key in keys if key not in ("watch/odd", "watch/bad", "z")]


def test_what_lies_behind_a_smashed_page_is_still_exported(path: Path, tmp_path: Path) -> None:
    whole = len(rows(path))
    with path.open("r+b") as file:
        pages = path.stat().st_size // 4096
        file.seek((pages // 2) * 4096)
        file.write(b"\xa5" * 4096)

    out = io.StringIO()
    done = export(path, out)
    import_(tmp_path / "rescued.db", out.getvalue().splitlines(keepends=True), NOON)

    assert check(path) != []
    assert whole / 2 < done.records < whole
    assert done.left_out
    assert len(rows(tmp_path / "rescued.db")) == done.records


def test_what_is_no_data_file_cannot_be_checked(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("Dear diary,\n" * 100)

    for place in (tmp_path / "missing", tmp_path / "text", tmp_path):
        with pytest.raises(StoreUnusable):
            check(place)
