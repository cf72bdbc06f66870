"""Which watch is to be looked at next: a heap for each account, and the claims."""

import heapq
from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from bot.core.model import Watch, WatchId

LEASE = timedelta(minutes=10)
"""A claim that was not given back by then is void."""


class DueWatches:
    """The due times of open watches. Heaps keep entries that no longer hold; these are dropped when they surface."""

    def __init__(self) -> None:
        self._heaps: dict[str, list[tuple[datetime, WatchId]]] = {}
        self._claims: dict[WatchId, datetime] = {}
        """Claimed watches with the end of their lease, in the order in which they were claimed."""
        self._due: dict[WatchId, tuple[str, datetime]] = {}
        """Account and due time of every open watch."""
        self._counts: Counter[str] = Counter()
        """Open watches of each account."""

    def put(self, watch: Watch) -> None:
        """Take note of a new or changed watch; a claim stays."""
        if watch.due_at is None:
            self.drop(watch.id)
            return
        before = self._due.get(watch.id)
        if before is None:
            self._counts[watch.account] += 1
        self._due[watch.id] = (watch.account, watch.due_at)
        # One that is due as before stands in its heap already.
        if watch.id not in self._claims and (before is None or before[1] != watch.due_at):
            self._queue(watch.id)

    def drop(self, watch_id: WatchId) -> None:
        """Forget a watch."""
        if watch_id in self._due:
            self._counts[self._due.pop(watch_id)[0]] -= 1
        self._claims.pop(watch_id, None)

    def release(self, watch_id: WatchId) -> None:
        """End a claim."""
        if self._claims.pop(watch_id, None) is not None:
            # Its entry was taken out by the claim.
            self._queue(watch_id)

    def count(self, account: str) -> int:
        """Return how many open watches an account has."""
        return self._counts[account]

    def claim(
        self, now: datetime, limit: int, skip: Collection[str], only: str | None, due_by: datetime
    ) -> list[WatchId]:
        """Claim watches that are due by then, longest due first: of one account, or of all that are not in *skip*."""
        self._end_leases(now)
        claimed: list[WatchId] = []
        accounts = [account for account in self._heaps if account not in skip] if only is None else [only]
        tops = [(*top, account) for account in accounts if (top := self._top(account))]
        heapq.heapify(tops)
        while tops and len(claimed) < limit and tops[0][0] <= due_by:
            _, watch_id, account = tops[0]
            heapq.heappop(self._heaps[account])
            self._claims[watch_id] = now + LEASE
            claimed.append(watch_id)
            top = self._top(account)
            if top:
                heapq.heapreplace(tops, (*top, account))
            else:
                heapq.heappop(tops)
        return claimed

    def any(self, now: datetime) -> bool:
        """Whether any watch may be claimed."""
        self._end_leases(now)
        due = self.next()
        return due is not None and due <= now

    def next(self) -> datetime | None:
        """Return when the next unclaimed watch is due."""
        return min((top[0] for account in self._heaps if (top := self._top(account))), default=None)

    def _end_leases(self, now: datetime) -> None:
        while self._claims:
            watch_id, end = next(iter(self._claims.items()))
            if end > now:
                return
            self.release(watch_id)

    def _queue(self, watch_id: WatchId) -> None:
        account, due = self._due[watch_id]
        heapq.heappush(self._heaps.setdefault(account, []), (due, watch_id))

    def _top(self, account: str) -> tuple[datetime, WatchId] | None:
        heap = self._heaps.get(account, [])
        while heap and not self._holds(*heap[0]):
            heapq.heappop(heap)
        return heap[0] if heap else None

    def _holds(self, due: datetime, watch_id: WatchId) -> bool:
        found = self._due.get(watch_id)
        return found is not None and found[1] == due and watch_id not in self._claims
