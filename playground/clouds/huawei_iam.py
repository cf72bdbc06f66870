"""Huawei IAM, simulated: tokens by password, and the list of projects."""

import hmac
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from playground.clouds.cloud import Operation, Profile, Site, json_body
from playground.clouds.faults import Fault, FaultKind
from playground.clouds.huawei_access import GATEWAY, PROJECTS, HuaweiAccess, gateway_error

USER = "playground"
PASSWORD = "playground-password"  # noqa: S105 - well known, and valid on loopback only
DOMAIN = "playground"
DOMAIN_ID = "00112233445566778899aabbccddeeff"
USER_ID = "ffeeddccbbaa99887766554433221100"
# Huawei locks a user after repeated failures; the figures are its defaults.
FAILURES = 5
LOCK_SECONDS = 15 * 60.0


class HuaweiIam:
    """The part of IAM that hands out tokens; it has no tasks of its own."""

    profile = Profile(name="huawei-iam", title="Huawei IAM", account="", scenarios=frozenset())

    def __init__(self, site: Site, access: HuaweiAccess) -> None:
        self._site = site
        self._access = access
        self._failures = 0
        self._locked_until = 0.0

    def operations(self) -> Iterable[Operation]:
        """Tokens, projects, and the gateway's answer to everything else."""
        return (
            Operation(name="token", method="POST", path="/v3/auth/tokens", answer=self._token),
            Operation(name="projects", method="GET", path="/v3/projects", answer=self._projects),
            Operation(name="other", method="*", path="/{rest:.*}", answer=self._other),
        )

    def expire(self) -> None:
        """End every token for both services."""
        self._access.tokens.revoke_all()

    def refusal(self, fault: Fault) -> web.Response:
        """IAM errors are nested, with an integer code."""
        match fault.kind:
            case FaultKind.DOWN:
                return self._error(503, "Service Unavailable", "The service is unavailable.")
            case FaultKind.THROTTLED:
                response = self._error(429, "Too Many Requests", "Too many requests.")
                response.headers["Retry-After"] = str(fault.retry_after)
                return response
            case _:
                return self._error(401, "Unauthorized", "The username or password is wrong.")

    async def _token(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        body: Any = await json_body(request)
        try:
            identity = body["auth"]["identity"]
            methods, user = identity["methods"], identity["password"]["user"]
            given = (user["name"], user["password"], user["domain"]["name"])
            project = body["auth"]["scope"]["project"]
        except (KeyError, TypeError):
            return self._error(400, "Bad Request", "The request body is invalid.")
        region = _region(project)
        if methods != ["password"] or region is None:
            return self._error(400, "Bad Request", "The scope or the method is invalid.")
        if self._site.now() < self._locked_until:
            return self._error(401, "Unauthorized", "The user is locked.")
        if not all(isinstance(text, str) for text in given) or not hmac.compare_digest(
            "\0".join(given).encode(), f"{USER}\0{PASSWORD}\0{DOMAIN}".encode()
        ):
            self._failures += 1
            if self._failures >= FAILURES:
                self._failures = 0
                self._locked_until = self._site.now() + LOCK_SECONDS
            return self._error(401, "Unauthorized", "The username or password is wrong.")
        self._failures = 0
        if fault.kind is FaultKind.EXPIRED:
            self._site.faults.clear("huawei-iam")
        return self._issue(region)

    def _issue(self, region: str) -> web.Response:
        # Real tokens are long: a reader that cuts headers at 1 KiB would not work with Huawei.
        token = self._access.tokens.issue(f"MII{self._site.text(1500)}", scope=region)
        if token is None:
            return self._error(500, "Internal Server Error", "No token could be issued.")
        domain = {"id": DOMAIN_ID, "name": DOMAIN}
        body = {
            "token": {
                "expires_at": _utc(token.ends_at),
                "issued_at": _utc(token.issued_at),
                "methods": ["password"],
                "project": {"domain": domain, "id": PROJECTS[region], "name": region},
                "roles": [{"id": "0", "name": "te_admin"}],
                "user": {"domain": domain, "id": USER_ID, "name": USER, "password_expires_at": ""},
            }
        }
        return web.json_response(body, status=201, headers={"X-Subject-Token": token.text})

    async def _projects(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        denial = await self._access.denial(request, "huawei-iam", "", fault)
        if denial is not None:
            return gateway_error(self._site, 401, "APIGW.0301", GATEWAY + denial.reason)
        wanted = request.query.get("name")
        projects = [
            {
                "id": project,
                "name": region,
                "domain_id": DOMAIN_ID,
                "parent_id": DOMAIN_ID,
                "enabled": True,
                "is_domain": False,
            }
            for region, project in PROJECTS.items()
            if wanted in (None, region)
        ]
        return web.json_response({"projects": projects, "links": {"self": str(request.url.with_query(None))}})

    async def _other(self, request: web.Request, fault: Fault) -> web.StreamResponse:  # noqa: ARG002 - as every answer
        return self._error(404, "Not Found", "The resource could not be found.")

    def _error(self, status: int, title: str, message: str) -> web.Response:
        return web.json_response({"error": {"code": status, "message": message, "title": title}}, status=status)


def _region(project: object) -> str | None:
    """Return the region that a scope names by its name or its project id."""
    if not isinstance(project, dict):
        return None
    for region, identity in PROJECTS.items():
        if project.get("name") == region or project.get("id") == identity:
            return region
    return None


def _utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
