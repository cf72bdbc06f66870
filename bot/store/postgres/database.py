"""Connections to PostgreSQL: few, never waited for without end, and a lost answer to a COMMIT is read back.

Nothing here or above needs a session: every statement is a transaction or part of one, and locks end with it. So it
also works through PgBouncer in transaction mode.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg
import structlog
from psycopg import AsyncConnection, errors
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from bot.ports import StoreError

_log = structlog.get_logger(__name__)

CONNECT_SECONDS = 5
WAIT_SECONDS = 5.0
"""How long a verb waits for a connection, all of them being busy or the database being away."""
STATEMENT_SECONDS = 20
ASLEEP_SECONDS = 10
"""How long a transaction of somebody who sleeps keeps its locks."""
TRIES = 5
"""How often what collided with others is tried."""
DEADLINE_SECONDS = 30.0
"""How long a verb takes at most, as with the data file."""
COMMIT_SECONDS = 10.0
"""How long a COMMIT may take; then it is read back what became of it."""

Row: TypeAlias = tuple[Any, ...]
Arguments: TypeAlias = Mapping[str, object]

# Of the transaction alone, for a session may be another program's next. Whoever sleeps in one lets go of its locks.
_BEGIN = (
    f"BEGIN; SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'; "
    f"SET LOCAL lock_timeout = '{STATEMENT_SECONDS // 2}s'; "
    f"SET LOCAL idle_in_transaction_session_timeout = '{ASLEEP_SECONDS}s'"
)
_TRY_AGAIN = (errors.DeadlockDetected, errors.SerializationFailure)


class Collided(StoreError):
    """Two transactions stood in each other's way; this one was rolled back."""


class Statements:
    """Statements on one connection."""

    def __init__(self, connection: AsyncConnection[Row]) -> None:
        self._connection = connection

    async def rows(self, query: str, arguments: Arguments | None = None) -> list[Row]:
        """Run a statement and return its rows."""
        try:
            cursor = await self._connection.execute(query.encode(), arguments)
            return await cursor.fetchall() if cursor.description is not None else []
        except (psycopg.Error, UnicodeError) as trouble:
            raise told(trouble) from None


class Transaction(Statements):
    """Statements that hold together. What is not committed is rolled back."""

    def __init__(self, database: "Database", connection: AsyncConnection[Row], deadline: asyncio.Timeout) -> None:
        super().__init__(connection)
        self._database = database
        self._deadline = deadline
        self._xid: str | None = None

    async def write(self, query: str, arguments: Arguments) -> None:
        """Run a statement that returns the id of the transaction, by which its fate can be asked."""
        ((self._xid,),) = await self.rows(query, arguments)

    async def commit(self) -> None:
        """End it; StoreError where it was rolled back, or where nobody can tell."""
        # From here on it is not given up, but read back.
        self._deadline.reschedule(None)
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                await self._connection.execute(b"COMMIT")
        except (psycopg.Error, TimeoutError) as trouble:
            if isinstance(trouble, psycopg.Error) and not _is_lost(trouble):
                raise told(trouble) from None
            await self._connection.close()
            if self._xid is None or not await self._database.was_committed(self._xid):
                raise Broken("The connection to the database broke; nothing was written.") from None


class Database:
    """A bounded number of connections."""

    def __init__(self, url: str, connections: int, *, wait: float = WAIT_SECONDS) -> None:
        self.url = url
        self._patience = 2 * wait
        self._connections = connections
        self._pool: AsyncConnectionPool[AsyncConnection[Row]] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=connections,
            open=False,
            timeout=wait,
            # Short, for the waits between tries double: a database that is back is to be seen soon.
            reconnect_timeout=4.0,
            max_idle=300.0,
            name="milepost",
            kwargs={
                "autocommit": True,
                # Prepared statements belong to a session.
                "prepare_threshold": None,
                "connect_timeout": CONNECT_SECONDS,
                "application_name": "milepost",
            },
        )

    async def open(self) -> None:
        """Begin to connect."""
        await self._pool.open()

    async def close(self) -> None:
        """Let go of all connections."""
        await self._pool.close(timeout=WAIT_SECONDS)

    async def rows(self, query: str, arguments: Arguments | None = None) -> list[Row]:
        """Run one statement as its own transaction. One that a broken connection ate is run again: it only reads."""
        # After a restart of the database every connection that lay idle is a broken one.
        for _ in range(self._connections):
            with suppress(Broken):
                return await self.once(query, arguments)
        return await self.once(query, arguments)

    async def once(self, query: str, arguments: Arguments | None = None) -> list[Row]:
        """Run one statement as its own transaction; StoreError where nobody can tell whether it ran."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                for _ in range(TRIES - 1):
                    # It was rolled back.
                    with suppress(Collided):
                        return await self._once(query, arguments)
                return await self._once(query, arguments)
        except TimeoutError:
            raise Unanswered("The database does not answer.") from None
        except PoolClosed:
            raise StoreError("The database is closed.") from None

    async def _once(self, query: str, arguments: Arguments | None) -> list[Row]:
        try:
            async with self._connection() as connection:
                return await Statements(connection).rows(query, arguments)
        except Broken:
            # Most likely all of them are: the next call is to find good ones.
            await self._pool.check()
            raise

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Begin a transaction; the body commits it. It lasts no longer than a verb may."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS) as deadline, self._connection(_BEGIN) as connection:
                yield Transaction(self, connection, deadline)
        except TimeoutError:
            raise StoreError("The database does not answer.") from None

    async def was_committed(self, xid: str) -> bool:
        """Read back what became of a transaction; StoreError where nobody can tell."""
        query = "SELECT pg_xact_status(%(xid)s::text::xid8) WHERE pg_xact_status(%(xid)s::text::xid8) <> 'in progress'"
        ((status,), *_) = await self.settled(query, {"xid": xid}, until=bool)
        return bool(status == "committed")

    async def settled(
        self, query: str, arguments: Arguments, *, until: Callable[[list[Row]], bool] = lambda _: True
    ) -> list[Row]:
        """Ask until the database answers and *until* holds of its rows; StoreError where that lasts too long."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._patience
        pause = 0.05
        while True:
            with suppress(StoreError):
                rows = await self.rows(query, arguments)
                if until(rows):
                    return rows
            if loop.time() > end:
                raise Unanswered("The database does not tell whether it was written.")
            await asyncio.sleep(pause)
            pause = min(2 * pause, 1.0)

    @asynccontextmanager
    async def _connection(self, first: str | None = None) -> AsyncIterator[AsyncConnection[Row]]:
        """Lend a connection, *first* being said on it; one that was broken while it lay idle is replaced."""
        connection = await self._taken(first)
        try:
            yield connection
        except asyncio.CancelledError:
            # What it was doing is not waited for.
            await connection.close()
            raise
        finally:
            await self._give_back(connection)

    async def _taken(self, first: str | None) -> AsyncConnection[Row]:
        while True:
            try:
                connection = await self._pool.getconn()
            except (PoolTimeout, PoolClosed) as trouble:
                why = "is closed" if isinstance(trouble, PoolClosed) else "cannot be reached, or is too busy"
                raise StoreError(f"The database {why}.") from None
            if first is None:
                return connection
            try:
                await connection.execute(first.encode())
            except psycopg.Error as trouble:
                broken = connection.broken or connection.closed
                await self._give_back(connection)
                if not broken:
                    raise told(trouble) from None
            except BaseException:
                await connection.close()
                await self._give_back(connection)
                raise
            else:
                return connection

    async def _give_back(self, connection: AsyncConnection[Row]) -> None:
        if not connection.closed and connection.info.transaction_status is not TransactionStatus.IDLE:
            with suppress(psycopg.Error):
                await connection.rollback()
        with suppress(psycopg.Error, ValueError):
            await self._pool.putconn(connection)


async def connect(url: str) -> AsyncConnection[Row]:
    """Return a connection outside any pool; psycopg.Error where that cannot be."""
    return await AsyncConnection.connect(
        url,
        autocommit=True,
        prepare_threshold=None,
        connect_timeout=CONNECT_SECONDS,
        application_name="milepost",
    )


def unreachable(url: str, trouble: psycopg.Error) -> str:
    """Return the sentence for the operator; it holds no password, whatever the driver says."""
    # Its details hold values.
    said = " ".join((trouble.diag.message_primary or str(trouble)).split())
    for secret in secrets_in(url):
        said = said.replace(secret, "…")
    return f"The database in [store] url cannot be used: {said}"


def secrets_in(url: str) -> set[str]:
    """Return what in an address nobody may see."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    found = {parts.password or "", unquote(parts.password or ""), query.get("password", "")}
    return {each for each in found if each}


class Unanswered(StoreError):
    """Nobody can tell whether it was done."""


class Broken(Unanswered):
    """The connection broke."""


def told(trouble: psycopg.Error | UnicodeError) -> StoreError:
    """Return the error for the caller; its words hold neither values nor an address."""
    if isinstance(trouble, UnicodeError):
        return StoreError("The database cannot hold such a text.")
    if isinstance(trouble, _TRY_AGAIN):
        return Collided("Others wrote about the same at that moment.")
    if _is_lost(trouble):
        return Broken("The connection to the database broke.")
    if isinstance(trouble, errors.QueryCanceled | errors.LockNotAvailable):
        return StoreError("The database took too long.")
    return StoreError(f"The database refused it ({type(trouble).__name__}, {trouble.sqlstate or 'no code'}).")


def _is_lost(trouble: psycopg.Error) -> bool:
    # Without a code it is not the server that speaks; 57P01 to 57P05 are its last words.
    return isinstance(trouble, psycopg.OperationalError) and (
        trouble.sqlstate is None or trouble.sqlstate.startswith(("08", "57P"))
    )
