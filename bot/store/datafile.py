"""The data file before it is opened: whose it is, whether it is whole, and where a damaged one is put."""

import errno
import os
import sqlite3
import stat
from contextlib import closing
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from bot.ports import StoreUnusable
from bot.store import codec
from bot.store.worker import BUSY_SECONDS

TABLE = "milepost"
APPLICATION_ID = 0x4D696C65
"""``Mile``; SQLite keeps it at byte 68 of the file (https://www.sqlite.org/fileformat.html, section 1.3)."""
_MAGIC = b"SQLite format 3\0"
SIDE_FILES = ("", "-wal", "-shm", "-journal")
IN_SETTINGS = "in [store] url"
"""Where an operator names the data file, for sentences; the tools take it from an option."""
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Condition(StrEnum):
    """What is found at the path of a data file."""

    NEW = "new"
    GOOD = "good"
    DAMAGED = "damaged"


def path_of(url: str) -> Path:
    """Return the path in ``sqlite:///relative.db`` or ``sqlite:////absolute/path.db``."""
    prefix = "sqlite:///"
    name = url.removeprefix(prefix)
    if not url.startswith(prefix) or not name.strip("/") or name == ":memory:" or "\0" in name:
        raise StoreUnusable(
            "[store] url names no data file. Write sqlite:///milepost.db for a file in the working directory, "
            "or sqlite:////var/lib/milepost/milepost.db for one with an absolute path."
        )
    return Path(name)


def check_place(path: Path, *, where: str = IN_SETTINGS) -> None:
    """Raise StoreUnusable where no ordinary file is or can be: to open a pipe or a device may never end."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        _check_new(path, where)
        return
    except OSError as trouble:
        raise StoreUnusable(_unreachable(path, trouble, where)) from None
    if stat.S_ISDIR(mode):
        raise StoreUnusable(f"{path} is a directory. Name a file {where}, such as {path / 'milepost.db'}.")
    if not stat.S_ISREG(mode):
        raise StoreUnusable(f"{path} is {_kind(mode)}, so it cannot hold data. Name an ordinary file {where}.")
    for side in SIDE_FILES[1:]:
        extra = beside(path.resolve(), side)
        if (extra.is_symlink() or extra.exists()) and not stat.S_ISREG(extra.lstat().st_mode):
            raise StoreUnusable(
                f"{extra}, where SQLite keeps a part of the data file, is {_kind(extra.lstat().st_mode)}. "
                f"Move it away, or name another file {where}."
            )


def is_empty(path: Path) -> bool:
    """Whether a file is there that nothing was ever written to."""
    return path.exists() and path.stat().st_size == 0 and not _has_log(path)


def inspect(path: Path) -> Condition:
    """Return the condition of the file, as far as a glance tells it: of one that seems GOOD, ``is_whole`` tells more.

    StoreUnusable where it is not ours, too new, or cannot be read.
    """
    if not path.exists() or path.stat().st_size == 0:
        # SQLite would delete a log that has lost its file, and acknowledged writes with it.
        return Condition.DAMAGED if _has_log(path) else Condition.NEW
    head = _head(path)
    if not head.startswith(_MAGIC):
        raise StoreUnusable(_not_ours(path))
    ours = int.from_bytes(head[68:72].ljust(4, b"\0")) == APPLICATION_ID
    try:
        with closing(connect_to_look(path)) as connection:
            return _look(path, connection)
    except (sqlite3.DatabaseError, UnicodeError) as trouble:
        # SQLite repeats the names in a smashed schema, and Python may fail to read even that.
        if isinstance(trouble, sqlite3.Error) and _code(trouble) not in _DAMAGE:
            raise StoreUnusable(cannot_be_opened(path, trouble)) from None
        if not ours:
            raise StoreUnusable(_not_ours(path)) from None
        return Condition.DAMAGED


def is_whole(path: Path) -> bool:
    """Whether every page of the file and its index are as they were written; StoreUnusable where it cannot be read."""
    try:
        with closing(connect_to_look(path)) as connection:
            answer: str = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            return answer == "ok"
    except sqlite3.DatabaseError as trouble:
        if _code(trouble) not in _DAMAGE:
            raise StoreUnusable(cannot_be_opened(path, trouble)) from None
        if int.from_bytes(_head(path)[68:72]) != APPLICATION_ID:
            raise StoreUnusable(_not_ours(path)) from None
        return False


def check_writable(path: Path) -> None:
    """Raise StoreUnusable where the file can only be read."""
    try:
        with closing(connect(path, "rw")) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.DatabaseError as trouble:
        raise StoreUnusable(cannot_be_opened(path, trouble)) from None


def prepare(path: Path) -> None:
    """Begin a data file: mark it as ours before anything is in it, readable by its owner alone."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {codec.VERSION}")
            # As sqlitedict would make it.
            connection.execute(f'CREATE TABLE "{TABLE}" (key TEXT PRIMARY KEY, value BLOB)')
            connection.execute("COMMIT")
    except (OSError, sqlite3.Error) as trouble:
        raise StoreUnusable(cannot_be_opened(path, trouble)) from None


def move_aside(path: Path, now: datetime) -> Path:
    """Rename a damaged file, with what SQLite keeps beside it, and return its new path. Nothing is overwritten."""
    aside = beside(path, f".damaged-{now:%Y%m%dT%H%M%SZ}")
    number = 1
    while any(beside(aside, side).exists() for side in SIDE_FILES):
        number += 1
        aside = beside(path, f".damaged-{now:%Y%m%dT%H%M%SZ}-{number}")
    try:
        # The file itself goes last: stopped half-way, the next start finds it damaged again.
        for side in reversed(SIDE_FILES):
            if beside(path, side).exists():
                beside(path, side).rename(beside(aside, side))
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as trouble:
        raise StoreUnusable(
            f"The data file {path} is damaged and cannot be moved aside ({trouble.strerror}). "
            "Move it away by hand, with the files beside it that begin with its name."
        ) from None
    return aside


def cannot_be_opened(path: Path, trouble: Exception) -> str:
    """Return the sentence for the operator where the file is ours, or new, and the system refuses it."""
    return (
        f"The data file {path} cannot be opened for reading and writing ({trouble}). Check that the account that "
        "runs Milepost may write to it and to its folder, that the disk has room, and that no other program locks it."
    )


def too_new(path: Path) -> str:
    """Return the sentence for the operator where a newer Milepost wrote the file."""
    return (
        f"The data file {path} was written by a newer Milepost; upgrade this one, or name another file in [store] url."
    )


def _check_new(path: Path, where: str) -> None:
    if path.is_symlink():
        raise StoreUnusable(
            f"{path} is a symbolic link to {str(path.readlink())!r}, where nothing is. "
            f"Remove the link or mend it, or name another file {where}."
        )
    if not path.parent.is_dir():
        raise StoreUnusable(f"There is no directory {path.parent}. Create it, or name another file {where}.")


def _unreachable(path: Path, trouble: OSError, where: str) -> str:
    if trouble.errno == errno.ELOOP:
        return f"The symbolic links at {path} lead in a circle. Mend them, or name another file {where}."
    if trouble.errno == errno.ENOTDIR:
        return f"There is no directory {path.parent}. Create it, or name another file {where}."
    return (
        f"{path} cannot be reached ({trouble.strerror}). Let the account that runs Milepost use its folder, "
        f"or name another file {where}."
    )


def _kind(mode: int) -> str:
    kinds = (
        (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISFIFO, "a named pipe (FIFO)"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    )
    return next((name for is_one, name in kinds if is_one(mode)), "no ordinary file")


def _has_log(path: Path) -> bool:
    log = beside(path, "-wal")
    return log.exists() and log.stat().st_size > 0


def _look(path: Path, connection: sqlite3.Connection) -> Condition:
    # Asked of SQLite, for a file that was being begun may hold bytes of ours that it has just rolled back.
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    identity = connection.execute("PRAGMA application_id").fetchone()[0]
    if identity not in (0, APPLICATION_ID) or (identity == 0 and tables - {TABLE}):
        raise StoreUnusable(_not_ours(path))
    if connection.execute("PRAGMA user_version").fetchone()[0] > codec.VERSION:
        raise StoreUnusable(too_new(path))
    if identity == APPLICATION_ID and TABLE not in tables:
        return Condition.DAMAGED
    return Condition.GOOD


def connect_to_look(path: Path) -> sqlite3.Connection:
    """Open an existing file so that it stays as it is; for one thread at a time.

    A connection that can write tidies up when it is closed, and a damaged file must stay as it is. An interrupted
    rollback is the exception: only a writer can finish it.
    """
    return connect(path, "rw" if beside(path, "-journal").exists() else "ro")


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open an existing file, ``ro`` or ``rw``."""
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(100)
    except OSError as trouble:
        raise StoreUnusable(cannot_be_opened(path, trouble)) from None


def _not_ours(path: Path) -> str:
    return (
        f"{path} is not a data file of Milepost, so it is left alone. Name another file in [store] url; "
        "a file that does not exist yet will be created."
    )


def beside(path: Path, suffix: str) -> Path:
    """Return the path of a file that goes with this one."""
    return path.with_name(path.name + suffix)


def _code(trouble: sqlite3.Error) -> int:
    # The low byte is the error, the rest its shade (https://www.sqlite.org/rescode.html).
    return getattr(trouble, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
