"""Cause a reading failed, as a code with parameters; whoever shows it has the words (``bot.core.wording.reasons``).

What is told of a trouble is stored in this form, so a value here is never renamed. One that a newer Milepost wrote is
read as the one that says least: a record must not be lost over its reason.
"""

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from typing import Self

_CODE_SHOWN = 60
_SAID_SHOWN = 300


class _Kept(StrEnum):
    """Its first member says least, and is what an unknown value is read as."""

    @classmethod
    def _missing_(cls, _value: object) -> Self:
        return next(iter(cls))


class Reason(_Kept):
    """What went wrong. Where a comment names parameters of ``Cause``, the reason goes with them."""

    UNTOLD = "untold"
    """One that only a newer Milepost knows."""

    NO_ACCOUNT = "no-account"
    """The account is not in the configuration (any more)."""

    # --- on the way ---
    CANNOT_BE_MADE = "cannot-be-made"
    """The request is none: an endpoint or a key is wrong."""
    NO_ANSWER_IN_TIME = "no-answer-in-time"
    UNREACHABLE = "unreachable"
    NO_TLS = "no-tls"
    BROKEN_CONNECTION = "broken-connection"
    CLOSED_HERE = "closed-here"
    """Our own client was closed meanwhile."""

    # --- the answer ---
    NOT_HTTP = "not-http"
    NOT_JSON = "not-json"
    TOO_LARGE = "too-large"
    BROKEN_COMPRESSION = "broken-compression"
    UNKNOWN_COMPRESSION = "unknown-compression"
    FIELD_MISSING = "field-missing"  # field
    NO_STATUS = "no-status"  # field
    NO_NUMBER = "no-number"  # field
    NO_OBJECT = "no-object"  # field
    NEITHER_CODE_NOR_DATA = "neither-code-nor-data"
    LEFT_OUT = "left-out"
    """The answer says nothing about the task that was asked for."""
    BATCH_REFUSED = "batch-refused"
    """As a whole, and the ids at fault were not all found."""

    # --- what the cloud says of itself: who, status, code, and hint or said ---
    IN_TROUBLE = "in-trouble"
    BUSY = "busy"
    THROTTLED = "throttled"
    ERROR = "error"
    """An error that no table names."""
    UNDOCUMENTED_ERROR = "undocumented-error"
    UNDOCUMENTED_ANSWER = "undocumented-answer"
    REDIRECT = "redirect"

    # --- access: who, status, code, and hint or said ---
    CREDENTIALS_REFUSED = "credentials-refused"
    TOKEN_REFUSED = "token-refused"  # noqa: S105 - a reason, no token
    REQUEST_REFUSED = "request-refused"
    USER_REFUSED = "user-refused"
    CLIENT_REFUSED = "client-refused"
    SIGNATURE_REFUSED = "signature-refused"
    """A short while ago; nothing is asked meanwhile."""
    TASK_NOT_SHOWN = "task-not-shown"
    NO_SUCH_API = "no-such-api"
    NO_SUCH_CALL = "no-such-call"
    TRAFFIC_USED_UP = "traffic-used-up"

    # --- getting a token ---
    NO_TOKEN = "no-token"  # noqa: S105 - likewise
    TOO_MANY_TOKENS = "too-many-tokens"
    TOKENS_THROTTLED = "tokens-throttled"
    TOKEN_AWAITED = "token-awaited"  # noqa: S105 - likewise
    """Another replica has been fetching one for longer than that may take."""

    # --- absence: who, status, code, and hint or said ---
    TASK_UNKNOWN = "task-unknown"
    TASK_UNREADABLE = "task-unreadable"
    TASK_UNKNOWN_OR_UNREADABLE = "task-unknown-or-unreadable"
    ID_REFUSED = "id-refused"
    NO_RESULT = "no-result"
    PROJECT_UNKNOWN = "project-unknown"
    BUCKET_UNKNOWN = "bucket-unknown"


class Hint(_Kept):
    """What a code of a cloud means, where its documents say so."""

    NONE = ""

    # Tencent COS
    KEY_MAY_NOT_READ = "key-may-not-read"
    CREDENTIALS_EXPIRED = "credentials-expired"
    CLOCK_WRONG = "clock-wrong"
    SECRET_KEY_WRONG = "secret-key-wrong"  # noqa: S105 - a hint, no key
    SECRET_ID_UNKNOWN = "secret-id-unknown"  # noqa: S105

    # Huawei Cloud CodeArts Check
    NETWORK_BUSY = "network-busy"
    LIST_FAILED = "list-failed"
    TEMPLATE_FAILED = "template-failed"
    DETAIL_FAILED = "detail-failed"
    TRY_LATER = "try-later"
    INVALID_PARAMETERS = "invalid-parameters"

    # Huawei Cloud DRS
    TOKEN_INVALID = "token-invalid"  # noqa: S105
    NO_ROLE = "no-role"
    NO_PERMISSION = "no-permission"
    USER_RESTRICTED = "user-restricted"
    PROJECT_WRONG = "project-wrong"
    SERVICE_ABNORMAL = "service-abnormal"
    OTHER_OPERATION = "other-operation"
    FAILED = "failed"

    # SCloud
    API_TIMEOUT = "api-timeout"
    GATEWAY_ERROR = "gateway-error"
    SERVICE_UNAVAILABLE = "service-unavailable"
    ACTION_MISSING = "action-missing"
    ACTION_UNKNOWN = "action-unknown"
    SIGNATURE_MISSING = "signature-missing"
    PRIVATE_KEY_WRONG = "private-key-wrong"
    USER_UNKNOWN = "user-unknown"
    TOKEN_UNKNOWN = "token-unknown"  # noqa: S105
    PROJECT_UNKNOWN = "project-unknown"
    ZONE_NOT_PERMITTED = "zone-not-permitted"
    ADDRESS_NOT_PERMITTED = "address-not-permitted"
    SECURITY_LOCK = "security-lock"
    CALL_NOT_PERMITTED = "call-not-permitted"


class Service(_Kept):
    """Who said it."""

    CLOUD = "cloud"
    """The account's cloud; what a status alone tells."""
    TENCENT_COS = "tencent-cos"
    HUAWEI_CLOUD = "huawei-cloud"
    """Its gateway, before any service of it."""
    HUAWEI_IAM = "huawei-iam"
    """Its identity service."""
    CODEARTS_CHECK = "codearts-check"
    DRS = "drs"
    SCLOUD = "scloud"
    PAN123 = "pan123"


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason, and all that its sentence needs. ``str()`` of it is one line for logs, of bounded length."""

    reason: Reason
    _: KW_ONLY
    who: Service = Service.CLOUD
    status: int | None = None
    """The HTTP status, where it tells something."""
    code: str = ""
    """The cloud's own code, such as ``DRS.M05003``; foreign text."""
    hint: Hint = Hint.NONE
    said: str = ""
    """The cloud's own words; foreign text."""
    field: str = ""
    """The part of the answer that is missing or odd, by its name in the cloud's documents."""

    def __str__(self) -> str:
        return " ".join(self._told())

    def _told(self) -> Iterator[str]:
        yield self.reason.value
        if self.who is not Service.CLOUD:
            yield f"who={self.who.value}"
        if self.status is not None:
            yield f"status={self.status}"
        for name, value, limit in (
            ("code", self.code, _CODE_SHOWN),
            ("hint", self.hint.value, _CODE_SHOWN),
            ("field", self.field, _CODE_SHOWN),
            ("said", self.said, _SAID_SHOWN),
        ):
            if value:
                # Escaped, for it may be anything.
                yield f"{name}={value[:limit]!r}"
