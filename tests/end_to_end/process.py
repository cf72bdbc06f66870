"""Milepost as a process of its own: started, spoken to through its surroundings, stopped or killed."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

PATIENCE = 30.0


def write_config(folder: Path, mapping: Mapping[str, Any]) -> Path:
    """Write a milepost.toml."""
    lines: list[str] = []
    for section, keys in mapping.items():
        tables = (
            {f"accounts.{name}": table for name, table in keys.items()} if section == "accounts" else {section: keys}
        )
        for name, table in tables.items():
            lines.append(f"[{name}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    path = folder / "milepost.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which nothing of the developer's own is set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "MILEPOST_"))}
    return kept | more


class Process:
    """A running `milepost`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._reading = asyncio.create_task(self._read())
        self._news = asyncio.Condition()
        self.lines: list[str] = []

    async def _read(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            async with self._news:
                self.lines.append(line.decode().rstrip())
                self._news.notify_all()
        async with self._news:
            self._news.notify_all()

    @property
    def text(self) -> str:
        """All that it wrote so far."""
        return "\n".join(self.lines)

    async def says(self, words: str) -> None:
        """Wait until it logs *words*."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: words in self.text or self._reading.done())
        assert words in self.text, self.text

    async def runs(self) -> None:
        """Wait until it is at work."""
        await self.says("Milepost is running")

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    async def ended(self) -> int:
        """Wait for its end and return the exit status."""
        async with asyncio.timeout(PATIENCE):
            status = await self._process.wait()
            await self._reading
        return status

    async def stop(self) -> int:
        """Ask it to stop."""
        self.signal(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        """End it as a crash would."""
        self.signal(signal.SIGKILL)
        await self.ended()

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None


@asynccontextmanager
async def milepost(*arguments: str | Path, cwd: Path | None = None, **env: str) -> AsyncIterator[Process]:
    """Start `milepost` with *arguments*; it does not outlive the block."""
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *map(str, arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=environment(**env),
        cwd=cwd,
        limit=1024 * 1024,
    )
    process = Process(started)
    try:
        yield process
    finally:
        if process.running:
            await process.kill()


async def output(*arguments: str | Path, cwd: Path | None = None, **env: str) -> tuple[int, str]:
    """Run `milepost` to its end; return its exit status and all that it wrote."""
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *map(str, arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment(**env),
        cwd=cwd,
    )
    async with asyncio.timeout(PATIENCE):
        written, _ = await started.communicate()
    assert started.returncode is not None
    return started.returncode, written.decode()
