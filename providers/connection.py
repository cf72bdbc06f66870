"""One connection to a cloud, on which one call at a time is made. What comes is read by llhttp, the parser of Node.js.

An answer is bounded: each header, all that is not body in a row (so the whole head, interim answers and trailers), and
the body. A connection whose state is not certain is never used again.
"""

import asyncio
import select
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from providers.answered import Answered, Headers
from providers.base import ProviderError, Unavailable, UnexpectedResponse
from providers.bodies import MAX_BODY
from providers.reasons import Reason

# An IAM token travels in a header and may be 100,000 characters long.
# https://support.huaweicloud.com/intl/en-us/api-codecheck/codecheck_api_1007.html
LONGEST_HEADER = 128 * 1024
LONGEST_HEAD = 192 * 1024

_VERSIONS = ("1.1", "1.0")
_WITHOUT_BODY = (204, 304)
_LISTS = (b"content-encoding", b"transfer-encoding")


class Connection(asyncio.BufferedProtocol):
    """Reads answers into *room*, which all connections of a loop may share: it is emptied before anything else runs."""

    def __init__(self, room: memoryview) -> None:
        self._room = room
        self._parser = HttpResponseParser(self)
        # As browsers and proxies do, and as RFC 9112 allows: a bare line feed ends a line too (2.2).
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True)
        self._answer: asyncio.Future[Answered] | None = None
        self._to_head = False
        self._begin()
        self.idle_since = 0.0
        """When its last call ended, by the loop's clock."""
        self.heard = False
        """Whether anything came since the call was sent."""
        self.reusable = False
        """Whether the next call may go over it."""

    def _begin(self) -> None:
        self._headers: dict[bytes, bytes] = {}
        self._chunks: list[bytes] = []
        self._size = 0
        self._has_begun = False
        self._is_last = False
        self._in_body = False
        self._between = 0

    # --- for the pool ---

    def is_fresh(self) -> bool:
        """Tell whether nothing has come since the last answer: neither its end nor what nobody asked for."""
        # What the loop has not looked at yet would be taken for the answer to the next call.
        return self.reusable and not self._arrived.poll(0)

    def send(self, request: bytes, *, to_head: bool = False) -> "asyncio.Future[Answered]":
        """Send *request*, and return what will be its answer or a ProviderError; the answer to HEAD has no body."""
        self._begin()
        self.heard = self.reusable = False
        self._to_head = to_head
        self._answer = answer = self.loop.create_future()
        self._transport.write(request)
        return answer

    def close(self) -> None:
        """Take leave of the server."""
        self.reusable = False
        self._transport.close()

    def abort(self, trouble: ProviderError | None = None) -> None:
        """Leave at once, whatever is on its way; a call that waits meets *trouble*."""
        self.reusable = False
        if trouble is not None:
            self._fail(trouble)
        self._transport.abort()

    # --- for the loop ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)
        self.loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[None] = self.loop.create_future()
        self._arrived = select.poll()
        self._arrived.register(transport.get_extra_info("socket"), select.POLLIN)
        self.reusable = True

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 -- the loop gives it
        """Return where the next bytes go."""
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        """Read what came."""
        answer = self._answer
        if answer is None or answer.done():
            # Nobody asked. Whatever it is, it must not become the answer to the next call.
            self.abort()
            return
        self.heard = True
        self._between += nbytes
        try:
            self._read(self._room[:nbytes])
        except (HttpParserError, HttpParserUpgrade):
            self.abort(UnexpectedResponse(Reason.NOT_HTTP))
            return
        if self._between > LONGEST_HEAD:
            self.abort(UnexpectedResponse(Reason.NOT_HTTP))

    def _read(self, came: memoryview) -> None:
        """Let the parser read: by lines until the last answer's first line is whole, and then all at once."""
        if self._is_last:
            self._parser.feed_data(came)
            return
        lines, begin = bytes(came), 0
        while begin < len(lines) and not self._is_last:
            end = lines.find(b"\n", begin) + 1 or len(lines)
            self._read_line(lines[begin:end])
            begin = end
        self._parser.feed_data(lines[begin:])

    def _read_line(self, line: bytes) -> None:
        # The parser takes RTSP and ICE for HTTP, and does not tell; of the three it sees to all but the first letter.
        if not self._has_begun and line.lstrip(b"\r\n")[:1] not in (b"H", b""):
            raise HttpParserError("not HTTP")
        self._parser.feed_data(line)
        if self._has_begun and line.endswith(b"\n"):
            status = self._parser.get_status_code()
            if self._parser.get_http_version() not in _VERSIONS or not 100 <= status < 600:
                raise HttpParserError("not HTTP/1")
            # Those with 1xx are interim answers, and another follows.
            self._is_last = status >= 200

    def eof_received(self) -> None:
        """Let the server's end be the end of an answer that has no other."""
        self.reusable = False
        if self._in_body and not self._is_delimited():
            self._finish()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- the loop gives it
        """Tell whoever waits."""
        self.reusable = False
        self._fail(Unavailable(Reason.BROKEN_CONNECTION))
        self.lost.set_result(None)

    # --- for the parser ---

    def on_message_begin(self) -> None:
        """Notice an answer behind the answer."""
        self._has_begun = True
        if self._answer is None or self._answer.done():
            self.reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep the first of each name; several encodings are one list, and so are several codings of the transfer."""
        if self._in_body:
            # Trailers tell nothing that is asked for here.
            return
        if len(value) > LONGEST_HEADER:
            raise ValueError("a header is too long")
        name = name.lower()
        known = self._headers.get(name)
        if known is None:
            self._headers[name] = value
        elif name in _LISTS:
            self._headers[name] = known + b"," + value

    def on_headers_complete(self) -> None:
        """Leave early where the body is too long by its own account, or is none."""
        status = self._parser.get_status_code()
        if status < 200:
            return
        self._in_body = True
        if self._to_head:
            # The parser does not know that nothing follows.
            self._finish()
        elif status not in _WITHOUT_BODY and int(self._headers.get(b"content-length", b"0")) > MAX_BODY:
            self._finish(Reason.TOO_LARGE)

    def on_body(self, body: bytes) -> None:
        """Collect the body within its bounds; that of an interim answer, which may have none, is no part of it."""
        if not self._in_body:
            return
        self._between = 0
        self._size += len(body)
        if self._size <= MAX_BODY:
            self._chunks.append(body)
        else:
            self._finish(Reason.TOO_LARGE)

    def on_message_complete(self) -> None:
        """Hand the answer over; an interim one is none."""
        if self._in_body:
            if self._answer is not None and not self._answer.done():
                # Before whoever waits is told, so that it knows.
                self.reusable = self._parser.should_keep_alive()
            self._finish()
        else:
            self._headers = {}
            self._has_begun = False

    def _is_delimited(self) -> bool:
        coding = self._headers.get(b"transfer-encoding", b"").strip().lower()
        return coding.endswith(b"chunked") or (not coding and b"content-length" in self._headers)

    def _finish(self, flaw: str = "") -> None:
        if self._answer is not None and not self._answer.done():
            body = b"" if flaw else b"".join(self._chunks)
            status = self._parser.get_status_code()
            self._answer.set_result(Answered(status, Headers(self._headers), body, flaw))

    def _fail(self, trouble: ProviderError) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(trouble)
