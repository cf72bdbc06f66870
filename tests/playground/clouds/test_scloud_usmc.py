import re

import pytest
from aiohttp import ClientResponse

from playground.clouds.signatures import ucloud_signature
from tests.playground.clouds.callers import Lab, of

USMC = "scloud-usmc"


def test_the_signature_is_the_one_that_the_vendor_prints() -> None:
    params = {
        "Action": "DescribeUHostInstance",
        "Region": "cn-bj2",
        "Limit": "10",
        "PublicKey": "ucloudsomeone@example.com1296235120854146120",
    }

    signature = ucloud_signature("46f09bb9fab4f12dfc160dae12273d5332b5debe", params)

    assert signature == "cba5cf5ec4d4233d206b1b54951e3787350a642f"


async def test_a_running_task_has_a_percentage_with_decimals(lab: Lab) -> None:
    task = lab.clouds.start(USMC, percent=18.9, speed=0.01)
    lab.clock.at += 1

    answer = await lab.usmc_status(task.key)

    assert re.fullmatch("usmc-(?!task-)[a-z0-9]{8,16}/usmc-task-[0-9a-f]{8}", task.key)
    assert answer.status == 200
    assert await of(answer) == {
        "RetCode": 0,
        "Action": "GetUSMCTaskStatusResponse",
        "Data": {"State": "Migrating", "Progress": {"Percentage": 18.91}},
    }


async def test_a_json_body_is_taken_as_well(lab: Lab) -> None:
    plan, _, task = lab.clouds.start(USMC).key.partition("/")

    body = await of(await lab.usmc("GetUSMCTaskStatus", {"PlanId": plan, "TaskId": task}, form=False))

    assert body["RetCode"] == 0


async def test_a_task_stands_at_67_percent_for_a_while(lab: Lab) -> None:
    task = lab.clouds.start(USMC, percent=60, speed=1, scenario="stalls", stall_seconds=30)
    seen = []
    for _ in range(5):
        lab.clock.at += 9
        seen.append((await of(await lab.usmc_status(task.key)))["Data"]["Progress"]["Percentage"])

    assert seen == [67, 67, 67, 67, 75]


@pytest.mark.parametrize(
    ("language", "changes", "label"),
    [
        ("zh", {"percent": 20}, "迁移中"),
        ("zh", {"running": False}, "已暂停"),
        ("zh", {"state": "syncing"}, "已同步"),
        ("zh", {"finish": "succeeded"}, "已完成"),
        ("en", {"finish": "stopped"}, "Stopped"),
        ("en", {"state": "queued"}, "Created"),
        ("en", {"state": "AgentOffline"}, "AgentOffline"),
    ],
)
async def test_states_are_the_labels_of_the_console(
    lab: Lab, language: str, changes: dict[str, object], label: str
) -> None:
    task = lab.clouds.start(USMC, language=language)
    lab.clouds.set(task.id, **changes)

    body = await of(await lab.usmc_status(task.key))

    assert body["Data"]["State"] == label


async def test_a_failure_has_its_message(lab: Lab) -> None:
    task = lab.clouds.start(USMC)
    lab.clouds.set(task.id, finish="failed", message="disk full on <!channel>")

    body = await of(await lab.usmc_status(task.key))

    assert (body["Data"]["State"], body["Data"]["FailedMessage"]) == ("Failed", "disk full on <!channel>")


async def test_errors_are_ret_codes_in_a_200(lab: Lab) -> None:
    key = lab.clouds.start(USMC).key
    plan, _, task = key.partition("/")
    both = {"PlanId": plan, "TaskId": task}

    async def code(answer: ClientResponse) -> object:
        return (await of(answer))["RetCode"]

    assert await code(await lab.usmc("GetUSMCTaskStatus", both, private_key="wrong")) == 171
    assert await code(await lab.usmc("GetUSMCTaskStatus", {**both, "PublicKey": "nobody"})) == 172
    assert await code(await lab.usmc("DeleteEverything", both)) == 161
    assert await code(await lab.usmc("", both)) == 160
    assert await code(await lab.usmc("GetUSMCTaskStatus", {"TaskId": task})) == 220
    assert await code(await lab.usmc_status(f"{plan}/usmc-task-00000000")) == 67001
    unsigned = {"Action": "GetUSMCTaskStatus", "PublicKey": "playground@example.com"} | both
    assert await code(await lab.client.post("/cloud/scloud-usmc/", data=unsigned)) == 170


async def test_the_list_of_a_plan_has_names_states_and_pages(lab: Lab) -> None:
    tasks = [lab.clouds.start(USMC, name=f"host {n}", percent=n, speed=0) for n in range(25)]
    plan = tasks[0].key.partition("/")[0]

    first = await of(await lab.usmc("ListUSMCTask", {"PlanId": plan}))
    second = await of(await lab.usmc("ListUSMCTask", {"PlanId": plan, "Offset": "20", "Limit": "100"}))
    too_many = await of(await lab.usmc("ListUSMCTask", {"PlanId": plan, "Limit": "101"}))

    assert [item["Name"] for item in first["Data"] + second["Data"]] == [f"host {n}" for n in range(25)]
    assert len(first["Data"]) == 20
    assert second["Data"][0]["TaskId"] == tasks[20].key.partition("/")[2]
    assert (second["Data"][0]["State"], second["Data"][0]["Progress"]) == ("Migrating", {"Percentage": 20})
    assert too_many["RetCode"] == 230
