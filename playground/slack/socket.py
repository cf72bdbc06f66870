"""Socket Mode (docs.slack.dev/apis/events-api/using-socket-mode)."""

import asyncio
import json
import secrets
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import WSCloseCode, WSMsgType, web

from playground.slack import names
from playground.slack.faults import Faults
from playground.slack.transport import Attempt, Kind, Outcome
from playground.slack.workspace import Json

# Slack's limit of connections for one app.
MOST_CONNECTIONS = 10
# A client that does not say goodbye must not hold up the end of the playground.
GOODBYE_SECONDS = 0.5
LOST = Outcome(acked=False, reason="connection_failed")


@dataclass(slots=True, kw_only=True, eq=False)
class Connection:
    """One WebSocket of the app, and the envelopes on it that wait for their acknowledgement."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    waiting: dict[str, asyncio.Future[Outcome]] = field(default_factory=dict)
    leaving: bool = False
    """It was told to disconnect: Slack sends it nothing more."""


class SocketMode:
    """Hands each payload to one of the open connections, in turn."""

    def __init__(self, faults: Faults, ack_seconds: float, changed: Callable[[], None]) -> None:
        self._faults = faults
        self._ack_seconds = ack_seconds
        self._changed = changed
        self._tickets: set[str] = set()
        self._connections: list[Connection] = []
        self._turn = 0
        self.opened = 0
        """How many connections were ever made."""

    @property
    def connected(self) -> bool:
        """Say whether a connection takes payloads."""
        return bool(self._open())

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    @property
    def staying(self) -> int:
        """How many connections take payloads."""
        return len(self._open())

    def ticket(self) -> str:
        """Return the secret of a new link, which works once."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it closes."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404, text="this link was used or never given out")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(timeout=GOODBYE_SECONDS)
        await socket.prepare(request)
        connection = Connection(socket=socket, transport=request.transport)
        if len(self._connections) >= MOST_CONNECTIONS:
            await self._dismiss(connection, "too_many_websockets")
            return socket
        self._connections.append(connection)
        self.opened += 1
        try:
            await socket.send_json(self._hello(request.host))
            self._changed()
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._take(connection, message.data)
        except ConnectionError:
            pass  # the app's process died: its envelopes are lost, which is said below
        finally:
            self._forget(connection)
        return socket

    async def deliver(self, kind: Kind, payload: Json, attempt: Attempt) -> Outcome:
        """Send one envelope over one connection and wait for its acknowledgement."""
        if not (ready := self._open()):
            return LOST
        self._turn += 1
        connection = ready[self._turn % len(ready)]
        envelope: Json = {
            "envelope_id": str(uuid.uuid4()),
            "payload": payload,
            "type": kind.value,
            "accepts_response_payload": kind is not Kind.EVENT,
        }
        if kind is Kind.EVENT:
            envelope |= {"retry_attempt": attempt.number, "retry_reason": attempt.reason}
        acked: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope["envelope_id"]] = acked
        try:
            for _ in range(2 if self._faults.duplicate() else 1):
                await connection.socket.send_json(envelope)
            async with asyncio.timeout(self._ack_seconds):
                return await acked
        except TimeoutError:
            return Outcome(acked=False, reason="timeout")
        except ConnectionError:
            return LOST
        finally:
            connection.waiting.pop(envelope["envelope_id"], None)

    async def disconnect(self, reason: str, *, most: int = MOST_CONNECTIONS) -> None:
        """Tell *most* connections, oldest first, to leave: `warning` leaves it open a while, other reasons close it."""
        for connection in self._connections[:most]:
            if reason == "warning":
                connection.leaving = True
                # Whoever died at this moment is not told; that its end is seen a moment later is no error.
                with suppress(ConnectionError):
                    await connection.socket.send_json(_disconnect(reason))
            else:
                await self._dismiss(connection, reason)
        self._changed()

    def sever(self, *, most: int = MOST_CONNECTIONS) -> None:
        """Break *most* connections, oldest first, without a word, as a dying network does."""
        for connection in self._connections[:most]:
            self._forget(connection)
            if connection.transport is not None:
                connection.transport.abort()

    async def close(self) -> None:
        """Close every connection."""
        leaving = list(self._connections)
        for connection in leaving:
            self._forget(connection)
        await asyncio.gather(*(one.socket.close(code=WSCloseCode.GOING_AWAY) for one in leaving))

    async def _dismiss(self, connection: Connection, reason: str) -> None:
        connection.leaving = True
        with suppress(ConnectionError):
            await connection.socket.send_json(_disconnect(reason))
            await connection.socket.close()
        self._forget(connection)

    def _open(self) -> list[Connection]:
        return [
            connection for connection in self._connections if not connection.leaving and not connection.socket.closed
        ]

    def _forget(self, connection: Connection) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
            self._changed()
        for acked in connection.waiting.values():
            if not acked.done():
                acked.set_result(LOST)

    def _take(self, connection: Connection, text: str) -> None:
        try:
            message = json.loads(text)
        except ValueError:
            return
        if not isinstance(message, dict) or self._faults.lose_ack():
            return
        acked = connection.waiting.get(str(message.get("envelope_id")))
        if acked is not None and not acked.done():
            payload = message.get("payload")
            acked.set_result(Outcome(acked=True, answer=payload if isinstance(payload, dict) else None))

    def _hello(self, host: str) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._connections),
            "debug_info": {"host": host, "build_number": 1, "approximate_connection_time": 18_060},
            "connection_info": {"app_id": names.APP},
        }


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}}
