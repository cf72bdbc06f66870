"""A SQLite that cannot do what is needed is told of before anything is written."""

import sqlite3
from contextlib import closing

import pytest

from bot.ports import StoreUnusable
from bot.store.library import check_library


def without_counting(_action: int, _first: str | None, name: str | None, *_: str | None) -> int:
    return sqlite3.SQLITE_DENY if name == "count" else sqlite3.SQLITE_OK


def test_an_old_library_is_refused_with_a_sentence() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        check_library(connection)
        # There is no old one here: this one is not allowed to count.
        connection.set_authorizer(without_counting)
        with pytest.raises(StoreUnusable, match=r"SQLite [\d.]+ that this Python uses cannot keep"):
            check_library(connection)
