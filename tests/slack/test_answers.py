"""The buttons of answers, which carry the text of a command that only tells."""

from typing import Any

import pytest

from bot.core.wording.pages import RUN
from playground.slack.names import ALICE, MIGRATIONS
from tests.slack.stage import SetUp, Stage
from tests.usecases.world import plain


async def many(stage: Stage) -> dict[str, Any]:
    """A list of more tasks than fit on a page; returns the private answer."""
    for number in range(60):
        stage.world.task(5, key=f"job-{number}")
        await stage.world.types(f"subscribe drs job-{number}", channel=MIGRATIONS, user=ALICE)
    await stage.asks("list")
    return stage.slack.ephemerals(ALICE)[-1]


async def test_a_list_is_turned_in_place(set_up: SetUp) -> None:
    stage = await set_up()
    first = await many(stage)

    await stage.slack.press(ALICE, MIGRATIONS, first["ts"], f"{RUN}.next")
    await stage.listeners.settle()

    (answer,) = stage.slack.ephemerals(ALICE)
    assert "page 1" in plain(first["text"])
    assert "page 2" in plain(answer["text"])


@pytest.mark.parametrize(
    "value",
    [
        "",
        "stop job-1",
        "mute job-1",
        "subscribe drs job-99",
        "edit job-1 at 50",
        "defaults at 50",
        "transfer job-1 to <@U0BOB>",
        "refresh job-1",
        "x" * 3000,
        '"',
    ],
)
async def test_a_button_that_an_enemy_made_changes_nothing(set_up: SetUp, value: str) -> None:
    stage = await set_up()
    first = await many(stage)
    before = [one.subscription for one in await stage.world.followed(MIGRATIONS)]
    calls = len(stage.world.cloud.calls)

    await stage.slack.press(ALICE, MIGRATIONS, first["ts"], f"{RUN}.next", choice=value, forged=True)
    await stage.listeners.settle()

    assert [one.subscription for one in await stage.world.followed(MIGRATIONS)] == before
    assert len(stage.world.cloud.calls) == calls
    assert await stage.world.store.channel_settings(MIGRATIONS) is None
