"""The soak: hundreds of watches, every fault at random, the bot killed every few seconds; nothing lost, nothing twice.

``make soak ARGS="--minutes 20 --tasks 300"``, or with ``STORE=postgres`` three replicas on a database. It runs on
loopback, ends by itself, and leaves nothing behind. Its answer is one figure a line; its exit status is 1 where the
guarantee was not kept.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from playground.settings import settings as playground_settings
from tests.end_to_end.process import output, write_config
from tests.faults.soaking.fleet import Fleet
from tests.faults.soaking.keeping import Keeping, keeping
from tests.faults.soaking.playground import RETRIES
from tests.faults.soaking.tasks import CLOUDS, Course, Player, draw
from tests.faults.soaking.verdict import Verdict, judge
from tests.faults.soaking.weather import Weather
from tests.faults.soaking.workspace import Workspace

TASKS_PER_CHANNEL = 3
LATE_EVENTS_SECONDS = sum(RETRIES) + 4
SETTLE_SECONDS = 780.0
"""At most so long may it take, in good weather, until all that is due is shown: a channel that refused posts for no
reason that Slack would tell the end of is looked at again every ten minutes."""
QUIET_SECONDS = 12.0
"""So long nothing may come before it counts as all."""
KILLS_PER_MINUTE = 12
REPORT_EVERY = 60.0
SHOWN_FINDINGS = 30


class PlaygroundProcess:
    """The playground's process, spoken to by lines."""

    def __init__(self, process: asyncio.subprocess.Process, made: Mapping[str, Any]) -> None:
        self._process = process
        self._turn = asyncio.Lock()
        self.url = str(made["url"])
        self.channels = [str(channel) for channel in made["channels"]]
        self.operators = str(made["operators"])

    async def planned(self) -> Mapping[str, int]:
        """Return the faults that no call has met yet."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._turn:
            self._process.stdin.write(b"planned?\n")
            found: Mapping[str, int] = json.loads(await self._process.stdout.readline())["planned"]
            return found


@asynccontextmanager
async def playground(channels: int) -> AsyncIterator[PlaygroundProcess]:
    """Start the playground; it ends with the block, and with this process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.faults.soaking.playground",
        "--channels",
        str(channels),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1024 * 1024,
    )
    try:
        assert process.stdout is not None
        yield PlaygroundProcess(process, json.loads(await process.stdout.readline()))
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


class Soak:
    """One run."""

    def __init__(self, minutes: float, tasks: int, seed: int, folder: Path, keeping: Keeping) -> None:
        self._seconds = minutes * 60
        self._tasks = tasks
        self._folder = folder
        self._keeping = keeping
        self._dice = random.Random(seed)
        self._began = time.monotonic()

    async def run(self) -> bool:
        """Soak, settle, judge, tell; return whether the guarantee was kept."""
        count = max(self._tasks // TASKS_PER_CHANNEL, 2)
        async with playground(count) as place, aiohttp.ClientSession() as session:
            config = write_config(self._folder, self._settings(place))
            workspace = Workspace(session, place.url)
            await workspace.open()
            fleet = Fleet(config, self._keeping.replicas, random.Random(self._dice.random()))
            weather = Weather(workspace, place.channels, place.planned, random.Random(self._dice.random()))
            courses = draw(self._tasks, self._seconds, place.channels, self._dice)
            hurry = asyncio.Event()
            playing = [
                asyncio.create_task(Player(course, workspace, hurry, random.Random(self._dice.random())).play())
                for course in courses
            ]
            try:
                await self._storm(fleet, weather, playing, courses)
                settled = await self._settle(fleet, weather, workspace, hurry, playing, courses)
                status = await fleet.stop()
            finally:
                for task in playing:
                    task.cancel()
                await asyncio.gather(*playing, return_exceptions=True)
                await fleet.kill()
                await workspace.close()
            state = await workspace.state()
            final = Workspace(session, place.url)
            for channel, messages in state["messages"].items():
                for message in messages:
                    final.note(channel, message)
            verdict = judge(courses, {channel: found.values() for channel, found in final.messages.items()})
            rows, findings = await self._data_file(config, final)
            (self._folder / "last-lines.txt").write_text("\n".join(fleet.lines()), encoding="utf-8")
            (self._folder / "messages.json").write_text(json.dumps(final.messages, indent=1), encoding="utf-8")
            polls = sum(int(state["clouds"][cloud]["calls"]) for cloud in CLOUDS)
        return _tell(
            verdict,
            fleet,
            weather,
            polls=polls,
            settled=settled,
            status=status,
            rows=rows,
            findings=findings,
            restarts=self._keeping.restarts,
        )

    def _settings(self, place: PlaygroundProcess) -> dict[str, Any]:
        mapping = playground_settings(place.url)
        mapping["slack"]["operators"] = place.operators
        mapping["polling"] = {"min_interval": "2s", "max_interval": "6s", "timeout": "6s"}
        return {**mapping, "store": {"url": self._keeping.url}}

    async def _storm(
        self, fleet: Fleet, weather: Weather, playing: list[asyncio.Task[None]], courses: list[Course]
    ) -> None:
        raging = [asyncio.create_task(weather.rage()), asyncio.create_task(self._keeping.rage(self._seconds))]
        told_at = time.monotonic()

        def goes_on() -> bool:
            nonlocal told_at
            _raise_bugs([*raging, *playing])
            if time.monotonic() - told_at > REPORT_EVERY:
                told_at = time.monotonic()
                stages = Counter(course.stage for course in courses)
                self._say(f"{fleet.kills} kills, {sum(weather.made.values())} faults, tasks {dict(stages)}")
            return time.monotonic() - self._began < self._seconds

        try:
            await fleet.storm(goes_on, lambda: (time.monotonic() - self._began) / 60 * KILLS_PER_MINUTE)
        finally:
            for each in raging:
                each.cancel()
            await asyncio.gather(*raging, return_exceptions=True)
        await weather.clear_up()
        # What Slack has to tell of the storm comes again for a while.
        calm_at = time.monotonic() + LATE_EVENTS_SECONDS
        await fleet.storm(lambda: time.monotonic() < calm_at, lambda: 0.0)

    async def _settle(
        self,
        fleet: Fleet,
        weather: Weather,
        workspace: Workspace,
        hurry: asyncio.Event,
        playing: list[asyncio.Task[None]],
        courses: list[Course],
    ) -> float:
        """Let everything end in good weather; return the seconds that it took."""
        self._say(f"the weather clears up after {fleet.kills} kills")
        began = time.monotonic()
        await fleet.calm()
        hurry.set()
        await asyncio.wait(playing, timeout=SETTLE_SECONDS)
        _raise_bugs(playing)
        for course in courses:
            if course.stage != "ended":
                self._say(f"{course.label} {course.kind} {course.provider} is still {course.stage}: {course.follows}")
        quiet_since, known = time.monotonic(), -1
        while time.monotonic() - began < SETTLE_SECONDS:
            count = sum(len(found) for found in workspace.messages.values())
            if count != known:
                known, quiet_since = count, time.monotonic()
            verdict = judge(courses, {c: found.values() for c, found in workspace.messages.items()})
            if time.monotonic() - quiet_since > QUIET_SECONDS and not verdict.lost:
                break
            await asyncio.sleep(1)
        return time.monotonic() - began

    async def _data_file(self, config: Path, final: Workspace) -> tuple[int, list[str]]:
        """Compare each row of the data file with what Slack shows."""
        findings: list[str] = []
        status, said = await output("store", "check", "--config", config)
        if status != 0:
            findings.append(f"store check: {said[-500:]}")
        there = {message["delivery"] for found in final.messages.values() for message in found.values()}
        export = self._folder / "export.jsonl"
        status, said = await output("store", "export", str(export), "--config", config)
        if status != 0:
            return 0, [*findings, f"store export: {said[-500:]}"]
        rows = 0
        for line in export.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            if str(entry.get("key", "")).startswith("delivery/"):
                rows += 1
                record = entry["value"]["record"]
                state = record.get("state", "pending")
                # Who unsubscribes before an end was said does not want to hear it, nor who mutes what waits.
                unwanted = state == "refused" and record.get("code") in ("unsubscribed", "muted")
                if not unwanted and (state != "sent" or record["id"] not in there):
                    where = "" if record["id"] in there else ", not shown"
                    findings.append(f"a row is {state}{where}: {record['id']} {record.get('code', '')}")
        return rows, findings

    def _say(self, text: str) -> None:
        _print(f"[{time.monotonic() - self._began:5.0f} s] {text}")


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _raise_bugs(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            raise error


def _tell(
    verdict: Verdict,
    fleet: Fleet,
    weather: Weather,
    *,
    polls: int,
    settled: float,
    status: int,
    rows: int,
    findings: list[str],
    restarts: int,
) -> bool:
    late = sorted(verdict.late) or [0.0]
    share99 = late[len(late) * 99 // 100]
    made = ", ".join(f"{kind} {count}" for kind, count in sorted(weather.made.items()))
    ready = sorted(fleet.readiness) or [0.0]
    _print(f"polls: {polls}")
    _print(f"faults: {sum(weather.made.values())} ({made})")
    others = f"{fleet.stops} clean stops, {fleet.freezes} pauses, {fleet.given_up} starts that Slack refused"
    _print(f"kills: {fleet.kills} (and {others})")
    _print(f"restarts of the database: {restarts}")
    _print(f"starts: median {ready[len(ready) // 2]:.1f} s")
    _print(f"due: {verdict.due}")
    _print(f"shown: {verdict.shown}")
    _print(f"lost: {len(verdict.lost)}")
    _print(f"twice: {len(verdict.twice)}")
    _print(f"late: median {late[len(late) // 2]:.1f} s, 99 % {share99:.1f} s, most {late[-1]:.1f} s")
    _print(f"out of order: {len(verdict.disordered)}")
    _print(f"in a wrong thread: {len(verdict.misplaced)}")
    _print(f"un-threaded by Slack: {verdict.unthreaded} (of {weather.unthreaded} faults)")
    _print(f"after unsubscribing: {len(verdict.after_leaving)}")
    _print(f"rows in the data file: {rows}, not as shown: {len(findings)}")
    _print(f"settled after: {settled:.0f} s; exit status of the last stop: {status}")
    for title, found in (
        ("lost", verdict.lost),
        ("twice", verdict.twice),
        ("out of order", verdict.disordered),
        ("misplaced", verdict.misplaced),
        ("after unsubscribing", verdict.after_leaving),
        ("data file", findings),
    ):
        for sentence in found[:SHOWN_FINDINGS]:
            _print(f"  {title}: {sentence}")
    for words, count in fleet.said.most_common():
        _print(f"  logged {count:5d} × {words}")
    return verdict.holds and not findings and status == 0


async def _until_signalled(soak: Soak) -> bool:
    running = asyncio.create_task(soak.run())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    return await running


def main() -> int:
    """Read the options and soak."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--tasks", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="0: any; the same seed draws the same tasks and faults")
    parser.add_argument(
        "--store",
        choices=("embedded", "postgres"),
        default="embedded",
        help="postgres: three replicas on one database, killed or stopped for a while; the database crashes twice",
    )
    parser.add_argument("--keep", type=Path, help="an empty folder for the data file and the bot's last lines")
    options = parser.parse_args()
    seed = options.seed or int.from_bytes(os.urandom(4), "big")
    _print(f"seed: {seed}")
    with tempfile.TemporaryDirectory(prefix="milepost-soak-") as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with keeping(options.store, folder) as place:
                kept = asyncio.run(_until_signalled(Soak(options.minutes, options.tasks, seed, folder, place)))
        except asyncio.CancelledError:
            _print("interrupted")
            return 130
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
