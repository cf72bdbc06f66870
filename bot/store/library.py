"""The SQLite that a Python brings along: whether it can do what the data file needs."""

import sqlite3

from bot.ports import StoreUnusable

# FILTER came with 3.30; JSON was left out of some builds before 3.38.
_NEEDED = "SELECT count(*) FILTER (WHERE value IS NOT NULL) FROM json_each('[1, 2]')"


def check_library(connection: sqlite3.Connection) -> None:
    """Raise StoreUnusable where a connection cannot do what will be asked of the data file."""
    try:
        connection.execute(_NEEDED).fetchone()
    except sqlite3.Error:
        raise StoreUnusable(
            f"The SQLite {sqlite3.sqlite_version} that this Python uses cannot keep the data file: 3.38 is needed, or "
            "3.30 that was built with JSON. Use another Python, or PostgreSQL as the store ([store] url)."
        ) from None
