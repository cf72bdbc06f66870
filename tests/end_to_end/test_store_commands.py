"""`milepost store …`, `watch` and a stop, where what they are given is odd."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.store import codec
from bot.store.embedded import EmbeddedStore
from tests.end_to_end.process import PATIENCE, environment, milepost, output, write_config
from tests.end_to_end.stage import Stage
from tests.store.world import follow

HEADER = f'{{"milepost_export":{codec.VERSION}}}\n'


def said(number: int) -> str:
    name = f"word-{number}"
    return f'{{"key":"said/{name}","value":{{"v":{codec.VERSION},"record":{{"id":"{name}"}}}}}}\n'


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def fill(path: Path) -> None:
    store = await EmbeddedStore.open(f"sqlite:///{path}")
    await follow(store)
    await store.close()


def _hear_signals() -> None:
    """Whoever runs the tests in the background may ignore some, and a process inherits that."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@asynccontextmanager
async def importing(path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start an import from a pipe that gives no end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "store", "import", "-f", str(path)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment(),
        preexec_fn=_hear_signals,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


# Data files


@pytest.mark.parametrize("kind", ["pipe", "circle", "dangling"])
async def test_a_data_file_that_is_no_ordinary_file_ends_the_start_with_a_sentence(
    stage: Stage, tmp_path: Path, kind: str
) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))
    data = tmp_path / "milepost.db"
    if kind == "pipe":
        os.mkfifo(data)
    else:
        data.symlink_to(data if kind == "circle" else tmp_path / "nowhere")

    for command in (("run",), ("store", "check"), ("store", "export"), ("store", "import")):
        status, text = await output(*command, "--config", config)
        assert status == 1, command
        assert str(data) in text
        assert len(text.splitlines()) == 1
        assert "Traceback" not in text
    assert (await output("health", "--config", config))[0] == 1
    assert names(tmp_path) == ["milepost.db", "milepost.toml"]


async def test_a_file_of_another_program_gets_no_lock_beside_it(stage: Stage, tmp_path: Path) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))
    (tmp_path / "milepost.db").write_text("my diary")

    status, _ = await output("run", "--config", config)

    assert status == 1
    assert names(tmp_path) == ["milepost.db", "milepost.toml"]


async def test_an_empty_data_file_is_said_to_be_fine(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()

    status, text = await output("store", "check", "--file", tmp_path / "empty.db")

    assert status == 0
    assert "is empty, and fine" in text


# Export and import


@pytest.mark.parametrize("command", ["check", "export"])
async def test_without_a_data_file_nothing_is_written_and_the_option_is_named(tmp_path: Path, command: str) -> None:
    status, text = await output("store", command, cwd=tmp_path)

    assert status == 1
    assert text == "There is no data file milepost.db. Name another one with --file.\n"


async def test_an_export_that_cannot_be_made_leaves_no_file(tmp_path: Path) -> None:
    status, _ = await output("store", "export", "copy.jsonl", cwd=tmp_path)

    assert status == 1
    assert names(tmp_path) == []


async def test_an_export_onto_a_full_disk_ends_with_a_sentence(tmp_path: Path) -> None:
    await fill(tmp_path / "milepost.db")
    full = os.open("/dev/full", os.O_WRONLY)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "store", "export", "-f", str(tmp_path / "milepost.db")),
        stdout=full,
        stderr=asyncio.subprocess.PIPE,
        env=environment(),
    )
    os.close(full)
    async with asyncio.timeout(PATIENCE):
        _, told = await process.communicate()

    assert process.returncode == 1
    assert told.decode() == "The export cannot be written (No space left on device).\n"


async def test_an_export_goes_in_again_through_a_file(tmp_path: Path) -> None:
    await fill(tmp_path / "milepost.db")
    await output("store", "export", "copy.jsonl", cwd=tmp_path)

    status, text = await output("store", "import", "copy.jsonl", "-f", "copy.db", cwd=tmp_path)

    assert (status, text) == (0, "copy.db: 3 records.\n")
    assert [each for each in names(tmp_path) if each.startswith("copy")] == ["copy.db", "copy.jsonl"]


@pytest.mark.parametrize("source", ["/dev/zero", "pipe", "."])
async def test_an_import_from_what_is_no_ordinary_file_is_refused_unread(tmp_path: Path, source: str) -> None:
    os.mkfifo(tmp_path / "pipe")

    status, text = await output("store", "import", source, "-f", "new.db", cwd=tmp_path)

    assert status == 1
    assert "is no ordinary file" in text
    assert "standard input" in text
    assert names(tmp_path) == ["pipe"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\0" * (2 << 20), "Line 1 of the export"), (HEADER.encode() + b"\xff\n", "Line 2"), (b"x" * 100, "Line 1")],
    ids=["a line without an end", "not UTF-8", "another file"],
)
async def test_an_import_of_what_is_no_export_is_refused_and_leaves_nothing(
    tmp_path: Path, content: bytes, words: str
) -> None:
    (tmp_path / "source").write_bytes(content)

    status, text = await output("store", "import", "source", "-f", "new.db", cwd=tmp_path)

    assert status == 1
    assert words in text
    assert "Nothing was imported" in text
    assert names(tmp_path) == ["source"]


async def test_an_endless_line_on_standard_input_is_not_read_to_its_end(tmp_path: Path) -> None:
    async with importing(tmp_path / "new.db") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"\0" * (8 << 20))
        async with asyncio.timeout(PATIENCE):
            told = await process.stdout.read()
            await process.wait()

    assert process.returncode == 1
    assert b"longer than any line of an export" in told
    assert names(tmp_path) == []


@pytest.mark.parametrize("signal_name", ["SIGINT", "SIGTERM", "SIGHUP"])
async def test_an_import_that_is_stopped_leaves_nothing(tmp_path: Path, signal_name: str) -> None:
    async with importing(tmp_path / "new.db") as process:
        assert process.stdin is not None
        process.stdin.write((HEADER + "".join(said(number) for number in range(20_000))).encode())
        # More than a pipe holds: when it is taken, the import is under way.
        await process.stdin.drain()
        assert (tmp_path / "new.db.import").exists()
        process.send_signal(signal.Signals[signal_name])
        async with asyncio.timeout(PATIENCE):
            await process.wait()

    assert process.returncode not in (0, None)
    assert names(tmp_path) == []


# Watch


async def test_watch_says_each_change_once_where_there_is_no_terminal(stage: Stage, tmp_path: Path) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))
    task = stage.start("huawei-codearts", percent=40.0, name="nightly check")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "watch", "codearts", task.key, "--config", str(config)),
        stdout=asyncio.subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        first = await process.stdout.readline()
        stage.clouds.set(task.id, finish="succeeded")
        rest = (await process.stdout.read()).decode().splitlines()
        await process.wait()

    assert first.decode().startswith("nightly check: ")
    assert "waiting" not in first.decode()
    assert rest[-1].startswith("done after")
    assert len(rest) == len(set(rest))
    assert process.returncode == 0


async def test_watch_says_nothing_but_why_it_cannot(stage: Stage, tmp_path: Path) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))

    status, text = await output("watch", "drs", "9a470239-2308-4bb5-a6bc-1040402fjb21", "--config", config)

    assert status == 2
    assert text.startswith("drs: ")
    assert "waiting" not in text


async def test_watch_of_an_unknown_account_gives_an_example(stage: Stage, tmp_path: Path) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))
    first = next(iter(stage.mapping(tmp_path)["accounts"]))

    status, text = await output("watch", "nosuch", "x", "--config", config)

    assert status == 2
    assert f"For example: milepost watch {first} " in text


# A stop

_STUCK = """
import asyncio, threading
from bot.running import end_at_the_latest

async def main():
    stopping = asyncio.Event()
    stopping.set()
    limit = asyncio.create_task(end_at_the_latest(stopping, 0.1))
    await asyncio.to_thread(threading.Event().wait)

asyncio.run(main())
"""


async def test_a_stop_does_not_wait_for_ever_for_a_thread_that_hangs() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _STUCK, stderr=asyncio.subprocess.PIPE, env=environment()
    )
    async with asyncio.timeout(PATIENCE):
        _, told = await process.communicate()

    assert process.returncode == 1
    assert b"did not answer" in told


async def test_a_stop_that_works_is_not_cut_short(stage: Stage, tmp_path: Path) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))

    async with milepost("run", "--config", config) as process:
        await process.says("Milepost is running")
        status = await process.stop()

    assert status == 0
    assert "did not answer" not in process.text
    assert not (tmp_path / "milepost.db.lock").exists()
