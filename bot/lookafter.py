"""`milepost store …`: look after the data file, also after a damaged one that was moved aside."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from bot.ports import StoreUnusable
from bot.settings import Settings
from bot.store import tools


class NoDataFile(Exception):
    """There is no data file to look after."""


def data_file(settings: Settings, named: Path | None) -> Path:
    """Return the file that was named, else the configured one."""
    path = named if named is not None else settings.store.path
    if path is None:
        raise NoDataFile("The store is no data file; look after it with its own tools.")
    return path


def check(path: Path) -> list[str]:
    """Return a sentence for each thing that is wrong with the file."""
    return tools.check(path)


def export(path: Path, to: Path | None) -> tools.Exported:
    """Write every record that can be read, one line each, to a new file or to standard output."""
    if to is None:
        return tools.export(path, sys.stdout)
    with _new_file(to) as out:
        return tools.export(path, out)


def import_(path: Path, source: Path | None) -> int:
    """Begin a data file with the records of an export."""
    now = datetime.now(UTC)
    if source is None:
        return tools.import_(path, sys.stdin, now)
    try:
        with source.open(encoding="utf-8") as lines:
            return tools.import_(path, lines, now)
    except (OSError, UnicodeDecodeError) as trouble:
        raise StoreUnusable(
            f"The export {source} cannot be read ({getattr(trouble, 'strerror', None) or trouble})."
        ) from None


def _new_file(path: Path) -> TextIO:
    try:
        return path.open("x", encoding="utf-8")
    except OSError as trouble:
        raise StoreUnusable(f"{path} cannot be written ({trouble.strerror}).") from None
