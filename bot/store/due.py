"""Which watch is to be looked at next: a heap for each account, and the claims."""

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from bot.core.model import Watch, WatchId

LEASE = timedelta(minutes=10)
"""A claim that was not given back by then is void."""


class Entry(msgspec.Struct, order=True, gc=False):
    """A look in a heap. There is one for each watch, and a tuple takes nearly twice as much memory."""

    due: datetime
    watch_id: WatchId


class DueWatches:
    """The due times of open watches. Heaps keep entries that no longer hold; these are dropped when they surface."""

    def __init__(self, watches: Mapping[WatchId, Watch]) -> None:
        self._watches = watches
        self._heaps: dict[str, list[Entry]] = {}
        self._claims: dict[WatchId, datetime] = {}
        """Claimed watches with the end of their lease, in the order in which they were claimed."""
        self._counts: Counter[str] = Counter()
        """Open watches of each account."""

    def fill(self, watches: Iterable[Watch]) -> None:
        """Take note of very many watches, where there were none."""
        heaps = self._heaps
        for watch in watches:
            if watch.due_at is not None:
                try:
                    heaps[watch.account].append(Entry(watch.due_at, watch.id))
                except KeyError:
                    heaps[watch.account] = [Entry(watch.due_at, watch.id)]
        for account, heap in heaps.items():
            self._counts[account] = len(heap)
            heapq.heapify(heap)

    def put(self, watch_id: WatchId, watch: Watch | None, before: Watch | None) -> None:
        """Take note of what a watch is (None: deleted) and was (None: new); a claim stays until it closes."""
        was_due = None if before is None else before.due_at
        if before is not None and was_due is not None:
            self._counts[before.account] -= 1
        if watch is None or watch.due_at is None:
            self._claims.pop(watch_id, None)
            return
        self._counts[watch.account] += 1
        # One that is due as before stands in its heap already.
        if watch_id not in self._claims and watch.due_at != was_due:
            self._queue(watch_id)

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
        tops = [(top.due, top.watch_id, account) for account in accounts if (top := self._top(account))]
        heapq.heapify(tops)
        while tops and len(claimed) < limit and tops[0][0] <= due_by:
            _, watch_id, account = tops[0]
            heapq.heappop(self._heaps[account])
            self._claims[watch_id] = now + LEASE
            claimed.append(watch_id)
            top = self._top(account)
            if top:
                heapq.heapreplace(tops, (top.due, top.watch_id, account))
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
        return min((top.due for account in self._heaps if (top := self._top(account))), default=None)

    def _end_leases(self, now: datetime) -> None:
        while self._claims:
            watch_id, end = next(iter(self._claims.items()))
            if end > now:
                return
            self.release(watch_id)

    def _queue(self, watch_id: WatchId) -> None:
        watch = self._watches[watch_id]
        if watch.due_at is not None:
            heapq.heappush(self._heaps.setdefault(watch.account, []), Entry(watch.due_at, watch_id))

    def _top(self, account: str) -> Entry | None:
        heap = self._heaps.get(account, [])
        while heap and not self._holds(heap[0]):
            heapq.heappop(heap)
        return heap[0] if heap else None

    def _holds(self, entry: Entry) -> bool:
        found = self._watches.get(entry.watch_id)
        return found is not None and found.due_at == entry.due and entry.watch_id not in self._claims
