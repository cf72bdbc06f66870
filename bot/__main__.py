"""The command line: run, playground, check, watch, health."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console

from bot import __version__, check, demo, logs, lookafter, terminal
from bot.ports import StoreUnusable
from bot.settings import Settings, SettingsError, load, secrets
from bot.slack.session import TokenRefused
from bot.stopping import on_signals
from bot.store.lock import heartbeat_age
from bot.wiring import Bot
from providers.base import TaskState
from providers.registry import ACCOUNT_TYPES

T = TypeVar("T")

BAD_SETTINGS = 2
ALIVE_SECONDS = 60.0

app = typer.Typer(
    name="milepost",
    help="Live cards and threads in Slack for long-running cloud tasks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

store_app = typer.Typer(help="Look after the data file.", no_args_is_help=True)
app.add_typer(store_app, name="store")

FileOption = Annotated[
    Path | None,
    typer.Option("--file", "-f", help="Another data file than the configured one.", show_default=False),
]
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
PortOption = Annotated[
    int | None,
    typer.Option(
        "--port",
        min=1,
        max=65535,
        help=f"Port of the playground on 127.0.0.1; without it {demo.PORT}, or a free one where that is taken.",
        show_default=False,
    ),
]


def _version(wanted: bool | None) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        print(f"milepost {__version__}")  # noqa: T201 - the answer to --version
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool | None, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = None,
) -> None:
    """Live cards and threads in Slack for long-running cloud tasks."""


@app.command()
def run(config: ConfigOption = None, log_level: LevelOption = "info", port: PortOption = None) -> None:
    """Start the bot. Without Slack tokens it runs in the playground, in your browser."""
    settings = _settings(config, log_level)
    if not settings.slack.configured:
        _until_stopped(demo.run(port))
        return
    _until_stopped(_run(settings))


@app.command()
def playground(port: PortOption = None, log_level: LevelOption = "warning") -> None:
    """Start the bot against a Slack look-alike and five simulated clouds, in your browser."""
    _level(log_level)
    logs.configure(log_level, ())
    _until_stopped(demo.run(port))


@app.command(name="check")
def check_settings(config: ConfigOption = None, log_level: LevelOption = "error") -> None:
    """Tell what works: the configuration, the Slack tokens, one signed call per account."""
    settings = _settings(config, log_level)
    console = Console(highlight=False)
    console.print("[green]✓[/green] configuration: no problem found")
    sys.exit(asyncio.run(_check(settings, console)))


@app.command()
def watch(
    account: Annotated[str, typer.Argument(help="Name of an account in the configuration.", show_default=False)],
    key: Annotated[str, typer.Argument(help="The task's id, as for /milepost subscribe.", show_default=False)],
    config: ConfigOption = None,
    log_level: LevelOption = "error",
) -> None:
    """Show one task as a progress bar in the terminal, without Slack. Ends when the task ends."""
    settings = _settings(config, log_level)
    try:
        state = asyncio.run(terminal.watch_task(settings, account, key, Console(highlight=False)))
    except terminal.CannotWatch as error:
        _fail(str(error), BAD_SETTINGS)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0 if state is TaskState.SUCCEEDED else 1)


@app.command()
def health(config: ConfigOption = None) -> None:
    """Tell whether a bot runs on the configured data file (exit status 0 or 1), for health checks."""
    settings = _settings(config, "error")
    path = settings.store.path
    age = heartbeat_age(path, datetime.now(UTC)) if path is not None else None
    if age is None:
        _fail("No bot runs on this data file.", 1)
    if age > ALIVE_SECONDS:
        _fail(f"The bot has not shown that it lives for {age:.0f} s.", 1)


@store_app.command(name="check")
def store_check(config: ConfigOption = None, file: FileOption = None) -> None:
    """Tell what is wrong with the data file (exit status 1 if anything is). The bot may be running."""
    path = _data_file(config, file)
    found = _guarded(lambda: lookafter.check(path))
    for finding in found:
        print(logs.redact(finding))  # noqa: T201 - the answer
    if found:
        _fail(f"{path}: {len(found)} findings.", 1)
    print(f"{path}: nothing is wrong.")  # noqa: T201 - the answer


@store_app.command(name="export")
def store_export(
    to: Annotated[Path | None, typer.Argument(help="A new file; without it, standard output.")] = None,
    config: ConfigOption = None,
    file: FileOption = None,
) -> None:
    """Write every record that can be read as a line of JSON. The bot may be running."""
    path = _data_file(config, file)
    done = _guarded(lambda: lookafter.export(path, to))
    for sentence in done.left_out:
        print(logs.redact(sentence), file=sys.stderr)  # noqa: T201 - standard output is the export
    print(f"{done.records} records written, {len(done.left_out)} left out.", file=sys.stderr)  # noqa: T201
    if done.left_out:
        sys.exit(1)


@store_app.command(name="import")
def store_import(
    source: Annotated[Path | None, typer.Argument(help="An export; without it, standard input.")] = None,
    config: ConfigOption = None,
    file: FileOption = None,
) -> None:
    """Begin a data file with the records of an export: all of them or none. There must be no data file yet."""
    path = _data_file(config, file)
    count = _guarded(lambda: lookafter.import_(path, source))
    print(f"{path}: {count} records.")  # noqa: T201 - the answer


def _data_file(config: Path | None, named: Path | None) -> Path:
    settings = _settings(config, "error")
    try:
        return lookafter.data_file(settings, named)
    except lookafter.NoDataFile as error:
        _fail(str(error), BAD_SETTINGS)


def _guarded(work: Callable[[], T]) -> T:
    try:
        return work()
    except StoreUnusable as error:
        _fail(str(error), 1)


def _settings(config: Path | None, log_level: str) -> Settings:
    _level(log_level)
    try:
        settings = load(config, os.environ, ACCOUNT_TYPES)
    except SettingsError as error:
        _fail(str(error), BAD_SETTINGS)
    logs.configure(log_level, secrets(settings))
    return settings


def _level(log_level: str) -> None:
    if log_level not in logs.LEVELS:
        _fail(f"There is no log level {log_level!r}. Levels: {', '.join(logs.LEVELS)}.", BAD_SETTINGS)


async def _run(settings: Settings) -> None:
    await Bot(settings).run(on_signals())


async def _check(settings: Settings, console: Console) -> int:
    worst = 0
    async for finding in check.findings(settings):
        sign = "[green]✓[/green]" if finding.works else "[red]✗[/red]"
        console.print(sign, f"{finding.what}: {finding.said}", markup=True, soft_wrap=True)
        worst = worst if finding.works else 1
    return worst


def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    try:
        asyncio.run(work)
    except (StoreUnusable, TokenRefused, demo.PortInUse) as error:
        _fail(str(error), 1)
    except OSError as error:
        _fail(f"Milepost cannot start: {error.strerror or error}.", 1)


def _fail(message: str, status: int) -> NoReturn:
    print(logs.redact(message), file=sys.stderr)  # noqa: T201 - what a person at a terminal must read
    sys.exit(status)


def main() -> None:
    """Run the command line."""
    logs.log_uncaught()
    app()


if __name__ == "__main__":
    main()
