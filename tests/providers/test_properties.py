"""Whatever JSON comes: each parse gives a snapshot that keeps its promises, or one of the five errors."""

import asyncio
import math
from collections.abc import Callable

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers import huawei_codearts, huawei_drs_answers, pan123, reading, scloud_usmc, tencent_cos
from providers.base import (
    AccessDenied,
    InvalidKey,
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
from providers.http import Answer
from tests.providers.accounts import CLOUDS, KEYS, provider

NAMED = (Unavailable, RateLimited, AccessDenied, TaskNotFound, UnexpectedResponse)
JOB = KEYS["huawei-drs"]

# Names and values that mean something somewhere, so that random objects reach deep.
NAMES = st.sampled_from(
    [
        "code", "message", "data", "status", "percent", "msg", "request_id", "error_code", "error_msg", "errorCode",
        "task_status", "progress", "ratio", "info", "results", "job_id", "transfer_status", "task_mode",
        "incre_trans_delay", "incre_trans_delay_millis", "remaining_time", "progress_map", "struct", "completed",
        "RetCode", "Message", "Data", "State", "Progress", "Percentage", "FailedMessage", "failMsg", "total", "list",
        "TaskId", "Name", "id", "name",
    ]
)  # fmt: skip
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(
        [0, 1, 2, 3, 4, 100, "0", "100", "50%", "", "FULL_TRANS", JOB, "NaN", -1, "-1", 10**300, "1" * 400, "401", 429]
    )
    | st.sampled_from(sorted(huawei_drs_answers.STATES))
    | st.sampled_from(sorted(tencent_cos.STATES))
    | st.sampled_from(["CC.00000000", "DRS.M05003", "DRS.M05004", "APIGW.0301", "AccessDenied", "x" * 5000])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(NAMES, inner, max_size=6)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=25,
)
OBJECTS = st.dictionaries(NAMES, JSON, max_size=8)

PARSES: dict[str, Callable[[object], object]] = {
    "tencent-cos": tencent_cos.parse,
    "huawei-codearts": huawei_codearts.parse,
    "scloud-usmc": scloud_usmc.parse,
    "pan123": pan123.parse,
}


def check(found: object) -> None:
    if isinstance(found, ProviderError):
        assert type(found) in NAMED
        return
    assert isinstance(found, TaskSnapshot)
    assert isinstance(found.state, TaskState)
    assert len(found.raw_state) <= 100 and found.raw_state.isprintable()
    assert len(found.message) <= 1000 and found.message.isprintable()
    for figure in (found.percent, *(phase.percent for phase in found.phases)):
        assert figure is None or (0 <= figure <= 100 and isinstance(figure, float))
    assert found.remaining_seconds is None or 1 <= found.remaining_seconds <= 365 * 86_400
    assert found.lag_seconds is None or (math.isfinite(found.lag_seconds) and found.lag_seconds >= 0)
    assert found.lag_seconds is None or found.state is TaskState.SYNCING


@pytest.mark.parametrize("cloud", PARSES)
@given(payload=JSON | OBJECTS)
@settings(deadline=None, max_examples=200)
def test_any_value_is_a_snapshot_or_a_named_error(cloud: str, payload: object) -> None:
    try:
        found = PARSES[cloud](payload)
    except ProviderError as trouble:
        found = trouble

    check(found)


@given(item=OBJECTS)
@settings(deadline=None, max_examples=200)
def test_any_result_of_drs_is_a_snapshot_or_a_named_error(item: dict[str, object]) -> None:
    try:
        found: Reading = huawei_drs_answers.parse(item)
    except ProviderError as trouble:
        found = trouble

    check(found)


@given(results=st.lists(OBJECTS | JSON, max_size=5))
@settings(deadline=None)
def test_any_results_of_drs_leave_an_answer_for_each_key(results: list[object]) -> None:
    keys = [JOB, TaskKey("other")]

    found = huawei_drs_answers.parse_results(results, keys)

    assert set(found) == set(keys)
    for one in found.values():
        check(one)


@given(payload=OBJECTS | JSON, status=st.integers(200, 599), kind=st.sampled_from(["application/json", "text/xml"]))
@settings(deadline=None, max_examples=60)
def test_any_answer_to_any_cloud_is_a_reading(payload: object, status: int, kind: str) -> None:
    content = msgspec.json.encode(payload)

    async def read_all() -> list[Reading]:
        found: list[Reading] = []
        for cloud in CLOUDS:
            asked = provider(cloud, lambda _: httpx.Response(status, content=content, headers={"Content-Type": kind}))
            found += (await asked.fetch([KEYS[cloud]])).values()
            name = await asked.describe(KEYS[cloud])
            assert name is None or (0 < len(name) <= 128 and name.isprintable())
        return found

    for found in asyncio.run(read_all()):
        check(found)


@given(body=st.binary(max_size=200))
def test_any_bytes_are_a_value_or_unexpected(body: bytes) -> None:
    answer = Answer(status=200, headers={}, body=body)

    try:
        answer.json()
    except UnexpectedResponse:
        assert answer.json_or_none() is None


@pytest.mark.parametrize("cloud", CLOUDS)
@given(typed=st.text(max_size=80) | st.text(alphabet="0123456789abcdefjbusmc-task/:.=?#[]% ", max_size=60))
@settings(deadline=None)
def test_any_text_is_a_key_of_one_spelling_or_invalid(cloud: str, typed: str) -> None:
    asked = provider(cloud, lambda _: httpx.Response(200))

    try:
        key = asked.parse_key(typed)
    except InvalidKey as refused:
        assert str(refused) == refused.flaw
        assert asked.parse_key(refused.example)
    else:
        assert asked.parse_key(key) == key
        assert key.isascii() and key.isprintable() and " " not in key
    asked.recognises(typed)


@given(value=JSON)
def test_readers_take_any_value(value: object) -> None:
    for found in (reading.percent(value), reading.clamped_percent(value), reading.number(value)):
        assert found is None or math.isfinite(found)
    assert reading.integer(value) is None or isinstance(reading.integer(value), int)
    assert reading.remaining(value) is None or isinstance(reading.remaining(value), int)
    assert len(reading.text(value, 20)) <= 20
    assert len(reading.label(value, 20)) <= 20
