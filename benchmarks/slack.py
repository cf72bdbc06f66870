"""The least of Slack: what a backlog costs, and how true cards are, in virtual time before Slack's own limits.

``python -m benchmarks.slack``. Slack's limits are those of its documentation: about one message a second and channel,
50 edits a minute, and "several hundred" messages a minute for a workspace, of which no number is published.
"""

import argparse
import asyncio
import random
from datetime import datetime
from pathlib import Path

from benchmarks.measuring import Spread, quantile
from benchmarks.results import Row, Section, table
from benchmarks.rig import folder_in_memory
from benchmarks.virtual import Workspace
from bot.core.model import WatchId
from bot.usecases.delivery import WORKSPACE_PER_MINUTE
from bot.wiring import CARDS_EVERY, DELIVER_EVERY

CHANNELS, EACH = 50, 20


async def _drain(folder: Path, per_minute: int, each: int) -> tuple[float, int]:
    """Let a backlog go; return its share of what the limits allow, and the refusals after the first."""
    workspace = await Workspace.open(folder, cards=[each] * CHANNELS, posts_per_minute=per_minute)
    order = [channel for channel in range(CHANNELS) for _ in range(each)]
    # What waits after an outage came in no order.
    random.Random(7).shuffle(order)
    for channel in order:
        await workspace.news(channel)
        workspace.clock.move(seconds=1)
    began, total = workspace.clock.now(), CHANNELS * each
    while len(workspace.slack.posts) < total:
        await workspace.tell()
        workspace.clock.move(seconds=DELIVER_EVERY)
        if (workspace.clock.now() - began).total_seconds() > 3600:
            raise RuntimeError(f"only {len(workspace.slack.posts)} of {total} went within an hour")
    took = (workspace.slack.posts[-1][0] - began).total_seconds()
    await workspace.close()
    # A channel takes one a second, and the workspace so many a minute.
    least = max((each - 1) * 1.0, total * 60 / per_minute)
    refusals = len(set(workspace.slack.refused))
    return least / took, max(refusals - 1, 0)


def backlog(folder: Path, *, each: int) -> list[Row]:
    """1,000 notifications over 50 channels, under several limits that Slack may have."""
    rows = []
    for per_minute in (WORKSPACE_PER_MINUTE, 100, 400):
        place = folder / f"backlog-{per_minute}"
        place.mkdir()
        share, refusals = asyncio.run(_drain(place, per_minute, each))
        assumed = per_minute == WORKSPACE_PER_MINUTE
        rows.append(
            Row(
                figure=f"{CHANNELS * each:,} notifications over {CHANNELS} channels, drained",
                against=f"what {per_minute} a minute allow" + (", the limit that is assumed" if assumed else ""),
                goal="≥ 95 %, no 429 after the first" if assumed else "",
                limit=95 if assumed and refusals == 0 else None,
                at_least=True,
                value=Spread.of([share * 100]),
                unit="%",
                note=f"{refusals} more 429",
            )
        )
    return rows


async def _live(folder: Path, cards: int, minutes: int) -> tuple[list[float], float, float]:
    """Let many tasks move in one channel; return how old cards get, edits a minute, and how old the fast ones get."""
    dice = random.Random(7)
    workspace = await Workspace.open(folder, cards=[cards])
    speeds = {name: dice.choice((0.05, 0.2, 1.0)) for name in workspace.watches}
    percents = dict.fromkeys(workspace.watches, 10.0)
    interval = {name: 15 + dice.random() * 30 for name in workspace.watches}
    due = {name: dice.random() * interval[name] for name in workspace.watches}
    since: dict[WatchId, datetime] = {}
    ages: list[float] = []
    fast: list[float] = []
    began = workspace.clock.now()
    edits = 0
    for step in range(int(minutes * 60 / CARDS_EVERY)):
        passed = step * CARDS_EVERY
        for name in [name for name, at in due.items() if at <= passed]:
            percents[name] = min(percents[name] + speeds[name] * interval[name] / 60, 99.0)
            await workspace.moves(name, round(percents[name]))
            due[name] = passed + interval[name]
            since.setdefault(name, workspace.clock.now())
        before = len(workspace.slack.edits)
        await workspace.show()
        edits += len(workspace.slack.edits) - before
        stale = {each.watch.id for each in await workspace.store.stale_cards(cards + 1)}
        for name in [name for name in since if name not in stale]:
            age = (workspace.clock.now() - since.pop(name)).total_seconds()
            if passed > 120:
                ages.append(age)
                if speeds[name] == 1.0:
                    fast.append(age)
        workspace.clock.move(seconds=CARDS_EVERY)
    # Those that still wait count as well.
    ages += [(workspace.clock.now() - at).total_seconds() for at in since.values()]
    minutes_passed = (workspace.clock.now() - began).total_seconds() / 60
    await workspace.close()
    return ages, edits / minutes_passed, quantile(fast, 0.95) if fast else 0.0


def cards(folder: Path, *, minutes: int) -> list[str]:
    """What a channel with few and many live cards sees."""
    lines = [
        (
            "A channel whose tasks are all under way, read every 15 to 45 s; a third of them moves 1 % a minute, the "
            "others slower. How old what a card shows can get, until it is edited or found to be still true:"
        ),
        "",
        "| live cards | edits a minute (limit 50) | age p50 | age p95 | oldest | p95 of those that move most |",
        "|---|---|---|---|---|---|",
    ]
    for count in (1, 50, 500):
        place = folder / f"cards-{count}"
        place.mkdir()
        ages, edits, fast = asyncio.run(_live(place, count, minutes))
        p50, p95 = quantile(ages, 0.5), quantile(ages, 0.95)
        lines.append(f"| {count} | {edits:.1f} | {p50:.0f} s | {p95:.0f} s | {max(ages):.0f} s | {fast:.0f} s |")
    return lines


def measure(*, quick: bool = False) -> Section:
    """Measure all of it."""
    with folder_in_memory() as name:
        folder = Path(name)
        rows = backlog(folder, each=4 if quick else EACH)
        lines = cards(folder, minutes=3 if quick else 15)
    return Section(title="The least of Slack", rows=rows, lines=lines)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    section = measure(quick=parser.parse_args().quick)
    print("\n".join([*table(section.rows), "", *section.lines]))


if __name__ == "__main__":
    main()
