"""Tencent COS: recorded answers, errors, and keys."""

from typing import Any

import httpx
import pytest

from providers.base import (
    Absence,
    AccessDenied,
    InvalidKey,
    Likeness,
    Outlook,
    ProviderError,
    RateLimited,
    TaskKey,
    TaskNotFound,
    TaskSnapshot,
    TaskState,
    Unavailable,
    UnexpectedResponse,
)
from providers.flaws import Flaw
from providers.reasons import Cause, Hint, Reason, Service
from providers.tencent_cos import parse
from tests.providers.accounts import KEYS, provider

CLOUD = "tencent-cos"
KEY = KEYS[CLOUD]


def seen(state: TaskState, raw: str, percent: float | None, **more: object) -> TaskSnapshot:
    return TaskSnapshot(state=state, raw_state=raw, percent=percent, **more)  # type: ignore[arg-type] # named by each row


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        # The vendor's own sample.
        ({"percent": 0, "status": "TASK_DOING"}, seen(TaskState.RUNNING, "TASK_DOING", 0.0)),
        # A failure as an SDK's test recorded it, beside a code that says success.
        (
            {
                "code": "Forbidden",
                "msg": "The specified download can not be allowed.",
                "percent": 0,
                "status": "TASK_FAILED",
            },
            seen(TaskState.FAILED, "TASK_FAILED", 0.0, message="Forbidden: The specified download can not be allowed."),
        ),
        # One SDK keeps all of data as texts.
        ({"percent": "42", "status": "TASK_DOING"}, seen(TaskState.RUNNING, "TASK_DOING", 42.0)),
        # The table says that data is an array.
        ([{"percent": 7, "status": "TASK_DOING"}], seen(TaskState.RUNNING, "TASK_DOING", 7.0)),
        # Spelled in another case.
        ({"percent": 100, "status": "task_success"}, seen(TaskState.SUCCEEDED, "task_success", 100.0)),
        # An undocumented status is running, with its name kept.
        ({"percent": 50, "status": "TASK_NEW"}, seen(TaskState.RUNNING, "TASK_NEW", 50.0, known_state=False)),
        # At 100 % it looks done, which two readings in a row decide.
        (
            {"percent": 100, "status": "TASK_NEW"},
            seen(TaskState.RUNNING, "TASK_NEW", 100.0, known_state=False, outlook=Outlook.LOOKS_DONE),
        ),
        # A known running status at 100 % is running.
        ({"percent": 100, "status": "TASK_DOING"}, seen(TaskState.RUNNING, "TASK_DOING", 100.0)),
        # Drawn to the nearest end.
        ({"percent": 250, "status": "TASK_DOING"}, seen(TaskState.RUNNING, "TASK_DOING", 100.0)),
        ({"percent": -1, "status": "TASK_DOING"}, seen(TaskState.RUNNING, "TASK_DOING", 0.0)),
        # Nonsense is left out.
        ({"percent": "NaN", "status": "TASK_DOING"}, seen(TaskState.RUNNING, "TASK_DOING", None)),
        ({"percent": None, "status": None}, seen(TaskState.RUNNING, "", None, known_state=False)),
        # No information yet: nothing that was seen before is taken back.
        (None, seen(TaskState.RUNNING, "", None, outlook=Outlook.NO_DATA)),
        ([], seen(TaskState.RUNNING, "", None, outlook=Outlook.NO_DATA)),
        ({}, seen(TaskState.RUNNING, "", None, outlook=Outlook.NO_DATA)),
    ],
)
def test_an_answer_becomes_a_snapshot(data: object, expected: TaskSnapshot) -> None:
    assert parse({"code": 0, "message": "SUCCESS", "request_id": "x", "data": data}) == expected


@pytest.mark.parametrize(
    "word", ["SUCCESS", "SUCCEED", "SUCCEEDED", "DONE", "FINISH", "FINISHED", "COMPLETE", "COMPLETED"]
)
def test_every_likely_word_for_success_is_success(word: str) -> None:
    assert parse({"code": "0", "data": {"status": f"TASK_{word}"}}).state is TaskState.SUCCEEDED


@pytest.mark.parametrize(
    ("payload", "kind", "code"),
    [
        ({"code": 5, "message": "later"}, Unavailable, "5"),
        ({"code": "Weird", "message": "later"}, Unavailable, "Weird"),
        ({"code": "AccessDenied", "message": "no"}, AccessDenied, "AccessDenied"),
        ({"code": "NoSuchBucket", "message": "no"}, TaskNotFound, "NoSuchBucket"),
        ({"code": "InternalError"}, Unavailable, "InternalError"),
        ({"code": 0, "data": "text"}, UnexpectedResponse, ""),
        ({"code": 0, "data": [1]}, UnexpectedResponse, ""),
        ({"message": "no code, no data"}, UnexpectedResponse, ""),
    ],
)
def test_an_error_with_status_200_is_raised(payload: object, kind: type[ProviderError], code: str) -> None:
    with pytest.raises(ProviderError) as trouble:
        parse(payload)

    assert (type(trouble.value), trouble.value.code) == (kind, code)


def xml(code: str, message: str = "text") -> bytes:
    told = f"<Code>{code}</Code><Message>{message}</Message><TraceId>x</TraceId>"
    return f"<?xml version='1.0'?><Error>{told}</Error>".encode()


COS, UNKNOWN = Service.TENCENT_COS, Reason.UNDOCUMENTED_ANSWER


def refused(code: str, hint: Hint) -> Cause:
    return Cause(Reason.REQUEST_REFUSED, who=COS, code=code, hint=hint)


def by_status(reason: Reason, status: int, code: str, said: str = "text") -> Cause:
    return Cause(reason, status=status, code=code, said=said)


async def refusal(status: int, body: bytes, kind: str = "application/xml") -> ProviderError:
    answer = httpx.Response(status, content=body, headers={"Content-Type": kind})
    found = (await provider(CLOUD, lambda _: answer).fetch([KEY]))[KEY]
    assert isinstance(found, ProviderError)
    return found


@pytest.mark.parametrize(
    ("status", "body", "kind", "cause"),
    [
        (403, xml("AccessDenied"), AccessDenied, refused("AccessDenied", Hint.KEY_MAY_NOT_READ)),
        (403, xml("ExpiredToken"), AccessDenied, refused("ExpiredToken", Hint.CREDENTIALS_EXPIRED)),
        (403, xml("RequestTimeTooSkewed"), AccessDenied, refused("RequestTimeTooSkewed", Hint.CLOCK_WRONG)),
        (403, xml("SignatureDoesNotMatch"), AccessDenied, refused("SignatureDoesNotMatch", Hint.SECRET_KEY_WRONG)),
        (403, xml("InvalidAccessKeyId"), AccessDenied, refused("InvalidAccessKeyId", Hint.SECRET_ID_UNKNOWN)),
        (403, xml("SomethingNew"), AccessDenied, by_status(Reason.CREDENTIALS_REFUSED, 403, "SomethingNew")),
        (404, xml("NoSuchBucket"), TaskNotFound, Cause(Reason.BUCKET_UNKNOWN, who=COS, code="NoSuchBucket")),
        (404, xml("NoSuchTask"), TaskNotFound, by_status(Reason.TASK_UNKNOWN, 404, "NoSuchTask")),
        (405, xml("MethodNotAllowed"), AccessDenied, Cause(Reason.NO_SUCH_CALL, status=405, code="MethodNotAllowed")),
        (
            400,
            xml("RequestTimeOut"),
            Unavailable,
            Cause(Reason.IN_TROUBLE, who=COS, code="RequestTimeOut", said="text"),
        ),
        (400, xml("InvalidArgument"), UnexpectedResponse, by_status(UNKNOWN, 400, "InvalidArgument")),
        (400, xml("&lt;b&gt;", "a &amp; b"), UnexpectedResponse, by_status(UNKNOWN, 400, "<b>", "a & b")),
        (500, xml("InternalError"), Unavailable, by_status(Reason.IN_TROUBLE, 500, "InternalError")),
        (502, b"<html>", Unavailable, by_status(Reason.IN_TROUBLE, 502, "", "")),
        (503, xml("SlowDown"), Unavailable, by_status(Reason.IN_TROUBLE, 503, "SlowDown")),
        (503, xml("AccessDenied"), AccessDenied, refused("AccessDenied", Hint.KEY_MAY_NOT_READ)),
        (504, b"", Unavailable, by_status(Reason.IN_TROUBLE, 504, "", "")),
        (429, xml("AccessDenied"), RateLimited, by_status(Reason.THROTTLED, 429, "AccessDenied")),
        (301, xml("NoSuchBucket"), UnexpectedResponse, by_status(Reason.REDIRECT, 301, "NoSuchBucket")),
        # An entity bomb is only text to us.
        (
            400,
            b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><Error><Code>&a;&a;</Code></Error>",
            UnexpectedResponse,
            by_status(UNKNOWN, 400, "&a;&a;", ""),
        ),
    ],
)
async def test_an_error_is_read_from_its_xml(status: int, body: bytes, kind: type[ProviderError], cause: Cause) -> None:
    found = await refusal(status, body)

    assert (type(found), found.cause) == (kind, cause)


async def test_an_error_may_be_json_too() -> None:
    found = await refusal(403, b'{"code":"InvalidAccessKeyId","message":"m"}', "application/json; charset=utf-8")

    assert (type(found), found.code) == (AccessDenied, "InvalidAccessKeyId")


async def test_an_unknown_task_is_certainly_unknown() -> None:
    found = await refusal(404, xml("NoSuchTask"))

    assert isinstance(found, TaskNotFound)
    assert found.absence is Absence.CERTAIN


@pytest.mark.parametrize(("token", "calls"), [(None, 2), ("session", 1)])
@pytest.mark.parametrize("second", [200, 403])
async def test_an_expired_signature_of_permanent_keys_is_made_once_more(
    token: str | None, calls: int, second: int
) -> None:
    sent: list[str] = []

    def expire(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers["Authorization"])
        if len(sent) > 1 and second == 200:
            return httpx.Response(200, json={"code": 0, "data": {"status": "TASK_DOING"}})
        return httpx.Response(403, content=xml("ExpiredToken"))

    found = (await provider(CLOUD, expire, session_token=token).fetch([KEY]))[KEY]

    assert len(sent) == calls
    assert isinstance(found, TaskSnapshot) is (second == 200 and token is None)


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, f"https://ap-shanghai.migration.myqcloud.com/{KEY}"),
        ({"scheme": "http"}, f"http://ap-shanghai.migration.myqcloud.com/{KEY}"),
        ({"endpoint": "http://127.0.0.1:1/cloud/tencent-cos"}, f"http://127.0.0.1:1/cloud/tencent-cos/{KEY}"),
    ],
)
async def test_the_request_is_a_signed_get(changes: dict[str, Any], url: str) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"code": 0, "data": {}})

    await provider(CLOUD, answer, **changes).fetch([KEY])

    assert (sent[0].method, str(sent[0].url), sent[0].content) == ("GET", url, b"")
    assert "q-header-list=host;x-cos-security-token" in sent[0].headers["Authorization"]
    assert sent[0].headers["x-cos-security-token"] == "cos-session-token-value"


async def test_odd_characters_of_a_task_id_are_escaped_on_the_wire() -> None:
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.raw_path)
        return httpx.Response(404)

    await provider(CLOUD, answer).fetch([TaskKey("b-1/ab+c/defg==")])

    assert sent == [b"/b-1/ab%2Bc%2Fdefg=="]


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        (KEY, KEY),
        (f" {KEY} ", KEY),
        # Padding that was lost on the way is put back.
        (KEY.rstrip("="), KEY),
        (KEY.replace("examplebucket", "ExampleBucket"), KEY),
        (f"https://ap-shanghai.migration.myqcloud.com/{KEY}", KEY),
        (f"HTTP://ap-shanghai.migration.myqcloud.com/{KEY.replace('=', '%3D')}?x=1#y", KEY),
        # Base64 of another form than seen so far.
        ("b-1/abcdefgh/ijkl+==", "b-1/abcdefgh/ijkl+=="),
        ("b-1/abcdefghi", "b-1/abcdefghi"),
    ],
)
def test_a_key_has_one_spelling(typed: str, key: str) -> None:
    assert provider(CLOUD, lambda _: httpx.Response(200)).parse_key(typed) == key


@pytest.mark.parametrize(
    ("typed", "flaw"),
    [
        ("", Flaw.COS_PART_MISSING),
        ("examplebucket-1250000000/", Flaw.COS_PART_MISSING),
        ("examplebucket/abcdefgh", Flaw.COS_BUCKET_FORM),
        ("b-1/short", Flaw.COS_TASK_FORM),
        ("b-1/not base64 at all", Flaw.COS_TASK_FORM),
        ("b-1/../../etc/passwd", Flaw.COS_TASK_FORM),
        ("é", Flaw.COS_PART_MISSING),
        (f"https://ap-shanghai.migration.myqcloud.com.evil.com/{KEY}", Flaw.COS_LINK),
        (f"https://[::1/{KEY}", Flaw.COS_LINK),
    ],
)
def test_what_is_no_key_is_explained(typed: str, flaw: Flaw) -> None:
    asked = provider(CLOUD, lambda _: httpx.Response(200))

    with pytest.raises(InvalidKey) as refused:
        asked.parse_key(typed)

    assert refused.value.flaw is flaw
    assert asked.parse_key(refused.value.example) == refused.value.example
    assert asked.recognises(typed) is Likeness.NO


TASK = KEY.partition("/")[2]
HOST = "https://ap-shanghai.migration.myqcloud.com"


@pytest.mark.parametrize(
    ("typed", "flaw"),
    [
        (TASK, Flaw.COS_BUCKET_MISSING),
        (TASK.rstrip("="), Flaw.COS_BUCKET_MISSING),
        (f"{HOST}/{TASK}", Flaw.COS_BUCKET_MISSING),
        (f"examplebucket/{TASK}", Flaw.COS_BUCKET_FORM),
        (f"-bad-1/{TASK}", Flaw.COS_BUCKET_FORM),
        ("a" * 200 + f"-1/{TASK}", Flaw.COS_BUCKET_FORM),
        (HOST, Flaw.COS_PART_MISSING),
        (f"{HOST}/bucket/abcdefgh", Flaw.COS_BUCKET_FORM),
        (f"{HOST}/bucket-1/short", Flaw.COS_TASK_FORM),
        (f"https://ap-beijing.migration.myqcloud.com/{KEY}", Flaw.OTHER_REGION),
    ],
)
def test_a_part_of_a_key_is_certainly_of_this_cloud_and_explained(typed: str, flaw: Flaw) -> None:
    asked = provider(CLOUD, lambda _: httpx.Response(200))

    with pytest.raises(InvalidKey) as refused:
        asked.parse_key(typed)

    assert refused.value.flaw is flaw
    assert refused.value.belongs
    assert asked.parse_key(refused.value.example) == refused.value.example
    assert asked.recognises(typed) is Likeness.CERTAIN


async def test_an_error_has_the_id_that_support_asks_for() -> None:
    answer = httpx.Response(404, content=xml("NoSuchTask"), headers={"x-cos-request-id": "NjE0ZGM0_/+=="})

    found = (await provider(CLOUD, lambda _: answer).fetch([KEY]))[KEY]

    assert isinstance(found, TaskNotFound)
    assert found.request_id == "NjE0ZGM0_/+=="


def test_an_id_of_an_unseen_form_is_a_possible_key() -> None:
    assert provider(CLOUD, lambda _: httpx.Response(200)).recognises("b-1/abcdefghijkl") is Likeness.POSSIBLE


def test_the_link_leads_to_the_bucket() -> None:
    link = provider(CLOUD, lambda _: httpx.Response(200)).console_url(KEY)

    assert link is not None
    assert "bucketName=examplebucket-1250000000" in link and "region=ap-shanghai" in link
