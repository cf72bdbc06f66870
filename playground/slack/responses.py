"""response_url: five answers within half an hour (docs.slack.dev/interactivity/handling-user-interaction)."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from playground.slack.arguments import Arguments
from playground.slack.chat import Chat
from playground.slack.content import cut_text, needs_something, read_content
from playground.slack.errors import Refusal
from playground.slack.workspace import Channel, Json, Workspace

USES = 5
SECONDS = 1_800


@dataclass(slots=True, kw_only=True)
class _Address:
    channel: Channel
    user: str
    until: float
    message_ts: str | None
    """The message that was acted on; None for a slash command."""
    uses: int = 0


class Responses:
    """Hands out response URLs and takes what the app posts to them."""

    def __init__(self, workspace: Workspace, chat: Chat, url: Callable[[], str], now: Callable[[], float]) -> None:
        self._workspace = workspace
        self._chat = chat
        self._url = url
        self._now = now
        self._addresses: dict[str, _Address] = {}

    def issue(self, channel: Channel, user: str, message_ts: str | None = None) -> str:
        """Return a new response URL."""
        self._addresses = {name: one for name, one in self._addresses.items() if self._now() <= one.until}
        token = secrets.token_urlsafe(24)
        until = self._now() + SECONDS
        self._addresses[token] = _Address(channel=channel, user=user, until=until, message_ts=message_ts)
        return f"{self._url()}/response/{token}"

    async def take(self, request: web.Request) -> web.Response:
        """Serve one post of the app."""
        try:
            body = json.loads(await request.text())
        except (ValueError, LookupError, RecursionError):
            return web.Response(status=400, text="invalid_payload")
        address = self._addresses.get(request.match_info["token"])
        if address is None or self._now() > address.until:
            return web.json_response({"ok": False, "error": "expired_url"}, status=404)
        if address.uses >= USES:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        if not isinstance(body, dict):
            return web.Response(status=400, text="invalid_payload")
        try:
            self._act(address, body)
        except Refusal as refusal:
            return web.json_response(refusal.body, status=400)
        address.uses += 1
        return web.Response(text="ok")

    def answer(self, channel: Channel, user: str, body: Json) -> None:
        """Show an immediate answer, which came with the acknowledgement."""
        self._act(_Address(channel=channel, user=user, until=0, message_ts=None), body)

    def _act(self, address: _Address, body: Json) -> None:
        if body.get("delete_original"):
            self._delete(address)
            return
        content = read_content(Arguments(body))
        needs_something(content)
        cut_text(content)
        if body.get("replace_original") and address.message_ts is not None:
            self._replace(address, content)
        elif body.get("response_type") == "in_channel":
            message = self._chat.author() | {"text": ""} | content
            parent = address.channel.messages.get(str(body.get("thread_ts")))
            if parent is not None:
                message |= {"thread_ts": parent.get("thread_ts", parent["ts"])}
            self._workspace.add(address.channel, message)
        else:
            self._workspace.whisper(address.channel, address.user, content | {"thread_ts": self._thread(address, body)})

    def _thread(self, address: _Address, body: Json) -> str | None:
        """The thread of a private answer: the one that is asked for, else that of the message that was acted on."""
        named = address.channel.messages.get(str(body.get("thread_ts")))
        if named is not None:
            return str(named.get("thread_ts", named["ts"]))
        acted_on = address.channel.messages.get(address.message_ts or "") or self._ephemeral(address) or {}
        thread = acted_on.get("thread_ts")
        return None if thread == acted_on.get("ts") else thread

    def _replace(self, address: _Address, content: Json) -> None:
        if (message := address.channel.messages.get(address.message_ts or "")) is not None:
            self._workspace.change(address.channel, _without_content(message) | {"text": ""} | content)
        elif (ephemeral := self._ephemeral(address)) is not None:
            self._workspace.change_whisper(ephemeral | {"text": "", "blocks": None} | content)

    def _delete(self, address: _Address) -> None:
        if address.message_ts in address.channel.messages:
            self._workspace.remove(address.channel, address.message_ts)
        elif (ephemeral := self._ephemeral(address)) is not None:
            self._workspace.remove_whisper(ephemeral)

    def _ephemeral(self, address: _Address) -> Json | None:
        mine = (one for one in self._workspace.ephemerals.values() if one["user"] == address.user)
        return next((one for one in mine if one["ts"] == address.message_ts), None)


def _without_content(message: Json) -> Json:
    return {key: value for key, value in message.items() if key not in ("text", "blocks", "attachments")}
