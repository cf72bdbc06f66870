"""Milepost's reading half, put together as ``bot.wiring`` does: real store, clouds, client and polling."""

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping, MutableMapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import structlog

from benchmarks.datafile import NOW
from bot import wiring
from bot.core.cadence import Limits
from bot.core.message import Message
from bot.core.model import Delivery, DeliveryId, Watch
from bot.ports import Clouds, FindResult, Missing, PostResult, Sent
from bot.settings import Settings
from bot.store.embedded import EmbeddedStore
from bot.usecases.operators import Operators
from bot.usecases.polling import Polling
from providers.auth.keeper import MemoryTokens
from providers.registry import ACCOUNT_TYPES
from providers.wire import Wire

PROJECT = "054ba152d480d55b2f5dc0069e7ddef0"
SECRETS: Mapping[str, Mapping[str, object]] = {
    "tencent-cos": {"region": "ap-shanghai", "secret_id": "AKIDexample", "secret_key": "example-secret-key"},
    "huawei-drs": {
        "region": "cn-north-4",
        "project_id": PROJECT,
        "access_key": "EXAMPLEACCESSKEY",
        "secret_key": "example-secret-key",
    },
    "huawei-codearts": {"region": "cn-north-4", "access_key": "EXAMPLEACCESSKEY", "secret_key": "example-secret-key"},
    "scloud-usmc": {"public_key": "example-public-key", "private_key": "example-private-key"},
    "pan123": {"access_token": "example-access-token-example"},
}
troubles: Counter[str] = Counter()
"""What was logged as a warning or worse, so that no figure speaks of failures unnoticed."""


def count_troubles(_: Any, level: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    if level in ("warning", "error", "critical"):
        troubles[str(event.get("event"))] += 1
    raise structlog.DropEvent


class FastClock:
    """Runs at *rate* times the speed of time, from the moment at which the watches of a file are due."""

    def __init__(self, rate: float = 1.0) -> None:
        self._rate, self._began = rate, time.monotonic()
        self._moved = timedelta(0)
        self.start = NOW

    def now(self) -> datetime:
        """Return the moment that it is here."""
        return NOW + self._moved + timedelta(seconds=(time.monotonic() - self._began) * self._rate)

    def move(self, seconds: float) -> None:
        """Jump ahead."""
        self._moved += timedelta(seconds=seconds)


class NobodyThere:
    """A poster into the void."""

    async def post(
        self,
        *,
        channel: str,
        message: Message,
        delivery_id: DeliveryId,
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> PostResult:
        return Sent(ts="1", thread_ts=thread_ts)

    async def edit(self, *, channel: str, ts: str, message: Message) -> PostResult:
        return Sent(ts=ts)

    async def find(
        self, *, channel: str, thread_ts: str | None, delivery_id: DeliveryId, since: datetime
    ) -> FindResult:
        return Missing()

    async def can_post(self, *, channel: str) -> bool:
        return True

    async def permalink(self, *, channel: str, ts: str) -> str | None:
        return None


class CountingStore:
    """The embedded store, and how often it was committed to."""

    def __init__(self, store: EmbeddedStore) -> None:
        self._store = store
        self.commits = 0
        self.written = asyncio.Event()
        """Whether one of them has come to an end."""
        self.on_claim: Callable[[Sequence[Watch], datetime], None] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def everything(self) -> Sequence[Watch]:
        """Return all watches, for an arm that must know when each is due."""
        return list(self._store._writer.memory.records.watches.values())

    async def claim_due(self, now: datetime, limit: int, *, skip: Collection[str] = (), **more: Any) -> Sequence[Watch]:
        claimed = await self._store.claim_due(now, limit, skip=skip, **more)
        if self.on_claim is not None:
            self.on_claim(claimed, now)
        return claimed

    async def commit(self, watch: Watch, deliveries: Sequence[Delivery] = ()) -> bool:
        self.commits += 1
        done = await self._store.commit(watch, deliveries)
        self.written.set()
        return done

    async def commit_all(self, steps: Sequence[tuple[Watch, Sequence[Delivery]]]) -> Sequence[bool]:
        self.commits += len(steps)
        done = await self._store.commit_all(steps)
        self.written.set()
        return done


@dataclass(slots=True, kw_only=True)
class Product:
    """What reads."""

    store: CountingStore
    clouds: Clouds
    client: httpx.AsyncClient
    polling: Polling
    clock: FastClock


def account(provider: str, port: int, **more: object) -> Any:
    """Return the settings of an account whose cloud is on loopback."""
    raw = {"provider": provider, "endpoint": f"https://127.0.0.1:{port}", **SECRETS[provider], **more}
    return ACCOUNT_TYPES[provider].model_validate(raw)


def trusting(client: httpx.AsyncClient, certificate: str) -> httpx.AsyncClient:
    """Let the product's client, otherwise as it is, trust the loopback cloud, whose certificate is new in each run."""
    assert isinstance(client, Wire)
    client.trust(certificate)
    return client


@asynccontextmanager
async def running(
    path: Path,
    accounts: Mapping[str, Any],
    certificate: str,
    *,
    rate: float = 1.0,
    intervals: tuple[float, float] = (10.0, 300.0),
    copy: bool = True,
    counting: type[CountingStore] | None = None,
) -> AsyncIterator[Product]:
    """Run over a copy of a data file."""
    structlog.configure(processors=[count_troubles])
    used = path.with_suffix(".used.db") if copy else path
    if copy:
        for side in ("-wal", "-shm", ".lock"):
            used.with_name(used.name + side).unlink(missing_ok=True)
        shutil.copyfile(path, used)
    settings = Settings(accounts=accounts)
    store = (counting or CountingStore)(await EmbeddedStore.open(f"sqlite:///{used}"))
    client = trusting(wiring.cloud_client(settings), certificate)
    clouds = wiring.make_clouds(settings, client, MemoryTokens())
    clock = FastClock(rate)
    shortest, longest = (timedelta(seconds=each) for each in intervals)
    limits = Limits(min_interval=shortest, max_interval=longest)
    operators = Operators(store=store, poster=NobodyThere(), channel=None)
    polling = Polling(store=store, clouds=clouds, operators=operators, clock=clock, limits=limits)
    try:
        yield Product(store=store, clouds=clouds, client=client, polling=polling, clock=clock)
    finally:
        await polling.drain(5)
        await client.aclose()
        await store.close()
