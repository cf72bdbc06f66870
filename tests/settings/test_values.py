import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from bot.settings.values import (
    LARGEST_FILE,
    Address,
    Unreadable,
    Unset,
    dereference,
    duration_text,
    parse_address,
    parse_duration,
    read_file,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10s", 10), ("0s", 0), ("5m", 300), ("24h", 86400), ("2d", 172800), ("1.5m", 90), ("0.25s", 0.25)],
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "10",
        "s",
        "10 s",
        "10S",
        "-1s",
        "+1s",
        "1e3s",
        "250ms",
        "1w",
        ".5s",
        "1.s",
        "٣s",
        "9999999d",
        "10s\n",
        10,
        None,
        True,
        ["1s"],
    ],
)
def test_nothing_else_is_a_duration(value: object) -> None:
    with pytest.raises(PydanticCustomError, match="is not a duration"):
        parse_duration(value)


@given(st.integers(0, 10_000_000).map(lambda seconds: timedelta(seconds=seconds)))
def test_a_duration_is_written_as_it_is_read(duration: timedelta) -> None:
    assert duration_text(duration)[-1] != "s" or duration < timedelta(minutes=1) or duration.seconds % 60
    if duration < timedelta(seconds=1_000_000):
        assert parse_duration(duration_text(duration)) == duration


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:3000", "127.0.0.1", 3000),
        ("localhost:0", "localhost", 0),
        ("[::1]:65535", "::1", 65535),
        ("bot.example.com:80", "bot.example.com", 80),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, host: str, port: int) -> None:
    address = parse_address(text)

    assert address == Address(host=host, port=port)
    assert str(address) == text


@pytest.mark.parametrize(
    "value",
    ["", ":3000", "3000", "localhost", "localhost:", "localhost:http", "h:65536", "::1:80", "a b:1", "h:٣", 3000, None],
)
def test_nothing_else_is_an_address(value: object) -> None:
    with pytest.raises(PydanticCustomError, match="is not an address"):
        parse_address(value)


def test_a_variable_is_taken_as_it_is() -> None:
    assert dereference("env:KEY", environ={"KEY": "env:OTHER "}, folder=Path()) == "env:OTHER "


@pytest.mark.parametrize(
    ("environ", "why"), [({}, "KEY, which is not set"), ({"KEY": ""}, "KEY, which is empty")], ids=["missing", "empty"]
)
def test_a_missing_or_empty_variable_is_named(environ: dict[str, str], why: str) -> None:
    with pytest.raises(Unset, match=why):
        dereference("env:KEY", environ=environ, folder=Path())


@pytest.mark.parametrize("name", ["", "1A", "A B", "A=B", "A\n", "Ä", "A" * 200])
def test_a_name_that_no_variable_can_have_is_refused(name: str) -> None:
    with pytest.raises(Unreadable, match="names no environment variable"):
        dereference(f"env:{name}", environ={name: "x"}, folder=Path())


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"key", "key"),
        (b"key\n", "key"),
        (b"key\r\n", "key"),
        (b"key\n\n", "key\n"),
        (b" key ", " key "),
        (b"\xef\xbb\xbfkey", "key"),
    ],
)
def test_a_file_is_read_without_its_last_line_break(tmp_path: Path, content: bytes, value: str) -> None:
    (tmp_path / "key").write_bytes(content)

    assert dereference("file:key", environ={}, folder=tmp_path) == value
    assert dereference(f"file:{tmp_path}/key", environ={}, folder=Path("elsewhere")) == value


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"x" * (LARGEST_FILE + 1), "is larger than 64 KiB"),
    ],
)
def test_a_file_of_the_wrong_content_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "key").write_bytes(content)

    with pytest.raises(Unreadable, match=why):
        dereference("file:key", environ={}, folder=tmp_path)


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_a_path_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unreadable, match="names no file"):
        dereference(f"file:{name}", environ={}, folder=tmp_path)


def test_what_is_no_ordinary_file_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")

    for name, why in [
        ("pipe", "is not an ordinary file"),
        ("folder", "is a directory"),
        ("nothing", "does not exist"),
        ("loop", "cannot be read"),
        ("x" * 300, "cannot be read"),
    ]:
        with pytest.raises(Unreadable, match=why):
            read_file(tmp_path / name, at_most=10)
