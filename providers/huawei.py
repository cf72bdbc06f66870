"""What all Huawei Cloud services share: three ways to authenticate, and one gateway with its error codes.

https://support.huaweicloud.com/intl/en-us/api-codecheck/ErrorCode.html
"""

from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Self

import httpx
from pydantic import Field, model_validator

from providers.auth.bearer import ask_with_token
from providers.auth.huawei_aksk import HuaweiAkskAuth
from providers.auth.huawei_gate import GatedCalls, Gates, Verdict
from providers.auth.huawei_token import HEADER, IamPassword
from providers.auth.keeper import TokenKeeper
from providers.auth.tokens import FixedToken, RenewedToken, TokenSource
from providers.base import AccessDenied, ProviderError, RateLimited, Unavailable
from providers.call import Auth
from providers.http import Answer, from_status, retry_after
from providers.reading import CODE_LIMIT, label, text
from providers.reasons import Cause, Reason, Service
from providers.settings import AccountSettings, Endpoint, KeyId, Password, PlainText, Region, SecretKey
from providers.veil import Veil

_MESSAGE_LIMIT = 300

# Codes of an expired token; 0301 says so in words only.
_RENEW = frozenset({"CC.00000003", "DRS.M00100", "APIGW.0307", "APIG.0307"})
_BAD_AUTHENTICATION = frozenset({"APIGW.0301", "APIG.0301"})
_THROTTLED = frozenset({"APIGW.0308", "APIG.0308"})
_NO_SUCH_API = frozenset({"APIGW.0101", "APIG.0101"})
_NO_ERROR = frozenset({"", "0", "200"})
# A service that answers in its own name stands behind the gateway, which has checked the signature.
_OF_A_SERVICE = ("DRS.", "CC.")


class HuaweiAccount(AccountSettings):
    """An account at Huawei Cloud: exactly one of three ways in."""

    region: Region = Field(description="Region of the service.", examples=["cn-north-4"])
    token: SecretKey | None = Field(
        default=None,
        description="A token of IAM, good for at most 24 hours; Milepost cannot renew it.",
        examples=["env:HUAWEI_TOKEN"],
    )
    username: PlainText | None = Field(
        default=None, description="IAM user; with password and domain.", examples=["milepost"]
    )
    password: Password | None = Field(
        default=None, description="Password of the IAM user.", examples=["env:HUAWEI_PASSWORD"]
    )
    domain: PlainText | None = Field(
        default=None, description="Name of the account to which the IAM user belongs.", examples=["my-company"]
    )
    access_key: KeyId | None = Field(
        default=None, description="Access key (AK); with secret_key.", examples=["env:HUAWEI_ACCESS_KEY"]
    )
    secret_key: SecretKey | None = Field(
        default=None, description="Secret key (SK); with access_key.", examples=["env:HUAWEI_SECRET_KEY"]
    )
    iam_endpoint: Endpoint | None = Field(
        default=None,
        description="Base URL of IAM instead of the region's own; used with username and password.",
        examples=["https://iam.myhuaweicloud.com"],
    )

    @model_validator(mode="after")
    def _has_one_way_in(self) -> Self:
        given = {
            way: [name for name in way.split(", ") if getattr(self, name) is not None]
            for way in ("token", "username, password, domain", "access_key, secret_key")
        }
        chosen = [way for way, names in given.items() if names]
        if not chosen:
            raise ValueError("give token, or username + password + domain, or access_key + secret_key")
        if len(chosen) > 1:
            raise ValueError(
                "give only one of token, username + password + domain, and access_key + secret_key; "
                f"there are {', '.join(name for names in given.values() for name in names)}"
            )
        missing = [name for name in chosen[0].split(", ") if name not in given[chosen[0]]]
        if missing:
            raise ValueError(f"{chosen[0].replace(', ', ' + ')} belong together: {' and '.join(missing)} is missing")
        return self


def host(service: str, region: str) -> str:
    """Return the base URL of a service in a region; one European region has a domain of its own."""
    domain = "eu" if region == "eu-west-101" else "com"
    return f"https://{service}.{region}.myhuaweicloud.{domain}"


def read_error(payload: object) -> tuple[str, str]:
    """Return code and message of an error body, empty where it is none; services spell the keys in three ways.

    The names may stand one level down, and IAM's code there is a number.
    """
    if not isinstance(payload, dict):
        return "", ""
    for level in (payload, *(inner for inner in payload.values() if isinstance(inner, dict))):
        for code, message in (("error_code", "error_msg"), ("errorCode", "errorMsg"), ("code", "message")):
            found = label(level.get(code), CODE_LIMIT)
            if found not in _NO_ERROR:
                return found, text(level.get(message), _MESSAGE_LIMIT)
    return "", ""


def is_expired(answer: Answer) -> bool:
    """Tell whether an answer says that the token has expired, so that a new one may help."""
    if answer.status not in (401, 403) and not answer.is_success:
        return False
    code, message = read_error(answer.json_or_none())
    if code in _RENEW:
        return True
    if code in _BAD_AUTHENTICATION:
        return "expire" in message.lower()
    # A bare 401 may be anything; one renewal finds out.
    return answer.status == 401 and not code.startswith(_OF_A_SERVICE)


def verdict_on_signature(answer: Answer) -> Verdict:
    """Tell what an answer says about the AK/SK signature; any refusal of the gateway counts, whatever its words."""
    payload = answer.json_or_none()
    code, _ = read_error(payload)
    if code.startswith(_OF_A_SERVICE):
        return Verdict.ACCEPTED
    if code in _BAD_AUTHENTICATION or code in _RENEW or answer.status == 401:
        return Verdict.REFUSED
    return Verdict.ACCEPTED if answer.is_success and isinstance(payload, dict) and not code else Verdict.UNCLEAR


def gateway_error(answer: Answer, code: str, message: str) -> ProviderError:
    """Return what a code of the gateway means, or else the status."""

    def cause(reason: Reason) -> Cause:
        return Cause(reason, who=Service.HUAWEI_CLOUD, code=code, said=message)

    if code in _RENEW or code in _BAD_AUTHENTICATION:
        return AccessDenied(cause(Reason.CREDENTIALS_REFUSED))
    if code in _THROTTLED:
        return RateLimited(cause(Reason.THROTTLED), retry_after=retry_after(answer))
    if code in _NO_SUCH_API:
        return AccessDenied(cause(Reason.NO_SUCH_API))
    if answer.is_success:
        # An error in a 2xx answer that no table names: nothing says that it lasts.
        return Unavailable(cause(Reason.ERROR))
    return from_status(answer, code=code, said=message)


_Send = Callable[[Auth], Awaitable[Answer]]
_Ask = Callable[[_Send], Awaitable[Answer]]


class HuaweiCalls:
    """Sends the calls of one account, authenticated in the way that its settings chose."""

    def __init__(
        self,
        settings: HuaweiAccount,
        client: httpx.AsyncClient,
        *,
        project: Mapping[str, str],
        tokens: TokenKeeper,
        on_secret: Callable[[str], None],
        gates: Gates,
    ) -> None:
        self.veil = Veil((settings.token, settings.password, settings.access_key, settings.secret_key))
        self._on_secret = on_secret
        self.ask = self._way_in(settings, client, project, tokens, gates)
        """Returns the answer of a call, made once more where an expired token could be renewed."""

    def _way_in(
        self,
        settings: HuaweiAccount,
        client: httpx.AsyncClient,
        project: Mapping[str, str],
        tokens: TokenKeeper,
        gates: Gates,
    ) -> _Ask:
        if settings.access_key is not None and settings.secret_key is not None:
            auth = HuaweiAkskAuth(settings.access_key, settings.secret_key, project_id=project.get("id"))
            return _signed(
                auth, GatedCalls(gates.of(settings.access_key), settings.secret_key, judge=verdict_on_signature)
            )
        if settings.token is not None:
            return _with_token(FixedToken(settings.token))
        if settings.username is None or settings.password is None or settings.domain is None:
            raise ValueError("an account needs token, username + password + domain, or access_key + secret_key")
        iam = settings.iam_endpoint or host("iam", settings.region)
        fetch = IamPassword(
            client,
            iam,
            username=settings.username,
            password=settings.password,
            domain=settings.domain,
            project=project,
        )
        whose = [iam, settings.domain, settings.username, *project.items()]
        return _with_token(
            RenewedToken(
                fetch,
                account=f"huawei {sha256(repr(whose).encode()).hexdigest()[:16]}",
                # Any number may live, and a day later they have ended: a file of them would only be one to guard.
                keeper=tokens if tokens.shared else None,
                on_secret=self._learn,
            )
        )

    def _learn(self, token: str) -> None:
        self.veil.add(token)
        self._on_secret(token)


def _with_token(source: TokenSource) -> _Ask:
    async def ask(send: _Send) -> Answer:
        return await ask_with_token(source, send, expired=is_expired, header=HEADER)

    return ask


def _signed(auth: HuaweiAkskAuth, calls: GatedCalls) -> _Ask:
    async def ask(send: _Send) -> Answer:
        return await calls.ask(lambda: send(auth))

    return ask
