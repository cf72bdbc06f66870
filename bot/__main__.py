"""The command line: run, playground, check, watch, health."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.text import Text

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
STOP_SECONDS = 15.0
"""A stop takes less than ten, unless something hangs."""

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
def run(
    config: ConfigOption = None,
    log_level: LevelOption = "info",
    port: PortOption = None,
    slack_only: Annotated[
        bool | None, typer.Option("--slack-only", help="Without Slack tokens, end instead of starting the playground.")
    ] = None,
) -> None:
    """Start the bot. Without Slack tokens it runs in the playground, in your browser."""
    settings = _settings(config, log_level)
    if not settings.slack.configured and slack_only:
        _fail("There are no Slack tokens: set SLACK_BOT_TOKEN and SLACK_APP_TOKEN, or [slack] in milepost.toml.", 1)
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
    age = heartbeat_age(settings.store.path, datetime.now(UTC))
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
        print(logs.redact_known(finding))  # noqa: T201 - the answer
    if found:
        _fail(f"{path}: {len(found)} finding{'s' if len(found) > 1 else ''}.", 1)
    if lookafter.is_empty(path):
        print(f"{path} is empty, and fine: nothing was written to it yet.")  # noqa: T201 - the answer
        return
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
        print(logs.redact_known(sentence), file=sys.stderr)  # noqa: T201 - standard output is the export
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
    return named if named is not None else _settings(config, "error").store.path


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
        # Its sentences are made without secrets; the log's patterns would take our own words for some.
        print(error, file=sys.stderr)  # noqa: T201 - what a person at a terminal must read
        sys.exit(BAD_SETTINGS)
    logs.configure(log_level, secrets(settings))
    return settings


def _level(log_level: str) -> None:
    if log_level not in logs.LEVELS:
        _fail(f"There is no log level {log_level!r}. Levels: {', '.join(logs.LEVELS)}.", BAD_SETTINGS)


async def _run(settings: Settings) -> None:
    stopping = on_signals()
    limit = asyncio.create_task(end_at_the_latest(stopping, STOP_SECONDS))
    try:
        await Bot(settings).run(stopping)
    finally:
        limit.cancel()


async def end_at_the_latest(stopping: asyncio.Event, seconds: float) -> None:
    """End the process that long after a stop was asked for, whatever does not answer: a thread cannot be cancelled."""
    await stopping.wait()
    # Out of the event loop, for the loop itself waits for its threads when it ends.
    timer = threading.Timer(seconds, _give_up, (seconds,))
    timer.daemon = True
    timer.start()


def _give_up(seconds: float) -> None:
    sentence = f"Milepost ends without what did not answer for {seconds:g} s, such as the disk under the data file.\n"
    os.write(2, sentence.encode())
    # Nothing is lost: what was acknowledged is on disk, what was not is repeated or looked up.
    os._exit(1)


async def _check(settings: Settings, console: Console) -> int:
    worst = 0
    async for finding in check.findings(settings):
        sign = Text("✓ ", "green") if finding.works else Text("✗ ", "red")
        # As text: what a cloud or a file says may look like markup.
        console.print(sign + Text(logs.redact_known(f"{finding.what}: {finding.said}")), soft_wrap=True)
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
    print(logs.redact_known(message), file=sys.stderr)  # noqa: T201 - what a person at a terminal must read
    sys.exit(status)


def main() -> None:
    """Run the command line."""
    logs.log_uncaught()
    app()


if __name__ == "__main__":
    main()
