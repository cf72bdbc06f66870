"""Whatever people do to tasks and whatever bytes callers send, a cloud keeps to its form."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.clouds import CloudsHalf, Refused
from tests.playground.clouds.callers import COPY, PLATFORM, PROJECT, Clock, Lab, Recorder

WORDS = ("queued", "running", "syncing", "paused", "succeeded", "failed", "stopped")
RAW = ("7", "BUSY", "ODD_FAILED", "PAUSING")
ODD_BODIES = (b"\xff\xfe", b"[" * 100_000, b'{"jobs":["\\ud800"]}', b"null", b"Action=%ff&PublicKey=%00")
ODD_SIGNATURE = (
    b"q-sign-algorithm=sha1&q-ak=PLAYGROUNDSECRETID&q-sign-time=1699999990;1700000600"
    b"&q-key-time=1699999990;1700000600&q-header-list=x-odd;host&q-url-param-list=a&q-signature=\xff"
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "percent": st.floats(0, 100),
        "speed": st.floats(0, 1000),
        "running": st.booleans(),
        "finish": st.sampled_from(["succeeded", "failed", "stopped"]),
        "state": st.sampled_from(WORDS + RAW),
        "message": st.sampled_from(["", "disk full", "<!channel>"]),
        "lag_seconds": st.floats(0, 1000),
    },
)


@given(
    st.sampled_from(list(CloudsHalf(Recorder(), Clock()).clouds)),
    st.lists(st.tuples(st.floats(0, 300), CHANGES), max_size=12),
    st.data(),
)
def test_no_history_breaks_what_the_page_shows(
    provider: str, history: list[tuple[float, dict[str, Any]]], data: st.DataObject
) -> None:
    clock = Clock()
    clouds = CloudsHalf(Recorder(), clock)
    profile = clouds.clouds[provider].profile
    scenario = data.draw(st.sampled_from(sorted(profile.scenarios)))
    mode = data.draw(st.sampled_from(sorted(profile.modes)))
    task = clouds.start(provider, scenario=scenario, mode=mode)

    for pause, changes in history:
        clock.at += pause
        before = clouds.view(task)
        try:
            clouds.set(task.id, **changes)
        except Refused:
            assert clouds.view(task) == before
        view = clouds.view(task)

        json.dumps(view, allow_nan=False)
        assert 0 <= view["percent"] <= 100  # type: ignore[operator]  # the view is JSON, so its values are objects
        assert view["terminal"] == (view["state"] in ("succeeded", "failed", "stopped"))
        assert ("resume" in task_actions(view)) != ("pause" in task_actions(view))
        if view["state"] == "succeeded":
            assert view["percent"] == 100
        if profile.numeric_states:
            assert str(view["raw_state"]).isdecimal() or view["raw_state"] == "null"


def task_actions(view: dict[str, object]) -> list[object]:
    actions = view["actions"]
    assert isinstance(actions, list)
    return actions


@pytest.mark.parametrize("body", ODD_BODIES)
@pytest.mark.parametrize(
    "path",
    [
        "/cloud/huawei-iam/v3/auth/tokens",
        f"/cloud/huawei-drs/v3/{PROJECT}/jobs/batch-progress",
        "/cloud/scloud-usmc/",
        "/cloud/pan123/api/v1/access_token",
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
async def test_odd_bodies_are_refused_and_never_an_accident(lab: Lab, path: str, kind: str, body: bytes) -> None:
    answer = await lab.client.post(path, data=body, headers=PLATFORM | {"Content-Type": kind})

    assert answer.status < 500


@pytest.mark.parametrize(
    "authorization",
    [
        ODD_SIGNATURE,
        b"SDK-HMAC-SHA256 Access=PLAYGROUNDACCESSKEY, SignedHeaders=host;x-odd;x-sdk-date, Signature=" + b"0" * 64,
        b"Bearer \xff\xfe",
        b"q-ak",
    ],
)
async def test_odd_headers_are_refused_and_never_an_accident(lab: Lab, authorization: bytes) -> None:
    headers = {
        **PLATFORM,
        "X-Sdk-Date": "20231114T221320Z",
        "X-Odd": b"\xff".decode("utf-8", "surrogateescape"),
        "Authorization": authorization.decode("utf-8", "surrogateescape"),
    }
    sent = b"".join(f"{name}: {value}\r\n".encode("utf-8", "surrogateescape") for name, value in headers.items())
    for path in ("/cloud/tencent-cos/b/t", "/cloud/huawei-iam/v3/projects?name=x", f"{COPY}/process?taskID=x"):
        status = await raw_status(lab, path, sent)

        assert 200 <= status < 500


async def raw_status(lab: Lab, path: str, headers: bytes) -> int:
    """Send bytes that a well-behaved client would not, and return the status."""
    reader, writer = await asyncio.open_connection(str(lab.client.host), lab.client.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {lab.host}\r\nConnection: close\r\n".encode() + headers + b"\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return int(answer.split(b" ")[1])
