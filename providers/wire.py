"""The client of the process. Clouds are asked by ``exchange``; it can be used like any client of httpx as well.

Of httpx's own way most is spent on what no cloud here has: cookies, redirects, hooks, requests and answers as objects.
"""

import http.cookiejar
from collections.abc import Mapping

import httpx

from providers.base import UnexpectedResponse
from providers.bodies import unpacked
from providers.call import Call
from providers.deadlines import Deadlines
from providers.pool import Pool
from providers.reasons import Reason
from providers.request import IDEMPOTENT, request_of

# httpx writes its own, and what is handed over is unpacked.
_OF_THE_WAY = frozenset({"connection", "content-encoding", "content-length", "transfer-encoding"})


class Wire(httpx.AsyncClient):
    """Keeps the connections to all clouds; closing it closes all."""

    def __init__(self, *, timeout: float, limit: int, limit_per_host: int) -> None:
        self._context = httpx.create_ssl_context(trust_env=False)
        self._pool = Pool(self._context, limit=limit, limit_per_host=limit_per_host)
        self.deadlines = Deadlines(timeout)
        """The time that each call may take; who calls ``exchange`` holds it."""
        super().__init__(
            transport=_Transport(self, self._pool),
            timeout=timeout,
            trust_env=False,
            follow_redirects=False,
            # Accounts share the client; no cookie of one may travel with another.
            cookies=http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=())),
        )

    def trust(self, certificate: str) -> None:
        """Believe the certificates that are signed by those in this file as well."""
        self._context.load_verify_locations(certificate)

    async def exchange(self, call: Call) -> tuple[int, Mapping[str, str], bytes, str]:
        """Make one call; return status, headers, body, and why the body is empty, if it is left.

        Raise a ProviderError where there is no answer.
        """
        answered = await self._pool.exchange(
            call.origin, request_of(call), repeatable=call.method in IDEMPOTENT, to_head=call.method == "HEAD"
        )
        if answered.flaw or "content-encoding" not in answered.headers:
            return answered
        status, headers, packed, _ = answered
        return status, headers, *unpacked(headers["content-encoding"], packed)


class _Transport(httpx.AsyncBaseTransport):
    """The way of httpx over the same connections."""

    def __init__(self, wire: Wire, pool: Pool) -> None:
        self._wire = wire
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items() if name.lower() not in _OF_THE_WAY}
        call = Call(method=request.method, url=str(request.url), headers=headers, content=await request.aread())
        try:
            async with self._wire.deadlines.one():
                status, answered, body, flaw = await self._wire.exchange(call)
        except TimeoutError as problem:
            raise httpx.ReadTimeout(Reason.NO_ANSWER_IN_TIME, request=request) from problem
        if flaw:
            raise UnexpectedResponse(Reason(flaw))
        kept = {name: value for name, value in answered.items() if name not in _OF_THE_WAY}
        return httpx.Response(status, headers=kept, content=body, request=request)

    async def aclose(self) -> None:
        self._wire.deadlines.close()
        await self._pool.aclose()
