"""How a process shows to others on its machine that it lives, whichever store it uses: a file that it touches."""

from datetime import datetime
from pathlib import Path

from bot.store.datafile import path_of
from bot.store.lock import heartbeat_age

NAME = "milepost.alive"
"""In the working directory: a process without a data file and its probe have nothing else that both know."""


class HeartbeatFile:
    """The file of a process that holds no data file. Two in one folder speak for each other."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or Path(NAME)

    def touch(self) -> None:
        """Show that this process lives; OSError where the folder takes no file."""
        self._path.touch(mode=0o600)

    def remove(self) -> None:
        """Show that it ended."""
        self._path.unlink(missing_ok=True)


def seconds_silent(url: str, now: datetime) -> float | None:
    """Return the seconds since the process with the store at *url* last showed that it lives; None: there is none."""
    if url.startswith("sqlite:"):
        return heartbeat_age(path_of(url), now)
    try:
        touched = Path(NAME).stat().st_mtime
    except OSError:
        return None
    return max(0.0, now.timestamp() - touched)
