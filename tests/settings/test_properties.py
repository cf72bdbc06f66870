"""Whatever is written into the file: settings or a SettingsError come out, and never a secret."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from hypothesis import HealthCheck, example, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from bot.settings import Settings, SettingsError, from_mapping, secrets
from bot.settings.model import SECTIONS
from providers.registry import ACCOUNT_TYPES
from providers.settings import AccountSettings
from tests.settings.clouds import TYPES

SECRET = "hunter2-4f1c"
ALL_TYPES: Mapping[str, type[AccountSettings]] = {**ACCOUNT_TYPES, **TYPES}
ENVIRON = {"SET": f"{SECRET}-from-env", "TOKEN": f"xoxb-{SECRET}", "EMPTY": "", "ODD": "\udcff"}

texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["10s", "5m", "socket", "http", "xoxb-1", "xapp-1", "https://h/", "127.0.0.1:1", "sqlite:///a.db", "eu-1"]
    ),
    st.sampled_from(
        ["env:SET", "env:TOKEN", "env:EMPTY", "env:ODD", "env:NIX", "env:", "file:", "file:nix", "file:/", "file:\0"]
    ),
    st.sampled_from(["postgresql://u:p@h/d", "{0}", "{wrong}", "%s", "\n[forged]", "\x1b[2J", "\udcff"]),
)
scalars = st.one_of(
    texts,
    st.booleans(),
    st.integers(),
    st.floats(),
    st.just(datetime(2026, 1, 1, tzinfo=UTC)),
    st.just(date(2026, 1, 1)),
    st.just(time(1)),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=5
)


def table(keys: list[str]) -> st.SearchStrategy[Any]:
    return st.one_of(st.dictionaries(st.one_of(st.sampled_from(keys), texts), values, max_size=8), values)


account_keys = sorted({key for model in ALL_TYPES.values() for key in model.model_fields} - {"provider"})
accounts = st.builds(
    lambda keys, provider: {**keys, "provider": provider},
    st.dictionaries(st.sampled_from(account_keys), values, max_size=8),
    st.one_of(st.sampled_from(sorted(ALL_TYPES)), values),
)
files = st.fixed_dictionaries(
    {},
    optional={
        **{name: table(list(model.model_fields)) for name, model in SECTIONS.items()},
        "accounts": st.one_of(
            values,
            st.dictionaries(
                st.one_of(st.sampled_from(["a", "drs-eu"]), texts), st.one_of(accounts, values), max_size=3
            ),
        ),
        "slakc": values,
    },
)


# Values of every kind take their time on a busy machine; that says nothing about the loader.
@given(files)
@limits(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example({"accounts": {"a": {"provider": "fair", "region": "env:SET", "secret_key": 1}}})
def test_whatever_is_written_becomes_settings_or_problems(data: dict[str, Any]) -> None:
    try:
        settings = from_mapping(data, ENVIRON, ALL_TYPES)
    except SettingsError as error:
        assert error.problems
        text = str(error)
        assert SECRET not in text
        assert SECRET not in repr(error.problems)
        # Nothing out of the file can begin a line, and all of it can be printed.
        assert all(line.isprintable() for line in text.split("\n"))
        assert "[forged]" not in [line.strip() for line in text.split("\n")]
    else:
        assert isinstance(settings, Settings)
        assert not any(len(secret) > 12 and secret in repr(settings.slack) for secret in secrets(settings))


secret_places = st.sampled_from(
    [(section, key) for section, model in SECTIONS.items() for key in model.model_fields]
    + [(provider, key) for provider, model in ALL_TYPES.items() for key in model.model_fields if key != "provider"]
)
spellings = st.sampled_from(
    [
        f"xoxb-{SECRET}",
        f"xapp-{SECRET}",
        f"postgresql://u:{SECRET}@h:99999/d",
        f"https://u:{SECRET}@h/",
        "env:SET",
        "env:TOKEN",
    ]
)


@given(secret_places, spellings, st.booleans())
def test_a_secret_in_the_wrong_place_is_not_repeated(place: tuple[str, str], secret: str, in_list: bool) -> None:
    section, key = place
    value: Any = [secret] if in_list else secret
    data = {section: {key: value}} if section in SECTIONS else {"accounts": {"a": {"provider": section, key: value}}}

    try:
        from_mapping(data, ENVIRON, ALL_TYPES)
    except SettingsError as error:
        assert SECRET not in str(error)


@given(st.text(min_size=1, max_size=30).filter(lambda text: not text.startswith(("env:", "file:"))))
def test_every_secret_is_handed_to_the_log(secret: str) -> None:
    data = {
        "accounts": {"a": {"provider": "cumulus", "password": secret}},
    }

    settings = from_mapping(
        data, {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-2", "SLACK_SIGNING_SECRET": "s3"}, TYPES
    )

    assert set(secrets(settings)) == {"xoxb-1", "xapp-2", "s3", secret}
    assert "SecretStr('**********')" in repr(settings.accounts["a"])
