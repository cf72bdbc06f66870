"""Deliveries, handed to one replica at a time; and what the dead had in hand is looked up."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from msgspec.structs import replace

from bot.core.model import Delivery, DeliveryState, SubscriptionId
from bot.store.change import Change, in_doubt, sending
from bot.store.outbox import first_in_line, may_go
from bot.store.postgres.database import Transaction
from bot.store.postgres.loading import Loaded, load_watches
from bot.store.postgres.turn import PostgresDesk, PostgresTurn
from bot.store.turns import Task, task_of

_ENDED = (
    """d.holder IS NOT NULL AND d.lease_until <= %(now)s AND NOT (d.holder = %(replica)s AND d.id = ANY(%(held)s))"""
)
_STRAY = "d.holder = %(replica)s AND d.id <> ALL(%(held)s)"
_WORK = f"""
SELECT EXISTS (SELECT FROM milepost.delivery d WHERE {_ENDED}),
    EXISTS (SELECT FROM milepost.outbox o WHERE o.may_go <= %(now)s AND o.channel <> ALL(%(skip)s))
"""
_TASKS_OF = """
SELECT DISTINCT w.account, w.key FROM milepost.delivery d
JOIN milepost.subscription s ON s.id = d.subscription_id JOIN milepost.watch w ON w.id = s.watch_id
"""
# One of each channel. Whoever is written about just now is left for the next call, and with it its channel.
_READY = """
WITH first AS MATERIALIZED (
    SELECT DISTINCT ON (channel) subscription_id, delivery_id, rank, created_at FROM milepost.outbox o
    WHERE may_go <= %(now)s AND channel <> ALL(%(skip)s) AND NOT EXISTS (
        SELECT FROM milepost.channel_pace p
        WHERE p.channel = o.channel AND p.free_at > %(now)s AND p.free_at <= %(until)s)
    ORDER BY channel, rank, created_at, subscription_id, delivery_id)
SELECT w.id, w.record, first.subscription_id, first.delivery_id
FROM first JOIN milepost.subscription s ON s.id = first.subscription_id JOIN milepost.watch w ON w.id = s.watch_id
ORDER BY first.rank, first.created_at, first.subscription_id, first.delivery_id
LIMIT %(limit)s FOR UPDATE OF w SKIP LOCKED
"""


# Of two replicas that want the same channel at once the second finds it taken. A time far ahead is of a clock that was.
_CHANNELS = """
INSERT INTO milepost.channel_pace AS p (channel, free_at)
SELECT channel, %(until)s FROM unnest(%(channels)s::text[]) AS channel ORDER BY channel
ON CONFLICT (channel) DO UPDATE SET free_at = excluded.free_at
WHERE p.free_at <= %(now)s OR p.free_at > %(until)s
RETURNING channel
"""


_OCCUPY = """
INSERT INTO milepost.channel_pace AS p (channel, free_at) VALUES (%(channel)s, %(until)s)
ON CONFLICT (channel) DO UPDATE SET free_at = greatest(p.free_at, excluded.free_at)
"""


class Posting:
    """The verb of whoever posts next."""

    def __init__(self, desk: PostgresDesk, gap: timedelta) -> None:
        self._gap = gap
        self._desk = desk
        self._database = desk.database
        self._ledger = desk.ledger

    async def take_deliveries(
        self, now: datetime, limit: int, *, skip_channels: Collection[str] = ()
    ) -> Sequence[Delivery]:
        """Hand out deliveries that can go now, and mark them ``sending`` first, durably."""
        arguments: dict[str, object] = {
            "now": now,
            "until": now + self._gap,
            "limit": limit,
            "skip": list(skip_channels),
            "held": self._ledger.held(now),
            "replica": self._ledger.replica,
        }
        ((some_ended, some_ready),) = await self._database.rows(_WORK, arguments)
        if some_ended:
            await self._end_leases(_ENDED, lambda: arguments)
        if limit <= 0 or not (some_ended or some_ready):
            return []
        async with self._database.transaction() as transaction:
            since = self._ledger.seconds()
            rows = await transaction.rows(_READY, arguments)
            if not rows:
                return []
            loaded = await load_watches(transaction, [row[:2] for row in rows])
            ready = _still_ready(loaded, now, [row[2:] for row in rows])
            channels = {"channels": [row.channel for row in ready], "now": now, "until": now + self._gap}
            free = {channel for (channel,) in await transaction.rows(_CHANNELS, channels)}
            taken = [row for row in ready if row.channel in free]
            if not taken:
                return []
            return await self._hand_out(transaction, loaded, taken, now, since)

    async def occupy(self, channel: str, now: datetime) -> None:
        """A message goes to a channel that nobody was asked for: what follows it waits, whichever replica posts."""
        if self._gap:
            await self._database.once(_OCCUPY, {"channel": channel, "until": now + self._gap})

    async def give_back(self) -> None:
        """Let others look up what this replica has in hand: it stops."""
        await self._end_leases("d.holder = %(replica)s", lambda: {"replica": self._ledger.replica})

    async def give_back_strays(self) -> None:
        """Let others look up what is held in this replica's name, and is not known here."""
        await self._end_leases(_STRAY, lambda: {"replica": self._ledger.replica, "held": self._ledger.all_held()})

    async def _hand_out(
        self, transaction: Transaction, loaded: Loaded, taken: Sequence[Delivery], now: datetime, since: float
    ) -> Sequence[Delivery]:
        handed = [row if row.state is DeliveryState.UNKNOWN else sending(row, now) for row in taken]
        tasks = {task_of(watch) for watch in loaded.records.watches.values()}
        turn = PostgresTurn(transaction, self._ledger, loaded, tasks, since)
        change = Change(deliveries={row.id: row for row in handed if row.state is DeliveryState.SENDING})
        doubted = [row for row in handed if row.state is DeliveryState.UNKNOWN]
        try:
            await turn.write(change, looked_up=doubted, now=now)
        except BaseException:
            # Perhaps they are held all the same; the next look at what is ours finds out.
            self._ledger.strays = True
            raise
        return handed

    async def _end_leases(self, which: str, arguments: Callable[[], Mapping[str, object]]) -> None:
        """What was being sent may or may not have arrived; what was being looked up is still to be looked up."""
        found = await self._database.rows(f"{_TASKS_OF} WHERE {which}", arguments())
        tasks = sorted(cast("list[Task]", found))
        # One by one: a replica has few in hand, and who waits for one of them holds up no other.
        for task in tasks:
            async with self._desk.turn([task]) as turn:
                # Anew: what was taken since then is not to end.
                rows = await turn.held_where(which, arguments())
                await turn.write(Change(deliveries={row.id: _let_go(row) for row in rows}))


def _let_go(row: Delivery) -> Delivery:
    return replace(in_doubt(row), not_before=None) if row.state is DeliveryState.SENDING else row


def _still_ready(loaded: Loaded, now: datetime, chosen: Sequence[Sequence[str]]) -> list[Delivery]:
    """Return those that are what they were before their locks were had."""
    ready: list[Delivery] = []
    for subscription_id, delivery_id in chosen:
        head = first_in_line(loaded.records, SubscriptionId(subscription_id), loaded.looked_up())
        if head is not None and head.id == delivery_id:
            begins = may_go(loaded.records, head)
            if begins is None or begins <= now:
                ready.append(head)
    return ready
