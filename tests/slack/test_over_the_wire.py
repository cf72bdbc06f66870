"""Listeners, use cases and poster against the playground's Slack, over real HTTP and WebSocket connections."""

import pytest

from bot.core.wording.card import AGAIN, CONSOLE, MORE, REFRESH
from playground.slack.names import ALICE, MIGRATIONS, RANDOM
from providers.base import TaskState
from tests.slack.stage import SetUp
from tests.usecases.world import plain


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_task_is_followed_from_the_command_to_its_end(set_up: SetUp, mode: str) -> None:
    stage = await set_up(mode)

    card = await stage.follows()
    await stage.reads(60)
    await stage.reads(100, TaskState.SUCCEEDED)

    first, milestone, end = stage.messages
    assert "10 %" in plain(card["text"])
    assert "done after" in plain(first["text"])
    assert {one["thread_ts"] for one in (milestone, end)} == {card["ts"]}
    assert end["subtype"] == "thread_broadcast"
    assert "subtype" not in milestone
    assert stage.slack.errors == []


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_the_buttons_of_a_card_work(set_up: SetUp, mode: str) -> None:
    stage = await set_up(mode)
    card = await stage.follows()
    slack = stage.slack

    (one,) = await stage.world.followed(MIGRATIONS)
    for action, choice in ((CONSOLE, None), (REFRESH, None), (MORE, {"value": f"stop:{one.subscription.id}"})):
        outcome = await slack.press(ALICE, MIGRATIONS, card["ts"], action, choice=choice)
        assert outcome is not None
        assert outcome.acked
    await stage.listeners.settle()
    await stage.fills_in()
    await slack.wait_for(lambda: [one for one in stage.whispers if "Stopped following" in one])
    await slack.wait_for(lambda: "not followed here" in plain(stage.messages[0]["text"]))

    assert await stage.world.store.followed_in(MIGRATIONS) == []


async def test_an_ended_task_can_be_tracked_again_from_its_card(set_up: SetUp) -> None:
    stage = await set_up()
    card = await stage.follows()
    await stage.reads(100, TaskState.SUCCEEDED)
    stage.world.task(5)

    await stage.slack.press(ALICE, MIGRATIONS, card["ts"], AGAIN)
    await stage.slack.wait_for(lambda: len(stage.messages) == 3)

    assert "5 %" in plain(stage.messages[-1]["text"])
    assert "thread_ts" not in stage.messages[-1]


async def test_where_the_bot_was_not_invited_it_says_how_and_subscribes_nothing(set_up: SetUp) -> None:
    stage = await set_up()

    await stage.types("subscribe drs job-1", channel=RANDOM)
    await stage.slack.wait_for(lambda: stage.whispers)

    assert "/invite @milepost" in stage.whispers[0]
    assert await stage.world.store.followed_in(RANDOM) == []


async def test_subscribing_twice_links_the_card(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()

    await stage.types("subscribe drs job-1")
    await stage.slack.wait_for(lambda: len(stage.whispers) == 2)

    assert "follows it already" in stage.whispers[-1]
    assert "/archives/" in stage.slack.ephemerals(ALICE)[-1]["text"]


async def test_a_bot_that_stops_disconnects_so_that_slack_tells_the_person(set_up: SetUp) -> None:
    stage = await set_up()

    await stage.connection.stop_receiving()
    await stage.slack.wait_for(lambda: not stage.slack.connected)
    await stage.types("list")

    assert len(stage.slack.errors) == 1
