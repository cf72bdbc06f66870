"""What Slack tells about channels, their members and the installation, and what that means for subscriptions.

Every event that the manifest asks for has its listener here, in ``home`` or in ``mentions``: one without would be
delivered again for ever.
"""

import asyncio
from typing import Any, TypeAlias

import structlog
from slack_bolt.async_app import AsyncApp

from bot.core.model import PauseReason
from bot.ports import StoreError
from bot.slack import payloads
from bot.usecases.pauses import Pauses
from bot.usecases.requests import Requests

_log = structlog.get_logger(__name__)

Event: TypeAlias = dict[str, Any]

CLOSING = {
    "channel_archive": PauseReason.ARCHIVED,
    "group_archive": PauseReason.ARCHIVED,
    "channel_deleted": PauseReason.DELETED,
    "group_deleted": PauseReason.DELETED,
    "channel_left": PauseReason.REMOVED,
    "group_left": PauseReason.REMOVED,
}
OPENING = ("channel_unarchive", "group_unarchive")
OF_LIFE = frozenset(
    {
        *CLOSING,
        *OPENING,
        "member_joined_channel",
        "member_left_channel",
        "channel_id_changed",
        "app_uninstalled",
        "tokens_revoked",
    }
)
"""What is listened to here."""


class Events:
    """Registers the listeners for events, and keeps count of those that are running."""

    def __init__(self, pauses: Pauses, requests: Requests) -> None:
        self._pauses = pauses
        self._requests = requests
        self._me: str | None = None
        self._running: set[asyncio.Task[Any]] = set()

    def register(self, app: AsyncApp, *, me: str | None) -> None:
        """Let *app* hand us the events. *me* is the bot's own user id."""
        self._me = me
        for name in OF_LIFE:
            app.event(name)(self._heard)

    async def drain(self, patience: float) -> None:
        """Let what is running end, so many seconds at most."""
        # Bolt acknowledges an event before its listener runs, which makes itself known in its first step.
        await asyncio.sleep(0)
        if self._running:
            await asyncio.wait(set(self._running), timeout=patience)

    async def _heard(self, event: Event) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        name = str(event.get("type"))
        try:
            await self._take(name, event)
        except StoreError as error:
            # Nothing is lost: a post that is refused will say the same, and a look now and then the opposite.
            _log.error("an event could not be written down", slack_event=name, error=str(error))

    async def _take(self, name: str, event: Event) -> None:
        match name:
            case _ if name in CLOSING:
                await self._pauses.channel_closed(_channel(event), CLOSING[name])
            case _ if name in OPENING:
                await self._pauses.channel_open(_channel(event))
            case "member_joined_channel":
                await self._joined(event)
            case "member_left_channel":
                await self._left(event)
            case "channel_id_changed":
                await self._moved(event)
            case "app_uninstalled":
                await self._pauses.workspace_closed(PauseReason.UNINSTALLED)
            case "tokens_revoked":
                await self._revoked(event)

    async def _joined(self, event: Event) -> None:
        user = payloads.user(event.get("user"))
        if user is not None and user == self._me:
            await self._pauses.channel_open(_channel(event))
        elif user is not None:
            await self._requests.member_joined(_channel(event), user)

    async def _left(self, event: Event) -> None:
        user = payloads.user(event.get("user"))
        if user is not None and user == self._me:
            await self._pauses.channel_closed(_channel(event), PauseReason.REMOVED)
        elif user is not None:
            await self._requests.member_left(_channel(event), user)

    async def _moved(self, event: Event) -> None:
        old, new = event.get("old_channel_id"), event.get("new_channel_id")
        if isinstance(old, str) and isinstance(new, str) and old != new:
            await self._pauses.channel_moved(old, new)

    async def _revoked(self, event: Event) -> None:
        tokens = event.get("tokens")
        if isinstance(tokens, dict) and tokens.get("bot"):
            await self._pauses.workspace_closed(PauseReason.TOKEN, "token_revoked")


def _channel(event: Event) -> str:
    channel = event.get("channel")
    return channel if isinstance(channel, str) else ""
