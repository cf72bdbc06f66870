"""Which watch is to be looked at next, account by account, and the claims."""

import heapq
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from bot.core.model import Watch, WatchId

LEASE = timedelta(minutes=10)
"""A claim that was not given back by then is void."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Entry(msgspec.Struct, order=True, gc=False):
    """A look whose second has come: smaller than a tuple, and no work for the garbage collector."""

    due: datetime
    watch_id: WatchId


class _Looks:
    """The looks of one account: names by their second, which are put in order when nothing is left before them.

    A hundred thousand names take a quarter of the memory that as many entries of a heap would.
    """

    def __init__(self, holds: Callable[[Entry], bool], due_at: Callable[[WatchId], datetime | None]) -> None:
        self._holds = holds
        self._due_at = due_at
        self._soon: list[Entry] = []
        """A heap of what is due up to the end of the last second that was opened."""
        self._opened = -math.inf
        self._later: dict[int, list[WatchId]] = {}
        self._seconds: list[int] = []
        """A heap of those in which anything is due later."""

    def put(self, due: datetime, watch_id: WatchId) -> None:
        """Add a look; one that no longer holds is dropped when it surfaces."""
        second = _second(due)
        if second <= self._opened:
            heapq.heappush(self._soon, Entry(due, watch_id))
        elif (names := self._later.get(second)) is not None:
            names.append(watch_id)
        else:
            self._later[second] = [watch_id]
            heapq.heappush(self._seconds, second)

    def first(self) -> Entry | None:
        """Return the first look that holds."""
        while True:
            while self._soon and not self._holds(self._soon[0]):
                heapq.heappop(self._soon)
            if self._soon:
                return self._soon[0]
            if not self._seconds:
                return None
            self._open(heapq.heappop(self._seconds))

    def take(self) -> None:
        """Take out what ``first`` returned."""
        heapq.heappop(self._soon)

    def _open(self, second: int) -> None:
        self._opened = second
        for watch_id in self._later.pop(second):
            due = self._due_at(watch_id)
            # It may be due at another time by now; then it stands there too.
            if due is not None and _second(due) == second:
                self._soon.append(Entry(due, watch_id))
        heapq.heapify(self._soon)


def _second(moment: datetime) -> int:
    """Return the second in which a moment lies, in half the time that ``timestamp`` takes."""
    since = moment - _EPOCH
    return since.days * 86_400 + since.seconds


class DueWatches:
    """The due times of open watches, and who has been handed out."""

    def __init__(self, watches: Mapping[WatchId, Watch]) -> None:
        self._watches = watches
        self._looks: dict[str, _Looks] = {}
        self._claims: dict[WatchId, datetime] = {}
        """Claimed watches with the end of their lease, in the order in which they were claimed."""
        self._counts: Counter[str] = Counter()
        """Open watches of each account."""

    def fill(self, watches: Iterable[Watch]) -> None:
        """Take note of very many watches, where there were none."""
        put: dict[str, Callable[[datetime, WatchId], None]] = {}
        accounts: list[str] = []
        for watch in watches:
            account, due = watch.account, watch.due_at
            if due is not None:
                accounts.append(account)
                (put.get(account) or put.setdefault(account, self._looks_of(account).put))(due, watch.id)
        self._counts.update(accounts)

    def put(self, watch_id: WatchId, watch: Watch | None, before: Watch | None) -> None:
        """Take note of what a watch is (None: deleted) and was (None: new); a claim stays until it closes."""
        was_due = None if before is None else before.due_at
        if before is not None and was_due is not None:
            self._counts[before.account] -= 1
        if watch is None or watch.due_at is None:
            self._claims.pop(watch_id, None)
            return
        self._counts[watch.account] += 1
        # One that is due as before stands there already.
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
        accounts = [account for account in self._looks if account not in skip] if only is None else [only]
        tops = [(top.due, top.watch_id, account) for account in accounts if (top := self._top(account))]
        heapq.heapify(tops)
        while tops and len(claimed) < limit and tops[0][0] <= due_by:
            _, watch_id, account = tops[0]
            self._looks[account].take()
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
        return min((top.due for account in self._looks if (top := self._top(account))), default=None)

    def _end_leases(self, now: datetime) -> None:
        while self._claims:
            watch_id, end = next(iter(self._claims.items()))
            if end > now:
                return
            self.release(watch_id)

    def _queue(self, watch_id: WatchId) -> None:
        watch = self._watches[watch_id]
        if watch.due_at is not None:
            self._looks_of(watch.account).put(watch.due_at, watch_id)

    def _looks_of(self, account: str) -> _Looks:
        looks = self._looks.get(account)
        if looks is None:
            looks = self._looks[account] = _Looks(self._holds, self._due_at)
        return looks

    def _top(self, account: str) -> Entry | None:
        looks = self._looks.get(account)
        return None if looks is None else looks.first()

    def _holds(self, entry: Entry) -> bool:
        return entry.watch_id not in self._claims and self._due_at(entry.watch_id) == entry.due

    def _due_at(self, watch_id: WatchId) -> datetime | None:
        watch = self._watches.get(watch_id)
        return None if watch is None else watch.due_at
