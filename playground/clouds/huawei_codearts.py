"""Huawei CodeArts Check, simulated: task progress with its nulls, and errors inside a 200 answer."""

from collections.abc import Iterable
from datetime import UTC, datetime

from aiohttp import web

from playground.clouds.cloud import Operation, Phase, Profile, Site, read_state
from playground.clouds.faults import Fault, FaultKind
from playground.clouds.huawei_access import GATEWAY, HuaweiAccess, gateway_error, gateway_refusal
from playground.clouds.task import State, Task

REGION = "cn-north-4"
NEVER = "null"
# https://support.huaweicloud.com/intl/en-us/api-codecheck/codecheck_api_1007.html
STATES = {"0": State.RUNNING, "1": State.FAILED, "2": State.SUCCEEDED, "3": State.STOPPED, NEVER: State.QUEUED}
NUMBERS = {State.FAILED: "1", State.SUCCEEDED: "2", State.STOPPED: "3", State.QUEUED: NEVER}


class HuaweiCodearts:
    """The service in one region."""

    profile = Profile(
        name="huawei-codearts",
        title="Huawei CodeArts Check",
        account="codearts",
        scenarios=frozenset({"steady", "queued", "jumps", "fails", "never-checked"}),
        numeric_states=True,
    )

    def __init__(self, site: Site, access: HuaweiAccess) -> None:
        self._site = site
        self._access = access

    def operations(self) -> Iterable[Operation]:
        """Progress, the call that knows the name, and the gateway's answer to everything else."""
        return (
            Operation(name="progress", method="GET", path="/v2/tasks/{task}/progress", answer=self._progress),
            Operation(name="summary", method="GET", path="/v2/tasks/{task}/defects-summary", answer=self._summary),
            Operation(name="other", method="*", path="/{rest:.*}", answer=self._other),
        )

    def mint(self) -> str:
        """32 lower-case hex digits."""
        return self._site.hex(32)

    def raw_state(self, task: Task) -> str:
        """A number, or ``null`` for a task that was never checked."""
        return task.raw if task.raw is not None else NUMBERS.get(task.state, "0")

    def read_state(self, raw: str) -> State:
        """Read a status set by hand."""
        return read_state(STATES, raw)

    def phases(self, task: Task) -> tuple[Phase, ...]:  # noqa: ARG002 - this cloud tells none
        """CodeArts tells one figure only."""
        return ()

    def expire(self) -> None:
        """Refuse the tokens of now; IAM hands out new ones that work."""
        self._access.tokens.make_stale("huawei-codearts")

    def refusal(self, fault: Fault) -> web.Response:
        """The gateway refuses before the service is asked."""
        if fault.kind is FaultKind.DENIED:
            return gateway_error(self._site, 403, "APIGW.0302", "The IAM user is not allowed to access the API.")
        return gateway_refusal(self._site, fault)

    async def _progress(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        task = await self._task(request, fault)
        if not isinstance(task, Task):
            return task
        raw = self.raw_state(task)
        # Only a task that runs or succeeded has details; for all others the whole object is null.
        progress = None
        if task.state is State.SUCCEEDED:
            progress = {"ratio": "100%", "info": "success"}
        elif raw not in STATES or STATES[raw] is State.RUNNING:
            progress = {"ratio": f"{int(task.shown_percent)}%", "info": "running"}
        return self._say({"task_status": None if raw == NEVER else int(raw), "progress": progress})

    async def _summary(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        task = await self._task(request, fault)
        if not isinstance(task, Task):
            return task
        checked = datetime.fromtimestamp(task.started_at, UTC).strftime("%Y-%m-%d %H:%M:%S")
        return self._say(
            {
                "task_id": task.key,
                "task_name": task.name,
                "creator_id": self._site.hex(32),
                "git_url": "https://git.example.com/playground/shop.git",
                "git_branch": "main",
                "last_check_time": checked,
                "issue_count": "12",
                "is_access": "1",
            }
        )

    async def _task(self, request: web.Request, fault: Fault) -> Task | web.Response:
        denial = await self._access.denial(request, "huawei-codearts", REGION, fault)
        if denial is not None:
            if denial.vendor == "expired":
                return gateway_error(self._site, 401, "CC.00000003", "Authentication information expired.")
            if denial.vendor == "project":
                return gateway_error(self._site, 401, "APIGW.0307", "The token must be updated.")
            return gateway_error(self._site, 401, "APIGW.0301", GATEWAY + denial.reason)
        key = request.match_info["task"]
        if len(key) > 32:
            return self._say({"error_code": "CC.00050000", "error_msg": "Invalid parameters."})
        task = self._site.find("huawei-codearts", key, fault)
        # No document says how an unknown id is answered; the failed detail query is the nearest.
        return task or self._say({"error_code": "CC.00050002", "error_msg": "Failed to query the task details."})

    async def _other(self, request: web.Request, fault: Fault) -> web.StreamResponse:  # noqa: ARG002 - as every answer
        return gateway_error(self._site, 404, "APIGW.0101", "The API does not exist or has not been published.")

    def _say(self, body: dict[str, object]) -> web.Response:
        return web.json_response(body, headers={"X-Request-Id": self._site.hex(32)})
