"""Values to start from, each named by what it is; a test changes what it is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from bot.core.model import Card, Point, Subscription, SubscriptionId, Watch, watch_id
from bot.core.rules import Rules
from bot.core.wording.card import Place
from providers.base import TaskKey, TaskSnapshot, TaskState

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PATIENCE = timedelta(minutes=5)
KEY = TaskKey("9a470239-2308-4bb5-a6bc-1040402fjb21")
PLACE = Place(title="Huawei DRS", account="drs-eu", console_url="https://console.example.com/drs")


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def reading(percent: float | None = None, state: TaskState = TaskState.RUNNING, **more: Any) -> TaskSnapshot:
    return TaskSnapshot(state=state, percent=percent, **more)


def fresh_watch(**changes: Any) -> Watch:
    """A watch that was never read."""
    watch = Watch(
        id=watch_id("drs-eu", KEY, 1),
        account="drs-eu",
        key=KEY,
        created_at=NOON,
        due_at=NOON,
        run_since=NOON,
    )
    return replace(watch, **changes)


def seen_watch(percent: float | None = None, state: TaskState = TaskState.RUNNING, **changes: Any) -> Watch:
    """A watch that was read once, at noon."""
    known: dict[str, Any] = {
        "seen": reading(percent, state),
        "seen_at": NOON,
        "state_since": NOON,
        "high": percent,
        "points": () if percent is None else (Point(at=NOON.timestamp(), percent=percent),),
        "completed": percent == 100,
        "synced": state is TaskState.SYNCING,
        "version": 1,
    }
    return fresh_watch(**(known | changes))


def line(*points: tuple[float, float]) -> tuple[Point, ...]:
    """Readings of the percent, as seconds since noon and percent."""
    return tuple(Point(at=NOON.timestamp() + seconds, percent=percent) for seconds, percent in points)


def follower(name: str = "s1", *, milestones: tuple[int, ...] = (25, 50, 75, 100), **changes: Any) -> Subscription:
    subscription = Subscription(
        id=SubscriptionId(name),
        watch_id=watch_id("drs-eu", KEY, 1),
        channel="C0123ABCD",
        owner="U0123ABCD",
        created_at=NOON,
        rules=Rules(milestones=milestones),
        card=Card(ts="1700000000.000100"),
    )
    return replace(subscription, **changes)
