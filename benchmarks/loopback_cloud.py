"""All five clouds on one loopback port, over TLS: canned answers in their wire formats, made as cheaply as can be.

A process of its own, so that what it costs is not in the figures: ``python -m benchmarks.loopback_cloud CERT KEY``
prints its port and serves until its standard input is closed. Signatures are not verified.
"""

import asyncio
import json
import re
import ssl
import sys
import time

from benchmarks.measuring import SERVER_CORE, pin

PERIOD = 600.0
"""Seconds in which every task goes from 0 to 99 percent, and begins anew."""
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def percent_of(task: bytes) -> int:
    """Return how far a task is now."""
    return int((time.time() + hash(task) % PERIOD) % PERIOD / PERIOD * 99)


def cos(target: bytes, _: bytes) -> bytes:
    """Answer ``GET /<bucket>/<task>``."""
    return b'{"code":0,"message":"SUCCESS","request_id":"NjJhMGE","data":{"percent":%d,"status":"TASK_DOING"}}' % (
        percent_of(target)
    )


def drs(_: bytes, body: bytes) -> bytes:
    """Answer ``POST /v3/<project>/jobs/batch-progress``."""
    results = []
    for job in json.loads(body)["jobs"]:
        percent = percent_of(job.encode())
        results.append(
            {
                "progress": str(percent),
                "job_id": job,
                "incre_trans_delay": "-1",
                "incre_trans_delay_millis": "-1",
                "task_mode": "FULL_TRANS",
                "transfer_status": "FULL_TRANSFER_STARTED",
                "process_time": "1611111111000",
                "remaining_time": "0",
            }
        )
    return json.dumps({"count": len(results), "results": results}).encode()


def usmc(_: bytes, body: bytes) -> bytes:
    """Answer the form ``Action=GetUSMCTaskStatus``."""
    return (
        b'{"RetCode":0,"Action":"GetUSMCTaskStatusResponse","Data":{"State":"Migrating","Progress":{"Percentage":%d}}}'
        % percent_of(body[-30:])
    )


def codearts(target: bytes, _: bytes) -> bytes:
    """Answer ``GET /v2/tasks/<task>/progress``."""
    return b'{"task_status":0,"progress":{"ratio":"%d%%","info":"running"}}' % percent_of(target)


def pan123(_: bytes, __: bytes) -> bytes:
    """Answer ``GET /api/v1/oss/source/copy/process``."""
    return b'{"code":0,"message":"ok","data":{"status":1,"failMsg":""},"x-traceID":"a1"}'


def answer_to(method: bytes, target: bytes, body: bytes) -> bytes:
    """Return the body by what the request looks like."""
    if target.startswith(b"/v3/"):
        return drs(target, body)
    if target.startswith(b"/v2/"):
        return codearts(target, body)
    if target.startswith(b"/api/v1/"):
        return pan123(target, body)
    return usmc(target, body) if method == b"POST" else cos(target, body)


class Conversation(asyncio.Protocol):
    """One kept connection; *delay* is how long this cloud thinks."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._seen += data
        while (end := self._seen.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self._seen, 0, end)
            length = int(found[1]) if found else 0
            if len(self._seen) < end + 4 + length:
                return
            method, target, _ = self._seen.split(b" ", 2)
            body = self._seen[end + 4 : end + 4 + length]
            self._seen = self._seen[end + 4 + length :]
            said = answer_to(method, target, body)
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(said)
            if self._delay:
                asyncio.get_running_loop().call_later(self._delay, self._transport.write, head + said)
            else:
                self._transport.write(head + said)


async def serve(certificate: str, key: str, delay: float) -> None:
    """Serve until standard input ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Conversation(delay), "127.0.0.1", 0, ssl=context, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    pin(SERVER_CORE)
    asyncio.run(serve(sys.argv[1], sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 0.0))
