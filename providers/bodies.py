"""Takes a body up to 1 MiB and no further, counted before and after decompression."""

import zlib

import httpx

from providers.reasons import Reason

MAX_BODY = 1024 * 1024


async def read_body(response: httpx.Response) -> tuple[bytes, str]:
    """Return the body and no flaw, or nothing and the Reason; transport errors pass through."""
    if response.is_stream_consumed:
        # A transport that hands over whole bodies, as in tests: httpx has decoded it.
        body = response.content
        return (body, "") if len(body) <= MAX_BODY else (b"", Reason.TOO_LARGE)
    packed = bytearray()
    async for chunk in response.aiter_raw():
        packed += chunk
        if len(packed) > MAX_BODY:
            return b"", Reason.TOO_LARGE
    return unpacked(response.headers.get("content-encoding", ""), bytes(packed))


def unpacked(encoding: str, packed: bytes) -> tuple[bytes, str]:
    """Return the body that is *packed*, at most 1 MiB, and no flaw, or nothing and the Reason."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return packed, ""
    if encoding not in ("gzip", "x-gzip", "deflate"):
        return b"", Reason.UNKNOWN_COMPRESSION
    # We ask for none, and some gateways compress nevertheless. 32 makes zlib tell gzip from zlib by the first bytes.
    decompressor = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        body = decompressor.decompress(packed, MAX_BODY + 1)
    except zlib.error:
        return b"", Reason.BROKEN_COMPRESSION
    if len(body) > MAX_BODY:
        return b"", Reason.TOO_LARGE
    return (body, "") if decompressor.eof else (b"", Reason.BROKEN_COMPRESSION)
