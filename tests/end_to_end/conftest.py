from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.wiring import Bot
from playground.server import Playground
from playground.slack import SlackOptions
from playground.slack.rates import Rates
from tests.end_to_end.stage import Stage, running


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Playground(slack=SlackOptions(rates=Rates())) as playground:
        yield Stage(playground)


@pytest.fixture
async def live(stage: Stage, tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage with a connected bot."""
    async with running(Bot(stage.settings(tmp_path))):
        yield stage
