from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.usecases.home import PAGE_SIZE, Homes
from providers.base import AccessDenied, TaskState
from providers.reasons import Reason
from tests.core.views import assert_slack_shows
from tests.slack.stage import words
from tests.usecases.world import ALICE, BOB, CHANNEL, DOWN, OTHER, FakeCloud, World

THIRD = "C0THREE"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path)
    for number in range(1, 4):
        world.task(10, key=f"job-{number}")
    await world.start()
    yield world
    await world.stop()


@pytest.fixture
def homes(world: World) -> Homes:
    return homes_of(world)


def homes_of(world: World) -> Homes:
    return Homes(
        store=world.store,
        people=world.people,
        clouds=world.clouds,
        circuits=world.polling,
        rights=world.rights,
        clock=world.clock,
    )


async def said(homes: Homes, user: str = ALICE, page: int = 1) -> str:
    home = await homes.of(user, page=page)
    assert_slack_shows({"type": "home", "blocks": list(home.blocks)})
    return words(list(home.blocks))


async def tasks(homes: Homes, user: str = ALICE) -> list[str]:
    return [one.watch.key for one in await homes.visible(user)]


async def test_somebody_sees_their_own_and_what_is_followed_beside_it(world: World, homes: Homes) -> None:
    await world.types("subscribe drs job-1", user=BOB)
    await world.types("subscribe drs job-2")
    world.clock.move(seconds=1)
    await world.types("subscribe drs job-3", channel=OTHER, user=BOB)

    assert await tasks(homes) == ["job-2", "job-1"]
    assert await tasks(homes, BOB) == ["job-1", "job-3", "job-2"]
    assert await tasks(homes, "U0CAROL") == []


async def test_somebody_sees_what_is_followed_in_the_channels_that_they_are_in(world: World, homes: Homes) -> None:
    await world.types("subscribe drs job-1", user=BOB)
    await world.types("subscribe drs job-2", channel=OTHER, user=BOB)
    await world.types("subscribe drs job-3", channel=THIRD)
    world.people.channels = {"U0CAROL": {CHANNEL, "C0EMPTY"}, ALICE: {OTHER}}

    assert await tasks(homes, "U0CAROL") == ["job-1"]
    assert await tasks(homes) == ["job-3", "job-2"]
    assert await tasks(homes, "U0DAVE") == []


async def test_a_channel_that_somebody_left_shows_them_no_tasks_of_others(world: World, homes: Homes) -> None:
    await world.types("subscribe drs job-1", user=BOB)
    await world.types("subscribe drs job-2")

    await world.requests.member_left(CHANNEL, ALICE)

    assert await tasks(homes) == ["job-2"]
    assert await tasks(homes, BOB) == ["job-1", "job-2"]


async def test_a_task_without_a_name_shows_its_id_once(world: World, homes: Homes) -> None:
    world.cloud.names = {"job-2": "orders"}
    for key in ("job-1", "job-2"):
        await world.types(f"subscribe drs {key}")

    shown = await said(homes)

    assert (shown.count("job-1"), shown.count("job-2"), shown.count("orders")) == (1, 1, 1)


async def test_what_ended_is_shown_no_longer(world: World, homes: Homes) -> None:
    await world.follows()

    await world.reads(100, TaskState.SUCCEEDED)

    assert await tasks(homes) == []


async def test_only_what_a_home_shows_is_found_in_it(world: World, homes: Homes) -> None:
    mine = await world.follows()
    await world.types("subscribe drs job-2", channel=OTHER, user=BOB)
    (other,) = await world.followed(OTHER)

    assert await homes.find(ALICE, mine.id) is not None
    assert await homes.find(ALICE, other.subscription.id) is None
    assert await homes.find(ALICE, "") is None


async def test_five_hundred_subscriptions_are_shown_in_pages_each_of_which_slack_takes(
    world: World, homes: Homes
) -> None:
    for number in range(500):
        key = f"job-{number}-{'x' * 60}"
        world.task(10, key=key)
        await world.types(f'subscribe drs {key} as "{"ä" * 80}"')
    pages = 500 // PAGE_SIZE

    first, last, beyond = [await said(homes, page=page) for page in (1, pages, 10_000)]

    assert f"page 1 of {pages}" in first
    assert last == beyond
    assert "500 tasks" in last


async def test_an_account_that_is_refused_says_so(world: World, homes: Homes) -> None:
    await world.follows()
    world.cloud.tasks["job-1"] = AccessDenied(Reason.CREDENTIALS_REFUSED)

    await world.poll_later()

    assert "credentials are refused" in await said(homes)


async def test_an_account_that_never_answers_is_left_alone(world: World, homes: Homes) -> None:
    await world.follows()
    world.cloud.tasks["job-1"] = DOWN

    before = await said(homes)
    for _ in range(8):
        await world.poll_later(minutes=10)
    during = await said(homes)
    world.task(20)
    for _ in range(3):
        await world.poll_later(minutes=10)

    assert "answers · 1 task" in before
    assert "does not answer" in during
    assert "answers · 1 task" in await said(homes)


async def test_the_guide_begins_with_an_account_that_this_person_may_use_anywhere(tmp_path: Path) -> None:
    world = World(tmp_path, more_clouds={"pan": FakeCloud("pan123")})
    world.limited = {"drs": {"channels": (OTHER,)}, "pan": {"groups": ("S0DBAS",)}}
    world.people.groups = {"S0DBAS": {ALICE}}
    await world.start()

    assert "/milepost subscribe pan job-1" in await said(homes_of(world), ALICE)
    assert "/milepost subscribe" not in await said(homes_of(world), BOB)
    await world.stop()
