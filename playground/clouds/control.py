"""The JSON API behind the page's clouds panel."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.typedefs import Handler

from playground.clouds.faults import Refused

if TYPE_CHECKING:
    from playground.clouds.half import CloudsHalf

MAX_BODY = 64 * 1024


class Control:
    """Start, change and forget tasks; break and mend clouds. Every refusal is one sentence."""

    def __init__(self, clouds: "CloudsHalf") -> None:
        self._clouds = clouds

    def routes(self) -> list[web.RouteDef]:
        """Return the routes below ``/control``."""
        return [
            web.get("/control/clouds", self._state),
            web.post("/control/clouds/{provider}", _told(self._fault)),
            web.post("/control/clouds/{provider}/tasks", _told(self._start)),
            web.patch("/control/tasks/{id}", _told(self._change)),
            web.delete("/control/tasks/{id}", _told(self._forget)),
        ]

    async def _state(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler takes it
        return web.json_response(self._clouds.state())

    def _start(self, request: web.Request, wish: dict[str, object]) -> object:
        provider = request.match_info["provider"]
        self._must_know(provider)
        return self._clouds.view(self._clouds.start(provider, **wish))

    def _change(self, request: web.Request, wish: dict[str, object]) -> object:
        return self._clouds.view(self._clouds.set(request.match_info["id"], **wish))

    def _forget(self, request: web.Request, wish: dict[str, object]) -> object:  # noqa: ARG002 - a handler takes it
        self._clouds.forget(request.match_info["id"])
        return {}

    def _fault(self, request: web.Request, wish: dict[str, object]) -> object:
        provider = request.match_info["provider"]
        self._must_know(provider)
        kind = wish.pop("fault", None)
        self._clouds.fault(provider, str(kind), **wish)
        fault = self._clouds.site.faults.current(provider)
        return {"provider": provider, "fault": str(fault.kind)}

    def _must_know(self, provider: str) -> None:
        if provider not in self._clouds.clouds:
            raise KeyError(provider)


def _told(act: Callable[[web.Request, dict[str, object]], object]) -> Handler:
    """Read the wish, act, and answer; turn refusals into their status and sentence."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(act(request, await _wish(request)))
        except Refused as refused:
            return web.json_response({"error": str(refused)}, status=400)
        except KeyError:
            return web.json_response({"error": "The playground has no such cloud or task."}, status=404)

    return handle


async def _wish(request: web.Request) -> dict[str, object]:
    body = await request.content.read(MAX_BODY + 1)
    while len(body) <= MAX_BODY and not request.content.at_eof():
        body += await request.content.read(MAX_BODY + 1 - len(body))
    if len(body) > MAX_BODY:
        raise Refused(f"The body has more than {MAX_BODY // 1024} KiB.")
    if not body:
        return {}
    try:
        wish = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("The body is not JSON.") from None
    if not isinstance(wish, dict):
        raise Refused("The body is not a JSON object.")
    return wish
