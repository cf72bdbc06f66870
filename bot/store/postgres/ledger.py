"""What this replica claimed and holds, and until when it may rely on that.

A lease in the database ends after a while (``LEASE``) unless it is renewed, by the clocks of whoever asks. Here a
claim is trusted for less, by a clock that nobody can set: so whoever slept too long finds out before anybody is hurt.
"""

import secrets
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.model import Delivery, DeliveryId, WatchId
from bot.store.due import LEASE as LONGEST

__all__ = ["LEASE", "LONGEST", "Ledger"]

LEASE = timedelta(seconds=90)
"""How long what a replica has taken stays with it after it was last heard of, where nothing else is configured."""
_TRUSTED = 2 / 3
"""For which part of a lease a replica relies on it; the rest is for clocks that differ, and for the call itself."""
_RENEWED = 2 / 9
"""After which part of a lease it is renewed: two may be missed."""


def monotonic() -> float:
    """Return seconds that also pass while the machine sleeps, where the system can tell."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


@dataclass(slots=True)
class _Claim:
    token: str
    ends: datetime
    """When it is void, however often it was renewed: its poll was lost."""
    renewed: float


@dataclass(slots=True)
class _Hold:
    attempts: int
    ends: datetime | None
    """Likewise, of a look-up; one that is being sent has no such end."""
    renewed: float


class Ledger:
    """Claims of watches and holds of deliveries, as far as this replica knows."""

    def __init__(self, seconds: Callable[[], float] = monotonic, *, lease: timedelta = LEASE) -> None:
        self.lease = lease
        self.replica = secrets.token_hex(8)
        self.seconds = seconds
        self._claims: dict[WatchId, _Claim] = {}
        self._holds: dict[DeliveryId, _Hold] = {}
        self._lost_claims: dict[WatchId, float] = {}
        self._lost_holds: dict[DeliveryId, float] = {}
        self._number = 0
        self._claiming: set[str] = set()
        self._taking: set[DeliveryId] = set()
        self.strays = False
        """Whether something may be claimed or held in this replica's name that is not known here."""

    @property
    def trusted(self) -> float:
        """The seconds for which a lease is relied on."""
        return self.lease.total_seconds() * _TRUSTED

    @property
    def renewed_every(self) -> float:
        """The seconds after which leases are renewed."""
        return self.lease.total_seconds() * _RENEWED

    # Claims

    def next_token(self) -> str:
        """Return the name of a claim that is about to be made."""
        self._number += 1
        return f"{self.replica}/{self._number}"

    @contextmanager
    def claiming(self) -> Iterator[str]:
        """Name a claim that is about to be made; until its answer is here, what it claims is no stray."""
        token = self.next_token()
        self._claiming.add(token)
        try:
            yield token
        finally:
            self._claiming.discard(token)

    def claimed(self, watches: Collection[WatchId], token: str, now: datetime, since: float) -> None:
        """These were claimed, by a statement that was sent at *since*."""
        for each in watches:
            self._claims[each] = _Claim(token, now + LONGEST, since)
            self._lost_claims.pop(each, None)

    def claim_over(self, watch_id: WatchId) -> None:
        """A claim was given back."""
        self._claims.pop(watch_id, None)

    def still_claims(self, watch_id: WatchId, stored: str | None) -> bool:
        """Whether a watch whose claim is *stored* may be written by whoever read it here."""
        if watch_id in self._lost_claims:
            return False
        claim = self._claims.get(watch_id)
        if claim is None or stored == claim.token:
            return True
        if stored is None and self.may_be_free(watch_id):
            # Written by one who had not claimed it.
            return True
        # Taken over, and perhaps given back since: what was read here is old.
        del self._claims[watch_id]
        self._lost_claims[watch_id] = self.seconds()
        return False

    def token_of(self, watch_id: WatchId) -> str | None:
        """Return the name of the claim of a watch, if it was claimed here."""
        claim = self._claims.get(watch_id)
        return None if claim is None else claim.token

    def may_be_free(self, watch_id: WatchId) -> bool:
        """Whether nobody can have taken over a claim and given it back since."""
        claim = self._claims.get(watch_id)
        return claim is not None and self.seconds() - claim.renewed < self.lease.total_seconds()

    def has_lost(self, watch_id: WatchId) -> bool:
        """Whether another is known to have taken over a claim."""
        return watch_id in self._lost_claims

    def may_postpone(self, watch_id: WatchId, stored: str | None) -> bool:
        """Whether a watch whose claim is *stored* is claimed here, or by nobody."""
        return (stored is None or watch_id in self._claims) and self.still_claims(watch_id, stored)

    def claims_beyond(self, now: datetime) -> list[WatchId]:
        """Return the claims that hold, whatever their leases in the database say."""
        return [each for each, claim in self._claims.items() if claim.ends > now]

    def claims_to_renew(self, now: datetime) -> list[tuple[WatchId, str]]:
        """Return what is claimed, with its tokens; what ended is forgotten."""
        self._claims = {each: claim for each, claim in self._claims.items() if claim.ends > now}
        return [(each, claim.token) for each, claim in self._claims.items()]

    def tokens(self) -> list[str]:
        """Return the names of the claims that are known here, or are being made."""
        return [*self._claiming, *(claim.token for claim in self._claims.values())]

    def claims_seen(self, asked: Collection[WatchId], seen: Mapping[WatchId, str | None], since: float) -> None:
        """Of those *asked* for, the database tells by whom they are claimed now; what is ours is renewed."""
        for each in asked:
            claim = self._claims.get(each)
            if claim is None or claim.renewed > since:
                continue
            stored = seen.get(each)
            if stored == claim.token:
                claim.renewed = since
            else:
                self.still_claims(each, stored)

    # Deliveries

    @contextmanager
    def taking(self, deliveries: Collection[DeliveryId]) -> Iterator[None]:
        """These are about to be taken; until that is answered they are no strays."""
        self._taking.update(deliveries)
        try:
            yield
        finally:
            self._taking.difference_update(deliveries)

    def holds(self, row: Delivery, since: float, *, ends: datetime | None = None) -> None:
        """A delivery was taken, by a statement that was sent at *since*."""
        self._holds[row.id] = _Hold(row.attempts, ends, since)
        self._lost_holds.pop(row.id, None)

    def hold_over(self, delivery_id: DeliveryId) -> None:
        """A delivery was marked, or went back."""
        self._holds.pop(delivery_id, None)

    def may_post(self, row: Delivery) -> bool:
        """Whether a delivery that was taken here is surely nobody else's yet."""
        hold = self._holds.get(row.id)
        return hold is not None and hold.attempts == row.attempts and self._trusts(hold.renewed)

    def may_mark(self, delivery_id: DeliveryId, holder: str | None) -> bool:
        """Whether a delivery that *holder* holds in the database may be marked from here."""
        if holder is not None:
            return holder == self.replica
        hold = self._holds.get(delivery_id)
        # Held by nobody: a rule took it back, which the mark may answer; or a lease ended, which it may not.
        return delivery_id not in self._lost_holds and (hold is None or self._trusts(hold.renewed))

    def held(self, now: datetime) -> list[DeliveryId]:
        """Return what is held, whatever the leases in the database say; look-ups that lasted too long are not."""
        self._holds = {each: hold for each, hold in self._holds.items() if hold.ends is None or hold.ends > now}
        return list(self._holds)

    def all_held(self) -> list[DeliveryId]:
        """Return all that is held, or is being taken."""
        return [*self._taking, *self._holds]

    def holds_seen(self, asked: Collection[DeliveryId], seen: Mapping[DeliveryId, str | None], since: float) -> None:
        """Of those *asked* for, the database tells who holds them now; what is ours is renewed."""
        for each in asked:
            hold = self._holds.get(each)
            if hold is None or hold.renewed > since:
                continue
            holder = seen.get(each)
            if holder == self.replica:
                hold.renewed = since
            elif each not in seen or holder is not None or not self._trusts(hold.renewed):
                del self._holds[each]
                self._lost_holds[each] = since
            # Else a rule took it back while its call is under way, which is still told how that ended.

    def forget_losses(self, since: float) -> None:
        """Forget what was lost so long ago that nobody works on it any more."""
        old = since - LONGEST.total_seconds()
        self._lost_claims = {each: at for each, at in self._lost_claims.items() if at > old}
        self._lost_holds = {each: at for each, at in self._lost_holds.items() if at > old}

    def _trusts(self, renewed: float) -> bool:
        return self.seconds() - renewed < self.trusted
