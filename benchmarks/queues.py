"""Job queues that are measured beside Milepost, where ``MILEPOST_BENCH_VENDORS`` names a Python that has them."""

import subprocess
from contextlib import ExitStack

from benchmarks.pipeline import vendors
from benchmarks.workers import Workers
from tests.postgres import Server

TOGETHER = 100
"""Jobs that one worker fetches at once, or runs at once: more bring them nothing."""
QUEUES = ("pgqueuer", "procrastinate")
WORKERS = {"pgqueuer": (1, 2, 4), "procrastinate": (2,)}
"""How many processes are measured."""
SPEED_SECONDS = 1.0
"""What a queue needs to come to speed; it is not counted."""
_JOBS = {
    "pgqueuer": (
        "INSERT INTO pgqueuer (priority, entrypoint, payload, status) "
        "SELECT 0, 'look', convert_to(%(record)s, 'UTF8'), 'queued' FROM generate_series(1, %(jobs)s)"
    ),
    "procrastinate": (
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args) "
        "SELECT 'default', 'look', jsonb_build_object('record', %(record)s::text) FROM generate_series(1, %(jobs)s)"
    ),
}
_TABLES = {"pgqueuer": "pgqueuer", "procrastinate": "procrastinate_jobs"}


def start(server: Server, stack: ExitStack, most: int) -> dict[str, Workers]:
    """Start so many workers of each queue that is installed, each on a database of its own."""
    python = vendors()
    found: dict[str, Workers] = {}
    for name in QUEUES if python is not None else ():
        if subprocess.run([str(python), "-c", f"import {name}"], capture_output=True).returncode == 0:
            server.create(name)
            command = [str(python), "-m", "benchmarks.arms_jobs", name, server.url(name)]
            found[name] = stack.enter_context(Workers(command, most, PGQUEUER_DURABILITY="balanced"))
            found[name].obey(1, do="install")
    return found


def fill(server: Server, name: str, jobs: int, record: str) -> None:
    """Let a queue have so many jobs, each with *record*."""
    with server.connect(name) as connection:
        # All at once, and without calling workers that are not there yet.
        connection.execute("SET session_replication_role = replica")
        connection.execute(_JOBS[name].encode(), {"record": record, "jobs": jobs})
        connection.execute(f"VACUUM ANALYZE {_TABLES[name]}".encode())
        connection.execute("CHECKPOINT")
