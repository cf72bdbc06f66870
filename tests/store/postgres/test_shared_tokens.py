"""Replicas share their tokens by the database: one fetches, the others wait, and nobody can read them there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.store.postgres.database import Database
from bot.store.postgres.schema import migrate
from bot.store.postgres.sealing import Seal
from bot.store.postgres.tokens import LOOK_EVERY, SHORTEST_LEASE, SharedTokens
from providers.auth.keeper import Fetch, KeeperAway, Take, Token
from providers.auth.tokens import RenewedToken, token
from providers.base import TaskSnapshot, Unavailable
from providers.http import make_client
from providers.pan123 import Pan123Account
from providers.reasons import Reason
from providers.registry import build
from tests.postgres import Server
from tests.store.postgres.cloud import TASK, asleep, cloud

KEY, OTHER_KEY = bytes(32), bytes(range(32))
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = 86_400.0


class World:
    """Some replicas, a clock, and a cloud that gives out ``token-1`` …

    Whoever waits for a turn goes on when a turn has ended or, where ``time_passes``, as soon as the clock was moved.
    """

    def __init__(self, url: str, stack: AsyncExitStack) -> None:
        self._url = url
        self._stack = stack
        self.now = NOON
        self.time_passes = False
        self.turn_ended = asyncio.Event()
        self.somebody_waits = asyncio.Event()
        self.issued = 0
        self.trouble: Unavailable | None = None
        self.issuing = asyncio.Event()
        self.gate: asyncio.Event | None = None

    async def replica(self, *, key: bytes = KEY, connections: int = 2) -> "Replica":
        database = Database(self._url, connections)
        await database.open()
        self._stack.push_async_callback(database.close)
        return Replica(self, database, Watched(self, database, Seal(key), now=lambda: self.now, pause=self.pause))

    async def pause(self, seconds: float) -> None:
        if self.time_passes:
            self.now += timedelta(seconds=seconds)
        else:
            self.somebody_waits.set()
            await self.turn_ended.wait()

    async def fetch(self) -> Token:
        self.issued += 1
        text = f"token-{self.issued}"
        self.issuing.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.trouble is not None:
            raise self.trouble
        return token(text, ends_at=self.seconds() + DAY, early=1800, now=self.seconds())

    def seconds(self) -> float:
        return self.now.timestamp()


class Watched(SharedTokens):
    """Tells when it is done."""

    def __init__(
        self,
        world: World,
        database: Database,
        seal: Seal,
        *,
        now: Callable[[], datetime],
        pause: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(database, seal, lease=SHORTEST_LEASE, now=now, pause=pause)
        self._world = world

    async def renewed(self, account: str, *, take: Take, fetch: Fetch) -> Token:
        try:
            return await super().renewed(account, take=take, fetch=fetch)
        finally:
            self._world.turn_ended.set()


class Replica:
    def __init__(self, world: World, database: Database, tokens: SharedTokens) -> None:
        self.world = world
        self.database = database
        self.tokens = tokens

    def source(self) -> RenewedToken:
        return RenewedToken(self.world.fetch, account="pan", keeper=self.tokens, now=self.world.seconds)

    async def renewed(self, fetch: Callable[[], Awaitable[Token]] | None = None, *, refused: str = "") -> str:
        found = await self.tokens.renewed(
            "pan", take=lambda kept: kept.text != refused, fetch=fetch or self.world.fetch
        )
        return found.text

    async def dies(self, work: "asyncio.Task[str]") -> None:
        """Nothing that it does from now on reaches the database."""
        await self.database.close()
        work.cancel()
        await asyncio.wait([work])


@pytest.fixture
async def world(server: Server, database: str) -> AsyncIterator[World]:
    await migrate(database)
    async with AsyncExitStack() as stack:
        yield World(database, stack)


async def test_three_replicas_that_start_at_once_fetch_one_token(world: World) -> None:
    replicas = [await world.replica() for _ in range(3)]
    async with cloud() as (address, logins), make_client(timeout=20) as client:
        settings = Pan123Account(provider="pan123", endpoint=address, client_id="c", client_secret="s")
        accounts = [
            build("pan", settings, client, tokens=replica.tokens, on_secret=lambda _: None, pause=asleep)
            for replica in replicas
        ]

        readings = await asyncio.gather(*(account.fetch([TASK]) for account in accounts))

    assert [type(reading[TASK]) for reading in readings] == [TaskSnapshot] * 3
    assert len(logins) == 1


async def test_a_replica_that_starts_later_takes_what_is_kept(world: World) -> None:
    first = await (await world.replica()).renewed()

    assert await (await world.replica()).renewed() == first == "token-1"
    assert world.issued == 1


async def test_a_refused_token_is_replaced_once_for_all(world: World) -> None:
    replicas = [await world.replica() for _ in range(3)]
    await replicas[0].renewed()
    world.turn_ended.clear()

    tokens = await asyncio.gather(*(replica.renewed(refused="token-1") for replica in replicas))

    assert tokens == ["token-2"] * 3


async def test_a_replica_that_dies_in_its_turn_is_succeeded_when_the_lease_ends(world: World) -> None:
    one, other = await world.replica(), await world.replica()
    world.gate = asyncio.Event()
    dying = asyncio.create_task(one.renewed())
    await world.issuing.wait()
    await one.dies(dying)

    world.gate = None
    world.time_passes = True

    assert await other.renewed() == "token-2"
    assert SHORTEST_LEASE <= world.now - NOON <= SHORTEST_LEASE + timedelta(seconds=LOOK_EVERY)


@pytest.mark.parametrize("stopped", [False, True])
async def test_a_turn_that_brought_nothing_is_given_back_at_once(world: World, stopped: bool) -> None:
    one, other = await world.replica(), await world.replica()
    world.gate = asyncio.Event()
    world.trouble = None if stopped else Unavailable(Reason.UNREACHABLE)
    trying = asyncio.create_task(one.renewed())
    await world.issuing.wait()
    if stopped:
        trying.cancel()
    world.gate.set()
    await asyncio.wait([trying])

    world.trouble = None

    assert await other.renewed() == "token-2"
    assert world.now == NOON
    assert trying.cancelled() is stopped
    assert stopped or isinstance(trying.exception(), Unavailable)


async def test_a_token_that_comes_too_late_does_not_replace_its_successor(world: World) -> None:
    slow, quick, third = [await world.replica() for _ in range(3)]
    world.gate = asyncio.Event()
    sleeping = asyncio.create_task(slow.renewed())
    await world.issuing.wait()
    gate, world.gate = world.gate, None
    world.time_passes = True
    successor = await quick.renewed()

    gate.set()

    assert (await sleeping, successor) == ("token-1", "token-2")
    assert await third.renewed() == "token-2"


async def test_a_token_that_comes_late_leaves_the_successor_its_turn(world: World) -> None:
    slow, quick, third = [await world.replica() for _ in range(3)]
    gates = [asyncio.Event(), asyncio.Event()]
    started = [asyncio.Event(), asyncio.Event()]

    def fetch(number: int) -> Callable[[], Awaitable[Token]]:
        async def wait() -> Token:
            started[number].set()
            await gates[number].wait()
            return Token(text=f"of turn {number}", ends_at=DAY, renew_at=DAY)

        return wait

    sleeping = asyncio.create_task(slow.renewed(fetch(0)))
    await started[0].wait()
    world.time_passes = True
    working = asyncio.create_task(quick.renewed(fetch(1)))
    await started[1].wait()
    world.time_passes = False
    gates[0].set()
    await sleeping
    world.turn_ended.clear()
    # Its token was refused, as it may be at a cloud where a newer one ends the older.
    waiting = asyncio.create_task(third.renewed(refused="of turn 0"))
    turned_away = asyncio.create_task(world.somebody_waits.wait())
    await asyncio.wait([waiting, turned_away], return_when=asyncio.FIRST_COMPLETED)
    assert turned_away.done()
    gates[1].set()

    assert (await working, await waiting) == ("of turn 1", "of turn 1")
    assert world.issued == 0


async def test_nobody_waits_for_ever(world: World) -> None:
    one, other = await world.replica(), await world.replica()
    world.gate = asyncio.Event()
    holding = asyncio.create_task(one.renewed())
    await world.issuing.wait()
    patient = SharedTokens(other.database, Seal(KEY), lease=SHORTEST_LEASE, now=lambda: NOON, pause=asleep)

    with pytest.raises(Unavailable, match="token-awaited"):
        await patient.renewed("pan", take=lambda _: True, fetch=world.fetch)

    world.gate.set()
    assert await holding == "token-1"
    assert world.issued == 1


async def test_the_database_shows_no_token(world: World, server: Server) -> None:
    secret = "a-token-that-nobody-may-read"

    async def fetch() -> Token:
        return Token(text=secret, ends_at=DAY, renew_at=DAY)

    assert await (await world.replica()).renewed(fetch) == secret

    with server.connect() as connection:
        ((row, sealed),) = connection.execute("SELECT t::text, sealed FROM milepost.token AS t").fetchall()
    assert isinstance(sealed, bytes) and len(sealed) > len(secret)
    for form in (secret, secret.encode().hex()):
        assert form not in str(row)
    assert secret.encode() not in sealed


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param("UPDATE milepost.token SET sealed = 'nonsense'", id="damaged"),
        pytest.param("UPDATE milepost.token SET sealed = ''", id="empty"),
        pytest.param("UPDATE milepost.token SET sealed = set_byte(sealed, 20, 255 - get_byte(sealed, 20))", id="a bit"),
        pytest.param(
            "UPDATE milepost.token AS t SET sealed = o.sealed FROM milepost.token AS o WHERE o.account <> t.account",
            id="of another account",
        ),
        pytest.param("", id="sealed with another key"),
    ],
)
async def test_what_cannot_be_read_counts_as_none_with_one_warning(world: World, server: Server, damage: str) -> None:
    writer = await world.replica(key=KEY if damage else OTHER_KEY)
    await writer.renewed()
    await writer.tokens.renewed("other", take=lambda _: True, fetch=world.fetch)
    if damage:
        with server.connect() as connection:
            connection.execute(damage.encode())
    reader = await world.replica()

    with capture_logs() as logs:
        tokens = [await reader.renewed(), await reader.renewed(), await reader.renewed(refused="token-3")]

    assert tokens == ["token-3", "token-3", "token-4"]
    assert [line["log_level"] for line in logs] == ["warning"]
    assert "encryption_key" in logs[0]["event"] and "token-" not in str(logs)


async def test_something_else_under_the_right_key_counts_as_none(world: World, server: Server) -> None:
    replica = await world.replica()
    await replica.renewed()
    with server.connect() as connection:
        connection.execute("UPDATE milepost.token SET sealed = %s", [Seal(KEY).close("pan", b'{"text": 7}')])

    with capture_logs() as logs:
        assert await replica.renewed() == "token-2"

    assert len(logs) == 1


async def test_a_row_that_an_operator_deletes_is_fetched_anew(world: World, server: Server) -> None:
    replica = await world.replica()
    await replica.renewed()

    with server.connect() as connection:
        connection.execute("DELETE FROM milepost.token")

    assert [await replica.renewed(), await replica.renewed()] == ["token-2", "token-2"]


async def test_a_connection_that_broke_meanwhile_is_replaced(world: World, server: Server) -> None:
    replica = await world.replica(connections=1)
    await replica.renewed()

    with server.connect() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid()"
        )

    assert await replica.renewed() == "token-1"


async def test_without_the_database_a_replica_goes_on_with_what_it_has(world: World) -> None:
    replica = await world.replica()
    source = replica.source()
    await source.get()
    await replica.database.close()

    world.now += timedelta(seconds=DAY - 1000)
    with capture_logs() as logs:
        still_good = await source.get()
        world.now += timedelta(seconds=500)
        await source.get()

    assert (still_good, world.issued) == ("token-1", 1)
    assert [line["log_level"] for line in logs] == ["warning"]


async def test_without_the_database_a_replica_fetches_its_own_token_where_it_must(world: World) -> None:
    replica = await world.replica()
    source = replica.source()
    await source.get()
    await replica.database.close()

    world.now += timedelta(seconds=DAY)

    assert [await source.get(), await source.get()] == ["token-2", "token-2"]


async def test_a_token_that_cannot_be_kept_any_more_is_used_all_the_same(world: World) -> None:
    replica = await world.replica()

    async def fetch() -> Token:
        await replica.database.close()
        return await world.fetch()

    assert await replica.renewed(fetch) == "token-1"


async def test_whoever_cannot_ask_the_database_is_told_so_before_anything_is_fetched(world: World) -> None:
    replica = await world.replica()
    await replica.database.close()

    with pytest.raises(KeeperAway) as away:
        await replica.renewed()

    assert world.issued == 0
    assert away.value.__suppress_context__
