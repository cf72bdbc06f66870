"""What can be done with a data file: check it, read its audit log, export it as JSON lines, import such an export."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

import msgspec

from bot.core.model import AuditEntry, Delivery, Subscription, SubscriptionId, Watch, WatchId
from bot.ports import StoreUnusable
from bot.store import codec
from bot.store.datafile import (
    SIDE_FILES,
    TABLE,
    beside,
    cannot_be_opened,
    check_place,
    prepare,
)
from bot.store.hardened import HardenedDict
from bot.store.lock import FileLock
from bot.store.salvage import BY_OPTION, decoded, open_to_read, salvaged
from bot.store.turns import Task, task_of
from bot.store.worker import DEADLINE_SECONDS

_CHUNK = 1_000


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: str
    value: msgspec.Raw


class _Begin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    milepost_export: int


class _End(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What came of an export."""

    records: int
    left_out: tuple[str, ...]
    """A sentence for each row that could not be read."""


def check(path: Path) -> list[str]:
    """Return a sentence for each thing that is wrong with a data file; the bot may be running on it."""
    findings: list[str] = []
    kept: list[codec.Kept] = []
    with closing(open_to_read(path)) as connection:
        try:
            answers = [answer.decode() for (answer,) in connection.execute("PRAGMA integrity_check(100)")]
            findings += [f"The file is damaged: {answer}" for answer in answers if answer != "ok"]
        except sqlite3.Error as trouble:
            findings.append(f"The file is damaged: {trouble}")
        for read in salvaged(connection):
            if isinstance(read, str):
                findings.append(read)
            elif not isinstance(read, AuditEntry):
                kept.append(read)
    return findings + list(loose_ends(kept))


def owners_in(path: Path) -> dict[str, int]:
    """Return who owned how many open subscriptions in a file, as far as it can be read: for a damaged one."""
    owners: dict[str, int] = {}
    try:
        with closing(open_to_read(path)) as connection:
            for read in salvaged(connection):
                if isinstance(read, Subscription) and read.ended_at is None:
                    owners[read.owner] = owners.get(read.owner, 0) + 1
    except (StoreUnusable, sqlite3.Error):
        return owners
    return owners


def audit(path: Path, *, since: datetime | None = None) -> Iterator[AuditEntry | str]:
    """Yield the audit log, oldest first, or a sentence for each row that cannot be read; the bot may be running on it.

    *since*: only entries from then on.
    """
    with closing(open_to_read(path)) as connection:
        try:
            for key, value in connection.execute(
                f'SELECT CAST(key AS TEXT), CAST(value AS TEXT) FROM "{TABLE}" WHERE key > ? AND key < ? ORDER BY key',
                codec.range_of(AuditEntry),
            ):
                read = decoded(key, value)
                if isinstance(read, str) or (isinstance(read, AuditEntry) and (since is None or read.at >= since)):
                    yield read
        except sqlite3.Error as trouble:
            yield f"What follows cannot be read: {trouble}"


def export(path: Path, out: TextIO) -> Exported:
    """Write every record that can be read as one line of JSON; the bot may be running on the file."""
    records = 0
    left_out: list[str] = []
    with closing(open_to_read(path)) as connection:
        begin_export(out)
        for read in salvaged(connection):
            if isinstance(read, str):
                left_out.append(read)
            else:
                records += 1
                put_record(out, read)
    end_export(out, records)
    return Exported(records=records, left_out=tuple(left_out))


def import_(path: Path, lines: Iterable[str], now: datetime) -> int:
    """Begin a data file with the records of an export, all of them or none; return how many.

    StoreUnusable where there is a data file already, or where the export cannot be read to its end.
    """
    check_place(path, where=BY_OPTION)
    path = path.resolve()
    draft = beside(path, ".import")
    lock = FileLock(path, now)
    try:
        if any(beside(path, side).exists() and beside(path, side).stat().st_size for side in SIDE_FILES):
            raise StoreUnusable(
                f"{path} is not empty. Import into a file that does not exist yet; name another one {BY_OPTION}."
            )
        # Of an import that was killed.
        _remove(draft)
        records = _fill(draft, lines)
        draft.replace(path)
    except (OSError, sqlite3.Error) as trouble:
        raise StoreUnusable(cannot_be_opened(path, trouble)) from None
    finally:
        with suppress(OSError):
            _remove(draft)
        lock.release()
    return records


def loose_ends(kept: Iterable[codec.Kept]) -> Iterator[str]:
    """Yield a sentence for each record that hangs on nothing, or on the wrong thing."""
    records = list(kept)
    watches = {each.id: each for each in records if isinstance(each, Watch)}
    subscriptions = {each.id: each for each in records if isinstance(each, Subscription)}
    yield from _loose_watches(watches)
    for each in records:
        if isinstance(each, Subscription):
            yield from _loose_subscription(each, watches)
        elif isinstance(each, Delivery):
            yield from _loose_delivery(each, subscriptions)


def _loose_watches(watches: dict[WatchId, Watch]) -> Iterator[str]:
    open_ones: dict[Task, Watch] = {}
    for watch in watches.values():
        if not watch.closed:
            other = open_ones.setdefault(task_of(watch), watch)
            if other is not watch:
                yield f"Two watches of one task are open: {other.id!r} and {watch.id!r}"


def _loose_subscription(subscription: Subscription, watches: dict[WatchId, Watch]) -> Iterator[str]:
    watch = watches.get(subscription.watch_id)
    if watch is None:
        yield f"Subscription {subscription.id!r} follows {subscription.watch_id!r}, which is not there"
    elif watch.closed and subscription.ended_at is None:
        yield f"Subscription {subscription.id!r} is open, though {watch.id!r} is closed"


def _loose_delivery(delivery: Delivery, subscriptions: dict[SubscriptionId, Subscription]) -> Iterator[str]:
    subscription = subscriptions.get(delivery.subscription_id)
    if subscription is None:
        yield f"Delivery {delivery.id!r} belongs to {delivery.subscription_id!r}, which is not there"
    elif subscription.watch_id != delivery.watch_id:
        yield f"Delivery {delivery.id!r} tells of another watch than its subscription follows"


def _fill(draft: Path, lines: Iterable[str]) -> int:
    prepare(draft)
    data = HardenedDict(str(draft), TABLE)
    try:
        records = 0
        chunk: dict[str, str | None] = {}
        for key, text in _read_export(lines):
            records += 1
            chunk[key] = text
            if len(chunk) >= _CHUNK:
                data.write(chunk).result(DEADLINE_SECONDS)
                chunk = {}
        data.write(chunk).result(DEADLINE_SECONDS)
    finally:
        data.close()
    return records


def _read_export(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    ended = False
    for number, line in enumerate(lines, start=1):
        try:
            if ended:
                raise codec.Unreadable("something follows its end")
            if number == 1:
                version = msgspec.json.decode(line, type=_Begin).milepost_export
                if version > codec.VERSION:
                    raise codec.TooNew("a newer Milepost wrote it; upgrade this one")
            elif line.startswith('{"records":'):
                ended = msgspec.json.decode(line, type=_End).records == len(seen)
                if not ended:
                    raise codec.Unreadable("records are missing before it")
            else:
                entry = msgspec.json.decode(line, type=_Line)
                record = codec.decode(entry.key, bytes(entry.value))
                if entry.key in seen:
                    raise codec.Unreadable(f"{entry.key!r} comes twice")
                seen.add(entry.key)
                yield entry.key, codec.encode(record)
        except (msgspec.MsgspecError, UnicodeError, ValueError, RecursionError) as trouble:
            why = str(trouble) if isinstance(trouble, codec.Unreadable) else "it is no line of an export"
            raise StoreUnusable(
                f"Line {number} of the export cannot be imported: {why}. Nothing was imported."
            ) from None
    if not ended:
        raise StoreUnusable("The export is cut short: its last line is missing. Nothing was imported.")


def begin_export(out: TextIO) -> None:
    """Write what an export begins with."""
    _put_line(out, _Begin(milepost_export=codec.VERSION))


def put_record(out: TextIO, record: codec.Kept) -> None:
    """Write the line of a record."""
    _put_line(out, _Line(key=codec.key_of(record), value=msgspec.Raw(codec.encode(record).encode())))


def end_export(out: TextIO, records: int) -> None:
    """Write how many there were: without its last line an export is known to be cut short."""
    _put_line(out, _End(records=records))


def _put_line(out: TextIO, line: msgspec.Struct) -> None:
    out.write(msgspec.json.encode(line).decode() + "\n")


def _remove(path: Path) -> None:
    for side in SIDE_FILES:
        beside(path, side).unlink(missing_ok=True)
