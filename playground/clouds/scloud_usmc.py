"""SCloud (UCloud) USMC server migrations, simulated: one form POST, an Action and a RetCode."""

import hmac
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from aiohttp import web

from playground.clouds.cloud import Operation, Phase, Profile, Site, json_body, read_state
from playground.clouds.faults import Fault, FaultKind
from playground.clouds.signatures import ucloud_signature
from playground.clouds.task import State, Task

PUBLIC_KEY = "playground@example.com"
PRIVATE_KEY = "playground-private-key"
MAX_PAGE = 100

# No document names a state; these are the labels of the vendor's console, and their English twins.
LABELS = {
    "zh": {
        State.QUEUED: "已创建",
        State.RUNNING: "迁移中",
        State.SYNCING: "已同步",
        State.PAUSED: "已暂停",
        State.SUCCEEDED: "已完成",
        State.FAILED: "迁移失败",
        State.STOPPED: "已停止",
    },
    "en": {
        State.QUEUED: "Created",
        State.RUNNING: "Migrating",
        State.SYNCING: "Synced",
        State.PAUSED: "Paused",
        State.SUCCEEDED: "Finished",
        State.FAILED: "Failed",
        State.STOPPED: "Stopped",
    },
}
STATES = {label: state for labels in LABELS.values() for state, label in labels.items()}


class ScloudUsmc:
    """One account; all of its tasks are in one migration plan."""

    profile = Profile(
        name="scloud-usmc",
        title="SCloud USMC",
        account="usmc",
        scenarios=frozenset({"steady", "queued", "stalls", "jumps", "fails"}),
        has_paused=True,
        has_syncing=True,
        languages=frozenset(LABELS),
        failure="stop-over host: connection to port 22 refused",
    )

    def __init__(self, site: Site) -> None:
        self._site = site
        self.plan = f"usmc-{site.text(11)}"

    def operations(self) -> Iterable[Operation]:
        """Everything goes through the root."""
        return (
            Operation(name="action", method="POST", path="", answer=self._action),
            Operation(name="action", method="POST", path="/", answer=self._action),
            Operation(name="action", method="GET", path="", answer=self._action),
            Operation(name="action", method="GET", path="/", answer=self._action),
        )

    def mint(self) -> str:
        """The plan and a ``usmc-task-`` with eight hex digits."""
        return f"{self.plan}/usmc-task-{self._site.hex(8)}"

    def raw_state(self, task: Task) -> str:
        """A label of the console."""
        return task.raw if task.raw is not None else LABELS[task.language][task.state]

    def read_state(self, raw: str) -> State:
        """Read a status set by hand."""
        return read_state(STATES, raw)

    def phases(self, task: Task) -> tuple[Phase, ...]:  # noqa: ARG002 - this cloud tells none
        """USMC tells one figure only."""
        return ()

    def expire(self) -> None:
        """Keys have no expiry and nothing to renew; the refusal itself is the fault."""

    def refusal(self, fault: Fault) -> web.Response:
        """Refuse by RetCode; only a machine that is down says it by status."""
        match fault.kind:
            case FaultKind.DOWN:
                return web.Response(status=503, text="<html><h1>503 Service Temporarily Unavailable</h1></html>")
            case FaultKind.THROTTLED:
                return self._say("GetUSMCTaskStatus", 153, "Request has been throttled, please try again later")
            case _:
                return self._say("GetUSMCTaskStatus", 172, "User not exist")

    async def _action(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        params = await _params(request)
        action = params.get("Action", "")
        if not action:
            return self._say("", 160, "Missing Action")
        answers = {"GetUSMCTaskStatus": self._status, "ListUSMCTask": self._tasks, "ListUSMCPlan": self._plans}
        if action not in answers:
            return self._say(action, 161, f"Action [{action[:60]}] not exist")
        refused = self._refuse(action, params, fault)
        return refused if refused is not None else answers[action](params, fault)

    def _refuse(self, action: str, params: Mapping[str, str], fault: Fault) -> web.Response | None:
        if fault.kind is FaultKind.EXPIRED:
            return self._say(action, 174, "Token not exist")
        if params.get("PublicKey") != PUBLIC_KEY:
            return self._say(action, 172, "User not exist")
        if not params.get("Signature"):
            return self._say(action, 170, "Missing Signature")
        if not hmac.compare_digest(params["Signature"].encode(), ucloud_signature(PRIVATE_KEY, params).encode()):
            return self._say(action, 171, "Signature VerifyAC Error")
        return None

    def _status(self, params: Mapping[str, str], fault: Fault) -> web.Response:
        for name in ("PlanId", "TaskId"):
            if not params.get(name):
                return self._say("GetUSMCTaskStatus", 220, f"Missing params [{name}]")
        task = self._site.find("scloud-usmc", f"{params['PlanId']}/{params['TaskId']}", fault)
        if task is None:
            return self._say("GetUSMCTaskStatus", 67001, "UsmcTask not exist")
        data: dict[str, object] = {
            "State": self.raw_state(task),
            "Progress": {"Percentage": round(task.shown_percent, 2)},
        }
        reason = task.message or (self.profile.failure if task.state is State.FAILED else "")
        if reason:
            data["FailedMessage"] = reason
        return self._say("GetUSMCTaskStatus", 0, "", Data=data)

    def _tasks(self, params: Mapping[str, str], fault: Fault) -> web.Response:
        if not params.get("PlanId"):
            return self._say("ListUSMCTask", 220, "Missing params [PlanId]")
        offset, limit = _number(params.get("Offset", "0")), _number(params.get("Limit", "20"))
        if offset is None or limit is None or limit > MAX_PAGE:
            return self._say("ListUSMCTask", 230, "Params [Limit] not available")
        known = [] if fault.kind is FaultKind.VANISHED else self._site.of("scloud-usmc")
        found = [task for task in known if task.key.startswith(f"{params['PlanId']}/")]
        data = [
            {
                "TaskId": task.key.partition("/")[2],
                "Name": task.name,
                "SrcHostName": f"host-{task.id}",
                "SrcHostIp": f"192.0.2.{number % 254 + 1}",
                "State": self.raw_state(task),
                "Progress": {"Percentage": round(task.shown_percent, 2)},
                "AgentState": "online",
                "CreateTime": int(task.started_at),
            }
            for number, task in enumerate(found)
        ]
        return self._say("ListUSMCTask", 0, "", TotalCount=len(data), Data=data[offset : offset + limit])

    def _plans(self, params: Mapping[str, str], fault: Fault) -> web.Response:  # noqa: ARG002 - as every action
        plan = {"PlanId": self.plan, "Name": "playground", "SourceVendor": "Other", "TargetRegion": "sg"}
        return self._say("ListUSMCPlan", 0, "", TotalCount=1, Data=[plan])

    def _say(self, action: str, code: int, message: str, **more: object) -> web.Response:
        body: dict[str, object] = {"RetCode": code, "Action": f"{action}Response"}
        if message:
            body["Message"] = message
        return web.json_response(body | more, headers={"X-UCLOUD-REQUEST-UUID": self._site.uuid()})


async def _params(request: web.Request) -> dict[str, str]:
    """Read flat parameters from the query, a form or a JSON body; anything else counts as missing."""
    params = dict(request.query)
    if request.content_type == "application/json":
        body = await json_body(request)
        if isinstance(body, dict):
            params |= {str(name): _text(value) for name, value in body.items() if value is not None}
    else:
        params |= parse_qsl((await request.read()).decode(), keep_blank_values=True)
    return params


def _text(value: object) -> str:
    """Render a JSON value as the gateway does before it checks the signature."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 8 else None
