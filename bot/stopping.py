"""SIGTERM and Ctrl-C: the first asks for a clean stop, the second ends the process at once."""

import asyncio
import os
import signal

import structlog

_log = structlog.get_logger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def on_signals() -> asyncio.Event:
    """Return an event that the first signal sets. Call it in the running loop."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop(number: signal.Signals) -> None:
        if stopping.is_set():
            # Nothing is lost: what was acknowledged is on disk, what was not is repeated or looked up.
            os._exit(128 + number)
        _log.info("asked to stop", signal=number.name)
        stopping.set()

    for number in _SIGNALS:
        loop.add_signal_handler(number, stop, number)
    return stopping
