"""What Huawei Cloud DRS answers: states, phases, delays, and errors that stand inside results.

https://support.huaweicloud.com/intl/en-us/api-drs/drs_03_0114.html
"""

from collections.abc import Mapping, Sequence

from providers.base import (
    Absence,
    AccessDenied,
    Outlook,
    Phase,
    PhaseName,
    ProviderError,
    RateLimited,
    Reading,
    TaskKey,
    TaskNotFound,
    TaskSnapshot,
    TaskState,
    Unavailable,
    UnexpectedResponse,
)
from providers.http import Answer, retry_after
from providers.huawei import gateway_error
from providers.reading import CODE_LIMIT, label, member, number, percent, remaining, text
from providers.reasons import Cause, Hint, Reason, Service

_S = TaskState

ONE_ONLY = "DRS.M00299"
"""The code of a request that holds more ids than one where only one is allowed."""

# https://support.huaweicloud.com/intl/en-us/api-drs/drs_api_0150.html and the older status page drs_05_0005
STATES: Mapping[str, TaskState] = {
    **dict.fromkeys(("CREATING", "CONFIGURATION", "WAITING_FOR_START", "STARTJOBING"), _S.QUEUED),
    **dict.fromkeys(("FULL_TRANSFER_STARTED", "FULL_TRANSFER_COMPLETE", "TRANSFERRING"), _S.RUNNING),
    "INCRE_TRANSFER_STARTED": _S.SYNCING,
    "PAUSING": _S.PAUSED,
    **dict.fromkeys(("CREATE_FAILED", "START_JOB_FAILED", "FULL_TRANSFER_FAILED", "INCRE_TRANSFER_FAILED"), _S.FAILED),
    "RELEASE_RESOURCE_STARTED": _S.RUNNING,
    "RELEASE_RESOURCE_COMPLETE": _S.STOPPED,
    "RELEASE_RESOURCE_FAILED": _S.FAILED,
    "DELETED": _S.STOPPED,
    **dict.fromkeys(
        ("CHANGE_JOB_STARTED", "REBUILD_NODE_STARTED", "NODE_UPGRADE_START", "NODE_UPGRADE_COMPLETE"), _S.RUNNING
    ),
    **dict.fromkeys(("CHANGE_JOB_FAILED", "REBUILD_NODE_FAILED", "NODE_UPGRADE_FAILED"), _S.FAILED),
    **dict.fromkeys(("CHILD_TRANSFER_STARTING", "CHILD_TRANSFER_STARTED", "CHILD_TRANSFER_COMPLETE"), _S.RUNNING),
    "CHILD_TRANSFER_FAILED": _S.FAILED,
    **dict.fromkeys(("RELEASE_CHILD_TRANSFER_STARTED", "RELEASE_CHILD_TRANSFER_COMPLETE"), _S.RUNNING),
    "SUCCESS": _S.SUCCEEDED,
    "FAILED": _S.FAILED,
}

PHASES = {"struct": PhaseName.STRUCTURE, "data": PhaseName.DATA, "index": PhaseName.INDEX}

# https://support.huaweicloud.com/intl/en-us/api-drs/drs_05_0004.html
# "task information not found" and "the job does not exist"
_NOT_FOUND = frozenset({"DRS.M05003", "DRS.10000010"})
_ENDED = "DRS.M05004"
_BAD_PARAMETER = frozenset(f"DRS.M{code}" for code in ("00007", "00200", "00201", "00202", "00300", "00305"))
_DENIED = {
    "DRS.M00100": Hint.TOKEN_INVALID,
    "DRS.M00101": Hint.NO_ROLE,
    "DRS.M00102": Hint.NO_PERMISSION,
    "DRS.M00103": Hint.NO_PERMISSION,
    "DRS.M00105": Hint.USER_RESTRICTED,
    "DRS.M00261": Hint.PROJECT_WRONG,
}
_EMPTY = "DRS.M00002"
_THROTTLED = "DRS.M01503"
_IN_TROUBLE = {
    "DRS.M00004": Hint.SERVICE_ABNORMAL,
    "DRS.M01501": Hint.SERVICE_ABNORMAL,
    "DRS.M01504": Hint.OTHER_OPERATION,
    "DRS.10000001": Hint.FAILED,
}

PER_TASK = frozenset({*_NOT_FOUND, *_BAD_PARAMETER, _ENDED, _EMPTY, ONE_ONLY})
"""Codes that one id of a batch can cause, whatever the status they come with."""


def parse(item: Mapping[str, object]) -> TaskSnapshot:
    """Read one result; one that carries an error instead of a status is raised as what it means."""
    told = item.get("transfer_status")
    # A status of the table needs no cleaning.
    raw = told if isinstance(told, str) and told in STATES else label(told)
    code = label(item.get("error_code"), CODE_LIMIT)
    said = text(item.get("error_msg"))
    if code not in ("", "0") and not raw:
        return reading_of(code, said, None)
    status = raw.upper()
    known = STATES.get(status)
    # An undocumented status is running, but for this ending, which speaks for itself.
    state = known or (_S.FAILED if status.endswith("_FAILED") else _S.RUNNING)
    if status == "FULL_TRANSFER_COMPLETE" and label(item.get("task_mode")).upper() == "FULL_TRANS":
        # The other modes go on with an incremental phase.
        state = _S.SUCCEEDED
    phases = parse_phases(item.get("progress_map"))
    return TaskSnapshot(
        state=state,
        raw_state=raw,
        known_state=known is not None,
        percent=_percent(item.get("progress"), phases),
        message=said or (code if code != "0" else ""),
        remaining_seconds=remaining(item.get("remaining_time")),
        lag_seconds=_lag(item) if state is _S.SYNCING else None,
        phases=phases,
        outlook=_outlook(status, state),
    )


def _outlook(status: str, state: TaskState) -> Outlook:
    if status == "RELEASE_RESOURCE_COMPLETE":
        return Outlook.ENDED
    if status == "FULL_TRANSFER_COMPLETE" and state is _S.RUNNING:
        return Outlook.COMPLETE
    # Operators can retry a failed job, and then it goes on under the same id.
    return Outlook.MAY_RETURN if state is _S.FAILED else Outlook.PLAIN


def _percent(value: object, phases: tuple[Phase, ...]) -> float | None:
    told = percent(value)
    # "0" is sent beside phases that are nearly done.
    if told == 0 and any(phase.percent for phase in phases):
        return sum(phase.percent for phase in phases) / len(phases)
    return told


def _lag(item: Mapping[str, object]) -> float | None:
    millis = number(item.get("incre_trans_delay_millis"))
    if millis is not None and millis >= 0:
        return millis / 1000
    seconds = number(item.get("incre_trans_delay"))
    # "-1" outside the incremental phase.
    return seconds if seconds is not None and seconds >= 0 else None


def parse_phases(value: object) -> tuple[Phase, ...]:
    """Return the phases that carry a percentage; one page documents a list where samples show an object."""
    if value is None:
        return ()
    parts = value if isinstance(value, list) else [value]
    found: dict[str, Phase] = {}
    for part in parts:
        for key, phase in part.items() if isinstance(part, dict) else ():
            done = percent((member(phase) or {}).get("completed"))
            if key in PHASES and done is not None:
                found[key] = Phase(name=PHASES[key], percent=done)
    return tuple(found[key] for key in PHASES if key in found)


def parse_results(results: Sequence[object], keys: Sequence[TaskKey]) -> dict[TaskKey, Reading]:
    """Match results to *keys* by id: they come in any order, may lack some, and a bad one spoils no other."""
    readings: dict[TaskKey, Reading] = {}
    wanted = set(keys)
    for item in results:
        if not isinstance(item, dict):
            continue
        told = item.get("job_id")
        key = TaskKey(told if isinstance(told, str) and told in wanted else label(told).lower())
        if key in wanted and key not in readings:
            try:
                readings[key] = parse(item)
            except ProviderError as trouble:
                readings[key] = trouble
    for key in keys:
        if key not in readings:
            readings[key] = TaskNotFound(Cause(Reason.LEFT_OUT, who=Service.DRS), absence=Absence.SILENT)
    return readings


def reading_of(code: str, said: str, answer: Answer | None) -> TaskSnapshot:
    """Return the end that an error code tells of, or raise what the code means."""
    if code == _ENDED:
        return TaskSnapshot(state=_S.STOPPED, raw_state=code, message=said, outlook=Outlook.ENDED)
    raise error_of(code, said, answer)


def error_of(code: str, said: str, answer: Answer | None) -> ProviderError:
    """Return what a code means; without one of DRS's own, the gateway and the status speak."""

    def cause(reason: Reason, *, hint: Hint = Hint.NONE, said: str = "") -> Cause:
        return Cause(reason, who=Service.DRS, code=code, hint=hint, said=said)

    if code in _NOT_FOUND:
        return TaskNotFound(cause(Reason.TASK_UNKNOWN))
    if code in _BAD_PARAMETER:
        return TaskNotFound(cause(Reason.ID_REFUSED, said=said), absence=Absence.VAGUE)
    if code == _EMPTY:
        return TaskNotFound(cause(Reason.NO_RESULT), absence=Absence.SILENT)
    if code in _DENIED:
        return AccessDenied(cause(Reason.REQUEST_REFUSED, hint=_DENIED[code]))
    if code == _THROTTLED:
        after = retry_after(answer) if answer is not None else None
        return RateLimited(cause(Reason.THROTTLED), retry_after=after)
    if code in _IN_TROUBLE:
        return Unavailable(cause(Reason.IN_TROUBLE, hint=_IN_TROUBLE[code]))
    if answer is None:
        return UnexpectedResponse(cause(Reason.UNDOCUMENTED_ERROR, said=said))
    trouble = gateway_error(answer, code, said)
    if isinstance(trouble, TaskNotFound):
        # The ids are in the body, so a 404 is about the address: never a reason to forget a task.
        return TaskNotFound(trouble.cause, absence=Absence.VAGUE)
    return trouble
