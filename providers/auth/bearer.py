"""Sends a shared token in a header; a call that meets an expired token is made once more with a new one."""

from collections.abc import Awaitable, Callable

from providers.auth.tokens import TokenSource
from providers.call import Auth, Call
from providers.http import Answer


class TokenAuth:
    """Puts the token of *source* into *header*, after *prefix*, and remembers which one that was."""

    def __init__(self, source: TokenSource, *, header: str, prefix: str = "") -> None:
        self._source = source
        self._header = header.lower()
        self._prefix = prefix
        self.used = ""

    async def sign(self, call: Call) -> None:
        """Wait for a token where one must be fetched first."""
        self.used = await self._source.get()
        call.headers[self._header] = self._prefix + self.used


async def ask_with_token(
    source: TokenSource,
    send: Callable[[Auth], Awaitable[Answer]],
    *,
    expired: Callable[[Answer], bool],
    header: str,
    prefix: str = "",
) -> Answer:
    """Return the answer of *send*; where its token had *expired* and can be renewed, that of a second, last try.

    The clouds tell an expired token by codes in the body, some with status 200, and only ``http.ask`` reads
    bodies within bounds: so the second try is made here.
    """
    # One per call: while this call waits for its answer, another may renew the token.
    auth = TokenAuth(source, header=header, prefix=prefix)
    answer = await send(auth)
    if expired(answer) and source.refused(auth.used):
        answer = await send(auth)
    return answer
