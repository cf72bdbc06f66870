import base64
import re
import xml.etree.ElementTree as ET

import pytest

from tests.playground.clouds.callers import Lab, of, without


async def test_a_running_task_is_answered_in_the_recorded_shape(lab: Lab) -> None:
    task = lab.clouds.start("tencent-cos", percent=12.9, speed=0)

    answer = await lab.cos(task.key)

    body = await of(answer)
    assert answer.status == 200
    assert answer.headers["x-cos-request-id"] == body["request_id"]
    assert without(body, "request_id") == {
        "code": 0,
        "message": "SUCCESS",
        "data": {"percent": 12, "status": "TASK_DOING"},
    }


async def test_a_failed_task_says_why_in_a_successful_answer(lab: Lab) -> None:
    task = lab.clouds.start("tencent-cos", speed=0)
    lab.clouds.set(task.id, finish="failed")

    answer = await lab.cos(task.key)

    assert answer.status == 200
    assert (await of(answer))["data"] == {
        "code": "Forbidden",
        "msg": "The specified download can not be allowed.",
        "percent": 0,
        "status": "TASK_FAILED",
    }


async def test_a_finished_task_is_a_success_at_100(lab: Lab) -> None:
    task = lab.clouds.start("tencent-cos", speed=10)
    lab.clock.at += 10

    body = await of(await lab.cos(task.key))

    assert body["data"] == {"percent": 100, "status": "TASK_SUCCESS"}


def test_a_task_id_is_base64_of_time_and_hex(lab: Lab) -> None:
    keys = [lab.clouds.start("tencent-cos").key for _ in range(50)]

    assert len(set(keys)) == 50
    for key in keys:
        bucket, _, task = key.partition("/")
        assert bucket == "playground-1250000000"
        assert re.fullmatch(r"[A-Za-z0-9+/]{24,}={0,2}", task)
        decoded = base64.b64decode(task, validate=True).decode()
        assert re.fullmatch(r"6553f100_[0-9a-f]+_[0-9a-f]+_[0-9a-f]+", decoded)


NOW = 1_700_000_000


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        pytest.param({"secret_key": "wrong"}, 403, "SignatureDoesNotMatch", id="another secret"),
        pytest.param({"secret_id": "NOBODY"}, 403, "InvalidAccessKeyId", id="unknown key"),
        pytest.param({"signed_key": "playground-1250000000/other"}, 403, "SignatureDoesNotMatch", id="another path"),
        pytest.param({"host": "example.com"}, 403, "SignatureDoesNotMatch", id="another host"),
        pytest.param({"period": f"{NOW - 700};{NOW - 1}"}, 403, "ExpiredToken", id="just over"),
        pytest.param({"period": f"{NOW - 1000};{NOW - 400}"}, 403, "RequestTimeTooSkewed", id="a clock far behind"),
        pytest.param({"period": f"{NOW + 901};{NOW + 1600}"}, 403, "RequestTimeTooSkewed", id="a clock far ahead"),
        pytest.param({"period": "soon"}, 403, "AccessDenied", id="no time at all"),
    ],
)
async def test_a_wrong_signature_is_refused_by_name_in_xml(
    lab: Lab, how: dict[str, str], status: int, code: str
) -> None:
    task = lab.clouds.start("tencent-cos")

    answer = await lab.cos(task.key, **how)

    assert (answer.status, answer.content_type) == (status, "application/xml")
    error = ET.fromstring(await answer.text())
    assert error.tag == "Error"
    assert [child.tag for child in error] == ["Code", "Message", "Resource", "RequestId", "TraceId"]
    assert error.findtext("Code") == code


async def test_a_clock_a_little_off_is_accepted(lab: Lab) -> None:
    task = lab.clouds.start("tencent-cos")

    ahead = await lab.cos(task.key, period=f"{NOW + 890};{NOW + 1500}")
    behind = await lab.cos(task.key, period=f"{NOW - 890};{NOW}")

    assert (ahead.status, behind.status) == (200, 200)


async def test_the_host_may_be_signed_with_its_port(lab: Lab) -> None:
    task = lab.clouds.start("tencent-cos")

    answer = await lab.cos(task.key, host=lab.host)

    assert answer.status == 200


async def test_a_call_without_a_signature_is_denied(lab: Lab) -> None:
    task = lab.clouds.start("tencent-cos")

    answer = await lab.client.get(f"/cloud/tencent-cos/{task.key}")

    assert answer.status == 403
    assert "<Code>AccessDenied</Code>" in await answer.text()


@pytest.mark.parametrize(
    ("key", "code"), [("playground-1250000000/bm90aGluZw==", "NoSuchTask"), ("other-125/bm90aGluZw==", "NoSuchBucket")]
)
async def test_what_does_not_exist_is_404(lab: Lab, key: str, code: str) -> None:
    answer = await lab.cos(key)

    assert answer.status == 404
    assert f"<Code>{code}</Code>" in await answer.text()
