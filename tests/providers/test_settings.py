"""Accounts that are refused, each with the reason; and none of them shows a secret."""

from datetime import timedelta

import pytest
from pydantic import SecretStr, ValidationError

from providers.registry import ACCOUNT_TYPES
from providers.settings import is_loopback
from tests.providers.accounts import CLOUDS, SETTINGS, secrets, settings


def problems(cloud: str, **changes: object) -> list[tuple[str, str]]:
    given = {"provider": cloud, **SETTINGS[cloud], **changes}
    with pytest.raises(ValidationError) as refused:
        ACCOUNT_TYPES[cloud].model_validate({name: value for name, value in given.items() if value != "absent"})
    found = refused.value.errors(include_input=False, include_url=False)
    return [(".".join(str(part) for part in problem["loc"]), problem["msg"]) for problem in found]


@pytest.mark.parametrize("cloud", CLOUDS)
def test_an_account_is_frozen_and_hides_its_secrets(cloud: str) -> None:
    account = settings(cloud)

    with pytest.raises(ValidationError):
        account.endpoint = "https://elsewhere.example.com"  # type: ignore[misc] # that is the point
    assert not any(secret in repr(account) + str(account) for secret in secrets(cloud))


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_key_is_described_and_has_an_example_that_is_taken(cloud: str) -> None:
    for name, field in ACCOUNT_TYPES[cloud].model_fields.items():
        assert field.description, name
        assert field.examples, name


@pytest.mark.parametrize("cloud", CLOUDS)
def test_an_unknown_key_is_refused(cloud: str) -> None:
    assert problems(cloud, regoin="x") == [("regoin", "Extra inputs are not permitted")]


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_wrong_kind_is_refused(cloud: str) -> None:
    assert [place for place, _ in problems(cloud, provider="another")] == ["provider"]


@pytest.mark.parametrize(
    ("endpoint", "kept"),
    [
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/", "https://api.example.com"),
        ("https://api.example.com:8443/cloud/x/", "https://api.example.com:8443/cloud/x"),
        ("http://127.0.0.1:1234/cloud/huawei-drs", "http://127.0.0.1:1234/cloud/huawei-drs"),
        ("http://localhost:80", "http://localhost:80"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
    ],
)
@pytest.mark.parametrize("cloud", CLOUDS)
def test_an_endpoint_is_https_or_this_machine(cloud: str, endpoint: str, kept: str) -> None:
    assert settings(cloud, endpoint=endpoint).endpoint == kept


@pytest.mark.parametrize(
    "endpoint",
    [
        "api.example.com",
        "ftp://api.example.com",
        "https://",
        "https://user:pass@api.example.com",
        "https://user@api.example.com",
        "https://api.example.com?x=1",
        "https://api.example.com#x",
        "https://api.example.com?",
        " https://api.example.com",
        "https://api.example.com ",
        "https://api.exa mple.com",
        "https://api.example.com/a b",
        "https://api.example.com/a\\b",
        "https://api.example.com/a/../b",
        "https://api.example.com:0",
        "https://api.example.com:99999",
        "https://api.example.com:x",
        "https://[::1",
        "https://-bad.example.com",
        "https://bücher.example.com",
        "https://api.example.com\n",
        "",
    ],
)
@pytest.mark.parametrize("cloud", CLOUDS)
def test_an_endpoint_that_is_not_safe_to_call_is_refused(cloud: str, endpoint: str) -> None:
    assert "endpoint" in [place for place, _ in problems(cloud, endpoint=endpoint)]


@pytest.mark.parametrize("endpoint", ["http://api.example.com", "http://10.0.0.1", "http://127.0.0.1.example.com"])
@pytest.mark.parametrize("cloud", CLOUDS)
def test_plain_http_to_another_machine_is_refused(cloud: str, endpoint: str) -> None:
    place, message = problems(cloud, endpoint=endpoint)[0]

    assert place == ("scheme" if cloud == "tencent-cos" else "endpoint")
    assert "http" in message


def test_cos_may_be_called_over_plain_http_where_the_account_says_so() -> None:
    assert (
        settings("tencent-cos", endpoint="http://cos.example.com", scheme="http").endpoint == "http://cos.example.com"
    )


@pytest.mark.parametrize(
    ("host", "local"), [("LOCALHOST", True), ("127.8.9.1", True), ("::1", True), ("0.0.0.0", False)]
)
def test_loopback_is_judged_by_its_spelling(host: str, local: bool) -> None:
    assert is_loopback(host) is local


@pytest.mark.parametrize(
    ("cloud", "name"),
    [(cloud, name) for cloud in CLOUDS for name in SETTINGS[cloud] if name not in ("region", "project_id")],
)
@pytest.mark.parametrize("bad", ["", " ", " key", "key ", "key\n", "\tkey"])
def test_a_key_with_blanks_around_it_is_refused(cloud: str, name: str, bad: str) -> None:
    assert name in [place for place, _ in problems(cloud, **{name: bad})]


@pytest.mark.parametrize(
    ("cloud", "name"), [("tencent-cos", "secret_id"), ("huawei-drs", "access_key"), ("pan123", "client_id")]
)
def test_a_key_that_would_break_a_header_is_refused(cloud: str, name: str) -> None:
    assert problems(cloud, **{name: "a\r\nb"}) == problems(cloud, **{name: "schlüssel"})


def test_a_password_may_hold_any_letters() -> None:
    assert settings("huawei-codearts", password="pä ss").password == SecretStr("pä ss")  # type: ignore[attr-defined] # of that kind


@pytest.mark.parametrize("region", ["cn", "CN-NORTH-4", "cn_north_4", "cn-north-4.evil.com", "cn-north-4/", "", "-x"])
@pytest.mark.parametrize("cloud", ["tencent-cos", "huawei-codearts", "huawei-drs"])
def test_a_region_that_is_no_part_of_a_host_name_is_refused(cloud: str, region: str) -> None:
    assert "region" in [place for place, _ in problems(cloud, region=region)]


@pytest.mark.parametrize("cloud", ["huawei-codearts", "huawei-drs"])
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "give token, or"),
        ({"token": "t", "access_key": "a", "secret_key": "s"}, "give only one of"),
        ({"token": "t", "username": "u"}, "there are token, username"),
        ({"username": "u"}, "password and domain is missing"),
        ({"username": "u", "password": "p"}, "domain is missing"),
        ({"access_key": "a"}, "secret_key is missing"),
        ({"secret_key": "s"}, "access_key is missing"),
    ],
)
def test_huawei_takes_exactly_one_way_in(cloud: str, given: dict[str, str], said: str) -> None:
    nothing = dict.fromkeys(("token", "username", "password", "domain", "access_key", "secret_key"), "absent")

    found = problems(cloud, **{**nothing, **given})

    assert [said in message for _, message in found] == [True]


@pytest.mark.parametrize(
    "given",
    [{"token": "t"}, {"username": "u", "password": "p", "domain": "d"}, {"access_key": "a", "secret_key": "s"}],
)
def test_drs_needs_its_project_whatever_the_way_in(given: dict[str, str]) -> None:
    base = {"provider": "huawei-drs", "region": "cn-north-4", **given}

    with pytest.raises(ValidationError, match="project_id"):
        ACCOUNT_TYPES["huawei-drs"].model_validate(base)
    account = ACCOUNT_TYPES["huawei-drs"].model_validate({**base, "project_id": "0" * 32})
    assert account.provider == "huawei-drs"


@pytest.mark.parametrize("size", [0, 101, "many"])
def test_a_batch_of_drs_holds_1_to_100_tasks(size: object) -> None:
    assert [place for place, _ in problems("huawei-drs", batch_size=size)] == ["batch_size"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"client_id": "absent", "client_secret": "absent"}, "give client_id and client_secret, or access_token"),
        ({"client_id": "absent"}, "one is missing"),
        ({"client_secret": "absent"}, "one is missing"),
        ({"access_token": "t"}, "not both"),
    ],
)
def test_123pan_takes_exactly_one_way_in(given: dict[str, str], said: str) -> None:
    assert [said in message for _, message in problems("pan123", **given)] == [True]


@pytest.mark.parametrize("words", [{"finished": ["x"]}, {"failed": [""]}, {"failed": "x"}, ["x"]])
def test_the_words_of_usmc_name_known_states(words: object) -> None:
    assert problems("scloud-usmc", state_words=words)[0][0].startswith("state_words")


def test_a_refused_account_shows_no_secret() -> None:
    with pytest.raises(ValidationError) as refused:
        settings("tencent-cos", secret_key=" my-precious ", region="?")

    assert "my-precious" not in str(refused.value) + repr(refused.value)


# --- intervals of an account ---


@pytest.mark.parametrize("cloud", CLOUDS)
def test_an_account_may_have_its_own_intervals(cloud: str) -> None:
    account = settings(cloud, min_interval="30s", max_interval="1.5h")

    assert (account.min_interval, account.max_interval) == (timedelta(seconds=30), timedelta(minutes=90))
    assert settings(cloud).min_interval is None


@pytest.mark.parametrize(
    ("interval", "wrong"),
    [
        ("soon", 'is not a duration such as "30s" or "5m"'),
        (30, 'is not a duration such as "30s" or "5m"'),
        ("0.5s", "is not between 1s and 1d"),
        ("2d", "is not between 1s and 1d"),
    ],
)
@pytest.mark.parametrize("cloud", CLOUDS)
def test_an_interval_of_an_account_has_bounds(cloud: str, interval: object, wrong: str) -> None:
    place, message = problems(cloud, min_interval=interval)[0]

    assert (place, wrong in message) == ("min_interval", True)


@pytest.mark.parametrize("cloud", ACCOUNT_TYPES)
def test_an_account_says_how_often_it_may_be_asked_and_is_careful_by_itself(cloud: str) -> None:
    careful, bold = settings(cloud), settings(cloud, max_calls_per_second=50, max_concurrent=20)

    assert (careful.max_calls_per_second, careful.max_concurrent) == ((1.0, 1) if cloud == "pan123" else (10.0, 8))
    assert (bold.max_calls_per_second, bold.max_concurrent) == (50.0, 20)


@pytest.mark.parametrize("rate", [0, -1, 10_001, "nan", "inf", "many"])
def test_a_rate_is_a_number_that_makes_sense(rate: object) -> None:
    assert [place for place, _ in problems("tencent-cos", max_calls_per_second=rate)] == ["max_calls_per_second"]


@pytest.mark.parametrize("calls", [0, 501, 1.5, "many"])
def test_calls_at_once_are_a_whole_number_that_makes_sense(calls: object) -> None:
    assert [place for place, _ in problems("tencent-cos", max_concurrent=calls)] == ["max_concurrent"]


@pytest.mark.parametrize(("key", "good"), [("channels", "C0123456789"), ("groups", "S0123456789")])
def test_who_may_use_an_account_is_a_list_of_ids(key: str, good: str) -> None:
    assert getattr(settings(CLOUDS[0], **{key: [good]}), key) == (good,)
    for bad, said in (
        (good, "is not a list"),
        ([], "is empty; leave it out"),
        ([good, "general"], "in place 2"),
        ([7], "in place 1"),
    ):
        ((place, problem),) = problems(CLOUDS[0], **{key: bad})
        assert place == key
        assert said in problem


def test_the_time_between_two_looks_is_a_duration() -> None:
    assert settings(CLOUDS[0], min_interval="30s", max_interval=timedelta(minutes=5)).min_interval == timedelta(
        seconds=30
    )
    assert [said for _, said in problems(CLOUDS[0], min_interval="soon")] == [
        'Value error, is not a duration such as "30s" or "5m"'
    ]
    assert [said for _, said in problems(CLOUDS[0], max_interval="2d")] == ["Value error, is not between 1s and 1d"]
