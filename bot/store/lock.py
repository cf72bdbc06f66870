"""One process per data file: a lock on a file beside it, which says who holds it and shows that they live."""

import fcntl
import os
import socket
from datetime import datetime
from pathlib import Path

import msgspec

from bot.ports import StoreUnusable


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
        path = lock_path(data_file)
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as trouble:
            raise StoreUnusable(
                f"The lock file {path} cannot be opened ({trouble.strerror}). "
                "Let the account that runs Milepost write to that folder, or name another file in [store] url."
            ) from None
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as trouble:
            holder = _holder(path)
            os.close(self._fd)
            if not isinstance(trouble, BlockingIOError):
                raise StoreUnusable(f"The lock file {path} cannot be locked ({trouble.strerror}).") from None
            who = str(holder) if holder else "another process"
            raise StoreUnusable(
                f"The data file {data_file} is in use: {who} holds it. "
                "Stop that one first, or give this one a data file of its own in [store] url."
            ) from None
        holder = Holder(pid=os.getpid(), host=socket.gethostname(), since=now)
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, msgspec.json.encode(holder), 0)

    def touch(self) -> None:
        """Show that the holder lives."""
        os.utime(self._fd)

    def release(self) -> None:
        """Let go. The file stays, empty: removing it could remove the lock of whoever came next."""
        if self._fd >= 0:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = -1


def heartbeat_age(data_file: Path, now: datetime) -> float | None:
    """Return the seconds since the holder of a data file last showed that it lives; None where nobody holds it."""
    try:
        status = lock_path(data_file).stat()
    except OSError:
        return None
    return max(0.0, now.timestamp() - status.st_mtime) if status.st_size else None


def _holder(path: Path) -> Holder | None:
    try:
        return msgspec.json.decode(path.read_bytes()[:1000], type=Holder)
    except (OSError, msgspec.MsgspecError, UnicodeError):
        return None
