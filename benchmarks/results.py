"""Rows of the table, and the page on which they stand."""

import platform
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measuring import Spread

PAGE = Path(__file__).parent / "RESULTS.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure beside its goal."""

    figure: str
    against: str
    goal: str
    value: Spread | None
    """None: it could not be measured here; *note* says why."""
    unit: str = "x"
    limit: float | None = None
    """The goal as a number."""
    at_least: bool = False
    """Whether *limit* is the least, and not the most."""
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the median keeps the goal; None where there is nothing to say."""
        if self.value is None or self.limit is None:
            return None
        return self.value.median >= self.limit if self.at_least else self.value.median <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Some rows, and what else there is to say about them."""

    title: str
    rows: Sequence[Row] = ()
    lines: Sequence[str] = field(default_factory=list)


def shown(value: float, unit: str) -> str:
    """Return a figure as people read it."""
    if unit == "x" and 0 < value < 0.1:
        return f"1/{1 / value:.0f}"
    digits = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return f"{digits} {unit}"


def table(rows: Sequence[Row]) -> list[str]:
    """Return the rows as a table."""
    lines = ["| figure | against | goal | measured | spread | met |", "|---|---|---|---|---|---|"]
    for row in rows:
        if row.value is None:
            measured, spread = row.note or "not measured", ""
        else:
            measured = shown(row.value.median, row.unit) + (f" ({row.note})" if row.note else "")
            several = row.value.rounds > 1
            least, most = shown(row.value.least, row.unit), shown(row.value.most, row.unit)
            spread = f"{least} … {most}, {row.value.rounds} rounds" if several else "1 round"
        met = {True: "yes", False: "**no**", None: ""}[row.met]
        lines.append(f"| {row.figure} | {row.against} | {row.goal} | {measured} | {spread} | {met} |")
    return lines


def machine() -> str:
    """Return what kind of machine this is, without naming it."""
    cores = len(_cores())
    return (
        f"{platform.machine()}, {cores} core{'s' if cores != 1 else ''}, {_memory()} of memory, {platform.system()}; "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def _cores() -> set[int]:
    import os

    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))


def _memory() -> str:
    try:
        line = next(
            line
            for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
            if line.startswith("MemTotal")
        )
    except (OSError, StopIteration):
        return "some"
    return f"{int(line.split()[1]) / 2**20:.0f} GiB"


def write(sections: Sequence[Section], *, seconds: float, load: float, page: Path = PAGE) -> None:
    """Write the page."""
    now = datetime.now(UTC)
    lines = [
        "# What was measured",
        "",
        (
            f"By `make bench`, {now:%Y-%m-%d %H:%M} UTC, in {seconds / 60:.0f} min, on: {machine()}. "
            f"Load of the machine when it began: {load:.1f}."
        ),
        "",
        (
            "Ratios are taken inside one interleaved run, the client on one core and the server on another; medians, "
            "with the least and the most of all rounds. CPU is user and system time of the whole client process. "
            "Absolute figures say how this machine felt that hour."
        ),
    ]
    for section in sections:
        lines += ["", f"## {section.title}", ""]
        if section.rows:
            lines += table(section.rows)
        if section.lines:
            lines += ["", *section.lines] if section.rows else list(section.lines)
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"written: {page}", file=sys.stderr)
