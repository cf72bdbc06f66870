"""Which place of tokens a setting chooses: the database for all replicas, where there is a key, else a file."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.check import findings
from bot.settings import Settings, from_mapping
from bot.store.choosing import open_store
from bot.store.postgres.schema import migrate
from bot.wiring import cloud_client, lent_tokens, make_clouds, tokens_of
from providers.auth.keeper import Token
from providers.base import TaskSnapshot
from providers.registry import ACCOUNT_TYPES
from tests.postgres import Server
from tests.store.postgres.cloud import TASK, cloud

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, where a file of tokens would be."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings_of(url: str, address: str, *, key: str | None = KEY) -> Settings:
    store = {"url": url} if key is None else {"url": url, "encryption_key": key}
    pan = {"provider": "pan123", "endpoint": address, "client_id": "client", "client_secret": "secret"}
    return from_mapping({"store": store, "accounts": {"pan": pan}}, {}, ACCOUNT_TYPES)


def files(folder: Path) -> list[Path]:
    return list(folder.glob("*.tokens"))


def kept(server: Server) -> int:
    with server.connect() as connection:
        return len(connection.execute("SELECT FROM milepost.token WHERE sealed IS NOT NULL").fetchall())


@asynccontextmanager
async def replica(settings: Settings) -> AsyncIterator[TaskSnapshot]:
    """Open the store of a replica and read a task with its tokens, as a running bot does."""
    place = settings.store
    store = await open_store(place.url.get_secret_value(), connections=2, lease=place.lease, beside=place.path)
    try:
        async with cloud_client(settings) as client:
            account = make_clouds(settings, client, tokens_of(settings, store))["pan"]
            reading = (await account.provider.fetch([TASK]))[TASK]
            assert isinstance(reading, TaskSnapshot)
            yield reading
    finally:
        await store.close()


async def test_replicas_and_commands_share_a_token_where_there_is_a_key(
    database: str, server: Server, here: Path
) -> None:
    async with cloud() as (address, logins):
        settings = settings_of(database, address)
        async with replica(settings), replica(settings):
            told = {each.what: each async for each in findings(settings)}

    assert len(logins) == 1
    assert kept(server) == 1
    assert not files(here)
    assert "sealed in the database" in told["the clouds' tokens"].said
    assert told["account pan (123pan)"].works


async def test_without_a_key_no_token_is_in_the_database(database: str, server: Server, here: Path) -> None:
    async with cloud() as (address, _):
        settings = settings_of(database, address, key=None)
        async with replica(settings):
            told = {each.what: each async for each in findings(settings)}

    assert kept(server) == 0
    assert (here / "milepost.tokens").exists()
    assert "encryption_key" in told["the clouds' tokens"].said


async def test_a_key_changes_nothing_for_a_data_file(here: Path) -> None:
    async with cloud() as (address, logins):
        settings = settings_of("sqlite:///a.db", address)
        async with replica(settings), lent_tokens(settings) as tokens, cloud_client(settings) as client:
            await make_clouds(settings, client, tokens)["pan"].provider.fetch([TASK])
        told = [each.what async for each in findings(settings)]

    assert len(logins) == 1
    assert (here / "a.db.tokens").exists()
    assert "the clouds' tokens" not in told


async def test_a_lease_outlasts_the_longest_call(database: str, server: Server) -> None:
    await migrate(database)
    async with cloud() as (address, _):
        settings = from_mapping(
            {
                "polling": {"timeout": "5m"},
                "store": {"url": database, "encryption_key": KEY},
                "accounts": {
                    "pan": {"provider": "pan123", "endpoint": address, "client_id": "c", "client_secret": "s"}
                },
            },
            {},
            ACCOUNT_TYPES,
        )
        held: list[tuple[object, ...]] = []
        async with lent_tokens(settings) as tokens:

            async def fetch() -> Token:
                with server.connect() as connection:
                    held.extend(connection.execute("SELECT held_until > now() + interval '5m' FROM milepost.token"))
                return Token(text="t", ends_at=1.0, renew_at=1.0)

            await tokens.renewed("pan", take=lambda _: True, fetch=fetch)

    assert held == [(True,)]
