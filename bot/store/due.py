"""Which watch is to be looked at next: a heap for each account, and the claims."""

import heapq
from collections.abc import Collection
from datetime import datetime, timedelta

from bot.core.model import Watch, WatchId

LEASE = timedelta(minutes=10)
"""A claim that was not given back by then is void."""


class DueWatches:
    """The due times of open watches. Heaps keep entries that no longer hold; these are dropped when they surface."""

    def __init__(self) -> None:
        self._heaps: dict[str, list[tuple[datetime, WatchId]]] = {}
        self._waiting: dict[WatchId, datetime] = {}
        self._claims: dict[WatchId, datetime] = {}
        """Claimed watches, by the end of their lease."""
        self._due: dict[WatchId, tuple[str, datetime]] = {}
        """Account and due time of every open watch."""

    def put(self, watch: Watch) -> None:
        """Take note of a new or changed watch; a claim stays."""
        if watch.due_at is None:
            self.drop(watch.id)
            return
        self._due[watch.id] = (watch.account, watch.due_at)
        if watch.id not in self._claims:
            self._queue(watch.id)

    def drop(self, watch_id: WatchId) -> None:
        """Forget a watch."""
        self._due.pop(watch_id, None)
        self._claims.pop(watch_id, None)
        self._waiting.pop(watch_id, None)

    def release(self, watch_id: WatchId) -> None:
        """End a claim."""
        if self._claims.pop(watch_id, None) is not None:
            self._queue(watch_id)

    def claim(self, now: datetime, limit: int, skip: Collection[str]) -> list[WatchId]:
        """Claim watches that are due, longest due first."""
        for watch_id in [watch_id for watch_id, end in self._claims.items() if end <= now]:
            self.release(watch_id)
        claimed: list[WatchId] = []
        tops = [(*top, account) for account in self._heaps if account not in skip and (top := self._top(account))]
        heapq.heapify(tops)
        while tops and len(claimed) < limit and tops[0][0] <= now:
            _, watch_id, account = tops[0]
            heapq.heappop(self._heaps[account])
            del self._waiting[watch_id]
            self._claims[watch_id] = now + LEASE
            claimed.append(watch_id)
            top = self._top(account)
            if top:
                heapq.heapreplace(tops, (*top, account))
            else:
                heapq.heappop(tops)
        return claimed

    def next(self) -> datetime | None:
        """Return when the next unclaimed watch is due."""
        return min((top[0] for account in self._heaps if (top := self._top(account))), default=None)

    def _queue(self, watch_id: WatchId) -> None:
        account, due = self._due[watch_id]
        if self._waiting.get(watch_id) != due:
            self._waiting[watch_id] = due
            heapq.heappush(self._heaps.setdefault(account, []), (due, watch_id))

    def _top(self, account: str) -> tuple[datetime, WatchId] | None:
        heap = self._heaps[account]
        while heap and self._waiting.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0] if heap else None
