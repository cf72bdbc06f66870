"""What is asked of the database, and changes nothing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast

from bot.core.model import AuditEntry, ChannelSettings, Delivery, Subscription, SubscriptionId, Watch, WatchId
from bot.ports import Followed
from bot.store.postgres.database import Database, Row
from bot.store.postgres.loading import decoded, delivery_of, subscription_of, watch_of
from bot.store.records import place_in_line
from providers.base import TaskKey

_FOLLOWED = """
SELECT s.id, s.record, w.id, w.record FROM milepost.subscription s JOIN milepost.watch w ON w.id = s.watch_id
"""
_OLDEST_FIRST = "ORDER BY s.created_at, s.id"


class Listings:
    """The verbs that look things up."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def subscription(self, subscription_id: SubscriptionId) -> Followed | None:
        """Return a subscription, open or ended."""
        found = await self._followed("WHERE s.id = %(id)s", {"id": subscription_id})
        return found[0] if found else None

    async def followers(self, watch_id: WatchId) -> Sequence[Subscription]:
        """Return the open subscriptions of a watch, oldest first."""
        where = f"WHERE watch_id = %(id)s AND ended_at IS NULL {_OLDEST_FIRST}"
        query = f"SELECT id, record FROM milepost.subscription s {where}"
        return [subscription_of(*row) for row in await self._database.rows(query, {"id": watch_id})]

    async def followers_of(self, watch_ids: Sequence[WatchId]) -> Sequence[Sequence[Subscription]]:
        """Return the same of each of several watches, in their order."""
        where = f"WHERE watch_id = ANY(%(ids)s) AND ended_at IS NULL {_OLDEST_FIRST}"
        query = f"SELECT id, record FROM milepost.subscription s {where}"
        found: dict[WatchId, list[Subscription]] = {watch_id: [] for watch_id in watch_ids}
        for row in await self._database.rows(query, {"ids": list(found)}):
            subscription = subscription_of(*row)
            found[subscription.watch_id].append(subscription)
        return [found[watch_id] for watch_id in watch_ids]

    async def followed_in(self, channel: str) -> Sequence[Followed]:
        """Return the open subscriptions of a channel, oldest first."""
        where = f"WHERE s.channel = %(channel)s AND s.ended_at IS NULL {_OLDEST_FIRST}"
        return await self._followed(where, {"channel": channel})

    async def followed_by(self, owner: str) -> Sequence[Followed]:
        """Return the open subscriptions that belong to a user, oldest first."""
        where = f"WHERE s.owner = %(owner)s AND s.ended_at IS NULL {_OLDEST_FIRST}"
        return await self._followed(where, {"owner": owner})

    async def all_followed(self) -> Sequence[Followed]:
        """Return every open subscription, oldest first."""
        return await self._followed(f"WHERE s.ended_at IS NULL {_OLDEST_FIRST}", {})

    async def ended_in(self, channel: str, limit: int, *, before: datetime | None = None) -> Sequence[Followed]:
        """Return the ended subscriptions of a channel that are still kept, latest end first.

        *before*: only those that ended earlier, for the next page. So those that ended at the moment of the last one
        come with it, even beyond *limit*.
        """
        if limit <= 0:
            return []
        ended = "channel = %(channel)s AND ended_at < coalesce(%(before)s::timestamptz, 'infinity')"
        where = f"""
        WHERE {ended} AND ended_at >= (SELECT min(ended_at) FROM (
            SELECT ended_at FROM milepost.subscription WHERE {ended} ORDER BY ended_at DESC LIMIT %(limit)s) AS page)
        ORDER BY s.ended_at DESC, s.created_at DESC, s.id DESC
        """
        return await self._followed(where, {"channel": channel, "before": before, "limit": limit})

    async def speaking(self, channel: str | None = None) -> Sequence[Followed]:
        """Return the subscriptions, of one channel or of all, that are open or have something left to say."""
        where = f"""
        WHERE (%(channel)s::text IS NULL OR s.channel = %(channel)s) AND (s.ended_at IS NULL
            OR EXISTS (SELECT FROM milepost.delivery d WHERE d.subscription_id = s.id AND d.open)) {_OLDEST_FIRST}
        """
        return await self._followed(where, {"channel": channel})

    async def paused(self) -> Sequence[Followed]:
        """Return the paused subscriptions, also those that ended meanwhile, longest paused first."""
        where = "WHERE s.paused_since IS NOT NULL ORDER BY s.paused_since, s.created_at, s.id"
        return await self._followed(where, {})

    async def watch(self, watch_id: WatchId) -> Watch | None:
        """Return a watch, open or closed."""
        return await self._watch("id = %(id)s", {"id": watch_id})

    async def open_watch(self, account: str, key: TaskKey) -> Watch | None:
        """Return the open watch of a task."""
        where = "account = %(account)s AND key = %(key)s AND closed_at IS NULL"
        return await self._watch(where, {"account": account, "key": key})

    async def channel_settings(self, channel: str) -> ChannelSettings | None:
        """Return what was set for new subscriptions of a channel."""
        rows = await self._database.rows("SELECT id, record FROM milepost.channel WHERE id = %(id)s", {"id": channel})
        return cast("ChannelSettings", decoded("channel", *rows[0])) if rows else None

    async def waiting(self, subscription_id: SubscriptionId) -> list[Delivery]:
        """Return the open deliveries of a subscription, in the order in which they are to go."""
        query = "SELECT id, record FROM milepost.delivery WHERE subscription_id = %(id)s AND open"
        rows = await self._database.rows(query, {"id": subscription_id})
        return sorted((delivery_of(*row) for row in rows), key=place_in_line)

    async def last_sent(self, subscription_id: SubscriptionId) -> Delivery | None:
        """Return the last delivery of a subscription that Slack accepted."""
        query = """SELECT id, record FROM milepost.delivery WHERE subscription_id = %(id)s AND sent
        ORDER BY sending_since DESC NULLS LAST, seq DESC LIMIT 1"""
        rows = await self._database.rows(query, {"id": subscription_id})
        return delivery_of(*rows[0]) if rows else None

    async def audit(self, limit: int, *, after: str = "") -> Sequence[AuditEntry]:
        """Return audit entries with an id greater than *after*, oldest first."""
        query = "SELECT id, record FROM milepost.audit WHERE id > %(after)s ORDER BY id LIMIT %(limit)s"
        rows = await self._database.rows(query, {"after": after, "limit": limit})
        return [cast("AuditEntry", decoded("audit", *row)) for row in rows]

    async def said(self, keys: Collection[str]) -> Collection[str]:
        """Return those of *keys* that were said, and not forgotten since."""
        query = "SELECT id FROM milepost.said WHERE id = ANY(%(keys)s)"
        return {str(key) for (key,) in await self._database.rows(query, {"keys": list(keys)})} if keys else set()

    async def _followed(self, where: str, arguments: Mapping[str, object]) -> list[Followed]:
        return followed_of(await self._database.rows(_FOLLOWED + where, arguments))

    async def _watch(self, where: str, arguments: Mapping[str, object]) -> Watch | None:
        rows = await self._database.rows(f"SELECT id, record FROM milepost.watch WHERE {where}", arguments)
        return watch_of(*rows[0]) if rows else None


def followed_of(rows: Iterable[Row]) -> list[Followed]:
    """Return the subscriptions and watches of rows with the ids and records of both."""
    watches: dict[str, Watch] = {}
    found: list[Followed] = []
    for name, record, watch_id, watch in rows:
        if watch_id not in watches:
            watches[watch_id] = watch_of(watch_id, watch)
        found.append(Followed(subscription=subscription_of(name, record), watch=watches[watch_id]))
    return found
