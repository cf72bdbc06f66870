"""The key that seals is 32 bytes in base64; whatever else somebody writes is told, and not shown."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import SettingsError, from_mapping
from bot.settings.keys import key_bytes
from bot.settings.model import secrets
from providers.registry import ACCOUNT_TYPES

KEY = bytes(range(224, 256))
WRITTEN = base64.b64encode(KEY).decode()


@given(st.binary(min_size=32, max_size=32))
def test_a_key_may_be_written_plainly_or_for_urls_with_or_without_its_end(key: bytes) -> None:
    plain, for_urls = base64.b64encode(key).decode(), base64.urlsafe_b64encode(key).decode()

    assert {key_bytes(form) for form in (plain, for_urls, plain.rstrip("="), f"{plain}\n")} == {key}


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("", id="empty"),
        pytest.param(base64.b64encode(KEY[:31]).decode(), id="a byte short"),
        pytest.param(base64.b64encode(KEY + b"1").decode(), id="a byte long"),
        pytest.param(base64.b64encode(KEY[:16]).decode(), id="16 bytes"),
        pytest.param(KEY.hex(), id="hexadecimal"),
        pytest.param("correct horse battery staple, 32 b", id="a pass phrase"),
        pytest.param(WRITTEN[:-2] + "é=", id="no ASCII"),
        pytest.param("*" + WRITTEN[1:], id="another character"),
    ],
)
def test_a_key_of_another_form_is_told_and_not_shown(written: str) -> None:
    with pytest.raises(SettingsError) as caught:
        from_mapping({"store": {"encryption_key": written}}, {}, ACCOUNT_TYPES)

    (problem,) = caught.value.problems
    assert problem.place == "[store] encryption_key"
    assert problem.wrong == "is not 32 bytes in base64"
    assert "openssl rand -base64 32" in problem.right
    assert not written or written not in str(caught.value)


def test_the_key_may_stand_outside_the_file_and_is_hidden() -> None:
    written = {"store": {"encryption_key": "env:KEY"}}

    settings = from_mapping(written, {"KEY": WRITTEN}, ACCOUNT_TYPES)

    assert settings.store.sealing_key == KEY
    assert WRITTEN in list(secrets(settings))
    assert WRITTEN not in repr(settings)


@pytest.mark.parametrize("written", [{}, {"store": {"encryption_key": "env:MILEPOST_ENCRYPTION_KEY"}}])
@pytest.mark.parametrize("environ", [{}, {"MILEPOST_ENCRYPTION_KEY": ""}])
def test_without_a_key_there_is_none(written: dict[str, object], environ: dict[str, str]) -> None:
    assert from_mapping(written, environ, ACCOUNT_TYPES).store.sealing_key is None


def test_the_key_comes_from_the_environment_by_default() -> None:
    assert from_mapping({}, {"MILEPOST_ENCRYPTION_KEY": WRITTEN}, ACCOUNT_TYPES).store.sealing_key == KEY
