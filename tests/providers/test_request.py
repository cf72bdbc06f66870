"""The bytes of a request: nothing becomes a second one."""

import pytest

from providers.base import AccessDenied
from providers.call import Call
from providers.http import ask, make_client
from providers.reasons import Reason
from providers.request import request_of
from tests.providers.raw import scripted


def call(
    method: str = "GET", url: str = "https://h/x", content: bytes = b"", headers: dict[str, str] | None = None
) -> Call:
    return Call(method=method, url=url, headers=headers or {}, content=content)


def test_a_request_is_its_line_its_headers_and_its_body() -> None:
    assert (
        request_of(call(url="https://h/a%2Fb?c=d", headers={"host": "h"}))
        == b"GET /a%2Fb?c=d HTTP/1.1\r\nhost: h\r\n\r\n"
    )
    assert request_of(call("POST", content=b"{}")) == b"POST /x HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}"
    assert request_of(call("POST")) == b"POST /x HTTP/1.1\r\ncontent-length: 0\r\n\r\n"
    assert request_of(call(url="https://h?a=b")) == b"GET /?a=b HTTP/1.1\r\n\r\n"


def test_a_body_may_hold_what_a_header_may_not() -> None:
    assert request_of(call("POST", content=b"\r\n\0")).endswith(b"\r\n\r\n\r\n\0")


ODD = ["\r\nx: y", "\n", "\r", "\0", "\n\r", "a\r\n\r\nGET / HTTP/1.1"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("where", ["method", "url", "value", "name"])
def test_the_end_of_a_line_cannot_be_sent(where: str, odd: str) -> None:
    spoilt = {
        "method": call(method=f"GET{odd}"),
        "url": call(url=f"https://h/x{odd}"),
        "value": call(headers={"x": f"a{odd}b"}),
        "name": call(headers={f"a{odd}b": "c"}),
    }

    with pytest.raises(AccessDenied, match=Reason.CANNOT_BE_MADE):
        request_of(spoilt[where])


@pytest.mark.parametrize(
    "url",
    [
        "https://h/a b",
        "https://h/中",
        "https://h/a#b",
        "https://h/a\x7f",
        "h/x",
        "",
        "ftp://h/",
        "https://",
        "https://h:0/",
        "https://h:65536/",
        "https://h:99999999999999999999/",
        "https://h:x/",
        "https://user@h/",
        "https://h h/",
        "https://[::1/",
        "https://[h]/",
        "https://h\\x/",
    ],
)
def test_what_is_no_address_is_not_called(url: str) -> None:
    with pytest.raises(AccessDenied, match=Reason.CANNOT_BE_MADE):
        request_of(call(url=url))


@pytest.mark.parametrize("headers", [{"X": "a\r\nb"}, {"X": "\ud800"}])
async def test_of_a_request_that_cannot_be_made_nothing_is_sent(headers: dict[str, str]) -> None:
    async with scripted() as server, make_client(timeout=30) as client:
        with pytest.raises(AccessDenied, match=Reason.CANNOT_BE_MADE):
            await ask(client, "GET", server.url, headers=headers)

    assert server.peers == []
