import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.rules import Quiet, Rules
from bot.settings import Problem, Settings, SettingsError, from_mapping, load, secrets
from bot.settings.load import LARGEST_CONFIG
from tests.settings.clouds import TYPES, Cumulus, Fair

BOT = "xoxb-1-abc"
APP = "xapp-1-def"


def problems(data: dict[str, Any], environ: dict[str, str] | None = None, **options: Any) -> dict[str, Problem]:
    with pytest.raises(SettingsError) as caught:
        from_mapping(data, environ or {}, TYPES, **options)
    places = [problem.place for problem in caught.value.problems]
    assert len(places) == len(set(places))
    return {problem.place: problem for problem in caught.value.problems}


def read(data: dict[str, Any], environ: dict[str, str] | None = None, **options: Any) -> Settings:
    return from_mapping(data, environ or {}, TYPES, **options)


# --- what is right ---


def test_nothing_configured_is_all_defaults() -> None:
    settings = read({})

    assert settings == Settings()
    assert not settings.slack.configured
    assert settings.slack.mode == "socket"
    assert str(settings.slack.listen) == "127.0.0.1:3000"
    assert settings.slack.api_url == "https://slack.com/api/"
    assert settings.store.path == Path("milepost.db")
    assert settings.polling.min_interval == timedelta(seconds=10)
    assert settings.polling.max_interval == timedelta(minutes=5)
    assert settings.polling.timeout == timedelta(seconds=15)
    assert settings.delivery.ambiguous == "repeat"
    assert settings.accounts == {}


def test_slack_tokens_come_from_the_environment_by_default() -> None:
    environ = {"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": APP, "SLACK_SIGNING_SECRET": "s3cret"}

    slack = read({}, environ).slack

    assert slack.configured
    assert slack.bot_token is not None
    assert slack.bot_token.get_secret_value() == BOT
    assert slack.app_token is not None
    assert slack.app_token.get_secret_value() == APP
    assert slack.signing_secret is not None
    assert slack.signing_secret.get_secret_value() == "s3cret"


def test_empty_slack_variables_are_not_set() -> None:
    environ = {"SLACK_BOT_TOKEN": "", "SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": ""}

    assert not read({}, environ).slack.configured


def test_a_default_that_is_written_out_means_the_same() -> None:
    assert not read({"slack": {"bot_token": "env:SLACK_BOT_TOKEN"}}).slack.configured


def test_the_file_wins_over_the_environment() -> None:
    slack = read({"slack": {"bot_token": "xoxb-2"}}, {"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": APP}).slack

    assert slack.bot_token is not None
    assert slack.bot_token.get_secret_value() == "xoxb-2"


def test_http_mode_needs_no_app_token() -> None:
    slack = read({"slack": {"mode": "http", "bot_token": BOT, "signing_secret": "s"}}).slack

    assert slack.app_token is None


@pytest.mark.parametrize(
    "url", ["https://slack.com/api/", "http://127.0.0.1:1/api/", "http://localhost/", "http://[::1]:9/api/"]
)
def test_slack_is_called_over_https_or_on_this_machine(url: str) -> None:
    assert read({"slack": {"api_url": url}}).slack.api_url == url


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///milepost.db", "milepost.db"),
        ("sqlite:////data/m.db", "/data/m.db"),
        ("sqlite:///a%20b.db", "a b.db"),
    ],
)
def test_three_slashes_are_from_here_and_four_from_the_root(url: str, path: str) -> None:
    store = read({"store": {"url": url}}).store

    assert store.path == Path(path)
    assert store.shown == url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://bot:pa55word@db.example.com/milepost", "postgresql://db.example.com/milepost"),
        ("postgres://bot:p%4055@[::1]:5433/m?sslmode=require", "postgres://[::1]:5433/m"),
        ("postgresql://bot@a:5432,b:5433/m?target_session_attrs=read-write", "postgresql://a:5432,b:5433/m"),
        ("postgresql:///m?host=/run/postgresql&password=pa55word", "postgresql:///m"),
    ],
)
def test_a_database_is_shown_without_user_and_password(url: str, shown: str) -> None:
    settings = read({"store": {"url": url}})

    assert (settings.store.shown, settings.store.is_database) == (shown, True)
    assert "pa55" not in repr(settings)
    # What files of this machine are named after.
    assert settings.store.path == Path("milepost")


def test_the_password_of_a_database_is_hidden_wherever_it_may_appear() -> None:
    in_the_middle = read({"store": {"url": "postgresql://bot:pa%4055@h/m"}})
    at_the_end = read({"store": {"url": "postgresql://h/m?sslmode=require&password=hunter2"}})

    assert set(secrets(in_the_middle)) == {"pa%4055", "pa@55"}
    assert set(secrets(at_the_end)) == {"hunter2"}
    assert set(secrets(read({}))) == set()


def test_a_database_is_refused_without_showing_its_password() -> None:
    told = str(problems({"store": {"url": "postgresql://bot:pa55word@db.example.com:x/milepost"}})["[store] url"])

    assert "the two kinds of store there are" in told
    assert "pa55" not in told


@pytest.mark.parametrize(
    ("key", "value"),
    [("connections", 1), ("connections", 101), ("connections", "10"), ("lease", "8s"), ("lease", "11m")],
)
def test_a_database_has_some_connections_and_a_lease_that_outlasts_a_call(key: str, value: object) -> None:
    assert f"[store] {key}" in problems({"store": {key: value}})


def test_the_kind_of_an_account_may_stand_outside_the_file() -> None:
    data = {"accounts": {"a": {"provider": "env:KIND", "password": "p4ss"}}}

    assert from_mapping(data, {"KIND": "cumulus"}, TYPES).accounts["a"].provider == "cumulus"
    with pytest.raises(SettingsError, match="KIND, which is not set"):
        from_mapping(data, {}, TYPES)


def test_accounts_have_the_type_of_their_provider_and_keep_their_order() -> None:
    accounts = read(
        {
            "accounts": {
                "z": {"provider": "fair", "region": "eu-1", "secret_key": "k"},
                "a-2": {"provider": "cumulus", "token": "env:T"},
            }
        },
        {"T": "t"},
    ).accounts

    assert list(accounts) == ["z", "a-2"]
    assert isinstance(accounts["z"], Fair)
    assert isinstance(accounts["a-2"], Cumulus)


def test_settings_cannot_be_changed() -> None:
    settings = read({"accounts": {"a": {"provider": "cumulus", "token": "t"}}})

    with pytest.raises(TypeError):
        settings.accounts["b"] = settings.accounts["a"]  # type: ignore[index]  # that it is refused is the test
    with pytest.raises(ValueError, match="frozen"):
        settings.slack.mode = "http"  # type: ignore[misc]  # that it is refused is the test


# --- what is wrong ---


def test_every_problem_is_told_at_once() -> None:
    found = problems(
        {
            "slak": {},
            "colour": "red",
            "slack": {"mode": "sockets", "listen": ":1", "bot_token": BOT, "app_token": "env:NIX", "operatrs": "C1"},
            "store": {"url": "mysql://h/d"},
            "polling": {"min_interval": "10m", "timeout": 3},
            "delivery": [],
            "accounts": {
                "Big": {"provider": "fare"},
                "a": {"provider": "fair", "secret_kye": "x", "region": "file:nix"},
                "b": {"provider": "cumulus"},
                "c": 3,
                "d": {},
            },
        }
    )

    assert set(found) == {
        "[slak]",
        "colour",
        "[slack] mode",
        "[slack] listen",
        "[slack] app_token",
        "[slack] operatrs",
        "[store] url",
        "[polling] max_interval",
        "[polling] timeout",
        "[delivery]",
        "[accounts.Big]",
        "[accounts.Big] provider",
        "[accounts.a] region",
        "[accounts.a] secret_key",
        "[accounts.a] secret_kye",
        "[accounts.b]",
        "[accounts.c]",
        "[accounts.d] provider",
    }
    assert found["[slak]"].wrong == 'is no table here; did you mean "slack"?'
    assert found["[slack] mode"].wrong == '"sockets" is not known here'
    assert found["[slack] mode"].right == 'one of "socket", "http"'
    assert found["[slack] mode"].example == 'mode = "socket"'
    assert found["[slack] app_token"].wrong == "names the environment variable NIX, which is not set"
    assert found["[slack] operatrs"].wrong == 'is no key here; did you mean "operators"?'
    assert found["[polling] max_interval"].wrong == "is shorter than min_interval, which is 10m"
    assert found["[polling] timeout"].wrong == "3 is not a duration"
    assert found["[accounts.Big] provider"].wrong == '"fare" is no provider; did you mean "fair"?'
    assert found["[accounts.Big] provider"].right == 'one of "fair", "cumulus"'
    assert found["[accounts.a] region"].wrong == "names a file that does not exist"
    assert found["[accounts.a] secret_key"].wrong == "is missing"
    assert found["[accounts.a] secret_key"].example == 'secret_key = "env:FAIR_SECRET_KEY"'
    assert found["[accounts.b]"].wrong == "give token or password, one of them"
    assert found["[accounts.c]"].wrong == "3 is no table"


def test_the_message_has_place_rule_value_and_example() -> None:
    with pytest.raises(SettingsError) as caught:
        from_mapping({"polling": {"timeout": "10"}}, {}, TYPES, source="milepost.toml")

    assert str(caught.value) == (
        "1 problem in milepost.toml:\n"
        '  [polling] timeout: "10" is not a duration\n'
        "      expected: a number and s, m, h or d, in quotes\n"
        '      for example: timeout = "15s"'
    )


@pytest.mark.parametrize(
    ("slack", "place", "wrong"),
    [
        ({"bot_token": BOT}, "app_token", 'is not set, but mode = "socket" needs it beside bot_token'),
        ({"app_token": APP}, "bot_token", "is not set, but app_token is; Slack needs both"),
        ({"bot_token": BOT, "mode": "http"}, "signing_secret", 'is not set, but mode = "http" needs it'),
        ({"signing_secret": "s", "mode": "http"}, "bot_token", "is not set, but signing_secret is"),
        (
            {"app_token": APP, "signing_secret": "s", "mode": "http"},
            "bot_token",
            "is not set, but app_token is; Slack needs both",
        ),
        ({"bot_token": ""}, "bot_token", "is empty"),
        ({"bot_token": " "}, "bot_token", "is empty"),
        ({"signing_secret": " "}, "signing_secret", "is empty"),
        ({"bot_token": APP, "app_token": APP}, "bot_token", "begins with xapp-, not with xoxb-"),
        ({"bot_token": BOT, "app_token": BOT}, "app_token", "begins with xoxb-, not with xapp-"),
        ({"bot_token": "xoxp-1", "app_token": APP}, "bot_token", "begins with xoxp-, not with xoxb-"),
        ({"bot_token": "hunter2", "app_token": APP}, "bot_token", "does not begin with xoxb-"),
        (
            {"bot_token": "xoxb-", "app_token": APP},
            "bot_token",
            "has characters in it that no token has, or nothing after",
        ),
        ({"bot_token": BOT + "\n", "app_token": APP}, "bot_token", "has characters in it that no token has"),
        ({"bot_token": 3, "app_token": APP}, "bot_token", "is not a text in quotes"),
        ({"api_url": "http://slack.com/api/"}, "api_url", '"http://slack.com/api/" is not https'),
        ({"api_url": "https://slack.com/api"}, "api_url", 'does not end with "/"'),
        ({"api_url": "https://u:p@slack.com/"}, "api_url", "has a user, a query or a fragment in it"),
        ({"api_url": "https://slack.com/api/?a=/"}, "api_url", "has a user, a query or a fragment in it"),
        ({"api_url": "https://[slack/"}, "api_url", "is not a web address"),
        ({"api_url": "https://a:99999/"}, "api_url", "is not a web address"),
        ({"api_url": "ftp://slack.com/"}, "api_url", "is not a web address"),
        ({"api_url": "https://sl ack.com/"}, "api_url", "is not a web address"),
        ({"operators": "#general"}, "operators", "is not a channel id"),
        ({"zone": "Europe/Berln"}, "zone", '"Europe/Berln" is no time zone that this machine knows; did you mean'),
        ({"zone": "../etc/passwd"}, "zone", "is no time zone that this machine knows"),
        ({"zone": ""}, "zone", "is no time zone that this machine knows"),
        ({"zone": 2}, "zone", "is not a text in quotes"),
    ],
)
def test_slack_settings_are_checked(slack: dict[str, Any], place: str, wrong: str) -> None:
    found = problems({"slack": slack})

    assert list(found) == [f"[slack] {place}"]
    assert wrong in found[f"[slack] {place}"].wrong


def test_a_token_that_cannot_be_read_is_not_called_missing_as_well() -> None:
    found = problems({"slack": {"bot_token": "env:MY_TOKEN", "app_token": APP}})

    assert [problem.wrong for problem in found.values()] == [
        "names the environment variable MY_TOKEN, which is not set"
    ]


def test_what_new_subscriptions_tell_is_read_as_it_is_typed() -> None:
    settings = from_mapping({"subscriptions": {"rules": "at 10,90 quiet 22:00-07:00 stall 30m"}}, {}, TYPES)

    assert settings.subscriptions.in_zone("Europe/Berlin") == Rules(
        milestones=(10, 90), stall=1800, quiet=Quiet(start=1320, end=420, zone="Europe/Berlin")
    )
    assert Settings().subscriptions.in_zone("Europe/Berlin") == Rules()


@pytest.mark.parametrize(
    ("rules", "wrong"),
    [
        ("at 101", "cannot be read. “101” is no milestone."),
        ("stal 30m", "cannot be read. "),
        ('as "orders"', "has a label in it, but each subscription has its own"),
    ],
)
def test_what_new_subscriptions_tell_is_checked(rules: str, wrong: str) -> None:
    found = problems({"subscriptions": {"rules": rules}})

    assert list(found) == ["[subscriptions] rules"]
    assert wrong in found["[subscriptions] rules"].wrong


def test_rights_are_read() -> None:
    written = {"change": "everyone", "guests": True, "managers": {"C0123": ["U0123", "W0123"], "*": ["U0456"]}}

    permissions = read({"permissions": written}).permissions

    assert permissions.change == "everyone"
    assert permissions.guests
    assert permissions.managers == {"C0123": ("U0123", "W0123"), "*": ("U0456",)}


@pytest.mark.parametrize(
    ("permissions", "place", "wrong"),
    [
        ({"change": "nobody"}, "change", '"nobody" is not known here'),
        ({"guests": "maybe"}, "guests", "is not true or false"),
        ({"managers": ["U0123"]}, "managers", "a list is no table of channels and their managers"),
        ({"managers": {"general": ["U0123"]}}, "managers", "a table whose entry 1 is no channel id"),
        ({"managers": {"C0123": "U0123"}}, "managers", "a table whose entry 1 has no list of user ids"),
        ({"managers": {"C0123": []}}, "managers", "a table whose entry 1 has no list of user ids"),
        ({"managers": {"C0123": ["U0123"], "*": ["@alice"]}}, "managers", "entry 2 lists something other than user"),
        ({"managers": {"C0123": [7]}}, "managers", "entry 1 lists something other than user ids"),
    ],
)
def test_rights_are_checked(permissions: dict[str, Any], place: str, wrong: str) -> None:
    found = problems({"permissions": permissions})

    assert list(found) == [f"[permissions] {place}"]
    assert wrong in found[f"[permissions] {place}"].wrong


def test_all_that_is_wrong_with_managers_is_told_at_once_and_no_value_from_elsewhere_is() -> None:
    managers = {"general": ["env:WHO"], "C0123": []}

    found = problems({"permissions": {"managers": managers}}, {"WHO": "hunter2"})

    wrong = found["[permissions] managers"].wrong
    assert wrong.count("whose entry") == 3
    assert "hunter2" not in wrong


def test_an_account_may_be_limited_to_channels_and_groups() -> None:
    account = {"provider": "fair", "region": "eu-1", "secret_key": "k", "channels": ["C0123"], "groups": ["S0123"]}

    fair = read({"accounts": {"f": account}}).accounts["f"]

    assert (fair.channels, fair.groups) == (("C0123",), ("S0123",))


@pytest.mark.parametrize(
    ("limit", "place", "wrong"),
    [
        ({"channels": "C0123"}, "channels", '"C0123" is not a list'),
        ({"channels": []}, "channels", "a list is empty; leave it out where there is no limit"),
        ({"channels": ["C0123", "#dba"]}, "channels", "something other than the id of a channel in place 2"),
        ({"channels": [3]}, "channels", "something other than the id of a channel in place 1"),
        ({"groups": ["C0123"]}, "groups", "something other than the id of a user group in place 1"),
        ({"groups": {}}, "groups", "a table is not a list"),
    ],
)
def test_limits_of_accounts_are_checked(limit: dict[str, Any], place: str, wrong: str) -> None:
    account = {"provider": "fair", "region": "eu-1", "secret_key": "k", **limit}

    found = problems({"accounts": {"f": account}})

    assert list(found) == [f"[accounts.f] {place}"]
    assert wrong in found[f"[accounts.f] {place}"].wrong


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("milepost.db", "is neither sqlite:///"),
        ("mysql://h/d", "is neither sqlite:///"),
        ("sqlite://milepost.db", "names no data file"),
        ("sqlite:///", "names no data file"),
        ("sqlite:////", "names no data file"),
        ("sqlite:///data/", "names no data file"),
        ("sqlite:milepost.db", "names no data file"),
        ("sqlite:///:memory:", "names no file that would keep the data"),
        ("sqlite:///a.db?mode=ro", "names no file that would keep the data"),
        ("sqlite:///a%00b", "names no file that would keep the data"),
        ("postgresql://h:port/d", "is neither sqlite:///"),
        ("postgresql://h", "names no database"),
        ("postgresql://bot:pa@55word@h/d", "has a second @"),
        ("", "is neither sqlite:///"),
    ],
)
def test_the_store_is_a_file_or_a_database(url: str, wrong: str) -> None:
    found = problems({"store": {"url": url}})

    assert wrong in found["[store] url"].wrong


@pytest.mark.parametrize(
    ("polling", "place", "wrong"),
    [
        ({"min_interval": "0.5s"}, "min_interval", '"0.5s" is not between 1s and 1d'),
        ({"max_interval": "2d"}, "max_interval", '"2d" is not between 1s and 1d'),
        ({"max_interval": "5s"}, "max_interval", '"5s" is shorter than min_interval, which is 10s'),
        ({"timeout": "0s"}, "timeout", '"0s" is not between 1s and 5m'),
        ({"min_interval": True}, "min_interval", "true is not a duration"),
        ({"on_time": "2h"}, "on_time", '"2h" is not between 1s and 1h'),
        ({"on_time_percent": 0}, "on_time_percent", "0 is not between 0.1 and 50"),
        ({"on_time_percent": "1 %"}, "on_time_percent", '"1 %" is not a number'),
        ({"on_time_percent": True}, "on_time_percent", "true is not a number"),
    ],
)
def test_intervals_have_bounds(polling: dict[str, Any], place: str, wrong: str) -> None:
    found = problems({"polling": polling})

    assert list(found) == [f"[polling] {place}"]
    assert found[f"[polling] {place}"].wrong == wrong


@pytest.mark.parametrize("name", ["", "DRS", "1drs", "drs_eu", "drs eu", "-drs", "a" * 32, "drs\n[forged]", "дрс"])
def test_an_account_name_can_be_typed(name: str) -> None:
    found = problems({"accounts": {name: {"provider": "cumulus", "token": "t"}}})

    assert [problem.wrong for problem in found.values()] == ["is no name for an account"]
    assert "\n" not in next(iter(found))


def test_a_bound_that_cannot_be_read_is_not_compared_with() -> None:
    found = problems({"polling": {"min_interval": "env:NIX", "max_interval": "5s"}})

    assert list(found) == ["[polling] min_interval"]


def test_what_a_validator_repeats_of_the_environment_is_taken_out() -> None:
    data = {"accounts": {"a": {"provider": "fair", "secret_key": "k", "region": "env:REGION"}}}

    found = problems(data, {"REGION": "x-hunter2"})

    assert found["[accounts.a] region"].wrong == '"env:REGION" there is no region …'


def test_what_a_validator_repeats_of_a_secret_is_taken_out() -> None:
    found = problems({"accounts": {"a": {"provider": "fair", "secret_key": "xhunter2", "region": "eu-1"}}})

    assert found["[accounts.a] secret_key"].wrong == "… is no key"


def test_a_value_that_is_one_of_our_words_does_not_garble_the_message() -> None:
    found = problems({"accounts": {"a": {"provider": "fair", "region": "eu-1", "colour": "missing"}}})

    assert found["[accounts.a] secret_key"].wrong == "is missing"


@pytest.mark.parametrize("key", ["bot_token", "app_token"])
def test_a_token_of_the_wrong_form_is_not_shown(key: str) -> None:
    found = problems({"slack": {"bot_token": BOT, "app_token": APP, key: "hunter2"}})

    assert found[f"[slack] {key}"].wrong.startswith("does not begin with")
    assert "hunter2" not in str(found)


def test_values_of_secret_keys_and_of_references_are_never_shown() -> None:
    environ = {"LEAK": "hunter2hunter2"}

    with pytest.raises(SettingsError) as caught:
        from_mapping(
            {
                "slack": {
                    "mode": "env:LEAK",
                    "bot_token": "hunter2hunter2",
                    "listen": BOT,
                    "api_url": "https://u:hunter2@h/",
                },
                "store": {"url": "mysql://u:hunter2@h"},
                "accounts": {"a": {"provider": "fair", "secret_key": ["hunter2"], "region": 1, BOT: 1}},
            },
            environ,
            TYPES,
        )

    text = str(caught.value)
    assert "hunter2" not in text
    assert BOT not in text
    assert '"env:LEAK" is not known here' in text


# --- the file ---


def test_a_file_is_read_and_its_references_begin_beside_it(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("t0p\n")
    path = tmp_path / "my.toml"
    path.write_text('[accounts.a]\nprovider = "cumulus"\ntoken = "file:key"\n')

    account = load(path, {}, TYPES).accounts["a"]

    assert isinstance(account, Cumulus)
    assert account.token is not None
    assert account.token.get_secret_value() == "t0p"


def test_without_a_path_the_environment_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text('[polling]\nmin_interval = "3s"\n')

    settings = load(None, {"MILEPOST_CONFIG": str(path)}, TYPES)

    assert settings.polling.min_interval == timedelta(seconds=3)


def test_without_any_path_the_working_directory_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    before = load(None, {}, TYPES)
    (tmp_path / "milepost.toml").write_text('[polling]\nmin_interval = "3s"\n')
    after = load(None, {}, TYPES)

    assert before == Settings()
    assert after.polling.min_interval == timedelta(seconds=3)


@pytest.mark.parametrize(
    ("content", "wrong", "position"),
    [
        (b"[slack]\nmode = socket\n", "is not TOML", "line 2, column 8"),
        (b"[slack\n", "is not TOML", "line 1, column 7"),
        (b"a = '", "is not TOML", "end of document"),
        (b"\xff\xfea", "is not UTF-8", None),
        (b"#" * (LARGEST_CONFIG + 1), "is larger than 1024 KiB", None),
        (b"a = " + b"[" * 100_000, "is not TOML", None),
        (b"a = " + b"9" * 10_000, "is not TOML", None),
        (b"a = 2026-02-31", "is not TOML", None),
    ],
    ids=["value", "bracket", "end", "encoding", "size", "depth", "digits", "date"],
)
def test_a_file_that_is_no_toml_is_told_with_its_place(
    tmp_path: Path, content: bytes, wrong: str, position: str | None
) -> None:
    path = tmp_path / "milepost.toml"
    path.write_bytes(content)

    with pytest.raises(SettingsError) as caught:
        load(path, {}, TYPES)

    (problem,) = caught.value.problems
    assert wrong in problem.wrong
    assert position is None or problem.place == f"{path}, {position}"


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "milepost.toml"
    path.write_bytes(b"\xef\xbb\xbf[polling]\n")

    assert load(path, {}, TYPES) == Settings()


def test_a_config_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.toml").symlink_to("nowhere")

    for path, wrong in [
        (tmp_path, "is a directory"),
        (Path("nix.toml"), "does not exist"),
        (Path("broken.toml"), "does not exist"),
    ]:
        with pytest.raises(SettingsError) as caught:
            load(path, {}, TYPES)
        assert caught.value.problems[0].wrong == wrong


def test_a_default_file_that_leads_nowhere_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "milepost.toml").symlink_to("nowhere")

    with pytest.raises(SettingsError, match="does not exist"):
        load(None, {}, TYPES)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_config_of_another_user_is_told(tmp_path: Path) -> None:
    path = tmp_path / "milepost.toml"
    path.touch(mode=0)

    with pytest.raises(SettingsError, match="may not be read by this user"):
        load(path, {}, TYPES)
