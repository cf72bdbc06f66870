"""Cards that are behind, handed to one replica at a time; and those that turned out to show all there is to see."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.model import Card, SubscriptionId
from bot.ports import Followed
from bot.store.cards import Cards
from bot.store.postgres.listings import followed_of
from bot.store.postgres.turn import PostgresDesk

AT_LEAST = 50
"""Cards that a replica looks for beyond its own, so that those which ended meanwhile are seen soon."""
HELD_SECONDS = 30.0
"""How long a card stays with a replica that was not heard of again."""

# By the database's clock, which all replicas share. Who has some already keeps them, and renews them now and then:
# a card that waits for Slack's budget is looked at again and again.
_STALE = f"""
WITH mine AS MATERIALIZED (
    SELECT id FROM milepost.subscription WHERE stale IS NOT NULL AND card_holder = %(replica)s
        AND card_until > clock_timestamp() + interval '15 s'
    ORDER BY stale, edited_at NULLS FIRST, id LIMIT %(limit)s),
free AS MATERIALIZED (
    SELECT id FROM milepost.subscription WHERE stale IS NOT NULL AND (card_until IS NULL
        OR card_until <= clock_timestamp() OR (card_holder = %(replica)s
        AND card_until <= clock_timestamp() + interval '15 s'))
    ORDER BY stale, edited_at NULLS FIRST, id
    LIMIT least(%(limit)s, greatest(%(limit)s - (SELECT count(*) FROM mine), %(at_least)s)) FOR UPDATE SKIP LOCKED),
taken AS (
    UPDATE milepost.subscription s SET card_holder = %(replica)s,
        card_until = clock_timestamp() + interval '{HELD_SECONDS} s'
    FROM free WHERE s.id = free.id)
SELECT s.id, s.record, w.id, w.record FROM (SELECT id FROM mine UNION SELECT id FROM free) AS stale
JOIN milepost.subscription s ON s.id = stale.id JOIN milepost.watch w ON w.id = s.watch_id
WHERE s.stale IS NOT NULL ORDER BY s.stale, s.edited_at NULLS FIRST, s.id LIMIT %(limit)s
"""
# What somebody writes about just now is looked at once more.
_SHOWN = """
WITH shown AS (SELECT * FROM unnest(%(ids)s::text[], %(versions)s::bigint[]) AS shown (id, version)),
up_to_date AS MATERIALIZED (
    SELECT s.id FROM shown JOIN milepost.subscription s ON s.id = shown.id JOIN milepost.watch w ON w.id = s.watch_id
    WHERE w.version <= shown.version FOR UPDATE OF s, w SKIP LOCKED)
UPDATE milepost.subscription s SET stale = NULL FROM up_to_date WHERE s.id = up_to_date.id
"""
_RELEASE = """
UPDATE milepost.subscription SET card_holder = NULL, card_until = NULL
WHERE id = ANY(%(ids)s) AND card_holder = %(replica)s
"""


class CardQueue:
    """The verbs of whoever edits cards."""

    def __init__(self, desk: PostgresDesk) -> None:
        self._database = desk.database
        self._replica = desk.ledger.replica
        self._seconds = desk.ledger.seconds
        self._cards = Cards(desk)
        self._handed: dict[SubscriptionId, Card] = {}
        """What the cards that were handed out last show."""
        self._ever: dict[SubscriptionId, float] = {}
        """When those that others still believe to be this replica's were handed out."""
        self._shown: dict[SubscriptionId, int] = {}
        """The versions that cards turned out to show; written together."""

    async def stale_cards(self, limit: int) -> Sequence[Followed]:
        """Return subscriptions whose card shows an older version, ended ones first, then by the last edit."""
        await self._write_shown()
        arguments = {"replica": self._replica, "limit": limit, "at_least": AT_LEAST}
        found = followed_of(await self._database.once(_STALE, arguments))
        now = self._seconds()
        self._ever = {each: at for each, at in self._ever.items() if now - at < HELD_SECONDS}
        self._ever.update((each.subscription.id, now) for each in found)
        self._handed = {each.subscription.id: card for each in found if (card := each.subscription.card) is not None}
        return found

    async def card_shown(self, subscription_id: SubscriptionId, *, shown: str, version: int, now: datetime) -> None:
        """The card now shows this fingerprint and version, *now* being its last edit.

        Where only the version is new it is written with others: until then, one look finds out again.
        """
        card = self._handed.get(subscription_id)
        if card is not None and (shown, now) == (card.shown, card.edited_at):
            self._shown[subscription_id] = version
            return
        self._handed.pop(subscription_id, None)
        await self._cards.card_shown(subscription_id, shown=shown, version=version, now=now)

    async def release(self) -> None:
        """Let others edit what is this replica's: it stops."""
        await self._write_shown()
        await self._database.once(_RELEASE, {"replica": self._replica, "ids": list(self._ever)})

    async def _write_shown(self) -> None:
        shown, self._shown = self._shown, {}
        if shown:
            await self._database.once(_SHOWN, {"ids": list(shown), "versions": list(shown.values())})
