"""The row of ``outbox`` that follows from what a subscription has to say."""

from collections.abc import Container
from datetime import UTC, datetime

from bot.core.model import DeliveryId, SubscriptionId
from bot.store.outbox import first_in_line, may_go, rank
from bot.store.postgres.rows import OutboxRow
from bot.store.records import Records

_ALWAYS = datetime.fromtimestamp(0, UTC)
"""When what nothing keeps back may go."""


def queued(records: Records, subscription_id: SubscriptionId, held: Container[DeliveryId]) -> OutboxRow:
    """Return the first delivery in a line, where nobody is sending or looking up any of it; else an empty row."""
    head = first_in_line(records, subscription_id, held)
    if head is None:
        return OutboxRow(subscription_id=subscription_id)
    return OutboxRow(
        subscription_id=subscription_id,
        delivery_id=head.id,
        channel=head.channel,
        rank=rank(records, head),
        created_at=head.created_at,
        may_go=may_go(records, head) or _ALWAYS,
    )
