"""123pan: recorded answers, codes, the count of failed files, and keys."""

from collections.abc import Awaitable
from typing import Any

import httpx
import pytest

from providers.auth.keeper import MemoryTokens
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
from providers.pan123 import parse, parse_failures
from providers.reasons import Cause, Reason, Service
from providers.registry import build
from providers.single import Spacing
from tests.providers.accounts import KEYS, client_of, provider, settings, with_login

CLOUD = "pan123"
KEY = KEYS[CLOUD]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        # The document's sample.
        ({"status": 2, "failMsg": ""}, TaskSnapshot(state=TaskState.SUCCEEDED, raw_state="2")),
        ({"status": 1, "failMsg": ""}, TaskSnapshot(state=TaskState.RUNNING, raw_state="1")),
        ({"status": 3, "failMsg": "空间不足"}, TaskSnapshot(state=TaskState.FAILED, raw_state="3", message="空间不足")),
        ({"status": 4}, TaskSnapshot(state=TaskState.QUEUED, raw_state="4")),
        # A number as text.
        ({"status": "2", "failMsg": None}, TaskSnapshot(state=TaskState.SUCCEEDED, raw_state="2")),
        ({"status": 2.0}, TaskSnapshot(state=TaskState.SUCCEEDED, raw_state="2")),
        # An undocumented status is running, with its name kept.
        ({"status": 9}, TaskSnapshot(state=TaskState.RUNNING, raw_state="9", known_state=False)),
        ({"status": "x"}, TaskSnapshot(state=TaskState.RUNNING, raw_state="x", known_state=False)),
        ({"status": None}, TaskSnapshot(state=TaskState.RUNNING, known_state=False)),
        # No information yet: nothing that was seen before is taken back.
        (None, TaskSnapshot(state=TaskState.RUNNING, outlook=Outlook.NO_DATA)),
        ([], TaskSnapshot(state=TaskState.RUNNING, outlook=Outlook.NO_DATA)),
        ({}, TaskSnapshot(state=TaskState.RUNNING, outlook=Outlook.NO_DATA)),
        # A reason beside success is shown.
        (
            {"status": 2, "failMsg": "1 skipped"},
            TaskSnapshot(state=TaskState.SUCCEEDED, raw_state="2", message="1 skipped"),
        ),
    ],
)
def test_an_answer_becomes_a_snapshot(data: object, expected: TaskSnapshot) -> None:
    assert parse({"code": 0, "message": "ok", "data": data, "x-traceID": "9c4e"}) == expected


def test_success_without_any_word_of_data_tells_nothing_yet() -> None:
    assert parse({"code": 0}) == TaskSnapshot(state=TaskState.RUNNING, outlook=Outlook.NO_DATA)


async def test_an_error_has_the_trace_that_support_asks_for() -> None:
    body = {"code": 5066, "message": "不存在", "data": None, "x-traceID": "9c4eea65-1_kong-db-2"}

    found = (await provider(CLOUD, lambda _: httpx.Response(200, json=body)).fetch([KEY]))[KEY]

    assert isinstance(found, TaskNotFound)
    assert found.request_id == "9c4eea65-1_kong-db-2"
    assert found.cause == Cause(Reason.TASK_UNKNOWN, who=Service.PAN123, code="5066", said="不存在")


async def test_the_count_of_failed_files_keeps_its_distance_from_other_requests() -> None:
    cloud = Copy(2, "", httpx.Response(200, json={"code": 0, "data": {"total": 3}}))
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    asked = build("a", settings(CLOUD), client_of(with_login(cloud)), tokens=MemoryTokens(),
                  on_secret=lambda _: None, pause=pause)  # fmt: skip
    await asked.fetch([KEY])
    await asked.fetch([KEY])

    # Before the count, and before the next reading: the clock of this machine went on a little meanwhile.
    assert [0 < seconds <= top for seconds, top in zip(waited, (1, 2), strict=True)] == [True, True]


class Clock:
    """A clock that moves when somebody waits."""

    def __init__(self) -> None:
        self.now = 100.0
        self.turns: list[float] = []

    async def pause(self, seconds: float) -> None:
        self.now += seconds

    def spacing(self) -> Spacing:
        return Spacing(1, pause=self.pause, now=lambda: self.now)

    async def take(self, turn: Awaitable[None]) -> None:
        await turn
        self.turns.append(self.now)


async def test_further_requests_and_what_follows_them_are_a_second_apart() -> None:
    clock = Clock()
    spacing = clock.spacing()

    for turn in (spacing.first, spacing.further, spacing.first, spacing.first, spacing.further):
        await clock.take(turn())

    assert clock.turns == [100, 101, 102, 103, 104]


async def test_first_requests_alone_are_spaced_by_the_caller() -> None:
    clock = Clock()
    spacing = clock.spacing()

    for turn in (spacing.first, spacing.first):
        await clock.take(turn())

    assert clock.turns == [100, 100]


async def test_after_a_slow_answer_nobody_waits() -> None:
    clock = Clock()
    spacing = clock.spacing()
    await clock.take(spacing.first())
    clock.now += 5

    await clock.take(spacing.further())
    clock.now += 0.25
    await clock.take(spacing.first())

    assert clock.turns == [100, 105, 106]


@pytest.mark.parametrize(
    "payload", [{"code": 0, "data": "x"}, {"code": 0, "data": [1, 2]}, {"data": {}}, {"code": None}, 3]
)
def test_another_shape_is_unexpected(payload: object) -> None:
    with pytest.raises(UnexpectedResponse):
        parse(payload)


ERRORS = [
    (401, "access_token is invalid", AccessDenied, None),
    (429, "too frequent", RateLimited, None),
    (1, "internal error", Unavailable, None),
    (1, "任务不存在", Unavailable, None),
    (5066, "file does not exist", TaskNotFound, Absence.CERTAIN),
    (5113, "traffic exceeded", AccessDenied, None),
    (400, "bad", TaskNotFound, Absence.VAGUE),
    (403, "no", AccessDenied, None),
    (404, "no", TaskNotFound, Absence.CERTAIN),
    (500, "no", Unavailable, None),
    (503, "no", Unavailable, None),
    (7000, "task does not exist", TaskNotFound, Absence.CERTAIN),
    (7000, "不存在", TaskNotFound, Absence.CERTAIN),
    (7000, "任务出错", TaskNotFound, Absence.VAGUE),
    (7000, "something", Unavailable, None),
    ("7000", "", Unavailable, None),
]


@pytest.mark.parametrize(("code", "message", "kind", "absence"), ERRORS)
async def test_a_code_with_status_200_is_named(
    code: object, message: str, kind: type[ProviderError], absence: Absence | None
) -> None:
    answer = httpx.Response(200, json={"code": code, "message": message, "data": None})

    found = (await provider(CLOUD, lambda _: answer).fetch([KEY]))[KEY]

    assert isinstance(found, ProviderError)
    assert (type(found), found.code, getattr(found, "absence", None)) == (kind, str(code), absence)


@pytest.mark.parametrize(
    ("status", "payload", "kind"),
    [
        # A status without a code is read as if it were one.
        (400, {}, TaskNotFound),
        (403, "page", AccessDenied),
        (404, None, TaskNotFound),
        (429, {}, RateLimited),
        (502, "page", Unavailable),
        (302, {}, UnexpectedResponse),
        # The code says more than the status.
        (400, {"code": 5113, "message": "x"}, AccessDenied),
        (500, {"code": 429, "message": "x"}, RateLimited),
        (500, {"code": 0, "message": "ok"}, Unavailable),
    ],
)
async def test_a_real_status_is_read_too(status: int, payload: object, kind: type[ProviderError]) -> None:
    answer = httpx.Response(status, json=payload, headers={"Retry-After": "3"})

    found = (await provider(CLOUD, lambda _: answer).fetch([KEY]))[KEY]

    assert isinstance(found, ProviderError)
    assert type(found) is kind
    assert found.retry_after == (3 if kind in (RateLimited, Unavailable) else None)


class Copy:
    """A task that has ended, and the count of its failed files."""

    def __init__(self, status: int, reason: str, failures: httpx.Response) -> None:
        self.status = status
        self.reason = reason
        self.failures = failures
        self.counted = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["Platform"] == "open_platform"
        assert request.headers["Authorization"] == "Bearer a-token-that-was-fetched"
        assert request.url.params["taskID"] == KEY
        if request.url.path.endswith("/api/v1/oss/source/copy/fail"):
            self.counted += 1
            return self.failures
        assert request.url.path.endswith("/api/v1/oss/source/copy/process")
        return httpx.Response(200, json={"code": 0, "data": {"status": self.status, "failMsg": self.reason}})


@pytest.mark.parametrize(
    ("status", "reason", "total", "failed", "counted"),
    [
        (2, "", 3, 3, 1),
        (2, "", "2", 2, 1),
        (2, "", 0, 0, 1),
        (2, "", -4, 0, 1),
        (2, "", None, 0, 1),
        (3, "no space", 2, 2, 1),
        (1, "", 3, 0, 0),
        (4, "", 3, 0, 0),
    ],
)
async def test_an_end_tells_once_how_many_files_failed(
    status: int, reason: str, total: object, failed: int, counted: int
) -> None:
    cloud = Copy(status, reason, httpx.Response(200, json={"code": 0, "data": {"total": total, "list": None}}))
    asked = provider(CLOUD, cloud)

    found = [(await asked.fetch([KEY]))[KEY] for _ in range(3)]

    told = {(reading.failed_files, reading.message) for reading in found if isinstance(reading, TaskSnapshot)}
    assert told == {(failed, reason)}
    assert cloud.counted == counted


@pytest.mark.parametrize(
    "failures",
    [httpx.Response(500), httpx.Response(200, json={"code": 429}), httpx.Response(200, content=b"<html>")],
)
async def test_a_count_that_cannot_be_had_is_no_matter(failures: httpx.Response) -> None:
    cloud = Copy(2, "", failures)
    asked = provider(CLOUD, cloud)

    found = [(await asked.fetch([KEY]))[KEY] for _ in range(2)]

    assert found == [TaskSnapshot(state=TaskState.SUCCEEDED, raw_state="2")] * 2
    assert cloud.counted == 1


async def test_counts_are_not_remembered_without_end() -> None:
    counted = 0

    def cloud(request: httpx.Request) -> httpx.Response:
        nonlocal counted
        counted += request.url.path.endswith("/fail")
        return httpx.Response(200, json={"code": 0, "data": {"status": 2, "total": 1}})

    asked = provider(CLOUD, cloud)
    keys = [TaskKey(f"{number:032}") for number in range(1001)]
    await asked.fetch(keys)

    await asked.fetch([keys[0], keys[-1]])

    assert counted == 1002


def test_a_list_of_failures_is_null_where_there_are_none() -> None:
    assert parse_failures({"code": 0, "data": {"total": 0, "list": None}}) == 0
    assert parse_failures({"code": 0, "data": None}) == 0


async def test_a_token_of_the_settings_is_sent_to_the_given_endpoint() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"code": 0, "data": {"status": 1}})

    changes: dict[str, Any] = {
        "client_id": None,
        "client_secret": None,
        "access_token": "given-token",
        "endpoint": "http://127.0.0.1:1/x",
    }
    await provider(CLOUD, answer, **changes).fetch([KEY])

    assert str(sent[0].url) == f"http://127.0.0.1:1/x/api/v1/oss/source/copy/process?taskID={KEY}"
    assert sent[0].headers["Authorization"] == "Bearer given-token"


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        (KEY, KEY),
        (KEY.upper(), KEY),
        ("0" * 32, "0" * 32),
        (f"https://open-api.123pan.com/api/v1/oss/source/copy/process?taskID={KEY}&x=1", KEY),
    ],
)
def test_a_key_has_one_spelling(typed: str, key: str) -> None:
    assert provider(CLOUD, lambda _: httpx.Response(200)).parse_key(typed) == key


@pytest.mark.parametrize(
    ("typed", "flaw"),
    [
        ("", Flaw.PAN123_FORM),
        (KEY[:-1], Flaw.PAN123_FORM),
        (f"{KEY}x", Flaw.PAN123_FORM),
        ("https://www.123pan.com/", Flaw.PAN123_LINK),
        ("https://[::1?taskID=x", Flaw.PAN123_LINK),
        ("https://open-api.123pan.com/?taskID=x", Flaw.PAN123_FORM),
    ],
)
def test_what_is_no_key_is_explained(typed: str, flaw: Flaw) -> None:
    asked = provider(CLOUD, lambda _: httpx.Response(200))

    with pytest.raises(InvalidKey) as refused:
        asked.parse_key(typed)

    assert refused.value.flaw is flaw
    assert asked.parse_key(refused.value.example) == refused.value.example
    assert asked.recognises(typed) is Likeness.NO


def test_hexadecimal_digits_alone_are_no_suggestion() -> None:
    assert provider(CLOUD, lambda _: httpx.Response(200)).recognises("0" * 32) is Likeness.NO
