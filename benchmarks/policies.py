"""Who asks when: Milepost's own policy, what it is measured against, and who knows the future."""

import math
import zlib
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from benchmarks.replay import Looks, Policy
from benchmarks.traces import Trace
from bot.core.advance import advance
from bot.core.cadence import Limits, next_look
from bot.core.model import Watch, watch_id
from bot.core.wording.looks import why_then
from providers.base import TaskKey

MILESTONES = (25, 50, 75, 100)
MIN, MAX = 10.0, 300.0
LIMITS = Limits(min_interval=timedelta(seconds=MIN), max_interval=timedelta(seconds=MAX))
START = datetime(2026, 1, 1, tzinfo=UTC)
PATIENCE = timedelta(minutes=5)


def milepost(limits: Limits = LIMITS) -> Policy:
    """The real thing: a watch advanced by each reading, and the next look decided from it."""

    def looks(trace: Trace) -> Looks:
        watch = Watch(
            id=watch_id("bench", TaskKey(trace.name), 1),
            account="bench",
            key=TaskKey(trace.name),
            created_at=START,
            due_at=START,
            run_since=START,
        )
        at, reasons, seconds, why = [], [], 0.0, "the first look"
        while True:
            now = START + timedelta(seconds=seconds)
            at.append(seconds)
            reasons.append(why)
            watch = advance(watch, trace.read(seconds), now, patience=PATIENCE).watch
            if watch.closed or seconds > trace.duration:
                return Looks(at=at, reasons=reasons)
            look = next_look(watch, now, MILESTONES, limits)
            watch = replace(watch, version=watch.version + 1)
            seconds, why = seconds + look.after.total_seconds(), why_then(look)

    return looks


def fixed(interval: float) -> Policy:
    """A loop with a pause, begun at any moment of the first interval."""

    def looks(trace: Trace) -> Looks:
        begin = interval * (zlib.crc32(trace.name.encode()) / 0xFFFFFFFF)
        count = max(math.ceil((trace.duration - begin) / interval), 0) + 1
        return Looks(at=[begin + n * interval for n in range(count)])

    return looks


def eta(share: float = 0.05) -> Policy:
    """Half the time to the next milestone at the rate so far, 10 s to min(300 s, 10 s + that share of the age)."""

    def looks(trace: Trace) -> Looks:
        at: list[float] = []
        seconds = 0.0
        while True:
            at.append(seconds)
            if seconds >= trace.duration:
                return Looks(at=at)
            percent = trace.read(seconds).percent
            longest = wanted = min(MAX, 10 + share * seconds)
            if percent:
                target = next((m for m in MILESTONES if m > percent), 100)
                wanted = (target - percent) * seconds / percent / 2
            seconds += max(MIN, min(wanted, longest))

    return looks


def oracle(trace: Trace) -> Looks:
    """One look for each event."""
    return Looks(at=sorted({event.at for event in trace.events()}))


def patient_oracle(gap: float) -> Policy:
    """One look for each event, and in between no gap over *gap*."""

    def looks(trace: Trace) -> Looks:
        at: list[float] = []
        last = 0.0
        for event in sorted({event.at for event in trace.events()}):
            between = math.ceil((event - last) / gap) - 1
            at.extend(last + (event - last) * (n + 1) / (between + 1) for n in range(between))
            at.append(event)
            last = event
        return Looks(at=at)

    return looks
