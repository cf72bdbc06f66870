"""Processes that work at the same time, each on a line of its own; and what a server spends on them."""

import json
import subprocess
import time
from collections.abc import Sequence
from typing import Any, Self

from benchmarks.measuring import Rounds, cpu_seconds_of
from benchmarks.rig import ROOT, environment
from tests.postgres import Server

START_SECONDS = 0.1
"""How long after an order all begin at once."""


class Workers:
    """Processes that obey one line of JSON after the other and answer each with one."""

    def __init__(self, command: Sequence[str], count: int, **more: str) -> None:
        self._processes = [
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment() | more,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            for _ in range(count)
        ]

    def __enter__(self) -> Self:
        for process in self._processes:
            self._answer(process)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.close()
        for process in self._processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    def obey(self, count: int, *, after: float = START_SECONDS, **order: Any) -> list[dict[str, Any]]:
        """Let so many of them do the same, from the same moment on; return what each answers."""
        line = json.dumps({"at": time.time() + after, **order}) + "\n"
        chosen = self._processes[:count]
        for process in chosen:
            assert process.stdin is not None
            process.stdin.write(line)
            process.stdin.flush()
        return [self._answer(process) for process in chosen]

    @staticmethod
    def _answer(process: "subprocess.Popen[str]") -> dict[str, Any]:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("a worker ended")
        answer: dict[str, Any] = json.loads(line)
        return answer


def work(
    server: Server, workers: Workers, kept: Rounds, arm: str, count: int, *, after: float = START_SECONDS, **order: Any
) -> None:
    """Let so many work, and keep what they did a second, and what one row cost them and the server."""
    cpu, began = cpu_seconds_of(server.pid), time.time()
    with server.connect() as connection:
        log = connection.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
        answers = workers.obey(count, after=after, do="rounds", **order)
        (written,) = connection.execute(
            "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s)::text", log
        ).fetchone() or ("0",)
    cpu, wall = cpu_seconds_of(server.pid) - cpu, time.time() - began
    rows = sum(each["rows"] for each in answers)
    # What was done while it came to speed costs the server, too.
    all_rows = sum(each.get("all", each["rows"]) for each in answers)
    assert rows, arm
    figures = {
        "per_second": sum(each["rows"] / each["wall"] for each in answers),
        "client_us": sum(each["cpu"] for each in answers) / rows * 1e6,
        "server_us": cpu / all_rows * 1e6,
        "log_bytes": float(str(written)) / all_rows,
        "cores": cpu / wall,
        "ms": max(each.get("p50", 0.0) for each in answers) * 1e3,
    }
    kept.add(arm, figures)
