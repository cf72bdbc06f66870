"""One account of each kind, and a cloud that is a plain function."""

from collections.abc import Callable, Coroutine
from typing import Any

import httpx
from pydantic import SecretStr

from providers.auth.keeper import MemoryTokens, TokenKeeper
from providers.base import Provider, TaskKey
from providers.registry import ACCOUNT_TYPES, build
from providers.settings import AccountSettings

Handler = Callable[[httpx.Request], httpx.Response]
SlowHandler = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]

SETTINGS: dict[str, dict[str, object]] = {
    "tencent-cos": {
        "region": "ap-shanghai",
        "secret_id": "COSSECRETIDCOSSECRETID",
        "secret_key": "cos-secret-key-value",
        "session_token": "cos-session-token-value",
    },
    "huawei-codearts": {
        "region": "cn-north-4",
        "username": "robot",
        "password": "huawei-password-value",
        "domain": "company",
    },
    "huawei-drs": {
        "region": "cn-north-4",
        "project_id": "054ba152d480d55b2f5dc0069e7ddef0",
        "access_key": "HUAWEIACCESSKEYVALUE",
        "secret_key": "huawei-secret-key-value",
    },
    "scloud-usmc": {"public_key": "someone@example.com123", "private_key": "usmc-private-key-value"},
    "pan123": {"client_id": "pan-client", "client_secret": "pan-client-secret-value"},
}

KEYS: dict[str, TaskKey] = {
    "tencent-cos": TaskKey("examplebucket-1250000000/NThhNWFkM2VfOGVmYTUwXzRkYjFfMw=="),
    "huawei-codearts": TaskKey("76a095890e894f4099c2e3f005d827e3"),
    "huawei-drs": TaskKey("9a470239-2308-4bb5-a6bc-1040402fjb21"),
    "scloud-usmc": TaskKey("usmc-vtlwsdv6qa7/usmc-task-ba797218"),
    "pan123": TaskKey("1ketmmu1000d86isuyq33su100w1bnp6"),
}

CLOUDS = tuple(SETTINGS)

TOKEN = "a-token-that-was-fetched"


def settings(cloud: str, **changes: object) -> AccountSettings:
    return ACCOUNT_TYPES[cloud].model_validate({"provider": cloud, **SETTINGS[cloud], **changes})


def with_login(handler: Handler) -> Handler:
    """Answer requests for a token as the two clouds do that have one, and hand the rest to *handler*."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/v3/auth/tokens"):
            body = {"token": {"expires_at": "2999-01-01T00:00:00.000000Z"}}
            return httpx.Response(201, headers={"X-Subject-Token": TOKEN}, json=body)
        if request.url.path.endswith("/api/v1/access_token"):
            data = {"accessToken": TOKEN, "expiredAt": "2999-01-01T00:00:00+08:00"}
            return httpx.Response(200, json={"code": 0, "message": "ok", "data": data})
        return handler(request)

    return answer


def client_of(handler: Handler | SlowHandler) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(handler), timeout=30)


async def no_pause(_: float) -> None:
    """Go on at once where an account would wait between two requests."""


def provider(
    cloud: str,
    handler: Handler,
    *,
    tokens: TokenKeeper | None = None,
    on_secret: Callable[[str], None] = lambda _: None,
    **changes: Any,
) -> Provider:
    return build(
        "an-account",
        settings(cloud, **changes),
        client_of(with_login(handler)),
        tokens=tokens or MemoryTokens(),
        on_secret=on_secret,
        pause=no_pause,
    )


def secrets(cloud: str) -> list[str]:
    """Every secret of the account, the fetched token included."""
    values = [getattr(settings(cloud), name) for name in SETTINGS[cloud]]
    own = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    return [*own, TOKEN] if cloud in ("huawei-codearts", "pan123") else own
