"""A change as rows, and the one statement that writes them."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TypeAlias

import msgspec

from bot.core.model import Delivery, DeliveryId, DeliveryState, Subscription, SubscriptionId, Watch, WatchId
from bot.ports import StoreError
from bot.store import codec
from bot.store.change import Change
from bot.store.records import Records
from bot.store.stale import stale_entry


class WatchRow(msgspec.Struct, frozen=True):
    """A row of ``watch``."""

    id: WatchId
    account: str
    key: str
    version: int
    due_at: datetime | None
    closed_at: datetime | None
    released: bool
    record: str


class SubscriptionRow(msgspec.Struct, frozen=True):
    """A row of ``subscription``."""

    id: SubscriptionId
    watch_id: WatchId
    channel: str
    owner: str
    created_at: datetime
    ended_at: datetime | None
    paused_since: datetime | None
    carded: bool
    stale: int | None
    edited_at: datetime | None
    record: str


class DeliveryRow(msgspec.Struct, frozen=True):
    """A row of ``delivery``."""

    id: DeliveryId
    subscription_id: SubscriptionId
    seq: int
    open: bool
    sent: bool
    sending_since: datetime | None
    not_before: datetime | None
    held_until: datetime | None
    holder: str | None
    lease_until: datetime | None
    record: str


class OutboxRow(msgspec.Struct, frozen=True):
    """A row of ``outbox``; without a delivery it is to be deleted."""

    subscription_id: SubscriptionId
    delivery_id: DeliveryId | None = None
    channel: str | None = None
    rank: int | None = None
    created_at: datetime | None = None
    may_go: datetime | None = None


class PlainRow(msgspec.Struct, frozen=True):
    """A row of what has no other columns; without a record it is to be deleted."""

    id: str
    record: str | None
    at: datetime | None = None


AnyRow: TypeAlias = WatchRow | SubscriptionRow | DeliveryRow | OutboxRow | PlainRow

_WATCH = (
    "(id text, account text, key text, version bigint, due_at timestamptz, closed_at timestamptz, released boolean, "
    "record text)"
)
_SUBSCRIPTION = (
    "(id text, watch_id text, channel text, owner text, created_at timestamptz, ended_at timestamptz, "
    "paused_since timestamptz, carded boolean, stale smallint, edited_at timestamptz, record text)"
)
_DELIVERY = (
    "(id text, subscription_id text, seq integer, open boolean, sent boolean, sending_since timestamptz, "
    "not_before timestamptz, held_until timestamptz, holder text, lease_until timestamptz, record text)"
)
_OUTBOX = (
    "(subscription_id text, delivery_id text, channel text, rank smallint, created_at timestamptz, may_go timestamptz)"
)

PARTS = {
    "watches": """UPDATE milepost.watch AS w SET version = x.version, due_at = x.due_at, closed_at = x.closed_at,
        record = x.record FROM changed AS x WHERE w.id = x.id""",
    "new_watches": """INSERT INTO milepost.watch (id, account, key, version, due_at, closed_at, record)
        SELECT id, account, key, version, due_at, closed_at, record FROM new""",
    "gone_watches": "DELETE FROM milepost.watch WHERE id = ANY(%(gone_watches)s)",
    "numbers": """INSERT INTO milepost.numbered (account, key, number)
        SELECT account, key, number
        FROM jsonb_to_recordset(%(numbers)s::jsonb) AS x (account text, key text, number integer)
        ON CONFLICT (account, key) DO UPDATE SET number = greatest(excluded.number, numbered.number), at = now()""",
    "subscriptions": f"""INSERT INTO milepost.subscription AS s (id, watch_id, channel, owner,
        created_at, ended_at, paused_since, carded, stale, edited_at, record)
        SELECT x.* FROM jsonb_to_recordset(%(subscriptions)s::jsonb) AS x {_SUBSCRIPTION}
        ON CONFLICT (id) DO UPDATE SET channel = excluded.channel, owner = excluded.owner,
        ended_at = excluded.ended_at, paused_since = excluded.paused_since, carded = excluded.carded,
        stale = excluded.stale,
        edited_at = excluded.edited_at, record = excluded.record""",
    "stale": """UPDATE milepost.subscription AS s SET stale = x.stale
        FROM jsonb_to_recordset(%(stale)s::jsonb) AS x (id text, stale smallint) WHERE s.id = x.id""",
    "gone_subscriptions": "DELETE FROM milepost.subscription WHERE id = ANY(%(gone_subscriptions)s)",
    "deliveries": f"""INSERT INTO milepost.delivery AS d
        SELECT x.* FROM jsonb_to_recordset(%(deliveries)s::jsonb) AS x {_DELIVERY}
        ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, open = excluded.open, sent = excluded.sent,
        sending_since = excluded.sending_since, not_before = excluded.not_before, held_until = excluded.held_until,
        holder = excluded.holder,
        lease_until = CASE WHEN d.holder = excluded.holder THEN greatest(d.lease_until, excluded.lease_until)
            ELSE excluded.lease_until END,
        record = excluded.record""",
    "looked_up": """UPDATE milepost.delivery SET holder = %(holder)s, lease_until = %(lease_until)s
        WHERE id = ANY(%(looked_up)s)""",
    "gone_deliveries": "DELETE FROM milepost.delivery WHERE id = ANY(%(gone_deliveries)s)",
    "outbox": f"""INSERT INTO milepost.outbox
        SELECT x.* FROM jsonb_to_recordset(%(outbox)s::jsonb) AS x {_OUTBOX}
        ON CONFLICT (subscription_id) DO UPDATE SET delivery_id = excluded.delivery_id, channel = excluded.channel,
        rank = excluded.rank, created_at = excluded.created_at, may_go = excluded.may_go""",
    "gone_outbox": "DELETE FROM milepost.outbox WHERE subscription_id = ANY(%(gone_outbox)s)",
    "said": """INSERT INTO milepost.said SELECT * FROM jsonb_to_recordset(%(said)s::jsonb) AS x (id text, record text)
        ON CONFLICT (id) DO UPDATE SET record = excluded.record""",
    "gone_said": "DELETE FROM milepost.said WHERE id = ANY(%(gone_said)s)",
    "channels": """INSERT INTO milepost.channel
        SELECT * FROM jsonb_to_recordset(%(channels)s::jsonb) AS x (id text, record text)
        ON CONFLICT (id) DO UPDATE SET record = excluded.record""",
    "gone_channels": "DELETE FROM milepost.channel WHERE id = ANY(%(gone_channels)s)",
    "audit": """INSERT INTO milepost.audit
        SELECT * FROM jsonb_to_recordset(%(audit)s::jsonb) AS x (id text, at timestamptz, record text)
        ON CONFLICT (id) DO UPDATE SET at = excluded.at, record = excluded.record""",
}
"""What can be written, by the argument that it takes; none touches a row that another part of one change touches."""
_BEFORE = {
    "watches": [f"changed AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(%(watches)s::jsonb) AS x {_WATCH})"],
    "new_watches": [f"new AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(%(new_watches)s::jsonb) AS x {_WATCH})"],
}
# What is closed stays closed.
_BESIDE = {
    "watches": [
        """due_ AS (UPDATE milepost.due AS d
        SET next_at = CASE WHEN x.released OR d.claim IS NULL THEN x.due_at ELSE d.next_at END,
        claim = CASE WHEN x.released THEN NULL ELSE d.claim END
        FROM changed AS x WHERE d.watch_id = x.id AND x.due_at IS NOT NULL),
        over_ AS (DELETE FROM milepost.due AS d USING changed AS x WHERE d.watch_id = x.id AND x.due_at IS NULL)"""
    ],
    "new_watches": [
        """new_due_ AS (INSERT INTO milepost.due (watch_id, account, next_at)
        SELECT id, account, due_at FROM new WHERE due_at IS NOT NULL)"""
    ],
}


def statement(parts: Iterable[str]) -> str:
    """Return the statement that writes these parts and tells the id of its transaction."""
    # Their order is of no matter: all see the database as it was, and constraints are looked at in the end.
    steps: list[str] = []
    for part in parts:
        steps += [*_BEFORE.get(part, ()), f"{part}_ AS ({PARTS[part]})", *_BESIDE.get(part, ())]
    ctes = ", ".join(steps)
    return f"WITH {ctes} SELECT pg_current_xact_id()::text" if ctes else "SELECT pg_current_xact_id()::text"


def as_json(rows: Iterable[msgspec.Struct | dict[str, object]]) -> str:
    """Return rows as the argument of ``jsonb_to_recordset``."""
    return msgspec.json.encode(list(rows)).decode()


def encoded(record: codec.Kept) -> str:
    """Return the record as it is written; StoreError where it would not come back as it is."""
    try:
        return codec.encode(record)
    except codec.Unstorable as trouble:
        raise StoreError(str(trouble)) from None


def watch_row(watch: Watch, *, released: bool) -> WatchRow:
    """Return the row of a watch."""
    return WatchRow(
        id=watch.id,
        account=watch.account,
        key=watch.key,
        version=watch.version,
        due_at=watch.due_at,
        closed_at=(watch.ended_at or watch.created_at) if watch.closed else None,
        released=released,
        record=encoded(watch),
    )


def subscription_row(each: Subscription, records: Records | None) -> SubscriptionRow:
    """Return the row of a subscription that is in *records*; without them, its card counts as true."""
    stale = None if records is None else stale_entry(records, each.id)
    return SubscriptionRow(
        id=each.id,
        watch_id=each.watch_id,
        channel=each.channel,
        owner=each.owner,
        created_at=each.created_at,
        ended_at=each.ended_at,
        paused_since=None if each.paused is None else each.paused.since,
        carded=each.card is not None,
        stale=None if stale is None else stale[0],
        edited_at=None if each.card is None else each.card.edited_at,
        record=encoded(each),
    )


def delivery_row(row: Delivery, holder: str | None, until: datetime | None) -> DeliveryRow:
    """Return the row of a delivery, and who holds it until when."""
    return DeliveryRow(
        id=row.id,
        subscription_id=row.subscription_id,
        seq=row.seq,
        open=row.open,
        sent=row.state is DeliveryState.SENT,
        sending_since=row.sending_since,
        not_before=row.not_before if row.open else None,
        held_until=row.held_until if row.open else None,
        holder=holder,
        lease_until=until,
        record=encoded(row),
    )


def plain_rows(change: Change) -> Iterator[tuple[str, list[PlainRow]]]:
    """Yield the rows of what has no other columns, by the part that writes them."""
    for part, changed in (("said", change.said), ("channels", change.channels), ("audit", change.audit)):
        rows = [
            PlainRow(id=name, record=None if record is None else encoded(record), at=getattr(record, "at", None))
            for name, record in changed.items()
        ]
        if rows:
            yield part, rows
