"""What was read of every task in a data file, as traces on which another cadence can be tried."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from bot.core import history
from bot.core.model import Watch
from bot.core.readings import history_of
from bot.store.salvage import open_to_read, salvaged


def traces(path: Path, *, account: str | None = None) -> Iterator[Iterable[str] | str]:
    """Yield the readings of each task's present run as lines (``bot.core.history.lines``), or a sentence about a row
    that cannot be read; the bot may be running on the file.

    *account*: of its tasks alone. What was read once only is left out, for nothing can be told from it.
    """
    with closing(open_to_read(path)) as connection:
        for read in salvaged(connection):
            if isinstance(read, str):
                yield read
            elif isinstance(read, Watch) and account in (None, read.account):
                lines = tuple(history.lines(history_of(read)))
                if len(lines) > 1:
                    yield lines
