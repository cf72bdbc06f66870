"""SCloud (UCloud white label) USMC server migrations: one signed form per task, errors with status 200.

https://github.com/UCloudDoc-Team/api (usmc-api, summary/public.md)
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Annotated, Literal

import httpx
from pydantic import Field

from providers.auth.ucloud import UCloudAuth
from providers.base import (
    AccessDenied,
    InvalidKey,
    Likeness,
    Outlook,
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
from providers.flaws import Flaw
from providers.http import Answer, ask, from_status, traced
from providers.reading import clamped_percent, integer, label, member, text
from providers.reasons import Cause, Hint, Reason, Service
from providers.settings import AccountSettings, KeyId, PlainText, SecretKey
from providers.single import one_by_one
from providers.veil import Veil

EXAMPLE = "usmc-vtlwsdv6qa7/usmc-task-ba797218"

StateName = Literal["failed", "stopped", "paused", "succeeded", "queued", "running"]
States = Mapping[StateName, tuple[str, ...]]

STATE_WORDS: States = {
    # No document lists the states, so parts of words decide, and the first line that matches wins.
    # "synced" is left out on purpose: there the migration waits for its user.
    "failed": ("fail", "error", "abnormal", "失败", "异常"),
    "stopped": ("stopp", "cancel", "terminat", "停止", "取消"),
    "paused": ("paus", "suspend", "暂停"),
    "succeeded": ("finish", "success", "complete", "done", "完成", "成功"),
    "queued": ("creat", "wait", "ready", "init", "pending", "online", "已创建", "在线", "待"),
    # Last, for what cannot be an end: the console's own word for a migration under way.
    "running": ("migrat", "迁移中"),
}
_ORDER = tuple(STATE_WORDS)

# What makes a word say the opposite, right before it: "not yet finished", "incomplete", "abandoned", "未能完成".
_NEGATION = re.compile(
    r"(?:"
    r"(?<![a-z])(?:un|in|dis|de|unde|inde|aban)-?"
    r"|(?<![a-z])(?:non?|without|never)[\W_]*"
    r"|(?:not|n['’]t)[\W_]*(?:(?:yet|been|be|fully|all|any|completely)[\W_]+)*"
    r"|(?<![a-z])(?:yet|about|waiting|going|ready)[\W_]+(?:to|for)[\W_]+(?:be[\W_]+)?"
    r"|(?:未|没有?|不|无|非|待|即将)(?:能|有|被|曾|法|可|会|需|完全|全部|正常|发生|出现|任何)*"
    r")\Z"
)
# "完成度" is the degree of completion, "成功率" the rate of success.
_MEASURE = ("度", "率")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")

# UCloud's API documentation, summary/public.md
_IN_TROUBLE = {110: Hint.API_TIMEOUT, 130: Hint.GATEWAY_ERROR, 150: Hint.SERVICE_UNAVAILABLE}
_REFUSED = {
    160: Hint.ACTION_MISSING,
    161: Hint.ACTION_UNKNOWN,
    170: Hint.SIGNATURE_MISSING,
    171: Hint.PRIVATE_KEY_WRONG,
    172: Hint.USER_UNKNOWN,
    174: Hint.TOKEN_UNKNOWN,
    292: Hint.PROJECT_UNKNOWN,
    293: Hint.ZONE_NOT_PERMITTED,
    294: Hint.ADDRESS_NOT_PERMITTED,
    295: Hint.SECURITY_LOCK,
    299: Hint.CALL_NOT_PERMITTED,
}
_THROTTLED = 153
_NOT_FOUND = re.compile(r"not exist|not found|不存在", re.IGNORECASE)

_TASK = re.compile(r"usmc-task-[0-9a-z]{4,32}")
_PLAN = re.compile(r"usmc-(?!task-)[0-9a-z]{4,32}")
_SURE = re.compile(r"usmc-(?!task-)[a-z0-9]{8,16}/usmc-task-[0-9a-f]{8}")

Word = Annotated[str, Field(min_length=1, max_length=40)]


class UsmcAccount(AccountSettings):
    """An account at SCloud."""

    provider: Literal["scloud-usmc"] = Field(description="The kind of cloud.", examples=["scloud-usmc"])
    public_key: KeyId = Field(description="Public key of the API key pair.", examples=["env:USMC_PUBLIC_KEY"])
    private_key: SecretKey = Field(description="Private key of the API key pair.", examples=["env:USMC_PRIVATE_KEY"])
    project_id: PlainText | None = Field(
        default=None, description="Project; sub-accounts must name it.", examples=["org-abc123"]
    )
    region: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)] | None = Field(
        default=None, description="Region, where the cloud asks for it.", examples=["sg"]
    )
    state_words: dict[StateName, tuple[Word, ...]] = Field(
        default_factory=dict,
        description="Parts of words by which an undocumented state is read; a state named here replaces its default.",
        examples=[{"succeeded": ["finish", "done"]}],
    )


def parse_key(typed: str) -> TaskKey:
    """Return ``plan/task``; the two are told apart by their form, so their order does not matter."""
    parts = [part for part in re.split(r"[/\s]+", typed.strip().lower()) if part]
    plans = [part for part in parts if _PLAN.fullmatch(part)]
    tasks = [part for part in parts if _TASK.fullmatch(part)]
    if len(parts) == 1 and tasks:
        raise InvalidKey(Flaw.USMC_PLAN_MISSING, example=EXAMPLE, belongs=True)
    if len(parts) == 1 and plans:
        raise InvalidKey(Flaw.USMC_TASK_MISSING, example=EXAMPLE, belongs=True)
    if len(parts) != 2 or len(plans) != 1 or len(tasks) != 1:
        raise InvalidKey(
            Flaw.USMC_PART_MISSING,
            example=EXAMPLE,
            belongs=any(part.startswith("usmc-") for part in parts),
        )
    return TaskKey(f"{plans[0]}/{tasks[0]}")


def classify(raw: str, words: States = STATE_WORDS) -> TaskState | None:
    """Return the state that *raw* speaks of, or None where no word is known."""
    for state in _ORDER:
        if any(_says(raw, word) for word in words.get(state, STATE_WORDS[state])):
            return TaskState(state)
    return None


def _says(raw: str, word: str) -> bool:
    """Tell whether *word* stands anywhere in *raw* without being turned into its opposite: never a guess at an end."""
    for found in re.finditer(re.escape(word), raw, re.IGNORECASE):
        # "TaskNotDone" hides its second word in a hump.
        before = _HUMP.sub(" ", raw[: found.start()]).lower()
        if not _NEGATION.search(before) and not raw.startswith(_MEASURE, found.end()):
            return True
    return False


def parse(payload: object, read: Callable[[str], TaskState | None] = classify) -> TaskSnapshot:
    """Read one answer, states by *read*; a RetCode other than 0 is raised as what it means."""
    body = _succeeded(payload)
    task = member(body.get("Data")) or {}
    raw = label(task.get("State"))
    known = read(raw)
    percent = clamped_percent((member(task.get("Progress")) or {}).get("Percentage"))
    message = text(task.get("FailedMessage"))
    return TaskSnapshot(
        state=known or TaskState.RUNNING,
        raw_state=raw,
        # Every member is optional, so that an answer without a state is as documented as one without data.
        known_state=known is not None or not raw,
        percent=percent,
        message=message,
        outlook=Outlook.PLAIN if raw or percent is not None or message else Outlook.NO_DATA,
    )


def parse_name(payload: object, task_id: str) -> str | None:
    """Return the name of a task in the list of its plan; items that are not objects are skipped."""
    data = _succeeded(payload).get("Data")
    for item in data if isinstance(data, list) else ():
        if isinstance(item, dict) and item.get("TaskId") == task_id:
            return text(item.get("Name"), 128) or None
    return None


def _succeeded(payload: object) -> Mapping[str, object]:
    if not isinstance(payload, dict) or "RetCode" not in payload:
        raise UnexpectedResponse(Cause(Reason.FIELD_MISSING, field="RetCode"))
    code = integer(payload["RetCode"])
    if code is None:
        raise UnexpectedResponse(Cause(Reason.NO_NUMBER, field="RetCode"))
    if code != 0:
        raise error_of(code, text(payload.get("Message"), 300))
    return payload


def error_of(code: int, said: str) -> ProviderError:
    """Return what a RetCode means; an unknown one passes, as the vendor's SDKs do, unless it speaks of absence."""

    def cause(reason: Reason, *, hint: Hint = Hint.NONE, said: str = "") -> Cause:
        return Cause(reason, who=Service.SCLOUD, code=str(code), hint=hint, said=said)

    if code in _REFUSED:
        return AccessDenied(cause(Reason.REQUEST_REFUSED, hint=_REFUSED[code]))
    if code == _THROTTLED:
        return RateLimited(cause(Reason.THROTTLED))
    if code in _IN_TROUBLE:
        return Unavailable(cause(Reason.IN_TROUBLE, hint=_IN_TROUBLE[code]))
    if _NOT_FOUND.search(said):
        return TaskNotFound(cause(Reason.TASK_UNKNOWN, said=said))
    return Unavailable(cause(Reason.ERROR, said=said))


class ScloudUsmc:
    """One account at SCloud."""

    name = "scloud-usmc"
    batch_size = 1

    def __init__(self, settings: UsmcAccount, client: httpx.AsyncClient) -> None:
        self._client = client
        self.calls_per_second: float | None = settings.max_calls_per_second
        self.calls_at_once = settings.max_concurrent
        self._url = f"{settings.endpoint or 'https://api.scloudsg.com'}/"
        chosen = {"ProjectId": settings.project_id, "Region": settings.region}
        self._always = {name: value for name, value in chosen.items() if value is not None}
        words: States = {**STATE_WORDS, **settings.state_words}
        # A cloud has few states, and to find the words in one takes longer than all the rest of its answer.
        self._read_state = lru_cache(maxsize=256)(partial(classify, words=words))
        self._auth = UCloudAuth(settings.public_key, settings.private_key)
        # The public key often holds an e-mail address.
        self._veil = Veil((settings.public_key, settings.private_key))

    def parse_key(self, text: str) -> TaskKey:
        """Take ``plan-id/task-id``."""
        return parse_key(text)

    def recognises(self, text: str) -> Likeness:
        """Both ids begin with marks that no other cloud uses."""
        try:
            key = parse_key(text)
        except InvalidKey as refused:
            return Likeness.CERTAIN if refused.belongs else Likeness.NO
        return Likeness.CERTAIN if _SURE.fullmatch(key) else Likeness.POSSIBLE

    async def fetch(self, keys: Sequence[TaskKey]) -> Mapping[TaskKey, Reading]:
        """Read the tasks one by one."""
        return await one_by_one(keys, self._read, self._veil)

    async def _read(self, key: TaskKey) -> TaskSnapshot:
        plan, _, task = key.partition("/")
        answer = await self._call(Action="GetUSMCTaskStatus", PlanId=plan, TaskId=task)
        with traced(answer):
            # Errors come with status 200; another status is the transport's, unless a RetCode says more.
            if not answer.is_success and not _has_code(answer):
                raise from_status(answer)
            return parse(answer.json(), self._read_state)

    async def describe(self, key: TaskKey) -> str | None:
        """Look the task's name up in the list of its plan."""
        plan, _, task = key.partition("/")
        try:
            answer = await self._call(Action="ListUSMCTask", PlanId=plan, Offset="0", Limit="100")
            name = parse_name(answer.json(), task)
        except ProviderError:
            return None
        return self._veil.hide(name) if name else None

    async def _call(self, **params: str) -> Answer:
        # A POST keeps the keys out of URLs, and so out of logs on the way.
        return await ask(self._client, "POST", self._url, form={**params, **self._always}, auth=self._auth)

    def console_url(self, key: TaskKey) -> str | None:  # noqa: ARG002 -- the contract has it
        """The console's front page: no URL of a task is documented."""
        return "https://console.scloudsg.com"


def _has_code(answer: Answer) -> bool:
    body = answer.json_or_none()
    return isinstance(body, dict) and integer(body.get("RetCode")) not in (None, 0)
