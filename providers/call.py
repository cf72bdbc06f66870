"""A call before it is made. What is signed is what is sent: whoever signs it reads and changes this."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qsl, quote, unquote, urlencode

_DEFAULT_PORT = {"https": "443", "http": "80"}


@dataclass(slots=True, kw_only=True)
class Call:
    """A request as it will be sent; plain text, so that thousands a second cost little."""

    method: str
    url: str
    """With its escapes."""
    headers: dict[str, str]
    """By lower-case names."""
    content: bytes = b""
    form: dict[str, str] | None = None
    """Sent instead of *content*."""

    @property
    def place(self) -> str:
        """Host and port, the port only where it is not the scheme's own: what the Host header says."""
        scheme, _, rest = self.url.partition("://")
        netloc = rest.partition("/")[0].partition("?")[0].lower()
        host, colon, port = netloc.rpartition(":")
        return host if colon and port == _DEFAULT_PORT.get(scheme.lower()) else netloc

    @property
    def host(self) -> str:
        """The host alone."""
        host, colon, port = self.place.rpartition(":")
        return (host if colon and port.isdecimal() else self.place).strip("[]")

    @property
    def raw_path(self) -> str:
        """The path with its escapes."""
        target = self.url.partition("://")[2].partition("?")[0]
        return "/" + target.partition("/")[2]

    @property
    def path(self) -> str:
        """The path without escapes."""
        return unquote(self.raw_path)

    @property
    def params(self) -> list[tuple[str, str]]:
        """The query's names and values, without escapes."""
        query = self.url.partition("?")[2]
        return parse_qsl(query, keep_blank_values=True) if query else []

    def body(self) -> bytes:
        """Return the bytes to be sent."""
        return self.content if self.form is None else urlencode(self.form).encode()


class Auth(Protocol):
    """Signs calls, or puts a token on them."""

    async def sign(self, call: Call) -> None:
        """Add to *call* what the cloud knows us by."""
        ...


def with_params(url: str, params: Mapping[str, str] | None) -> str:
    """Return *url* with a query."""
    return f"{url}?{urlencode(params, quote_via=quote)}" if params else url
