import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.store.heartbeat import NAME, HeartbeatFile, seconds_silent
from bot.store.lock import FileLock

DATABASE = "postgresql://milepost@db.example/milepost"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_with_a_database_the_working_directory_tells_how_long_a_process_has_been_silent(folder: Path) -> None:
    HeartbeatFile().touch()
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    os.utime(folder / NAME, (hour_ago.timestamp(), hour_ago.timestamp()))
    silent = seconds_silent(DATABASE, hour_ago + timedelta(seconds=90))

    HeartbeatFile().touch()

    touched = seconds_silent(DATABASE, datetime.now(UTC))
    assert silent == pytest.approx(90, abs=0.01)
    assert touched is not None
    assert touched < 60


def test_a_process_that_ended_or_never_was_is_not_there() -> None:
    never = seconds_silent(DATABASE, datetime.now(UTC))
    HeartbeatFile().touch()
    HeartbeatFile().remove()
    HeartbeatFile().remove()

    assert never is None
    assert seconds_silent(DATABASE, datetime.now(UTC)) is None


def test_a_clock_that_was_set_back_makes_nobody_silent() -> None:
    HeartbeatFile().touch()

    assert seconds_silent(DATABASE, datetime.now(UTC) - timedelta(hours=1)) == 0.0


def test_with_a_data_file_it_is_the_holder_that_counts(folder: Path) -> None:
    HeartbeatFile().touch()
    nobody = seconds_silent("sqlite:///milepost.db", datetime.now(UTC))

    lock = FileLock(folder / "milepost.db", datetime.now(UTC))

    assert nobody is None
    assert seconds_silent("sqlite:///milepost.db", datetime.now(UTC)) is not None
    lock.release()
