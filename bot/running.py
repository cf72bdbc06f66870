"""Running until somebody stops it: the bot, or the bot in its playground."""

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any

from bot import demo
from bot.commandline import fail
from bot.ports import StoreUnusable
from bot.settings import Settings
from bot.slack.session import TokenRefused
from bot.stopping import on_signals
from bot.wiring import Bot

STOP_SECONDS = 15.0
"""A stop takes less than ten, unless something hangs."""


def serve(settings: Settings) -> None:
    """Run the bot."""
    _until_stopped(_run(settings))


def play(port: int | None) -> None:
    """Run the bot in its playground, on this port or on the usual one."""
    _until_stopped(demo.run(port))


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


def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    try:
        asyncio.run(work)
    except (StoreUnusable, TokenRefused, demo.PortInUse) as error:
        fail(str(error), 1)
    except OSError as error:
        fail(f"Milepost cannot start: {error.strerror or error}.", 1)
