"""The audit: every change that somebody made, and what they were refused."""

import secrets
from datetime import datetime, timedelta

import structlog

from bot.core.model import AuditEntry, Deed, Tried, Watch
from bot.ports import Clock, Store, StoreError
from bot.usecases.asker import Asker

_log = structlog.get_logger(__name__)

REFUSED_EVERY = timedelta(minutes=1)
"""Who tries again and again is written down so often, per person and thing."""
REFUSED_MOST = 10
"""Whoever tries one thing after the other is written down so often in that time; it tells what they are about."""
_DETAIL = 500


class Audit:
    """Makes the entries. The store writes each with the change that it tells of."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._latest: datetime | None = None
        self._refused: dict[tuple[str, str], datetime] = {}

    def entry(self, asker: Asker, deed: Deed, *, channel: str, task: str = "", detail: str = "") -> AuditEntry:
        """Return the entry of a change. Its id is later than that of every entry made before."""
        now = self._clock.now()
        # Of two in one instant, or around a clock that was set back, the second must not sort before the first.
        at = now if self._latest is None else max(now, self._latest + timedelta(microseconds=1))
        self._latest = at
        return AuditEntry(
            id=f"{entry_time(at)}-{secrets.token_hex(4)}",
            at=now,
            who=asker.user,
            channel=channel,
            deed=deed,
            task=task,
            detail=detail[:_DETAIL],
        )

    async def refused(self, asker: Asker, tried: Tried, *, about: str, channel: str, task: str = "") -> None:
        """Write down that somebody tried what is not theirs to do. *about*: the id of the thing."""
        now = self._clock.now()
        self._refused = {key: at for key, at in self._refused.items() if timedelta(0) <= now - at < REFUSED_EVERY}
        theirs = [of for user, of in self._refused if user == asker.user]
        if about in theirs or len(theirs) >= REFUSED_MOST:
            return
        self._refused[asker.user, about] = now
        _log.info("refused", user=asker.user, channel=channel, tried=tried.value, task=task)
        await self.note(asker, Deed.REFUSED, channel=channel, task=task, detail=tried)

    async def note(self, asker: Asker, deed: Deed, *, channel: str, task: str = "", detail: str = "") -> None:
        """Write down what no change of the store carries; where that cannot be, the log has it."""
        try:
            await self._store.note(self.entry(asker, deed, channel=channel, task=task, detail=detail))
        except StoreError as error:
            _log.error("the audit could not be written", user=asker.user, deed=deed, detail=detail, error=str(error))


def entry_time(at: datetime) -> str:
    """Return how the id of an entry of that time begins."""
    return f"{at:%Y%m%dT%H%M%S.%f}"


def task_of(watch: Watch) -> str:
    """Return how an entry names a task."""
    return f"{watch.account} {watch.key}"
