"""The tables, brought up to date by numbered migrations, one program at a time."""

from dataclasses import dataclass
from importlib.resources import files

import psycopg

from bot.ports import StoreUnusable
from bot.store.postgres.database import Row, connect, unreachable

_LOCK = 0x6D696C65
"""``mile``: whoever migrates holds this advisory lock until the transaction ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step from a schema to the next."""

    number: int
    name: str
    sql: str


def migrations() -> list[Migration]:
    """Return all migrations that this program knows, in their order."""
    found = [each for each in files("bot.store").joinpath("migrations").iterdir() if each.name.endswith(".sql")]
    return [
        Migration(number=int(each.name[:4]), name=each.name.removesuffix(".sql"), sql=each.read_text(encoding="utf-8"))
        for each in sorted(found, key=lambda each: each.name)
    ]


NEWEST = migrations()[-1].number
"""The schema that this program works with."""


async def migrate(url: str) -> list[str]:
    """Bring the schema up to date; return the names of the migrations that were needed.

    StoreUnusable where a newer program made it, or where this one may not change it.
    """
    applied: list[str] = []
    try:
        async with await connect(url) as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            version = await _version(connection)
            if version > NEWEST:
                raise StoreUnusable(_too_new(version))
            if version == 0:
                await _begin(connection)
            for each in migrations():
                if each.number > version:
                    await connection.execute(each.sql.encode())
                    await connection.execute(
                        "INSERT INTO milepost.migration (number, name) VALUES (%s, %s)", (each.number, each.name)
                    )
                    applied.append(each.name)
    except psycopg.Error as trouble:
        if trouble.sqlstate is None or not trouble.sqlstate.startswith("42"):
            raise StoreUnusable(unreachable(url, trouble)) from None
        raise StoreUnusable(
            f"The tables in the database cannot be brought up to date ({trouble.diag.message_primary}). Let the "
            "account in [store] url create the schema `milepost`, or run `milepost store migrate` once with one "
            "that may."
        ) from None
    return applied


async def look(url: str) -> str:
    """Return a sentence about a database that works; StoreUnusable where it does not."""
    try:
        async with await connect(url) as connection:
            found = await _version(connection)
            server = connection.info.parameter_status("server_version") or "?"
    except psycopg.Error as trouble:
        raise StoreUnusable(unreachable(url, trouble)) from None
    if found > NEWEST:
        raise StoreUnusable(_too_new(found))
    tables = f"tables of schema {found}" if found else "no tables yet"
    behind = "" if found == NEWEST else f", which the next start (or `milepost store migrate`) brings to {NEWEST}"
    return f"PostgreSQL {server} answers, with {tables}{behind}"


async def check(connection: psycopg.AsyncConnection[Row]) -> None:
    """Raise StoreUnusable where the tables are not those that this program knows."""
    found = await _version(connection)
    if found > NEWEST:
        raise StoreUnusable(_too_new(found))
    if found < NEWEST:
        raise StoreUnusable("The tables in the database are not up to date: run `milepost store migrate` first.")


async def _version(connection: psycopg.AsyncConnection[Row]) -> int:
    """Return the last migration that was applied, 0 where none was; StoreUnusable where the schema is not ours."""
    # Of the catalogues, which also show what this account may not use.
    relations, known = await _one(connection, _WHAT_IS_THERE)
    if not relations:
        return 0
    if not known:
        raise StoreUnusable(_NOT_OURS)
    first, newest = await _one(
        connection, "SELECT min(name) FILTER (WHERE number = 1), max(number) FROM milepost.migration"
    )
    if first != migrations()[0].name:
        raise StoreUnusable(_NOT_OURS)
    return int(newest)


async def _one(connection: psycopg.AsyncConnection[Row], query: str) -> Row:
    row = await (await connection.execute(query.encode())).fetchone()
    return row if row is not None else (None, None)


async def _begin(connection: psycopg.AsyncConnection[Row]) -> None:
    cursor = await connection.execute("SELECT to_regnamespace('milepost') IS NOT NULL")
    if await cursor.fetchone() != (True,):
        # Only then: even IF NOT EXISTS wants the right to create one.
        await connection.execute("CREATE SCHEMA milepost")
    await connection.execute(
        "CREATE TABLE milepost.migration (number integer PRIMARY KEY, name text NOT NULL, "
        "applied_at timestamptz NOT NULL DEFAULT now())"
    )


_WHAT_IS_THERE = """
WITH there AS (
    SELECT c.oid, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'milepost' AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        -- An extension is put where its owner's search path begins, and is in nobody's way.
        AND NOT EXISTS (SELECT FROM pg_depend d
            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
SELECT count(*), bool_or(relname = 'migration' AND relkind = 'r' AND 2 = (
    SELECT count(*) FROM pg_attribute a WHERE a.attrelid = there.oid AND NOT a.attisdropped
        AND (a.attname, a.atttypid) IN (('number', 'int4'::regtype), ('name', 'text'::regtype))))
FROM there
"""
"""How many tables and the like are in the schema, and whether one of them is like ours of the migrations."""
_NOT_OURS = (
    "The database has a schema `milepost` that is not Milepost's: it holds tables, and not the list of Milepost's "
    "migrations. Nothing in it was changed. Milepost needs the schema of that name for itself: name another database "
    "in [store] url."
)


def _too_new(found: int) -> str:
    return (
        f"The tables in the database are of a newer Milepost (schema {found}, this one knows up to {NEWEST}); "
        "upgrade this one, or name another database in [store] url."
    )
