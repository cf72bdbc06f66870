"""The way into a simulated cloud: counts calls and spoils them as the cloud's current fault demands."""

import asyncio
import zlib
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from playground.clouds.cloud import Operation, Service, Site
from playground.clouds.faults import Fault, FaultKind

REMEMBERED_CALLS = 10_000
CHUNK = 64 * 1024
MAX_DELAY = 120.0

HTML = (
    "<!doctype html><html><head><title>Sign in</title></head><body><h1>Welcome to the hotel network</h1></body></html>"
)
TRUNCATED = '{"code":0,"message":"SUCCESS","RetCode":0,"count":1,"task_status":0,"data":{"percent":4'
# Every field that some cloud documents, each with a type that none documents.
WRONG_TYPES = (
    '{"code":[],"RetCode":{"a":1},"message":17,"data":"none","Data":[[1]],"results":{"0":null},"count":"many",'
    '"task_status":{"value":0},"progress":[NaN],"error_code":3.5,"Action":false}'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that reached a cloud, without anything secret."""

    at: float
    operation: str
    method: str
    path: str
    fault: FaultKind


class Gate:
    """Wraps the handlers of all clouds."""

    def __init__(self, site: Site, called: Callable[[str], None]) -> None:
        self._site = site
        self._called = called
        self._closing = asyncio.Event()
        self._calls: dict[str, deque[Call]] = {}
        self._counts: Counter[str] = Counter()

    def calls(self, provider: str) -> list[Call]:
        """Return the latest calls to *provider*, oldest first."""
        return list(self._calls.get(provider, ()))

    def count(self, provider: str) -> int:
        """Return how many calls *provider* had."""
        return self._counts[provider]

    def close(self) -> None:
        """Let no answer wait any longer."""
        self._closing.set()

    def reopen(self) -> None:
        """Allow slow answers again."""
        self._closing.clear()

    def routes(self, cloud: Service) -> list[web.RouteDef]:
        """Mount a cloud below ``/cloud/<provider>``."""
        root = f"/cloud/{cloud.profile.name}"
        return [web.route(op.method, root + op.path, self._guarded(cloud, op)) for op in cloud.operations()]

    def _guarded(self, cloud: Service, operation: Operation) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            provider = cloud.profile.name
            fault = self._site.faults.take(provider)
            self._record(provider, operation, request, fault)
            try:
                return await self._answer(cloud, operation, request, fault)
            except UnicodeError:
                # Bytes that are no text can be signed by nobody.
                return web.Response(status=400, text="Bad Request")
            except ConnectionError:
                # The caller dropped its call, as a bot does that waits no longer: nobody is left to read an answer.
                return _hang_up(request)

        return handle

    def _record(self, provider: str, operation: Operation, request: web.Request, fault: Fault) -> None:
        call = Call(
            at=self._site.now(), operation=operation.name, method=request.method, path=request.path, fault=fault.kind
        )
        self._calls.setdefault(provider, deque(maxlen=REMEMBERED_CALLS)).append(call)
        self._counts[provider] += 1
        self._called(provider)

    async def _answer(
        self, cloud: Service, operation: Operation, request: web.Request, fault: Fault
    ) -> web.StreamResponse:
        match fault.kind:
            case FaultKind.DOWN if _variant(fault, "status", "closed") == "closed":
                return _hang_up(request)
            case FaultKind.THROTTLED if fault.how == "gateway":
                return web.json_response(
                    {"error_code": "APIGW.0308", "error_msg": "The throttling threshold has been reached"},
                    status=429,
                    headers={"Retry-After": str(fault.retry_after)},
                )
            case FaultKind.DOWN | FaultKind.THROTTLED | FaultKind.DENIED:
                return cloud.refusal(fault)
            case FaultKind.NONSENSE:
                return _nonsense(fault)
            case FaultKind.REDIRECT:
                return web.Response(status=302, headers={"Location": fault.location})
            case FaultKind.HUGE:
                return await _huge(request, fault)
            case FaultKind.DROPPED:
                return await _broken_off(request)
            case FaultKind.SLOW if await self._closed_within(min(fault.delay, MAX_DELAY)):
                return _hang_up(request)
            case _:
                return await operation.answer(request, fault)

    async def _closed_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return False
        return True


def _variant(fault: Fault, *variants: str) -> str:
    """Return the variant that was asked for, or the next one in turn."""
    return fault.how or variants[(fault.turn - 1) % len(variants)]


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.close()
    return web.Response(status=503)


def _nonsense(fault: Fault) -> web.Response:
    match _variant(fault, "html", "truncated", "types"):
        case "html":
            return web.Response(text=HTML, content_type="text/html")
        case "truncated":
            return web.Response(text=TRUNCATED, content_type="application/json")
        case _:
            return web.Response(text=WRONG_TYPES, content_type="application/json")


async def _broken_off(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "4096"})
    await response.prepare(request)
    await response.write(TRUNCATED.encode())
    if request.transport is not None:
        request.transport.close()
    return response


async def _huge(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Send *size* bytes of one JSON string, packed when the fault says so; the reader may leave at any time."""
    packed = fault.how == "gzip"
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    await response.prepare(request)
    packer = zlib.compressobj(wbits=31)
    chunk = b"a" * CHUNK
    try:
        for _ in range(max(1, fault.size // CHUNK)):
            data = packer.compress(chunk) if packed else chunk
            if data:
                await response.write(data)
        await response.write_eof(packer.flush() if packed else b"")
    except ConnectionError:
        pass  # the reader had enough, as it should
    return response
