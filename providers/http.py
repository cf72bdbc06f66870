"""One way to ask a cloud: bounded in time and size, and failing only in the ways that ``base`` names."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx
import msgspec

from providers.base import (
    AccessDenied,
    ProviderError,
    RateLimited,
    TaskNotFound,
    Unavailable,
    UnexpectedResponse,
)
from providers.bodies import MAX_BODY, read_body
from providers.call import Auth, Call, with_params
from providers.reading import request_id
from providers.reasons import Cause, Reason
from providers.wire import Wire

__all__ = ["MAX_BODY", "Answer", "ask", "from_status", "make_client", "retry_after", "traced"]

LONGEST_RETRY_AFTER = 3600.0

_ALWAYS = {"user-agent": "milepost", "accept": "application/json", "accept-encoding": "identity"}

# Where clouds put what their support asks for: Huawei Cloud, UCloud, Tencent COS; 123pan has it in the body alone.
_ID_HEADERS = ("x-request-id", "x-ucloud-request-uuid", "x-cos-request-id")
_ID_MEMBERS = ("x-traceID", "request_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: any status, and a body that was read within bounds."""

    status: int
    headers: Mapping[str, str]
    """Of repeated ones the first."""
    body: bytes
    flaw: str = ""
    """The Reason why ``body`` is empty although there was one; empty where all is well."""

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    def json(self) -> object:
        """Return the decoded body; raise UnexpectedResponse where it is none, or is too deep."""
        if self.flaw:
            raise UnexpectedResponse(Reason(self.flaw))
        try:
            decoded: object = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            # Raised below: the error of a text that is none holds the text, which may be a token.
            pass
        else:
            return decoded
        raise UnexpectedResponse(Reason.NOT_JSON)

    def json_or_none(self) -> object:
        """Return the decoded body, or None where the status must speak for itself."""
        try:
            return self.json()
        except UnexpectedResponse:
            return None


class traced:  # noqa: N801 -- used as a word in front of a block
    """Give an error that is raised inside the id by which the cloud's support finds *answer*."""

    __slots__ = ("_answer",)

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, trouble: BaseException | None, traceback: object) -> None:
        if isinstance(trouble, ProviderError):
            trouble.request_id = request_id_of(self._answer)


def request_id_of(answer: Answer) -> str:
    """Return the id that the cloud gave the request, empty where it gave none."""
    told: list[object] = [answer.headers.get(name) for name in _ID_HEADERS]
    body = answer.json_or_none()
    if isinstance(body, dict):
        told += [body.get(name) for name in _ID_MEMBERS]
    return next(filter(None, map(request_id, told)), "")


def make_client(*, timeout: float, limit: int = 200, limit_per_host: int = 0) -> Wire:
    """Return the one client of the process; *timeout* bounds each whole call, and closing it closes all.

    How many calls go to one cloud is for whoever calls to bound.
    """
    return Wire(timeout=timeout, limit=limit, limit_per_host=limit_per_host)


async def ask(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    form: Mapping[str, str] | None = None,
    auth: Auth | None = None,
) -> Answer:
    """Send one request and return the answer, whatever its status; raise a ProviderError where none came.

    On such an error hangs nothing that a library says of the request.
    """
    try:
        # httpx bounds each read; only a deadline over all of it stops a body that drips.
        async with client.deadlines.one() if isinstance(client, Wire) else asyncio.timeout(client.timeout.read):
            call = _call(method, with_params(url, params), headers or {}, content, form)
            if auth is not None:
                await auth.sign(call)
            if isinstance(client, Wire):
                status, answered, body, flaw = await client.exchange(call)
            else:
                status, answered, body, flaw = await _by_httpx(client, call)
            return Answer(status=status, headers=answered, body=body, flaw=flaw)
    except ProviderError:
        raise
    except OSError as problem:
        raise Unavailable(_reason(problem)) from problem
    except UnicodeError:
        # Half a character cannot be sent.
        trouble: ProviderError = AccessDenied(Reason.CANNOT_BE_MADE)
    except ValueError:
        trouble = UnexpectedResponse(Reason.NOT_HTTP)
    # Not where it was met: those errors hold what could not be sent, keys included, and would be this one's context.
    raise trouble


def _call(
    method: str, url: str, headers: Mapping[str, str], content: bytes | None, form: Mapping[str, str] | None
) -> Call:
    call = Call(
        method=method,
        url=url,
        headers=_ALWAYS.copy(),
        content=content or b"",
        form=dict(form) if form is not None else None,
    )
    for name, value in headers.items():
        call.headers[name.lower()] = value
    call.headers["host"] = call.origin.place
    if form is not None:
        call.headers["content-type"] = "application/x-www-form-urlencoded"
    return call


async def _by_httpx(client: httpx.AsyncClient, call: Call) -> tuple[int, Mapping[str, str], bytes, str]:
    """Send by a client of any kind, such as one over a transport that a test wrote."""
    try:
        request = client.build_request(call.method, call.url, headers=call.headers, content=call.body() or None)
        response = await client.send(request, auth=httpx.Auth(), stream=True, follow_redirects=False)
        try:
            body, flaw = await read_body(response)
        finally:
            await response.aclose()
        return response.status_code, response.headers, body, flaw
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError):
        trouble: ProviderError = AccessDenied(Reason.CANNOT_BE_MADE)
    except (httpx.HTTPError, httpx.StreamError) as problem:
        trouble = Unavailable(_reason(problem))
    except RuntimeError:
        # httpx says so of a client that was closed.
        trouble = Unavailable(Reason.CLOSED_HERE)
    # Its errors hold the request.
    raise trouble


def _reason(problem: Exception) -> Reason:
    """Name the trouble without its text, in which a URL may stand."""
    if isinstance(problem, TimeoutError | httpx.TimeoutException):
        return Reason.NO_ANSWER_IN_TIME
    if isinstance(problem, httpx.ConnectError):
        return Reason.UNREACHABLE
    return Reason.BROKEN_CONNECTION


def from_status(answer: Answer, *, code: str = "", said: str = "") -> ProviderError:
    """Return what a status means where the cloud's own tables say nothing; *said* is the cloud's explanation."""
    status = answer.status

    def cause(reason: Reason) -> Cause:
        return Cause(reason, status=status, code=code, said=said)

    if status == 429:
        return RateLimited(cause(Reason.THROTTLED), retry_after=retry_after(answer))
    if status in (401, 403, 407):
        return AccessDenied(cause(Reason.CREDENTIALS_REFUSED))
    if status in (404, 410):
        return TaskNotFound(cause(Reason.TASK_UNKNOWN))
    if status in (408, 425) or status >= 500:
        return Unavailable(cause(Reason.IN_TROUBLE), retry_after=retry_after(answer))
    if 300 <= status < 400:
        return UnexpectedResponse(cause(Reason.REDIRECT))
    return UnexpectedResponse(cause(Reason.UNDOCUMENTED_ANSWER))


def retry_after(answer: Answer, *, now: Callable[[], float] = time.time) -> float | None:
    """Return the seconds that Retry-After asks for, at most an hour; nonsense and the past are None.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    value = answer.headers.get("retry-after", "").strip()[:64]
    if not value:
        return None
    if value.isascii() and value.replace(".", "", 1).isdigit():
        seconds = float(value)
    else:
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
        # "-0000" gives a naive time; the header's zone is GMT by definition.
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = aware.timestamp() - now()
    return min(seconds, LONGEST_RETRY_AFTER) if seconds > 0 else None
