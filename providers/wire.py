"""The client of the process: to be used like any of httpx, and with a short way for what ``http.ask`` needs of it.

Of httpx's own way most is spent on what no cloud here has: cookies, redirects, hooks, requests and answers as objects.
The short way sends a ``Call`` over the same kept connections.
"""

import http.cookiejar
from collections.abc import AsyncIterator, Mapping

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from yarl import URL

from providers.bodies import MAX_BODY, read_chunks
from providers.call import Call

# A new TLS connection costs ten times a poll; watches are polled about once a minute.
KEEP_ALIVE_SECONDS = 75.0

# An IAM token travels in a header and may be 100,000 characters long; aiohttp stops at 8 KiB unless told.
# https://support.huaweicloud.com/intl/en-us/api-codecheck/codecheck_api_1007.html
LONGEST_HEADER = 128 * 1024


class Wire(httpx.AsyncClient):
    """Keeps the connections to all clouds; closing it closes all."""

    def __init__(self, *, timeout: float, limit: int, limit_per_host: int) -> None:
        self._connections = AiohttpTransport(trust_env=False)

        def session() -> aiohttp.ClientSession:
            connector = aiohttp.TCPConnector(
                limit=limit,
                limit_per_host=limit_per_host,
                keepalive_timeout=KEEP_ALIVE_SECONDS,
                ssl=self._connections.ssl_context,
            )
            return aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                # The caller has a deadline over all of it.
                timeout=aiohttp.ClientTimeout(total=None),
                auto_decompress=False,
                trust_env=False,
                max_field_size=LONGEST_HEADER,
            )

        # A connector belongs to a running loop, so it is made at the first call.
        self._connections.client = session
        super().__init__(
            transport=self._connections,
            timeout=timeout,
            trust_env=False,
            follow_redirects=False,
            # Accounts share the client; no cookie of one may travel with another.
            cookies=http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=())),
        )

    def trust(self, certificate: str) -> None:
        """Believe the certificates that are signed by those in this file as well."""
        self._connections.ssl_context.load_verify_locations(certificate)

    async def exchange(self, call: Call) -> tuple[int, Mapping[str, str], bytes, str]:
        """Make one call; return status, headers, body, and why the body is empty, if it is cut."""
        try:
            # Its escapes stay as they were signed.
            url = URL(call.url, encoded=True)
        except ValueError as problem:
            raise aiohttp.InvalidURL(call.url) from problem
        async with self._session().request(
            call.method,
            url,
            headers=call.headers,
            data=call.body() or None,
            allow_redirects=False,
        ) as response:
            encoding = ",".join(response.headers.getall("Content-Encoding", ()))
            if not encoding and response.content_length is not None and response.content_length <= MAX_BODY:
                return response.status, response.headers, await response.content.read(), ""
            body, flaw = await read_chunks(encoding, _chunks(response))
            return response.status, response.headers, body, flaw

    def _session(self) -> aiohttp.ClientSession:
        if self.is_closed:
            raise RuntimeError("the client is closed")
        if not isinstance(self._connections.client, aiohttp.ClientSession):
            self._connections.client = self._connections.get_client()
        return self._connections.client


async def _chunks(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    async for chunk in response.content.iter_any():
        yield chunk
