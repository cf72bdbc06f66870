"""The Web API: tokens, scopes, limits and faults around each method."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from aiohttp import web

from playground.live import LiveHub
from playground.slack import names
from playground.slack.arguments import Arguments, read
from playground.slack.errors import RateLimited, Refusal
from playground.slack.faults import Delay, Drop, Fault, Faults, Garbage, Hold, Refuse, ServerError, Throttle, Unthread
from playground.slack.rates import Limiter
from playground.slack.tokens import Method, Tokens
from playground.slack.workspace import Json

SECRET = ("token",)
# A playground may run for days; older calls are of no use to anybody.
KEPT = 20_000


Methods: TypeAlias = Mapping[str, Method]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that the bot made, and how it was answered; the token is left out."""

    method: str
    arguments: Mapping[str, Any]
    at: float
    status: int
    answer: Json | None
    """None where the answer was no JSON or the connection was dropped."""
    done: bool
    """Whether the call took effect."""

    @property
    def ok(self) -> bool:
        """Say whether Slack told the bot that all is well."""
        return bool(self.answer and self.answer.get("ok"))


class WebApi:
    """Serves `/api/{method}` and remembers each call."""

    def __init__(
        self,
        methods: Methods,
        *,
        post_unthreaded: Callable[[Arguments], Json],
        tokens: Tokens,
        limiter: Limiter,
        faults: Faults,
        hub: LiveHub,
        now: Callable[[], float],
        held: Callable[[Hold | Delay], Awaitable[None]],
    ) -> None:
        self._methods = methods
        self._post_unthreaded = post_unthreaded
        self._tokens = tokens
        self._limiter = limiter
        self._faults = faults
        self._hub = hub
        self._now = now
        self._held = held
        self.calls: deque[Call] = deque(maxlen=KEPT)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one call."""
        name = request.match_info["method"]
        given: dict[str, Any] = {}
        refused: Refusal | None = None
        try:
            given = await read(request)
        except Refusal as refusal:
            refused = refusal
        token = _token(request, given)
        given = {key: value for key, value in given.items() if key not in SECRET}
        fault = self._faults.take(name, given)
        body, status, headers, done = self._answer(name, given, token, fault, refused)
        told = not isinstance(fault, (Drop, Garbage, ServerError))
        shown_status = fault.status if isinstance(fault, ServerError) else status
        call = Call(
            method=name, arguments=given, at=self._now(), status=shown_status, answer=body if told else None, done=done
        )
        self.calls.append(call)
        self._hub.touch()
        match fault:
            case Hold() | Delay():
                await self._held(fault)
            case Drop():
                if request.transport is not None:
                    request.transport.close()
                return web.Response()
            case Garbage():
                return web.Response(text='{"ok": tru', content_type="application/json")
            case ServerError():
                return web.Response(status=shown_status, text="<html>upstream error</html>", content_type="text/html")
        return web.json_response(body, status=status, headers=headers)

    def _answer(
        self, name: str, given: dict[str, Any], token: str, fault: Fault | None, refused: Refusal | None
    ) -> tuple[Json, int, dict[str, str], bool]:
        """Return the body, the status, the headers, and whether the call took effect."""
        headers = {"X-OAuth-Scopes": ",".join(sorted(self._tokens.scopes))} if token == names.BOT_TOKEN else {}
        try:
            if refused is not None:
                raise refused
            method = self._methods.get(name)
            if method is None:
                raise Refusal("unknown_method", req_method=name)
            self._tokens.check(token, method)
            match fault:
                case Throttle(retry_after=None):
                    return {"ok": False, "error": "ratelimited"}, 429, {}, False
                case Throttle(retry_after=int(seconds)):
                    raise RateLimited(seconds)
                case Refuse(done=False):
                    raise Refusal(fault.code, **fault.more)
                case Drop(done=False) | ServerError(done=False) | Garbage(done=False):
                    return {}, 200, {}, False
            arguments = Arguments(given)
            self._limiter.spend(name, arguments.text("channel"))
            unthread = isinstance(fault, Unthread) and name == "chat.postMessage"
            result = self._post_unthreaded(arguments) if unthread else method.serve(arguments)
            if isinstance(fault, Refuse):
                return {"ok": False, "error": fault.code, **fault.more}, 200, headers, True
            return {"ok": True} | result, 200, headers, True
        except Refusal as refusal:
            return refusal.body, 200, headers, False
        except RateLimited as limited:
            return {"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(limited.retry_after)}, False


def _token(request: web.Request, given: Mapping[str, Any]) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return str(given.get("token") or "")
