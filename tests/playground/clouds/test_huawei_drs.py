import re

import pytest

from tests.playground.clouds.callers import PROJECT, Lab, of

DRS = "huawei-drs"
# The detection rule of a job id: a UUID but for the jb in its last group.
JOB = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-(?=[0-9a-z]{12}$)[0-9a-f]{7,8}jb[0-9a-z]{2,3}"
UNKNOWN = "9a470239-2308-4bb5-a6bc-1040402fjb21"


async def test_every_figure_of_a_full_copy_is_a_string(lab: Lab) -> None:
    task = lab.clouds.start(DRS, percent=50, speed=2, mode="FULL_INCR_TRANS")

    body = await of(await lab.drs(task.key))

    assert re.fullmatch(JOB, task.key)
    assert body == {
        "count": 1,
        "results": [
            {
                "progress": "50",
                "job_id": task.key,
                "incre_trans_delay": "-1",
                "incre_trans_delay_millis": "-1",
                "task_mode": "FULL_INCR_TRANS",
                "transfer_status": "FULL_TRANSFER_STARTED",
                "process_time": "1700000000000",
                "remaining_time": "25",
                "progress_map": {
                    "struct": {"completed": "100%", "remaining_time": None},
                    "data": {"completed": "50%", "remaining_time": None},
                    "index": {"completed": "0%", "remaining_time": None},
                },
            }
        ],
    }


async def test_a_task_with_an_incremental_phase_stays_in_sync_and_tells_its_delay(lab: Lab) -> None:
    task = lab.clouds.start(DRS, percent=90, speed=10, mode="full+incremental")
    lab.clock.at += 2
    between = (await of(await lab.drs(task.key)))["results"][0]
    lab.clock.at += 2
    in_sync = (await of(await lab.drs(task.key)))["results"][0]
    lab.clock.at += 1_000
    later = (await of(await lab.drs(task.key)))["results"][0]

    assert between["transfer_status"] == "FULL_TRANSFER_COMPLETE"
    assert (in_sync["transfer_status"], in_sync["progress"], in_sync["incre_trans_delay"]) == (
        "INCRE_TRANSFER_STARTED",
        "100",
        "40",
    )
    assert "progress_map" not in in_sync
    assert (later["transfer_status"], later["incre_trans_delay"]) == ("INCRE_TRANSFER_STARTED", "0")


async def test_a_full_copy_alone_ends_at_100(lab: Lab) -> None:
    task = lab.clouds.start(DRS, percent=90, speed=10, mode="full")
    lab.clock.at += 60

    result = (await of(await lab.drs(task.key)))["results"][0]

    assert (result["task_mode"], result["transfer_status"], result["progress"]) == (
        "FULL_TRANS",
        "FULL_TRANSFER_COMPLETE",
        "100",
    )
    assert lab.clouds.task(task.id).terminal


async def test_an_incremental_task_catches_up_and_then_is_in_sync(lab: Lab) -> None:
    task = lab.clouds.start(DRS, percent=50, speed=10, mode="incremental")

    behind = (await of(await lab.drs(task.key)))["results"][0]
    lab.clock.at += 30
    in_sync = (await of(await lab.drs(task.key)))["results"][0]

    assert (behind["transfer_status"], behind["progress"]) == ("INCRE_TRANSFER_STARTED", "50")
    assert int(behind["incre_trans_delay"]) > int(in_sync["incre_trans_delay"])
    assert in_sync["progress"] == "100"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"running": False}, "PAUSING"),
        ({"finish": "failed"}, "FULL_TRANSFER_FAILED"),
        ({"finish": "stopped"}, "DELETED"),
        ({"finish": "succeeded"}, "SUCCESS"),
        ({"state": "queued"}, "WAITING_FOR_START"),
        ({"state": "NODE_UPGRADE_START"}, "NODE_UPGRADE_START"),
    ],
)
async def test_each_change_has_its_documented_status(lab: Lab, changes: dict[str, object], status: str) -> None:
    task = lab.clouds.start(DRS, percent=30, speed=0)
    lab.clouds.set(task.id, **changes)

    result = (await of(await lab.drs(task.key)))["results"][0]

    assert result["transfer_status"] == status


async def test_a_released_task_was_in_sync_before(lab: Lab) -> None:
    task = lab.clouds.start(DRS, percent=100, speed=1)
    lab.clock.at += 10
    lab.clouds.task(task.id)
    lab.clouds.set(task.id, finish="succeeded")

    result = (await of(await lab.drs(task.key)))["results"][0]

    assert result["transfer_status"] == "RELEASE_RESOURCE_COMPLETE"


async def test_progress_can_be_told_by_the_map_alone(lab: Lab) -> None:
    task = lab.clouds.start(DRS, percent=95, speed=0, scenario="map-only")

    result = (await of(await lab.drs(task.key)))["results"][0]

    assert result["progress"] == "0"
    assert result["progress_map"]["index"]["completed"] == "50%"


async def test_a_batch_answers_each_id_in_any_order_and_names_the_unknown_one(lab: Lab) -> None:
    jobs = [lab.clouds.start(DRS).key for _ in range(8)]

    orders = []
    for _ in range(5):
        body = await of(await lab.drs(*jobs, UNKNOWN))
        orders.append([result["job_id"] for result in body["results"]])
        unknown = next(result for result in body["results"] if result["job_id"] == UNKNOWN)

    assert body["count"] == 9
    assert all(sorted(order) == sorted([*jobs, UNKNOWN]) for order in orders)
    assert len({tuple(order) for order in orders}) > 1
    assert unknown == {"job_id": UNKNOWN, "error_code": "DRS.M05003", "error_msg": "Task information not found."}


async def test_a_whole_request_may_be_refused_for_one_unknown_id(lab: Lab) -> None:
    task = lab.clouds.start(DRS)
    lab.clouds.fault(DRS, "batch-refused")

    spoiled, good = await lab.drs(task.key, UNKNOWN), await lab.drs(task.key)

    assert (spoiled.status, (await of(spoiled))["error_code"]) == (400, "DRS.M05003")
    assert good.status == 200


async def test_unknown_ids_may_be_left_out(lab: Lab) -> None:
    task = lab.clouds.start(DRS)
    lab.clouds.fault(DRS, "silent")

    body = await of(await lab.drs(task.key, UNKNOWN))

    assert [result["job_id"] for result in body["results"]] == [task.key]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (f'{{"jobs":["{UNKNOWN}","{UNKNOWN}"]}}', "DRS.M00301"),
        ('{"jobs":[]}', "DRS.M00201"),
        ('{"jobs":["not a job"]}', "DRS.M00201"),
        ('{"jobs":[17]}', "DRS.M00201"),
        ('{"req":["x"]}', "DRS.M00200"),
        ("[]", "DRS.M00200"),
        ("{", "DRS.M00200"),
    ],
)
async def test_a_bad_request_is_refused_as_a_whole(lab: Lab, body: str, code: str) -> None:
    answer = await lab.huawei("POST", f"/cloud/huawei-drs/v3/{PROJECT}/jobs/batch-progress", body.encode())

    assert (answer.status, (await of(answer))["error_code"]) == (400, code)


async def test_another_project_is_refused(lab: Lab) -> None:
    answer = await lab.huawei("POST", f"/cloud/huawei-drs/v3/{'f' * 32}/jobs/batch-progress", b'{"jobs":["x"]}')

    assert (answer.status, (await of(answer))["error_code"]) == (403, "DRS.M00261")


async def test_details_have_the_name(lab: Lab) -> None:
    task = lab.clouds.start(DRS, name="orders-db → gaussdb")

    body = await of(await lab.drs(task.key, what="detail"))

    assert [(result["id"], result["name"]) for result in body["results"]] == [(task.key, "orders-db → gaussdb")]
