"""A token is shared, renewed in time and once, and a refusal is not asked for again and again."""

import asyncio
import json
import os
import stat
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType

import httpx
import pytest
from pydantic import SecretStr

from providers.auth import huawei_token, pan123
from providers.auth.keeper import Fetch, FileTokens, KeeperAway, MemoryTokens, Take, Token, TokenKeeper
from providers.auth.tokens import COOL_DOWN, FixedToken, RenewedToken, token
from providers.base import (
    AccessDenied,
    Provider,
    ProviderError,
    RateLimited,
    TaskSnapshot,
    Unavailable,
    UnexpectedResponse,
)
from providers.http import Answer
from providers.reasons import Cause, Reason
from providers.registry import ACCOUNT_TYPES, build
from tests.providers.accounts import KEYS, Handler, SlowHandler, client_of

START = 1_700_000_000.0
DAY = 86_400.0
TOKEN_PATHS = ("/v3/auth/tokens", "/access_token")


class Issuer:
    """Gives out tokens ``t1``, ``t2`` … that hold for a day, unless told to fail."""

    def __init__(self) -> None:
        self.now = START
        self.calls = 0
        self.trouble: ProviderError | None = None
        self.gate: asyncio.Event | None = None
        self.started = asyncio.Event()
        self.heard: list[str] = []

    async def fetch(self) -> Token:
        self.calls += 1
        self.started.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.trouble is not None:
            raise self.trouble
        return token(f"t{self.calls}", ends_at=self.now + DAY, early=1800, now=self.now)

    def source(self, keeper: TokenKeeper | None = None) -> RenewedToken:
        return RenewedToken(self.fetch, account="a", keeper=keeper, on_secret=self.heard.append, now=lambda: self.now)


async def test_fifty_calls_share_one_renewal() -> None:
    issuer = Issuer()
    source = issuer.source()

    tokens = await asyncio.gather(*(source.get() for _ in range(50)))

    assert set(tokens) == {"t1"}
    assert issuer.calls == 1
    assert issuer.heard == ["t1"]


async def test_fifty_calls_share_one_refusal() -> None:
    issuer = Issuer()
    issuer.trouble = Unavailable(Reason.UNREACHABLE)
    source = issuer.source()

    answers = await asyncio.gather(*(source.get() for _ in range(50)), return_exceptions=True)

    assert {type(answer) for answer in answers} == {Unavailable}
    assert issuer.calls == 1


async def test_a_token_is_renewed_before_its_end_and_not_sooner() -> None:
    issuer = Issuer()
    source = issuer.source()

    first = await source.get()
    issuer.now += DAY - 1801
    second = await source.get()
    issuer.now += 2
    third = await source.get()

    assert (first, second, third) == ("t1", "t1", "t2")


async def test_an_early_renewal_that_fails_leaves_the_old_token_in_use() -> None:
    issuer = Issuer()
    source = issuer.source()
    await source.get()
    issuer.now += DAY - 1000
    issuer.trouble = AccessDenied(Reason.CLIENT_REFUSED)

    old = await source.get()
    again = await source.get()

    assert (old, again) == ("t1", "t1")
    assert issuer.calls == 2


async def test_a_token_that_ended_is_not_used_where_none_can_be_had() -> None:
    issuer = Issuer()
    source = issuer.source()
    await source.get()
    issuer.now += DAY + 1
    issuer.trouble = Unavailable(Reason.UNREACHABLE)

    with pytest.raises(Unavailable):
        await source.get()


@pytest.mark.parametrize(
    ("trouble", "hold"),
    [
        pytest.param(
            AccessDenied(Cause(Reason.CLIENT_REFUSED, code="401")),
            COOL_DOWN,
            id="refused: the account may be locked next",
        ),
        pytest.param(AccessDenied(Reason.CLIENT_REFUSED, retry_after=900), 900, id="refused for longer"),
        pytest.param(RateLimited(Reason.THROTTLED), 30, id="throttled"),
        pytest.param(RateLimited(Reason.THROTTLED, retry_after=120), 120, id="throttled for longer"),
        pytest.param(UnexpectedResponse(Reason.NOT_JSON), 60, id="unreadable: a token may have been made"),
        pytest.param(Unavailable(Reason.UNREACHABLE), 5, id="down"),
    ],
)
async def test_a_failed_renewal_is_answered_without_a_call_for_a_while(trouble: ProviderError, hold: float) -> None:
    issuer = Issuer()
    issuer.trouble = trouble
    source = issuer.source()
    with pytest.raises(ProviderError):
        await source.get()

    issuer.now += hold - 1
    with pytest.raises(type(trouble)) as held:
        await source.get()
    issuer.now += 1
    issuer.trouble = None
    later = await source.get()

    assert (held.value.retry_after, held.value.code) == (1, trouble.code)
    assert (later, issuer.calls) == ("t2", 2)


async def test_a_clock_that_jumps_back_does_not_make_a_refusal_last() -> None:
    issuer = Issuer()
    issuer.trouble = AccessDenied(Reason.CLIENT_REFUSED)
    source = issuer.source()
    with pytest.raises(AccessDenied):
        await source.get()

    issuer.now -= 30 * DAY
    issuer.trouble = None

    assert await source.get() == "t2"


async def test_a_refused_token_is_renewed_once_and_its_successor_not_within_the_cool_down() -> None:
    issuer = Issuer()
    source = issuer.source()
    first = await source.get()

    again = source.refused(first)
    second = await source.get()
    once_more = source.refused(second)
    issuer.now += COOL_DOWN - 1
    still = source.refused(second)
    issuer.now += 1
    after = source.refused(second)
    third = await source.get()

    assert (again, once_more, still, after) == (True, False, False, True)
    assert (first, second, third) == ("t1", "t2", "t3")


async def test_a_refusal_of_a_token_that_was_replaced_renews_nothing() -> None:
    issuer = Issuer()
    source = issuer.source()
    await source.get()
    source.refused("t1")
    await source.get()

    assert source.refused("t1")
    assert await source.get() == "t2"


async def test_a_caller_that_gives_up_does_not_lose_the_token() -> None:
    issuer = Issuer()
    issuer.gate = asyncio.Event()
    source = issuer.source()
    impatient = asyncio.ensure_future(source.get())
    await issuer.started.wait()
    impatient.cancel()
    await asyncio.wait([impatient])

    issuer.gate.set()

    assert await source.get() == "t1"
    assert issuer.calls == 1


async def test_a_renewal_that_ends_badly_with_nobody_waiting_is_quiet() -> None:
    issuer = Issuer()
    issuer.gate = asyncio.Event()
    issuer.trouble = Unavailable(Reason.UNREACHABLE)
    source = issuer.source()
    caller = asyncio.ensure_future(source.get())
    await issuer.started.wait()
    caller.cancel()
    await asyncio.wait([caller])
    renewal = next(task for task in asyncio.all_tasks() if task is not asyncio.current_task())

    issuer.gate.set()
    await asyncio.wait([renewal])

    with pytest.raises(Unavailable):
        await source.get()
    assert issuer.calls == 1


async def test_a_renewal_that_is_cancelled_can_be_had_again() -> None:
    issuer = Issuer()
    issuer.gate = asyncio.Event()
    source = issuer.source()
    caller = asyncio.ensure_future(source.get())
    await issuer.started.wait()
    for task in asyncio.all_tasks() - {asyncio.current_task(), caller}:
        task.cancel()
    await asyncio.wait([caller])

    issuer.gate.set()

    assert caller.cancelled()
    assert await source.get() == "t2"


async def test_a_kept_token_survives_a_restart() -> None:
    issuer, keeper = Issuer(), MemoryTokens()
    await issuer.source(keeper).get()

    after = await issuer.source(keeper).get()

    assert after == "t1"
    assert issuer.calls == 1
    assert issuer.heard == ["t1", "t1"]


@pytest.mark.parametrize(("later", "expected"), [(DAY - 100, "t2"), (DAY + 1, "t2")])
async def test_a_kept_token_near_or_past_its_end_is_renewed(later: float, expected: str) -> None:
    issuer, keeper = Issuer(), MemoryTokens()
    await issuer.source(keeper).get()
    issuer.now += later

    assert await issuer.source(keeper).get() == expected


class SharedTokens(MemoryTokens):
    """A place that several machines share and that can be out of reach."""

    shared = True

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.asked = 0

    async def renewed(self, account: str, *, take: Take, fetch: Fetch) -> Token:
        self.asked += 1
        if self.away:
            raise KeeperAway
        return await super().renewed(account, take=take, fetch=fetch)


@pytest.mark.parametrize("keep", [lambda _: MemoryTokens(), lambda folder: FileTokens(folder / "tokens.json")])
async def test_three_who_share_a_place_fetch_one_token(keep: Callable[[Path], TokenKeeper], tmp_path: Path) -> None:
    issuer, keeper = Issuer(), keep(tmp_path)
    issuer.gate = asyncio.Event()
    sources = [issuer.source(keeper) for _ in range(3)]
    asking = [asyncio.ensure_future(source.get()) for source in sources]
    await issuer.started.wait()

    issuer.gate.set()

    assert await asyncio.gather(*asking) == ["t1"] * 3
    assert issuer.calls == 1


async def test_whoever_waited_for_a_renewal_that_failed_tries_in_turn() -> None:
    issuer, keeper = Issuer(), MemoryTokens()
    issuer.gate = asyncio.Event()
    issuer.trouble = Unavailable(Reason.UNREACHABLE)
    asking = [asyncio.ensure_future(issuer.source(keeper).get()) for _ in range(2)]
    await issuer.started.wait()

    issuer.gate.set()
    answers = await asyncio.gather(*asking, return_exceptions=True)

    assert {type(answer) for answer in answers} == {Unavailable}
    assert issuer.calls == 2


async def test_a_token_that_another_renewed_is_used_instead_of_one_more() -> None:
    issuer, keeper = Issuer(), SharedTokens()
    one, other = issuer.source(keeper), issuer.source(keeper)
    await one.get()
    await other.get()
    issuer.now += DAY - 1000

    tokens = [await one.get(), await other.get()]

    assert tokens == ["t2", "t2"]
    assert issuer.calls == 2


async def test_a_token_that_was_refused_here_is_not_taken_from_the_shared_place_again() -> None:
    issuer, keeper = Issuer(), SharedTokens()
    one, other = issuer.source(keeper), issuer.source(keeper)
    first = [await one.get(), await other.get()]

    for source in (one, other):
        assert source.refused("t1")
    second = [await one.get(), await other.get()]

    assert (first, second) == (["t1"] * 2, ["t2"] * 2)
    assert issuer.calls == 2


async def test_a_good_token_is_used_on_while_the_shared_place_is_away_and_that_is_not_asked_each_time() -> None:
    issuer, keeper = Issuer(), SharedTokens()
    source = issuer.source(keeper)
    await source.get()
    issuer.now += DAY - 1000
    keeper.away = True

    tokens = [await source.get() for _ in range(10)]
    asked = keeper.asked
    issuer.now += 30
    tokens.append(await source.get())

    assert set(tokens) == {"t1"}
    assert (asked, keeper.asked, issuer.calls) == (2, 3, 1)


async def test_a_token_is_renewed_as_soon_as_the_shared_place_is_back() -> None:
    issuer, keeper = Issuer(), SharedTokens()
    source, other = issuer.source(keeper), issuer.source(keeper)
    await source.get()
    issuer.now += DAY - 1000
    keeper.away = True
    await source.get()

    keeper.away = False
    issuer.now += 30

    assert [await source.get(), await other.get()] == ["t2", "t2"]


@pytest.mark.parametrize("had_one", [False, True])
async def test_a_token_is_fetched_alone_where_none_is_left_and_the_shared_place_is_away(had_one: bool) -> None:
    issuer, keeper = Issuer(), SharedTokens()
    source = issuer.source(keeper)
    if had_one:
        await source.get()
        issuer.now += DAY + 1
    keeper.away = True

    tokens = [await source.get() for _ in range(3)]

    assert len(set(tokens)) == 1
    assert issuer.calls == (2 if had_one else 1)
    assert issuer.heard[-1] == tokens[0]


async def test_a_refused_token_is_replaced_while_the_shared_place_is_away() -> None:
    issuer, keeper = Issuer(), SharedTokens()
    source = issuer.source(keeper)
    await source.get()
    keeper.away = True

    assert source.refused("t1")
    assert await source.get() == "t2"


async def test_a_kept_token_that_must_be_renewed_serves_where_that_fails() -> None:
    issuer, keeper = Issuer(), MemoryTokens()
    await issuer.source(keeper).get()
    issuer.now += DAY - 1000
    issuer.trouble = Unavailable(Reason.UNREACHABLE)
    restarted = issuer.source(keeper)

    assert [await restarted.get(), await restarted.get()] == ["t1", "t1"]
    assert issuer.calls == 2


async def test_an_own_token_is_not_given_up_for_a_kept_one_that_ends_sooner() -> None:
    issuer, keeper = Issuer(), SharedTokens()
    await issuer.source(keeper).get()
    apart = issuer.source(keeper)
    keeper.away = True
    issuer.now += 1000
    await apart.get()
    keeper.away = False
    issuer.trouble = Unavailable(Reason.UNREACHABLE)

    # Both are to be renewed, and neither has ended.
    issuer.now = START + DAY - 500

    assert await apart.get() == "t2"


async def test_a_token_from_the_settings_cannot_be_renewed() -> None:
    fixed = FixedToken(SecretStr("given"))

    assert await fixed.get() == "given"
    assert not fixed.refused("given")


@pytest.mark.parametrize(
    ("ends_at", "life", "early"),
    [
        pytest.param(START + 90 * DAY, 90 * DAY, 300, id="months: five minutes early"),
        pytest.param(START + 1000, 1000, 100, id="short: the last tenth"),
        pytest.param(None, 3600, 300, id="unreadable: one hour"),
        pytest.param(START - DAY, 3600, 300, id="in the past: a clock is wrong"),
        pytest.param(START + 1, 3600, 300, id="at once: a clock is wrong"),
        pytest.param(float("nan"), 3600, 300, id="nonsense"),
    ],
)
def test_the_time_of_renewal_follows_the_life_of_a_token(ends_at: float | None, life: float, early: float) -> None:
    made = token("t", ends_at=ends_at, early=300, now=START)

    assert made.ends_at == START + life
    assert made.renew_at == pytest.approx(START + life - early)
    assert "t'" not in repr(made) and "text" not in repr(made)


def test_the_file_of_tokens_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.write_text("{}")
    path.chmod(0o644)
    mask = os.umask(0)
    try:
        FileTokens(path).save("a", Token(text="secret", ends_at=2.0, renew_at=1.0))
    finally:
        os.umask(mask)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["tokens.json"]


def test_the_file_of_tokens_keeps_the_accounts_apart(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    one, two = Token(text="1", ends_at=2.0, renew_at=1.0), Token(text="2", ends_at=4.0, renew_at=3.0)
    FileTokens(path).save("a", one)
    FileTokens(path).save("b", two)

    assert FileTokens(path).load("a") == one
    assert FileTokens(path).load("b") == two
    assert FileTokens(path).load("c") is None


def test_files_of_tokens_that_save_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    names = [f"account-{number}" for number in range(60)]

    def save(name: str) -> None:
        # Each has a lock of its own, as two processes have.
        FileTokens(path).save(name, Token(text=name, ends_at=2.0, renew_at=1.0))

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(save, names))

    assert {name for name in names if FileTokens(path).load(name) is not None} == set(names)


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"a": {}}', '{"a": {"text": 1, "ends_at": 2, "renew_at": 3}}', "\x00", "[" * 50_000]
)
def test_a_damaged_file_of_tokens_is_ignored_and_replaced(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "tokens.json"
    path.write_text(damage)
    kept = FileTokens(path)

    before = kept.load("a")
    kept.save("a", Token(text="t", ends_at=2.0, renew_at=1.0))

    assert before is None
    assert json.loads(path.read_text()) == {"a": {"text": "t", "ends_at": 2.0, "renew_at": 1.0}}


def test_a_file_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path) -> None:
    missing = FileTokens(tmp_path / "no such folder" / "tokens.json")
    folder = FileTokens(tmp_path)

    missing.save("a", Token(text="t", ends_at=2.0, renew_at=1.0))
    folder.save("a", Token(text="t", ends_at=2.0, renew_at=1.0))

    assert missing.load("a") is folder.load("a") is None
    assert list(tmp_path.iterdir()) == []


def test_a_file_whose_place_is_taken_leaves_nothing_behind(tmp_path: Path) -> None:
    place = tmp_path / "tokens.json"
    (place / "inside").mkdir(parents=True)

    FileTokens(place).save("a", Token(text="t", ends_at=2.0, renew_at=1.0))

    assert list(tmp_path.iterdir()) == [place]


class Login:
    """Both token services and both clouds behind them: a cloud takes only the tokens in ``good``."""

    def __init__(self, refusal: Callable[[], httpx.Response]) -> None:
        self.issued = 0
        self.calls = 0
        self.good: set[str] = set()
        self.makes_good = True
        self._refusal = refusal

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(TOKEN_PATHS):
            self.issued += 1
            text = f"token-{self.issued}"
            if self.makes_good:
                self.good = {text}
            data = {"accessToken": text, "expiredAt": "2999-01-01T00:00:00+08:00"}
            body = {"code": 0, "data": data, "token": {"expires_at": "2999-01-01T00:00:00Z"}}
            return httpx.Response(200, headers={"X-Subject-Token": text}, json=body)
        self.calls += 1
        used = request.headers.get("X-Auth-Token") or request.headers["Authorization"].removeprefix("Bearer ")
        if used not in self.good:
            return self._refusal()
        jobs = [{"job_id": KEYS["huawei-drs"], "transfer_status": "CREATING"}]
        return httpx.Response(200, json={"task_status": 0, "code": 0, "data": {"status": 1}, "results": jobs})


EXPIRED: dict[str, tuple[str, Callable[[], httpx.Response]]] = {
    "CodeArts: authentication information expired": (
        "huawei-codearts",
        lambda: httpx.Response(401, json={"error_code": "CC.00000003", "error_msg": "expired"}),
    ),
    "gateway: token expires": (
        "huawei-codearts",
        lambda: httpx.Response(
            401,
            json={"error_code": "APIGW.0301", "error_msg": "Incorrect IAM authentication information: token expires"},
        ),
    ),
    "gateway: token must be updated": (
        "huawei-codearts",
        lambda: httpx.Response(401, json={"error_code": "APIG.0307", "error_msg": "The token must be updated."}),
    ),
    "DRS: invalid token, with 403": (
        "huawei-drs",
        lambda: httpx.Response(403, json={"error_code": "DRS.M00100", "error_msg": "Invalid token."}),
    ),
    "Huawei: a bare 401": ("huawei-codearts", lambda: httpx.Response(401)),
    "123pan: 401 with status 200": (
        "pan123",
        lambda: httpx.Response(200, json={"code": 401, "message": "access_token is invalid", "data": None}),
    ),
    "123pan: a bare 401": ("pan123", lambda: httpx.Response(401)),
}


def token_account(
    cloud: str,
    handler: Handler | SlowHandler,
    changes: Mapping[str, str] = MappingProxyType({}),
    *,
    tokens: TokenKeeper | None = None,
    on_secret: Callable[[str], None] = lambda _: None,
) -> Provider:
    """An account that calls with a token, for which nothing but *handler* answers."""
    login: dict[str, str] = {"client_id": "client", "client_secret": "secret-of-the-client"}
    if cloud != "pan123":
        login = {"username": "u", "password": "password-of-u", "domain": "d"}
    place = {"region": "cn-north-4"} if cloud != "pan123" else {}
    if cloud == "huawei-drs":
        place["project_id"] = "054ba152d480d55b2f5dc0069e7ddef0"
    given = changes if {"token", "access_token"} & set(changes) else {**login, **changes}
    account = ACCOUNT_TYPES[cloud].model_validate({"provider": cloud, **place, **given})
    return build("a", account, client_of(handler), tokens=tokens or MemoryTokens(), on_secret=on_secret)


@pytest.mark.parametrize(("cloud", "refusal"), EXPIRED.values(), ids=EXPIRED.keys())
async def test_an_expired_token_is_renewed_once_for_fifty_calls(
    cloud: str, refusal: Callable[[], httpx.Response]
) -> None:
    login = Login(refusal)
    arrived = 0
    all_here = asyncio.Event()

    async def at_once(request: httpx.Request) -> httpx.Response:
        nonlocal arrived
        if login.issued == 1 and not login.good and not request.url.path.endswith(TOKEN_PATHS):
            arrived += 1
            if arrived == 50:
                all_here.set()
            await all_here.wait()
        return login(request)

    asked = token_account(cloud, at_once)
    key = KEYS[cloud]
    await asked.fetch([key])
    login.good = set()

    readings = await asyncio.gather(*(asked.fetch([key]) for _ in range(50)))

    assert {type(found[key]) for found in readings} == {TaskSnapshot}
    assert login.issued == 2
    assert login.calls == 1 + 50 + 50


@pytest.mark.parametrize(("cloud", "refusal"), EXPIRED.values(), ids=EXPIRED.keys())
async def test_a_cloud_that_refuses_each_token_is_not_asked_for_more(
    cloud: str, refusal: Callable[[], httpx.Response]
) -> None:
    login = Login(refusal)
    login.makes_good = False
    asked = token_account(cloud, login)
    key = KEYS[cloud]

    readings = [(await asked.fetch([key]))[key] for _ in range(10)]

    assert {type(found) for found in readings} == {AccessDenied}
    assert login.issued == 2
    # The first reading tries twice; each later one tells us whether the cloud has changed its mind.
    assert login.calls == 11


@pytest.mark.parametrize("fixed", [("huawei-codearts", "token"), ("huawei-drs", "token"), ("pan123", "access_token")])
async def test_a_token_from_the_settings_that_expired_is_an_operators_work(fixed: tuple[str, str]) -> None:
    cloud, name = fixed
    refusal = next(refusal for of, refusal in EXPIRED.values() if of == cloud)
    login = Login(refusal)
    asked = token_account(cloud, login, {name: "given-token-value"})
    key = KEYS[cloud]

    reading = (await asked.fetch([key]))[key]

    assert type(reading) is AccessDenied
    assert (login.issued, login.calls) == (0, 1)
    assert "given-token-value" not in str(reading)


async def test_too_many_live_tokens_at_123pan_are_not_made_more() -> None:
    login = Login(lambda: httpx.Response(200, json={"code": 401, "message": "tokens number has exceeded the limit"}))
    login.makes_good = False
    asked = token_account("pan123", login)
    key = KEYS["pan123"]

    reading = (await asked.fetch([key]))[key]

    assert isinstance(reading, AccessDenied)
    assert reading.retry_after == 600
    assert (login.issued, login.calls) == (1, 1)


async def test_a_password_that_is_refused_is_not_tried_again() -> None:
    tried = 0

    def refuse(request: httpx.Request) -> httpx.Response:
        nonlocal tried
        tried += 1
        error = {"code": 401, "message": "The username or password is wrong.", "title": "Unauthorized"}
        return httpx.Response(401, json={"error": error})

    asked = token_account("huawei-codearts", refuse)
    key = KEYS["huawei-codearts"]

    readings = [(await asked.fetch([key]))[key] for _ in range(5)]

    assert {type(found) for found in readings} == {AccessDenied}
    assert tried == 1


async def test_a_refused_login_has_the_id_that_support_asks_for_also_while_it_is_held() -> None:
    asked = token_account("huawei-codearts", lambda _: httpx.Response(401, headers={"X-Request-Id": "r-7"}))
    key = KEYS["huawei-codearts"]

    readings = [(await asked.fetch([key]))[key] for _ in range(2)]

    assert [getattr(reading, "request_id", None) for reading in readings] == ["r-7", "r-7"]


async def test_a_new_token_is_told_to_whoever_hides_secrets() -> None:
    heard: list[str] = []
    login = Login(lambda: httpx.Response(401))

    await token_account("pan123", login, on_secret=heard.append).fetch([KEYS["pan123"]])
    await token_account("huawei-codearts", login, on_secret=heard.append).fetch([KEYS["huawei-codearts"]])

    assert heard == ["token-1", "token-2"]


async def test_a_123pan_token_is_kept_for_its_client_and_endpoint_alone() -> None:
    keeper = MemoryTokens()
    login = Login(lambda: httpx.Response(401))
    key = KEYS["pan123"]

    accounts: list[dict[str, str]] = [{}, {}, {"client_id": "another"}, {"endpoint": "https://other.example.com"}]
    for changes in accounts:
        await token_account("pan123", login, changes, tokens=keeper).fetch([key])

    assert login.issued == 3


def kept_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


HUAWEI = ("huawei-codearts", "huawei-drs")


@pytest.mark.parametrize("cloud", ["pan123", *HUAWEI])
async def test_machines_that_share_their_tokens_fetch_one(cloud: str) -> None:
    keeper, login = SharedTokens(), Login(lambda: httpx.Response(401))

    readings = [(await token_account(cloud, login, tokens=keeper).fetch([KEYS[cloud]]))[KEYS[cloud]] for _ in range(3)]

    assert {type(reading) for reading in readings} == {TaskSnapshot}
    assert login.issued == 1


@pytest.mark.parametrize("cloud", HUAWEI)
async def test_a_token_of_a_day_is_not_kept_where_nobody_else_shares_it(cloud: str, tmp_path: Path) -> None:
    login = Login(lambda: httpx.Response(401))

    await token_account(cloud, login, tokens=FileTokens(tmp_path / "tokens.json")).fetch([KEYS[cloud]])

    assert login.issued == 1
    assert not kept_in(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"username": "another"}, id="user"),
        pytest.param({"domain": "another"}, id="domain"),
        pytest.param({"project_id": "154ba152d480d55b2f5dc0069e7ddef0"}, id="project"),
        pytest.param({"iam_endpoint": "https://iam.example.com"}, id="place"),
    ],
)
async def test_a_shared_token_is_for_one_user_of_one_project_alone(changes: dict[str, str]) -> None:
    keeper, login = SharedTokens(), Login(lambda: httpx.Response(401))
    key = KEYS["huawei-drs"]

    await token_account("huawei-drs", login, tokens=keeper).fetch([key])
    await token_account("huawei-drs", login, changes, tokens=keeper).fetch([key])

    assert login.issued == 2


def answered(status: int, body: object = None, **headers: str) -> Answer:
    content = b"" if body is None else json.dumps(body).encode()
    return Answer(status=status, headers=httpx.Headers(headers), body=content)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (answered(401, {"error": {"code": 401, "message": "wrong", "title": "Unauthorized"}}), AccessDenied),
        (answered(400, {"error": {"code": 400, "message": "bad"}}), AccessDenied),
        (answered(403), AccessDenied),
        (answered(404), AccessDenied),
        (answered(302), AccessDenied),
        (answered(429), RateLimited),
        (answered(500), Unavailable),
        (answered(503), Unavailable),
        (answered(201, {"token": {}}), UnexpectedResponse),
    ],
)
def test_iam_answers_without_a_token_are_named(answer: Answer, kind: type[ProviderError]) -> None:
    with pytest.raises(ProviderError) as trouble:
        huawei_token.parse_token(answer, now=START)

    assert type(trouble.value) is kind


@pytest.mark.parametrize(
    ("body", "ends_at"),
    [
        ({"token": {"expires_at": "2023-11-15T22:13:20.000000Z"}}, START + DAY),
        ({"token": {"expires_at": "2023-11-15T22:13:20"}}, START + DAY),
        ({"token": {"expires_at": "tomorrow"}}, START + 3600),
        ({"token": {"expires_at": 17}}, START + 3600),
        ({"token": None}, START + 3600),
        ("not an object", START + 3600),
        (None, START + 3600),
    ],
)
def test_the_end_of_an_iam_token_is_read_or_assumed(body: object, ends_at: float) -> None:
    found = huawei_token.parse_token(answered(201, body, **{"X-Subject-Token": "abc"}), now=START)

    assert (found.text, found.ends_at) == ("abc", ends_at)


def test_iam_is_asked_for_a_token_of_the_project() -> None:
    body = json.loads(
        huawei_token.token_request(username="u", password="p", domain="d", project={"name": "cn-north-4"})
    )

    assert body == {
        "auth": {
            "identity": {
                "methods": ["password"],
                "password": {"user": {"name": "u", "password": "p", "domain": {"name": "d"}}},
            },
            "scope": {"project": {"name": "cn-north-4"}},
        }
    }


GOOD = {"accessToken": "abc", "expiredAt": "2023-11-16T06:13:20+08:00"}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (answered(200, {"code": 401, "message": "client is wrong"}), AccessDenied),
        (answered(200, {"code": 401, "message": "tokens number has exceeded the limit"}), AccessDenied),
        (answered(200, {"code": 429, "message": "slow"}), RateLimited),
        (answered(200, {"code": 1, "message": "internal"}), Unavailable),
        (answered(200, {"code": 503, "message": "later"}), Unavailable),
        (answered(200, {"code": 7, "message": "?"}), AccessDenied),
        (answered(200, {"hello": 1}), UnexpectedResponse),
        (answered(200, "page"), UnexpectedResponse),
        (answered(200), UnexpectedResponse),
        (answered(429), RateLimited),
        (answered(502), Unavailable),
        (answered(403), AccessDenied),
        (answered(403, {"code": 0, "data": GOOD}), AccessDenied),
        (answered(200, {"code": 0, "data": None}), UnexpectedResponse),
        (answered(200, {"code": 0, "data": {"accessToken": ""}}), UnexpectedResponse),
        (answered(200, {"code": 0, "data": {"accessToken": "a\nb"}}), UnexpectedResponse),
        (answered(200, {"code": 0, "data": {"accessToken": "é"}}), UnexpectedResponse),
        (answered(200, {"code": 0, "data": {"accessToken": 17}}), UnexpectedResponse),
    ],
)
def test_123pan_answers_without_a_token_are_named(answer: Answer, kind: type[ProviderError]) -> None:
    with pytest.raises(ProviderError) as trouble:
        pan123.parse_token(answer, now=START)

    assert type(trouble.value) is kind


@pytest.mark.parametrize(
    ("expired_at", "ends_at"),
    [
        ("2023-11-16T06:13:20+08:00", START + DAY),
        ("2023-11-16T06:13:20", START + 3600),
        ("soon", START + 3600),
        (None, START + 3600),
    ],
)
def test_the_end_of_a_123pan_token_is_read_or_assumed_with_a_warning(
    expired_at: object, ends_at: float, caplog: pytest.LogCaptureFixture
) -> None:
    body = {"code": "0", "data": {"accessToken": " abc ", "expiredAt": expired_at}}

    found = pan123.parse_token(answered(200, body), now=START)

    assert (found.text, found.ends_at) == ("abc", ends_at)
    assert bool(caplog.records) is (ends_at == START + 3600)
    assert "abc" not in caplog.text
