from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.usecases.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A bot with one account, `drs`, whose task `job-1` runs at 10 %."""
    world = World(tmp_path)
    world.task(10)
    await world.start()
    yield world
    await world.stop()
