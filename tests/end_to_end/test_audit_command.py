"""`milepost audit`, beside a bot that runs on the data file and without one."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.model import AuditEntry, Deed
from bot.store.embedded import EmbeddedStore
from tests.end_to_end.process import output

NOW = datetime.now(UTC)


def entry(number: int, *, ago: timedelta = timedelta(0), deed: Deed = Deed.UNMUTED, **more: str) -> AuditEntry:
    at = NOW - ago
    return AuditEntry(id=f"{at:%Y%m%dT%H%M%S.%f}-{number}", at=at, who="U0ALICE", channel="C0ONE", deed=deed, **more)


async def opened(path: Path, *entries: AuditEntry) -> EmbeddedStore:
    store = await EmbeddedStore.open(f"sqlite:///{path}")
    for each in entries:
        await store.note(each)
    return store


async def test_changes_are_told_while_the_bot_runs_oldest_first_and_the_latest_where_there_are_many(
    tmp_path: Path,
) -> None:
    path = tmp_path / "milepost.db"
    days = [entry(number, ago=timedelta(days=10 - number), task=f"drs job-{number}") for number in range(10)]
    store = await opened(path, *days)

    status, text = await output("audit", "--file", str(path))
    _, few = await output("audit", "--file", str(path), "--limit", "2")
    _, late = await output("audit", "--file", str(path), "--since", "3.5d")
    await store.close()

    assert status == 0, text
    assert [line.split("  ")[-1] for line in text.splitlines()] == [f"drs job-{number}" for number in range(10)]
    assert [line[-1] for line in few.splitlines()] == ["8", "9"]
    assert [line[-1] for line in late.splitlines()] == ["7", "8", "9"]


async def test_an_entry_is_one_line_whatever_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "milepost.db"
    await (await opened(path, entry(1, deed=Deed.EDITED, task="drs a\nb", detail='as "\x1b[31m\u202eevil"'))).close()

    _, text = await output("audit", "--file", str(path))
    _, as_json = await output("audit", "--file", str(path), "--json")

    (line,) = text.splitlines()
    assert line.split("  ")[1:] == ["U0ALICE", "C0ONE", "edited", "drs a b", 'as "[31mevil"']
    assert json.loads(as_json)["detail"] == 'as "\x1b[31m\u202eevil"'
    assert len(as_json.splitlines()) == 1


@pytest.mark.parametrize("since", ["yesterday", "7", "-1d"])
async def test_a_time_that_is_none_is_explained(tmp_path: Path, since: str) -> None:
    status, text = await output("audit", "--file", str(tmp_path / "x.db"), f"--since={since}")

    assert status == 2
    assert "such as 12h or 7d" in text


async def test_where_there_is_no_data_file_that_is_said(tmp_path: Path) -> None:
    status, text = await output("audit", "--file", str(tmp_path / "x.db"))

    assert status == 1
    assert "There is no data file" in text
