"""The command line: run, playground, check, watch, health.

What a command alone needs, such as Slack's library or the playground, is imported when it runs: a container asks
``milepost health`` every half a minute.
"""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from bot import __version__, logs, store_commands
from bot.commandline import PLAYGROUND_PORT, ConfigOption, LevelOption, fail, read_settings, set_level
from bot.store.lock import heartbeat_age

ALIVE_SECONDS = 60.0

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
        help=f"Port of the playground on 127.0.0.1; without it {PLAYGROUND_PORT}, or a free one where that is taken.",
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
    from bot import running

    if not settings.slack.configured:
        running.play(port)
        return
    running.serve(settings)


@app.command()
def playground(port: PortOption = None, log_level: LevelOption = "warning") -> None:
    """Start the bot against a Slack look-alike and five simulated clouds, in your browser."""
    set_level(log_level)
    logs.configure(log_level, ())
    from bot import running

    running.play(port)


@app.command(name="check")
def check_settings(config: ConfigOption = None, log_level: LevelOption = "error") -> None:
    """Tell what works: the configuration, the Slack tokens, one signed call per account."""
    settings = read_settings(config, log_level)
    from bot import check

    sys.exit(check.show(settings))


@app.command()
def watch(
    account: Annotated[str, typer.Argument(help="Name of an account in the configuration.", show_default=False)],
    key: Annotated[str, typer.Argument(help="The task's id, as for /milepost subscribe.", show_default=False)],
    config: ConfigOption = None,
    log_level: LevelOption = "error",
) -> None:
    """Show one task as a progress bar in the terminal, without Slack. Ends when the task ends."""
    settings = read_settings(config, log_level)
    from bot import terminal

    sys.exit(terminal.watch(settings, account, key))


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


def main() -> None:
    """Run the command line."""
    logs.log_uncaught()
    app()


if __name__ == "__main__":
    main()
