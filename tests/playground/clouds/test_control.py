from typing import Any

import pytest

from tests.playground.clouds.callers import Lab, of

TASK_FIELDS = {
    "id", "provider", "account", "key", "name", "state", "raw_state", "percent", "speed", "running", "terminal",
    "message", "lag_seconds", "phases", "command", "has_percent", "actions",
}  # fmt: skip


async def test_a_task_is_started_changed_and_forgotten(lab: Lab) -> None:
    started = await lab.client.post(
        "/control/clouds/huawei-drs/tasks", json={"name": "orders-db → gaussdb", "percent": 46, "speed": 0}
    )
    task = await of(started)
    changed = await of(await lab.client.patch(f"/control/tasks/{task['id']}", json={"percent": 60.5, "speed": 1}))
    gone = await lab.client.delete(f"/control/tasks/{task['id']}")
    unknown = await lab.client.patch(f"/control/tasks/{task['id']}", json={})

    assert started.status == 200
    assert task.keys() >= TASK_FIELDS
    assert (task["state"], task["raw_state"], task["percent"]) == ("running", "FULL_TRANSFER_STARTED", 46)
    assert task["command"] == f"/milepost subscribe drs {task['key']}"
    assert task["actions"] == ["finish", "fail", "stop", "pause"]
    assert (changed["percent"], changed["speed"]) == (60.5, 1)
    assert (gone.status, unknown.status) == (200, 404)
    assert await of(unknown) == {"error": "The playground has no such cloud or task."}


async def test_the_state_names_all_five_clouds(lab: Lab) -> None:
    lab.clouds.start("pan123")
    await lab.client.post("/control/clouds/tencent-cos", json={"fault": "slow", "seconds": 30})

    state = await of(await lab.client.get("/control/clouds"))

    assert {name: cloud["account"] for name, cloud in state.items()} == {
        "huawei-drs": "drs",
        "huawei-codearts": "codearts",
        "tencent-cos": "cos",
        "scloud-usmc": "usmc",
        "pan123": "pan",
    }
    assert (state["tencent-cos"]["fault"], state["tencent-cos"]["calls"]) == ("slow", 0)
    assert state["pan123"]["tasks"][0]["has_percent"] is False


async def test_what_a_cloud_cannot_do_is_not_offered(lab: Lab) -> None:
    cos, drs = lab.clouds.start("tencent-cos"), lab.clouds.start("huawei-drs")
    lab.clouds.set(drs.id, running=False)

    views = {view["id"]: view["actions"] for view in (lab.clouds.view(cos), lab.clouds.view(drs))}
    ended = lab.clouds.view(lab.clouds.set(cos.id, finish="failed"))

    assert views == {cos.id: ["finish", "fail", "pause"], drs.id: ["finish", "fail", "stop", "resume"]}
    assert (ended["terminal"], ended["actions"]) == (True, ["resume"])


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("clouds/huawei-drs/tasks", {"percent": 101}, "The value of percent is a number from 0 to 100."),
        ("clouds/huawei-drs/tasks", {"percent": "5"}, "The value of percent is a number from 0 to 100."),
        ("clouds/huawei-drs/tasks", {"percent": True}, "The value of percent is a number from 0 to 100."),
        ("clouds/huawei-drs/tasks", {"speed": -1}, "The value of speed is a number from 0 to 1000."),
        ("clouds/huawei-drs/tasks", {"name": "abc"}, "A name at Huawei DRS has 4 to 50 characters."),
        ("clouds/huawei-drs/tasks", {"name": "a\nbcd"}, "The value of name is one line of text"),
        ("clouds/huawei-drs/tasks", {"running": "yes"}, "The value of running is true or false."),
        ("clouds/tencent-cos/tasks", {"mode": "INCR_TRANS"}, "a task at Tencent COS is one of: full,"),
        ("clouds/tencent-cos/tasks", {"provider": "x"}, "There is no 'provider' to set here"),
        ("clouds/scloud-usmc/tasks", {"scenario": "explodes"}, "is one of: fails, jumps, queued, stalls, steady."),
        ("clouds/scloud-usmc/tasks", {"language": ["zh"]}, "is one of: en, zh."),
        ("clouds/tencent-cos", {"fault": "haunted"}, "A fault is one of: none, down"),
        ("clouds/tencent-cos", {}, "A fault is one of: none, down"),
        ("clouds/tencent-cos", {"fault": "down", "seconds": -3}, "The value of seconds is a number from 0 to"),
    ],
)  # fmt: skip
async def test_a_wrong_wish_is_refused_in_a_sentence(lab: Lab, path: str, body: dict[str, Any], sentence: str) -> None:
    answer = await lab.client.post(f"/control/{path}", json=body)

    assert answer.status == 400
    error = (await of(answer))["error"]
    assert sentence in error
    assert error.endswith(".")


@pytest.mark.parametrize(
    ("provider", "changes", "sentence"),
    [
        ("tencent-cos", {"finish": "stopped"}, "The finish of a task at Tencent COS is one of: failed, succeeded."),
        ("pan123", {"state": "paused"}, "123pan has no state paused."),
        ("huawei-codearts", {"state": "BUSY"}, "A status at Huawei CodeArts Check is a number."),
        ("tencent-cos", {"state": ""}, "A status at Tencent COS is some text."),
        ("tencent-cos", {"percent": 50, "speed": "fast"}, "The value of speed is a number from 0 to 1000."),
    ],
)
async def test_a_wrong_change_is_refused_and_changes_nothing(
    lab: Lab, provider: str, changes: dict[str, Any], sentence: str
) -> None:
    task = lab.clouds.start(provider, percent=10, speed=0)
    before = lab.clouds.view(task)

    answer = await lab.client.patch(f"/control/tasks/{task.id}", json=changes)

    assert (answer.status, await of(answer)) == (400, {"error": sentence})
    assert lab.clouds.view(task) == before


@pytest.mark.parametrize("body", [b"{", b"[]", b"[" * 60_000, b"\xff", b" " * 70_000])
async def test_a_body_that_is_no_small_json_object_is_refused(lab: Lab, body: bytes) -> None:
    answer = await lab.client.post("/control/clouds/tencent-cos", data=body)

    assert answer.status == 400
    assert (await of(answer))["error"].startswith("The body ")


async def test_unknown_clouds_are_404(lab: Lab) -> None:
    answers = [
        await lab.client.post(f"/control/clouds/{path}", json={"fault": "down"}) for path in ("aws", "aws/tasks")
    ]

    assert [answer.status for answer in answers] == [404, 404]


async def test_a_first_visitor_finds_a_replication_of_two_minutes(lab: Lab) -> None:
    task = lab.clouds.example()
    lab.clock.at += 60
    halfway = lab.clouds.view(task)
    lab.clock.at += 70
    later = lab.clouds.view(task)

    assert (halfway["name"], halfway["state"], halfway["percent"]) == ("orders-db → gaussdb", "running", 52)
    assert (later["state"], later["percent"]) == ("syncing", 100)


async def test_each_change_is_told_to_the_pages(lab: Lab) -> None:
    task = lab.clouds.start("tencent-cos", speed=0)
    lab.clouds.set(task.id, percent=30)
    lab.clouds.set(task.id, percent=30)
    lab.clouds.fault("tencent-cos", "down")

    assert [event["task"]["percent"] for event in lab.hub.of("task")] == [0, 30]
    assert lab.hub.of("cloud") == [{"type": "cloud", "provider": "tencent-cos", "fault": "down", "calls": 0}]


async def test_what_moves_is_told_without_being_asked(lab: Lab) -> None:
    await lab.clouds.open()
    task = lab.clouds.start("tencent-cos", speed=10)

    lab.clock.at += 1
    while not lab.hub.of("task")[-1]["task"]["percent"]:
        await lab.hub.next()
    lab.clock.at += 60
    while not lab.hub.of("task")[-1]["task"]["terminal"]:
        await lab.hub.next()

    told = [event["task"]["percent"] for event in lab.hub.of("task")]
    assert told == [0, 10, 100]
    assert lab.hub.of("task")[-1]["task"] == lab.clouds.view(task)


async def test_calls_are_told_in_bundles(lab: Lab) -> None:
    task = lab.clouds.start("tencent-cos", speed=0)
    for _ in range(10):
        await lab.cos(task.key)

    await lab.clouds.open()
    await lab.hub.until("cloud", calls=10)

    assert len(lab.hub.of("cloud")) == 1


def test_a_status_set_by_hand_ends_with_what_it_stood_for(lab: Lab) -> None:
    task = lab.clouds.start("huawei-drs", percent=10, speed=0)
    lab.clouds.set(task.id, state="PAUSING")
    by_hand = lab.clouds.view(task)
    lab.clouds.set(task.id, running=True)
    resumed = lab.clouds.view(task)

    assert (by_hand["state"], by_hand["raw_state"]) == ("paused", "PAUSING")
    assert (resumed["state"], resumed["raw_state"]) == ("running", "FULL_TRANSFER_STARTED")


def test_the_same_seed_gives_the_same_ids(lab: Lab) -> None:
    again = type(lab.clouds)(lab.hub, lab.clock)

    first = [lab.clouds.start(provider).key for provider in lab.clouds.clouds]
    second = [again.start(provider).key for provider in again.clouds]

    assert first == second
    assert len(set(first)) == 5
