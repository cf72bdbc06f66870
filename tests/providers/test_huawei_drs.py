"""DRS: recorded results, batches that are answered in part or refused, and keys."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from providers.base import (
    Absence,
    AccessDenied,
    InvalidKey,
    Likeness,
    Outlook,
    Phase,
    ProviderError,
    RateLimited,
    Reading,
    TaskKey,
    TaskNotFound,
    TaskSnapshot,
    TaskState,
    Unavailable,
    UnexpectedResponse,
)
from providers.flaws import Flaw
from providers.huawei_drs_answers import STATES, parse, parse_phases
from tests.providers.accounts import KEYS, provider

CLOUD = "huawei-drs"
KEY = KEYS[CLOUD]


def job(number: int) -> TaskKey:
    return TaskKey(f"{number:08x}-2308-4bb5-a6bc-1040402fjb21")


def test_the_vendors_sample_is_in_its_incremental_phase() -> None:
    item = {
        "job_id": "a3d5f4a8-dc97-4581-8071-e4977309jb21", "progress": "0", "incre_trans_delay": "1",
        "task_mode": "FULL_INCR_TRANS", "transfer_status": "INCRE_TRANSFER_STARTED", "process_time": "0",
        "remaining_time": "0",
    }  # fmt: skip

    assert parse(item) == TaskSnapshot(
        state=TaskState.SYNCING, raw_state="INCRE_TRANSFER_STARTED", percent=0.0, lag_seconds=1.0
    )


def test_a_task_in_sync_goes_on_with_its_delay() -> None:
    item = {
        "progress": "100", "incre_trans_delay": "0", "task_mode": "FULL_INCR_TRANS",
        "transfer_status": "INCRE_TRANSFER_STARTED", "process_time": "1594864576000", "remaining_time": "10",
    }  # fmt: skip

    assert parse(item) == TaskSnapshot(
        state=TaskState.SYNCING,
        raw_state="INCRE_TRANSFER_STARTED",
        percent=100.0,
        lag_seconds=0.0,
        remaining_seconds=10,
    )


def test_phases_tell_more_than_a_progress_of_zero() -> None:
    item = {
        "progress": "0", "incre_trans_delay": "-1", "task_mode": "FULL_INCR_TRANS",
        "transfer_status": "FULL_TRANSFER_COMPLETE", "process_time": "0", "remaining_time": "0",
        "progress_map": {
            "index": {"completed": "100%", "remaining_time": None},
            "struct": {"completed": "94%", "remaining_time": None},
            "data": {"completed": "100%", "remaining_time": None},
        },
    }  # fmt: skip

    found = parse(item)

    assert found.state is TaskState.RUNNING
    assert found.percent == 98.0
    assert found.phases == (
        Phase(name="structure", percent=94), Phase(name="data", percent=100), Phase(name="index", percent=100)
    )  # fmt: skip
    assert found.lag_seconds is None


def test_a_progress_above_zero_is_taken_as_it_is() -> None:
    assert parse({"progress": "40", "progress_map": {"data": {"completed": "90%"}}}).percent == 40


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (None, []),
        ("x", []),
        ([], []),
        ([{"data": {"completed": "5%"}}, {"struct": {"completed": "7%"}}], ["structure", "data"]),
        ({"data": {"completed": "500%"}, "index": {"completed": None}, "struct": None}, []),
        ({"new": {"completed": "5%"}, "data": {"completed": 5}}, ["data"]),
    ],
)
def test_phases_are_read_from_an_object_or_a_list(value: object, names: list[str]) -> None:
    assert [phase.name for phase in parse_phases(value)] == names


QUEUED, RUNNING, FAILED = TaskState.QUEUED, TaskState.RUNNING, TaskState.FAILED
DOCUMENTED = {
    "CREATING": QUEUED, "CONFIGURATION": QUEUED, "WAITING_FOR_START": QUEUED, "STARTJOBING": QUEUED,
    "FULL_TRANSFER_STARTED": RUNNING, "FULL_TRANSFER_COMPLETE": RUNNING, "INCRE_TRANSFER_STARTED": TaskState.SYNCING,
    "PAUSING": TaskState.PAUSED, "CREATE_FAILED": FAILED, "START_JOB_FAILED": FAILED, "FULL_TRANSFER_FAILED": FAILED,
    "INCRE_TRANSFER_FAILED": FAILED, "RELEASE_RESOURCE_STARTED": RUNNING,
    "RELEASE_RESOURCE_COMPLETE": TaskState.STOPPED, "RELEASE_RESOURCE_FAILED": FAILED, "DELETED": TaskState.STOPPED,
    "CHANGE_JOB_STARTED": RUNNING, "CHANGE_JOB_FAILED": FAILED, "REBUILD_NODE_STARTED": RUNNING,
    "REBUILD_NODE_FAILED": FAILED, "NODE_UPGRADE_START": RUNNING, "NODE_UPGRADE_COMPLETE": RUNNING,
    "NODE_UPGRADE_FAILED": FAILED, "CHILD_TRANSFER_STARTING": RUNNING, "CHILD_TRANSFER_STARTED": RUNNING,
    "CHILD_TRANSFER_COMPLETE": RUNNING, "CHILD_TRANSFER_FAILED": FAILED, "RELEASE_CHILD_TRANSFER_STARTED": RUNNING,
    "RELEASE_CHILD_TRANSFER_COMPLETE": RUNNING, "TRANSFERRING": RUNNING, "SUCCESS": TaskState.SUCCEEDED,
    "FAILED": FAILED,
}  # fmt: skip


@pytest.mark.parametrize(("raw", "state"), DOCUMENTED.items())
def test_every_documented_status_is_read(raw: str, state: TaskState) -> None:
    found = parse({"transfer_status": raw, "task_mode": "FULL_INCR_TRANS"})

    assert (found.state, found.raw_state, found.known_state) == (state, raw, True)
    special = {"RELEASE_RESOURCE_COMPLETE": Outlook.ENDED, "FULL_TRANSFER_COMPLETE": Outlook.COMPLETE}
    assert found.outlook is special.get(raw, Outlook.MAY_RETURN if state is FAILED else Outlook.PLAIN)


def test_no_status_is_read_that_no_document_names() -> None:
    assert set(STATES) == set(DOCUMENTED)


@pytest.mark.parametrize(
    ("mode", "state", "outlook"),
    [
        ("FULL_TRANS", TaskState.SUCCEEDED, Outlook.PLAIN),
        ("full_trans", TaskState.SUCCEEDED, Outlook.PLAIN),
        ("FULL_INCR_TRANS", TaskState.RUNNING, Outlook.COMPLETE),
        ("INCR_TRANS", TaskState.RUNNING, Outlook.COMPLETE),
        (None, TaskState.RUNNING, Outlook.COMPLETE),
    ],
)
def test_a_complete_copy_is_the_end_only_of_a_task_without_incremental_phase(
    mode: object, state: TaskState, outlook: Outlook
) -> None:
    found = parse({"transfer_status": "FULL_TRANSFER_COMPLETE", "task_mode": mode})

    assert (found.state, found.outlook) == (state, outlook)


@pytest.mark.parametrize(
    ("raw", "state", "outlook"),
    [
        ("NEW_PHASE_STARTED", TaskState.RUNNING, Outlook.PLAIN),
        ("NEW_PHASE_FAILED", TaskState.FAILED, Outlook.MAY_RETURN),
        ("", TaskState.RUNNING, Outlook.PLAIN),
        (None, TaskState.RUNNING, Outlook.PLAIN),
        (["x"], TaskState.RUNNING, Outlook.PLAIN),
    ],
)
def test_an_undocumented_status_is_running_unless_it_says_failed(
    raw: object, state: TaskState, outlook: Outlook
) -> None:
    found = parse({"transfer_status": raw, "progress": 100})

    assert (found.state, found.known_state, found.outlook) == (state, False, outlook)


@pytest.mark.parametrize(
    ("fields", "lag"),
    [
        ({"incre_trans_delay": "7"}, 7.0),
        ({"incre_trans_delay": 7}, 7.0),
        ({"incre_trans_delay": "7", "incre_trans_delay_millis": "6543"}, 6.543),
        ({"incre_trans_delay": "7", "incre_trans_delay_millis": "-1"}, 7.0),
        ({"incre_trans_delay": "-1"}, None),
        ({"incre_trans_delay": ""}, None),
        ({"incre_trans_delay": None}, None),
        ({}, None),
    ],
)
def test_a_delay_is_hidden_where_there_is_none(fields: dict[str, object], lag: float | None) -> None:
    assert parse({"transfer_status": "INCRE_TRANSFER_STARTED", **fields}).lag_seconds == lag


@pytest.mark.parametrize("odd", ["", None, "NaN", "101", "-1", True, [], {}, "1" * 5000])
def test_odd_numbers_are_left_out(odd: object) -> None:
    found = parse({"transfer_status": "FULL_TRANSFER_STARTED", "progress": odd, "progress_map": odd})

    assert (found.percent, found.phases) == (None, ())


@pytest.mark.parametrize("code", ["", None, "0", 0])
def test_an_empty_error_code_is_no_error(code: object) -> None:
    assert parse({"transfer_status": "CREATING", "error_code": code}).message == ""


def test_an_error_beside_a_status_explains_the_status() -> None:
    item = {"transfer_status": "FULL_TRANSFER_FAILED", "error_code": "DRS.M1", "error_msg": "no space"}

    assert parse(item).message == "no space"
    assert parse({**item, "error_msg": None}).message == "DRS.M1"


def cloud_of(answers: Mapping[TaskKey, object]) -> Callable[[httpx.Request], httpx.Response]:
    """A cloud that answers for the jobs it knows, the last asked first."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)["jobs"]
        results = [{"job_id": key, **answers[key]} for key in reversed(asked) if key in answers]  # type: ignore[dict-item]
        return httpx.Response(200, json={"count": len(results), "results": results})

    return answer


async def test_results_are_matched_by_id_in_any_order_and_what_is_missing_is_silent() -> None:
    running = {"transfer_status": "FULL_TRANSFER_STARTED"}
    known: dict[TaskKey, object] = {job(n): {**running, "progress": str(n)} for n in (1, 2, 3)}

    found = await provider(CLOUD, cloud_of(known)).fetch([job(1), job(2), job(4), job(3), job(1)])

    assert {key: reading.percent for key, reading in found.items() if isinstance(reading, TaskSnapshot)} == {
        job(1): 1, job(2): 2, job(3): 3
    }  # fmt: skip
    missing = found[job(4)]
    assert isinstance(missing, TaskNotFound)
    assert missing.absence is Absence.SILENT


async def test_a_bad_result_does_not_spoil_the_others() -> None:
    results: list[object] = [
        None,
        "text",
        {},
        {"job_id": None},
        {"job_id": job(9), "transfer_status": "CREATING"},
        {"job_id": job(1), "error_code": "DRS.M05003", "error_msg": "x"},
        {"job_id": job(2).upper(), "transfer_status": "CREATING"},
        {"job_id": job(2), "transfer_status": "DELETED"},
        {"job_id": job(3), "error_code": "DRS.M05004", "error_msg": "released"},
        {"job_id": job(4), "error_code": "DRS.MNEW", "error_msg": "released"},
    ]
    keys = [job(n) for n in (1, 2, 3, 4)]

    found = await provider(CLOUD, lambda _: httpx.Response(202, json={"results": results})).fetch(keys)

    assert list(found) == keys
    assert isinstance(found[job(1)], TaskNotFound)
    assert found[job(2)] == TaskSnapshot(state=TaskState.QUEUED, raw_state="CREATING")
    assert found[job(3)] == TaskSnapshot(
        state=TaskState.STOPPED, raw_state="DRS.M05004", message="released", outlook=Outlook.ENDED
    )
    assert isinstance(found[job(4)], UnexpectedResponse)


def body(code: str, message: str = "text") -> dict[str, str]:
    return {"error_code": code, "error_msg": message}


ERRORS = [
    (400, "DRS.M05003", TaskNotFound, Absence.CERTAIN),
    (400, "DRS.10000010", TaskNotFound, Absence.CERTAIN),
    (400, "DRS.M00007", TaskNotFound, Absence.VAGUE),
    (400, "DRS.M00200", TaskNotFound, Absence.VAGUE),
    (400, "DRS.M00201", TaskNotFound, Absence.VAGUE),
    (400, "DRS.M00202", TaskNotFound, Absence.VAGUE),
    (400, "DRS.M00300", TaskNotFound, Absence.VAGUE),
    (400, "DRS.M00305", TaskNotFound, Absence.VAGUE),
    (400, "DRS.M00301", UnexpectedResponse, None),
    (400, "DRS.M00299", UnexpectedResponse, None),
    (403, "DRS.M00100", AccessDenied, None),
    (403, "DRS.M00102", AccessDenied, None),
    (401, "DRS.M00103", AccessDenied, None),
    (400, "DRS.M00105", AccessDenied, None),
    (403, "DRS.M00261", AccessDenied, None),
    (404, "DRS.M00101", AccessDenied, None),
    (422, "DRS.M00002", TaskNotFound, Absence.SILENT),
    (422, "DRS.M00004", Unavailable, None),
    (500, "DRS.M00004", Unavailable, None),
    (422, "DRS.M01501", Unavailable, None),
    (400, "DRS.M01503", RateLimited, None),
    (202, "DRS.M01504", Unavailable, None),
    (400, "DRS.10000001", Unavailable, None),
    (401, "APIGW.0301", AccessDenied, None),
    (401, "APIGW.0307", AccessDenied, None),
    (429, "APIGW.0308", RateLimited, None),
    (404, "APIGW.0101", AccessDenied, None),
    (404, "DRS.NEW", TaskNotFound, Absence.VAGUE),
    (200, "DRS.NEW", Unavailable, None),
    (422, "DRS.NEW", UnexpectedResponse, None),
    (503, "DRS.NEW", Unavailable, None),
]


@pytest.mark.parametrize(("status", "code", "kind", "absence"), ERRORS, ids=[f"{row[0]} {row[1]}" for row in ERRORS])
async def test_an_error_of_a_whole_request_is_named(
    status: int, code: str, kind: type[ProviderError], absence: Absence | None
) -> None:
    found = (await provider(CLOUD, lambda _: httpx.Response(status, json=body(code))).fetch([KEY]))[KEY]

    assert isinstance(found, ProviderError)
    assert (type(found), found.code, getattr(found, "absence", None)) == (kind, code, absence)


@pytest.mark.parametrize(
    ("status", "code", "kind", "absence"),
    [row for row in ERRORS if row[1].startswith("DRS.M0") and row[1] not in ("DRS.M00301", "DRS.M00299")],
)
async def test_an_error_of_one_result_is_named(
    status: int, code: str, kind: type[ProviderError], absence: Absence | None
) -> None:
    results = {"results": [{"job_id": KEY, **body(code)}]}

    found = (await provider(CLOUD, lambda _: httpx.Response(200, json=results)).fetch([KEY]))[KEY]

    assert (type(found), getattr(found, "absence", None)) == (kind, absence)


async def test_throttling_with_status_400_heeds_retry_after() -> None:
    answer = httpx.Response(400, json=body("DRS.M01503"), headers={"Retry-After": "9"})

    found = (await provider(CLOUD, lambda _: answer).fetch([KEY]))[KEY]

    assert isinstance(found, RateLimited)
    assert found.retry_after == 9


async def test_a_job_that_was_released_has_ended() -> None:
    found = (await provider(CLOUD, lambda _: httpx.Response(400, json=body("DRS.M05004", "gone"))).fetch([KEY]))[KEY]

    assert found == TaskSnapshot(state=TaskState.STOPPED, raw_state="DRS.M05004", message="gone", outlook=Outlook.ENDED)


class Picky:
    """A cloud that refuses a whole batch for one bad id."""

    def __init__(self, bad: set[TaskKey], refusal: httpx.Response, *, most: int = 1000) -> None:
        self.bad = bad
        self.refusal = refusal
        self.most = most
        self.batches: list[list[TaskKey]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)["jobs"]
        self.batches.append(asked)
        if self.bad & set(asked):
            return self.refusal
        if len(asked) > self.most:
            return httpx.Response(400, json=body("DRS.M00299"))
        return httpx.Response(200, json={"results": [{"job_id": key, "transfer_status": "CREATING"} for key in asked]})


def split(found: Mapping[TaskKey, Reading]) -> tuple[set[TaskKey], set[TaskKey]]:
    read = {key for key, reading in found.items() if isinstance(reading, TaskSnapshot)}
    return read, set(found) - read


@pytest.mark.parametrize("bad", [{1}, {10}, {5}, {1, 2}, {1, 10}, set(range(1, 11))])
@pytest.mark.parametrize("code", ["DRS.M05003", "DRS.M00300", "DRS.10000001", "DRS.NEW", ""])
async def test_a_refused_batch_is_halved_until_the_bad_ids_are_alone(code: str, bad: set[int]) -> None:
    keys = [job(n) for n in range(1, 11)]
    cloud = Picky({job(n) for n in bad}, httpx.Response(400, json=body(code)))

    found = await provider(CLOUD, cloud).fetch(keys)

    assert split(found) == (set(keys) - cloud.bad, cloud.bad)
    assert len(cloud.batches) <= 19


async def test_the_calls_for_a_refused_batch_are_bounded() -> None:
    keys = [job(n) for n in range(100)]
    cloud = Picky(set(keys), httpx.Response(400, json=body("DRS.M05003")))

    found = await provider(CLOUD, cloud, batch_size=100).fetch(keys)

    assert set(found) == set(keys)
    assert len(cloud.batches) <= 40
    assert {type(reading) for reading in found.values()} == {TaskNotFound, Unavailable}


@pytest.mark.parametrize(
    ("status", "content", "kind"),
    [
        (400, body("DRS.M01503"), RateLimited),
        (400, body("DRS.M00105"), AccessDenied),
        (401, {}, AccessDenied),
        (403, body("DRS.M00261"), AccessDenied),
        (429, {}, RateLimited),
        (404, {}, TaskNotFound),
        (500, body("DRS.M00004"), Unavailable),
        (200, {}, UnexpectedResponse),
        (202, body("DRS.M01504"), Unavailable),
    ],
)
async def test_a_refusal_that_is_nobodys_fault_is_not_split(
    status: int, content: object, kind: type[ProviderError]
) -> None:
    keys = [job(n) for n in range(10)]
    cloud = Picky({job(3)}, httpx.Response(status, json=content))

    found = await provider(CLOUD, cloud).fetch(keys)

    assert {type(reading) for reading in found.values()} == {kind}
    assert set(found) == set(keys)
    assert len(cloud.batches) == 1


async def test_throttling_amid_the_halving_ends_it_for_the_rest() -> None:
    keys = [job(n) for n in range(8)]
    calls = 0

    def cloud(request: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        return httpx.Response(400, json=body("DRS.M05003" if calls < 5 else "DRS.M01503"))

    found = await provider(CLOUD, cloud).fetch(keys)

    assert calls == 5
    assert [type(found[key]) for key in keys] == [TaskNotFound] + [RateLimited] * 7


async def test_a_cloud_that_takes_one_id_gets_one_by_one_from_then_on() -> None:
    keys = [job(n) for n in range(4)]
    cloud = Picky(set(), httpx.Response(400), most=1)
    asked = provider(CLOUD, cloud)

    found = await asked.fetch(keys)

    assert split(found) == (set(keys), set())
    assert [len(batch) for batch in cloud.batches] == [4, 1, 1, 1, 1]
    assert asked.batch_size == 1


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, "https://drs.cn-north-4.myhuaweicloud.com"),
        ({"region": "eu-west-101"}, "https://drs.eu-west-101.myhuaweicloud.eu"),
        ({"endpoint": "http://127.0.0.1:1/cloud/huawei-drs"}, "http://127.0.0.1:1/cloud/huawei-drs"),
    ],
)
async def test_the_request_is_a_signed_post_of_the_ids(changes: dict[str, Any], url: str) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"results": []})

    await provider(CLOUD, answer, **changes).fetch([job(1), job(2), job(1)])

    assert [(request.method, str(request.url)) for request in sent] == [
        ("POST", f"{url}/v3/054ba152d480d55b2f5dc0069e7ddef0/jobs/batch-progress")
    ]
    assert json.loads(sent[0].content) == {"jobs": [job(1), job(2)]}
    assert sent[0].headers["X-Language"] == "en-us"
    assert sent[0].headers["X-Project-Id"] == "054ba152d480d55b2f5dc0069e7ddef0"
    assert sent[0].headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("results", "name"),
    [
        ([{"id": "another", "name": "x"}, 3, {"id": KEY, "name": "DRS-3999"}], "DRS-3999"),
        ([{"id": KEY, "name": ""}], None),
        ([{"id": KEY}], None),
        ([], None),
        ("x", None),
    ],
)
async def test_the_details_tell_the_name(results: object, name: str | None) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"results": results})

    assert await provider(CLOUD, answer).describe(KEY) == name
    assert sent[0].url.path.endswith("/jobs/batch-detail")
    assert json.loads(sent[0].content) == {"jobs": [KEY], "page_req": {"cur_page": 1, "per_page": 0}}


CONSOLE = "https://console.huaweicloud.com/drs/"


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        (KEY, KEY),
        (KEY.upper(), KEY),
        ("f95c5d83-1111-2222-3333-38c31cd1jb15", "f95c5d83-1111-2222-3333-38c31cd1jb15"),
        ("f95c5d83-1111-2222-3333-38c31cdjb502", "f95c5d83-1111-2222-3333-38c31cdjb502"),
        ("f95c5d83-1111-2222-3333-38c31cdjb20i", "f95c5d83-1111-2222-3333-38c31cdjb20i"),
        ("f95c5d83-1111-2222-3333-38c31cd1aaaa", "f95c5d83-1111-2222-3333-38c31cd1aaaa"),
        (f"{CONSOLE}?region=cn-north-4#/drs/synchronization/detail/{KEY}", KEY),
        (f"{CONSOLE}#/detail?jobId={KEY}&id={KEY}", KEY),
    ],
)
def test_a_key_has_one_spelling(typed: str, key: str) -> None:
    assert provider(CLOUD, lambda _: httpx.Response(200)).parse_key(typed) == key


@pytest.mark.parametrize(
    ("typed", "flaw"),
    [
        ("", Flaw.DRS_FORM),
        ("drs-1234", Flaw.DRS_FORM),
        (KEY[:-1], Flaw.DRS_FORM),
        (f"{KEY}1", Flaw.DRS_FORM),
        ("https://console.huaweicloud.com/ecs/?region=cn-north-4#/list", Flaw.DRS_LINK_WITHOUT_JOB),
        ("https://console.huaweicloud.com/ecs/?region=cn-east-3#/list", Flaw.OTHER_REGION),
        (f"https://huaweicloud.com.example.com/{KEY}", Flaw.DRS_LINK),
        (f"https://[/{KEY}", Flaw.DRS_LINK),
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
        (f"{CONSOLE}?region=cn-north-4#/drs/synchronization/list", Flaw.DRS_LINK_WITHOUT_JOB),
        (f"{CONSOLE}#/{KEY}/{job(1)}", Flaw.DRS_LINK_WITHOUT_JOB),
        (f"{CONSOLE}?region=cn-east-3#/{KEY}", Flaw.OTHER_REGION),
    ],
)
def test_a_page_that_is_no_key_is_certainly_of_this_cloud_and_explained(typed: str, flaw: Flaw) -> None:
    asked = provider(CLOUD, lambda _: httpx.Response(200))

    with pytest.raises(InvalidKey) as refused:
        asked.parse_key(typed)

    assert refused.value.flaw is flaw
    assert refused.value.belongs
    assert asked.recognises(typed) is Likeness.CERTAIN


async def test_every_error_of_an_answer_has_the_id_that_support_asks_for() -> None:
    headers = {"X-Request-Id": "0f1e2d3c"}
    bad = {"results": [{"job_id": job(1), "error_code": "DRS.M05003"}, {"job_id": job(3), "transfer_status": "X"}]}
    answers = [httpx.Response(200, json=bad, headers=headers), httpx.Response(200, text="<html>", headers=headers)]
    asked = provider(CLOUD, lambda _: answers.pop(0))

    found = await asked.fetch([job(1), job(2), job(3)])
    whole = await asked.fetch([job(1)])

    errors = [reading for reading in (*found.values(), *whole.values()) if isinstance(reading, ProviderError)]
    assert [error.request_id for error in errors] == ["0f1e2d3c"] * 3


def test_a_true_uuid_is_a_possible_key() -> None:
    found = provider(CLOUD, lambda _: httpx.Response(200)).recognises("f95c5d83-1111-2222-3333-38c31cd1aaaa")

    assert found is Likeness.POSSIBLE


@pytest.mark.parametrize(
    ("region", "link"),
    [
        ("cn-north-4", "https://console.huaweicloud.com/drs/?region=cn-north-4#/drs/synchronization/list"),
        (
            "ap-southeast-1",
            "https://console-intl.huaweicloud.com/drs/?region=ap-southeast-1&locale=en-us#/drs/migrate/list",
        ),
        ("eu-west-101", None),
    ],
)
def test_the_link_leads_to_the_list_of_jobs(region: str, link: str | None) -> None:
    assert provider(CLOUD, lambda _: httpx.Response(200), region=region).console_url(KEY) == link
