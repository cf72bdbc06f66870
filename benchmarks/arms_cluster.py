"""Worker processes of the cluster benchmark: each obeys one line of JSON after the other, and answers with a line.

``python -m benchmarks.arms_cluster ADDRESS``; it ends when its standard input closes.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from benchmarks.datafile import NOW
from benchmarks.filling import ACCOUNTS
from benchmarks.measuring import cpu_seconds, quantile
from bot.core.model import Watch
from bot.store.postgres.claims import CLAIM_ONE
from bot.store.postgres.store import PostgresStore

ALL_DUE = NOW + timedelta(days=3650)
"""A moment at which whatever was loaded or written back is due: what is longest due goes first."""
LATER = timedelta(hours=1)
_LOCKED = "FOR NO KEY UPDATE OF w, d SKIP LOCKED"
UNLOCKED_CLAIM = CLAIM_ONE.replace(_LOCKED, "")
"""What one would write first: select what is due, then update it, whoever else is at it."""
assert UNLOCKED_CLAIM != CLAIM_ONE


def looked_at(watch: Watch) -> Watch:
    """Return a watch after a look that found a little progress."""
    assert watch.due_at is not None
    return replace(watch, seen_at=NOW, high=(watch.high or 0) + 0.5, due_at=watch.due_at + LATER)


async def rounds(store: PostgresStore, *, batch: int, seconds: float) -> dict[str, Any]:
    """Claim so many that are due and write them back, again and again; each account for itself, as in the bot."""
    latencies: list[float] = []
    cpu, began = cpu_seconds(), time.perf_counter()
    lanes = [_lane(store, account, batch, began + seconds, latencies) for account in ACCOUNTS]
    rows = sum(await asyncio.gather(*lanes))
    wall = time.perf_counter() - began
    return {"rows": rows, "wall": wall, "cpu": cpu_seconds() - cpu, "p50": quantile(latencies, 0.5)}


async def _lane(store: PostgresStore, account: str, batch: int, end: float, latencies: list[float]) -> int:
    rows = 0
    while True:
        started = time.perf_counter()
        watches = await store.claim_due(ALL_DUE, batch, account=account)
        if len(watches) == 1:
            done: Sequence[bool] = [await store.commit(looked_at(watches[0]))]
        else:
            done = await store.commit_all([(looked_at(watch), ()) for watch in watches])
        assert all(done)
        assert watches
        rows += len(watches)
        now = time.perf_counter()
        latencies.append(now - started)
        if now >= end:
            return rows


async def claims(store: PostgresStore, *, batch: int, locked: bool) -> dict[str, Any]:
    """Claim until nothing is due; return the numbers of the watches that this worker believes to be its own."""
    found: list[str] = []
    for account in ACCOUNTS:
        while True:
            if locked:
                some = [watch.id for watch in await store.claim_due(NOW, batch, account=account)]
            else:
                arguments = {
                    "now": NOW,
                    "due_by": NOW,
                    "until": NOW + LATER,
                    "limit": batch,
                    "token": store.ledger.next_token(),
                }
                rows = await store.database.once(UNLOCKED_CLAIM, {**arguments, "mine": [], "account": account})
                some = [row[0] for row in rows]
            if not some:
                break
            found += some
    return {"claimed": [name.split("BDf")[-1] for name in found]}


async def obey(url: str) -> None:
    """Do what the lines tell."""
    store = await PostgresStore.open(url, connections=len(ACCOUNTS))
    loop = asyncio.get_running_loop()
    print(json.dumps({"ready": True}), flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        what = order.pop("do")
        await asyncio.sleep(max(0.0, order.pop("at") - time.time()))
        answer = await (rounds(store, **order) if what == "rounds" else claims(store, **order))
        print(json.dumps(answer), flush=True)
    await store.close()


if __name__ == "__main__":
    asyncio.run(obey(sys.argv[1]))
