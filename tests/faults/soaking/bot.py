"""The bot as a real process that is killed every few seconds and started again."""

import asyncio
import json
import random
import signal
import sys
from collections import Counter, deque
from contextlib import suppress
from pathlib import Path

from tests.end_to_end.process import environment

READY = "Milepost is running"
START_PATIENCE = 60.0
STOP_PATIENCE = 20.0
KEPT_LINES = 400


class NeverReady(Exception):
    """The bot did not come up; the message holds its last lines."""


class MortalBot:
    """One `milepost run` after the other on one data file. What they log is counted, and the last of it kept."""

    def __init__(self, config: Path, dice: random.Random) -> None:
        self._config = config
        self._dice = dice
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._running = False
        self._frozen: asyncio.TimerHandle | None = None
        self.kills = 0
        self.stops = 0
        self.given_up = 0
        """Lives that ended by themselves, because Slack refused the token at that moment."""
        self.readiness: list[float] = []
        """Seconds from each start until the bot ran."""
        self.said: Counter[str] = Counter()
        """Warnings and errors of all lives, by their words."""
        self.samples: dict[str, str] = {}
        """One whole line for each."""
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)

    async def start(self) -> None:
        """Begin a life."""
        self._ready, self._running = asyncio.Event(), False
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            "--config",
            str(self._config),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=environment(),
            limit=4 * 1024 * 1024,
        )
        self._reading = asyncio.create_task(self._read(self._process, self._ready, asyncio.get_running_loop().time()))

    async def start_if_dead(self) -> None:
        """Begin a life where there is none."""
        if self._process is None or self._process.returncode is not None:
            if self._process is not None:
                await self._end()
            await self.start()

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return self._frozen is not None

    def freeze(self, seconds: float) -> bool:
        """Let it stand still for so long (SIGSTOP, SIGCONT), as a paused machine does; False where it is dead."""
        if self._process is None or self._process.returncode is not None:
            return False
        self._process.send_signal(signal.SIGSTOP)
        self._frozen = asyncio.get_running_loop().call_later(seconds, self.thaw)
        return True

    def thaw(self) -> None:
        """Let it go on."""
        if self._frozen is None:
            return
        self._frozen.cancel()
        self._frozen = None
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGCONT)

    async def live(self, *, briefly: bool = False) -> None:
        """Live for a while, mostly a few seconds, and die: nearly always without a warning."""
        await self.start()
        if self._dice.random() < 0.6:
            if not await self._is_ready():
                return
            spans = (0.3, 1.0, 2.0) if briefly else (0.3, 1.0, 2.0, 3.0, 4.0, 9.0)
            await asyncio.sleep(self._dice.choice(spans) * self._dice.uniform(0.7, 1.3))
        else:
            # While it starts, too: it opens its data file, connects and takes up what was left.
            await asyncio.sleep(self._dice.uniform(0.2, 4.5))
        if self._dice.random() < 0.04:
            await self.stop()
        else:
            await self.kill()

    async def until_ready(self) -> None:
        """Wait until it runs, starting it again where it gives up."""
        for _ in range(5):
            if await self._is_ready():
                return
            await self.start()
        raise NeverReady("\n".join(list(self.lines)[-30:]))

    async def _is_ready(self) -> bool:
        """Wait until it runs; False where it gave up by itself."""
        assert self._process is not None
        ready = self._ready
        try:
            async with asyncio.timeout(START_PATIENCE):
                await ready.wait()
        except TimeoutError:
            raise NeverReady("\n".join(list(self.lines)[-30:])) from None
        if self._running:
            return True
        self.given_up += 1
        await self._end()
        return False

    async def kill(self) -> None:
        """End it as a crash does."""
        if self._process is None:
            return
        if self._process.returncode is None:
            self._process.kill()
            self.kills += 1
        await self._end()

    async def stop(self) -> int:
        """Ask it to stop, and return its exit status; a stop that takes too long is a fault of its own."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            self._process.terminate()
        self.stops += 1
        try:
            async with asyncio.timeout(STOP_PATIENCE):
                await self._process.wait()
        except TimeoutError:
            self.said[f"did not stop within {STOP_PATIENCE:.0f} s"] += 1
            self._process.kill()
        return await self._end()

    async def _end(self) -> int:
        assert self._process is not None
        assert self._reading is not None
        status = await self._process.wait()
        await self._reading
        self._process = None
        return status

    async def _read(self, process: asyncio.subprocess.Process, ready: asyncio.Event, began: float) -> None:
        assert process.stderr is not None
        with suppress(ValueError):  # a line beyond the limit ends the reading of this life
            async for raw in process.stderr:
                line = raw.decode(errors="replace").rstrip()[:2000]
                self.lines.append(line)
                self._count(line)
                if READY in line:
                    self.readiness.append(asyncio.get_running_loop().time() - began)
                    self._running = True
                    ready.set()
        # Whoever waits for a life that ended must not wait for ever.
        ready.set()

    def _count(self, line: str) -> None:
        try:
            entry = json.loads(line)
        except ValueError:
            return
        if isinstance(entry, dict) and entry.get("level") in ("warning", "error", "critical"):
            words = f"{entry['level']}: {str(entry.get('event'))[:120]}"
            if len(self.said) < 500 or words in self.said:
                self.said[words] += 1
                self.samples.setdefault(words, line)
