"""Callers of the simulated clouds over real HTTP, signing with the library's functions: each side checks the other."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from aiohttp.web import Application, Request

from playground.clouds import CloudsHalf
from providers.auth import cos, huawei_aksk, ucloud

PROJECT = "0123456789abcdef0123456789abcdef"
COPY = "/cloud/pan123/api/v1/oss/source/copy"
PLATFORM = {"Platform": "open_platform"}


@dataclass
class Clock:
    at: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Recorder:
    events: list[dict[str, object]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def publish(self, event: dict[str, object]) -> None:
        self.events.append(event)
        self.news.set()

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    async def until(self, kind: str, **fields: object) -> dict[str, Any]:
        """Wait for an event of this kind that has these fields."""
        while True:
            for event in self.of(kind):
                if fields.items() <= event.items():
                    return event
            await self.next()

    async def next(self) -> None:
        """Wait for any event from now on."""
        self.news.clear()
        await self.news.wait()


@dataclass
class Lab:
    clouds: CloudsHalf
    clock: Clock
    hub: Recorder
    client: TestClient[Request, Application]

    @property
    def host(self) -> str:
        return f"{self.client.host}:{self.client.port}"

    async def cos(
        self,
        key: str,
        *,
        secret_id: str = "PLAYGROUNDSECRETID",
        secret_key: str = "playground-secret-key",
        period: str | None = None,
        host: str | None = None,
        signed_key: str | None = None,
    ) -> ClientResponse:
        authorization = cos.sign(
            secret_id=secret_id,
            secret_key=secret_key,
            method="GET",
            path=f"/cloud/tencent-cos/{signed_key or key}",
            params=(),
            headers=[("host", host or str(self.client.host))],
            key_time=period or cos.key_time(self.clock()),
        )
        return await self.client.get(
            f"/cloud/tencent-cos/{key}", headers={"Authorization": authorization}, allow_redirects=False
        )

    async def huawei(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        access_key: str = "PLAYGROUNDACCESSKEY",
        secret_key: str = "playground-sk",
        behind: float = 0.0,
        signed_body: bytes | None = None,
    ) -> ClientResponse:
        date = datetime.fromtimestamp(self.clock() - behind, UTC).strftime("%Y%m%dT%H%M%SZ")
        bare, _, query = path.partition("?")
        headers = {"Host": self.host, "X-Sdk-Date": date, "Content-Type": "application/json"}
        authorization = huawei_aksk.sign(
            access_key=access_key,
            secret_key=secret_key,
            method=method,
            path=bare,
            params=[(name, value) for name, _, value in (pair.partition("=") for pair in query.split("&") if pair)],
            headers=headers.items(),
            date=date,
            body=body if signed_body is None else signed_body,
        )
        return await self.client.request(
            method, path, data=body, headers=headers | {"Authorization": authorization}, allow_redirects=False
        )

    async def drs(self, *jobs: str, what: str = "progress", **how: Any) -> ClientResponse:
        body = json.dumps({"jobs": jobs}).encode()
        return await self.huawei("POST", f"/cloud/huawei-drs/v3/{PROJECT}/jobs/batch-{what}", body, **how)

    async def iam(self, *, password: str = "playground-password", project: str = "cn-north-4") -> ClientResponse:
        user = {"name": "playground", "password": password, "domain": {"name": "playground"}}
        body = {
            "auth": {
                "identity": {"methods": ["password"], "password": {"user": user}},
                "scope": {"project": {"name": project}},
            }
        }
        return await self.client.post("/cloud/huawei-iam/v3/auth/tokens?nocatalog=true", json=body)

    async def token(self, project: str = "cn-north-4") -> str:
        return (await self.iam(project=project)).headers["X-Subject-Token"]

    async def codearts(self, key: str, token: str, what: str = "progress") -> ClientResponse:
        return await self.client.get(
            f"/cloud/huawei-codearts/v2/tasks/{key}/{what}", headers={"X-Auth-Token": token}, allow_redirects=False
        )

    async def usmc(
        self, action: str, params: Mapping[str, str], *, private_key: str = "playground-private-key", form: bool = True
    ) -> ClientResponse:
        params = {"Action": action, "PublicKey": "playground@example.com", **params}
        params["Signature"] = ucloud.sign(params, private_key)
        if form:
            return await self.client.post("/cloud/scloud-usmc/", data=params, allow_redirects=False)
        return await self.client.post("/cloud/scloud-usmc", json=params)

    async def usmc_status(self, key: str) -> ClientResponse:
        plan, _, task = key.partition("/")
        return await self.usmc("GetUSMCTaskStatus", {"PlanId": plan, "TaskId": task})

    async def pan_token(self, secret: str = "playground-client-secret") -> dict[str, Any]:
        body = {"clientID": "playground", "clientSecret": secret}
        return await of(await self.client.post("/cloud/pan123/api/v1/access_token", json=body, headers=PLATFORM))

    async def pan(self, key: str, token: str, what: str = "process", **more: str) -> ClientResponse:
        headers = PLATFORM | {"Authorization": f"Bearer {token}"}
        return await self.client.get(
            f"{COPY}/{what}", params={"taskID": key, **more}, headers=headers, allow_redirects=False
        )

    async def read(self, provider: str, key: str) -> ClientResponse:
        """Read a task as an ordinary, well-behaved caller of that cloud."""
        match provider:
            case "tencent-cos":
                return await self.cos(key)
            case "huawei-drs":
                return await self.drs(key)
            case "huawei-codearts":
                return await self.codearts(key, await self.token())
            case "scloud-usmc":
                return await self.usmc_status(key)
            case _:
                return await self.pan(key, (await self.pan_token())["data"]["accessToken"])


async def of(response: ClientResponse) -> dict[str, Any]:
    """Return the JSON object of an answer."""
    body = json.loads(await response.read())
    assert isinstance(body, dict)
    return body


def without(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return *body* less what is random in it."""
    return {name: value for name, value in body.items() if name not in names}
