"""The loopback cloud on one core, arms on the other, each arm its own process, turn by turn."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.measuring import Rounds

ARM_SECONDS = 120
ROOT = Path(__file__).parent.parent


def folder_in_memory() -> "tempfile.TemporaryDirectory[str]":
    """Return a folder in memory, where there is one: what is reckoned in virtual time need wait for no disk."""
    shared = Path("/dev/shm")
    usable = shared.is_dir() and os.access(shared, os.W_OK | os.X_OK)
    return tempfile.TemporaryDirectory(prefix="milepost-bench-", dir=shared if usable else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One thing to be measured."""

    name: str
    """Under which its figures are kept."""
    module: str
    does: str
    """Which of the module's arms."""
    options: dict[str, Any] = field(default_factory=dict)
    python: str = sys.executable


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """Where the loopback cloud is, and whom its certificate names."""

    port: int
    certificate: Path

    @property
    def address(self) -> dict[str, Any]:
        """What an arm must know of it."""
        return {"port": self.port, "certificate": str(self.certificate)}


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Make a key and a certificate for 127.0.0.1 that signs itself."""
    certificate, key = folder / "cloud.pem", folder / "cloud.key"
    subprocess.run(
        (
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
            *("-addext", "basicConstraints=critical,CA:TRUE", "-keyout", str(key), "-out", str(certificate)),
        ),
        check=True,
        capture_output=True,
    )
    return certificate, key


@contextmanager
def cloud(folder: Path, *, delay: float = 0.0) -> Iterator[Cloud]:
    """Run the loopback cloud."""
    certificate, key = make_certificate(folder)
    command = [sys.executable, "-m", "benchmarks.loopback_cloud", str(certificate), str(key), str(delay)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment())
    try:
        assert process.stdout is not None
        yield Cloud(port=int(process.stdout.readline()), certificate=certificate)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()


def environment() -> dict[str, str]:
    """What children inherit: hashes that are the same in each, and no proxy."""
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return {**kept, "PYTHONHASHSEED": "1", "NO_PROXY": "*"}


def run(arm: Arm) -> dict[str, Any]:
    """Run one arm once and return its figures."""
    command = [arm.python, "-m", arm.module, arm.does, json.dumps(arm.options)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=ARM_SECONDS)
    if done.returncode != 0:
        raise RuntimeError(f"{arm.name} failed:\n{done.stderr[-3000:]}")
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def take_turns(arms: Sequence[Arm], rounds: int, *, until: float | None = None) -> Rounds:
    """Run every arm once a round; no new round begins after *until* (of ``time.monotonic``), but the first does."""
    kept = Rounds()
    for number in range(rounds):
        if number and until is not None and time.monotonic() > until:
            break
        for arm in arms:
            began = time.monotonic()
            kept.add(arm.name, run(arm))
            print(f"  round {number + 1}: {arm.name} ({time.monotonic() - began:.1f} s)", file=sys.stderr, flush=True)
    return kept
