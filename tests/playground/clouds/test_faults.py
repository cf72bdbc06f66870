import asyncio
import json
import xml.etree.ElementTree as ET
from unittest import mock

import aiohttp
import pytest
from aiohttp.test_utils import make_mocked_request

from playground.clouds import Refused
from tests.playground.clouds.callers import Lab, of

USMC_CALL = ("POST", "/cloud/scloud-usmc/")
CLOUDS = ("tencent-cos", "huawei-codearts", "huawei-drs", "scloud-usmc", "pan123")


async def words(answer: aiohttp.ClientResponse) -> tuple[int, object]:
    """Return the status and the cloud's own code of an answer."""
    text = await answer.text()
    if answer.content_type == "application/xml":
        return answer.status, ET.fromstring(text).findtext("Code")
    body = json.loads(text)
    return answer.status, body.get("error_code", body.get("RetCode", body.get("code")))


@pytest.mark.parametrize("provider", CLOUDS)
async def test_a_cloud_that_is_down_says_503_and_hangs_up_in_turn(lab: Lab, provider: str) -> None:
    task = lab.clouds.start(provider)
    if provider == "pan123":
        # The token is a call of the same cloud, so it must be had before the cloud goes down.
        token = (await lab.pan_token())["data"]["accessToken"]

    async def read() -> aiohttp.ClientResponse:
        return await (lab.pan(task.key, token) if provider == "pan123" else lab.read(provider, task.key))

    lab.clouds.fault(provider, "down")

    first = await read()
    with pytest.raises(aiohttp.ClientConnectionError):
        await read()
    third = await read()

    assert (first.status, third.status) == (503, 503)


@pytest.mark.parametrize(
    ("provider", "kind", "status", "code"),
    [
        ("tencent-cos", "throttled", 429, "SlowDown"),
        ("huawei-codearts", "throttled", 429, "APIGW.0308"),
        ("huawei-drs", "throttled", 400, "DRS.M01503"),
        ("scloud-usmc", "throttled", 200, 153),
        ("pan123", "throttled", 200, 429),
        ("tencent-cos", "denied", 403, "AccessDenied"),
        ("huawei-codearts", "denied", 403, "APIGW.0302"),
        ("huawei-drs", "denied", 403, "DRS.M00102"),
        ("scloud-usmc", "denied", 200, 172),
        ("pan123", "denied", 200, 401),
        ("tencent-cos", "expired", 403, "ExpiredToken"),
        ("huawei-drs", "expired", 403, "DRS.M00100"),
        ("scloud-usmc", "expired", 200, 174),
    ],
)
async def test_each_cloud_refuses_in_its_own_form(
    lab: Lab, provider: str, kind: str, status: int, code: object
) -> None:
    task = lab.clouds.start(provider)
    token = (await lab.pan_token())["data"]["accessToken"]
    lab.clouds.fault(provider, kind, retry_after=9)

    answer = await (lab.pan(task.key, token) if provider == "pan123" else lab.read(provider, task.key))

    assert await words(answer) == (status, code)
    assert answer.headers.get("Retry-After") == ("9" if status == 429 else None)


@pytest.mark.parametrize("provider", CLOUDS)
async def test_the_gateway_can_throttle_any_cloud(lab: Lab, provider: str) -> None:
    task = lab.clouds.start(provider)
    token = (await lab.pan_token())["data"]["accessToken"]
    lab.clouds.fault(provider, "throttled", how="gateway", retry_after=30)

    answer = await (lab.pan(task.key, token) if provider == "pan123" else lab.read(provider, task.key))

    assert (answer.status, answer.headers["Retry-After"]) == (429, "30")


async def test_an_expired_iam_token_is_refused_until_it_is_renewed(lab: Lab) -> None:
    task = lab.clouds.start("huawei-codearts")
    old = await lab.token()
    lab.clouds.fault("huawei-codearts", "expired")

    refused = [await words(await lab.codearts(task.key, old)) for _ in range(2)]
    renewed = await lab.codearts(task.key, await lab.token())
    old_again = await words(await lab.codearts(task.key, old))

    assert refused == [(401, "CC.00000003")] * 2
    assert (await of(renewed))["task_status"] == 0
    assert old_again == (401, "CC.00000003")
    assert lab.hub.of("cloud")[-1]["fault"] == "none"


async def test_an_expired_pan_token_is_refused_until_it_is_renewed(lab: Lab) -> None:
    task = lab.clouds.start("pan123")
    tokens = [(await lab.pan_token())["data"]["accessToken"] for _ in range(3)]
    lab.clouds.fault("pan123", "expired")

    refused = await words(await lab.pan(task.key, tokens[2]))
    renewed = await words(await lab.pan(task.key, (await lab.pan_token())["data"]["accessToken"]))

    assert (refused, renewed) == ((200, 401), (200, 0))
    assert lab.hub.of("cloud")[-1]["fault"] == "none"


async def test_nonsense_comes_in_three_kinds_in_turn(lab: Lab) -> None:
    task = lab.clouds.start("tencent-cos")
    lab.clouds.fault("tencent-cos", "nonsense")

    answers = [await lab.cos(task.key) for _ in range(4)]
    texts = [await answer.text() for answer in answers]

    assert [answer.status for answer in answers] == [200] * 4
    assert [answer.content_type for answer in answers] == [
        "text/html",
        "application/json",
        "application/json",
        "text/html",
    ]
    with pytest.raises(json.JSONDecodeError):
        json.loads(texts[1])
    assert json.loads(texts[2])["data"] == "none"


async def test_a_slow_cloud_answers_in_the_end(lab: Lab) -> None:
    task = lab.clouds.start("huawei-drs")
    lab.clouds.fault("huawei-drs", "slow", delay=0.01)

    answer = await lab.drs(task.key)

    assert (await of(answer))["count"] == 1


async def test_closing_the_playground_ends_a_slow_answer(lab: Lab) -> None:
    task = lab.clouds.start("huawei-drs")
    lab.clouds.fault("huawei-drs", "slow", delay=100)
    await lab.clouds.open()
    reading = asyncio.create_task(lab.drs(task.key))
    await lab.hub.until("cloud", calls=1)

    await lab.clouds.close()

    with pytest.raises(aiohttp.ClientConnectionError):
        await reading


async def test_a_dropped_connection_breaks_in_the_middle_of_the_body(lab: Lab) -> None:
    task = lab.clouds.start("scloud-usmc")
    lab.clouds.fault("scloud-usmc", "dropped")

    answer = await lab.usmc_status(task.key)

    assert answer.status == 200
    with pytest.raises(aiohttp.ClientPayloadError):
        await answer.read()


@pytest.mark.parametrize("how", ["", "gzip"])
async def test_a_huge_answer_is_as_large_as_it_was_wished(lab: Lab, how: str) -> None:
    task = lab.clouds.start("tencent-cos")
    lab.clouds.fault("tencent-cos", "huge", size=2 * 1024 * 1024, how=how)

    answer = await lab.cos(task.key)

    assert answer.headers.get("Content-Encoding") == (how or None)
    assert len(await answer.read()) == 2 * 1024 * 1024


async def test_a_reader_may_leave_a_huge_answer_at_any_time(lab: Lab) -> None:
    task = lab.clouds.start("tencent-cos")
    lab.clouds.fault("tencent-cos", "huge", times=1)
    answer = await lab.cos(task.key)
    await answer.content.read(1000)

    answer.close()

    assert (await lab.cos(task.key)).status == 200


async def test_a_caller_that_drops_its_call_is_no_error_of_the_cloud(lab: Lab) -> None:
    (action,) = [route.handler for route in lab.clouds.routes() if (route.method, route.path) == USMC_CALL]
    body = aiohttp.StreamReader(mock.Mock(_reading_paused=False), 2**16, loop=asyncio.get_running_loop())
    body.set_exception(ConnectionResetError("Connection lost"))
    dropped = make_mocked_request("POST", USMC_CALL[1], payload=body)

    answer = await action(dropped)

    # The call has been made all the same.
    assert answer.status == 503
    assert [call.path for call in lab.clouds.calls("scloud-usmc")] == [USMC_CALL[1]]


async def test_a_redirect_points_where_it_was_wished(lab: Lab) -> None:
    task = lab.clouds.start("huawei-drs")
    lab.clouds.fault("huawei-drs", "redirect", location="http://127.0.0.1:9/steal")

    answer = await lab.drs(task.key)

    assert (answer.status, answer.headers["Location"]) == (302, "http://127.0.0.1:9/steal")


@pytest.mark.parametrize(
    ("provider", "status", "code"),
    [
        ("tencent-cos", 404, "NoSuchTask"),
        ("huawei-codearts", 200, "CC.00050002"),
        ("scloud-usmc", 200, 67001),
        ("pan123", 200, 5066),
    ],
)
async def test_a_cloud_can_lose_its_tasks_and_find_them_again(
    lab: Lab, provider: str, status: int, code: object
) -> None:
    task = lab.clouds.start(provider)
    lab.clouds.fault(provider, "vanished")

    lost = await words(await lab.read(provider, task.key))
    lab.clouds.fault(provider, "none")
    found = await words(await lab.read(provider, task.key))

    assert lost == (status, code)
    assert found != lost


async def test_a_forgotten_task_is_unknown_to_its_cloud(lab: Lab) -> None:
    task = lab.clouds.start("huawei-drs")
    lab.clouds.forget(task.id)

    body = await of(await lab.drs(task.key))

    assert body["results"][0]["error_code"] == "DRS.M05003"
    assert lab.hub.of("task_deleted") == [{"type": "task_deleted", "id": task.id}]


async def test_a_fault_ends_after_its_time(lab: Lab) -> None:
    task = lab.clouds.start("tencent-cos")
    lab.clouds.fault("tencent-cos", "down", how="status", seconds=10)

    during = (await lab.cos(task.key)).status
    lab.clock.at += 10
    after = (await lab.cos(task.key)).status

    assert (during, after) == (503, 200)
    assert [event["fault"] for event in lab.hub.of("cloud")] == ["down", "none"]


async def test_a_fault_ends_after_its_number_of_calls(lab: Lab) -> None:
    task = lab.clouds.start("tencent-cos")
    lab.clouds.fault("tencent-cos", "denied", times=2)

    statuses = [(await lab.cos(task.key)).status for _ in range(3)]

    assert statuses == [403, 403, 200]


async def test_one_cloud_in_trouble_leaves_the_others_alone(lab: Lab) -> None:
    task, other = lab.clouds.start("huawei-drs"), lab.clouds.start("huawei-codearts")
    lab.clouds.fault("huawei-drs", "down", how="status")

    down, fine = await lab.drs(task.key), await lab.read("huawei-codearts", other.key)

    assert (down.status, fine.status) == (503, 200)


async def test_iam_can_be_down_by_itself(lab: Lab) -> None:
    lab.clouds.fault("huawei-iam", "down", how="status")

    answer = await lab.iam()

    assert (answer.status, (await of(answer))["error"]["code"]) == (503, 503)


async def test_calls_are_kept_with_the_fault_that_they_met_and_no_secret(lab: Lab) -> None:
    task = lab.clouds.start("tencent-cos")
    await lab.cos(task.key)
    lab.clouds.fault("tencent-cos", "denied")
    await lab.cos(task.key)

    calls = lab.clouds.calls("tencent-cos")

    assert [(call.operation, str(call.fault)) for call in calls] == [("task", "none"), ("task", "denied")]
    assert "playground-secret-key" not in repr(calls)
    assert "q-signature" not in repr(calls)


def test_an_unknown_fault_or_variant_is_refused(lab: Lab) -> None:
    with pytest.raises(Refused, match="A fault is one of: none, down"):
        lab.clouds.fault("tencent-cos", "haunted")
    with pytest.raises(Refused, match="no variant 'gzip'"):
        lab.clouds.fault("tencent-cos", "down", how="gzip")
    with pytest.raises(Refused, match="There is no cloud 'aws'"):
        lab.clouds.fault("aws", "down")
