"""Huawei Cloud CodeArts Check: progress of a code check task.

https://support.huaweicloud.com/intl/en-us/api-codecheck/ShowProgressDetailV2.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit

import httpx
from pydantic import Field

from providers.auth.huawei_gate import Gates
from providers.auth.keeper import TokenKeeper
from providers.base import (
    Absence,
    AccessDenied,
    InvalidKey,
    Likeness,
    ProviderError,
    Reading,
    TaskKey,
    TaskNotFound,
    TaskSnapshot,
    TaskState,
    Unavailable,
    UnexpectedResponse,
)
from providers.call import Auth
from providers.flaws import Flaw
from providers.http import Answer, ask, traced
from providers.huawei import HuaweiAccount, HuaweiCalls, gateway_error, host, read_error
from providers.reading import integer, label, member, percent, text
from providers.reasons import Cause, Hint, Reason, Service
from providers.single import one_by_one

EXAMPLE = "76a095890e894f4099c2e3f005d827e3"

STATES: Mapping[str, TaskState] = {
    "0": TaskState.RUNNING,
    "1": TaskState.FAILED,
    "2": TaskState.SUCCEEDED,
    "3": TaskState.STOPPED,
}

# https://support.huaweicloud.com/intl/en-us/api-codecheck/ErrorCode.html
_BUSY = {
    "CC.00000000": Hint.NETWORK_BUSY,
    "CC.00050001": Hint.LIST_FAILED,
    "CC.00050003": Hint.TEMPLATE_FAILED,
    "CC.00050012": Hint.TRY_LATER,
}
# No document says how an unknown task is answered; these are what it may look like.
_MAYBE_ABSENT = {"CC.00050000": Hint.INVALID_PARAMETERS, "CC.00050002": Hint.DETAIL_FAILED}
_NO_PROJECT = "CC.00050013"
_NO_MEMBER = re.compile(r"permission|not (?:a member|in any|in the)|in no project|no project", re.IGNORECASE)

_ID = re.compile(r"[0-9a-zA-Z]{1,32}")
_SURE = re.compile(r"[0-9a-f]{32}")
_HOST = re.compile(r"(?:[a-z0-9-]+\.)*(?:huaweicloud\.com|huaweicloud\.cn)")
_PATH = re.compile(r"/project/[0-9a-f]{32}/codecheck/task/([0-9a-f]{32})(?:[/?#]|$)")
_REGION = re.compile(r"[a-z]{2}-[a-z]+-\d+")


class CodeArtsAccount(HuaweiAccount):
    """An account at Huawei Cloud CodeArts Check."""

    provider: Literal["huawei-codearts"] = Field(description="The kind of cloud.", examples=["huawei-codearts"])
    project_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = Field(
        default=None,
        description="Id of the CodeArts project; only for the link to the console.",
        examples=["41f5a1bcd4d04e9f8b2d4a1d0d5c6f7a"],
    )


def parse_key(typed: str, region: str) -> TaskKey:
    """Return the task id, also out of the URL of a task's page; that must be of *region* where it names one."""
    found = typed.strip()
    if re.match(r"https?://", found, re.IGNORECASE):
        found = _id_in_url(found, region)
    if not _ID.fullmatch(found):
        raise InvalidKey(Flaw.CODEARTS_FORM, example=EXAMPLE)
    return TaskKey(found.lower() if _SURE.fullmatch(found.lower()) else found)


def _id_in_url(url: str, region: str) -> str:
    try:
        parts = urlsplit(url)
        place = parts.hostname or ""
    except ValueError:
        place = ""
    found = _PATH.search(url)
    if not _HOST.fullmatch(place) or "devcloud" not in place or found is None:
        raise InvalidKey(Flaw.CODEARTS_LINK, example=EXAMPLE)
    for part in place.split("."):
        if _REGION.fullmatch(part) and part != region:
            raise InvalidKey(Flaw.OTHER_REGION, example=EXAMPLE, belongs=True, region=part, own_region=region)
    return found[1]


def parse(payload: object) -> TaskSnapshot:
    """Read the object of an answer that holds no error."""
    if not isinstance(payload, dict) or "task_status" not in payload:
        raise UnexpectedResponse(Cause(Reason.FIELD_MISSING, field="task_status"))
    status = payload["task_status"]
    progress = member(payload.get("progress")) or {}
    if status is None:
        # Null: never checked yet.
        return TaskSnapshot(state=TaskState.QUEUED)
    code = integer(status)
    raw = label(status) if code is None else str(code)
    if not raw:
        raise UnexpectedResponse(Cause(Reason.NO_STATUS, field="task_status"))
    known = STATES.get(raw)
    info = text(progress.get("info"))
    return TaskSnapshot(
        state=known or TaskState.RUNNING,
        raw_state=raw,
        known_state=known is not None,
        percent=percent(progress.get("ratio")),
        # These two only repeat the status.
        message="" if info.lower() in ("running", "success") else info,
    )


def read(answer: Answer) -> TaskSnapshot:
    """Return the reading in an answer; an error may come with status 200 too."""
    payload = answer.json() if answer.is_success else answer.json_or_none()
    code, message = read_error(payload)
    if answer.is_success and not code:
        return parse(payload)
    raise error_of(answer, code, message)


def error_of(answer: Answer, code: str, message: str) -> ProviderError:
    """Return what a code means, or else what the status means."""

    def cause(reason: Reason, *, hint: Hint = Hint.NONE, said: str = "") -> Cause:
        return Cause(reason, who=Service.CODEARTS_CHECK, code=code, hint=hint, said=said)

    if code in _BUSY:
        return Unavailable(cause(Reason.BUSY, hint=_BUSY[code]))
    if code in _MAYBE_ABSENT:
        return TaskNotFound(cause(Reason.TASK_UNKNOWN_OR_UNREADABLE, hint=_MAYBE_ABSENT[code]), absence=Absence.VAGUE)
    if code == _NO_PROJECT:
        return TaskNotFound(cause(Reason.PROJECT_UNKNOWN))
    if answer.is_success and _NO_MEMBER.search(message):
        return AccessDenied(cause(Reason.TASK_NOT_SHOWN, said=message))
    trouble = gateway_error(answer, code, message)
    if isinstance(trouble, TaskNotFound):
        return TaskNotFound(trouble.cause, absence=Absence.VAGUE)
    return trouble


class HuaweiCodeArts:
    """One account at Huawei Cloud CodeArts Check."""

    name = "huawei-codearts"
    batch_size = 1

    def __init__(
        self,
        settings: CodeArtsAccount,
        client: httpx.AsyncClient,
        *,
        tokens: TokenKeeper,
        on_secret: Callable[[str], None],
        gates: Gates,
    ) -> None:
        self._client = client
        self.calls_per_second: float | None = settings.max_calls_per_second
        self.calls_at_once = settings.max_concurrent
        self._region = settings.region
        self._project = settings.project_id
        self._base = settings.endpoint or host("codearts-check", settings.region)
        self._calls = HuaweiCalls(
            settings, client, project={"name": settings.region}, tokens=tokens, on_secret=on_secret, gates=gates
        )

    def parse_key(self, text: str) -> TaskKey:
        """Take a task id, or the URL of a task's page."""
        return parse_key(text, self._region)

    def recognises(self, text: str) -> Likeness:
        """A page's URL is certain; 32 hexadecimal digits are the form of many ids."""
        try:
            key = parse_key(text, self._region)
        except InvalidKey as refused:
            return Likeness.CERTAIN if refused.belongs else Likeness.NO
        if "://" in text:
            return Likeness.CERTAIN
        return Likeness.POSSIBLE if _SURE.fullmatch(key) else Likeness.NO

    async def fetch(self, keys: Sequence[TaskKey]) -> Mapping[TaskKey, Reading]:
        """Read the tasks one by one."""
        return await one_by_one(keys, self._read, self._calls.veil)

    async def _read(self, key: TaskKey) -> TaskSnapshot:
        answer = await self._get(key, "progress")
        with traced(answer):
            return read(answer)

    async def describe(self, key: TaskKey) -> str | None:
        """Ask for the summary of defects: it needs only the task id, and names the task."""
        try:
            answer = await self._get(key, "defects-summary")
            summary = member(answer.json()) if answer.is_success else None
        except ProviderError:
            return None
        return self._calls.veil.hide(text((summary or {}).get("task_name"), 128)) or None

    async def _get(self, key: TaskKey, what: str) -> Answer:
        url = f"{self._base}/v2/tasks/{quote(key, safe='')}/{what}"

        async def send(auth: Auth) -> Answer:
            return await ask(self._client, "GET", url, headers={"Content-Type": "application/json"}, auth=auth)

        return await self._calls.ask(send)

    def console_url(self, key: TaskKey) -> str | None:
        """The task's page, which needs the id of its project."""
        if self._project is None:
            return None
        place = f"https://{self._region}.devcloud.huaweicloud.com"
        return f"{place}/codecheck/project/{self._project}/codecheck/task/{quote(key, safe='')}/detail"
