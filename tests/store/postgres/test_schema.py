"""The tables are made and brought up to date by whoever starts first; a program that is too old leaves them alone."""

import asyncio

import psycopg
import pytest

from bot.ports import StoreUnusable
from bot.store.postgres import schema
from bot.store.postgres.store import PostgresStore
from tests.postgres import Server
from tests.store.world import follow


@pytest.fixture
def fresh(server: Server) -> str:
    """The address of a database without any table."""
    server.create("fresh")
    return server.url("fresh")


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [each.number for each in schema.migrations()] == list(range(1, schema.NEWEST + 1))


async def test_a_fresh_database_is_ready_after_a_start(fresh: str) -> None:
    before = await schema.look(fresh)
    store = await PostgresStore.open(fresh)

    await follow(store)

    await store.close()
    assert "no tables yet" in before
    assert f"tables of schema {schema.NEWEST}" in await schema.look(fresh)


async def test_what_was_applied_is_not_applied_again(fresh: str) -> None:
    first = await schema.migrate(fresh)
    again = await schema.migrate(fresh)

    assert first == [each.name for each in schema.migrations()]
    assert again == []


async def test_of_many_that_migrate_at_once_one_does(fresh: str) -> None:
    applied = await asyncio.gather(*(schema.migrate(fresh) for _ in range(4)))

    assert sorted(map(len, applied)) == [0, 0, 0, schema.NEWEST]


async def test_tables_of_a_newer_program_are_left_alone(fresh: str, server: Server) -> None:
    await schema.migrate(fresh)
    with server.connect("fresh") as connection:
        connection.execute("INSERT INTO milepost.migration VALUES (%s, 'of tomorrow')", (schema.NEWEST + 1,))

    for refused in (PostgresStore.open(fresh), schema.migrate(fresh), schema.look(fresh)):
        with pytest.raises(StoreUnusable, match=r"of a newer Milepost .*; upgrade this one"):
            await refused


@pytest.mark.parametrize(
    "theirs",
    [
        "CREATE TABLE milepost.marker (kilometre integer)",
        "CREATE TABLE milepost.watch (brand text)",
        "CREATE VIEW milepost.roads AS SELECT 1 AS number",
        "CREATE TABLE milepost.migration (version text PRIMARY KEY)",
        "CREATE TABLE milepost.migration (number text, name text)",
        "CREATE TABLE milepost.migration (number integer, name text)",
        "CREATE TABLE milepost.migration AS SELECT 1 AS number, 'create_roads'::text AS name",
        "CREATE VIEW milepost.migration AS SELECT 1 AS number, '0001_records'::text AS name",
    ],
)
async def test_a_schema_of_another_program_is_named_and_left_alone(fresh: str, server: Server, theirs: str) -> None:
    with server.connect("fresh") as connection:
        connection.execute("CREATE SCHEMA milepost")
        connection.execute(theirs.encode())
        before = _what_is_there(connection)

    for refused in (schema.look(fresh), schema.migrate(fresh), PostgresStore.open(fresh)):
        with pytest.raises(StoreUnusable, match=r"a schema `milepost` that is not Milepost's.* name another database"):
            await refused
    with server.connect("fresh") as connection:
        assert _what_is_there(connection) == before


async def test_who_may_not_use_the_schema_of_another_program_is_told_whose_it_is(fresh: str, server: Server) -> None:
    with server.connect("fresh") as connection:
        connection.execute("CREATE SCHEMA milepost")
        connection.execute("CREATE TABLE milepost.marker (kilometre integer)")
        connection.execute("DROP ROLE IF EXISTS guest")
        connection.execute("CREATE ROLE guest LOGIN")

    with pytest.raises(StoreUnusable, match="that is not Milepost's"):
        await schema.migrate(fresh.replace("postgres@", "guest@"))


async def test_an_empty_schema_and_one_with_an_extension_alone_is_ours_to_fill(fresh: str, server: Server) -> None:
    with server.connect("fresh") as connection:
        connection.execute("CREATE SCHEMA milepost")
        connection.execute("CREATE VIEW milepost.of_an_extension AS SELECT 1 AS number")
        connection.execute("ALTER EXTENSION plpgsql ADD VIEW milepost.of_an_extension")

    assert "no tables yet" in await schema.look(fresh)
    assert len(await schema.migrate(fresh)) == schema.NEWEST


def _what_is_there(connection: "psycopg.Connection[tuple[object, ...]]") -> list[tuple[object, ...]]:
    return connection.execute(
        "SELECT relname, relkind, reltuples FROM pg_class WHERE relnamespace = 'milepost'::regnamespace ORDER BY 1"
    ).fetchall()


async def test_who_may_not_make_tables_is_told_what_to_do(fresh: str, server: Server) -> None:
    with server.connect("fresh") as connection:
        connection.execute("DROP ROLE IF EXISTS guest")
        connection.execute("CREATE ROLE guest LOGIN")

    with pytest.raises(StoreUnusable, match="milepost store migrate"):
        await schema.migrate(fresh.replace("postgres@", "guest@"))


async def test_who_may_not_make_tables_uses_those_that_are_there(fresh: str, server: Server) -> None:
    await schema.migrate(fresh)
    with server.connect("fresh") as connection:
        connection.execute("DROP ROLE IF EXISTS guest")
        connection.execute("CREATE ROLE guest LOGIN")
        connection.execute("GRANT USAGE ON SCHEMA milepost TO guest")
        connection.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA milepost TO guest")

    store = await PostgresStore.open(fresh.replace("postgres@", "guest@"))

    opened = await follow(store)
    assert await store.watch(opened.watch.id) == opened.watch
    await store.close()
    with server.connect("fresh") as connection:
        connection.execute("DROP OWNED BY guest")
