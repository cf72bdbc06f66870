"""Lets a test or a soak in another process script this Slack over HTTP."""

from collections.abc import Callable
from typing import Any

from playground.slack.errors import Mistake
from playground.slack.faults import Delay, Drop, Fault, Faults, Garbage, Refuse, ServerError, Throttle, Unthread
from playground.slack.life import Life
from playground.slack.socket import SocketMode
from playground.slack.workspace import Json

REASONS = ("warning", "refresh_requested", "link_disabled", "too_many_websockets")
LONGEST_DELAY = 300


class Scripting:
    """Serves `/control/slack/…`: plan faults, and do to channels and connections what Slack does to them."""

    def __init__(self, faults: Faults, life: Life, socket: SocketMode) -> None:
        self._faults = faults
        self._life = life
        self._socket = socket

    async def plan(self, body: Json) -> Json:
        """Plan a fault: `{method, kind, times?, …}`; kind `none` forgets the script."""
        kind = body.get("kind")
        times = _number(body, "times", 1, 1, 100_000)
        if kind == "none":
            self._faults.clear()
        elif kind == "lost_ack":
            self._faults.lost_acks += times
        elif kind == "duplicate":
            self._faults.duplicates += times
        else:
            method = body.get("method")
            if not isinstance(method, str) or not method:
                raise Mistake("`method` must name a method of the Web API")
            self._faults.plan(method, _fault(body), times=times)
        return {"ok": True}

    async def happen(self, body: Json) -> Json:
        """Let something happen: `{what, channel?, to?, user?, reason?}`."""
        what, channel, to = body.get("what"), str(body.get("channel", "")), str(body.get("to", ""))
        user = str(body.get("user", ""))
        on_channel: dict[str, Callable[[], None]] = {
            "archive": lambda: self._life.archive(channel),
            "unarchive": lambda: self._life.unarchive(channel),
            "delete": lambda: self._life.delete(channel),
            "rename": lambda: self._life.rename(channel, to),
            "change_id": lambda: self._life.change_id(channel, to),
            "invite_bot": lambda: self._life.invite_bot(channel),
            "remove_bot": lambda: self._life.remove_bot(channel),
            "join": lambda: self._life.join(channel, user),
            "leave": lambda: self._life.leave(channel, user),
        }
        if what == "disconnect":
            reason = body.get("reason", "refresh_requested")
            if reason not in REASONS:
                raise Mistake(f"`reason` must be one of: {', '.join(REASONS)}")
            await self._socket.disconnect(reason)
        elif what == "sever":
            self._socket.sever()
        elif what == "uninstall":
            self._life.uninstall()
        elif what == "reinstall":
            self._life.reinstall()
        elif what in on_channel:
            if what in ("rename", "change_id") and not to:
                raise Mistake("`to` must be a text")
            try:
                on_channel[what]()
            except KeyError:
                raise Mistake("there is no such channel", status=404) from None
        else:
            known = ["disconnect", "sever", "uninstall", "reinstall", *on_channel]
            raise Mistake(f"`what` must be one of: {', '.join(known)}")
        return {"ok": True}


def _fault(body: Json) -> Fault:
    done = body.get("done", True) is True
    match body.get("kind"):
        case "refuse":
            code = body.get("code")
            if not isinstance(code, str) or not code:
                raise Mistake("`code` must be one of Slack's error codes")
            return Refuse(code=code, done=body.get("done", False) is True)
        case "throttle":
            return Throttle(
                retry_after=None if body.get("retry_after") == "missing" else _number(body, "retry_after", 1, 0, 3_600)
            )
        case "drop":
            return Drop(done=done)
        case "server_error":
            return ServerError(status=_number(body, "status", 503, 500, 599), done=done)
        case "garbage":
            return Garbage(done=done)
        case "delay":
            return Delay(seconds=_number(body, "seconds", 1, 0, LONGEST_DELAY))
        case "unthread":
            return Unthread()
    kinds = "none, lost_ack, duplicate, refuse, throttle, drop, server_error, garbage, delay, unthread"
    raise Mistake(f"`kind` must be one of: {kinds}")


def _number(body: Json, name: str, usual: int, low: int, high: int) -> int:
    value: Any = body.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Mistake(f"`{name}` must be a whole number from {low} to {high}")
    return value
