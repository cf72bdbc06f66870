"""Huawei Cloud DRS v3: progress of database migrations and synchronisations, read in batches.

https://support.huaweicloud.com/intl/en-us/api-drs/drs_03_0114.html
"""

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

import httpx
import msgspec
from pydantic import Field

from providers.auth.huawei_gate import Gates
from providers.auth.keeper import TokenKeeper
from providers.base import (
    AccessDenied,
    InvalidKey,
    Likeness,
    ProviderError,
    RateLimited,
    Reading,
    TaskKey,
    Unavailable,
    UnexpectedResponse,
)
from providers.call import Auth
from providers.flaws import Flaw
from providers.http import Answer, ask, request_id_of
from providers.huawei import HuaweiAccount, HuaweiCalls, host, read_error
from providers.huawei_drs_answers import ONE_ONLY, PER_TASK, parse_results, reading_of
from providers.reading import text
from providers.reasons import Cause, Reason, Service

EXAMPLE = "9a470239-2308-4bb5-a6bc-1040402fjb21"

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-z]{12}")
# Looks like a UUID, but its last group ends in "jb" and a job type, in all samples seen.
_SURE = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}(?=[0-9a-z]{12}(?![0-9a-z]))[0-9a-f]{7,8}jb[0-9a-z]{2,3}")
_REGION_IN_URL = re.compile(r"[?&]region=([a-z0-9-]+)")

# A batch that is refused is halved until the bad ids are alone; this bounds what one fetch may send.
_MOST_CALLS = 40


class DrsAccount(HuaweiAccount):
    """An account at Huawei Cloud DRS."""

    provider: Literal["huawei-drs"] = Field(description="The kind of cloud.", examples=["huawei-drs"])
    project_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] = Field(
        description="Id of the project in the region: 32 hexadecimal digits.",
        examples=["054ba152d480d55b2f5dc0069e7ddef0"],
    )
    batch_size: int = Field(
        default=10,
        ge=1,
        le=100,
        description="Tasks per request, 1 to 100; the cloud documents no limit. Tasks that are due soon fill a request "
        "that is made in any case.",
        examples=[10],
    )


def parse_key(typed: str, region: str) -> TaskKey:
    """Return the job id, also out of a URL of the console; that must be of *region* where it names one."""
    found = typed.strip().lower()
    if re.match(r"https?://", found):
        found = _id_in_url(found, region)
    if not _ID.fullmatch(found):
        raise InvalidKey(Flaw.DRS_FORM, example=EXAMPLE)
    return TaskKey(found)


def _id_in_url(url: str, region: str) -> str:
    try:
        place = urlsplit(url).hostname or ""
    except ValueError:
        place = ""
    if not place.endswith((".huaweicloud.com", ".huaweicloud.eu")):
        raise InvalidKey(Flaw.DRS_LINK, example=EXAMPLE)
    named = _REGION_IN_URL.search(url)
    found = set(_SURE.findall(unquote(url)))
    belongs = bool(found) or "/drs/" in url
    if named is not None and named[1] != region:
        raise InvalidKey(Flaw.OTHER_REGION, example=EXAMPLE, belongs=belongs, region=named[1], own_region=region)
    if len(found) != 1:
        raise InvalidKey(Flaw.DRS_LINK_WITHOUT_JOB, example=EXAMPLE, belongs=belongs)
    return str(found.pop())


class HuaweiDrs:
    """One account at Huawei Cloud DRS."""

    name = "huawei-drs"

    def __init__(
        self,
        settings: DrsAccount,
        client: httpx.AsyncClient,
        *,
        tokens: TokenKeeper,
        on_secret: Callable[[str], None],
        gates: Gates,
    ) -> None:
        self.batch_size = settings.batch_size
        self._client = client
        self.calls_per_second: float | None = settings.max_calls_per_second
        self.calls_at_once = settings.max_concurrent
        self._region = settings.region
        self._jobs = f"{settings.endpoint or host('drs', settings.region)}/v3/{settings.project_id}/jobs"
        self._calls = HuaweiCalls(
            settings, client, project={"id": settings.project_id}, tokens=tokens, on_secret=on_secret, gates=gates
        )

    def parse_key(self, text: str) -> TaskKey:
        """Take a job id, or a URL of the console that holds one."""
        return parse_key(text, self._region)

    def recognises(self, text: str) -> Likeness:
        """The mark ``jb`` and a page of the DRS console are certain; another UUID may be anything."""
        try:
            key = parse_key(text, self._region)
        except InvalidKey as refused:
            return Likeness.CERTAIN if refused.belongs else Likeness.NO
        return Likeness.CERTAIN if _SURE.fullmatch(key) else Likeness.POSSIBLE

    async def fetch(self, keys: Sequence[TaskKey]) -> Mapping[TaskKey, Reading]:
        """Read the jobs in one request, and halve it where the cloud refuses it as a whole."""
        readings: dict[TaskKey, Reading] = {}
        waiting = deque([list(dict.fromkeys(keys))] if keys else [])
        calls = 0
        while waiting:
            batch = waiting.popleft()
            calls += 1
            outcome = await self._read(batch)
            if not isinstance(outcome, _Refusal):
                readings.update(outcome)
            elif not outcome.of_a_task:
                # What stops one request stops the others too; asking on would only make it worse.
                left = [*batch, *(key for rest in waiting for key in rest)]
                readings.update(dict.fromkeys(left, outcome.reading))
                break
            elif len(batch) == 1:
                readings[batch[0]] = outcome.reading
            elif calls + len(waiting) + len(parts := self._parts(batch)) > _MOST_CALLS:
                readings.update(dict.fromkeys(batch, _not_reached()))
            else:
                waiting.extendleft(reversed(parts))
        return {key: self._calls.veil.over(reading) for key, reading in readings.items()}

    def _parts(self, batch: list[TaskKey]) -> list[list[TaskKey]]:
        size = 1 if self.batch_size == 1 else (len(batch) + 1) // 2
        return [batch[start : start + size] for start in range(0, len(batch), size)]

    async def _read(self, batch: Sequence[TaskKey]) -> "Mapping[TaskKey, Reading] | _Refusal":
        try:
            answer = await self._post("batch-progress", {"jobs": batch})
        except ProviderError as trouble:
            return _Refusal(reading=trouble, of_a_task=False)
        outcome = self._understood(answer, batch)
        for reading in [outcome.reading] if isinstance(outcome, _Refusal) else outcome.values():
            if isinstance(reading, ProviderError):
                reading.request_id = request_id_of(answer)
        return outcome

    def _understood(self, answer: Answer, batch: Sequence[TaskKey]) -> "Mapping[TaskKey, Reading] | _Refusal":
        try:
            payload = answer.json() if answer.is_success else answer.json_or_none()
        except ProviderError as trouble:
            return _Refusal(reading=trouble, of_a_task=False)
        results = payload.get("results") if isinstance(payload, dict) else None
        if answer.is_success and isinstance(results, list):
            return parse_results(results, batch)
        code, said = read_error(payload)
        if code == ONE_ONLY:
            self.batch_size = 1
        if answer.is_success and not code:
            return _Refusal(reading=UnexpectedResponse(Cause(Reason.FIELD_MISSING, field="results")), of_a_task=False)
        try:
            reading: Reading = reading_of(code, said, answer)
        except ProviderError as trouble:
            reading = trouble
        everybody = isinstance(reading, AccessDenied | RateLimited)
        return _Refusal(reading=reading, of_a_task=not everybody and (answer.status == 400 or code in PER_TASK))

    async def describe(self, key: TaskKey) -> str | None:
        """Ask for the job's details; its name is among them."""
        wanted = {"jobs": [key], "page_req": {"cur_page": 1, "per_page": 0}}
        try:
            answer = await self._post("batch-detail", wanted)
            payload = answer.json() if answer.is_success else None
        except ProviderError:
            return None
        name = parse_name(payload, key)
        return self._calls.veil.hide(name) if name else None

    async def _post(self, call: str, body: Mapping[str, object]) -> Answer:
        headers = {"Content-Type": "application/json", "X-Language": "en-us"}
        content = msgspec.json.encode(body)

        async def send(auth: Auth) -> Answer:
            return await ask(self._client, "POST", f"{self._jobs}/{call}", headers=headers, content=content, auth=auth)

        return await self._calls.ask(send)

    def console_url(self, key: TaskKey) -> str | None:  # noqa: ARG002 -- the contract has it
        """The list of jobs: none has a documented page of its own."""
        if self._region.startswith("cn-"):
            return f"https://console.huaweicloud.com/drs/?region={self._region}#/drs/synchronization/list"
        if self._region.startswith("eu-west-"):
            # These two belong to partners with consoles of their own.
            return None
        return f"https://console-intl.huaweicloud.com/drs/?region={self._region}&locale=en-us#/drs/migrate/list"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    """A whole batch was refused."""

    reading: Reading
    of_a_task: bool
    """Whether it may be the fault of one id, so that the others can be had without it."""


def _not_reached() -> Unavailable:
    return Unavailable(Cause(Reason.BATCH_REFUSED, who=Service.DRS))


def parse_name(payload: object, key: TaskKey) -> str | None:
    """Return the name of a job in an answer with details."""
    results = payload.get("results") if isinstance(payload, dict) else None
    for item in results if isinstance(results, list) else ():
        if isinstance(item, dict) and item.get("id") == key:
            return text(item.get("name"), 128) or None
    return None
