"""What the commands share: where the configuration is, and how a command ends that cannot go on."""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot import logs
from bot.settings import Settings, SettingsError, Store, from_mapping, load, secrets
from providers.registry import ACCOUNT_TYPES

BAD_SETTINGS = 2
PLAYGROUND_PORT = 8750
"""Where the playground is, unless that is taken."""

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        envvar="MILEPOST_CONFIG",
        help="The configuration file; without it, milepost.toml in this folder.",
        show_default=False,
    ),
]
LevelOption = Annotated[
    str, typer.Option("--log-level", envvar="MILEPOST_LOG_LEVEL", help=f"One of {', '.join(logs.LEVELS)}.")
]


def read_settings(config: Path | None, log_level: str) -> Settings:
    """Return the settings, and let the log begin; where they cannot be used, tell all problems and end."""
    set_level(log_level)
    try:
        settings = load(config, os.environ, ACCOUNT_TYPES)
    except SettingsError as error:
        # Its sentences are made without secrets; the log's patterns would take our own words for some.
        print(error, file=sys.stderr)  # noqa: T201 - what a person at a terminal must read
        sys.exit(BAD_SETTINGS)
    logs.configure(log_level, secrets(settings))
    return settings


def read_stores(*urls: str) -> list[Store]:
    """Return the stores of these addresses, which may be ``env:NAME``, as in the configuration."""
    try:
        read = [from_mapping({"store": {"url": url}}, os.environ, ACCOUNT_TYPES) for url in urls]
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201 - what a person at a terminal must read
        sys.exit(BAD_SETTINGS)
    logs.configure("error", [secret for settings in read for secret in secrets(settings)])
    return [settings.store for settings in read]


def set_level(log_level: str) -> None:
    """End where there is no such log level."""
    if log_level not in logs.LEVELS:
        fail(f"There is no log level {log_level!r}. Levels: {', '.join(logs.LEVELS)}.", BAD_SETTINGS)


def fail(message: str, status: int) -> NoReturn:
    """Say why, and end."""
    print(logs.redact_known(message), file=sys.stderr)  # noqa: T201 - what a person at a terminal must read
    sys.exit(status)
