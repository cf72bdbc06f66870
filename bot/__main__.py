"""The command line: run, playground, check, watch, health."""

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from bot import __version__, check, demo, logs, store_commands, terminal
from bot.commandline import BAD_SETTINGS, ConfigOption, LevelOption, fail, read_settings, set_level
from bot.ports import StoreUnusable
from bot.settings import Settings
from bot.slack.session import TokenRefused
from bot.stopping import on_signals
from bot.store.lock import heartbeat_age
from bot.wiring import Bot
from providers.base import TaskState

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
    settings = read_settings(config, log_level)
    if not settings.slack.configured and slack_only:
        fail("There are no Slack tokens: set SLACK_BOT_TOKEN and SLACK_APP_TOKEN, or [slack] in milepost.toml.", 1)
    if not settings.slack.configured:
        _until_stopped(demo.run(port))
        return
    _until_stopped(_run(settings))


@app.command()
def playground(port: PortOption = None, log_level: LevelOption = "warning") -> None:
    """Start the bot against a Slack look-alike and five simulated clouds, in your browser."""
    set_level(log_level)
    logs.configure(log_level, ())
    _until_stopped(demo.run(port))


@app.command(name="check")
def check_settings(config: ConfigOption = None, log_level: LevelOption = "error") -> None:
    """Tell what works: the configuration, the Slack tokens, one signed call per account."""
    settings = read_settings(config, log_level)
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
    settings = read_settings(config, log_level)
    try:
        state = asyncio.run(terminal.watch_task(settings, account, key, Console(highlight=False)))
    except terminal.CannotWatch as error:
        fail(str(error), BAD_SETTINGS)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0 if state is TaskState.SUCCEEDED else 1)


@app.command()
def health(config: ConfigOption = None) -> None:
    """Tell whether a bot runs here on the configured store (exit status 0 or 1), for health checks."""
    settings = read_settings(config, "error")
    age = heartbeat_age(settings.store.path, datetime.now(UTC))
    if age is None:
        where = "from this folder" if settings.store.is_database else "on this data file"
        fail(f"No bot runs {where}.", 1)
    if age > ALIVE_SECONDS:
        fail(f"The bot has not shown that it lives for {age:.0f} s.", 1)


app.command(name="audit")(store_commands.audit)
app.add_typer(store_commands.store_app, name="store")


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
        fail(str(error), 1)
    except OSError as error:
        fail(f"Milepost cannot start: {error.strerror or error}.", 1)


def main() -> None:
    """Run the command line."""
    logs.log_uncaught()
    app()


if __name__ == "__main__":
    main()
