"""The scenarios: each does one bad thing to a store and reports what came of it, as JSON on its standard output."""

import asyncio
import json
import os
import resource
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from bot.ports import StoreError
from bot.store.datafile import TABLE
from bot.store.embedded import EmbeddedStore
from bot.store.hardened import HardenedDict
from bot.store.tools import check
from tests.store.world import MINUTE, NOON, current, follow, new_watch

Report = dict[str, Any]


def url(path: Path) -> str:
    return f"sqlite:///{path}"


async def follow_until_refused(store: EmbeddedStore, limit: int) -> tuple[list[str], str, str]:
    """Subscribe to one task after the other; return those acknowledged, the first refused, and the words."""
    done: list[str] = []
    for number in range(limit):
        name = f"sub-{len(await store.followed_in('C1'))}-{number}"
        try:
            await follow(store, f"job-{name}", name)
        except StoreError as refusal:
            return done, name, str(refusal)
        done.append(name)
    return done, "", ""


async def names(store: EmbeddedStore) -> set[str]:
    return {each.subscription.id for each in await store.followed_in("C1")}


async def full_disk(folder: Path, fill: Callable[[], None], free: Callable[[], None]) -> Report:
    path = folder / "milepost.db"
    store = await EmbeddedStore.open(url(path))
    before, *_ = await follow_until_refused(store, 20)
    fill()
    during, refused, words = await follow_until_refused(store, 3000)
    again, *_ = await follow_until_refused(store, 1)
    in_memory = await names(store)
    free()
    after, *_ = await follow_until_refused(store, 20)
    everything = await names(store)
    await store.close()
    reopened = await EmbeddedStore.open(url(path))
    on_disk = await names(reopened)
    await reopened.close()
    return {
        "words": words,
        "refused_again": again == [],
        "memory_is_what_was_acknowledged": in_memory == {*before, *during} and refused not in in_memory,
        "after": len(after),
        "kept": on_disk == everything == {*before, *during, *after},
        "findings": check(path),
        "damaged": reopened.damaged is not None,
    }


async def disk_full(folder: Path) -> Report:
    ballast = folder / "ballast"

    def fill() -> None:
        with ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                return

    return await full_disk(folder, fill, ballast.unlink)


async def file_too_large(folder: Path) -> Report:
    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))

    def free() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    return await full_disk(folder, fill, free)


async def foreign_write_lock(folder: Path) -> Report:
    path = folder / "milepost.db"
    store = await EmbeddedStore.open(url(path))
    opened = await follow(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as foreign:
        foreign.execute("BEGIN IMMEDIATE")
        refused = await asyncio.gather(
            store.commit(replace(opened.watch, name="refused")),
            follow(store, "job-2", "sub-2", channel="C2"),
            store.postpone(opened.watch.id, NOON + MINUTE),
            return_exceptions=True,
        )
        unchanged = (await current(store, opened.watch)) == opened.watch
        foreign.execute("ROLLBACK")
    done = await store.commit(replace(opened.watch, name="done"))
    await store.close()
    return {"refused": [type(each).__name__ for each in refused], "unchanged": unchanged, "done": done}


async def foreign_read_transaction(folder: Path) -> Report:
    path = folder / "milepost.db"
    store = await EmbeddedStore.open(url(path))
    await follow(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as foreign:
        foreign.execute("BEGIN")
        foreign.execute(f'SELECT count(*) FROM "{TABLE}"').fetchone()
        during, *_ = await follow_until_refused(store, 300)
        await store.close()
    reopened = await EmbeddedStore.open(url(path))
    kept = await names(reopened)
    await reopened.close()
    return {"during": len(during), "kept": len(kept)}


async def smashed_under_a_running_store(folder: Path) -> Report:
    path = folder / "milepost.db"
    store = await EmbeddedStore.open(url(path))
    await follow_until_refused(store, 300)
    await store.close()
    store = await EmbeddedStore.open(url(path))
    smash(path)
    done, refused, _ = await follow_until_refused(store, 300)
    answers = 0
    for number in range(300):
        try:
            await store.postpone(new_watch(f"job-sub-{number}-{number}").id, NOON + MINUTE)
        except StoreError:
            answers += 1
    known = len(await names(store))
    await store.close()
    reopened = await EmbeddedStore.open(url(path))
    fresh = await follow(reopened)
    await reopened.close()
    return {
        "refused": bool(refused) or answers > 0,
        "known": known == 300 + len(done),
        "moved": reopened.damaged is not None and reopened.damaged.exists(),
        "fresh": fresh.watch.id,
    }


async def smashed_pages_and_a_plain_dict(folder: Path) -> Report:
    path = folder / "dict.db"
    data = HardenedDict(str(path), "t")
    data.update({f"key-{number}": "x" * 500 for number in range(500)})
    data.close()
    smash(path)
    data = HardenedDict(str(path), "t")
    refusals = 0
    for _ in range(2):
        try:
            list(data.items())
        except sqlite3.DatabaseError:
            refusals += 1
    alive = data.conn.select_one("SELECT 1") == (1,)
    data.close()
    return {"refusals": refusals, "alive": alive}


async def bad_values_among_good_ones(folder: Path) -> Report:
    path = folder / "milepost.db"
    store = await EmbeddedStore.open(url(path))
    opened = [await follow(store, f"job-{n}", f"sub-{n}", channel=f"C{n}") for n in range(6)]
    bad: dict[int, dict[str, Any]] = {
        1: {"high": float("nan")},
        2: {"name": "lone \ud800 surrogate"},
        3: {"high": {"a", "set"}},
        4: {"high": float("inf")},
    }
    answers = await asyncio.gather(
        *(store.commit(replace(each.watch, **bad.get(number, {"name": "good"}))) for number, each in enumerate(opened)),
        return_exceptions=True,
    )
    await store.close()
    reopened = await EmbeddedStore.open(url(path))
    stored = [(await current(reopened, each.watch)).name for each in opened]
    await reopened.close()
    return {"answers": [each if isinstance(each, bool) else type(each).__name__ for each in answers], "names": stored}


async def unbindable_among_good_ones(folder: Path) -> Report:
    path = folder / "dict.db"
    data = HardenedDict(str(path), "t")
    worker = data.conn
    with closing(sqlite3.connect(path, isolation_level=None)) as foreign:
        # The worker waits for this lock while the others queue up, so that they become one group.
        foreign.execute("BEGIN IMMEDIATE")
        answers = [worker.write({"first": "1"})]
        for number in range(10):
            value = {"a", "set"} if number == 4 else str(number)
            answers.append(worker.write({f"a-{number}": str(number), f"b-{number}": value}))
        answers.append(worker.write({"\ud800": "1"}))
        foreign.execute("ROLLBACK")
    failed = [number for number, answer in enumerate(answers) if answer.exception(20) is not None]
    rows = sorted(data.keys())
    data.close()
    return {"failed": failed, "rows": len(rows), "half": [key for key in rows if key.endswith("-4")]}


def smash(path: Path) -> None:
    """Overwrite every page but the first, in the middle."""
    with path.open("r+b") as file:
        for page in range(1, path.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(os.urandom(2000))


async def hold(folder: Path) -> Report:
    """Hold a data file until killed."""
    store = await EmbeddedStore.open(url(folder / "milepost.db"))
    await follow(store)
    sys.stdout.write("held\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await store.close()
    return {}


SCENARIOS: dict[str, Callable[[Path], Awaitable[Report]]] = {
    each.__name__: each
    for each in (
        bad_values_among_good_ones,
        disk_full,
        file_too_large,
        foreign_read_transaction,
        foreign_write_lock,
        hold,
        smashed_pages_and_a_plain_dict,
        smashed_under_a_running_store,
        unbindable_among_good_ones,
    )
}


async def _main(name: str, folder: str) -> None:
    sys.stdout.write(json.dumps(await SCENARIOS[name](Path(folder))) + "\n")


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
