"""The soak's hands and eyes in the playground: what it does goes over HTTP, what it sees comes over the live feed."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import aiohttp

ALICE = "U0ALICE"
UNREAD = "waiting for the first reading"
"""What is said of a task before anything is known of it."""
Json = dict[str, Any]


class Workspace:
    """The playground, from the outside."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self._feed: asyncio.Task[None] | None = None
        self.messages: dict[str, dict[str, Json]] = {}
        """The bot's messages by channel and ts: their delivery id and place."""
        self.private: dict[str, list[tuple[float, str]]] = {}
        """What the bot told Alice alone, and when, by channel; the latest."""
        self.connected = asyncio.Event()

    async def open(self) -> None:
        """Begin to look."""
        self._feed = asyncio.create_task(self._watch())
        await self.connected.wait()

    async def close(self) -> None:
        """Look away."""
        if self._feed is not None:
            self._feed.cancel()
            with suppress(asyncio.CancelledError, aiohttp.ClientError):
                await self._feed

    async def say(self, channel: str, text: str) -> None:
        """Let Alice type; in a closed channel she cannot."""
        await self.post("/control/say", {"user": ALICE, "channel": channel, "text": text})

    async def post(self, path: str, body: Mapping[str, Any], *, method: str = "POST") -> Json:
        """Ask for something to happen; a refusal is an answer like any other."""
        async with self._session.request(method, self._url + path, json=body) as answer:
            found: Json = await answer.json()
            return found

    async def fault(self, method: str, kind: str, **more: Any) -> None:
        """Let coming calls of Slack's Web API go wrong."""
        await self._do("/control/slack/faults", {"method": method, "kind": kind, **more})

    async def happen(self, what: str, **more: Any) -> None:
        """Let something happen in Slack."""
        await self._do("/control/slack/happen", {"what": what, **more})

    async def cloud(self, provider: str, fault: str, **more: Any) -> None:
        """Give a cloud a bad day."""
        await self._do(f"/control/clouds/{provider}", {"fault": fault, **more})

    async def start(self, provider: str, **options: Any) -> Json:
        """Start a task."""
        return await self._do(f"/control/clouds/{provider}/tasks", options)

    async def change(self, task: str, **changes: Any) -> Json:
        """Change a task."""
        return await self._do(f"/control/tasks/{task}", changes, method="PATCH")

    async def state(self) -> Json:
        """Return all that the page shows."""
        async with self._session.get(f"{self._url}/control/state", params={"user": ALICE}) as answer:
            found: Json = await answer.json()
            return found

    async def _do(self, path: str, body: Mapping[str, Any], *, method: str = "POST") -> Json:
        found = await self.post(path, body, method=method)
        if "error" in found:
            raise RuntimeError(f"{path} {body}: {found['error']}")
        return found

    async def _watch(self) -> None:
        # The playground closes a feed that falls behind; whoever comes again reads what there is.
        while True:
            async with self._session.ws_connect(
                f"{self._url}/control/live", params={"user": ALICE}, max_msg_size=0
            ) as feed:
                for channel, messages in (await self.state())["messages"].items():
                    for message in messages:
                        self.note(channel, message)
                self.connected.set()
                async for message in feed:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        self._take(json.loads(message.data))

    def _take(self, event: Json) -> None:
        if event["type"] in ("message", "message_changed"):
            self.note(event["channel"], event["message"])
        elif event["type"] == "ephemeral":
            shown = event["ephemeral"]
            told = self.private.setdefault(shown["channel"], [])
            told.append((float(shown["ts"]), str(shown.get("text", ""))))
            del told[:-50]

    def note(self, channel: str, message: Json) -> None:
        """Remember a message of the bot."""
        delivery = (message.get("metadata") or {}).get("event_payload", {}).get("delivery")
        if delivery:
            self.messages.setdefault(channel, {})[message["ts"]] = {
                "ts": message["ts"],
                "thread_ts": message.get("thread_ts"),
                "delivery": delivery,
                "text": message["text"],
                # Before the first reading there is no news.
                "read": UNREAD not in message["text"],
            }
