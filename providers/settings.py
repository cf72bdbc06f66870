"""What every account's settings share: an endpoint that is safe to call, and keys that are not mistyped."""

import ipaddress
import re
from datetime import timedelta
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator

_PRINTABLE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
_CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{2,20}")
_GROUP_ID = re.compile(r"S[A-Z0-9]{2,20}")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~%!$&'()*+,;=:@-]*)*")


def is_loopback(host: str) -> bool:
    """Tell whether *host* is this machine, judged by its spelling alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_plain_and_remote(endpoint: str) -> bool:
    """Tell whether calling *endpoint* would send requests unencrypted over a network."""
    parts = urlsplit(endpoint)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")


def _checked_endpoint(value: str) -> str:
    if value != value.strip() or not value.isascii() or not value.isprintable():
        raise ValueError("has blanks or odd characters in it")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as problem:
        raise ValueError("is not an address") from problem
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("must start with https:// and name a host")
    if "@" in parts.netloc:
        raise ValueError("must not contain a user name or password")
    if "?" in value or "#" in value:
        raise ValueError("must not contain a query (?) or a fragment (#)")
    host = parts.netloc if port is None else parts.netloc.rpartition(":")[0]
    if not _HOST.fullmatch(host) or port == 0 or not _PATH.fullmatch(parts.path):
        raise ValueError("is not an address")
    if {".", ".."} & set(parts.path.split("/")):
        raise ValueError("must not contain . or .. as a part of its path")
    return value.rstrip("/")


def _without_blanks(value: str) -> str:
    if not value:
        raise ValueError("is empty")
    if value != value.strip():
        raise ValueError("begins or ends with a blank; was it pasted whole?")
    return value


def _fit_for_a_header(value: str) -> str:
    if not _PRINTABLE.fullmatch(_without_blanks(value)):
        raise ValueError("may hold only printable ASCII characters")
    return value


def _secret_without_blanks(value: SecretStr) -> SecretStr:
    _without_blanks(value.get_secret_value())
    return value


def _secret_fit_for_a_header(value: SecretStr) -> SecretStr:
    _fit_for_a_header(value.get_secret_value())
    return value


def _ids(value: object, form: re.Pattern[str], kind: str) -> object:
    """Return a list of ids as it is; an empty one would be read as nobody by one and as everybody by another."""
    if not isinstance(value, list | tuple):
        raise ValueError("is not a list")
    if not value:
        raise ValueError("is empty; leave it out where there is no limit")
    for place, each in enumerate(value, start=1):
        if not (isinstance(each, str) and form.fullmatch(each)):
            raise ValueError(f"has something other than the id of a {kind} in place {place}")
    return tuple(value)


Endpoint = Annotated[str, AfterValidator(_checked_endpoint)]
"""A base URL, kept without a slash at its end; a path prefix is allowed."""

PlainText = Annotated[str, AfterValidator(_without_blanks)]
KeyId = Annotated[str, AfterValidator(_fit_for_a_header)]
Password = Annotated[SecretStr, AfterValidator(_secret_without_blanks)]
SecretKey = Annotated[SecretStr, AfterValidator(_secret_fit_for_a_header)]

Region = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)+$", max_length=40)]
"""A region becomes part of a host name, so nothing but such characters may be in it."""


CallRate = Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)]
CallsAtOnce = Annotated[int, Field(ge=1, le=500)]
_INTERVAL = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)([smhd])", re.ASCII)
_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def _interval(value: object) -> object:
    if value is None or isinstance(value, timedelta):
        return value
    found = _INTERVAL.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('is not a duration such as "30s" or "5m"')
    interval = _UNITS[found[2]] * float(found[1])
    if not timedelta(seconds=1) <= interval <= timedelta(days=1):
        raise ValueError("is not between 1s and 1d")
    return interval


Interval = Annotated[timedelta, BeforeValidator(_interval)]
"""A time between two looks at a task."""


class AccountSettings(BaseModel):
    """Credentials, region and endpoint at one provider."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    plain_http_by_scheme: ClassVar[bool] = False
    """Whether this kind of account may say ``scheme = "http"`` and then call a remote host unencrypted."""

    provider: str = Field(description="The kind of cloud.", examples=["huawei-drs"])
    endpoint: Endpoint | None = Field(
        default=None,
        description="Base URL to call instead of the cloud's own. https, except on loopback.",
        examples=["https://api.example.com"],
    )
    min_interval: Interval | None = Field(
        default=None,
        description="The shortest time between two looks at a task of this account, instead of that in `[polling]`",
        examples=["30s"],
    )
    max_interval: Interval | None = Field(
        default=None,
        description="The longest time between two looks at a task of this account, instead of that in `[polling]`; "
        "where it is shorter than the shortest, the shortest holds",
        examples=["10m"],
    )

    max_calls_per_second: CallRate = Field(
        default=10.0,
        description=(
            "Calls a second at most, over all tasks of the account. The clouds publish no rate for these calls; 10 is "
            "the least that one of them publishes for others."
        ),
        examples=[10.0],
    )
    max_concurrent: CallsAtOnce = Field(
        default=8, description="Calls under way at the same time, at most.", examples=[8]
    )

    channels: tuple[str, ...] = Field(
        default=(),
        description="Ids of the Slack channels in which people may use this account; without it, in all of them.",
        examples=[["C0123456789"]],
    )
    groups: tuple[str, ...] = Field(
        default=(),
        description="Ids of the Slack user groups whose people may use this account; without it, everybody. With "
        "`channels`, both must fit. Needs the scope `usergroups:read`.",
        examples=[["S0123456789"]],
    )

    @field_validator("channels", mode="before")
    @classmethod
    def _are_channels(cls, value: object) -> object:
        return _ids(value, _CHANNEL_ID, "channel")

    @field_validator("groups", mode="before")
    @classmethod
    def _are_groups(cls, value: object) -> object:
        return _ids(value, _GROUP_ID, "user group")

    @field_validator("endpoint")
    @classmethod
    def _refuses_plain_http(cls, value: str | None) -> str | None:
        if value is not None and not cls.plain_http_by_scheme and is_plain_and_remote(value):
            raise ValueError("must be https: plain http is only for this machine (127.0.0.1, localhost)")
        return value
