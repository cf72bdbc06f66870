"""Slack delivers again what it did not see acknowledged: the second copy is acknowledged and ignored."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.response import BoltResponse

_log = structlog.get_logger(__name__)

REMEMBERED = 10_000
"""Ids that are kept. Slack repeats within minutes (docs.slack.dev/apis/events-api); this is many hours of a busy team.

They are in memory only: a copy that comes after a restart is harmless, because each thing that a payload can ask for
is the same when it is asked twice.
"""


class Duplicates:
    """A Bolt middleware that lets each payload through once."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._remembered = remembered

    async def __call__(self, body: dict[str, Any], next: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse:  # noqa: A002 - Bolt passes arguments by these names
        """Go on with what is new; acknowledge a copy."""
        key = body.get("event_id") or body.get("trigger_id")
        if not isinstance(key, str) or self._is_new(key):
            return await next()
        _log.info("Slack delivered a payload again; it was ignored", payload=str(body.get("type", "command")))
        return BoltResponse(status=200, body="")

    def _is_new(self, key: str) -> bool:
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > self._remembered:
            self._seen.popitem(last=False)
        return True
