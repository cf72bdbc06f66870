"""Replicas do together what only one may do, and do not want more of Slack than it gives."""

from pathlib import Path

import pytest

from bot.ports import StoreError
from bot.usecases.operators import Operators
from bot.usecases.together import Together
from tests.usecases.world import OPERATORS, World, plain


class Mates:
    """Other replicas, as a test makes them."""

    def __init__(self) -> None:
        self.sockets = 0
        self.leads: str | None = "me"
        self.away = False

    async def lead(self, job: str, seconds: float) -> bool:
        return self.leads == "me"

    async def join(self, sockets: int) -> int:
        if self.away:
            raise StoreError("the database does not answer")
        return self.sockets


@pytest.fixture
def mates() -> Mates:
    return Mates()


@pytest.fixture
def together(world: World, mates: Mates) -> Together:
    operators = Operators(store=world.store, poster=world.slack, channel=OPERATORS)
    return Together(crew=mates, tally=None, operators=operators, sockets=2)


def said(world: World) -> list[str]:
    return [plain(shown.message.text) for shown in world.slack.cards(OPERATORS)]


async def test_a_job_of_one_runs_where_this_replica_leads(together: Together, mates: Mates) -> None:
    runs = []

    async def tick() -> None:
        runs.append(mates.leads)

    for leader in ("me", "another", "me"):
        mates.leads = leader
        await together.by_one("digest", 60, tick)()

    assert runs == ["me", "me"]


async def test_one_that_is_alone_does_everything(world: World) -> None:
    operators = Operators(store=world.store, poster=world.slack, channel=OPERATORS)
    alone = Together(crew=None, tally=None, operators=operators, sockets=2)
    runs = []

    async def tick() -> None:
        runs.append(1)

    await alone.by_one("digest", 60, tick)()
    await alone.tick()

    assert runs == [1]


async def test_too_many_connections_are_told_once_and_when_it_is_over(
    world: World, together: Together, mates: Mates
) -> None:
    mates.sockets = 10
    for _ in range(10):
        await together.tick()

    (told,) = said(world)
    assert "together want 12 Socket Mode connections, 2 each; Slack gives one app 10. Run 5 replicas at most" in told
    assert 'mode = "http"' in told

    mates.sockets = 8
    for _ in range(3):
        await together.tick()
    assert "no longer want more connections" in said(world)[1]
    assert len(said(world)) == 2


async def test_replicas_that_just_died_are_no_news(world: World, together: Together, mates: Mates) -> None:
    for sockets in (12, 12, 12, 4, 12, 12, 12, 4):
        mates.sockets = sockets
        await together.tick()

    assert said(world) == []


async def test_in_http_mode_connections_are_of_no_matter(world: World, mates: Mates, tmp_path: Path) -> None:
    operators = Operators(store=world.store, poster=world.slack, channel=OPERATORS)
    together = Together(crew=mates, tally=None, operators=operators, sockets=0)
    mates.sockets = 40

    for _ in range(10):
        await together.tick()

    assert said(world) == []


async def test_while_the_database_is_away_nothing_is_said(world: World, together: Together, mates: Mates) -> None:
    mates.sockets, mates.away = 12, True

    for _ in range(10):
        await together.tick()

    assert said(world) == []
