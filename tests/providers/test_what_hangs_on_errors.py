"""What an error holds besides its name, the errors it came from included: nothing of the request, no secret."""

import traceback
from collections.abc import Callable, Iterator

import httpx
import pytest

from providers.base import AccessDenied, ProviderError, Unavailable, UnexpectedResponse
from providers.call import Auth, Call
from providers.http import Answer, ask, make_client
from tests.providers.accounts import client_of
from tests.providers.raw import ok, scripted
from tests.providers.test_calls_over_sockets import saying

SECRET = "an-example-of-a-secret"
HALF = "\ud800"
HEADERS = {"X-Auth-Token": SECRET}


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Give *error*, and all that it came from."""
    if error is not None:
        yield error
        yield from chain(error.__cause__)
        yield from chain(error.__context__)


def held_by(error: BaseException) -> str:
    """Return all text that hangs on *error*."""
    texts = traceback.format_exception(error)
    for each in chain(error):
        texts += [repr(each), repr(each.args), repr(vars(each)), repr(getattr(each, "object", ""))]
        if isinstance(each, httpx.RequestError):
            texts += [repr(list(each.request.headers.raw)), repr(each.request.content), str(each.request.url)]
    return " ".join(texts)


class Token:
    """Puts a token on a call."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def sign(self, call: Call) -> None:
        call.headers["x-auth-token"] = self._token


class Failing:
    """Cannot sign, and says why."""

    def __init__(self, problem: Exception) -> None:
        self._problem = problem

    async def sign(self, call: Call) -> None:
        raise self._problem


@pytest.mark.parametrize(
    ("headers", "form", "params", "auth"),
    [
        pytest.param({**HEADERS, "X": HALF}, None, None, None, id="a header"),
        pytest.param({**HEADERS, f"X{HALF}": "1"}, None, None, None, id="a header's name"),
        pytest.param({}, None, None, Token(f"{SECRET}{HALF}"), id="a token"),
        pytest.param(HEADERS, {"key": f"{SECRET}{HALF}"}, None, None, id="a form"),
        pytest.param(HEADERS, None, {"key": f"{SECRET}{HALF}"}, None, id="a query"),
    ],
)
async def test_half_a_character_in_a_request_is_told_without_the_request(
    headers: dict[str, str], form: dict[str, str] | None, params: dict[str, str] | None, auth: Auth | None
) -> None:
    async with scripted() as server, make_client(timeout=30) as client:
        with pytest.raises(AccessDenied) as met:
            await ask(client, "POST", server.url, headers=headers, form=form, params=params, auth=auth)

    assert SECRET not in held_by(met.value)
    assert list(chain(met.value)) == [met.value]
    assert server.peers == []


@pytest.mark.parametrize("problem", [ValueError(SECRET), UnicodeEncodeError("utf-8", SECRET, 0, 1, "odd")])
async def test_what_cannot_be_signed_is_told_without_what_was_to_be_signed(problem: Exception) -> None:
    async with scripted() as server, make_client(timeout=30) as client:
        with pytest.raises(ProviderError) as met:
            await ask(client, "GET", server.url, auth=Failing(problem))

    assert SECRET not in held_by(met.value)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: httpx.LocalProtocolError(f"Illegal header value {SECRET}"), AccessDenied),
        (lambda: httpx.InvalidURL(SECRET), AccessDenied),
        (lambda: httpx.ReadError("broken"), Unavailable),
        (lambda: RuntimeError(SECRET), Unavailable),
    ],
    ids=["header", "url", "network", "closed"],
)
async def test_errors_of_another_client_are_told_without_the_request(
    make: Callable[[], Exception], kind: type[ProviderError]
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise make()

    async with client_of(fail) as client:
        with pytest.raises(kind) as met:
            await ask(client, "GET", "https://example.com", headers=HEADERS)

    assert SECRET not in held_by(met.value)


@pytest.mark.parametrize("end", [b'\xff"}', b'\xc3"}', b'"', b'\\ud800"}'])
async def test_an_answer_that_cannot_be_read_is_told_without_its_text(end: bytes) -> None:
    async with (
        scripted(saying(ok(b'{"token": "' + SECRET.encode() + end))) as server,
        make_client(timeout=30) as client,
    ):
        answer: Answer = await ask(client, "GET", server.url)

    with pytest.raises(UnexpectedResponse) as met:
        answer.json()
    assert SECRET not in held_by(met.value)
