"""Brings what people do and what happens to the app: events, commands and interactions."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from playground.live import LiveHub
from playground.slack import names
from playground.slack.transport import Attempt, Delivery, Kind, Outcome, Tasks, Transport
from playground.slack.workspace import Channel, Json, Workspace

# A playground may run for days; what is older is of no use to anybody.
KEPT = 20_000


class Dispatcher:
    """Builds the envelopes' common fields and delivers, again where Slack delivers again."""

    def __init__(
        self,
        workspace: Workspace,
        transport: Callable[[], Transport],
        hub: LiveHub,
        now: Callable[[], float],
        retry_delays: tuple[float, ...],
        subscribed: set[str],
    ) -> None:
        self._workspace = workspace
        self._transport = transport
        self._hub = hub
        self._now = now
        self._retry_delays = retry_delays
        self.subscribed = subscribed
        self.tasks = Tasks()
        self.deliveries: deque[Delivery] = deque(maxlen=KEPT)

    def emit(self, event: Json, name: str | None = None) -> None:
        """Deliver *event* if the app subscribed to it under *name* (its type when None)."""
        if (name or event["type"]) not in self.subscribed:
            return
        stamp = self._workspace.timestamp()
        wrapped: Json = {
            "token": names.VERIFICATION_TOKEN,
            "team_id": names.TEAM,
            "api_app_id": names.APP,
            "event": {"event_ts": stamp} | event,
            "type": "event_callback",
            "event_id": self._workspace.serial("Ev0PLAY"),
            "event_time": int(float(stamp)),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": names.TEAM,
                    "user_id": names.BOT_USER,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": "4-playground",
        }
        self.tasks.spawn(self._deliver_event(wrapped))

    async def once(self, kind: Kind, payload: Json) -> Outcome:
        """Deliver a command or an interaction: Slack never repeats these."""
        return await self._attempt(kind, payload, Attempt())

    async def _deliver_event(self, payload: Json) -> None:
        outcome = await self._attempt(Kind.EVENT, payload, Attempt())
        for number, delay in enumerate(self._retry_delays, start=1):
            if outcome.acked or outcome.final:
                return
            await asyncio.sleep(delay)
            outcome = await self._attempt(Kind.EVENT, payload, Attempt(number=number, reason=outcome.reason))

    async def _attempt(self, kind: Kind, payload: Json, attempt: Attempt) -> Outcome:
        outcome = await self._transport().deliver(kind, payload, attempt)
        self.deliveries.append(Delivery(kind=kind, payload=payload, attempt=attempt, outcome=outcome))
        self._hub.touch()
        return outcome

    def interaction(self, kind: str, user: str, **more: Any) -> Json:
        """Return the fields that every interaction payload has."""
        person = self._workspace.users[user]
        return {
            "type": kind,
            "user": {"id": user, "username": person.name, "name": person.name, "team_id": names.TEAM},
            "api_app_id": names.APP,
            "token": names.VERIFICATION_TOKEN,
            "team": {"id": names.TEAM, "domain": names.TEAM_DOMAIN},
            "enterprise": None,
            "is_enterprise_install": False,
            **more,
        }


def command_payload(workspace: Workspace, channel: Channel, user: str, command: str, text: str) -> Json:
    """Return the fields of a slash command but for its trigger and its response URL."""
    name = "directmessage" if channel.person else "privategroup" if channel.is_private else channel.name
    return {
        "token": names.VERIFICATION_TOKEN,
        "team_id": names.TEAM,
        "team_domain": names.TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": name,
        "user_id": user,
        "user_name": workspace.users[user].name,
        "command": command,
        "text": text,
        "api_app_id": names.APP,
        "is_enterprise_install": "false",
    }
