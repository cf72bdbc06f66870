"""What Milepost is measured against, where that needs no vendor's SDK; each written as its own users would."""

import asyncio
import base64
import json
import shutil
import sqlite3
import ssl
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.measuring import metered, run_arm


def _request(number: int) -> bytes:
    task = base64.b64encode(f"{0x5A000000 + number:08x}_8efa50_4db1_3".encode()).decode()
    # As long as the product's own: a signature is some 250 characters.
    return (
        f"GET /examplebucket-1250000000/{task} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
        f"User-Agent: bare\r\nAuthorization: q-sign-algorithm=sha1&{'x' * 230}\r\n\r\n"
    ).encode()


class _Line(asyncio.Protocol):
    """One kept connection that asks, reads the whole answer, and asks the next."""

    def __init__(self, bare: "_Bare") -> None:
        self._bare = bare
        self._seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._bare.ready()

    def ask(self) -> None:
        request = self._bare.next()
        if request is not None:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._seen += data
        end = self._seen.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._seen[:end].lower()
        at = head.index(b"content-length: ") + 16
        length = int(head[at : head.find(b"\r\n", at) if b"\r\n" in head[at:] else None])
        if len(self._seen) < end + 4 + length:
            return
        self._seen = self._seen[end + 4 + length :]
        self._bare.answered()
        self.ask()


class _Bare:
    """The least an asyncio program can do: keep connections, send, read."""

    def __init__(self, connections: int) -> None:
        self._requests = [_request(number) for number in range(1000)]
        self._connections = connections
        self._connected = 0
        self._left = 0
        self._open = 0
        self.all_connected = asyncio.Event()
        self.all_answered = asyncio.Event()
        self.lines: list[_Line] = []

    def ready(self) -> None:
        self._connected += 1
        if self._connected == self._connections:
            self.all_connected.set()

    def next(self) -> bytes | None:
        if self._left == 0:
            return None
        self._left -= 1
        self._open += 1
        return self._requests[self._left % 1000]

    def answered(self) -> None:
        self._open -= 1
        if self._left == 0 and self._open == 0:
            self.all_answered.set()

    async def do(self, number: int) -> None:
        self._left = number
        self.all_answered.clear()
        for line in self.lines:
            line.ask()
        await self.all_answered.wait()


def bare(*, port: int, certificate: str, polls: int, at_once: int) -> dict[str, Any]:
    """CPU per request of a bare asyncio keep-alive loop that only sends and reads."""

    async def go() -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        context = ssl.create_default_context(cafile=certificate)
        asking = _Bare(at_once)

        def line() -> _Line:
            asking.lines.append(_Line(asking))
            return asking.lines[-1]

        for _ in range(at_once):
            await loop.create_connection(line, "127.0.0.1", port, ssl=context)
        await asking.all_connected.wait()
        await asking.do(500)
        with metered() as used:
            await asking.do(polls)
        return {"us": used.cpu / polls * 1e6, "per_second": polls / used.wall}

    return asyncio.run(go())


def one_job_per_task(*, jobs: int, interval: float, seconds: float) -> dict[str, Any]:
    """APScheduler with an interval job for each task, the job doing nothing; net of the same loop without jobs."""

    async def go() -> dict[str, Any]:
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        runs = 0

        async def job() -> None:
            nonlocal runs
            runs += 1

        with metered() as idle:
            await asyncio.sleep(seconds)
        scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None})
        first = datetime.now(UTC) + timedelta(seconds=4 + jobs / 20_000)
        for number in range(jobs):
            at = first + timedelta(seconds=interval * number / jobs)
            scheduler.add_job(job, "interval", seconds=interval, next_run_time=at)
        scheduler.start()
        await asyncio.sleep(max((first - datetime.now(UTC)).total_seconds(), 0) + 0.5)
        before = runs
        with metered() as busy:
            await asyncio.sleep(seconds)
        done = runs - before
        scheduler.shutdown(wait=False)
        return {"us": (busy.cpu - idle.cpu) / done * 1e6, "runs": done}

    return asyncio.run(go())


def executemany(*, path: str, like: str, at_once: int, times: int) -> dict[str, Any]:
    """Plain sqlite3, WAL and synchronous=FULL, upserts of the rows that Milepost would write, encoded by msgspec."""
    encoder, decoder = msgspec.json.Encoder(), msgspec.json.Decoder()
    with closing(sqlite3.connect(like)) as source:
        found = source.execute("SELECT key, value FROM milepost WHERE key LIKE 'watch/%' LIMIT ?", (at_once * times,))
        records = [(key, decoder.decode(value)) for key, value in found]
    for name in (path, f"{path}-wal", f"{path}-shm"):
        Path(name).unlink(missing_ok=True)
    shutil.copyfile(like, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        for _, record in records:
            record["record"]["high"] = record["record"].get("high", 0) + 0.5
        groups = [records[start : start + at_once] for start in range(0, len(records), at_once)]
        with metered() as used:
            for group in groups:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(
                    "INSERT INTO milepost (key, value) VALUES (?, ?) "
                    "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    [(key, encoder.encode(record).decode()) for key, record in group],
                )
                connection.execute("COMMIT")
    return {"per_second": len(records) / used.wall, "us": used.cpu / len(records) * 1e6}


def items(*, path: str, began_at: float) -> dict[str, Any]:
    """Read a whole data file by ``SqliteDict.items()`` with json, as its documentation shows."""
    from sqlitedict import SqliteDict

    imported = time.time()
    kept = SqliteDict(path, tablename="milepost", encode=json.dumps, decode=json.loads, journal_mode="WAL", flag="r")
    records = dict(kept.items())
    read = time.time()
    kept.close()
    return {"seconds": read - began_at, "after_imports": read - imported, "records": len(records)}


if __name__ == "__main__":
    run_arm(
        {"bare": bare, "one_job_per_task": one_job_per_task, "executemany": executemany, "items": items},
        waited_for=["items"],
    )
