"""Lets itself be killed at every file-changing system call in turn; run with the killer preloaded.

``python -m tests.store.faults.killed KIND FOLDER FIRST LAST`` forks once for each number, into ``FOLDER/<number>``, and
writes a line of JSON for each: what was acknowledged before the end, and how many calls there were.
"""

import asyncio
import ctypes
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from bot.core.fold import unsaid
from bot.core.model import AuditEntry, ChannelSettings, Deed, Pause, PauseReason
from bot.core.news import CardOpened, CaughtUp
from bot.core.rules import Rules
from bot.ports import Revision
from bot.store.embedded import EmbeddedStore
from bot.store.hardened import HardenedDict
from tests.store.world import MINUTE, NOON, current, follow, follow_with_card, new_subscription, new_watch, news_for

ROWS = 20
BATCHES = 6
WAITING = [str(number) for number in range(60)]
"""More than fits on one page, so that a torn transaction would show."""
KILLER = ctypes.CDLL(None)


def acknowledge(what: str) -> None:
    os.write(1, what.encode() + b"\n")


def text(batch: int, row: int) -> str:
    """Return a value of changing length, so that pages split and merge."""
    return json.dumps([batch, "x" * (300 + (batch * 7 + row * 13) % 5 * 150)])


def batches(journal_mode: str) -> Callable[[Path], None]:
    """Return a run that rewrites all rows again and again, one transaction each, with check-points in between."""

    def run(folder: Path) -> None:
        data = HardenedDict(str(folder / "dict.db"), "t", journal_mode=journal_mode)
        data.conn.execute("PRAGMA wal_autocheckpoint = 12")
        data.write({f"row-{row}": text(0, row) for row in range(ROWS)}).result(20)
        acknowledge("0")
        arm(folder)
        for batch in range(1, BATCHES):
            rows: dict[str, str | None] = {f"row-{row}": text(batch, row) for row in range(ROWS)}
            rows[f"only-{batch}"] = text(batch, batch)
            rows[f"only-{batch - 1}"] = None
            data.write(rows).result(20)
            acknowledge(str(batch))
        data.close()

    return run


def whole_store(folder: Path) -> None:
    """Live a whole life, from the first byte of the file to its closing."""

    async def live() -> None:
        arm(folder)
        store = await EmbeddedStore.open(f"sqlite:///{folder}/milepost.db")
        acknowledge("opened")
        opened = await follow(store)
        acknowledge("subscribed")
        (card,) = await store.take_deliveries(NOON, 1)
        acknowledge("taken")
        await store.mark_sent(card.id, "100.1", NOON)
        acknowledge("sent")
        await store.commit(replace(await current(store, opened.watch), due_at=None, ended_at=NOON))
        acknowledge("closed")
        await store.prune(NOON + MINUTE)
        acknowledge("pruned")
        await store.close()
        acknowledge("end")

    asyncio.run(live())


def pauses(folder: Path) -> None:
    """Pause two subscriptions of different tasks, let one go on, and fold what waits for the other."""

    async def live() -> None:
        store = await EmbeddedStore.open(f"sqlite:///{folder}/milepost.db")
        both = [await follow_with_card(store, f"job-{n}", f"sub-{n}", channel=f"C{n}") for n in range(2)]
        for opened in both:
            watch = await current(store, opened.watch)
            await store.commit(watch, [news_for(opened.subscription, watch, what) for what in WAITING])
        await store.take_deliveries(NOON, 10)
        arm(folder)
        await store.pause([each.subscription.id for each in both], Pause(reason=PauseReason.ARCHIVED, since=NOON))
        acknowledge("paused")
        first, second = both
        caught_up = news_for(first.subscription, first.watch, "resumed", CaughtUp(since=NOON.timestamp()))
        told = unsaid(await store.waiting(first.subscription.id))
        await store.resume(first.subscription.id, caught_up, [row.id for row in told])
        acknowledge("resumed")
        _, head, *others = await store.waiting(second.subscription.id)
        await store.fold(head.id, CaughtUp(since=NOON.timestamp()), [row.id for row in others])
        acknowledge("folded")
        await store.close()
        acknowledge("end")

    asyncio.run(live())


def deed(number: int) -> AuditEntry:
    """Return an entry that fills more than one page, so that a torn transaction would show."""
    return AuditEntry(id=f"{number}", at=NOON, who="U1", channel="C1", deed=Deed.EDITED, detail="x" * 6_000)


def changes(folder: Path) -> None:
    """Subscribe, edit, set and move the settings of the channel, leave: each with its entry in the log."""

    async def live() -> None:
        store = await EmbeddedStore.open(f"sqlite:///{folder}/milepost.db")
        arm(folder)
        watch = new_watch()
        subscription = new_subscription(watch)
        await store.subscribe(watch, subscription, news_for(subscription, watch, "card", CardOpened()), audit=deed(1))
        acknowledge("subscribed")
        await store.revise(subscription.id, Revision(rules=Rules(milestones=(50,)), label="x", at=NOON), audit=deed(2))
        acknowledge("revised")
        await store.set_channel("C1", ChannelSettings(id="C1"), audit=deed(3))
        acknowledge("set")
        await store.move_channel("C1", "C9")
        acknowledge("moved")
        await store.remove_subscription(subscription.id, audit=deed(4))
        acknowledge("removed")
        await store.prune(NOON + MINUTE)
        acknowledge("pruned")
        await store.close()
        acknowledge("end")

    asyncio.run(live())


KINDS: dict[str, Callable[[Path], None]] = {
    "WAL": batches("WAL"),
    "DELETE": batches("DELETE"),
    "OFF": batches("OFF"),
    "store": whole_store,
    "pauses": pauses,
    "changes": changes,
}


def arm(folder: Path) -> None:
    KILLER.killer_arm(ctypes.c_long(int(folder.name)), ctypes.c_int(int(folder.name) % 2))


def one(kind: str, folder: Path) -> dict[str, object]:
    """Run once in a fork, and report."""
    folder.mkdir()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writer, 1)
        status = 1
        try:
            KINDS[kind](folder)
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as answers:
        acknowledged = answers.read().split()
    _, status = os.waitpid(child, 0)
    return {"folder": str(folder), "acknowledged": acknowledged, "status": status}


if __name__ == "__main__":
    for number in range(int(sys.argv[3]), int(sys.argv[4]) + 1):
        sys.stdout.write(json.dumps(one(sys.argv[1], Path(sys.argv[2]) / str(number))) + "\n")
        sys.stdout.flush()
