"""The less trodden calls of the clouds."""

import pytest

from playground.clouds import CloudsHalf, Refused
from playground.clouds.tokens import REMEMBERED, Tokens
from tests.playground.clouds.callers import COPY, PLATFORM, Clock, Lab, Recorder, of


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        ("throttled", 429, "Too many requests."),
        ("denied", 401, "The username or password is wrong."),
    ],
)
async def test_iam_refuses_in_its_own_nested_form(lab: Lab, kind: str, status: int, message: str) -> None:
    lab.clouds.fault("huawei-iam", kind)

    answer = await lab.iam()

    assert (answer.status, (await of(answer))["error"]["message"]) == (status, message)


async def test_tokens_that_iam_ended_are_expired_for_both_services(lab: Lab) -> None:
    task = lab.clouds.start("huawei-codearts")
    token = await lab.token()
    lab.clouds.fault("huawei-iam", "expired")

    before = await lab.codearts(task.key, token)
    after = await lab.codearts(task.key, await lab.token())

    assert ((await of(before))["error_code"], after.status) == ("CC.00000003", 200)


@pytest.mark.parametrize("project", [{}, {"name": "mars-1"}, "cn-north-4"])
async def test_iam_knows_two_regions_only(lab: Lab, project: object) -> None:
    user = {"name": "playground", "password": "playground-password", "domain": {"name": "playground"}}
    identity = {"methods": ["password"], "password": {"user": user}}

    answer = await lab.client.post(
        "/cloud/huawei-iam/v3/auth/tokens", json={"auth": {"identity": identity, "scope": {"project": project}}}
    )

    assert answer.status == 400


async def test_iam_lists_projects_to_known_callers_only(lab: Lab) -> None:
    stranger = await lab.client.get("/cloud/huawei-iam/v3/projects")
    known = await lab.client.get("/cloud/huawei-iam/v3/projects", headers={"X-Auth-Token": await lab.token()})

    assert stranger.status == 401
    assert len((await of(known))["projects"]) == 2


async def test_other_calls_to_cos_are_signed_too_and_not_allowed(lab: Lab) -> None:
    unsigned = await lab.client.put("/cloud/tencent-cos/playground-1250000000/x", data=b"x")
    signed = await lab.cos("playground-1250000000")

    assert (unsigned.status, signed.status) == (403, 405)
    assert "<Code>MethodNotAllowed</Code>" in await signed.text()


async def test_the_plan_of_a_task_is_listed(lab: Lab) -> None:
    plan = lab.clouds.start("scloud-usmc").key.partition("/")[0]

    body = await of(await lab.usmc("ListUSMCPlan", {}))

    assert [item["PlanId"] for item in body["Data"]] == [plan]


@pytest.mark.parametrize("query", [{"limit": "101", "page": "1"}, {"limit": "10", "page": "0"}, {}])
async def test_pages_of_failed_files_have_bounds(lab: Lab, query: dict[str, str]) -> None:
    task = lab.clouds.start("pan123")
    token = (await lab.pan_token())["data"]["accessToken"]

    body = await of(await lab.pan(task.key, token, "fail", **query))

    assert body["code"] == 400


async def test_other_calls_to_pan123_are_unknown(lab: Lab) -> None:
    answer = await lab.client.post(f"{COPY}/process", headers=PLATFORM)

    assert (answer.status, (await of(answer))["code"]) == (200, 404)


async def test_opening_twice_is_opening_once_and_closing_without_opening_is_nothing() -> None:
    clouds = CloudsHalf(Recorder(), Clock())
    await clouds.close()
    await clouds.open()
    await clouds.open()

    await clouds.close()


def test_a_task_may_begin_paused_or_finished(lab: Lab) -> None:
    paused = lab.clouds.start("scloud-usmc", running=False)
    finished = lab.clouds.start("tencent-cos", percent=100)

    assert (str(paused.state), str(finished.state)) == ("paused", "succeeded")


def test_a_task_can_be_renamed_and_found_by_its_key(lab: Lab) -> None:
    task = lab.clouds.start("huawei-drs")

    lab.clouds.set(task.key, name="ledger → taurus", lag_seconds=3)

    assert lab.clouds.task(task.key).name == "ledger → taurus"
    with pytest.raises(KeyError):
        lab.clouds.task("t99")
    with pytest.raises(Refused, match="There is no cloud 'aws'"):
        lab.clouds.start("aws")


def test_only_the_newest_tokens_are_remembered() -> None:
    tokens = Tokens(Clock(), lifetime=60)

    for number in range(REMEMBERED + 1):
        tokens.issue(f"token {number}")

    assert tokens.issued == REMEMBERED + 1
    assert len(tokens.live()) == REMEMBERED
    assert tokens.find("token 0") is None
    assert tokens.find(f"token {REMEMBERED}") is not None
