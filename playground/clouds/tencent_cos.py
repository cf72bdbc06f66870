"""Tencent COS origin-pull tasks, simulated: ``GET /<bucket>/<task-id>``, JSON answers, XML errors."""

import base64
import hmac
from collections.abc import Iterable, Iterator
from urllib.parse import unquote
from xml.sax.saxutils import escape

from aiohttp import web

from playground.clouds.cloud import Operation, Phase, Profile, Site, read_state
from playground.clouds.faults import Fault, FaultKind
from playground.clouds.signatures import cos_signature
from playground.clouds.task import State, Task

SECRET_ID = "PLAYGROUNDSECRETID"  # noqa: S105 - a name, and well known
SECRET_KEY = "playground-secret-key"  # noqa: S105 - well known, and valid on loopback only
BUCKET = "playground-1250000000"
# https://cloud.tencent.com/document/product/436/7730: RequestTimeTooSkewed
MAX_SKEW = 15 * 60

# TASK_DOING and TASK_FAILED are the vendor's; no document names the status of success.
STATES = {"TASK_DOING": State.RUNNING, "TASK_FAILED": State.FAILED, "TASK_SUCCESS": State.SUCCEEDED}


class TencentCos:
    """The bucket's migration endpoint of one region."""

    profile = Profile(
        name="tencent-cos",
        title="Tencent COS",
        account="cos",
        scenarios=frozenset({"steady", "queued", "jumps", "fails"}),
        has_stopped=False,
        failure="The specified download can not be allowed.",
    )

    def __init__(self, site: Site) -> None:
        self._site = site

    def operations(self) -> Iterable[Operation]:
        """Reading a task is the only documented call; the rest of the host answers as COS does."""
        return (
            Operation(name="task", method="GET", path="/{bucket}/{task:.+}", answer=self._task),
            Operation(name="other", method="*", path="/{rest:.*}", answer=self._other),
        )

    def mint(self) -> str:
        """Base64 of ``<created, hex seconds>_<hex>_<hex>_<hex>``, as in all published samples."""
        site = self._site
        parts = (f"{int(site.now()):08x}", site.hex(6), site.hex(4), site.hex(site.dice.choice((1, 6))))
        return f"{BUCKET}/{base64.b64encode('_'.join(parts).encode()).decode()}"

    def raw_state(self, task: Task) -> str:
        """Queued, standing and running are all TASK_DOING."""
        if task.raw is not None:
            return task.raw
        return {State.SUCCEEDED: "TASK_SUCCESS", State.FAILED: "TASK_FAILED"}.get(task.state, "TASK_DOING")

    def read_state(self, raw: str) -> State:
        """Read a status set by hand."""
        return read_state(STATES, raw)

    def phases(self, task: Task) -> tuple[Phase, ...]:  # noqa: ARG002 - this cloud tells none
        """COS tells one figure only."""
        return ()

    def expire(self) -> None:
        """Permanent keys have nothing to renew; the refusal itself is the fault."""

    def refusal(self, fault: Fault) -> web.Response:
        """Errors are XML; 429 is in no table of COS, but any front end may say it."""
        match fault.kind:
            case FaultKind.DOWN:
                return self._error(503, "InternalError", "We encountered an internal error. Please try again.")
            case FaultKind.THROTTLED:
                response = self._error(429, "SlowDown", "Please reduce your request rate.")
                response.headers["Retry-After"] = str(fault.retry_after)
                return response
            case _:
                return self._error(403, "AccessDenied", "Access Denied.")

    async def _task(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        refused = self._refuse(request, fault)
        if refused is not None:
            return refused
        if request.match_info["bucket"] != BUCKET:
            return self._error(404, "NoSuchBucket", "The specified bucket does not exist.", request)
        task = self._site.find("tencent-cos", f"{request.match_info['bucket']}/{request.match_info['task']}", fault)
        if task is None:
            return self._error(404, "NoSuchTask", "The specified task does not exist.", request)
        data: dict[str, object] = {"percent": int(task.shown_percent), "status": self.raw_state(task)}
        if task.state is State.FAILED:
            data = {"code": "Forbidden", "msg": task.message or self.profile.failure} | data
        request_id = self._request_id()
        return web.json_response(
            {"code": 0, "message": "SUCCESS", "request_id": request_id, "data": data},
            headers={"x-cos-request-id": request_id, "Server": "tencent-cos"},
        )

    async def _other(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        refused = self._refuse(request, fault)
        if refused is not None:
            return refused
        return self._error(
            405, "MethodNotAllowed", "The specified method is not allowed against this resource.", request
        )

    def _refuse(self, request: web.Request, fault: Fault) -> web.Response | None:
        """Check the signature over the bytes as they came."""
        if fault.kind is FaultKind.EXPIRED:
            return self._error(403, "ExpiredToken", "The provided token has expired.", request)
        fields = dict(_fields(request.headers.get("Authorization", "")))
        if fields.get("q-sign-algorithm") != "sha1":
            return self._error(403, "AccessDenied", "Access Denied.", request)
        if fields.get("q-ak") != SECRET_ID:
            return self._error(
                403, "InvalidAccessKeyId", "The Access Key Id you provided does not exist in our records.", request
            )
        sign_time, key_time = fields.get("q-sign-time", ""), fields.get("q-key-time", "")
        for period in (sign_time, key_time):
            code = self._wrong_time(period)
            if code:
                return self._error(403, code, "The request is outside of the time that its signature allows.", request)
        if not any(
            hmac.compare_digest(
                fields.get("q-signature", "").encode(),
                cos_signature(
                    SECRET_KEY,
                    method=request.method,
                    path=unquote(request.raw_path.partition("?")[0]),
                    params=_named(fields.get("q-url-param-list", ""), request.query.items()),
                    headers=headers,
                    sign_time=sign_time,
                    key_time=key_time,
                ).encode(),
            )
            for headers in _signed_headers(request, fields.get("q-header-list", ""))
        ):
            return self._error(
                403,
                "SignatureDoesNotMatch",
                "The Signature you specified is invalid. Please check your access key and signing method.",
                request,
            )
        return None

    def _wrong_time(self, period: str) -> str:
        """Return the error code of a signature whose time is not now, or nothing."""
        start, _, end = period.partition(";")
        if not (start.isdecimal() and end.isdecimal() and len(period) < 40) or int(start) >= int(end):
            return "AccessDenied"
        now = self._site.now()
        if int(start) - MAX_SKEW <= now <= int(end):
            return ""
        # The start is the only thing that tells the client's clock.
        return "RequestTimeTooSkewed" if abs(now - int(start)) > MAX_SKEW else "ExpiredToken"

    def _request_id(self) -> str:
        parts = f"{int(self._site.now()):08x}_{self._site.hex(6)}_{self._site.hex(4)}"
        return base64.b64encode(parts.encode()).decode()

    def _error(self, status: int, code: str, message: str, request: web.Request | None = None) -> web.Response:
        request_id = self._request_id()
        resource = escape(request.path) if request is not None else ""
        return web.Response(
            status=status,
            text="<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n"
            f"\t<Code>{code}</Code>\n\t<Message>{message}</Message>\n\t<Resource>{resource}</Resource>\n"
            f"\t<RequestId>{request_id}</RequestId>\n\t<TraceId>{self._site.hex(32)}</TraceId>\n</Error>\n",
            content_type="application/xml",
            headers={"x-cos-request-id": request_id, "Server": "tencent-cos"},
        )


def _fields(authorization: str) -> Iterator[tuple[str, str]]:
    for part in authorization.split("&"):
        name, _, value = part.partition("=")
        yield name, value


def _named(names: str, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Keep the pairs that a semicolon list names; the list itself is lower-case and percent-encoded."""
    wanted = {unquote(name).lower() for name in names.split(";") if name}
    return [(name, value) for name, value in pairs if name.lower() in wanted]


def _signed_headers(request: web.Request, names: str) -> Iterator[list[tuple[str, str]]]:
    """Yield the signed headers as sent, and with the host name alone: the vendor's SDKs leave the port out."""
    named = _named(names, request.headers.items())
    yield named
    yield [(n, v.rpartition(":")[0].lower() if n.lower() == "host" and ":" in v else v) for n, v in named]
