"""The 123pan open platform, simulated: tokens, copy progress and failed files; errors are codes in a 200 answer."""

import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

from aiohttp import web

from playground.clouds.cloud import Operation, Phase, Profile, Site, json_body, read_state
from playground.clouds.faults import Fault, FaultKind
from playground.clouds.task import State, Task
from playground.clouds.tokens import Tokens

CLIENT_ID = "playground"
CLIENT_SECRET = "playground-client-secret"  # noqa: S105 - well known, and valid on loopback only
# Seen in community clients: about 90 days of life, three live tokens per account.
TOKEN_LIFETIME = 90 * 24 * 3600.0
TOKEN_LIMIT = 3
BEIJING = timezone(timedelta(hours=8))
MAX_FILES = 100

# https://123yunpan.yuque.com/org-wiki-123yunpan-muaork/cr6ced/rissl4ewklaui4th
STATES = {"1": State.RUNNING, "2": State.SUCCEEDED, "3": State.FAILED, "4": State.QUEUED}
NUMBERS = {State.SUCCEEDED: "2", State.FAILED: "3", State.QUEUED: "4"}


class Pan123:
    """One account of the open platform."""

    profile = Profile(
        name="pan123",
        title="123pan",
        account="pan",
        scenarios=frozenset({"steady", "queued", "fails", "failed-files"}),
        has_percent=False,
        has_stopped=False,
        failure="源文件不存在",
        numeric_states=True,
    )

    def __init__(self, site: Site) -> None:
        self._site = site
        self.tokens = Tokens(site.now, lifetime=TOKEN_LIFETIME, limit=TOKEN_LIMIT)

    def operations(self) -> Iterable[Operation]:
        """The three calls that a progress reader needs."""
        copy = "/api/v1/oss/source/copy"
        return (
            Operation(name="token", method="POST", path="/api/v1/access_token", answer=self._token),
            Operation(name="process", method="GET", path=f"{copy}/process", answer=self._process),
            Operation(name="fail", method="GET", path=f"{copy}/fail", answer=self._fail),
            Operation(name="other", method="*", path="/{rest:.*}", answer=self._other),
        )

    def mint(self) -> str:
        """32 lower-case letters and digits, at least one letter beyond f."""
        text = self._site.text(32)
        return text if any(letter > "f" for letter in text) else f"{text[:-1]}z"

    def raw_state(self, task: Task) -> str:
        """A number; a standing task is still in progress."""
        return task.raw if task.raw is not None else NUMBERS.get(task.state, "1")

    def read_state(self, raw: str) -> State:
        """Read a status set by hand."""
        return read_state(STATES, raw)

    def phases(self, task: Task) -> tuple[Phase, ...]:  # noqa: ARG002 - this cloud tells none
        """123pan tells no figures."""
        return ()

    def expire(self) -> None:
        """End every token; ended ones no longer count against the limit."""
        self.tokens.revoke_all()

    def refusal(self, fault: Fault) -> web.Response:
        """Say it in the body; only a machine that is down says it by status."""
        match fault.kind:
            case FaultKind.DOWN:
                return web.Response(status=503, text="<html><h1>503 Service Temporarily Unavailable</h1></html>")
            case FaultKind.THROTTLED:
                return self._say(429, "操作频繁,请稍后再试")
            case _:
                return self._say(401, "access_token is invalid")

    async def _token(self, request: web.Request, fault: Fault) -> web.StreamResponse:  # noqa: ARG002 - as every answer
        if request.headers.get("Platform") != "open_platform":
            return self._say(400, "Platform must be open_platform")
        body = await json_body(request)
        given = (body.get("clientID"), body.get("clientSecret")) if isinstance(body, dict) else (None, None)
        if not _same(given, (CLIENT_ID, CLIENT_SECRET)):
            return self._say(401, "clientID or clientSecret is wrong")
        token = self.tokens.issue(f"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{self._site.text(120)}.{self._site.text(43)}")
        if token is None:
            return self._say(401, "tokens number has exceeded the limit")
        ends = datetime.fromtimestamp(token.ends_at, BEIJING).isoformat(timespec="seconds")
        return self._say(0, "ok", {"accessToken": token.text, "expiredAt": ends})

    async def _process(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        refused = self._refuse(request, fault)
        if refused is not None:
            return refused
        task = self._site.find("pan123", request.query.get("taskID", ""), fault)
        if task is None:
            return self._say(5066, "任务不存在")
        reason = (task.message or self.profile.failure) if task.state is State.FAILED else task.message
        return self._say(0, "ok", {"status": int(self.raw_state(task)), "failMsg": reason})

    async def _fail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        refused = self._refuse(request, fault)
        if refused is not None:
            return refused
        limit, page = request.query.get("limit", ""), request.query.get("page", "")
        if not _counts(limit, 100) or not _counts(page, 1_000_000):
            return self._say(400, "limit is 1 to 100 and page starts at 1")
        task = self._site.find("pan123", request.query.get("taskID", ""), fault)
        if task is None:
            return self._say(5066, "任务不存在")
        total = task.failed_files if task.terminal else 0
        first = (int(page) - 1) * int(limit)
        files = [
            {"fileId": 14_000_000 + number, "filename": f"IMG_{number + 1:04d}.heic"}
            for number in range(first, min(first + int(limit), total))
        ]
        # The list is null, not empty, when there is nothing to tell.
        return self._say(0, "ok", {"total": total, "list": files or None})

    async def _other(self, request: web.Request, fault: Fault) -> web.StreamResponse:  # noqa: ARG002 - as every answer
        return self._say(404, f"no such call: {request.path[:200]}")

    def _refuse(self, request: web.Request, fault: Fault) -> web.Response | None:
        if request.headers.get("Platform") != "open_platform":
            return self._say(400, "Platform must be open_platform")
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        token = self.tokens.find(text) if scheme == "Bearer" else None
        if token is None or not self.tokens.works(token, "pan123"):
            return self._say(401, "access_token is invalid")
        if fault.kind is FaultKind.EXPIRED:
            self._site.faults.clear("pan123")
        return None

    def _say(self, code: int, message: str, data: object = None) -> web.Response:
        trace = f"{self._site.uuid()}_kong-db-{self._site.hex(10)}-{self._site.text(5)}"
        return web.json_response({"code": code, "message": message, "data": data, "x-traceID": trace})


def _same(given: tuple[object, object], known: tuple[str, str]) -> bool:
    return all(
        isinstance(a, str) and hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(given, known, strict=True)
    )


def _counts(text: str, most: int) -> bool:
    return text.isdecimal() and len(text) < 8 and 1 <= int(text) <= most
