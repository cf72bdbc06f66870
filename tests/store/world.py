"""Watches, subscriptions and deliveries to write tests with."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from bot.core.fold import unsaid
from bot.core.model import (
    AuditEntry,
    Deed,
    Delivery,
    Pause,
    PauseReason,
    Subscription,
    SubscriptionId,
    Watch,
    delivery_id,
    watch_id,
)
from bot.core.news import CardOpened, CaughtUp, Ended, News, Paused
from bot.ports import Followed, Opened, Store
from providers.base import TaskKey, TaskState

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ARCHIVED = Pause(reason=PauseReason.ARCHIVED, since=NOON, code="is_archived")


def new_watch(key: str = "job-1", *, account: str = "drs", due_at: datetime = NOON) -> Watch:
    return Watch(
        id=watch_id(account, TaskKey(key), 1),
        account=account,
        key=TaskKey(key),
        created_at=NOON,
        due_at=due_at,
        run_since=NOON,
    )


def new_subscription(
    watch: Watch, name: str = "sub-1", *, channel: str = "C1", created_at: datetime = NOON
) -> Subscription:
    return Subscription(id=SubscriptionId(name), watch_id=watch.id, channel=channel, owner="U1", created_at=created_at)


def news_for(
    subscription: Subscription, watch: Watch, what: str, news: News | None = None, *, created_at: datetime = NOON
) -> Delivery:
    return Delivery(
        id=delivery_id(watch, subscription.id, what),
        watch_id=watch.id,
        subscription_id=subscription.id,
        channel=subscription.channel,
        news=news or Paused(),
        created_at=created_at,
    )


def the_end(subscription: Subscription, watch: Watch, *, created_at: datetime = NOON) -> Delivery:
    ended = Ended(state=TaskState.SUCCEEDED, after_seconds=60.0)
    return news_for(subscription, watch, "ended", ended, created_at=created_at)


async def follow(
    store: Store,
    key: str = "job-1",
    name: str = "sub-1",
    *,
    account: str = "drs",
    channel: str = "C1",
    at: datetime = NOON,
    due_at: datetime = NOON,
) -> Opened:
    """Subscribe a channel to a task."""
    watch = new_watch(key, account=account, due_at=due_at)
    subscription = new_subscription(watch, name, channel=channel, created_at=at)
    card = news_for(subscription, watch, "card", CardOpened(), created_at=at)
    opened = await store.subscribe(watch, subscription, card)
    assert isinstance(opened, Opened)
    return opened


async def follow_with_card(
    store: Store,
    key: str = "job-1",
    name: str = "sub-1",
    *,
    channel: str = "C1",
    ts: str = "100.1",
    at: datetime = NOON,
) -> Opened:
    """Subscribe a channel to a task, and post the card."""
    opened = await follow(store, key, name, channel=channel, at=at)
    await store.mark_sent(delivery_id(opened.watch, opened.subscription.id, "card"), ts, at)
    return opened


async def current(store: Store, watch: Watch) -> Watch:
    found = await store.watch(watch.id)
    assert found is not None
    return found


async def tell(store: Store, opened: Opened, *whats: str, news: News | None = None) -> list[Delivery]:
    """Add news to a thread; return the rows that wait in it."""
    watch = await current(store, opened.watch)
    assert await store.commit(watch, [news_for(opened.subscription, watch, what, news) for what in whats])
    return list(await store.waiting(opened.subscription.id))


async def end(store: Store, opened: Opened) -> None:
    """Close the watch, with an end to be told."""
    watch = await current(store, opened.watch)
    assert await store.commit(replace(watch, due_at=None, ended_at=NOON), [the_end(opened.subscription, watch)])


async def pause(store: Store, *names: str, why: Pause = ARCHIVED) -> list[str]:
    """Pause subscriptions; return the names of those that were not paused before."""
    return [each.subscription.id for each in await store.pause([SubscriptionId(name) for name in names], why)]


def catching_up(opened: Opened, what: str = "resumed") -> Delivery:
    news = CaughtUp(since=NOON.timestamp(), reason="archived")
    return news_for(opened.subscription, opened.watch, what, news)


async def catch_up(store: Store, opened: Opened, what: str = "resumed") -> Followed | None:
    """End the pause of a subscription with one message that tells what it missed."""
    told = unsaid(await store.waiting(opened.subscription.id))
    return await store.resume(opened.subscription.id, catching_up(opened, what), [row.id for row in told])


def lasts(rows: Iterable[Delivery]) -> list[str]:
    """Return the last part of each id."""
    return [row.id.rpartition("/")[2] for row in rows]


def held(row: Delivery, until: datetime) -> Delivery:
    """Return a delivery that waits for the end of quiet hours."""
    return replace(row, held_until=until)


def entry(name: str = "0001-a", *, at: datetime = NOON, deed: Deed = Deed.EDITED) -> AuditEntry:
    return AuditEntry(id=name, at=at, who="U1", channel="C1", deed=deed, task="drs job-1", detail="at 50")


async def logged(store: Store) -> list[str]:
    """Return the ids in the audit log."""
    return [each.id for each in await store.audit(1_000)]
