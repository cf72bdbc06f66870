"""A file by which others on this machine see that a process lives that holds no data file."""

import os
import socket
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bot.store.lock import Holder, lock_path


class AliveFile:
    """Stands where the lock of a data file would, for ``heartbeat_age``; it locks nothing."""

    def __init__(self, beside: Path) -> None:
        self._path = lock_path(beside)

    def touch(self) -> None:
        """Show that this process lives. Where no file can be written, nobody can ask either."""
        with suppress(OSError):
            if self._path.is_symlink():
                return
            holder = Holder(pid=os.getpid(), host=socket.gethostname(), since=datetime.now(UTC))
            self._path.write_bytes(msgspec.json.encode(holder))

    def remove(self) -> None:
        """Show that it lives no more."""
        with suppress(OSError):
            self._path.unlink()
