"""The playground as a process of its own, with more channels than a visitor sees: ``python -m …soaking.playground``.

It prints one line of JSON (its address and its channels), answers each line of JSON on its standard input with
another, and ends when that closes: it cannot outlive whoever started it.
"""

import argparse
import asyncio
import json
import logging
import sys
from collections import Counter

from playground.server import Playground
from playground.slack import SlackOptions
from playground.slack.options import EVERY_EVENT, SCOPES

SCOPES_FOR_LOOKING = frozenset({"channels:read", "groups:read"})
"""What lets a bot see that a channel is open again."""
RETRIES = (0.0, 5.0, 15.0)
"""Seconds after which an event comes again: Slack's minutes, shortened as the bot's life is."""


async def serve(channels: int) -> None:
    """Serve until standard input closes."""
    options = SlackOptions(events=EVERY_EVENT, scopes=SCOPES | SCOPES_FOR_LOOKING, retry_delays=RETRIES)
    async with Playground(slack=options) as playground:
        made = [playground.slack.life.create(f"soak-{number:03d}").id for number in range(channels)]
        operators = playground.slack.life.create("operators").id
        _say({"url": playground.url, "channels": made, "operators": operators})
        lines = await _standard_input()
        while await lines.readline():
            _say({"planned": dict(_left(playground))})


def _left(playground: Playground) -> Counter[str]:
    """Count the faults that no call has met yet."""
    left: Counter[str] = Counter()
    for line in playground.slack.faults._planned:
        left[f"{line.method} {type(line.fault).__name__}"] += line.times
    left["lost_ack"], left["duplicate"] = playground.slack.faults.lost_acks, playground.slack.faults.duplicates
    return left


def _say(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


if __name__ == "__main__":
    # A caller that is killed in the middle of a request is what this is for, and no error.
    logging.getLogger("aiohttp.server").addFilter(
        lambda record: record.exc_info is None or not isinstance(record.exc_info[1], ConnectionError)
    )
    parser = argparse.ArgumentParser()
    parser.add_argument("--channels", type=int, default=20)
    asyncio.run(serve(parser.parse_args().channels))
