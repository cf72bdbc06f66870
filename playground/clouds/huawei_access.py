"""How Huawei services know who calls: a token from IAM, or a request signed by AK/SK. Both Huawei clouds share it."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from playground.clouds.cloud import Site
from playground.clouds.faults import Fault, FaultKind
from playground.clouds.signatures import huawei_signature
from playground.clouds.tokens import Tokens

ACCESS_KEY = "PLAYGROUNDACCESSKEY"
SECRET_KEY = "playground-sk"  # noqa: S105 - well known, and valid on loopback only
PROJECTS = {"ap-southeast-1": "0123456789abcdef0123456789abcdef", "cn-north-4": "fedcba9876543210fedcba9876543210"}
TOKEN_LIFETIME = 24 * 3600.0
MAX_SKEW = 15 * 60
# https://support.huaweicloud.com/intl/en-us/ocr_faq/ocr_01_0063.html: more than 5 failures lock the key for 5 minutes
FAILURES = 5
LOCK_SECONDS = 300.0
AUTHORIZATION = re.compile(r"SDK-HMAC-SHA256 Access=([^,\s]+), SignedHeaders=([^,\s]+), Signature=([0-9a-f]{64})")
GATEWAY = "Incorrect IAM authentication information: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """Why a caller is turned away; ``vendor`` names what the service itself would say in its own words."""

    reason: str
    vendor: str = ""
    """``expired`` or ``project`` where the service has a code of its own; empty is the gateway's APIGW.0301."""


class HuaweiAccess:
    """The account that both services and IAM know."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.tokens = Tokens(site.now, lifetime=TOKEN_LIFETIME)
        self._failures = 0
        self._locked_until = 0.0

    async def denial(self, request: web.Request, service: str, region: str, fault: Fault) -> Denial | None:
        """Return why *service* must not answer this request, or None."""
        text = request.headers.get("X-Auth-Token")
        if text is not None:
            return self._token_denial(text, service, region, fault)
        if request.headers.get("Authorization", "").startswith("SDK-HMAC-SHA256"):
            if fault.kind is FaultKind.EXPIRED:
                # There is nothing to renew behind AK/SK, so this lasts until the fault ends.
                return Denial(reason="security token expires", vendor="expired")
            return await self._signature_denial(request)
        return Denial(reason="x-auth-token not found")

    def _token_denial(self, text: str, service: str, region: str, fault: Fault) -> Denial | None:
        token = self.tokens.find(text)
        if token is None:
            return Denial(reason="decrypt token fail")
        if not self.tokens.works(token, service):
            return Denial(reason="token expires", vendor="expired")
        if region and token.scope != region:
            return Denial(reason="the token is of another project", vendor="project")
        if fault.kind is FaultKind.EXPIRED:
            # A token from after the fault began: the caller renewed it, so all is well again.
            self._site.faults.clear(service)
        return None

    async def _signature_denial(self, request: web.Request) -> Denial | None:
        if self._site.now() < self._locked_until:
            return Denial(reason="AK access failed to reach the limit, forbidden")
        reason = await self._signature_problem(request)
        if not reason:
            self._failures = 0
            return None
        self._failures += 1
        if self._failures > FAILURES:
            self._failures = 0
            self._locked_until = self._site.now() + LOCK_SECONDS
        return Denial(reason=reason)

    async def _signature_problem(self, request: web.Request) -> str:
        parts = AUTHORIZATION.fullmatch(request.headers["Authorization"])
        if parts is None:
            return "the authorization header is malformed"
        access_key, names, signature = parts.groups()
        if access_key != ACCESS_KEY:
            return "get secret key by access key fail"
        signed = names.split(";")
        date = request.headers.get("X-Sdk-Date", "")
        if "host" not in signed or "x-sdk-date" not in signed or any(name not in request.headers for name in signed):
            return "verify aksk signature fail"
        try:
            sent_at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        except ValueError:
            return "X-Sdk-Date is malformed"
        if abs(self._site.now() - sent_at) > MAX_SKEW:
            return "signature expired"
        raw_path, _, _ = request.raw_path.partition("?")
        expected = huawei_signature(
            SECRET_KEY,
            method=request.method,
            raw_path=raw_path,
            query=request.query.items(),
            headers=[(name, request.headers[name]) for name in signed],
            date=date,
            body_hash=_body_hash(request, signed, await request.read()),
        )
        return "" if hmac.compare_digest(signature, expected) else "verify aksk signature fail"


def _body_hash(request: web.Request, signed: list[str], body: bytes) -> str:
    """The hash of the bytes that came; a body that is not JSON may be declared as unsigned."""
    declared = request.headers.get("X-Sdk-Content-Sha256")
    json_body = request.content_type.startswith(("application/json", "application/bson"))
    if declared == "UNSIGNED-PAYLOAD" and "x-sdk-content-sha256" in signed and not json_body:
        return declared
    return hashlib.sha256(body).hexdigest()


def gateway_error(site: Site, status: int, code: str, message: str) -> web.Response:
    """Return an error of the API gateway that stands before every Huawei service."""
    request_id = site.hex(32)
    return web.json_response(
        {"error_code": code, "error_msg": message, "request_id": request_id},
        status=status,
        headers={"X-Request-Id": request_id},
    )


def gateway_refusal(site: Site, fault: Fault) -> web.Response:
    """Return how the gateway says that the service is down or throttled."""
    if fault.kind is FaultKind.DOWN:
        return web.Response(status=503, text="<html><h1>503 Service Temporarily Unavailable</h1></html>")
    response = gateway_error(
        site,
        429,
        "APIGW.0308",
        "The throttling threshold has been reached: policy user over ratelimit,limit:20,time:1 second",
    )
    response.headers["Retry-After"] = str(fault.retry_after)
    return response
