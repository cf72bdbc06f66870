import re

import pytest

from tests.playground.clouds.callers import COPY, PLATFORM, Lab, of, without

PAN = "pan123"


async def test_a_token_says_when_it_ends_with_an_offset(lab: Lab) -> None:
    body = await lab.pan_token()

    assert (body["code"], body["message"]) == (0, "ok")
    assert body["data"]["expiredAt"] == "2024-02-13T06:13:20+08:00"
    assert body["data"]["accessToken"].startswith("eyJ")


async def test_a_fourth_live_token_is_refused_and_tokens_make_room_when_they_end(lab: Lab) -> None:
    granted = [(await lab.pan_token())["code"] for _ in range(3)]
    refused = await lab.pan_token()
    lab.clock.at += 91 * 24 * 3600
    later = await lab.pan_token()

    assert granted == [0, 0, 0]
    assert (refused["code"], refused["message"], refused["data"]) == (401, "tokens number has exceeded the limit", None)
    assert later["code"] == 0


async def test_a_wrong_secret_gets_no_token(lab: Lab) -> None:
    body = await lab.pan_token(secret="wrong")

    assert (body["code"], body["data"]) == (401, None)


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({}, 1, ""),
        ({"finish": "succeeded"}, 2, ""),
        ({"finish": "failed", "message": "空间不足"}, 3, "空间不足"),
        ({"state": "queued"}, 4, ""),
        ({"state": "9"}, 9, ""),
    ],
)
async def test_a_task_has_a_state_and_no_percent(
    lab: Lab, changes: dict[str, object], status: int, reason: str
) -> None:
    task = lab.clouds.start(PAN)
    lab.clouds.set(task.id, **changes)
    token = (await lab.pan_token())["data"]["accessToken"]

    body = await of(await lab.pan(task.key, token))

    assert re.fullmatch("(?=.*[g-z])[0-9a-z]{32}", task.key)
    assert without(body, "x-traceID") == {"code": 0, "message": "ok", "data": {"status": status, "failMsg": reason}}
    assert "_kong-db-" in body["x-traceID"]


async def test_failed_files_are_listed_page_by_page_after_the_end(lab: Lab) -> None:
    task = lab.clouds.start(PAN, scenario="failed-files", failed_files=5, percent=99, speed=1)
    token = (await lab.pan_token())["data"]["accessToken"]

    before = await of(await lab.pan(task.key, token, "fail", limit="100", page="1"))
    lab.clock.at += 5
    first = await of(await lab.pan(task.key, token, "fail", limit="3", page="1"))
    second = await of(await lab.pan(task.key, token, "fail", limit="3", page="2"))

    assert before["data"] == {"total": 0, "list": None}
    assert first["data"]["total"] == 5
    assert [file["filename"] for file in first["data"]["list"] + second["data"]["list"]] == [
        f"IMG_{n:04d}.heic" for n in range(1, 6)
    ]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (PLATFORM | {"Authorization": "Bearer forged"}, 401),
        (PLATFORM, 401),
        ({"Authorization": "Bearer forged"}, 400),
    ],
)
async def test_a_caller_without_a_token_or_platform_is_refused(lab: Lab, headers: dict[str, str], code: int) -> None:
    task = lab.clouds.start(PAN)

    answer = await lab.client.get(f"{COPY}/process", params={"taskID": task.key}, headers=headers)

    assert (answer.status, (await of(answer))["code"]) == (200, code)


async def test_an_unknown_task_does_not_exist(lab: Lab) -> None:
    token = (await lab.pan_token())["data"]["accessToken"]

    body = await of(await lab.pan("1ketmmu1000d86isuyq33su100w1bnp6", token))

    assert (body["code"], body["message"], body["data"]) == (5066, "任务不存在", None)
