import asyncio
import io
import json
import logging
import re
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot import logs
from bot.logs.lines import _Formatter
from bot.logs.redaction import Redactor

SECRET = 'hunter2/"ü'


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, hooks = list(root.handlers), root.level, (sys.excepthook, threading.excepthook)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks
    structlog.reset_defaults()


def events(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def plain(stream: io.StringIO) -> list[str]:
    return re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()).splitlines()


def test_without_a_terminal_each_event_is_one_line_of_json() -> None:
    stream = io.StringIO()
    logs.configure("info", [], stream)

    structlog.stdlib.get_logger("bot.polling").info("read a task", account="drs", percent=46.5)

    (event,) = events(stream)
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "read a task",
        "account": "drs",
        "percent": 46.5,
        "level": "info",
        "logger": "bot.polling",
    }


def test_in_a_terminal_an_event_is_readable() -> None:
    stream = Terminal()
    logs.configure("info", [], stream)

    structlog.stdlib.get_logger("bot.polling").warning("read a task", account="drs")

    (line,) = plain(stream)
    assert "\x1b[" in stream.getvalue()
    assert re.search(r"\[warning\s*\] read a task\s+\[bot.polling\] account=.?drs", line)


def test_a_level_keeps_lower_ones_out() -> None:
    stream = io.StringIO()
    logs.configure("warning", [], stream)
    log = structlog.stdlib.get_logger("bot")

    log.info("quiet")
    log.warning("loud")

    assert [event["event"] for event in events(stream)] == ["loud"]


@pytest.mark.parametrize("level", logs.LEVELS)
def test_every_level_can_be_chosen(level: str) -> None:
    stream = io.StringIO()
    logs.configure(level, [], stream)

    logging.getLogger("bot").log(logging.getLevelNamesMapping()[level.upper()], "here")

    assert events(stream)[0]["level"] == level


@pytest.mark.parametrize("library", ["slack_sdk.web", "slack_bolt.AsyncApp", "httpx", "aiohttp.access"])
def test_libraries_speak_up_from_warning_or_when_asked(library: str) -> None:
    quiet, asked = io.StringIO(), io.StringIO()

    logs.configure("info", [], quiet)
    logging.getLogger(library).info("routine")
    logging.getLogger(library).warning("trouble")
    logs.configure("debug", [], asked)
    logging.getLogger(library).debug("routine")

    assert [event["event"] for event in events(quiet)] == ["trouble"]
    assert [event["event"] for event in events(asked)] == ["routine"]


def test_the_scheduler_does_not_tell_each_tick() -> None:
    stream = io.StringIO()
    logs.configure("debug", [], stream)

    logging.getLogger("apscheduler.scheduler").warning("skipped: maximum number of running instances reached")
    logging.getLogger("apscheduler.executors.default").error("trouble")

    assert [event["event"] for event in events(stream)] == ["trouble"]


@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_no_secret_is_printed_wherever_it_comes_from(kind: type[io.StringIO]) -> None:
    stream = kind()
    logs.configure("debug", [SECRET], stream)
    log = structlog.stdlib.get_logger("bot")

    class Carrier:
        def __repr__(self) -> str:
            return f"Carrier({SECRET!r})"

    text = f"as text {SECRET}"
    log.info(text, value=SECRET, **{SECRET: "as a key"})
    log.info("inside", nested={"a": [SECRET, {SECRET: SECRET}]}, thing=Carrier(), raw=SECRET.encode())
    log.bind(bound=SECRET).debug("bound")
    logging.getLogger("httpx").debug("library %s %r", SECRET, Carrier())
    try:
        raise ValueError(SECRET) from KeyError(SECRET)
    except ValueError:
        log.exception("caught")
        logging.getLogger("slack_sdk").exception("caught by a library")

    assert len(stream.getvalue().splitlines()) >= 6
    assert "hunter2" not in stream.getvalue()
    assert "[hidden]" in stream.getvalue()


@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_a_secret_that_nobody_told_of_is_known_by_its_name(kind: type[io.StringIO]) -> None:
    stream = kind()
    logs.configure("info", [], stream)

    structlog.stdlib.get_logger("bot").info(
        "asked",
        authorization="Basic aHVudGVy",
        password="hunter5",
        headers={"X-Auth-Token": "MIIhunter"},
        account="drs",
    )

    assert "hunter" not in stream.getvalue()
    assert "aHVudGVy" not in stream.getvalue()
    assert "drs" in stream.getvalue()


def test_a_secret_that_is_learnt_later_is_hidden_from_then_on() -> None:
    stream = io.StringIO()
    logs.configure("info", [], stream)

    logs.hide("fresh-iam-token")
    logging.getLogger("bot").warning("got fresh-iam-token")

    assert events(stream)[0]["event"] == "got [hidden]"
    assert logs.redact("print fresh-iam-token") == "print [hidden]"


@given(st.text(min_size=4, max_size=12).filter(lambda text: text.strip() == text and text not in "[hidden]"))
def test_each_line_stays_json_whatever_the_secret_is(secret: str) -> None:
    # A formatter of its own: what one example teaches must not reach the next.
    record = logging.LogRecord("bot", logging.INFO, __file__, 1, "before %s after", (secret,), None)
    line = _Formatter(machine=True, redactor=Redactor([secret])).format(record)

    event = json.loads(line)
    assert secret not in str(event.get("event", "")).replace("[hidden]", "")
    assert "\n" not in line


@pytest.mark.parametrize("secret", ['": "before', '"before"'])
def test_a_secret_that_is_a_piece_of_json_takes_the_line_with_it(secret: str) -> None:
    record = logging.LogRecord("bot", logging.INFO, __file__, 1, "before", None, None)

    line = _Formatter(machine=True, redactor=Redactor([secret])).format(record)

    assert secret not in line
    assert isinstance(json.loads(line), dict)


@pytest.mark.parametrize("break_", ["\n", "\r", "\x0b", "\x85", "\u2028", "\x1b[2K\x1b[1A"])
@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_a_value_cannot_forge_a_line(kind: type[io.StringIO], break_: str) -> None:
    stream = kind()
    logs.configure("info", [], stream)
    forged = f"x{break_}2026-01-01T00:00:00Z [info] all is well"

    structlog.stdlib.get_logger("bot").info(forged, value=forged, nested=[forged], **{forged: 1})
    logging.getLogger("lib").warning("%s", forged)

    text = stream.getvalue() if kind is io.StringIO else "\n".join(plain(stream)) + "\n"
    assert text.count("\n") == 2
    assert all(line.isprintable() for line in text.splitlines())


def test_lines_of_a_traceback_are_set_apart_from_lines_of_ours() -> None:
    stream = Terminal()
    logs.configure("info", [], stream)

    try:
        raise ValueError("x\n2026-01-01T00:00:00Z [info     ] all is well")
    except ValueError:
        structlog.stdlib.get_logger("bot").exception("caught")

    first, *others = plain(stream)
    assert "caught" in first
    assert others
    assert all(line.startswith("    | ") for line in others)


@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_a_record_that_cannot_be_formatted_is_told_without_its_content(
    kind: type[io.StringIO], capsys: pytest.CaptureFixture[str]
) -> None:
    stream = kind()
    logs.configure("info", [], stream)

    # pytest's own handlers would trip over the record too.
    logging.getLogger().handlers[:] = logging.getLogger().handlers[-1:]
    logging.getLogger("lib").warning("%d things", "hunter2")

    assert "a log record could not be written" in stream.getvalue()
    assert "test_lines.py" in stream.getvalue()
    assert "hunter2" not in stream.getvalue() + capsys.readouterr().err


def test_an_endless_value_is_cut_after_its_secrets_are_hidden() -> None:
    stream = io.StringIO()
    logs.configure("info", [SECRET], stream)
    body = "x" * 9_995 + SECRET + "y" * 1_000_000

    logging.getLogger("lib").warning(body)

    text = events(stream)[0]["event"]
    assert len(text) < 10_100
    assert "hunt" not in text


def test_a_stream_that_is_gone_stops_nothing() -> None:
    stream = io.StringIO()
    logs.configure("info", [], stream)
    stream.close()

    logging.getLogger("bot").warning("into the void")


def test_configuring_again_replaces_the_former_stream() -> None:
    first, second = io.StringIO(), io.StringIO()

    logs.configure("info", [], first)
    logs.configure("info", [], second)
    logging.getLogger("bot").warning("once")

    assert first.getvalue() == ""
    assert len(events(second)) == 1


def test_a_plain_handler_does_not_print_beside_ours() -> None:
    leak, stream = io.StringIO(), io.StringIO()
    logging.getLogger().addHandler(logging.StreamHandler(leak))

    logs.configure("info", ["s3cret"], stream)
    logging.getLogger("bot").warning("s3cret")

    assert leak.getvalue() == ""
    assert "s3cret" not in stream.getvalue()


def test_what_nobody_caught_is_logged_and_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    logs.configure("info", [SECRET], stream)
    logs.log_uncaught()

    def fail() -> None:
        raise ValueError(SECRET)

    thread = threading.Thread(target=fail, name="worker")
    thread.start()
    thread.join()
    try:
        fail()
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)

    of_thread, of_program = events(stream)
    assert of_thread["event"] == "uncaught exception in thread worker"
    assert of_program["event"] == "uncaught exception"
    assert "ValueError: [hidden]" in of_program["exception"]
    assert "hunter2" not in stream.getvalue() + capsys.readouterr().err


async def test_context_of_a_task_is_on_its_lines_only() -> None:
    stream = io.StringIO()
    logs.configure("info", [], stream)
    log = structlog.stdlib.get_logger("bot")

    async def work(account: str) -> None:
        structlog.contextvars.bind_contextvars(account=account)
        await asyncio.sleep(0)
        log.info("worked")

    await asyncio.gather(asyncio.create_task(work("a")), asyncio.create_task(work("b")))

    assert sorted(event["account"] for event in events(stream)) == ["a", "b"]
