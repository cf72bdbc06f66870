"""Reads a body up to 1 MiB and no further, counted before and after decompression."""

import zlib
from collections.abc import AsyncIterator

import httpx

from providers.reasons import Reason

MAX_BODY = 1024 * 1024


async def read_body(response: httpx.Response) -> tuple[bytes, str]:
    """Return the body and no flaw, or nothing and the Reason; transport errors pass through."""
    if response.is_stream_consumed:
        # A transport that hands over whole bodies, as in tests: httpx has decoded it.
        body = response.content
        return (body, "") if len(body) <= MAX_BODY else (b"", Reason.TOO_LARGE)
    return await read_chunks(response.headers.get("content-encoding", ""), response.aiter_raw())


async def read_chunks(encoding: str, chunks: AsyncIterator[bytes]) -> tuple[bytes, str]:
    """Return the body that comes in *chunks*, and no flaw, or nothing and the Reason."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return await _plain(chunks)
    if encoding in ("gzip", "x-gzip", "deflate"):
        # We ask for none, and some gateways compress nevertheless.
        return await _compressed(chunks)
    return b"", Reason.UNKNOWN_COMPRESSION


async def _plain(chunks: AsyncIterator[bytes]) -> tuple[bytes, str]:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > MAX_BODY:
            return b"", Reason.TOO_LARGE
    return bytes(body), ""


async def _compressed(chunks: AsyncIterator[bytes]) -> tuple[bytes, str]:
    # 32 makes zlib tell gzip from zlib by the first bytes.
    decompressor = zlib.decompressobj(zlib.MAX_WBITS | 32)
    body = bytearray()
    read = 0
    async for chunk in chunks:
        read += len(chunk)
        try:
            body += decompressor.decompress(chunk, MAX_BODY + 1 - len(body))
        except zlib.error:
            return b"", Reason.BROKEN_COMPRESSION
        if len(body) > MAX_BODY or read > MAX_BODY:
            return b"", Reason.TOO_LARGE
    return (bytes(body), "") if decompressor.eof else (b"", Reason.BROKEN_COMPRESSION)
