"""A key that nobody knows to be good is tried by one call at a time, for all accounts that share it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import httpx
import pytest
from pydantic import SecretStr

from providers.auth.huawei_gate import LOCK_SECONDS, GatedCalls, Gates, Verdict
from providers.auth.keeper import MemoryTokens
from providers.base import (
    AccessDenied,
    Provider,
    ProviderError,
    RateLimited,
    Reading,
    TaskSnapshot,
    Unavailable,
)
from providers.http import Answer
from providers.huawei import verdict_on_signature
from providers.registry import build
from tests.providers.accounts import KEYS, client_of, settings

DRS, CODEARTS = "huawei-drs", "huawei-codearts"
LOGIN: Mapping[str, str | None] = {**dict.fromkeys(("username", "password", "domain")), "access_key": "AK-OF-BOTH"}


class Cloud:
    """Checks signatures by their secret's account alone: each call is answered as the test says."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self.answer = answer
        self.calls = 0
        self.at_once = 0
        self.most_at_once = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        # Whoever would be let through meanwhile is let through now.
        for _ in range(20):
            await asyncio.sleep(0)
        self.at_once -= 1
        return self.answer(request)

    def accounts(self, *secrets: str) -> list[Provider]:
        client = client_of(self)
        kinds = [DRS, CODEARTS, DRS]
        return [
            build(
                f"account-{place}",
                settings(kinds[place], **LOGIN, secret_key=secret),
                client,
                tokens=MemoryTokens(),
                on_secret=lambda _: None,
            )
            for place, secret in enumerate(secrets)
        ]


def refused(_: httpx.Request) -> httpx.Response:
    said = "Incorrect IAM authentication information: get secret key by access key fail"
    return httpx.Response(401, json={"error_code": "APIGW.0301", "error_msg": said})


def taken(_: httpx.Request) -> httpx.Response:
    jobs = [{"job_id": KEYS[DRS], "transfer_status": "CREATING"}]
    return httpx.Response(200, json={"task_status": 0, "results": jobs})


async def burst(*accounts: Provider, times: int = 10) -> list[Reading]:
    found = await asyncio.gather(*(asked.fetch([KEYS[asked.name]]) for _ in range(times) for asked in accounts))
    return [reading for readings in found for reading in readings.values()]


@pytest.mark.parametrize("secrets", [("wrong", "wrong"), ("wrong", "wrong-too")])
async def test_a_burst_of_two_accounts_with_one_key_makes_one_bad_call(secrets: tuple[str, str]) -> None:
    cloud = Cloud(refused)
    accounts = cloud.accounts(*secrets)

    first = await burst(*accounts)
    again = await burst(*accounts)

    assert {type(reading) for reading in first + again} == {AccessDenied}
    assert cloud.calls == 1
    held = [reading for reading in again if isinstance(reading, AccessDenied)]
    assert all(reading.retry_after is not None and 0 < reading.retry_after <= LOCK_SECONDS for reading in held)


async def test_a_name_that_is_asked_for_beside_a_reading_is_no_second_bad_call() -> None:
    cloud = Cloud(refused)
    (asked,) = cloud.accounts("wrong")

    await asyncio.gather(asked.fetch([KEYS[DRS]]), asked.describe(KEYS[DRS]))

    assert cloud.calls == 1


async def test_calls_with_a_good_key_wait_for_the_first_one_alone() -> None:
    cloud = Cloud(taken)
    accounts = cloud.accounts("right")

    readings = await burst(*accounts)

    assert {type(reading) for reading in readings} == {TaskSnapshot}
    assert cloud.calls == 10
    assert cloud.most_at_once == 9


async def test_accounts_of_different_clients_know_nothing_of_each_other() -> None:
    cloud = Cloud(refused)

    await burst(*cloud.accounts("wrong"))
    await burst(*cloud.accounts("wrong"))

    assert cloud.calls == 2


async def test_a_cloud_that_is_down_is_told_to_all_who_waited() -> None:
    cloud = Cloud(lambda _: httpx.Response(503, headers={"X-Request-Id": "r1"}))
    accounts = cloud.accounts("right")

    readings = await burst(*accounts)

    assert {type(reading) for reading in readings} == {Unavailable}
    assert {getattr(reading, "request_id", None) for reading in readings} == {"r1"}
    assert len({id(reading) for reading in readings}) == 10
    assert cloud.calls == 1


async def test_a_network_that_is_down_is_told_to_all_who_waited() -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down")

    cloud = Cloud(fail)

    readings = await burst(*cloud.accounts("right"))

    assert {type(reading) for reading in readings} == {Unavailable}
    assert cloud.calls == 1


async def test_one_cloud_that_is_down_does_not_stop_another_with_the_same_key() -> None:
    cloud = Cloud(lambda request: httpx.Response(503) if "drs." in request.url.host else taken(request))
    accounts = cloud.accounts("right", "right")

    readings = await burst(*accounts)

    assert {type(reading) for reading in readings[1::2]} == {TaskSnapshot}
    assert {type(reading) for reading in readings[::2]} == {Unavailable}


async def test_what_is_unclear_lets_the_next_one_find_out() -> None:
    cloud = Cloud(lambda _: httpx.Response(404))

    await burst(*cloud.accounts("right"))

    assert (cloud.calls, cloud.most_at_once) == (10, 1)


class Calls:
    """Calls with one secret, whose answers and time the test sets."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        self.gates = Gates(lambda: self.now)
        self.sent = 0

    def of(self, secret: str) -> GatedCalls:
        return GatedCalls(self.gates.of("AK"), SecretStr(secret), judge=verdict_on_signature)

    def answering(self, status: int) -> Callable[[], Awaitable[Answer]]:
        async def send() -> Answer:
            self.sent += 1
            await asyncio.sleep(0)
            return Answer(status=status, headers={}, body=b"{}")

        return send


async def test_a_hold_ends_when_a_lock_would_and_then_one_call_finds_out() -> None:
    world = Calls()
    calls = world.of("secret")
    await calls.ask(world.answering(200))
    await calls.ask(world.answering(401))

    with pytest.raises(AccessDenied) as held:
        await calls.ask(world.answering(200))
    world.now += LOCK_SECONDS
    burst = await asyncio.gather(*(calls.ask(world.answering(401)) for _ in range(5)), return_exceptions=True)

    assert held.value.retry_after == LOCK_SECONDS
    assert [type(outcome) for outcome in burst] == [Answer, *[AccessDenied] * 4]
    assert world.sent == 3


async def test_a_clock_that_jumps_back_does_not_hold_a_key_for_longer() -> None:
    world = Calls()
    calls = world.of("secret")
    await calls.ask(world.answering(401))
    world.now -= 86_400

    assert (await calls.ask(world.answering(200))).status == 200


async def test_a_mistyped_secret_stops_no_account_whose_secret_is_known_to_be_right() -> None:
    world = Calls()
    right, wrong = world.of("right"), world.of("wrong")
    await right.ask(world.answering(200))
    await wrong.ask(world.answering(401))

    assert (await right.ask(world.answering(200))).status == 200
    with pytest.raises(AccessDenied):
        await wrong.ask(world.answering(200))


async def test_an_acceptance_from_before_a_refusal_opens_nothing() -> None:
    world = Calls()
    calls = world.of("secret")
    await calls.ask(world.answering(200))
    slow = asyncio.Event()

    async def late() -> Answer:
        await slow.wait()
        return Answer(status=200, headers={}, body=b"{}")

    waiting = asyncio.ensure_future(calls.ask(late))
    await asyncio.sleep(0)
    await calls.ask(world.answering(401))
    slow.set()
    await waiting

    with pytest.raises(AccessDenied):
        await calls.ask(world.answering(200))


async def test_a_first_call_that_is_given_up_leaves_its_place_to_the_next() -> None:
    world = Calls()
    calls = world.of("secret")
    started = asyncio.Event()

    async def never() -> Answer:
        started.set()
        await asyncio.Event().wait()
        return Answer(status=200, headers={}, body=b"")

    first = asyncio.ensure_future(calls.ask(never))
    await started.wait()
    second = asyncio.ensure_future(calls.ask(world.answering(200)))
    first.cancel()

    assert (await second).status == 200
    assert first.cancelled()


async def test_throttling_before_the_check_is_told_to_all_who_waited() -> None:
    world = Calls()
    calls = world.of("secret")

    outcomes = await asyncio.gather(*(calls.ask(world.answering(429)) for _ in range(3)), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [Answer, RateLimited, RateLimited]
    assert all(isinstance(outcome, ProviderError) for outcome in outcomes[1:])


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, b"{}", Verdict.ACCEPTED),
        (404, b'{"error_code": "DRS.M05003"}', Verdict.ACCEPTED),
        (401, b'{"error_code": "CC.00000003"}', Verdict.ACCEPTED),
        (401, b'{"error_code": "APIGW.0301", "error_msg": "token expires"}', Verdict.REFUSED),
        (403, b'{"error_code": "APIG.0301", "error_msg": "anything"}', Verdict.REFUSED),
        (403, b'{"error_code": "APIGW.0307"}', Verdict.REFUSED),
        (401, b"<html>", Verdict.REFUSED),
        (200, b"<html>", Verdict.UNCLEAR),
        (200, b'{"error_code": "APIGW.0308"}', Verdict.UNCLEAR),
        (403, b"", Verdict.UNCLEAR),
        (503, b"", Verdict.UNCLEAR),
    ],
)
def test_an_answer_tells_about_the_signature_or_not(status: int, body: bytes, verdict: Verdict) -> None:
    assert verdict_on_signature(Answer(status=status, headers={}, body=body)) is verdict
