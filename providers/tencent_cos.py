"""Tencent COS origin-pull (async fetch) tasks: one signed GET per task.

https://cloud.tencent.com/document/product/436/7730 names the errors; the success status is documented nowhere.
"""

import base64
import html
import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal
from urllib.parse import quote, unquote, urlsplit

import httpx
from pydantic import Field, field_validator
from pydantic_core.core_schema import ValidationInfo

from providers.auth.cos import CosAuth
from providers.base import (
    AccessDenied,
    InvalidKey,
    Likeness,
    Outlook,
    ProviderError,
    Reading,
    TaskKey,
    TaskNotFound,
    TaskSnapshot,
    TaskState,
    Unavailable,
    UnexpectedResponse,
)
from providers.call import escaped
from providers.flaws import Flaw
from providers.http import Answer, ask, from_status, traced
from providers.reading import CODE_LIMIT, clamped_percent, label, member, text
from providers.reasons import Cause, Hint, Reason, Service
from providers.settings import AccountSettings, KeyId, Region, SecretKey, is_plain_and_remote
from providers.single import one_by_one
from providers.veil import Veil

EXAMPLE = "examplebucket-1250000000/NThhNWFkM2VfOGVmYTUwXzRkYjFfMw=="

STATES: Mapping[str, TaskState] = {
    "TASK_DOING": TaskState.RUNNING,
    "TASK_FAILED": TaskState.FAILED,
    # No document names the status of success; these are its likely spellings.
    **{
        f"TASK_{word}": TaskState.SUCCEEDED
        for word in ("SUCCESS", "SUCCEED", "SUCCEEDED", "DONE", "FINISH", "FINISHED", "COMPLETE", "COMPLETED")
    },
}

# https://cloud.tencent.com/document/product/436/7730
REFUSALS: Mapping[str, Hint] = {
    "AccessDenied": Hint.KEY_MAY_NOT_READ,
    "ExpiredToken": Hint.CREDENTIALS_EXPIRED,
    "RequestTimeTooSkewed": Hint.CLOCK_WRONG,
    "SignatureDoesNotMatch": Hint.SECRET_KEY_WRONG,
    "InvalidAccessKeyId": Hint.SECRET_ID_UNKNOWN,
}

_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]*-[0-9]+")
_TASK_ID = re.compile(r"[A-Za-z0-9+/]{8,200}={0,2}")
_DECODED_ID = re.compile(r"[0-9a-f]{8}_[0-9a-f]+_[0-9a-f]+_[0-9a-f]+")
_HOST = re.compile(r"([a-z0-9-]+)\.migration\.myqcloud\.com")
_XML_PART = "<{0}>([^<]*)</{0}>"


class CosAccount(AccountSettings):
    """An account at Tencent COS."""

    plain_http_by_scheme: ClassVar[bool] = True

    provider: Literal["tencent-cos"] = Field(description="The kind of cloud.", examples=["tencent-cos"])
    region: Region = Field(description="Region of the buckets.", examples=["ap-shanghai"])
    secret_id: KeyId = Field(description="SecretId of an API key.", examples=["env:COS_SECRET_ID"])
    secret_key: SecretKey = Field(description="SecretKey of the API key.", examples=["env:COS_SECRET_KEY"])
    session_token: SecretKey | None = Field(
        default=None,
        description="Token of temporary keys; Milepost cannot renew it.",
        examples=["env:COS_SESSION_TOKEN"],
    )
    scheme: Literal["https", "http"] = Field(
        default="https",
        description="http sends requests unencrypted, for regions whose migration host has no TLS.",
        examples=["http"],
        validate_default=True,
    )

    @field_validator("scheme")
    @classmethod
    def _fits_the_endpoint(cls, value: str, info: ValidationInfo) -> str:
        endpoint = info.data.get("endpoint")
        if value == "https" and endpoint is not None and is_plain_and_remote(endpoint):
            raise ValueError('the endpoint is plain http to another machine; say scheme = "http" to allow that')
        return value


def _canonical_id(typed: str) -> str | None:
    """Return the task id with its base64 padding, or None where it is none."""
    if not _TASK_ID.fullmatch(typed):
        return None
    bare = typed.rstrip("=")
    return bare + "=" * (-len(bare) % 4) if _decodes(bare) else typed


def _decodes(bare: str) -> bool:
    try:
        decoded = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except ValueError:
        return False
    return _DECODED_ID.fullmatch(decoded.decode("latin-1")) is not None


def parse_key(typed: str, region: str) -> TaskKey:
    """Return ``bucket/task``; a pasted URL must be of *region*."""
    path = typed.strip()
    if re.match(r"https?://", path, re.IGNORECASE):
        path = _path_of_url(path, region)
    is_link = path != typed.strip()
    if _decodes(path.rstrip("=")):
        raise InvalidKey(Flaw.COS_BUCKET_MISSING, example=EXAMPLE, belongs=True)
    bucket, slash, task = path.partition("/")
    if not slash or not task:
        raise InvalidKey(Flaw.COS_PART_MISSING, example=EXAMPLE, belongs=is_link)
    bucket = bucket.lower()
    if not _BUCKET.fullmatch(bucket) or len(bucket) > 100:
        raise InvalidKey(Flaw.COS_BUCKET_FORM, example=EXAMPLE, belongs=is_link or _decodes(task.rstrip("=")))
    found = _canonical_id(task)
    if found is None:
        raise InvalidKey(Flaw.COS_TASK_FORM, example=EXAMPLE, belongs=is_link)
    return TaskKey(f"{bucket}/{found}")


def _path_of_url(url: str, region: str) -> str:
    try:
        parts = urlsplit(url)
        host = _HOST.fullmatch(parts.hostname or "")
    except ValueError:
        host = None
    if host is None:
        raise InvalidKey(Flaw.COS_LINK, example=EXAMPLE)
    if host[1] != region:
        raise InvalidKey(Flaw.OTHER_REGION, example=EXAMPLE, belongs=True, region=host[1], own_region=region)
    return unquote(parts.path).removeprefix("/")


def parse(payload: object) -> TaskSnapshot:
    """Read one answer with HTTP 200, which may carry an error; raise a ProviderError where it is no reading."""
    body = member(payload)
    if body is None or ("code" not in body and "data" not in body):
        raise UnexpectedResponse(Reason.NEITHER_CODE_NOR_DATA)
    code = label(body.get("code"), CODE_LIMIT)
    if code not in ("", "0"):
        raise _error_of(code, text(body.get("message"), 300))
    data = body.get("data")
    if data in (None, [], {}):
        return TaskSnapshot(state=TaskState.RUNNING, outlook=Outlook.NO_DATA)
    task = member(data)
    if task is None:
        raise UnexpectedResponse(Cause(Reason.NO_OBJECT, field="data"))
    return _snapshot(task)


def _snapshot(task: Mapping[str, object]) -> TaskSnapshot:
    raw = label(task.get("status"))
    known = STATES.get(raw.upper())
    percent = clamped_percent(task.get("percent"))
    reason = (label(task.get("code"), CODE_LIMIT), text(task.get("msg") or task.get("message"), 900))
    return TaskSnapshot(
        state=known or TaskState.RUNNING,
        raw_state=raw,
        known_state=known is not None,
        percent=percent,
        message=": ".join(part for part in reason if part and part != "0"),
        outlook=Outlook.LOOKS_DONE if known is None and raw and percent == 100 else Outlook.PLAIN,
    )


def _named_error(code: str, said: str) -> ProviderError | None:
    if code in REFUSALS:
        return AccessDenied(Cause(Reason.REQUEST_REFUSED, who=Service.TENCENT_COS, code=code, hint=REFUSALS[code]))
    if code == "NoSuchBucket":
        return TaskNotFound(Cause(Reason.BUCKET_UNKNOWN, who=Service.TENCENT_COS, code=code))
    if code in ("RequestTimeOut", "InternalError"):
        return Unavailable(Cause(Reason.IN_TROUBLE, who=Service.TENCENT_COS, code=code, said=said))
    return None


def _error_of(code: str, said: str) -> ProviderError:
    named = _named_error(code, said)
    return named or Unavailable(Cause(Reason.ERROR, who=Service.TENCENT_COS, code=code, said=said))


def error_of(answer: Answer) -> ProviderError:
    """Return what an answer other than 2xx means; its body is XML, or JSON from some services."""
    code, said = _explanation(answer)
    if answer.status == 405:
        return AccessDenied(Cause(Reason.NO_SUCH_CALL, status=405, code=code))
    if answer.status < 400 or answer.status == 429:
        return from_status(answer, code=code, said=said)
    named = _named_error(code, said)
    if answer.status >= 500 and not isinstance(named, AccessDenied):
        return from_status(answer, code=code, said=said)
    return named or from_status(answer, code=code, said=said)


def _explanation(answer: Answer) -> tuple[str, str]:
    if "json" in answer.headers.get("content-type", "").lower():
        body = member(answer.json_or_none()) or {}
        return label(body.get("code"), CODE_LIMIT), text(body.get("message"), 300)
    # An XML parser would only be a risk here: two flat elements are all that is wanted.
    page = answer.body.decode("utf-8", "replace")
    return _element(page, "Code", CODE_LIMIT), _element(page, "Message", 300)


def _element(page: str, name: str, limit: int) -> str:
    found = re.search(_XML_PART.format(name), page)
    return text(html.unescape(found[1]), limit) if found else ""


class TencentCos:
    """One account at Tencent COS."""

    name = "tencent-cos"
    batch_size = 1

    def __init__(self, settings: CosAccount, client: httpx.AsyncClient) -> None:
        self._client = client
        self.calls_per_second: float | None = settings.max_calls_per_second
        self.calls_at_once = settings.max_concurrent
        self._region = settings.region
        self._base = settings.endpoint or f"{settings.scheme}://{settings.region}.migration.myqcloud.com"
        self._renewable = settings.session_token is None
        self._auth = CosAuth(settings.secret_id, settings.secret_key, settings.session_token)
        self._veil = Veil((settings.secret_id, settings.secret_key, settings.session_token))

    def parse_key(self, text: str) -> TaskKey:
        """Take ``bucket-appid/task-id`` or the URL of a task."""
        return parse_key(text, self._region)

    def recognises(self, text: str) -> Likeness:
        """A URL of the migration host, or a task id that decodes to the known form, is certain."""
        try:
            key = parse_key(text, self._region)
        except InvalidKey as refused:
            return Likeness.CERTAIN if refused.belongs else Likeness.NO
        return Likeness.CERTAIN if _decodes(key.partition("/")[2].rstrip("=")) else Likeness.POSSIBLE

    async def fetch(self, keys: Sequence[TaskKey]) -> Mapping[TaskKey, Reading]:
        """Read the tasks one by one."""
        return await one_by_one(keys, self._read, self._veil)

    async def _read(self, key: TaskKey) -> TaskSnapshot:
        answer = await self._get(key)
        if not answer.is_success and self._renewable and error_of(answer).code == "ExpiredToken":
            # Permanent keys do not expire, so it was the signature: made too long ago, or on a slow way.
            answer = await self._get(key)
        with traced(answer):
            if answer.is_success:
                return parse(answer.json())
            raise error_of(answer)

    async def _get(self, key: TaskKey) -> Answer:
        bucket, _, task = key.partition("/")
        # "=" at its end travels as it is; "+" and "/" inside an id are escaped. The decoded path is signed either way.
        bare = task.rstrip("=")
        url = f"{self._base}/{escaped(bucket)}/{escaped(bare)}{task[len(bare) :]}"
        return await ask(self._client, "GET", url, auth=self._auth)

    async def describe(self, key: TaskKey) -> str | None:  # noqa: ARG002 -- the contract has it
        """No call returns a name."""
        return None

    def console_url(self, key: TaskKey) -> str | None:
        """The bucket's page: tasks have none."""
        bucket = quote(key.partition("/")[0], safe="")
        return (
            "https://console.cloud.tencent.com/cos5/bucket/setting"
            f"?type=filelist&bucketName={bucket}&path=&region={self._region}"
        )
