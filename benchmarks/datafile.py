"""Data files with so many watches, each as it is in the middle of its life: followed, read many times, due soon."""

import base64
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from msgspec.structs import replace

from bot.core.advance import advance
from bot.core.model import (
    Card,
    Delivery,
    DeliveryState,
    Subscription,
    SubscriptionId,
    Watch,
    WatchId,
    delivery_id,
    watch_id,
)
from bot.core.news import CardOpened
from bot.store import codec
from bot.store.datafile import TABLE, prepare
from providers.base import TaskKey, TaskSnapshot, TaskState

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW = BEGAN + timedelta(hours=1)
"""When the watches of a file are due: the clock of a bot that opens it begins here."""
CHANNELS = 500
Channel = Callable[[int, int], str]
"""The channel of the n-th follower of a watch, by the watch's number."""

KEYS: Mapping[str, Callable[[int], str]] = {
    "tencent-cos": lambda n: (
        "examplebucket-1250000000/" + base64.b64encode(f"{0x5A000000 + n:08x}_8efa50_4db1_3".encode()).decode()
    ),
    "huawei-drs": lambda n: f"{n:08x}-2308-4bb5-a6bc-{n:08x}jb21",
    "scloud-usmc": lambda n: f"usmc-vtlwsdv6qa7/usmc-task-{n:08x}",
    "huawei-codearts": lambda n: f"{n:032x}",
    "pan123": lambda n: f"z{n:031d}",
}


def make(
    path: Path,
    *,
    watches: int,
    accounts: Mapping[str, str],
    subscriptions: int = 1,
    points: int = 20,
    due_within: float = 0.0,
    channel: Channel | None = None,
) -> None:
    """Write a file in which *accounts* (name to provider) share so many watches, due within so many seconds."""
    prepare(path)
    add(
        path,
        watches=watches,
        accounts=accounts,
        subscriptions=subscriptions,
        points=points,
        due_within=due_within,
        channel=channel,
    )


def add(
    path: Path,
    *,
    watches: int,
    accounts: Mapping[str, str],
    subscriptions: int = 1,
    points: int = 20,
    due_within: float = 0.0,
    channel: Channel | None = None,
    first: int = 0,
) -> None:
    """Add watches to a file, the number of the first of them being *first*."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        connection.executemany(
            f'INSERT INTO "{TABLE}" (key, value) VALUES (?, ?)',
            _rows(range(first, first + watches), list(accounts.items()), subscriptions, points, due_within, channel),
        )
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _rows(
    numbers: range,
    accounts: list[tuple[str, str]],
    subscriptions: int,
    points: int,
    due_within: float,
    channel: Channel | None,
) -> Iterator[tuple[str, str]]:
    for place, number in enumerate(numbers):
        name, provider = accounts[number % len(accounts)]
        due_at = NOW + timedelta(seconds=due_within * place / len(numbers))
        watch = a_watch(name, provider, number, points, due_at)
        yield codec.key_of(watch), codec.encode(watch)
        for follower in range(subscriptions):
            subscription, card = a_follower(watch, number, follower, channel or _spread)
            yield codec.key_of(subscription), codec.encode(subscription)
            yield codec.key_of(card), codec.encode(card)


def a_watch(account: str, provider: str, number: int, readings: int, due_at: datetime) -> Watch:
    """Return a watch that was read so many times."""
    key = TaskKey(KEYS[provider](number))
    return replace(
        _read_often(readings),
        id=watch_id(account, key, 1),
        account=account,
        key=key,
        due_at=due_at,
        name=f"nightly copy {number}",
    )


@cache
def _read_often(readings: int) -> Watch:
    """Return what so many readings, one after the other, make of a watch."""
    watch = Watch(
        id=WatchId(""), account="", key=TaskKey(""), created_at=BEGAN, due_at=NOW, name="", version=0, run_since=BEGAN
    )
    for place in range(readings):
        at = BEGAN + (NOW - BEGAN) * place / readings
        snapshot = TaskSnapshot(state=TaskState.RUNNING, raw_state="TASK_DOING", percent=round(40 * place / readings))
        watch = replace(advance(watch, snapshot, at, patience=timedelta(minutes=5)).watch, version=place + 1)
    return watch


def _spread(number: int, place: int) -> str:
    return f"C{(number * 7 + place) % CHANNELS:010d}"


def a_follower(watch: Watch, number: int, place: int, channel_of: Channel) -> tuple[Subscription, Delivery]:
    """Return a subscription whose card shows the newest, and the row of that card."""
    name = SubscriptionId(f"{number:08x}{place:02x}5f")
    channel = channel_of(number, place)
    ts = f"{1772366400 + number}.{place:06d}"
    subscription = Subscription(
        id=name,
        watch_id=watch.id,
        channel=channel,
        owner=f"U{number % 200:010d}",
        created_at=BEGAN,
        card=Card(ts=ts, shown=f"{number:014x}", shown_version=watch.version, edited_at=NOW - timedelta(seconds=30)),
    )
    card = Delivery(
        id=delivery_id(watch, name, "card"),
        watch_id=watch.id,
        subscription_id=name,
        channel=channel,
        news=CardOpened(),
        created_at=BEGAN,
        seq=1,
        state=DeliveryState.SENT,
        attempts=1,
        sending_since=BEGAN,
        ts=ts,
    )
    return subscription, card
