"""Opening the data file: lock it, read and check it, move it aside where it is damaged."""

import gc
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.ports import StoreUnusable
from bot.store import codec
from bot.store.datafile import (
    APPLICATION_ID,
    TABLE,
    Condition,
    cannot_be_opened,
    check_place,
    check_writable,
    inspect,
    is_whole,
    move_aside,
    path_of,
    prepare,
    too_new,
)
from bot.store.hardened import HardenedDict
from bot.store.library import check_library
from bot.store.loading import load
from bot.store.lock import FileLock
from bot.store.memory import Memory
from bot.store.reading import records_in


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """A data file that is held by this process, with all that was in it."""

    lock: FileLock
    data: HardenedDict
    memory: Memory
    damaged: Path | None


def open_file(url: str, now: datetime) -> OpenFile:
    """Open or begin the data file; StoreUnusable where that cannot be."""
    path = path_of(url)
    check_place(path)
    with closing(sqlite3.connect(":memory:")) as connection:
        check_library(connection)
    lock = FileLock(path, now)
    try:
        return _open(path.resolve(), lock, now)
    except BaseException:
        lock.release()
        raise


def _open(path: Path, lock: FileLock, now: datetime) -> OpenFile:
    condition = inspect(path)
    damaged = None
    if condition is Condition.GOOD:
        memory = _read(path)
        if memory is not None:
            check_writable(path)
            return OpenFile(lock=lock, data=_data(path), memory=memory, damaged=None)
        condition = Condition.DAMAGED
    if condition is Condition.DAMAGED:
        damaged = move_aside(path, now)
    # Only here, where the file is known to be missing or empty.
    prepare(path)
    return OpenFile(lock=lock, data=_data(path), memory=Memory(), damaged=damaged)


def _read(path: Path) -> Memory | None:
    """Return what the file holds; None where it is damaged, and still as it was."""
    memory = Memory()
    # Every page is checked while they are read: nothing is served before both have come to an end.
    with ThreadPoolExecutor(1, "store-check") as aside:
        whole = aside.submit(is_whole, path)
        try:
            # However long the audit log and the past became, they do not delay a start.
            with _no_garbage(), closing(records_in(path)) as parts:
                load(memory, parts)
        except (codec.Unreadable, RecursionError, sqlite3.Error) as trouble:
            if not whole.result() or isinstance(trouble, codec.NotJson):
                return None
            raise _unusable(path, trouble) from None
        return memory if whole.result() else None


def _data(path: Path) -> HardenedDict:
    try:
        data = HardenedDict(str(path), TABLE)
    except (sqlite3.Error, TimeoutError) as trouble:
        raise StoreUnusable(cannot_be_opened(path, trouble)) from None
    try:
        if data.conn.select_one("PRAGMA application_id") == (0,):
            data.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    except BaseException as trouble:
        data.close()
        raise _unusable(path, trouble) from None
    return data


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Let the garbage collector look neither at records while they are read, nor ever again at those that were read.

    There is nothing for it to find in them, and a look at a million objects would hold up everything for a second.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if was_on:
            gc.enable()


def _unusable(path: Path, trouble: BaseException) -> BaseException:
    if isinstance(trouble, codec.TooNew):
        return StoreUnusable(too_new(path))
    if isinstance(trouble, RecursionError) or (
        isinstance(trouble, codec.Unreadable) and not isinstance(trouble, codec.NotJson)
    ):
        why = "it is nested too deeply" if isinstance(trouble, RecursionError) else trouble
        return StoreUnusable(
            f"The data file {path} holds a row that this Milepost cannot read: {why}. `milepost store check` names "
            "all of them; `milepost store export` and `import` carry the others over into a new file."
        )
    if isinstance(trouble, sqlite3.Error | TimeoutError):
        return StoreUnusable(cannot_be_opened(path, trouble))
    return trouble
