"""What can be wrong with a simulated cloud, for how long, and for how many calls."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """Bad days by name. The first seven are offered on the page; the rest are for tests."""

    NONE = "none"
    DOWN = "down"
    THROTTLED = "throttled"
    EXPIRED = "expired"
    NONSENSE = "nonsense"
    SLOW = "slow"
    DENIED = "denied"
    DROPPED = "dropped"
    """The connection breaks in the middle of the answer."""
    HUGE = "huge"
    """An answer without a sensible end."""
    REDIRECT = "redirect"
    VANISHED = "vanished"
    """The cloud knows none of its tasks."""
    BATCH_REFUSED = "batch-refused"
    """DRS: one unknown id spoils the whole request."""
    SILENT = "silent"
    """DRS: ids that it does not know are left out of the answer."""


class Refused(ValueError):
    """What was asked of the playground cannot be done; the message says why in one sentence."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault of one cloud."""

    kind: FaultKind = FaultKind.NONE
    until: float = math.inf
    times: int | None = None
    """Calls left that it spoils; None is all of them."""
    how: str = ""
    """A variant: ``status`` or ``closed`` (down), ``gateway`` (throttled), ``html``, ``truncated`` or ``types``
    (nonsense), ``gzip`` (huge); empty takes turns, or the vendor's own form."""
    delay: float = 5.0
    """Seconds, for a slow answer."""
    retry_after: int = 5
    """Seconds, said with a throttled answer where the form has a place for it."""
    size: int = 64 * 1024 * 1024
    """Bytes of a huge answer after decompression."""
    location: str = "/"
    """Where a redirect points."""
    turn: int = 0
    """Calls spoiled so far; what takes turns reads it."""


HOWS: dict[FaultKind, frozenset[str]] = {
    FaultKind.DOWN: frozenset({"status", "closed"}),
    FaultKind.THROTTLED: frozenset({"gateway"}),
    FaultKind.NONSENSE: frozenset({"html", "truncated", "types"}),
    FaultKind.HUGE: frozenset({"gzip"}),
}

CALM = Fault()


class Faults:
    """The current fault of each cloud. A fault ends by its time, by its number of calls, or by hand."""

    def __init__(self, now: Callable[[], float], changed: Callable[[str], None]) -> None:
        self._now = now
        self._changed = changed
        self._faults: dict[str, Fault] = {}

    def current(self, provider: str) -> Fault:
        """Return the fault that the next call to *provider* meets."""
        fault = self._faults.get(provider, CALM)
        if fault is not CALM and (self._now() >= fault.until or fault.times == 0):
            self.clear(provider)
            return CALM
        return fault

    def take(self, provider: str) -> Fault:
        """Return the fault that this call meets, and count it."""
        fault = self.current(provider)
        if fault is not CALM:
            fault.turn += 1
            if fault.times is not None:
                fault.times -= 1
        return fault

    def put(self, provider: str, fault: Fault) -> None:
        """Give *provider* a fault in place of the one it has."""
        if fault.kind is FaultKind.NONE:
            self.clear(provider)
            return
        if fault.how and fault.how not in HOWS.get(fault.kind, frozenset()):
            raise Refused(f"The fault {fault.kind} has no variant {fault.how!r}.")
        self._faults[provider] = fault
        self._changed(provider)

    def clear(self, provider: str) -> None:
        """Let *provider* work again."""
        if self._faults.pop(provider, None) is not None:
            self._changed(provider)

    @property
    def any_timed(self) -> bool:
        """Whether a fault will end by itself when its time is over."""
        return any(math.isfinite(fault.until) for fault in self._faults.values())

    def expire(self) -> None:
        """End what is over now, so that watchers hear of it without a call."""
        for provider in tuple(self._faults):
            self.current(provider)
