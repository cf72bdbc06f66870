"""Cards, edited by one replica at a time: of two edits under way, the older might come last."""

from datetime import datetime, timedelta

from bot.core.model import SubscriptionId
from bot.store.postgres.database import Database

LEASE = timedelta(seconds=60)
"""Longer than Slack is waited for; a replica that dies while it edits holds nobody up for longer."""
_BEGIN = """
UPDATE milepost.subscription SET edited_by = %(replica)s, edited_until = %(until)s
WHERE id = %(id)s AND stale IS NOT NULL
    AND (edited_by IS NULL OR edited_by = %(replica)s OR edited_until <= %(now)s)
RETURNING id
"""
_END = """
UPDATE milepost.subscription SET edited_by = NULL, edited_until = NULL WHERE id = %(id)s AND edited_by = %(replica)s
"""


class Editing:
    """The verbs around an edit."""

    def __init__(self, database: Database, replica: str) -> None:
        self._database = database
        self._replica = replica

    async def begin_edit(self, subscription_id: SubscriptionId, now: datetime) -> bool:
        """Whether a card is behind, and nobody else edits it now; then nobody else does for a while."""
        arguments = {"id": subscription_id, "replica": self._replica, "now": now, "until": now + LEASE}
        return bool(await self._database.once(_BEGIN, arguments))

    async def end_edit(self, subscription_id: SubscriptionId) -> None:
        """An edit is over, whatever came of it."""
        await self._database.once(_END, {"id": subscription_id, "replica": self._replica})
