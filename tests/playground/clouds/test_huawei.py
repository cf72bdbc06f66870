import re
from typing import Any

import pytest

from tests.playground.clouds.callers import PROJECT, Lab, of, without

CODEARTS = "huawei-codearts"
DRS = "huawei-drs"


async def test_iam_answers_201_with_the_token_in_a_header(lab: Lab) -> None:
    answer = await lab.iam(project="ap-southeast-1")

    token = (await of(answer))["token"]
    assert answer.status == 201
    assert len(answer.headers["X-Subject-Token"]) > 1000
    assert token["issued_at"] == "2023-11-14T22:13:20.000000Z"
    assert token["expires_at"] == "2023-11-15T22:13:20.000000Z"
    assert token["project"]["id"] == PROJECT


async def test_iam_refuses_a_wrong_password_and_then_locks_the_user(lab: Lab) -> None:
    refused = await lab.iam(password="wrong")
    for _ in range(4):
        await lab.iam(password="wrong")
    locked = await lab.iam()
    lab.clock.at += 15 * 60
    later = await lab.iam()

    assert refused.status == 401
    assert await of(refused) == {
        "error": {"code": 401, "message": "The username or password is wrong.", "title": "Unauthorized"}
    }
    assert (locked.status, (await of(locked))["error"]["message"]) == (401, "The user is locked.")
    assert later.status == 201


async def test_iam_refuses_a_body_without_a_scope(lab: Lab) -> None:
    answer = await lab.client.post("/cloud/huawei-iam/v3/auth/tokens", json={"auth": {"identity": []}})

    assert answer.status == 400
    assert (await of(answer))["error"]["code"] == 400


async def test_projects_are_found_by_region_with_ak_sk(lab: Lab) -> None:
    answer = await lab.huawei("GET", "/cloud/huawei-iam/v3/projects?name=ap-southeast-1")

    projects = (await of(answer))["projects"]
    assert [(project["id"], project["name"]) for project in projects] == [(PROJECT, "ap-southeast-1")]


async def test_codearts_tells_a_running_task_as_documented(lab: Lab) -> None:
    task = lab.clouds.start(CODEARTS, percent=50, speed=0)

    answer = await lab.codearts(task.key, await lab.token())

    assert re.fullmatch("[0-9a-f]{32}", task.key)
    assert answer.status == 200
    assert await of(answer) == {"task_status": 0, "progress": {"ratio": "50%", "info": "running"}}


@pytest.mark.parametrize(
    ("finish", "expected"),
    [
        ("succeeded", {"task_status": 2, "progress": {"ratio": "100%", "info": "success"}}),
        ("failed", {"task_status": 1, "progress": None}),
        ("stopped", {"task_status": 3, "progress": None}),
    ],
)
async def test_codearts_tells_an_end_by_its_number(lab: Lab, finish: str, expected: dict[str, Any]) -> None:
    task = lab.clouds.start(CODEARTS)
    lab.clouds.set(task.id, finish=finish)

    body = await of(await lab.codearts(task.key, await lab.token()))

    assert body == expected


async def test_codearts_tells_null_for_a_task_that_was_never_checked(lab: Lab) -> None:
    task = lab.clouds.start(CODEARTS, scenario="never-checked")
    lab.clock.at += 86_000

    before = await of(await lab.codearts(task.key, await lab.token()))
    lab.clouds.set(task.id, running=True)
    after = await of(await lab.codearts(task.key, await lab.token()))

    assert before == {"task_status": None, "progress": None}
    assert after["task_status"] == 0


async def test_codearts_tells_an_unknown_task_inside_a_200(lab: Lab) -> None:
    token = await lab.token()

    unknown = await lab.codearts("0" * 32, token)
    too_long = await lab.codearts("0" * 33, token)

    assert (unknown.status, (await of(unknown))["error_code"]) == (200, "CC.00050002")
    assert (too_long.status, (await of(too_long))["error_code"]) == (200, "CC.00050000")


async def test_codearts_knows_the_name(lab: Lab) -> None:
    task = lab.clouds.start(CODEARTS, name="shop")

    body = await of(await lab.codearts(task.key, await lab.token(), "defects-summary"))

    assert (body["task_id"], body["task_name"]) == (task.key, "shop")


async def test_an_old_token_gets_the_services_own_words(lab: Lab) -> None:
    task, job = lab.clouds.start(CODEARTS), lab.clouds.start(DRS)
    token, drs_token = await lab.token(), await lab.token("ap-southeast-1")
    lab.clock.at += 24 * 3600

    check = await lab.codearts(task.key, token)
    drs = await lab.client.post(
        f"/cloud/huawei-drs/v3/{PROJECT}/jobs/batch-progress",
        json={"jobs": [job.key]},
        headers={"X-Auth-Token": drs_token},
    )

    assert (check.status, without(await of(check), "request_id")) == (
        401,
        {"error_code": "CC.00000003", "error_msg": "Authentication information expired."},
    )
    assert (drs.status, (await of(drs))["error_code"]) == (403, "DRS.M00100")


async def test_a_token_of_another_project_is_refused(lab: Lab) -> None:
    task, job = lab.clouds.start(CODEARTS), lab.clouds.start(DRS)

    check = await lab.codearts(task.key, await lab.token("ap-southeast-1"))
    drs = await lab.client.post(
        f"/cloud/huawei-drs/v3/{PROJECT}/jobs/batch-progress",
        json={"jobs": [job.key]},
        headers={"X-Auth-Token": await lab.token("cn-north-4")},
    )

    assert (check.status, (await of(check))["error_code"]) == (401, "APIGW.0307")
    assert (drs.status, (await of(drs))["error_code"]) == (403, "DRS.M00261")


@pytest.mark.parametrize(
    ("headers", "reason"),
    [({}, "x-auth-token not found"), ({"X-Auth-Token": "forged"}, "decrypt token fail")],
)
async def test_the_gateway_turns_strangers_away(lab: Lab, headers: dict[str, str], reason: str) -> None:
    task = lab.clouds.start(CODEARTS)

    answer = await lab.client.get(f"/cloud/huawei-codearts/v2/tasks/{task.key}/progress", headers=headers)

    body = await of(answer)
    assert (answer.status, body["error_code"]) == (401, "APIGW.0301")
    assert body["error_msg"] == f"Incorrect IAM authentication information: {reason}"


async def test_codearts_takes_ak_sk_too(lab: Lab) -> None:
    task = lab.clouds.start(CODEARTS, speed=0)

    answer = await lab.huawei("GET", f"/cloud/huawei-codearts/v2/tasks/{task.key}/progress?job_id=abc")

    assert (await of(answer))["task_status"] == 0


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"secret_key": "wrong"}, id="another secret"),
        pytest.param({"access_key": "NOBODY"}, id="unknown key"),
        pytest.param({"signed_body": b"{}"}, id="another body"),
        pytest.param({"behind": 901}, id="a clock far behind"),
        pytest.param({"behind": -901}, id="a clock far ahead"),
    ],
)
async def test_a_wrong_ak_sk_signature_is_refused(lab: Lab, how: dict[str, Any]) -> None:
    task = lab.clouds.start(DRS)

    answer = await lab.drs(task.key, **how)

    assert (answer.status, (await of(answer))["error_code"]) == (401, "APIGW.0301")


async def test_six_wrong_signatures_in_a_row_lock_the_key_for_five_minutes(lab: Lab) -> None:
    task = lab.clouds.start(DRS)
    for _ in range(5):
        await lab.drs(task.key, secret_key="wrong")
    still_open = await lab.drs(task.key)
    for _ in range(6):
        await lab.drs(task.key, secret_key="wrong")

    locked = await lab.drs(task.key)
    lab.clock.at += 300
    later = await lab.drs(task.key)

    assert (still_open.status, locked.status, later.status) == (200, 401, 200)


async def test_an_unknown_path_is_unknown_to_the_gateway(lab: Lab) -> None:
    answer = await lab.client.get("/cloud/huawei-drs/drs/v3/jobs")

    assert (answer.status, (await of(answer))["error_code"]) == (404, "APIGW.0101")
