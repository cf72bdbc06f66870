"""The bytes of a request. Nothing that a header, a method or a target holds can become a second request."""

import re

from providers.base import AccessDenied
from providers.call import Call
from providers.reasons import Reason

# RFC 9110, 9.2.2: to send one of these twice is to send it once. A POST that fetches a token or reads a batch is not
# among them; the next look repeats it.
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})

_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")


def request_of(call: Call) -> bytes:
    """Return what is sent for *call*; raise AccessDenied where it is no request, so that nothing is sent."""
    target = call.target
    # A fragment is for browsers; a blank or a line's end would end the request's first line.
    if not (call.origin.port and call.method.isalpha() and target.isascii() and target.isprintable()):
        raise AccessDenied(Reason.CANNOT_BE_MADE)
    if " " in target or "#" in target:
        raise AccessDenied(Reason.CANNOT_BE_MADE)
    body = call.body()
    lines = [f"{call.method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in call.headers.items()]
    if body or call.method not in _WITHOUT_BODY:
        lines.append(f"content-length: {len(body)}")
    head = "\r\n".join(lines)
    # One line's end between two lines, and none inside a line.
    if not head.count("\r") == head.count("\n") == len(lines) - 1 or "\0" in head:
        raise AccessDenied(Reason.CANNOT_BE_MADE)
    # Not left to the encoder: its error would hold the whole head, the keys included.
    if not head.isascii() and _HALF_A_CHARACTER.search(head):
        raise AccessDenied(Reason.CANNOT_BE_MADE)
    return f"{head}\r\n\r\n".encode() + body
