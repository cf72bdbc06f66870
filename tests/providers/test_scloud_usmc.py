"""USMC: recorded answers, RetCodes, the words of states, and keys."""

from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from providers.auth import ucloud
from providers.base import (
    AccessDenied,
    InvalidKey,
    Likeness,
    Outlook,
    ProviderError,
    RateLimited,
    TaskNotFound,
    TaskSnapshot,
    TaskState,
    Unavailable,
    UnexpectedResponse,
)
from providers.flaws import Flaw
from providers.reasons import Cause, Reason, Service
from providers.scloud_usmc import parse
from tests.providers.accounts import KEYS, provider

CLOUD = "scloud-usmc"
KEY = KEYS[CLOUD]
NOTHING_YET = TaskSnapshot(state=TaskState.RUNNING, outlook=Outlook.NO_DATA)


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        # What the console shows.
        ("已创建", TaskState.QUEUED),
        ("agent在线", TaskState.QUEUED),
        ("Agent online", TaskState.QUEUED),
        ("迁移中", TaskState.RUNNING),
        ("已完成", TaskState.SUCCEEDED),
        ("待启动任务", TaskState.QUEUED),
        ("待创建主机", TaskState.QUEUED),
        # Synced waits for its user: deliberately not the end.
        ("已同步", TaskState.RUNNING),
        ("Synced", TaskState.RUNNING),
        # Each word of the list.
        *[(word, TaskState.FAILED) for word in ("Failed", "ERROR", "abnormal", "迁移失败", "异常")],
        *[(word, TaskState.STOPPED) for word in ("Stopped", "cancelled", "terminated", "已停止", "已取消")],
        *[(word, TaskState.PAUSED) for word in ("Paused", "suspended", "已暂停")],
        *[(word, TaskState.SUCCEEDED) for word in ("Finished", "SUCCESS", "completed", "done", "完成", "成功")],
        *[(word, TaskState.QUEUED) for word in ("Created", "waiting", "ready", "init", "pending", "待")],
        # The first line that matches wins.
        ("create failed", TaskState.FAILED),
        ("stopped after success", TaskState.STOPPED),
        ("Migrating", TaskState.RUNNING),
    ],
)
def test_a_state_is_read_by_parts_of_words(raw: str, state: TaskState) -> None:
    found = parse({"RetCode": 0, "Data": {"State": raw}})

    assert (found.state, found.raw_state) == (state, raw)
    assert found.known_state is (raw not in ("已同步", "Synced"))


@pytest.mark.parametrize(
    "raw",
    [
        "incomplete", "Incompleted", "uncompleted", "unfinished", "un-finished", "unsuccessful", "unpaused",
        "not finished", "NOT_FINISHED", "TaskNotDone", "taskUnfinished", "not yet completed", "not been fully done",
        "hasn't finished", "cannot complete", "never completed", "no error", "without errors", "non-failed",
        "yet to finish", "abandoned", "indeterminate", "undetermined",
        "未完成", "未能完成", "未全部完成", "尚未完成", "没有完成", "无法完成", "不成功", "未成功", "未暂停", "未取消",
        "无异常", "未发生异常", "即将完成", "未开始", "完成度 50%", "成功率",
    ],
)  # fmt: skip
def test_a_word_that_is_turned_into_its_opposite_is_no_end(raw: str) -> None:
    found = parse({"RetCode": 0, "Data": {"State": raw}})

    assert (found.state, found.raw_state, found.known_state) == (TaskState.RUNNING, raw, False)


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        ("Completed without errors", TaskState.SUCCEEDED),
        ("无异常,已完成", TaskState.SUCCEEDED),
        ("RunFinished", TaskState.SUCCEEDED),
        ("MainDone", TaskState.SUCCEEDED),
        ("in completed state", TaskState.SUCCEEDED),
        ("100 done", TaskState.SUCCEEDED),
        ("migrationfailed", TaskState.FAILED),
        ("未知异常", TaskState.FAILED),
        ("not finished: failed", TaskState.FAILED),
        ("unfinished, then finished", TaskState.SUCCEEDED),
        ("等待完成", TaskState.QUEUED),
        ("waiting to be completed", TaskState.QUEUED),
    ],
)
def test_a_word_counts_where_it_stands_once_for_itself(raw: str, state: TaskState) -> None:
    assert parse({"RetCode": 0, "Data": {"State": raw}}).state is state


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        # The document's sample: no data yet, and surely no success.
        ({}, NOTHING_YET),
        (None, NOTHING_YET),
        ("text", NOTHING_YET),
        ({"State": "", "FailedMessage": ""}, NOTHING_YET),
        ({"FailedMessage": "slow disk"}, TaskSnapshot(state=TaskState.RUNNING, message="slow disk")),
        (
            {"State": "Migrating", "Progress": {"Percentage": 18.91}, "FailedMessage": "slow disk"},
            TaskSnapshot(state=TaskState.RUNNING, raw_state="Migrating", percent=18.91, message="slow disk"),
        ),
        # A small figure is a small percentage: no guess at another scale.
        ({"Progress": {"Percentage": 0.4}}, TaskSnapshot(state=TaskState.RUNNING, percent=0.4)),
        ({"Progress": {"Percentage": "67"}}, TaskSnapshot(state=TaskState.RUNNING, percent=67)),
        ({"Progress": {"Percentage": 180}}, TaskSnapshot(state=TaskState.RUNNING, percent=100)),
        ({"Progress": {"Percentage": -2}}, TaskSnapshot(state=TaskState.RUNNING, percent=0)),
        ({"Progress": {"Percentage": "NaN"}}, NOTHING_YET),
        ({"Progress": 50, "State": None, "FailedMessage": 3}, NOTHING_YET),
    ],
)
def test_every_member_is_optional(data: object, expected: TaskSnapshot) -> None:
    assert parse({"RetCode": 0, "Message": "bEoqNfyv", "Data": data}) == expected


ERRORS = [
    (110, "", Unavailable),
    (130, "", Unavailable),
    (150, "", Unavailable),
    (153, "", RateLimited),
    *[(code, "", AccessDenied) for code in (160, 161, 170, 171, 172, 174, 292, 293, 294, 295, 299)],
    (8000, "plan does not exist", TaskNotFound),
    (8000, "Task Not Found", TaskNotFound),
    (8000, "任务不存在", TaskNotFound),
    (8000, "try later", Unavailable),
    ("171", "", AccessDenied),
    (-1, "?", Unavailable),
]


@pytest.mark.parametrize(("code", "message", "kind"), ERRORS)
@pytest.mark.parametrize("status", [200, 400, 500])
async def test_a_return_code_is_named_whatever_the_status(
    status: int, code: object, message: str, kind: type[ProviderError]
) -> None:
    answer = httpx.Response(status, json={"RetCode": code, "Message": message, "Action": "GetUSMCTaskStatusResponse"})

    found = (await provider(CLOUD, lambda _: answer).fetch([KEY]))[KEY]

    assert isinstance(found, ProviderError)
    assert (type(found), found.code) == (kind, str(code))


@pytest.mark.parametrize("status", [400, 502])
async def test_a_status_counts_where_there_is_no_return_code(status: int) -> None:
    answer = httpx.Response(status, json={"RetCode": 0})

    found = (await provider(CLOUD, lambda _: answer).fetch([KEY]))[KEY]

    assert type(found) is (UnexpectedResponse if status == 400 else Unavailable)


@pytest.mark.parametrize("payload", [{"RetCode": None}, {"RetCode": "x"}, {"RetCode": True}, {"Data": {}}, []])
def test_an_answer_without_a_return_code_is_unexpected(payload: object) -> None:
    with pytest.raises(UnexpectedResponse):
        parse(payload)


async def test_the_words_of_a_state_are_a_setting() -> None:
    answer = httpx.Response(200, json={"RetCode": 0, "Data": {"State": "Synced"}})
    words = {"succeeded": ["SYNCED"]}

    found = (await provider(CLOUD, lambda _: answer, state_words=words).fetch([KEY]))[KEY]
    other = httpx.Response(200, json={"RetCode": 0, "Data": {"State": "failed"}})
    kept = (await provider(CLOUD, lambda _: other, state_words=words).fetch([KEY]))[KEY]

    assert isinstance(found, TaskSnapshot) and found.state is TaskState.SUCCEEDED
    assert isinstance(kept, TaskSnapshot) and kept.state is TaskState.FAILED


@pytest.mark.parametrize(
    ("changes", "url", "more"),
    [
        ({}, "https://api.scloudsg.com/", {}),
        ({"project_id": "org-1", "region": "sg"}, "https://api.scloudsg.com/", {"ProjectId": "org-1", "Region": "sg"}),
        ({"endpoint": "http://127.0.0.1:1/cloud/scloud-usmc"}, "http://127.0.0.1:1/cloud/scloud-usmc/", {}),
    ],
)
async def test_the_request_is_a_signed_form(changes: dict[str, Any], url: str, more: dict[str, str]) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"RetCode": 0})

    await provider(CLOUD, answer, **changes).fetch([KEY])
    form = {name: values[0] for name, values in parse_qs(sent[0].content.decode()).items()}

    assert (sent[0].method, str(sent[0].url)) == ("POST", url)
    signature = form.pop("Signature")
    assert form == {
        "Action": "GetUSMCTaskStatus",
        "PlanId": "usmc-vtlwsdv6qa7",
        "TaskId": "usmc-task-ba797218",
        "PublicKey": "someone@example.com123",
        **more,
    }
    assert signature == ucloud.sign(form, "usmc-private-key-value")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (
            ["text", None, {"TaskId": "usmc-task-other", "Name": "x"}, {"TaskId": "usmc-task-ba797218", "Name": "web"}],
            "web",
        ),
        ([{"TaskId": "usmc-task-ba797218", "Name": ""}], None),
        ([{"TaskId": "usmc-task-ba797218"}], None),
        ({"TaskId": "usmc-task-ba797218", "Name": "web"}, None),
        (None, None),
    ],
)
async def test_the_list_of_the_plan_tells_the_name(data: object, name: str | None) -> None:
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.content.decode())
        return httpx.Response(200, json={"RetCode": 0, "Data": data})

    assert await provider(CLOUD, answer).describe(KEY) == name
    assert "Action=ListUSMCTask" in sent[0] and "PlanId=usmc-vtlwsdv6qa7" in sent[0]


@pytest.mark.parametrize(
    "typed",
    [
        KEY,
        KEY.upper(),
        KEY.replace("/", " "),
        KEY.replace("/", "\n"),
        " usmc-vtlwsdv6qa7 / usmc-task-ba797218 ",
        "usmc-task-ba797218/usmc-vtlwsdv6qa7",
        f"{KEY}/",
    ],
)
def test_a_key_has_one_spelling(typed: str) -> None:
    assert provider(CLOUD, lambda _: httpx.Response(200)).parse_key(typed) == KEY


@pytest.mark.parametrize(
    ("typed", "flaw"),
    [
        ("", Flaw.USMC_PART_MISSING),
        ("https://console.scloudsg.com/", Flaw.USMC_PART_MISSING),
    ],
)
def test_what_is_no_key_is_explained(typed: str, flaw: Flaw) -> None:
    asked = provider(CLOUD, lambda _: httpx.Response(200))

    with pytest.raises(InvalidKey) as refused:
        asked.parse_key(typed)

    assert refused.value.flaw is flaw
    assert asked.parse_key(refused.value.example) == refused.value.example
    assert asked.recognises(typed) is Likeness.NO


@pytest.mark.parametrize(
    ("typed", "flaw"),
    [
        ("usmc-task-ba797218", Flaw.USMC_PLAN_MISSING),
        ("usmc-vtlwsdv6qa7", Flaw.USMC_TASK_MISSING),
        ("usmc-vtlwsdv6qa7/usmc-vtlwsdv6qa8", Flaw.USMC_PART_MISSING),
        ("usmc-task-ba797218/usmc-task-ba797219", Flaw.USMC_PART_MISSING),
        ("usmc-vtlwsdv6qa7/usmc-task-ba797218/x", Flaw.USMC_PART_MISSING),
        ("usmc-x/usmc-task-y", Flaw.USMC_PART_MISSING),
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
    answer = httpx.Response(
        200, json={"RetCode": 8000, "Message": "no “such” plan, not found"}, headers={"X-UCLOUD-REQUEST-UUID": "u-1"}
    )

    found = (await provider(CLOUD, lambda _: answer).fetch([KEY]))[KEY]

    assert isinstance(found, TaskNotFound)
    assert found.request_id == "u-1"
    assert found.cause == Cause(Reason.TASK_UNKNOWN, who=Service.SCLOUD, code="8000", said="no “such” plan, not found")


def test_ids_of_an_unseen_length_are_a_possible_key() -> None:
    assert provider(CLOUD, lambda _: httpx.Response(200)).recognises("usmc-abcde/usmc-task-abcde") is Likeness.POSSIBLE
