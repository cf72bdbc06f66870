"""Accounts whose credentials are refused: the operators hear of each once, and once when it works again."""

from collections import defaultdict
from datetime import datetime, timedelta

from bot.core.model import TroubleKind, Watch, WatchId
from bot.core.wording import operators as wording
from bot.usecases.operators import Operators
from providers.base import AccessDenied, Reading, TaskSnapshot


class RefusedAccounts:
    """Sums up what the tasks of an account tell of its credentials: one may be refused while others are shown."""

    def __init__(self, operators: Operators, *, longest_look: timedelta) -> None:
        """*longest_look*: within that time every task was looked at."""
        self._operators = operators
        self._longest_look = longest_look
        self._refused_at: dict[str, dict[WatchId, datetime]] = defaultdict(dict)
        self._work: set[str] = set()
        """Accounts of which the operators need to hear nothing."""
        self._began: datetime | None = None

    async def note(self, before: Watch, after: Watch, reading: Reading, now: datetime) -> None:
        """Tell the operators what the reading of a task means for its account."""
        self._began = self._began or now
        match reading:
            case AccessDenied() if after.trouble is not None and after.trouble.told:
                self._work.discard(after.account)
                self._refused_at[after.account][after.id] = now
                # At each look, for a stop may have come between; what was told is not told again.
                said = wording.account_refused(after.account, after.trouble.since, after.trouble.reason)
                await self._operators.tell(_key(after), said)
            case TaskSnapshot() if after.account not in self._work:
                self._refused_at[after.account].pop(after.id, None)
                if self._works(before, now, self._began):
                    self._work.add(after.account)
                    await self._operators.ended(_key(after), wording.account_works(after.account))

    def _works(self, before: Watch, now: datetime, began: datetime) -> bool:
        """Tell whether no task is refused, as far as that is known; a start knows it when all were looked at once."""
        if any(now - at < self._longest_look for at in self._refused_at[before.account].values()):
            return False
        trouble = before.trouble
        mended = trouble is not None and trouble.told and trouble.kind is TroubleKind.DENIED
        return mended or now - began >= self._longest_look


def _key(watch: Watch) -> str:
    return f"refused/{watch.account}"
