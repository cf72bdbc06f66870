"""Reads what a turn is about: the records of some tasks, locked first."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias, cast

from bot.core.model import ChannelSettings, Delivery, DeliveryId, Subscription, SubscriptionId, Watch, WatchId
from bot.ports import StoreError
from bot.store import codec
from bot.store.postgres.database import Statements
from bot.store.records import Records
from bot.store.turns import CHANNEL_TURN, Task
from providers.base import TaskKey

_TASKS = "unnest(%(accounts)s::text[], %(keys)s::text[]) AS task (account, key)"
# In order, so that two who want the same never wait for each other.
_LOCK = f"""
SELECT w.account, w.key, w.id, w.record
FROM milepost.watch w JOIN {_TASKS} ON w.account = task.account AND w.key = task.key
ORDER BY w.id FOR UPDATE OF w
"""
# Of a task without a watch there is nothing else to lock.
_LOCK_NEW = (
    "SELECT pg_advisory_xact_lock(lock) FROM "
    f"(SELECT DISTINCT hashtextextended(account || E'\\x1f' || key, 0) AS lock FROM {_TASKS} ORDER BY 1) AS locks"
)
_ALL_OF_WATCHES = """
WITH s AS (SELECT id, record, stale FROM milepost.subscription WHERE watch_id = ANY(%(watches)s))
SELECT 's', s.id, s.record, s.stale::text, NULL::timestamptz,
    (SELECT max(seq) FROM milepost.delivery WHERE subscription_id = s.id) FROM s
UNION ALL
SELECT 'd', d.id, d.record, d.holder, d.lease_until, d.seq FROM milepost.delivery d JOIN s ON d.subscription_id = s.id
WHERE d.open OR d.id = ANY(%(naming)s) OR %(whole)s
"""
_ALL_OF_TASKS = f"""
SELECT 'w', w.id, NULL, d.claim, NULL, NULL::integer
FROM milepost.watch w JOIN {_TASKS} ON w.account = task.account AND w.key = task.key
LEFT JOIN milepost.due d ON d.watch_id = w.id
UNION ALL
SELECT 'n', n.account, n.key, NULL, NULL, n.number
FROM milepost.numbered n JOIN {_TASKS} ON n.account = task.account AND n.key = task.key
UNION ALL
SELECT 'said', id, record, NULL, NULL, NULL FROM milepost.said WHERE id = ANY(%(said)s)
UNION ALL
SELECT 'channel', id, record, NULL, NULL, NULL FROM milepost.channel WHERE id = ANY(%(channels)s)
"""


_Row: TypeAlias = tuple[str, str, str, str | None, datetime, int]
"""Kind, id, record, and what else of each kind there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Who sends a delivery, or looks it up, and until when that is believed."""

    holder: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What is known of some tasks."""

    records: Records = field(default_factory=Records)
    claims: dict[WatchId, str | None] = field(default_factory=dict)
    """The claim of each open watch, if it is claimed."""
    held: dict[DeliveryId, Held] = field(default_factory=dict)
    stale: dict[SubscriptionId, int | None] = field(default_factory=dict)
    """Which cards are known to be behind."""

    def looked_up(self) -> set[DeliveryId]:
        """Return the deliveries in doubt that somebody looks up."""
        return {each for each in self.held if each in self.records.deliveries}


async def load_tasks(
    transaction: Statements, tasks: Collection[Task], *, naming: Collection[DeliveryId], whole: bool
) -> Loaded:
    """Lock these tasks and read all about them."""
    if not tasks:
        return Loaded()
    arguments = _arguments(tasks)
    # What has no account is no task, and always the only lock.
    missing = {task for task in tasks if not task[0]}
    if missing:
        await transaction.rows(_LOCK_NEW, _arguments(missing))
    while True:
        loaded = Loaded()
        found: set[Task] = set()
        for account, key, watch_id, record in await transaction.rows(_LOCK, arguments):
            found.add((account, key))
            loaded.records.put_watch(watch_of(watch_id, record))
        more = {task for task in tasks if task not in found} - missing
        if more:
            await transaction.rows(_LOCK_NEW, _arguments(more))
            missing |= more
            continue
        locked = list(loaded.records.watches)
        others = await transaction.rows(
            f"{_ALL_OF_WATCHES} UNION ALL {_ALL_OF_TASKS}",
            {**arguments, "watches": locked, "naming": list(naming), "whole": whole},
        )
        # One that was inserted while the locks were waited for is not locked yet.
        if {row[1] for row in others if row[0] == "w"} == {*locked}:
            _take(loaded, others)
            return loaded


async def load_watches(transaction: Statements, watches: Iterable[tuple[WatchId, str]]) -> Loaded:
    """Read all about these watches (id, record), which are locked already, but for their claims."""
    loaded = Loaded()
    for watch in watches:
        loaded.records.put_watch(watch_of(*watch))
    arguments = {"watches": list(loaded.records.watches), "naming": [], "whole": False}
    _take(loaded, await transaction.rows(_ALL_OF_WATCHES, arguments))
    return loaded


def decoded(kind: str, name: str, text: str) -> codec.Kept:
    """Return the record of a row; StoreError where it cannot be read."""
    try:
        return codec.decode(f"{kind}/{name}", text.encode())
    except (codec.Unreadable, RecursionError):
        raise StoreError(f"The database holds a {kind} that cannot be read; was it written by a newer one?") from None


def watch_of(name: str, text: str) -> Watch:
    """Return the watch of a row."""
    return cast("Watch", decoded("watch", name, text))


def subscription_of(name: str, text: str) -> Subscription:
    """Return the subscription of a row."""
    return cast("Subscription", decoded("subscription", name, text))


def delivery_of(name: str, text: str) -> Delivery:
    """Return the delivery of a row."""
    return cast("Delivery", decoded("delivery", name, text))


def _take(loaded: Loaded, rows: Iterable[tuple[object, ...]]) -> None:
    records = loaded.records
    deliveries: list[Delivery] = []
    for kind, name, text, holder, until, number in cast("Iterable[_Row]", rows):
        if kind == "s":
            records.put_subscription(subscription_of(name, text))
            records.put_last_seq(SubscriptionId(name), number or 0)
            loaded.stale[SubscriptionId(name)] = None if holder is None else int(holder)
        elif kind == "d":
            deliveries.append(delivery_of(name, text))
            if holder is not None:
                loaded.held[DeliveryId(name)] = Held(holder=holder, until=until)
        elif kind == "w":
            loaded.claims[WatchId(name)] = holder
        elif kind == "n":
            records.put_number((name, TaskKey(text)), number)
        elif kind == "said":
            records.said[name] = cast("codec.Said", decoded(kind, name, text))
        elif kind == "channel":
            records.channels[name] = cast("ChannelSettings", decoded(kind, name, text))
    for delivery in deliveries:
        records.put_delivery(delivery)


def _arguments(tasks: Collection[Task]) -> dict[str, object]:
    ordered = sorted(tasks)
    others = [key for account, key in ordered if not account]
    return {
        "accounts": [account for account, _ in ordered],
        "keys": [key for _, key in ordered],
        "said": others,
        "channels": [key.removeprefix(CHANNEL_TURN) for key in others if key.startswith(CHANNEL_TURN)],
    }
