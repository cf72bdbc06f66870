"""What Milepost is measured against, where that needs no vendor's SDK; each written as its own users would."""

import asyncio
import base64
import json
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.asking import Asking
from benchmarks.measuring import metered, run_arm


def _request(number: int) -> bytes:
    task = base64.b64encode(f"{0x5A000000 + number:08x}_8efa50_4db1_3".encode()).decode()
    # As long as the product's own: a signature is some 250 characters.
    return (
        f"GET /examplebucket-1250000000/{task} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
        f"User-Agent: bare\r\nAuthorization: q-sign-algorithm=sha1&{'x' * 230}\r\n\r\n"
    ).encode()


def bare(*, port: int, certificate: str, polls: int, at_once: int) -> dict[str, Any]:
    """CPU per request of a bare asyncio keep-alive loop that only sends and reads."""

    async def go() -> dict[str, Any]:
        asking = Asking([_request(number) for number in range(1000)])
        await asking.connect(at_once, port, certificate)
        await asking.do(500)
        with metered() as used:
            await asking.do(polls)
        return {"us": used.cpu / polls * 1e6, "per_second": polls / used.wall}

    return asyncio.run(go())


class _Job(msgspec.Struct, gc=False):
    job_id: str
    progress: str
    transfer_status: str


class _Jobs(msgspec.Struct, gc=False):
    results: list[_Job]


def bare_batches(*, path: str, like: str, port: int, certificate: str, batch: int, polls: int) -> dict[str, Any]:
    """CPU per task of what is left where nothing is decided: so many DRS jobs a call, each one's row in one commit.

    The requests are ready and the signatures a dummy; of an answer the state and the percent are read, by name and
    unchecked; the rows are those of *like*, with that percent. One thread, ten calls at once.
    """
    encoder, decoder = msgspec.json.Encoder(), msgspec.json.Decoder(_Jobs)
    with closing(_upserting(path, like)) as connection:
        found = connection.execute("SELECT key, value FROM milepost WHERE key LIKE 'watch/%'")
        records = {record["record"]["key"]: (key, record) for key, record in _decoded(found)}
        jobs = list(records)
        groups = [jobs[start : start + batch] for start in range(0, len(jobs) - batch + 1, batch)]

        def read(body: bytes) -> None:
            rows = []
            results = decoder.decode(body).results
            if len(results) != batch:
                raise RuntimeError(f"{len(results)} results instead of {batch}")
            for job in results:
                key, record = records[job.job_id]
                watch = record["record"]
                # Else the row would be the one that is there, and that costs SQLite nothing.
                watch["version"] = watch.get("version", 0) + 1
                watch["seen"]["raw_state"] = job.transfer_status
                watch["seen"]["percent"] = watch["high"] = float(job.progress)
                rows.append((key, encoder.encode(record).decode()))
            _upsert(connection, rows)

        async def go() -> dict[str, Any]:
            asking = Asking([_batch_request(group) for group in groups], read)
            await asking.connect(10, port, certificate)
            await asking.do(len(groups))
            calls = polls // batch
            with metered() as used:
                await asking.do(calls)
            return {"us": used.cpu / calls / batch * 1e6, "per_second": calls * batch / used.wall}

        return asyncio.run(go())


def _batch_request(jobs: Sequence[str]) -> bytes:
    body = json.dumps({"jobs": jobs})
    return (
        f"POST /v3/054ba152d480d55b2f5dc0069e7ddef0/jobs/batch-progress HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nUser-Agent: bare\r\n"
        f"Authorization: SDK-HMAC-SHA256 {'x' * 230}\r\n\r\n{body}"
    ).encode()


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
    encoder = msgspec.json.Encoder()
    with closing(sqlite3.connect(like)) as source:
        found = source.execute("SELECT key, value FROM milepost WHERE key LIKE 'watch/%' LIMIT ?", (at_once * times,))
        records = list(_decoded(found))
    with closing(_upserting(path, like)) as connection:
        for _, record in records:
            record["record"]["high"] = record["record"].get("high", 0) + 0.5
        groups = [records[start : start + at_once] for start in range(0, len(records), at_once)]
        with metered() as used:
            for group in groups:
                _upsert(connection, [(key, encoder.encode(record).decode()) for key, record in group])
    return {"per_second": len(records) / used.wall, "us": used.cpu / len(records) * 1e6}


def _decoded(rows: Iterable[tuple[str, str]]) -> Iterator[tuple[str, dict[str, Any]]]:
    decoder = msgspec.json.Decoder()
    return ((key, decoder.decode(value)) for key, value in rows)


def _upserting(path: str, like: str) -> sqlite3.Connection:
    """Return a connection to a copy of *like*, as durable as Milepost's."""
    for name in (path, f"{path}-wal", f"{path}-shm"):
        Path(name).unlink(missing_ok=True)
    shutil.copyfile(like, path)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _upsert(connection: sqlite3.Connection, rows: Sequence[tuple[str, str]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        "INSERT INTO milepost (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", rows
    )
    connection.execute("COMMIT")


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
        {
            "bare": bare,
            "bare_batches": bare_batches,
            "one_job_per_task": one_job_per_task,
            "executemany": executemany,
            "items": items,
        },
        waited_for=["items"],
    )
