"""Job queues on PostgreSQL doing the work of looks, with whatever they offer to be quick, one worker a process.

``python -m benchmarks.arms_jobs NAME ADDRESS``, in the Python that has them; it obeys lines as ``arms_cluster`` does.
Each watch is a job that carries the record and defers the next job of its watch: nothing is read or written besides.
The record is not even parsed; jobs that run together defer together, in one statement.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from benchmarks.measuring import cpu_seconds

NAME = "look"


class Together:
    """Jobs that run at the same time put their next ones into the queue with one statement."""

    def __init__(self, put: Callable[[list[Any]], Awaitable[Any]]) -> None:
        self._put = put
        self._waiting: list[tuple[Any, asyncio.Future[None]]] = []
        self._flushing: set[asyncio.Task[None]] = set()
        self.done = 0

    async def next(self, record: Any) -> None:
        """Return when the next job is in the queue."""
        loop = asyncio.get_running_loop()
        settled: asyncio.Future[None] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._flush)
        self._waiting.append((record, settled))
        await settled
        self.done += 1

    def _flush(self) -> None:
        task = asyncio.get_running_loop().create_task(self._write())
        self._flushing.add(task)
        task.add_done_callback(self._flushing.discard)

    async def _write(self) -> None:
        some, self._waiting = self._waiting, []
        await self._put([record for record, _ in some])
        for _, settled in some:
            settled.set_result(None)


async def _counted(together: Together, at: float, seconds: float) -> dict[str, Any]:
    await asyncio.sleep(max(0.0, at - time.time()))
    cpu, began, before = cpu_seconds(), time.perf_counter(), together.done
    await asyncio.sleep(seconds)
    wall = time.perf_counter() - began
    return {"rows": together.done - before, "wall": wall, "cpu": cpu_seconds() - cpu}


async def pgqueuer(url: str, *, batch: int, seconds: float, at: float) -> dict[str, Any]:
    """asyncpg, its quickest driver; a connection of its own for the manager, a pool for what jobs put in."""
    import asyncpg
    from pgqueuer import PgQueuer
    from pgqueuer.db import AsyncpgDriver
    from pgqueuer.queries import Queries

    connection = await asyncpg.connect(url)
    async with asyncpg.create_pool(url, min_size=2, max_size=4) as pool:
        queries = Queries.from_asyncpg_pool(pool)

        async def put(records: list[bytes | None]) -> None:
            count = len(records)
            await queries.enqueue([NAME] * count, records, [0] * count)

        together = Together(put)
        queue = PgQueuer(AsyncpgDriver(connection))

        @queue.entrypoint(NAME)
        async def look(job: Any) -> None:
            await together.next(job.payload)

        # Its statistics are left to whoever asks for them.
        running = asyncio.create_task(queue.run(batch_size=batch, log_aggregation_interval=timedelta(0)))
        found = await _counted(together, at, seconds)
        queue.shutdown.set()
        await running
        found["all"] = together.done
    await connection.close()
    return found


async def procrastinate(url: str, *, batch: int, seconds: float, at: float) -> dict[str, Any]:
    """As many jobs at once as a batch has; done jobs are deleted. It fetches them one by one."""
    import procrastinate as library

    app = library.App(connector=library.PsycopgConnector(conninfo=url, min_size=4, max_size=8))

    async def put(records: list[Any]) -> None:
        await look.batch_defer_async(*({"record": record} for record in records))

    together = Together(put)

    @app.task(name=NAME)
    async def look(record: str) -> None:
        await together.next(record)

    async with app.open_async():
        worker = asyncio.create_task(
            app.run_worker_async(concurrency=batch, delete_jobs="always", install_signal_handlers=False)
        )
        found = await _counted(together, at, seconds)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
        found["all"] = together.done
    return found


async def install(name: str, url: str) -> None:
    """Make the tables of a queue, tuned as it advises."""
    if name == "pgqueuer":
        import asyncpg
        from pgqueuer.queries import Queries

        connection = await asyncpg.connect(url)
        queries = Queries.from_asyncpg_connection(connection)
        await queries.install()
        await queries.optimize_autovacuum()
        await connection.close()
    else:
        import procrastinate as library

        async with library.App(connector=library.PsycopgConnector(conninfo=url)).open_async() as app:
            await app.schema_manager.apply_schema_async()


async def obey(name: str, url: str) -> None:
    """Do what the lines tell."""
    loop = asyncio.get_running_loop()
    arm = {"pgqueuer": pgqueuer, "procrastinate": procrastinate}[name]
    print(json.dumps({"ready": True}), flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        if order.pop("do") == "install":
            await install(name, url)
            print(json.dumps({"installed": True}), flush=True)
        else:
            print(json.dumps(await arm(url, **order)), flush=True)


if __name__ == "__main__":
    import importlib.util

    if sys.argv[1] == "pgqueuer" and importlib.util.find_spec("uvloop"):
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(obey(*sys.argv[1:3]))
    else:
        asyncio.run(obey(*sys.argv[1:3]))
