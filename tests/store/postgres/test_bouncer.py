"""The store behind a PgBouncer in transaction mode: no statement relies on the session of the one before it."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace

from bot.ports import Pace
from bot.store.postgres.store import PostgresStore
from tests.postgres import Server
from tests.store.world import MINUTE, NOON, current, follow, lasts, tell

BOUNCER = shutil.which("pgbouncer") or ("/usr/sbin/pgbouncer" if Path("/usr/sbin/pgbouncer").exists() else None)

pytestmark = pytest.mark.skipif(BOUNCER is None, reason="pgbouncer is not installed")


def configured(folder: Path, server: Server, port: int) -> list[str]:
    """Write the settings of a PgBouncer; return its command line."""
    lines = [
        "[databases]",
        f"milepost = host={server.socket_folder} dbname=milepost user=postgres pool_size=2",
        "[pgbouncer]",
        "listen_addr = 127.0.0.1",
        f"listen_port = {port}",
        "unix_socket_dir =",
        "auth_type = any",
        "pool_mode = transaction",
        f"logfile = {folder}/log",
    ]
    (folder / "pgbouncer.ini").write_text("\n".join(lines) + "\n", encoding="utf-8")
    words = [str(BOUNCER), "-q", str(folder / "pgbouncer.ini")]
    if os.geteuid() != 0:
        return words
    # It refuses to be root, and must reach a socket that is the server's own.
    folder.chmod(0o777)
    return [*words, "-u", "pgserver"]


@pytest.fixture
async def bouncer(server: Server, database: str) -> AsyncIterator[str]:
    """The address of a PgBouncer with two connections to the database, one of which is any client's next."""
    # Not in a folder of the tests, where another user cannot go.
    folder = Path(tempfile.mkdtemp(prefix="milepost-bouncer-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = configured(folder, server, port)
    process = await asyncio.create_subprocess_exec(*words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"postgresql://postgres@127.0.0.1:{port}/milepost"
    try:
        for _ in range(200):
            try:
                await (await psycopg.AsyncConnection.connect(address, connect_timeout=5)).close()
                break
            except psycopg.OperationalError:
                assert process.returncode is None
                await asyncio.sleep(0.05)
        yield address
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def test_replicas_work_through_a_bouncer_in_transaction_mode(bouncer: str) -> None:
    stores = await asyncio.gather(*(PostgresStore.open(bouncer, connections=4) for _ in range(3)))
    first = stores[0]
    opened = [await follow(first, f"job-{number}", f"sub-{number}", channel=f"C{number}") for number in range(12)]

    claimed = await asyncio.gather(*(store.claim_due(NOON, 5, account="drs") for store in stores))
    ids = [watch.id for watches in claimed for watch in watches]
    assert len(ids) == len({*ids}) == 12
    for store, watches in zip(stores, claimed, strict=True):
        assert all(await store.commit_all([(replace(each, due_at=NOON + MINUTE), []) for each in watches]))

    taken = await asyncio.gather(*(store.take_deliveries(NOON, 20) for store in stores))
    rows = [(store, row) for store, found in zip(stores, taken, strict=True) for row in found]
    assert len(rows) == len({row.id for _, row in rows}) == 12
    for number, (store, row) in enumerate(rows):
        await store.mark_sent(row.id, f"1.{number}", NOON)
    assert lasts(await tell(first, opened[0], "at-25", "at-50")) == ["at-25", "at-50"]
    await asyncio.gather(*(store.renew(NOON + timedelta(seconds=30)) for store in stores))

    grants = await asyncio.gather(
        *(store.tally.take_calls("k", Pace(per_second=0.01, burst=4), wanted=3) for store in stores)
    )
    assert sum(grant.calls for grant in grants) == 4
    assert (await asyncio.gather(*(store.crew.lead("digest", 60) for store in stores))).count(True) == 1
    assert (await current(first, opened[0].watch)).due_at == NOON + MINUTE
    await asyncio.gather(*(store.close() for store in stores))
