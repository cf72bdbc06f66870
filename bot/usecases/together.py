"""What replicas do together: jobs that only one may do, budgets that all share, and not too many connections."""

from collections.abc import Awaitable, Callable

import structlog

from bot.core.wording import operators as wording
from bot.ports import Crew, StoreError, Tally
from bot.usecases.operators import Operators
from bot.usecases.pacing import Budgets, OwnBudgets, SharedBudgets

_log = structlog.get_logger(__name__)

MOST_CONNECTIONS = 10
"""Socket Mode connections that Slack takes for one app (docs.slack.dev/apis/events-api/using-socket-mode)."""
SEEN_EVERY = 20.0
"""Seconds after which a replica says again that it lives."""
_SURE_AFTER = 4
"""Looks in a row that found too many: the dead are counted for a minute."""
_KEY = "connections"

Tick = Callable[[], Awaitable[None]]


class Together:
    """The view of one replica. Where there are no others (*crew* is None) everything is its own."""

    def __init__(self, *, crew: Crew | None, tally: Tally | None, operators: Operators, sockets: int) -> None:
        self._crew = crew
        self._operators = operators
        self._sockets = sockets
        self._too_many = 0
        self.budgets: Budgets = SharedBudgets(tally) if tally is not None else OwnBudgets()

    def by_one(self, job: str, seconds: float, tick: Tick) -> Tick:
        """Return *tick* as one that only one replica runs; another takes over so many seconds after its last run."""
        crew = self._crew
        if crew is None:
            return tick

        async def run() -> None:
            if await crew.lead(job, seconds):
                await tick()

        return run

    async def tick(self) -> None:
        """Say that this replica lives, and tell the operators where all together want too much of Slack."""
        if self._crew is None:
            return
        try:
            others = await self._crew.join(self._sockets)
        except StoreError as error:
            _log.warning("other replicas are not seen now", error=str(error))
            return
        wanted = others + self._sockets
        if self._sockets == 0 or wanted <= MOST_CONNECTIONS:
            if self._too_many >= _SURE_AFTER:
                await self._operators.ended(_KEY, wording.connections_suffice())
            self._too_many = 0
            return
        self._too_many += 1
        if self._too_many == _SURE_AFTER:
            await self._operators.tell(_KEY, wording.too_many_connections(wanted, MOST_CONNECTIONS, self._sockets))
