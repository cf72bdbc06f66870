"""Huawei Cloud AK/SK: SDK-HMAC-SHA256 over the request, with one key and no derivation.

The rules are those of the vendor's Python SDK (huaweicloudsdkcore, signer).
"""

import hashlib
import hmac
import math
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import unquote

from pydantic import SecretStr

from providers.call import Call, escaped

ALGORITHM = "SDK-HMAC-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"

# Transport and gateways may change these; a signature over them would break on the way.
_UNSIGNED = frozenset({"accept", "accept-encoding", "authorization", "connection", "content-length", "user-agent"})

Pairs = Iterable[tuple[str, str]]


def is_signed(header: str) -> bool:
    """Tell whether we sign a header of this lower-case name; the vendor's rule leaves out names with ``_``."""
    return header not in _UNSIGNED and "_" not in header


def sign(
    *, access_key: str, secret_key: str, method: str, path: str, params: Pairs, headers: Pairs, date: str, body: bytes
) -> str:
    """Return the Authorization header; exactly *headers* are signed, *date* is that of X-Sdk-Date among them."""
    lines = sorted([(name.lower(), value.strip()) for name, value in headers])
    names = ";".join([name for name, _ in lines])
    unsigned_body = ("x-sdk-content-sha256", UNSIGNED_PAYLOAD) in lines
    canonical = "\n".join(
        (
            method.upper(),
            _canonical_path(path),
            "&".join(f"{escaped(name)}={escaped(value)}" for name, value in sorted(params)),
            "".join([f"{name}:{value}\n" for name, value in lines]),
            names,
            UNSIGNED_PAYLOAD if unsigned_body else hashlib.sha256(body).hexdigest(),
        )
    )
    to_sign = f"{ALGORITHM}\n{date}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(secret_key.encode(), to_sign.encode(), "sha256").hex()
    return f"{ALGORITHM} Access={access_key}, SignedHeaders={names}, Signature={signature}"


# An account asks the same few paths again and again, or one for each task.
@lru_cache(maxsize=256)
def _canonical_path(path: str) -> str:
    canonical = "/".join(escaped(unquote(part)) for part in path.split("/"))
    return canonical if canonical.endswith("/") else f"{canonical}/"


@lru_cache(maxsize=4)
def _date_of(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y%m%dT%H%M%SZ")


class HuaweiAkskAuth:
    """Signs each request freshly."""

    def __init__(
        self,
        access_key: str,
        secret_key: SecretStr,
        *,
        project_id: str | None = None,
        security_token: SecretStr | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._access_key = access_key
        self._secret_key = secret_key
        self._project_id = project_id
        self._security_token = security_token
        self._now = now

    async def sign(self, call: Call) -> None:
        """Date the call and sign it."""
        date = _date_of(math.floor(self._now()))
        call.headers["x-sdk-date"] = date
        if self._project_id is not None:
            call.headers["x-project-id"] = self._project_id
        if self._security_token is not None:
            call.headers["x-security-token"] = self._security_token.get_secret_value()
        kind = call.headers.get("content-type", "application/json")
        if not kind.startswith(("application/json", "application/bson")):
            call.headers["x-sdk-content-sha256"] = UNSIGNED_PAYLOAD
        call.headers["authorization"] = sign(
            access_key=self._access_key,
            secret_key=self._secret_key.get_secret_value(),
            method=call.method,
            path=call.raw_path,
            params=call.params,
            headers=[(name, value) for name, value in call.headers.items() if is_signed(name)],
            date=date,
            body=call.body(),
        )
