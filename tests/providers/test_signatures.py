"""Known answers of the vendors' SDKs, reproduced by the Auth classes."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import httpx
import pytest
from pydantic import SecretStr

from providers.auth import cos, huawei_aksk, ucloud
from providers.call import Auth, Call

FORM = "application/x-www-form-urlencoded"

VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "data" / "signature_vectors.json").read_text(encoding="utf-8")
)


def cases(family: str) -> Iterable[Any]:
    return [pytest.param(case["input"], case["expected"], id=case["name"]) for case in VECTORS[family]]


async def signed(auth: Auth, request: httpx.Request) -> Call:
    """Sign what httpx would send."""
    is_form = FORM in request.headers.values()
    form = dict(parse_qsl(request.content.decode(), keep_blank_values=True)) if is_form else None
    call = Call(
        method=request.method,
        url=str(request.url),
        headers=dict(request.headers.items()),
        content=request.content,
        form=form,
    )
    await auth.sign(call)
    return call


def test_all_known_answers_are_here() -> None:
    assert {family: len(found) for family, found in VECTORS.items()} == {
        "cos_xml_sha1": 22,
        "ucloud_sha1": 19,
        "huawei_sdk_hmac_sha256": 11,
    }


@pytest.mark.parametrize(("given", "expected"), cases("cos_xml_sha1"))
def test_a_cos_signature_is_the_sdks(given: dict[str, Any], expected: dict[str, Any]) -> None:
    authorization = cos.sign(
        secret_id=given["secret_id"],
        secret_key=given["secret_key"],
        method=given["method"],
        path=given["path"],
        params=[(name, str(value)) for name, value in given["params"].items()] if given["sign_params"] else [],
        headers=[(name, str(value)) for name, value in expected["signed_headers"].items()],
        key_time=cos.key_time(given["now"], valid=given["expire_seconds"]),
    )

    assert authorization == expected["authorization"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        case
        for case in cases("cos_xml_sha1")
        # Two cases leave out what our class always signs: the pure function covers them.
        if case.values[0]["sign_host"] and case.values[0]["sign_params"]
    ],
)
async def test_the_cos_auth_class_signs_like_the_sdk(given: dict[str, Any], expected: dict[str, Any]) -> None:
    token = given.get("security_token")
    auth = cos.CosAuth(
        given["secret_id"],
        SecretStr(given["secret_key"]),
        SecretStr(token) if token else None,
        valid=given["expire_seconds"],
        now=lambda: given["now"],
    )
    base = httpx.URL(given["url"])
    query = "&".join(f"{quote(name)}={quote(str(value), safe='')}" for name, value in given["params"].items())
    path = quote(given["path"], safe="/=")
    headers = {
        name.encode(): str(value).encode()
        for name, value in given["headers"].items()
        # The class adds the token itself.
        if not (token and name == "x-cos-security-token")
    }

    request = httpx.Request(given["method"], f"{base.scheme}://{base.netloc.decode()}{path}?{query}", headers=headers)
    if "Content-Length" not in given["headers"]:
        # httpx adds one to a PUT without a body, which the SDK did not send.
        request.headers.pop("Content-Length", None)
    sent = await signed(auth, request)

    assert sent.headers["authorization"] == expected["authorization"]


@pytest.mark.parametrize(("given", "expected"), cases("ucloud_sha1"))
async def test_a_ucloud_signature_is_the_sdks(given: dict[str, Any], expected: dict[str, Any]) -> None:
    flat = ucloud.flatten(given["params"])
    auth = ucloud.UCloudAuth(given["public_key"], SecretStr(given["private_key"]))

    sent = await signed(auth, httpx.Request("POST", "https://api.example.com/", data=flat))
    form = dict(parse_qsl(sent.body().decode(), keep_blank_values=True))

    assert form["Signature"] == expected["signature"]
    assert {name: value for name, value in form.items() if name != "Signature"} == (
        expected.get("flat_params") or {k: v for k, v in expected["form"].items() if k != "Signature"}
    )


def test_a_signature_that_is_already_there_is_not_signed() -> None:
    params = {"Action": "A", "PublicKey": "k"}

    assert ucloud.sign({**params, "Signature": "x"}, "secret") == ucloud.sign(params, "secret")


@pytest.mark.parametrize(("given", "expected"), cases("huawei_sdk_hmac_sha256"))
async def test_a_huawei_signature_is_the_sdks(given: dict[str, Any], expected: dict[str, Any]) -> None:
    token = given.get("security_token")
    auth = huawei_aksk.HuaweiAkskAuth(
        given["access_key"],
        SecretStr(given["secret_key"]),
        project_id=given.get("project_id"),
        security_token=SecretStr(token) if token else None,
        now=lambda: _moment(given["x_sdk_date"]),
    )
    path, _, query = expected["request_target"].partition("?")
    url = f"https://{given['host']}{quote(path, safe='/%+')}" + (f"?{query}" if query else "")
    headers = {name.encode(): value.encode() for name, value in given["headers"].items()}

    request = httpx.Request(given["method"], url, headers=headers, content=given["body"].encode())
    sent = await signed(auth, request)

    assert sent.headers["authorization"] == expected["authorization"]
    assert sent.headers["x-sdk-date"] == given["x_sdk_date"]


def _moment(date: str) -> float:
    return datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
