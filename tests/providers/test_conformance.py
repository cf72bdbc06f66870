"""What every cloud must do, whatever comes back: an answer per key, one of five errors, and no secret in any."""

import asyncio
import gzip
import json
import logging
import ssl
from collections.abc import AsyncIterator

import httpx
import pytest

from providers.auth.keeper import MemoryTokens
from providers.base import (
    AccessDenied,
    Likeness,
    ProviderError,
    RateLimited,
    Reading,
    TaskNotFound,
    TaskSnapshot,
    Unavailable,
    UnexpectedResponse,
)
from providers.bodies import MAX_BODY
from providers.registry import ACCOUNT_TYPES, TITLES, build
from tests.providers.accounts import CLOUDS, KEYS, Handler, provider, secrets, settings

pytestmark = pytest.mark.parametrize("cloud", CLOUDS)

NAMED = (Unavailable, RateLimited, AccessDenied, TaskNotFound, UnexpectedResponse)


async def reading(cloud: str, handler: Handler) -> Reading:
    """Read the one task of *cloud*, and check what holds for every reading."""
    key = KEYS[cloud]
    readings = await provider(cloud, handler).fetch([key])
    assert list(readings) == [key]
    found = readings[key]
    assert isinstance(found, (TaskSnapshot, *NAMED))
    assert not any(secret in str(found) + repr(found) for secret in secrets(cloud))
    if isinstance(found, ProviderError):
        assert str(found) == str(found.cause)
        assert "://" not in str(found)
    return found


async def error(cloud: str, handler: Handler) -> ProviderError:
    found = await reading(cloud, handler)
    assert isinstance(found, ProviderError)
    return found


def answering(status: int, content: bytes = b"", **headers: str) -> Handler:
    return lambda _: httpx.Response(status, headers=headers, content=content)


@pytest.mark.parametrize("status", [*range(300, 600), 600, 999])
async def test_every_status_without_a_body_is_one_of_the_five_errors(cloud: str, status: int) -> None:
    found = await error(cloud, answering(status))

    if status == 429:
        assert type(found) is RateLimited
    elif status in (401, 403):
        assert type(found) is AccessDenied
    elif status in (404, 410):
        assert type(found) is TaskNotFound
    elif status in (408, 425) or status >= 500:
        assert type(found) is Unavailable
    elif status < 400:
        assert type(found) is UnexpectedResponse


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_an_html_page_beside_a_server_error_is_an_outage(cloud: str, status: int) -> None:
    found = await error(
        cloud, answering(status, b"<html><body>Bad gateway</body></html>", **{"Content-Type": "text/html"})
    )

    assert type(found) is Unavailable


@pytest.mark.parametrize(
    "problem",
    [
        httpx.ConnectError("https://secret.example.com"),
        httpx.ConnectTimeout("late"),
        httpx.ReadTimeout("late"),
        httpx.WriteTimeout("late"),
        httpx.PoolTimeout("late"),
        httpx.TimeoutException("late"),
        httpx.ReadError("broken"),
        httpx.WriteError("broken"),
        httpx.CloseError("broken"),
        httpx.NetworkError("broken"),
        httpx.ProxyError("broken"),
        httpx.RemoteProtocolError("broken"),
        httpx.TooManyRedirects("many"),
        httpx.DecodingError("garbage"),
        httpx.StreamError("closed"),
        ConnectionResetError("broken"),
        ssl.SSLError("broken"),
        TimeoutError(),
        OSError("broken"),
        RuntimeError("Session is closed"),
    ],
    ids=lambda problem: type(problem).__name__,
)
async def test_every_network_error_is_an_outage(cloud: str, problem: Exception) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise problem

    found = await error(cloud, fail)

    assert type(found) is Unavailable


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (httpx.UnsupportedProtocol("ftp"), AccessDenied),
        (httpx.LocalProtocolError("header"), AccessDenied),
        (httpx.InvalidURL("url"), AccessDenied),
        (UnicodeError("idna"), AccessDenied),
        (ValueError("bytes"), UnexpectedResponse),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
async def test_every_other_error_of_the_libraries_has_a_name(
    cloud: str, problem: Exception, kind: type[ProviderError]
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise problem

    found = await reading(cloud, fail)

    assert type(found) is kind


WRONG = {
    "nothing": b"",
    "a page": b"<!DOCTYPE html><html><body>Please log in</body></html>",
    "half an object": b'{"code": 0, "RetCode": 0, "task_status": 0, "results": [{"job',
    "not a number": b'{"code": NaN, "RetCode": NaN, "task_status": NaN, "results": NaN}',
    "infinity": b'{"code": Infinity, "RetCode": -Infinity, "task_status": Infinity, "results": 1e999}',
    "no text": b"\xff\xfe\x00\x01",
    "half a character": b'{"message": "\\ud800"}',
    "null": b"null",
    "a number": b"17",
    "a text": b'"hello"',
    "a list": b"[]",
    "an empty object": b"{}",
    "a list of lists": b"[[[]]]",
    "something else": b'{"hello": "world"}',
    "very deep": b"[" * 100_000 + b"]" * 100_000,
    "a deep object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
}


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG.keys())
async def test_a_body_of_the_wrong_shape_is_unexpected(cloud: str, body: bytes) -> None:
    found = await reading(cloud, answering(200, body))

    assert type(found) is UnexpectedResponse


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize("status", [202, 400, 401, 403, 404, 422, 429, 500])
async def test_a_body_of_the_wrong_shape_never_escapes_beside_any_status(cloud: str, status: int, body: bytes) -> None:
    for kind in ("application/json", "application/xml", "text/html"):
        await error(cloud, answering(status, body, **{"Content-Type": kind}))


async def test_a_redirect_is_not_followed(cloud: str) -> None:
    asked: list[str] = []

    def redirect(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"Location": "https://elsewhere.example.com/"})

    found = await reading(cloud, redirect)

    assert type(found) is UnexpectedResponse
    assert "elsewhere.example.com" not in asked


class Stream(httpx.AsyncByteStream):
    """A body that counts how much of it was taken."""

    def __init__(self, chunk: bytes, size: int) -> None:
        self._chunk = chunk
        self._size = size
        self.taken = 0
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.taken < self._size:
            self.taken += len(self._chunk)
            yield self._chunk

    async def aclose(self) -> None:
        self.closed = True


async def test_a_body_of_64_megabytes_is_read_no_further_than_one(cloud: str) -> None:
    body = Stream(b" " * 65_536, 64 * MAX_BODY)

    found = await reading(cloud, lambda _: httpx.Response(200, stream=body))

    assert type(found) is UnexpectedResponse
    assert body.taken <= MAX_BODY + 65_536
    assert body.closed


async def test_a_gzip_bomb_is_unpacked_no_further_than_one_megabyte(cloud: str) -> None:
    bomb = gzip.compress(b" " * (64 * MAX_BODY))

    found = await reading(
        cloud, lambda _: httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Stream(bomb, len(bomb)))
    )

    assert type(found) is UnexpectedResponse


async def test_a_large_body_beside_an_outage_is_still_an_outage(cloud: str) -> None:
    found = await reading(cloud, lambda _: httpx.Response(503, stream=Stream(b" " * 65_536, 2 * MAX_BODY)))

    assert type(found) is Unavailable


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("1.5", 1.5),
        (" 30 ", 30.0),
        ("999999999", 3600.0),
        ("0", None),
        ("-5", None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ("٣", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", None),
        ("Fri, 31 Dec 2999 23:59:59 GMT", 3600.0),
        ("Fri, 31 Dec 2999 23:59:59 -0000", 3600.0),
        ("Fri, 99 Dec 2999 23:59:59 GMT", None),
        ("x" * 5000, None),
    ],
)
@pytest.mark.parametrize(("status", "kind"), [(429, RateLimited), (503, Unavailable)])
async def test_retry_after_is_read_in_both_forms(
    cloud: str, status: int, kind: type[ProviderError], value: str, seconds: float | None
) -> None:
    found = await error(cloud, lambda _: httpx.Response(status, headers=[(b"Retry-After", value.encode())]))

    assert type(found) is kind
    assert found.retry_after == seconds


@pytest.mark.parametrize("status", [200, 202, 400, 401, 403, 404, 429, 500])
async def test_a_cloud_that_repeats_what_it_was_sent_gives_no_secret_away(
    cloud: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sent: list[str] = []

    def echo(request: httpx.Request) -> httpx.Response:
        said = f"{dict(request.headers)} {request.content.decode()} {request.url} {' '.join(secrets(cloud))}"
        sent.append(request.headers.get("Authorization", "").rpartition("ignature=")[2])
        body = {
            "code": said, "message": said, "error_code": said[:300], "error_msg": said, "RetCode": 999, "Message": said,
            "Code": said, "task_status": said, "status": said, "x-traceID": "".join(secrets(cloud)),
        }  # fmt: skip
        return httpx.Response(status, json=body)

    found = await reading(cloud, echo)

    shown = str(found) + repr(found) + getattr(found, "code", "") + getattr(found, "request_id", "")
    assert not any(secret in shown + caplog.text for secret in secrets(cloud))
    assert not any(signature and signature in shown for signature in sent)


async def test_a_snapshot_gives_no_secret_away(cloud: str) -> None:
    said = " ".join(secrets(cloud))
    bodies: dict[str, object] = {
        "tencent-cos": {"code": 0, "data": {"status": said, "msg": said, "code": said}},
        "huawei-codearts": {"task_status": said, "progress": {"info": said}},
        "huawei-drs": {"results": [{"job_id": KEYS["huawei-drs"], "transfer_status": said, "error_msg": said}]},
        "scloud-usmc": {"RetCode": 0, "Data": {"State": said, "FailedMessage": said}},
        "pan123": {"code": 0, "data": {"status": said, "failMsg": said}},
    }

    found = await reading(cloud, lambda _: httpx.Response(200, json=bodies[cloud]))

    assert isinstance(found, TaskSnapshot)
    assert "[hidden]" in found.message


async def test_a_cancelled_reading_is_cancelled(cloud: str) -> None:
    reached = asyncio.Event()

    async def wait(_: httpx.Request) -> httpx.Response:
        reached.set()
        await asyncio.Event().wait()
        return httpx.Response(200)

    client = httpx.AsyncClient(transport=httpx.MockTransport(wait))
    reader = asyncio.ensure_future(_fetch_with(cloud, client))
    await reached.wait()
    reader.cancel()

    with pytest.raises(asyncio.CancelledError):
        await reader
    # What fetches a token on behalf of all outlives one caller; it ends with the loop, or here.
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
        await asyncio.wait([task])


async def _fetch_with(cloud: str, client: httpx.AsyncClient) -> object:
    asked = build("a", settings(cloud), client, tokens=MemoryTokens(), on_secret=lambda _: None)
    return await asked.fetch([KEYS[cloud]])


async def test_no_keys_are_no_request(cloud: str) -> None:
    asked: list[object] = []

    def count(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    readings = await provider(cloud, count).fetch([])

    assert readings == {}
    assert asked == []


async def test_a_key_that_is_asked_twice_is_read_once(cloud: str) -> None:
    asked: list[object] = []

    def count(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(503)

    readings = await provider(cloud, count).fetch([KEYS[cloud], KEYS[cloud]])

    assert len(readings) == 1
    assert len(asked) == 1


@pytest.mark.parametrize("status", [200, 401, 404, 500])
@pytest.mark.parametrize("body", [*WRONG.values(), json.dumps({"results": [1, {}, {"id": 3}]}).encode()])
async def test_trouble_with_a_name_is_no_name(cloud: str, status: int, body: bytes) -> None:
    assert await provider(cloud, answering(status, body)).describe(KEYS[cloud]) is None


async def test_a_name_that_cannot_be_asked_for_is_no_name(cloud: str) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down")

    assert await provider(cloud, fail).describe(KEYS[cloud]) is None


async def test_a_key_has_one_spelling_and_is_recognised(cloud: str) -> None:
    asked = provider(cloud, answering(200))

    assert asked.parse_key(f"  {KEYS[cloud]}\n") == KEYS[cloud]
    assert asked.parse_key(asked.parse_key(KEYS[cloud])) == KEYS[cloud]
    assert asked.recognises(KEYS[cloud]) is (Likeness.POSSIBLE if cloud == "huawei-codearts" else Likeness.CERTAIN)


PARTS = {
    "tencent-cos": "NThhNWFkM2VfOGVmYTUwXzRkYjFfMw==",
    "huawei-codearts": f"https://devcloud.cn-east-3.huaweicloud.com/codecheck/project/{'a' * 32}"
    f"/codecheck/task/{'b' * 32}/detail?region=cn-east-3",
    "huawei-drs": "https://console.huaweicloud.com/drs/?region=cn-east-3#/drs/migrate/list",
    "scloud-usmc": "usmc-task-ba797218",
}


async def test_a_key_of_another_cloud_and_a_part_of_one_are_not_recognised(cloud: str) -> None:
    asked = provider(cloud, answering(200))

    others = [asked.recognises(key) for keys in (KEYS, PARTS) for other, key in keys.items() if other != cloud]

    assert set(others) == {Likeness.NO}


async def test_a_console_link_is_https_or_nothing(cloud: str) -> None:
    link = provider(cloud, answering(200)).console_url(KEYS[cloud])

    assert link is None or link.startswith("https://")


async def test_the_registry_knows_the_cloud(cloud: str) -> None:
    asked = provider(cloud, answering(200))

    assert asked.name == cloud
    assert asked.batch_size == (10 if cloud == "huawei-drs" else 1)
    assert (asked.calls_per_second, asked.calls_at_once) == ((1.0, 1) if cloud == "pan123" else (10.0, 8))
    assert set(ACCOUNT_TYPES) == set(TITLES) == set(CLOUDS)
