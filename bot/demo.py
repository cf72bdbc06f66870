"""The bot in its playground: a Slack look-alike and five simulated clouds, over the same HTTP and WebSocket paths."""

import asyncio
import errno
import tempfile
from pathlib import Path

from rich.console import Console

from bot import logs
from bot.commandline import PLAYGROUND_PORT
from bot.settings import from_mapping, secrets
from bot.stopping import on_signals
from bot.wiring import Bot
from playground.server import Playground
from playground.settings import settings as playground_settings
from providers.registry import ACCOUNT_TYPES

_CHANNEL, _USER = "C0MIGRATE", "U0ALICE"


class PortInUse(Exception):
    """The port that was asked for is taken."""


async def run(port: int | None) -> None:
    """Start playground and bot, print the address, and run until stopped."""
    stopping = on_signals()
    playground = Playground()
    await _start(playground, port)
    try:
        with tempfile.TemporaryDirectory(prefix="milepost-") as folder:
            await _run_bot(playground, Path(folder), stopping)
    finally:
        await playground.stop()


async def _start(playground: Playground, port: int | None) -> None:
    try:
        await playground.start(port if port is not None else PLAYGROUND_PORT)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        if port is not None:
            message = f"Port {port} on 127.0.0.1 is taken by another program. Choose another one with --port."
            raise PortInUse(message) from None
        await playground.start(0)


async def _run_bot(playground: Playground, folder: Path, stopping: asyncio.Event) -> None:
    data = {**playground_settings(playground.url), "store": {"url": f"sqlite:///{folder}/milepost.db"}}
    settings = from_mapping(data, {}, ACCOUNT_TYPES)
    for secret in secrets(settings):
        logs.hide(secret)
    bot = Bot(settings, clock=playground.clock)
    running = asyncio.create_task(bot.run(stopping))
    connected = asyncio.create_task(bot.connected.wait())
    try:
        await asyncio.wait({running, connected}, return_when=asyncio.FIRST_COMPLETED)
        if connected.done():
            await _first_sight(playground)
        await running
    finally:
        connected.cancel()


async def _first_sight(playground: Playground) -> None:
    """One task is under way and followed already, so that the first thing seen is a living card; one waits for it."""
    example = playground.clouds.example()
    playground.clouds.start("scloud-usmc", name="web-01 → sg", percent=12.0, speed=0.5)
    await playground.slack.say(_USER, _CHANNEL, str(playground.clouds.view(example)["command"]))
    console = Console(stderr=True, highlight=False)
    console.print(f"\nThe playground is open: [bold]{playground.url}[/bold]")
    console.print("A Slack look-alike and five simulated clouds; nothing leaves this machine.\nCtrl-C ends it.\n")
