"""What is measured about Milepost's way from the cloud to the disk, one arm a process."""

import asyncio
import gc
import shutil
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from benchmarks.datafile import NOW
from benchmarks.measuring import metered, resident_bytes, run_arm
from benchmarks.product import Product, account, running, troubles
from bot.scheduler import Ticks
from bot.store.datafile import TABLE
from bot.store.embedded import EmbeddedStore
from bot.store.hardened import HardenedDict
from bot.store.opening import open_file
from bot.wiring import POLL_EVERY

SOON = (0.5, 0.5)
"""Intervals so short that there is always something due."""
SELDOM = (86_400.0, 86_400.0)
"""Intervals so long that nothing is due twice."""


async def until_polled(product: Product, polls: int) -> None:
    """Let ticks come at their pace until so many polls were committed."""
    goal = product.store.commits + polls
    while product.store.commits < goal:
        began = time.monotonic()
        await product.polling.tick()
        await asyncio.sleep(max(POLL_EVERY - (time.monotonic() - began), 0))


def polls(
    *, path: str, provider: str, port: int, certificate: str, polls: int, warm: int = 300, **more: object
) -> dict[str, Any]:
    """CPU per poll over the whole path, always with something due."""

    async def go() -> dict[str, Any]:
        accounts = {"one": account(provider, port, **more)}
        async with running(Path(path), accounts, certificate, intervals=SOON) as product:
            return await _counted(product, until_polled, warm, polls)

    return asyncio.run(go())


async def _counted(
    product: Product, look: Callable[[Product, int], Awaitable[None]], warm: int, looks: int
) -> dict[str, Any]:
    await look(product, warm)
    before = product.store.commits
    with metered() as used:
        await look(product, looks)
    done = product.store.commits - before
    return {"us": used.cpu / done * 1e6, "per_second": done / used.wall, "polls": done, "troubles": dict(troubles)}


def first_looks(
    *, path: str, provider: str, port: int, certificate: str, warm: int, looks: int, **more: object
) -> dict[str, Any]:
    """CPU per poll of so many first looks, after some that warm up; one watch of the file falls due each second.

    A first look finds more news than those that follow: files of different sizes must not differ in their share. And
    nothing is under way when the count begins and ends.
    """

    async def go() -> dict[str, Any]:
        accounts = {"one": account(provider, port, **more)}
        async with running(Path(path), accounts, certificate, rate=0.0, intervals=SELDOM) as product:
            return await _counted(product, _all_polled, warm, looks)

    return asyncio.run(go())


async def _all_polled(product: Product, seconds: int) -> None:
    """Let so many seconds pass at once, until all that fell due was read."""
    product.clock.move(seconds)
    while await product.store.any_due(product.clock.now()):
        await product.polling.tick()
        await asyncio.sleep(POLL_EVERY)
    await product.polling.settle()


def burst(
    *, path: str, provider: str, port: int, certificate: str, size: int, times: int, **more: object
) -> dict[str, Any]:
    """CPU per poll where so many are due at the same moment, and none before or after; the file has *size* watches."""

    async def go() -> dict[str, Any]:
        accounts = {"one": account(provider, port, **more)}
        cpu, walls = 0.0, []
        async with running(Path(path), accounts, certificate, rate=0.0) as product:
            for number in range(times + 1):
                with metered() as used:
                    await until_polled(product, size)
                    await product.polling.settle()
                if number:
                    cpu += used.cpu
                    walls.append(used.wall)
                product.clock.move(1000)
        return {"us": cpu / size / times * 1e6, "wall": max(walls), "troubles": dict(troubles)}

    return asyncio.run(go())


def scheduling(*, path: str, seconds: float, interval: float) -> dict[str, Any]:
    """CPU per due watch of knowing what is due, net of the same ticks with nothing due."""

    async def go() -> dict[str, Any]:
        file = await asyncio.to_thread(open_file, f"sqlite:///{path}", NOW)
        watches, due = file.memory.records.watches, file.memory.due
        began, runs, lateness = time.monotonic(), 0, 0.0

        async def tick() -> None:
            nonlocal runs, lateness
            now = NOW + timedelta(seconds=time.monotonic() - began)
            for name in due.claim(now, 1000, (), None, now):
                watch = watches[name]
                assert watch.due_at is not None
                lateness += (now - watch.due_at).total_seconds()
                watches[name] = after = replace(watch, due_at=now + timedelta(seconds=interval))
                due.put(name, after, watch)
                due.release(name)
                runs += 1

        async def nothing() -> None:
            due.claim(NOW, 1000, (), None, NOW - timedelta(days=1))

        idle = await _ticked(nothing, seconds)
        runs, began = 0, time.monotonic()
        busy = await _ticked(tick, seconds)
        await asyncio.to_thread(file.data.close)
        file.lock.release()
        return {"us": (busy - idle) / runs * 1e6, "runs": runs, "late_ms": lateness / runs * 1e3}

    return asyncio.run(go())


async def _ticked(tick: Any, seconds: float) -> float:
    ticks = Ticks()
    ticks.every(POLL_EVERY, tick, "tick")
    ticks.start()
    with metered() as used:
        await asyncio.sleep(seconds)
    await ticks.drain(1)
    return used.cpu


def commits(*, path: str, like: str, at_once: int, times: int) -> dict[str, Any]:
    """Durable changes of watches a second, so many in one commit, by the verb of the store."""
    _fresh_copy(like, path)

    async def go() -> dict[str, Any]:
        store = await EmbeddedStore.open(f"sqlite:///{path}")
        watches = list(await store.claim_due(NOW + timedelta(days=1), at_once * times))
        changed = [replace(watch, seen_at=NOW, high=(watch.high or 0) + 0.5) for watch in watches]
        groups = [changed[start : start + at_once] for start in range(0, len(changed), at_once)]
        with metered() as used:
            for group in groups:
                assert all(await store.commit_all([(watch, ()) for watch in group]))
        await store.close()
        return {"per_second": len(changed) / used.wall, "us": used.cpu / len(changed) * 1e6}

    return asyncio.run(go())


def rows(*, path: str, like: str, at_once: int, times: int) -> dict[str, Any]:
    """Durable rows a second through the hardened data file, encoded as the plain baseline encodes them."""
    _fresh_copy(like, path)
    encoder, decoder = msgspec.json.Encoder(), msgspec.json.Decoder()
    data = HardenedDict(path, TABLE)
    with closing(sqlite3.connect(path)) as source:
        found = source.execute("SELECT key, value FROM milepost WHERE key LIKE 'watch/%' LIMIT ?", (at_once * times,))
        records = [(key, decoder.decode(value)) for key, value in found]
    for _, record in records:
        record["record"]["high"] = record["record"].get("high", 0) + 0.5
    groups = [records[start : start + at_once] for start in range(0, len(records), at_once)]
    with metered() as used:
        for group in groups:
            data.write({key: encoder.encode(record).decode() for key, record in group}).result(30)
    data.close()
    return {"per_second": len(records) / used.wall, "us": used.cpu / len(records) * 1e6}


def _fresh_copy(like: str, path: str) -> None:
    for name in (path, f"{path}-wal", f"{path}-shm", f"{path}.lock"):
        Path(name).unlink(missing_ok=True)
    shutil.copyfile(like, path)


def memory(*, path: str, watches: int) -> dict[str, Any]:
    """Growth of the process by opening a file, per watch."""
    gc.collect()
    before = resident_bytes()

    async def go() -> int:
        store = await EmbeddedStore.open(f"sqlite:///{path}")
        # What the first who asks lets the store find out is a part of it.
        await store.followed_in("")
        await store.followed_by("")
        gc.collect()
        grown = resident_bytes() - before
        await store.close()
        return grown

    return {"bytes": asyncio.run(go()) / watches}


def start(*, path: str, provider: str, port: int, certificate: str, began_at: float) -> dict[str, Any]:
    """From the start of the process to the first poll that is committed."""

    async def go() -> dict[str, Any]:
        imported = time.time()
        accounts = {"one": account(provider, port)}
        async with running(Path(path), accounts, certificate, copy=False) as product:
            opened = time.time()
            ticking = asyncio.create_task(until_polled(product, 1))
            writing = asyncio.create_task(product.store.written.wait())
            # Not the pause after the tick is to be measured; and where a tick fails, nothing will be written.
            await asyncio.wait((ticking, writing), return_when=asyncio.FIRST_COMPLETED)
            if ticking.done():
                await ticking
            await writing
            polled = time.time()
            await ticking
            return {
                "seconds": polled - began_at,
                "imports": imported - began_at,
                "opening": opened - imported,
                "after_imports": polled - imported,
            }

    return asyncio.run(go())


if __name__ == "__main__":
    run_arm(
        {
            "polls": polls,
            "first_looks": first_looks,
            "burst": burst,
            "scheduling": scheduling,
            "commits": commits,
            "rows": rows,
            "memory": memory,
            "start": start,
        },
        waited_for=["start"],
    )
