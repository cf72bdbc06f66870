"""How values are written: durations, addresses, and references to the environment and to files."""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from bot.settings.problems import misfit

_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)([smhd])", re.ASCII)
_HOST = re.compile(r"\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})", re.ASCII)
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}", re.ASCII)
LARGEST_FILE = 64 * 1024
"""Bytes of a file that a value is read from: credentials are short, and a wrong path may be anything."""


def parse_duration(value: object) -> object:
    """Return the timedelta that ``"10s"``, ``"1.5m"``, ``"24h"`` or ``"2d"`` stands for."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        return _UNITS[match[2]] * float(match[1])
    raise misfit("is not a duration", right="a number and s, m, h or d, in quotes")


def duration_text(value: timedelta) -> str:
    """Return a duration as it is written in the settings, in its largest whole unit."""
    for unit in ("d", "h", "m"):
        if value and not value % _UNITS[unit]:
            return f"{value // _UNITS[unit]}{unit}"
    return f"{value.total_seconds():g}s"


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(value: object) -> object:
    """Return the Address that ``"127.0.0.1:3000"`` or ``"[::1]:3000"`` stands for; port 0 is any free one."""
    if isinstance(value, Address):
        return value
    host, _, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    if not _HOST.fullmatch(host) or not re.fullmatch(r"\d{1,5}", port, re.ASCII) or int(port) > 65535:
        raise misfit("is not an address", right="a host and a port between 0 and 65535 with a colon between")
    return Address(host=host.strip("[]"), port=int(port))


class Unreadable(Exception):
    """A reference leads nowhere; the message says why, and never what was found there."""


class Unset(Unreadable):
    """A reference to a variable that is not set, or empty."""


def is_reference(value: str) -> bool:
    """Whether a text stands for another: ``env:NAME`` or ``file:PATH``."""
    return value.startswith(("env:", "file:"))


def dereference(value: str, *, environ: Mapping[str, str], folder: Path) -> str:
    """Return the text that a reference stands for; a relative path begins at *folder*. The result is taken as it is."""
    kind, _, name = value.partition(":")
    return _from_environment(name, environ) if kind == "env" else _from_file(name, folder)


def _from_environment(name: str, environ: Mapping[str, str]) -> str:
    if not _ENV_NAME.fullmatch(name):
        raise Unreadable("names no environment variable: a name is letters, digits and _")
    if not environ.get(name):
        raise Unset(f"names the environment variable {name}, which is {'empty' if name in environ else 'not set'}")
    return environ[name]


def _from_file(name: str, folder: Path) -> str:
    if not name or "\0" in name:
        raise Unreadable("names no file")
    try:
        text = read_file(folder / name, at_most=LARGEST_FILE)
    except Unreadable as error:
        raise Unreadable(f"names a file that {error}") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise Unreadable("names a file that is empty")
    return text


def read_file(path: Path, *, at_most: int) -> str:
    """Return the text of a file; raise Unreadable with the rest of a sentence that begins with it."""
    try:
        # Without O_NONBLOCK a pipe that nobody writes to would hold the start for ever.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_ISDIR(mode):
                raise Unreadable("is a directory")
            if not stat.S_ISREG(mode):
                raise Unreadable("is not an ordinary file")
            content = file.read(at_most + 1)
    except FileNotFoundError:
        raise Unreadable("does not exist") from None
    except IsADirectoryError:
        raise Unreadable("is a directory") from None
    except PermissionError:
        raise Unreadable("may not be read by this user") from None
    except (OSError, ValueError) as error:
        raise Unreadable(f"cannot be read ({getattr(error, 'strerror', None) or 'bad path'})") from None
    if len(content) > at_most:
        raise Unreadable(f"is larger than {at_most // 1024} KiB")
    try:
        # utf-8-sig: some editors put a byte order mark in front.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not UTF-8 (at byte {error.start})") from None
