"""`milepost store …` and `milepost audit`: look after what is kept, also after a damaged file that was moved aside."""

import asyncio
import signal
import stat
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import BinaryIO, TextIO

from bot.core.model import AuditEntry
from bot.ports import StoreUnusable
from bot.store import choosing, copying, datafile, tools
from bot.store import traces as recorded
from bot.store.copying import Copied

LONGEST_LINE = 1024 * 1024
"""Bytes; a record is some hundreds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """Audit entries of a data file."""

    entries: tuple[AuditEntry, ...]
    left_out: tuple[str, ...]
    """A sentence for each row that could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where records are: in a data file, or in a database."""

    file: Path | None = None
    url: str = ""
    """Of a database."""
    shown: str
    """How it is called before people."""


def check(place: Place) -> list[str]:
    """Return a sentence for each thing that is wrong with it."""
    return tools.check(place.file) if place.file is not None else asyncio.run(choosing.check(place.url))


def is_empty(place: Place) -> bool:
    """Whether a file is there that nothing was ever written to."""
    return place.file is not None and datafile.is_empty(place.file)


def migrate(place: Place) -> Sequence[str]:
    """Bring the tables of a database up to date; return what was needed."""
    return asyncio.run(choosing.migrate(place.url)) if place.file is None else ()


def copy(source: str, target: str) -> Sequence[Copied]:
    """Carry everything from one store to another, and tell what both hold."""
    if source == target:
        # Whoever fills a database locks it, also against whoever reads it.
        raise StoreUnusable("FROM and TO are the same store.")
    with _signals_end_it():
        return asyncio.run(copying.copy(choosing.side(source), choosing.side(target)))


def export(place: Place, to: Path | None) -> tools.Exported:
    """Write every record that can be read, one line each, to a new file or to standard output."""
    if to is None:
        try:
            done = _export_to(place, sys.stdout)
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read it has had enough; the command line ends quietly.
            raise
        except OSError as trouble:
            raise StoreUnusable(f"The export cannot be written ({trouble.strerror}).") from None
        return done
    with _signals_end_it():
        return _export_to_file(place, to)


def audit(place: Place, *, since: datetime | None, limit: int) -> Audited:
    """Return the latest audit entries, so many at most and none from before *since*, oldest first."""
    if place.file is None:
        found = asyncio.run(choosing.audit(place.url, since=since, limit=limit))
        return Audited(entries=tuple(found), left_out=())
    entries: deque[AuditEntry] = deque(maxlen=limit)
    left_out: list[str] = []
    for read in tools.audit(place.file, since=since):
        if isinstance(read, AuditEntry):
            entries.append(read)
        else:
            left_out.append(read)
    return Audited(entries=tuple(entries), left_out=tuple(left_out))


def traces(place: Place, *, account: str | None) -> Iterator[Iterable[str] | str]:
    """Yield what was read of each task, as lines, or a sentence about a row that cannot be read."""
    if place.file is None:
        raise StoreUnusable(
            "Traces are read from a data file: copy the database into one with "
            "`milepost store copy DATABASE sqlite:///FILE`, and name that with --file."
        )
    return recorded.traces(place.file, account=account)


def import_(place: Place, source: Path | None) -> int:
    """Begin a data file with the records of an export."""
    path = place.file
    if path is None:
        raise StoreUnusable(
            "An export is imported into a data file: name one with --file, and then copy it into the database with "
            "`milepost store copy sqlite:///FILE DATABASE`."
        )
    now = datetime.now(UTC)
    with _signals_end_it():
        if source is None:
            return tools.import_(path, _lines(sys.stdin.buffer, "on standard input"), now)
        with _opened(source) as export:
            return tools.import_(path, _lines(export, str(source)), now)


def _export_to(place: Place, out: TextIO) -> tools.Exported:
    if place.file is None:
        return asyncio.run(choosing.export(place.url, out))
    return tools.export(place.file, out)


def _export_to_file(place: Place, to: Path) -> tools.Exported:
    out = _new_file(to)
    try:
        with out:
            return _export_to(place, out)
    except BaseException as trouble:
        to.unlink(missing_ok=True)
        if isinstance(trouble, OSError):
            raise StoreUnusable(f"{to} cannot be written ({trouble.strerror}).") from None
        raise


def _new_file(path: Path) -> TextIO:
    try:
        return path.open("x", encoding="utf-8")
    except OSError as trouble:
        raise StoreUnusable(f"{path} cannot be written ({trouble.strerror}).") from None


def _opened(source: Path) -> BinaryIO:
    try:
        # Before it is opened: that alone would wait for the other end of a pipe.
        if not stat.S_ISREG(source.stat().st_mode):
            raise StoreUnusable(
                f"{source} is no ordinary file. Name a file that `milepost store export` wrote, "
                "or give the export on standard input: milepost store import < export.jsonl"
            )
        return source.open("rb")
    except OSError as trouble:
        raise StoreUnusable(f"The export {source} cannot be read ({trouble.strerror}).") from None


def _lines(export: BinaryIO, name: str) -> Iterator[str]:
    """Yield the lines of an export; one without an end must not fill the memory."""
    number = 0
    try:
        while line := export.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise StoreUnusable(
                    f"Line {number} of the export {name} is longer than any line of an export (1 MiB). "
                    "Nothing was imported."
                )
            yield line.decode()
    except UnicodeDecodeError:
        raise StoreUnusable(f"Line {number} of the export {name} is not UTF-8. Nothing was imported.") from None
    except OSError as trouble:
        raise StoreUnusable(f"The export {name} cannot be read ({trouble.strerror}).") from None


@contextmanager
def _signals_end_it() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the work as Ctrl-C does, so that what was begun is tidied away."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    # One that is ignored stays so, as under nohup.
    numbers = [each for each in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(each) is signal.SIG_DFL]
    for number in numbers:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)
