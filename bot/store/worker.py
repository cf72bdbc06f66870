"""The thread that owns the connection: every request is answered, whatever happens to the disk under it.

It stands where sqlitedict's own thread would: that one dies without a word when a COMMIT fails, and whoever waits
for it then waits for ever.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias, TypeVar

from bot.store.statements import writing

BUSY_SECONDS = 5.0
"""How long SQLite waits for a lock that another program holds."""
DEADLINE_SECONDS = 30.0
"""How long a thread waits for an answer; the disk may hang."""
GROUP_ROWS = 5_000
"""About how many rows share one COMMIT at most, so that the first caller is not kept waiting by the last."""

Row: TypeAlias = tuple[Any, ...]

_OWN_FAULT = (
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    sqlite3.DataError,
    UnicodeError,
    OverflowError,
    TypeError,
    ValueError,
)
"""Errors that speak of the value to be written, and not of the disk."""


@dataclass(frozen=True, slots=True)
class _Write:
    rows: Mapping[str, object]
    """Key to value; None deletes."""
    answer: Future[None] = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class _Statement:
    sql: str
    args: Sequence[object]
    answer: Future[list[Row]] = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class _Close:
    answer: Future[None] = field(default_factory=Future)


_Request: TypeAlias = _Write | _Statement | _Close
_RequestT = TypeVar("_RequestT", _Write, _Statement, _Close)


class Closed(sqlite3.ProgrammingError):
    """The file was closed before this was asked."""


class Worker:
    """Owns the one connection to a file and does what is asked in order, many writes in one COMMIT.

    It also has the methods that SqliteDict calls on its connection; each of them is durable when it returns.
    """

    autocommit = False
    """SqliteDict asks; everything here is committed before it is answered."""

    def __init__(self, filename: str, tablename: str, journal_mode: str) -> None:
        self._filename = filename
        self._journal_mode = journal_mode
        self._table = tablename
        self._requests: SimpleQueue[_Request] = SimpleQueue()
        self._gate = threading.Lock()
        self._open = True
        self._connection: sqlite3.Connection | None = None
        self._started: Future[None] = Future()
        # A daemon: what was acknowledged is on the disk, so nothing is lost where nobody closes.
        self._thread = threading.Thread(target=self._run, name=f"store-{Path(filename).name}", daemon=True)
        self._thread.start()
        self._started.result(DEADLINE_SECONDS)

    # What callers use, from any thread

    def write(self, rows: Mapping[str, object]) -> "Future[None]":
        """Write all of *rows* (None deletes) or none of them; the future is answered after COMMIT.

        Cancelling the future withdraws the write where it has not begun.
        """
        return self._ask(_Write(rows)).answer

    def query(self, sql: str, args: Sequence[object] = ()) -> "Future[list[Row]]":
        """Run one statement as its own transaction; the future is answered with its rows."""
        return self._ask(_Statement(sql, args or ())).answer

    def execute(self, sql: str, args: Sequence[object] = ()) -> None:
        """Run one statement as its own transaction."""
        self.select_one(sql, args)

    def select(self, sql: str, args: Sequence[object] = ()) -> Iterator[Row]:
        """Yield the rows of a query, all of them read at once."""
        yield from self.query(sql, args).result(DEADLINE_SECONDS)

    def select_one(self, sql: str, args: Sequence[object] = ()) -> Row | None:
        """Return the first row of a query."""
        return next(self.select(sql, args), None)

    def commit(self, blocking: bool = True) -> None:  # noqa: FBT001, FBT002 - the signature that SqliteDict calls
        """Do nothing: whatever was answered is committed."""

    def close(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 - the signature that SqliteDict calls
        """Finish what was asked so far, close the connection and end; *force* does not wait for it."""
        with suppress(Closed):
            answer = self._ask(_Close(), last=True).answer
            if not force:
                answer.result(DEADLINE_SECONDS)
        if not force:
            self._thread.join(DEADLINE_SECONDS)

    def _ask(self, request: "_RequestT", *, last: bool = False) -> "_RequestT":
        with self._gate:
            if not self._open:
                raise Closed("the data file is closed")
            self._open = not last
            self._requests.put(request)
        return request

    # What happens in the thread

    def _run(self) -> None:
        try:
            self._connect()
        except BaseException as trouble:
            self._end()
            self._started.set_exception(trouble)
            return
        self._started.set_result(None)
        try:
            while self._turn():
                pass
        finally:
            self._end()

    def _turn(self) -> bool:
        request: _Request | None = self._requests.get()
        group: list[_Write] = []
        rows = 0
        while isinstance(request, _Write):
            if request.answer.set_running_or_notify_cancel():
                group.append(request)
                rows += len(request.rows)
            request = self._next() if rows < GROUP_ROWS else None
        if group:
            self._write_group(group)
        if isinstance(request, _Statement) and request.answer.set_running_or_notify_cancel():
            self._run_statement(request)
        if isinstance(request, _Close):
            self._disconnect()
            if request.answer.set_running_or_notify_cancel():
                request.answer.set_result(None)
            return False
        return True

    def _next(self) -> _Request | None:
        try:
            return self._requests.get_nowait()
        except Empty:
            return None

    def _write_group(self, group: Sequence[_Write]) -> None:
        try:
            self._transact(group)
        except _OWN_FAULT as trouble:
            if len(group) == 1:
                group[0].answer.set_exception(trouble)
                return
            # One of them is at fault: each for itself, so that only that one fails.
            for write in group:
                self._write_group([write])
        except BaseException as trouble:
            for write in group:
                write.answer.set_exception(trouble)
        else:
            for write in group:
                write.answer.set_result(None)

    def _transact(self, group: Sequence[_Write]) -> None:
        last: dict[str, object] = {}
        for write in group:
            last.update(write.rows)
        connection = self._connect()
        try:
            connection.execute("BEGIN IMMEDIATE")
            for sql, args in writing(self._table, last):
                connection.execute(sql, args)
            connection.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def _run_statement(self, request: _Statement) -> None:
        try:
            request.answer.set_result(self._connect().execute(request.sql, request.args).fetchall())
        except BaseException as trouble:
            self._roll_back()
            request.answer.set_exception(trouble)

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(self._filename, timeout=BUSY_SECONDS, isolation_level=None)
            try:
                connection.execute(f"PRAGMA journal_mode = {self._journal_mode}")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA journal_size_limit = 16777216")
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _roll_back(self) -> None:
        if self._connection is None:
            return
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            # A connection that cannot even do that holds locks that nobody could lift: the next request opens anew.
            self._disconnect()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _end(self) -> None:
        self._disconnect()
        with self._gate:
            self._open = False
        while (request := self._next()) is not None:
            if request.answer.set_running_or_notify_cancel():
                request.answer.set_exception(Closed("the data file is closed"))
