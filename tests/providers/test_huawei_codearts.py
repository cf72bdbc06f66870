"""CodeArts Check: recorded answers, errors with and without status 200, and keys."""

from typing import Any

import httpx
import pytest

from providers.auth.keeper import MemoryTokens
from providers.base import (
    Absence,
    AccessDenied,
    InvalidKey,
    Likeness,
    ProviderError,
    RateLimited,
    TaskNotFound,
    TaskSnapshot,
    TaskState,
    Unavailable,
    UnexpectedResponse,
)
from providers.flaws import Flaw
from providers.huawei import read_error
from providers.huawei_codearts import parse
from providers.registry import build
from tests.providers.accounts import KEYS, client_of, provider, settings

CLOUD = "huawei-codearts"
KEY = KEYS[CLOUD]
WITH_KEYS: dict[str, Any] = {
    **dict.fromkeys(("username", "password", "domain")),
    "access_key": "AK1",
    "secret_key": "SK123",
}


@pytest.mark.parametrize(
    ("payload", "state", "raw", "percent", "message"),
    [
        # The document's sample.
        (
            {"task_status": 0, "progress": {"ratio": "50%", "info": "Executing"}},
            TaskState.RUNNING,
            "0",
            50.0,
            "Executing",
        ),
        # Newer pages: the word only repeats the status.
        ({"progress": {"info": "running", "ratio": "50%"}, "task_status": 0}, TaskState.RUNNING, "0", 50.0, ""),
        ({"progress": {"info": "success", "ratio": "100%"}, "task_status": 2}, TaskState.SUCCEEDED, "2", 100.0, ""),
        ({"task_status": 0, "progress": {"ratio": "5%", "info": "检查中"}}, TaskState.RUNNING, "0", 5.0, "检查中"),
        # Only running tasks have details.
        ({"task_status": 1, "progress": None}, TaskState.FAILED, "1", None, ""),
        ({"task_status": 1, "progress": {"ratio": None, "info": None}}, TaskState.FAILED, "1", None, ""),
        ({"task_status": 3}, TaskState.STOPPED, "3", None, ""),
        ({"task_status": 2}, TaskState.SUCCEEDED, "2", None, ""),
        # Never checked yet.
        ({"task_status": None, "progress": None}, TaskState.QUEUED, "", None, ""),
        # A number as text.
        ({"task_status": "2", "progress": {}}, TaskState.SUCCEEDED, "2", None, ""),
        # An odd ratio is left out.
        ({"task_status": 0, "progress": {"ratio": "150%"}}, TaskState.RUNNING, "0", None, ""),
        ({"task_status": 0, "progress": {"ratio": "-1%"}}, TaskState.RUNNING, "0", None, ""),
        ({"task_status": 0, "progress": {"ratio": "NaN%"}}, TaskState.RUNNING, "0", None, ""),
        ({"task_status": 0, "progress": "50%"}, TaskState.RUNNING, "0", None, ""),
    ],
)
def test_an_answer_becomes_a_snapshot(
    payload: object, state: TaskState, raw: str, percent: float | None, message: str
) -> None:
    assert parse(payload) == TaskSnapshot(state=state, raw_state=raw, percent=percent, message=message)


@pytest.mark.parametrize("status", [4, 17, "9", "paused"])
def test_an_undocumented_status_is_running_and_kept(status: object) -> None:
    found = parse({"task_status": status})

    assert (found.state, found.known_state, found.raw_state) == (TaskState.RUNNING, False, str(status))


@pytest.mark.parametrize("status", [True, [], {}, 1.5, ""])
def test_what_is_no_status_is_unexpected(status: object) -> None:
    with pytest.raises(UnexpectedResponse):
        parse({"task_status": status})


def body(code: str, message: str = "text") -> dict[str, str]:
    return {"error_code": code, "error_msg": message}


@pytest.mark.parametrize(
    ("status", "payload", "kind"),
    [
        (400, body("CC.00000000", "Network busy. Try again later."), Unavailable),
        (401, body("CC.00000003", "Authentication information expired."), AccessDenied),
        (200, body("CC.00050000"), TaskNotFound),
        (200, body("CC.00050001"), Unavailable),
        (200, body("CC.00050002"), TaskNotFound),
        (200, body("CC.00050003"), Unavailable),
        (200, body("CC.00050012"), Unavailable),
        (200, body("CC.00050013"), TaskNotFound),
        (200, body("CC.00050014", "The user is not in any project of the tenant."), AccessDenied),
        (200, body("CC.00059999", "something new"), Unavailable),
        (401, body("APIGW.0301", "Incorrect IAM authentication information: decrypt token fail"), AccessDenied),
        (401, body("APIG.0301", "Incorrect IAM authentication information: x-auth-token not found"), AccessDenied),
        (401, body("APIGW.0301", "Incorrect IAM authentication information: token expires"), AccessDenied),
        (401, body("APIGW.0307", "The token must be updated"), AccessDenied),
        (429, body("APIGW.0308", "policy user over ratelimit,limit:XX,time:1 second"), RateLimited),
        (400, body("APIG.0308"), RateLimited),
        (404, body("APIGW.0101", "The API does not exist"), AccessDenied),
        (404, body("CC.1", "gone"), TaskNotFound),
        (403, body("CC.2", "forbidden"), AccessDenied),
        (400, body("CC.3", "bad"), UnexpectedResponse),
        (500, body("CC.4", "oops"), Unavailable),
        # Other spellings of the same two keys, and one level down.
        (200, {"errorCode": "CC.00050012", "errorMsg": "later"}, Unavailable),
        (401, {"code": "APIGW.0307", "message": "m"}, AccessDenied),
        (401, {"error": {"code": 401, "message": "m", "title": "Unauthorized"}}, AccessDenied),
        (200, {"result": body("CC.00050013")}, TaskNotFound),
    ],
)
async def test_an_error_is_named(status: int, payload: object, kind: type[ProviderError]) -> None:
    found = (await provider(CLOUD, lambda _: httpx.Response(status, json=payload)).fetch([KEY]))[KEY]

    assert type(found) is kind


@pytest.mark.parametrize(
    "payload", [(200, body("CC.00050000")), (200, body("CC.00050002")), (404, {}), (404, body("X"))]
)
async def test_an_unknown_task_is_only_vaguely_unknown(payload: tuple[int, object]) -> None:
    status, content = payload

    found = (await provider(CLOUD, lambda _: httpx.Response(status, json=content)).fetch([KEY]))[KEY]

    assert isinstance(found, TaskNotFound)
    assert found.absence is Absence.VAGUE


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        (body("A", "b"), ("A", "b")),
        ({"code": 0, "message": "ok"}, ("", "")),
        ({"error_code": None, "error_msg": "x"}, ("", "")),
        ({"error_code": {"a": 1}}, ("", "")),
        ([], ("", "")),
        (None, ("", "")),
    ],
)
def test_an_error_body_is_found_or_not(payload: object, found: tuple[str, str]) -> None:
    assert read_error(payload) == found


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, f"https://codearts-check.cn-north-4.myhuaweicloud.com/v2/tasks/{KEY}/progress"),
        (
            {"endpoint": "http://127.0.0.1:1/cloud/huawei-codearts"},
            f"http://127.0.0.1:1/cloud/huawei-codearts/v2/tasks/{KEY}/progress",
        ),
    ],
)
async def test_the_request_is_a_get_with_a_token(changes: dict[str, Any], url: str) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"task_status": 0})

    await provider(CLOUD, answer, **changes).fetch([KEY])

    assert [(request.method, str(request.url)) for request in sent] == [("GET", url)]
    assert sent[0].headers["X-Auth-Token"] == "a-token-that-was-fetched"


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, "https://iam.cn-north-4.myhuaweicloud.com/v3/auth/tokens?nocatalog=true"),
        ({"region": "eu-west-101"}, "https://iam.eu-west-101.myhuaweicloud.eu/v3/auth/tokens?nocatalog=true"),
        (
            {"iam_endpoint": "http://127.0.0.1:1/cloud/huawei-iam"},
            "http://127.0.0.1:1/cloud/huawei-iam/v3/auth/tokens?nocatalog=true",
        ),
    ],
)
async def test_a_token_is_asked_from_the_region_or_the_given_endpoint(changes: dict[str, Any], url: str) -> None:
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(str(request.url))
        return httpx.Response(503)

    asked = build("a", settings(CLOUD, **changes), client_of(answer), tokens=MemoryTokens(), on_secret=lambda _: None)
    found = (await asked.fetch([KEY]))[KEY]

    assert sent == [url]
    assert type(found) is Unavailable


async def test_keys_may_sign_instead_of_a_token() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"task_status": 0})

    await provider(CLOUD, answer, **WITH_KEYS).fetch([KEY])

    assert (
        sent[0]
        .headers["Authorization"]
        .startswith("SDK-HMAC-SHA256 Access=AK1, SignedHeaders=content-type;host;x-sdk-date,")
    )
    assert "X-Auth-Token" not in sent[0].headers


@pytest.mark.parametrize(
    ("message", "calls"),
    [
        ("Incorrect IAM authentication information: verify aksk signature fail", 1),
        ("Incorrect IAM authentication information: AK access failed to reach the limit, forbidden", 1),
        ("Incorrect IAM authentication information: token expires", 1),
    ],
)
async def test_after_a_refused_signature_the_key_rests(message: str, calls: int) -> None:
    sent: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(401, json=body("APIGW.0301", message))

    asked = provider(CLOUD, refuse, **WITH_KEYS)
    found = [(await asked.fetch([KEY]))[KEY] for _ in range(3)]

    assert {type(reading) for reading in found} == {AccessDenied}
    assert len(sent) == calls


async def test_the_summary_of_defects_tells_the_name() -> None:
    asked = provider(
        CLOUD, lambda request: httpx.Response(200, json={"task_name": f" nightly\n{request.url.path[-15:]} "})
    )

    assert await asked.describe(KEY) == "nightly defects-summary"


PAGE = f"/codecheck/project/{'a' * 32}/codecheck/task/{KEY}/detail"


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        (KEY, KEY),
        (KEY.upper(), KEY),
        ("Task1", "Task1"),
        (f"https://devcloud.cn-north-4.huaweicloud.com{PAGE}", KEY),
        (f"https://zone1.devcloud.huaweicloud.com{PAGE}?x=1", KEY),
    ],
)
def test_a_key_has_one_spelling(typed: str, key: str) -> None:
    assert provider(CLOUD, lambda _: httpx.Response(200)).parse_key(typed) == key


@pytest.mark.parametrize(
    ("typed", "flaw"),
    [
        ("", Flaw.CODEARTS_FORM),
        ("a" * 33, Flaw.CODEARTS_FORM),
        ("with blank", Flaw.CODEARTS_FORM),
        ("../x", Flaw.CODEARTS_FORM),
        ("9a470239-2308-4bb5-a6bc-1040402fjb21", Flaw.CODEARTS_FORM),
        (f"https://devcloud.example.com{PAGE}", Flaw.CODEARTS_LINK),
        (f"https://www.huaweicloud.com{PAGE}", Flaw.CODEARTS_LINK),
        ("https://devcloud.cn-north-4.huaweicloud.com/", Flaw.CODEARTS_LINK),
        (f"https://[{PAGE}", Flaw.CODEARTS_LINK),
    ],
)
def test_what_is_no_key_is_explained(typed: str, flaw: Flaw) -> None:
    asked = provider(CLOUD, lambda _: httpx.Response(200))

    with pytest.raises(InvalidKey) as refused:
        asked.parse_key(typed)

    assert refused.value.flaw is flaw
    assert asked.parse_key(refused.value.example) == refused.value.example
    assert asked.recognises(typed) is Likeness.NO


def test_a_page_of_another_region_is_certainly_of_this_cloud_and_explained() -> None:
    asked = provider(CLOUD, lambda _: httpx.Response(200))
    page = f"https://devcloud.cn-east-3.huaweicloud.com{PAGE}"

    with pytest.raises(InvalidKey) as refused:
        asked.parse_key(page)

    found = refused.value
    assert (found.flaw, found.region, found.own_region) == (Flaw.OTHER_REGION, "cn-east-3", "cn-north-4")
    assert refused.value.belongs
    assert asked.recognises(page) is Likeness.CERTAIN


def test_a_page_is_certain_and_a_word_is_no_suggestion() -> None:
    asked = provider(CLOUD, lambda _: httpx.Response(200))

    assert asked.recognises(f"https://devcloud.cn-north-4.huaweicloud.com{PAGE}") is Likeness.CERTAIN
    assert asked.recognises("hello") is Likeness.NO


def test_the_link_needs_the_project() -> None:
    linked = provider(CLOUD, lambda _: httpx.Response(200), project_id="b" * 32).console_url(KEY)

    assert provider(CLOUD, lambda _: httpx.Response(200)).console_url(KEY) is None
    assert linked is not None and linked.endswith(f"/codecheck/project/{'b' * 32}/codecheck/task/{KEY}/detail")
