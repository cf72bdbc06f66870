"""Tencent COS: HMAC-SHA1 over the request, good for a few minutes.

https://cloud.tencent.com/document/product/436/7778
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Iterable
from functools import lru_cache

from pydantic import SecretStr

from providers.call import Call, escaped

VALID_SECONDS = 600
"""How long a signature holds after it is made."""

# A clock that is a little ahead must not make a signature of the future.
_BACKDATED_SECONDS = 60

# What the vendor's SDK signs where present; anything else may be changed on the way.
_SIGNED = frozenset(
    {
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-length",
        "content-md5",
        "content-type",
        "expect",
        "expires",
        "host",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-unmodified-since",
        "origin",
        "pic-operations",
        "range",
        "transfer-encoding",
    }
)
_SIGNED_PREFIXES = ("x-cos-", "x-ci-")

Pairs = Iterable[tuple[str, str]]


def key_time(now: float, *, valid: int = VALID_SECONDS) -> str:
    """Return the span in which a signature made at *now* holds: ``start;end``."""
    return f"{int(now) - _BACKDATED_SECONDS};{int(now) + valid}"


def is_signed(header: str) -> bool:
    """Tell whether a header of this lower-case name is part of the signature where present."""
    return header in _SIGNED or header.startswith(_SIGNED_PREFIXES)


def key_of(secret_key: str, key_time: str) -> bytes:
    """Return the key with which all is signed that holds in the span *key_time*."""
    return _hmac_sha1(secret_key.encode(), key_time).encode()


def sign(
    *,
    secret_id: str,
    secret_key: str,
    method: str,
    path: str,
    params: Pairs,
    headers: Pairs,
    key_time: str,
    sign_key: bytes | None = None,
) -> str:
    """Return the Authorization header; *path* is the decoded one, and exactly *headers* and *params* are signed.

    *sign_key* is ``key_of`` the same secret and span, where it is known.
    """
    names, values = _lists(tuple(headers))
    param_names, param_values = _lists(tuple(params))
    http_string = f"{method.lower()}\n{path}\n{param_values}\n{values}\n"
    digest = hashlib.sha1(http_string.encode(), usedforsecurity=False).hexdigest()
    signature = _hmac_sha1(sign_key or key_of(secret_key, key_time), f"sha1\n{key_time}\n{digest}\n")
    return (
        f"q-sign-algorithm=sha1&q-ak={secret_id}&q-sign-time={key_time}&q-key-time={key_time}"
        f"&q-header-list={names}&q-url-param-list={param_names}&q-signature={signature}"
    )


# Of one account it is nearly always the same host.
@lru_cache(maxsize=64)
def _lists(pairs: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    # Lower-casing comes after escaping, so the hex of an escape in a name is lower-case too.
    both = sorted([(escaped(name).lower(), escaped(value)) for name, value in pairs])
    return ";".join([name for name, _ in both]), "&".join([f"{name}={value}" for name, value in both])


def _hmac_sha1(key: bytes, message: str) -> str:
    return hmac.digest(key, message.encode(), "sha1").hex()


class CosAuth:
    """Signs each request freshly; a session token goes with temporary keys."""

    def __init__(
        self,
        secret_id: str,
        secret_key: SecretStr,
        session_token: SecretStr | None = None,
        *,
        valid: int = VALID_SECONDS,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._secret_id = secret_id
        self._secret_key = secret_key
        self._session_token = session_token
        self._valid = valid
        self._now = now
        self._span = ""
        self._sign_key = b""

    async def sign(self, call: Call) -> None:
        """Add the session token, then sign what is there."""
        if self._session_token is not None:
            call.headers["x-cos-security-token"] = self._session_token.get_secret_value()
        headers = {name: value for name, value in call.headers.items() if is_signed(name)}
        # The vendor signs the host without its port, unless a Host header was given on purpose.
        if headers["host"] == call.origin.place:
            headers["host"] = call.origin.host
        secret_key = self._secret_key.get_secret_value()
        span = key_time(self._now(), valid=self._valid)
        if span != self._span:
            # The same for all calls of one second.
            self._span, self._sign_key = span, key_of(secret_key, span)
        call.headers["authorization"] = sign(
            secret_id=self._secret_id,
            secret_key=secret_key,
            method=call.method,
            path=call.path,
            params=call.params,
            headers=headers.items(),
            key_time=span,
            sign_key=self._sign_key,
        )
