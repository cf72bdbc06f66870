"""The library's own readers against the simulated clouds: both were written from the vendors' documents."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from playground.clouds import CloudsHalf
from playground.settings import settings
from providers.auth.keeper import MemoryTokens
from providers.base import (
    AccessDenied,
    Phase,
    Provider,
    RateLimited,
    Reading,
    TaskNotFound,
    TaskSnapshot,
    TaskState,
    Unavailable,
    UnexpectedResponse,
)
from providers.registry import ACCOUNT_TYPES, build
from tests.playground.clouds.callers import Recorder

CLOUDS = ("tencent-cos", "huawei-codearts", "huawei-drs", "scloud-usmc", "pan123")


@dataclass
class World:
    clouds: CloudsHalf
    readers: dict[str, Provider]

    async def read(self, provider: str, key: str) -> Reading:
        reader = self.readers[provider]
        parsed = reader.parse_key(key)
        return (await reader.fetch([parsed]))[parsed]

    async def snapshot(self, provider: str, key: str) -> TaskSnapshot:
        reading = await self.read(provider, key)
        assert isinstance(reading, TaskSnapshot), reading
        return reading


@pytest.fixture
async def world() -> AsyncIterator[World]:
    clouds = CloudsHalf(Recorder())
    app = web.Application()
    app.add_routes(clouds.routes())
    async with TestServer(app) as server, httpx.AsyncClient(timeout=5) as client:
        readers = {}
        for name, account in settings(str(server.make_url("/")))["accounts"].items():
            kind = account["provider"]
            own = ACCOUNT_TYPES[kind].model_validate(account)
            readers[kind] = build(name, own, client, tokens=MemoryTokens(), on_secret=lambda _: None)
        yield World(clouds, readers)
        await clouds.close()


@pytest.mark.parametrize("provider", CLOUDS)
async def test_a_running_task_is_read(world: World, provider: str) -> None:
    task = world.clouds.start(provider, percent=42, speed=0)

    seen = await world.snapshot(provider, task.key)

    assert seen.state is TaskState.RUNNING
    assert seen.percent == (None if provider == "pan123" else 42)


@pytest.mark.parametrize(
    ("provider", "finish"),
    [(provider, finish) for provider in CLOUDS for finish in ("succeeded", "failed")]
    + [(provider, "stopped") for provider in CLOUDS if provider not in ("tencent-cos", "pan123")],
)
async def test_each_end_is_read(world: World, provider: str, finish: str) -> None:
    task = world.clouds.start(provider, percent=42, speed=0)
    world.clouds.set(task.id, finish=finish)

    seen = await world.snapshot(provider, task.key)

    assert seen.state == finish


@pytest.mark.parametrize("provider", CLOUDS)
async def test_a_queued_task_is_read(world: World, provider: str) -> None:
    task = world.clouds.start(provider, scenario="queued", queued_seconds=1000)

    seen = await world.snapshot(provider, task.key)

    # COS has no word for a task that waits.
    assert seen.state is (TaskState.RUNNING if provider == "tencent-cos" else TaskState.QUEUED)


@pytest.mark.parametrize("provider", ["huawei-drs", "scloud-usmc"])
async def test_a_paused_task_is_read(world: World, provider: str) -> None:
    task = world.clouds.start(provider, percent=42)
    world.clouds.set(task.id, running=False)

    assert (await world.snapshot(provider, task.key)).state is TaskState.PAUSED


async def test_phases_and_the_delay_of_a_replication_are_read(world: World) -> None:
    copying = world.clouds.start("huawei-drs", percent=50, speed=0)
    following = world.clouds.start("huawei-drs")
    world.clouds.set(following.id, state="syncing", lag_seconds=7)

    copy, follow = [await world.snapshot("huawei-drs", task.key) for task in (copying, following)]

    assert [phase.percent for phase in copy.phases] == [100, 50, 0]
    assert all(isinstance(phase, Phase) for phase in copy.phases)
    assert (follow.state, follow.lag_seconds, follow.percent) == (TaskState.SYNCING, 7, 100)


@pytest.mark.parametrize("provider", CLOUDS)
@pytest.mark.parametrize(
    ("kind", "how", "expected"),
    [
        ("down", "status", Unavailable),
        ("down", "closed", Unavailable),
        ("throttled", "", RateLimited),
        ("throttled", "gateway", RateLimited),
        ("denied", "", AccessDenied),
        ("nonsense", "html", UnexpectedResponse),
        ("nonsense", "truncated", UnexpectedResponse),
        ("huge", "", UnexpectedResponse),
        ("huge", "gzip", UnexpectedResponse),
        ("redirect", "", UnexpectedResponse),
        ("dropped", "", Unavailable),
        ("vanished", "", TaskNotFound),
    ],
)
async def test_each_fault_is_read_as_the_error_that_it_is(
    world: World, provider: str, kind: str, how: str, expected: type[Exception]
) -> None:
    task = world.clouds.start(provider)
    await world.read(provider, task.key)  # so that tokens are there before the trouble
    world.clouds.fault(provider, kind, how=how)

    reading = await world.read(provider, task.key)

    assert isinstance(reading, expected), reading


@pytest.mark.parametrize("provider", ["huawei-codearts", "pan123"])
async def test_an_expired_token_is_renewed_without_anybody_noticing(world: World, provider: str) -> None:
    task = world.clouds.start(provider)
    await world.read(provider, task.key)
    world.clouds.fault(provider, "expired")

    readings = [await world.read(provider, task.key) for _ in range(2)]

    assert [type(reading) for reading in readings] == [TaskSnapshot, TaskSnapshot]


@pytest.mark.parametrize("provider", ["huawei-codearts", "huawei-drs", "scloud-usmc"])
async def test_the_name_is_read(world: World, provider: str) -> None:
    task = world.clouds.start(provider, name="orders-db → gaussdb")
    reader = world.readers[provider]

    assert await reader.describe(reader.parse_key(task.key)) == "orders-db → gaussdb"


@pytest.mark.parametrize("provider", ["tencent-cos", "huawei-drs", "scloud-usmc"])
async def test_a_key_that_cannot_be_renewed_is_refused_until_the_fault_ends(world: World, provider: str) -> None:
    task = world.clouds.start(provider)
    world.clouds.fault(provider, "expired")
    refused = [await world.read(provider, task.key) for _ in range(2)]

    world.clouds.fault(provider, "none")
    healed = await world.read(provider, task.key)

    assert [type(reading) for reading in refused] == [AccessDenied, AccessDenied]
    assert isinstance(healed, TaskSnapshot)


async def test_wrong_types_are_an_error_or_a_reading_without_them(world: World) -> None:
    tasks = [world.clouds.start(provider) for provider in CLOUDS]
    for task in tasks:
        await world.read(task.provider, task.key)
        world.clouds.fault(task.provider, "nonsense", how="types")

    readings = [await world.read(task.provider, task.key) for task in tasks]

    assert all(isinstance(reading, UnexpectedResponse | Unavailable | TaskSnapshot) for reading in readings), readings


async def test_failed_files_of_a_finished_copy_are_read(world: World) -> None:
    task = world.clouds.start("pan123", scenario="failed-files", failed_files=3)
    world.clouds.set(task.id, finish="succeeded")

    seen = await world.snapshot("pan123", task.key)

    assert seen.state is TaskState.SUCCEEDED
    assert seen.failed_files == 3


async def test_a_batch_with_an_unknown_id_is_read_whatever_the_cloud_does_with_it(world: World) -> None:
    reader = world.readers["huawei-drs"]
    known = reader.parse_key(world.clouds.start("huawei-drs").key)
    unknown = reader.parse_key("9a470239-2308-4bb5-a6bc-1040402fjb21")

    for kind in ("none", "batch-refused", "silent"):
        world.clouds.fault("huawei-drs", kind)
        readings = await reader.fetch([known, unknown])

        assert isinstance(readings[known], TaskSnapshot), kind
        assert isinstance(readings[unknown], TaskNotFound), kind
