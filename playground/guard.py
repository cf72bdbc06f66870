"""Keeps other sites in the visitor's browser away from the playground."""

from collections.abc import Callable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def guard(port: Callable[[], int]) -> Middleware:
    """Refuse a request whose Host or Origin is not this playground (DNS rebinding, cross-site posts)."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        # A cloud's client may sign a host name of its own; these routes check signatures instead.
        if not request.path.startswith("/cloud/"):
            if not _is_ours(f"//{request.headers.get('Host', '')}", port()):
                return _refused("this host name is not the playground's")
            origin = request.headers.get("Origin")
            if origin is not None and not _is_ours(origin, port(), scheme="http"):
                return _refused("other sites may not use the playground")
        return await handler(request)

    return check


def _is_ours(address: str, port: int, scheme: str = "") -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme == scheme and parts.hostname in LOOPBACK and (parts.port or 80) == port
    except ValueError:
        return False


def _refused(why: str) -> web.Response:
    return web.json_response({"error": why}, status=403)
