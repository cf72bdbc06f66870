"""One process per data file: a lock on a file beside it, which says who holds it and shows that they live."""

import fcntl
import os
import socket
import stat
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from bot.ports import StoreUnusable

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_LONGEST = 1_000
"""Bytes; what a holder writes is shorter."""


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a data file."""

    pid: int
    host: str
    since: datetime

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host!r} since {self.since:%Y-%m-%d %H:%M:%S} UTC"


def lock_path(data_file: Path) -> Path:
    """Return the lock file of a data file; two names of one file (a symbolic link) have one lock."""
    resolved = data_file.resolve()
    return resolved.with_name(resolved.name + ".lock")


class FileLock:
    """Holds a data file for this process. The kernel lets go of it when the process dies, however it dies."""

    def __init__(self, data_file: Path, now: datetime) -> None:
        """Take the lock; StoreUnusable where another process has it."""
        self._path = lock_path(data_file)
        self._fd = _lock(self._path, data_file)
        holder = Holder(pid=os.getpid(), host=socket.gethostname(), since=now)
        try:
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, msgspec.json.encode(holder), 0)
        except OSError as trouble:
            self.release()
            raise StoreUnusable(f"The lock file {self._path} cannot be written ({trouble.strerror}).") from None

    def touch(self) -> None:
        """Show that the holder lives."""
        os.utime(self._fd)

    def release(self) -> None:
        """Let go and remove the lock file; whoever had opened it meanwhile sees that it is gone, and begins anew."""
        if self._fd >= 0:
            try:
                with suppress(OSError):
                    if _is_at(self._path, self._fd):
                        self._path.unlink()
                # Where the folder keeps it, an empty one says that nobody holds it.
                os.ftruncate(self._fd, 0)
            finally:
                os.close(self._fd)
                self._fd = -1


def heartbeat_age(data_file: Path, now: datetime) -> float | None:
    """Return the seconds since the holder of a data file last showed that it lives; None where nobody holds it."""
    try:
        status = lock_path(data_file).stat()
    # RuntimeError: pathlib's word for symbolic links that lead in a circle, up to Python 3.12.
    except (OSError, RuntimeError):
        return None
    return max(0.0, now.timestamp() - status.st_mtime) if status.st_size else None


def _lock(path: Path, data_file: Path) -> int:
    while True:
        fd = _open(path)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Else its holder has just removed it, and the lock is on nothing that others would find.
            if _is_at(path, fd):
                return fd
        except OSError as trouble:
            os.close(fd)
            raise StoreUnusable(_refused(path, data_file, trouble)) from None
        os.close(fd)


def _open(path: Path) -> int:
    try:
        fd = os.open(path, _FLAGS, 0o600)
    except OSError as trouble:
        raise StoreUnusable(
            f"The lock file {path} cannot be opened ({trouble.strerror}). "
            "Let the account that runs Milepost write to that folder, or name another file in [store] url."
        ) from None
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode) or status.st_size > _LONGEST:
        os.close(fd)
        raise StoreUnusable(
            f"{path} is not a lock file of Milepost, so it is left alone. Name another data file in [store] url."
        )
    return fd


def _is_at(path: Path, fd: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(fd))
    except FileNotFoundError:
        return False


def _refused(path: Path, data_file: Path, trouble: OSError) -> str:
    if not isinstance(trouble, BlockingIOError):
        return f"The lock file {path} cannot be locked ({trouble.strerror})."
    who = str(_holder(path) or "another process")
    return (
        f"The data file {data_file} is in use: {who} holds it. "
        "Stop that one first, or give this one a data file of its own in [store] url."
    )


def _holder(path: Path) -> Holder | None:
    try:
        return msgspec.json.decode(path.read_bytes()[:_LONGEST], type=Holder)
    except (OSError, msgspec.MsgspecError, UnicodeError):
        return None
