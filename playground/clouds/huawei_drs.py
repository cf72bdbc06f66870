"""Huawei DRS v3, simulated: progress and names of many jobs in one POST; every figure is a string."""

import re
from collections.abc import Iterable

from aiohttp import web

from playground.clouds.cloud import Operation, Phase, Profile, Site, json_body, read_state
from playground.clouds.faults import Fault, FaultKind
from playground.clouds.huawei_access import GATEWAY, PROJECTS, HuaweiAccess, gateway_error, gateway_refusal
from playground.clouds.task import Mode, State, Task

REGION = "ap-southeast-1"
# The last group of a job id ends in jb and 2 or 3 characters, so it is no UUID.
JOB_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-z]{12}")
NOT_FOUND = ("DRS.M05003", "Task information not found.")

# https://support.huaweicloud.com/intl/en-us/api-drs/drs_03_0114.html
STATES = (
    dict.fromkeys(("CREATING", "CONFIGURATION", "WAITING_FOR_START", "STARTJOBING"), State.QUEUED)
    | dict.fromkeys(("RELEASE_RESOURCE_COMPLETE", "DELETED"), State.STOPPED)
    | {
        "INCRE_TRANSFER_STARTED": State.SYNCING,
        "PAUSING": State.PAUSED,
        "SUCCESS": State.SUCCEEDED,
        "FAILED": State.FAILED,
    }
)


class HuaweiDrs:
    """The service for one project of one region."""

    profile = Profile(
        name="huawei-drs",
        title="Huawei DRS",
        account="drs",
        scenarios=frozenset({"steady", "queued", "jumps", "fails", "map-only"}),
        modes=frozenset(Mode),
        default_mode=Mode.BOTH,
        has_paused=True,
        has_syncing=True,
        name_length=(4, 50),
    )

    def __init__(self, site: Site, access: HuaweiAccess) -> None:
        self._site = site
        self._access = access

    def operations(self) -> Iterable[Operation]:
        """Progress, details, and the gateway's answer to everything else."""
        jobs = "/v3/{project}/jobs"
        return (
            Operation(name="progress", method="POST", path=f"{jobs}/batch-progress", answer=self._progress),
            Operation(name="detail", method="POST", path=f"{jobs}/batch-detail", answer=self._detail),
            Operation(name="other", method="*", path="/{rest:.*}", answer=self._other),
        )

    def mint(self) -> str:
        """A UUID whose last group ends in ``jb`` and two more characters."""
        site = self._site
        groups = [site.hex(digits) for digits in (8, 4, 4, 4, 8)]
        return f"{'-'.join(groups)}jb{site.dice.choice(('21', '15', '20'))}"

    def raw_state(self, task: Task) -> str:
        """One of the documented values."""
        if task.raw is not None:
            return task.raw
        incremental = task.mode is Mode.INCREMENTAL or task.was_synced
        match task.state:
            case State.QUEUED:
                return "WAITING_FOR_START"
            case State.RUNNING if task.mode is Mode.INCREMENTAL:
                return "INCRE_TRANSFER_STARTED"
            case State.RUNNING:
                return "FULL_TRANSFER_COMPLETE" if task.percent >= 100 else "FULL_TRANSFER_STARTED"
            case State.SYNCING:
                return "INCRE_TRANSFER_STARTED"
            case State.PAUSED:
                return "PAUSING"
            case State.FAILED:
                return "INCRE_TRANSFER_FAILED" if incremental else "FULL_TRANSFER_FAILED"
            case State.STOPPED:
                return "DELETED"
            case State.SUCCEEDED if task.mode is Mode.FULL:
                return "FULL_TRANSFER_COMPLETE"
            case _:
                # A task that follows changes ends by being released; that counts as success after it was in sync.
                return "RELEASE_RESOURCE_COMPLETE" if task.was_synced else "SUCCESS"

    def read_state(self, raw: str) -> State:
        """Read a status set by hand."""
        return read_state(STATES, raw)

    def phases(self, task: Task) -> tuple[Phase, ...]:
        """A full copy has three parts, one after the other; the incremental phase has none."""
        if task.mode is Mode.INCREMENTAL or task.state in (State.QUEUED, State.SYNCING):
            return ()
        percent = task.shown_percent
        parts = (("structure", 0.0, 10.0), ("data", 10.0, 90.0), ("index", 90.0, 100.0))
        return tuple(
            Phase(name=name, percent=round(min(100.0, max(0.0, (percent - first) / (last - first) * 100)), 1))
            for name, first, last in parts
        )

    def expire(self) -> None:
        """Refuse the tokens of now; IAM hands out new ones that work."""
        self._access.tokens.make_stale("huawei-drs")

    def refusal(self, fault: Fault) -> web.Response:
        """DRS throttles with a 400 of its own."""
        match fault.kind:
            case FaultKind.DENIED:
                return self._error(403, "DRS.M00102", "You do not have the permission to perform this operation.")
            case FaultKind.THROTTLED:
                return self._error(400, "DRS.M01503", "The operation is too frequent. Try again later.")
            case _:
                return gateway_refusal(self._site, fault)

    async def _progress(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        jobs = await self._jobs(request, fault)
        if isinstance(jobs, web.Response):
            return jobs
        found = [(job, self._site.find("huawei-drs", job, fault)) for job in jobs]
        if fault.kind is FaultKind.BATCH_REFUSED and any(task is None for _, task in found):
            return self._error(400, *NOT_FOUND)
        if fault.kind is FaultKind.SILENT:
            found = [(job, task) for job, task in found if task is not None]
        results = [self._result(task) if task else _unknown("job_id", job) for job, task in found]
        self._site.dice.shuffle(results)  # DRS promises no order
        return self._say({"count": len(results), "results": results})

    def _result(self, task: Task) -> dict[str, object]:
        percent, lag = int(task.shown_percent), task.lag_seconds
        phases = self.phases(task)
        remaining = task.remaining_seconds or 0
        only_map = task.scenario == "map-only" and bool(phases)
        result: dict[str, object] = {
            "progress": "0" if only_map else str(percent),
            "job_id": task.key,
            "incre_trans_delay": str(-1 if lag is None else lag),
            "incre_trans_delay_millis": str(-1 if lag is None else lag * 1000),
            "task_mode": str(task.mode),
            "transfer_status": self.raw_state(task),
            "process_time": str(int(task.as_of * 1000)) if percent else "0",
            "remaining_time": str(remaining),
        }
        if phases:
            result["progress_map"] = {
                name: {"completed": f"{int(phase.percent)}%", "remaining_time": None}
                for name, phase in zip(("struct", "data", "index"), phases, strict=True)
            }
        return result

    async def _detail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        jobs = await self._jobs(request, fault)
        if isinstance(jobs, web.Response):
            return jobs
        results: list[dict[str, object]] = []
        for job in jobs:
            task = self._site.find("huawei-drs", job, fault)
            if task is None:
                results.append(_unknown("id", job))
                continue
            results.append(
                {
                    "id": task.key,
                    "name": task.name,
                    "status": self.raw_state(task),
                    "description": "",
                    "create_time": str(int(task.started_at * 1000)),
                    "task_type": str(task.mode),
                    "db_use_type": "sync",
                    "job_direction": "up",
                }
            )
        return self._say({"count": len(results), "results": results})

    async def _jobs(self, request: web.Request, fault: Fault) -> list[str] | web.Response:
        """Return the ids that an allowed caller asks for, or the refusal."""
        denial = await self._access.denial(request, "huawei-drs", "", fault)
        if denial is not None:
            if denial.vendor == "expired":
                return self._error(403, "DRS.M00100", "Invalid token.")
            return gateway_error(self._site, 401, "APIGW.0301", GATEWAY + denial.reason)
        if request.match_info["project"] != PROJECTS[REGION] or self._of_another_project(request):
            return self._error(403, "DRS.M00261", "Invalid project ID.")
        body = await json_body(request)
        if not isinstance(body, dict) or "jobs" not in body:
            return self._error(400, "DRS.M00200", "The request body is invalid.")
        jobs = body["jobs"]
        if not isinstance(jobs, list) or not jobs or not all(isinstance(j, str) and JOB_ID.fullmatch(j) for j in jobs):
            return self._error(400, "DRS.M00201", "The job ids are invalid.")
        if len(set(jobs)) < len(jobs):
            return self._error(400, "DRS.M00301", "The request contains duplicate job ids.")
        return jobs

    def _of_another_project(self, request: web.Request) -> bool:
        token = self._access.tokens.find(request.headers.get("X-Auth-Token", ""))
        return token is not None and token.scope != REGION

    async def _other(self, request: web.Request, fault: Fault) -> web.StreamResponse:  # noqa: ARG002 - as every answer
        return gateway_error(self._site, 404, "APIGW.0101", "The API does not exist or has not been published.")

    def _say(self, body: dict[str, object]) -> web.Response:
        return web.json_response(body, headers={"X-Request-Id": self._site.hex(32)})

    def _error(self, status: int, code: str, message: str) -> web.Response:
        return web.json_response(
            {"error_code": code, "error_msg": message}, status=status, headers={"X-Request-Id": self._site.hex(32)}
        )


def _unknown(field: str, job: str) -> dict[str, object]:
    code, message = NOT_FOUND
    return {field: job, "error_code": code, "error_msg": message}
