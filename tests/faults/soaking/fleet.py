"""One bot, or several replicas of it: each dies and comes back on its own, and some only stand still for a while."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

from tests.faults.soaking.bot import MortalBot

STRIKES_PER_MINUTE = 14
"""How often one of several replicas is struck: every few seconds."""
FROZEN_SECONDS = (0.5, 2.0, 5.0, 20.0, 75.0, 130.0)
"""How long a replica stands still; the longest are well beyond every lease."""
FROZEN_WEIGHTS = (4, 4, 4, 3, 2, 2)


class Fleet:
    """All that runs, counted together."""

    def __init__(self, config: Path, replicas: int, dice: random.Random) -> None:
        self._dice = dice
        self.bots = [MortalBot(config, random.Random(dice.random())) for _ in range(replicas)]
        self.freezes = 0

    @property
    def kills(self) -> int:
        """How many lives ended by SIGKILL."""
        return sum(bot.kills for bot in self.bots)

    @property
    def stops(self) -> int:
        """How many ended in order."""
        return sum(bot.stops for bot in self.bots)

    @property
    def given_up(self) -> int:
        """How many ended by themselves, because Slack refused the token."""
        return sum(bot.given_up for bot in self.bots)

    @property
    def readiness(self) -> list[float]:
        """Seconds from each start until it ran."""
        return [seconds for bot in self.bots for seconds in bot.readiness]

    @property
    def said(self) -> Counter[str]:
        """Warnings and errors of all lives, by their words."""
        return sum((bot.said for bot in self.bots), Counter())

    def lines(self) -> Iterator[str]:
        """Yield the last lines of each replica."""
        for number, bot in enumerate(self.bots):
            yield f"--- replica {number}"
            yield from bot.lines

    async def storm(self, goes_on: Callable[[], bool], due: Callable[[], float]) -> None:
        """Let them live and die while *goes_on*; *due* tells how many deaths should lie behind one bot by now."""
        if len(self.bots) == 1:
            (bot,) = self.bots
            while goes_on():
                # On a busy machine starts take long; lives are shorter then.
                await bot.live(briefly=bot.kills < due())
            return
        await self._each(lambda bot: bot.start_if_dead())
        while goes_on():
            await asyncio.sleep(60 / STRIKES_PER_MINUTE * self._dice.uniform(0.5, 1.5))
            awake = [bot for bot in self.bots if not bot.frozen]
            if awake:
                await self._strike(self._dice.choice(awake))

    async def _strike(self, bot: MortalBot) -> None:
        if self._dice.random() < 0.3:
            seconds = self._dice.choices(FROZEN_SECONDS, FROZEN_WEIGHTS)[0]
            self.freezes += bot.freeze(seconds * self._dice.uniform(0.7, 1.3))
            return
        if self._dice.random() < 0.06:
            await bot.stop()
        else:
            await bot.kill()
        await bot.start()

    async def calm(self) -> None:
        """Let every replica run from here on."""
        for bot in self.bots:
            bot.thaw()
        await self._each(lambda bot: bot.start_if_dead())
        await self._each(lambda bot: bot.until_ready())

    async def stop(self) -> int:
        """Stop all; return the worst exit status."""
        return max([await bot.stop() for bot in self.bots])

    async def kill(self) -> None:
        """End whatever is left."""
        for bot in self.bots:
            bot.thaw()
            with suppress(ProcessLookupError):
                await bot.kill()

    async def _each(self, act: Callable[[MortalBot], Awaitable[object]]) -> None:
        await asyncio.gather(*(act(bot) for bot in self.bots))
