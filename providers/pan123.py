"""123pan image-host copy tasks: one call per task, no percentage, errors with status 200.

https://123yunpan.yuque.com/org-wiki-123yunpan-muaork/cr6ced/rissl4ewklaui4th
"""

import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import sha256
from typing import Literal, Self
from urllib.parse import parse_qs, urlsplit

import httpx
from msgspec.structs import replace
from pydantic import Field, model_validator

from providers.auth.bearer import ask_with_token
from providers.auth.keeper import TokenKeeper
from providers.auth.pan123 import (
    HEADER,
    PLATFORM,
    PREFIX,
    ClientCredentials,
    refused_for_too_many,
    too_many_tokens,
)
from providers.auth.tokens import FixedToken, RenewedToken, TokenSource
from providers.base import (
    Absence,
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
from providers.call import Auth
from providers.flaws import Flaw
from providers.http import Answer, ask, from_status, retry_after, traced
from providers.reading import integer, label, member, text
from providers.reasons import Cause, Reason, Service
from providers.settings import AccountSettings, CallRate, CallsAtOnce, KeyId, SecretKey
from providers.single import Spacing, one_by_one
from providers.veil import Veil

EXAMPLE = "1ketmmu1000d86isuyq33su100w1bnp6"

STATES: Mapping[str, TaskState] = {
    "1": TaskState.RUNNING,
    "2": TaskState.SUCCEEDED,
    "3": TaskState.FAILED,
    "4": TaskState.QUEUED,
}

# No rate is published for these calls, and the account has one for all its watches.
REQUESTS_PER_SECOND = 1.0

_ID = re.compile(r"[0-9a-z]{32}")
# With hexadecimal digits alone it would look like an id of CodeArts.
_SURE = re.compile(r"(?=.*[g-z])[0-9a-z]{32}")
_ABSENT = re.compile(r"not exist|not found|不存在", re.IGNORECASE)
_OF_THE_TASK = "任务"
# Counts that are remembered: each is asked once, and a watch ends soon after.
_REMEMBERED = 1000


class Pan123Account(AccountSettings):
    """An account at 123pan."""

    provider: Literal["pan123"] = Field(description="The kind of cloud.", examples=["pan123"])
    client_id: KeyId | None = Field(
        default=None,
        description="Client id of the open platform; with client_secret.",
        examples=["env:PAN123_CLIENT_ID"],
    )
    client_secret: SecretKey | None = Field(
        default=None, description="Client secret; with client_id.", examples=["env:PAN123_CLIENT_SECRET"]
    )
    access_token: SecretKey | None = Field(
        default=None,
        description="A token, instead of client_id and client_secret; Milepost cannot renew it.",
        examples=["env:PAN123_ACCESS_TOKEN"],
    )

    max_calls_per_second: CallRate = Field(
        default=REQUESTS_PER_SECOND,
        description="Calls a second at most, over all tasks of the account; 123pan publishes no rate for these calls.",
        examples=[1.0],
    )
    max_concurrent: CallsAtOnce = Field(
        default=1, description="Calls under way at the same time, at most.", examples=[1]
    )

    @model_validator(mode="after")
    def _has_one_way_in(self) -> Self:
        client = (self.client_id is not None, self.client_secret is not None)
        if any(client) and self.access_token is not None:
            raise ValueError("give client_id and client_secret, or access_token, not both")
        if any(client) and not all(client):
            raise ValueError("client_id and client_secret belong together: one is missing")
        if not any(client) and self.access_token is None:
            raise ValueError("give client_id and client_secret, or access_token")
        return self


def parse_key(typed: str) -> TaskKey:
    """Return the task id, also out of a URL with ``taskID=``."""
    found = typed.strip()
    if re.match(r"https?://", found, re.IGNORECASE):
        try:
            found = parse_qs(urlsplit(found).query).get("taskID", [""])[0]
        except ValueError:
            found = ""
        if not found:
            raise InvalidKey(Flaw.PAN123_LINK, example=EXAMPLE)
    found = found.lower()
    if not _ID.fullmatch(found):
        raise InvalidKey(Flaw.PAN123_FORM, example=EXAMPLE)
    return TaskKey(found)


def parse(payload: object) -> TaskSnapshot:
    """Read one answer; a code other than 0 is raised as what it means."""
    data = _data(payload)
    if data in (None, [], {}):
        return TaskSnapshot(state=TaskState.RUNNING, outlook=Outlook.NO_DATA)
    task = member(data)
    if task is None:
        raise UnexpectedResponse(Cause(Reason.NO_OBJECT, field="data"))
    status = task.get("status")
    code = integer(status)
    raw = label(status) if code is None else str(code)
    known = STATES.get(raw)
    return TaskSnapshot(
        state=known or TaskState.RUNNING,
        raw_state=raw,
        known_state=known is not None,
        message=text(task.get("failMsg")),
    )


def parse_failures(payload: object) -> int:
    """Return how many files failed; the list is null where none did."""
    total = integer((member(_data(payload)) or {}).get("total"))
    return max(total or 0, 0)


def _data(payload: object) -> object:
    if not isinstance(payload, dict) or integer(payload.get("code")) is None:
        raise UnexpectedResponse(Cause(Reason.FIELD_MISSING, field="code"))
    code = integer(payload["code"])
    if code is not None and code != 0:
        raise error_of(code, text(payload.get("message"), 300))
    return payload.get("data")


def error_of(code: int, said: str) -> ProviderError:
    """Return what a code means; an HTTP status is read as if it were one."""

    def cause(reason: Reason) -> Cause:
        return Cause(reason, who=Service.PAN123, code=str(code), said=said)

    if too_many_tokens(said):
        return refused_for_too_many()
    if code == 401:
        return AccessDenied(cause(Reason.TOKEN_REFUSED))
    if code == 403:
        return AccessDenied(cause(Reason.REQUEST_REFUSED))
    if code == 429:
        return RateLimited(cause(Reason.THROTTLED))
    if code == 5113:
        return AccessDenied(cause(Reason.TRAFFIC_USED_UP))
    if code == 1 or 500 <= code < 600:
        return Unavailable(cause(Reason.IN_TROUBLE))
    if code in (404, 410, 5066) or _ABSENT.search(said):
        return TaskNotFound(cause(Reason.TASK_UNKNOWN))
    if code == 400 or _OF_THE_TASK in said:
        # Something about the task or its id; no document says that it means absence.
        return TaskNotFound(cause(Reason.TASK_UNREADABLE), absence=Absence.VAGUE)
    return Unavailable(cause(Reason.ERROR))


def _code_of(answer: Answer) -> tuple[int | None, str]:
    body = member(answer.json_or_none()) or {}
    return integer(body.get("code")), text(body.get("message"), 300)


def _expired(answer: Answer) -> bool:
    code, said = _code_of(answer)
    unauthorised = code == 401 or (answer.status == 401 and code in (None, 0))
    # Another token would make "too many tokens" worse.
    return unauthorised and not too_many_tokens(said)


def _read_answer(answer: Answer) -> object:
    if answer.is_success:
        return answer.json()
    code, said = _code_of(answer)
    if code is None or code == 0:
        if not 400 <= answer.status < 600 or answer.status == 429 or answer.status >= 500:
            raise from_status(answer, said=said)
        code = answer.status
    trouble = error_of(code, said)
    if isinstance(trouble, RateLimited | Unavailable):
        trouble.retry_after = retry_after(answer)
    raise trouble


class Pan123:
    """One account at 123pan."""

    name = "pan123"
    batch_size = 1

    def __init__(
        self,
        settings: Pan123Account,
        client: httpx.AsyncClient,
        *,
        account: str,
        tokens: TokenKeeper,
        on_secret: Callable[[str], None],
        pause: Callable[[float], Awaitable[None]],
    ) -> None:
        self._client = client
        self.calls_per_second: float | None = settings.max_calls_per_second
        self.calls_at_once = settings.max_concurrent
        self._base = f"{settings.endpoint or 'https://open-api.123pan.com'}/api/v1/oss/source/copy"
        self._veil = Veil((settings.client_secret, settings.access_token))
        self._tokens = self._source(settings, client, account, tokens, on_secret)
        self._failures: OrderedDict[TaskKey, int] = OrderedDict()
        self._spacing = Spacing(1 / settings.max_calls_per_second, pause=pause)

    def _source(
        self,
        settings: Pan123Account,
        client: httpx.AsyncClient,
        account: str,
        tokens: TokenKeeper,
        on_secret: Callable[[str], None],
    ) -> TokenSource:
        if settings.access_token is not None:
            return FixedToken(settings.access_token)
        if settings.client_id is None or settings.client_secret is None:
            raise ValueError("an account needs client_id and client_secret, or access_token")
        endpoint = settings.endpoint or "https://open-api.123pan.com"

        def learn(token: str) -> None:
            self._veil.add(token)
            on_secret(token)

        # A token that is kept over a restart must go to the same place, for the same client.
        place = sha256(f"{endpoint} {settings.client_id}".encode()).hexdigest()[:16]
        fetch = ClientCredentials(client, endpoint, client_id=settings.client_id, client_secret=settings.client_secret)
        return RenewedToken(fetch, account=f"{account} {place}", keeper=tokens, on_secret=learn)

    def parse_key(self, text: str) -> TaskKey:
        """Take a task id, or a URL with ``taskID=``."""
        return parse_key(text)

    def recognises(self, text: str) -> Likeness:
        """32 letters and digits with a letter beyond f are no id of another cloud."""
        try:
            return Likeness.CERTAIN if _SURE.fullmatch(parse_key(text)) else Likeness.NO
        except InvalidKey:
            return Likeness.NO

    async def fetch(self, keys: Sequence[TaskKey]) -> Mapping[TaskKey, Reading]:
        """Read the tasks one by one; the fetch that meets an end takes a second more, for it counts failed files."""
        return await one_by_one(keys, self._read, self._veil)

    async def _read(self, key: TaskKey) -> TaskSnapshot:
        await self._spacing.first()
        answer = await self._get("process", taskID=key)
        with traced(answer):
            snapshot = parse(_read_answer(answer))
        if snapshot.raw_state not in ("2", "3"):
            return snapshot
        return replace(snapshot, failed_files=await self._failures_of(key))

    async def _failures_of(self, key: TaskKey) -> int:
        if key in self._failures:
            return self._failures[key]
        # In the same fetch, so that the end is told at once and whole.
        await self._spacing.further()
        try:
            count = parse_failures(_read_answer(await self._get("fail", taskID=key, limit="1", page="1")))
        except ProviderError:
            # The end of the task is news even where the count cannot be had.
            count = 0
        self._failures[key] = count
        if len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)
        return count

    async def _get(self, call: str, **params: str) -> Answer:
        async def send(auth: Auth) -> Answer:
            return await ask(self._client, "GET", f"{self._base}/{call}", params=params, headers=PLATFORM, auth=auth)

        return await ask_with_token(self._tokens, send, expired=_expired, header=HEADER, prefix=PREFIX)

    async def describe(self, key: TaskKey) -> str | None:  # noqa: ARG002 -- the contract has it
        """No call returns a name."""
        return None

    def console_url(self, key: TaskKey) -> str | None:  # noqa: ARG002 -- the contract has it
        """No page of a copy task is known."""
        return None
