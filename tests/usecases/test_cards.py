from datetime import timedelta

import pytest

from bot.ports import PostResult, Refusal, Refused, RetryLater, Unclear
from bot.usecases.requests import Asker
from providers.base import TaskState
from tests.usecases.world import ALICE, CHANNEL, DOWN, NOON, OTHER, Gate, World, finished, plain


def edits(world: World) -> int:
    return len(world.slack.edits)


async def moves_to(world: World, percent: float, state: TaskState = TaskState.RUNNING) -> None:
    """The task is read at so many percent; no card was looked at yet."""
    world.task(percent, state)
    await world.poll_later()


async def test_a_card_is_edited_when_what_it_shows_changed(world: World) -> None:
    await world.follows()
    await moves_to(world, 20)

    await world.show()

    assert edits(world) == 1
    assert "20 %" in plain(world.slack.card().message.text)


async def test_a_card_whose_task_stands_still_is_not_edited(world: World) -> None:
    await world.follows()
    await moves_to(world, 50, TaskState.PAUSED)
    await world.show()
    before = edits(world)

    for _ in range(4):
        await world.poll_later()
        await world.show()

    assert edits(world) == before


async def test_the_time_of_the_reading_is_shown_anew_every_ten_minutes_and_not_more_often(world: World) -> None:
    await world.follows()
    await moves_to(world, 50, TaskState.PAUSED)
    await world.show()
    world.slack.edits.clear()
    began = world.clock.now()

    for _ in range(40):
        await world.poll_later(minutes=1.1)
        await world.show()

    at = [when - began for when, _ in world.slack.edits]
    assert len(at) == 4
    assert all(later - at[place] >= timedelta(minutes=10) for place, later in enumerate(at[1:]))


async def test_the_reading_time_that_a_card_shows_survives_a_restart(world: World) -> None:
    await world.follows()
    await moves_to(world, 50, TaskState.PAUSED)
    await world.show()
    before = edits(world)

    await world.restart()
    await world.poll_later()
    await world.show()

    assert edits(world) == before


async def test_a_card_is_edited_at_most_once_in_three_seconds(world: World) -> None:
    subscription = await world.follows()
    world.slack.edits.clear()

    for step in range(300):
        world.task(10 + step / 10)
        await world.requests.refresh(subscription.id, Asker(user=ALICE, channel=CHANNEL))
        await world.poll()
        await world.show()
        world.clock.move(seconds=0.5)

    at = [when for when, _ in world.slack.edits]
    assert len(at) > 40
    assert min(later - at[place] for place, later in enumerate(at[1:])) >= timedelta(seconds=3)


async def test_all_cards_together_stay_within_slacks_budget(world: World) -> None:
    keys = [f"job-{number}" for number in range(80)]
    for key in keys:
        world.task(10, key=key)
        await world.follows(key)
    for key in keys:
        world.task(20, key=key)
    await world.poll_everything()
    began = world.clock.now()

    while world.clock.now() < began + timedelta(seconds=59):
        await world.show()
        world.clock.move(seconds=0.5)
    in_a_minute = edits(world)
    for _ in range(120):
        await world.show()
        world.clock.move(seconds=0.5)

    assert in_a_minute <= 50 + 10  # a minute's worth, and the burst that Slack tolerates
    assert edits(world) == len(keys)


async def test_only_the_newest_state_is_sent(world: World) -> None:
    await world.follows()
    for percent in (20, 22, 24):
        await moves_to(world, percent)

    await world.show()

    assert edits(world) == 1
    assert "24 %" in plain(world.slack.card().message.text)


async def test_of_two_states_the_older_never_comes_last(world: World) -> None:
    await world.follows()
    world.slack.edit_answers.append(slow := Gate())
    await moves_to(world, 20)
    await world.cards.tick()
    await finished(slow.reached.wait())

    await moves_to(world, 40)
    await world.cards.tick()
    under_way = edits(world)
    slow.open.set()
    await world.cards.settle()
    await world.show()

    assert under_way == 1
    assert "40 %" in plain(world.slack.card().message.text)


async def test_a_throttled_edit_is_repeated_when_slack_said_and_others_wait_too(world: World) -> None:
    world.task(10, key="job-2")
    await world.follows("job-2", channel=OTHER)
    await world.follows("job-1")
    world.slack.edits.clear()
    world.slack.edit_answers.append(RetryLater(after=25.0, code="ratelimited", throttled=True))
    await moves_to(world, 20)
    began = world.clock.now()

    await world.show()
    world.task(20, key="job-2")
    await world.requests.refresh((await world.followed(OTHER))[0].subscription.id, Asker(user=ALICE, channel=OTHER))
    await world.poll()
    for _ in range(30):
        world.clock.move(seconds=1)
        await world.show()

    first, *later = [at - began for at, _ in world.slack.edits]
    assert first == timedelta(0)
    assert len(later) == 2
    assert min(later) == timedelta(seconds=25)
    assert "20 %" in plain(world.slack.card(CHANNEL).message.text)
    assert "20 %" in plain(world.slack.card(OTHER).message.text)


@pytest.mark.parametrize("answer", [Unclear(code="TimeoutError"), RetryLater(after=0.0, code="ClientConnectorError")])
async def test_an_edit_that_may_not_have_arrived_is_simply_repeated(world: World, answer: PostResult) -> None:
    await world.follows()
    world.slack.edit_answers.append(answer)
    await moves_to(world, 20)

    await world.show()
    for _ in range(12):
        world.clock.move(seconds=1)
        await world.show()

    assert edits(world) == 2
    assert "20 %" in plain(world.slack.card().message.text)


async def test_a_card_that_can_never_be_edited_is_let_be_and_its_thread_goes_on(world: World) -> None:
    await world.follows()
    world.slack.edit_answers += [Refused(kind=Refusal.EDIT_IMPOSSIBLE, code="edit_window_closed")]
    await moves_to(world, 20)

    for _ in range(20):
        await world.show()
        world.clock.move(minutes=1)
    tries = edits(world)
    await world.reads(60)

    assert tries == 1
    assert len(world.slack.heard()) == 1


async def test_a_card_in_a_closed_channel_waits_until_it_is_open(world: World) -> None:
    await world.follows()
    world.slack.closed[CHANNEL] = Refused(kind=Refusal.CHANNEL_CLOSED, code="is_inactive")
    await moves_to(world, 20)
    for _ in range(25):
        await world.show()
        world.clock.move(minutes=1)
    while_closed = edits(world)

    world.slack.closed.clear()
    await world.pauses.channel_open(CHANNEL)
    await world.show()

    assert while_closed == 1
    assert "20 %" in plain(world.slack.card().message.text)


@pytest.mark.parametrize("kind", [Refusal.CHANNEL_CLOSED, Refusal.WORKSPACE])
async def test_the_last_card_of_a_task_whose_end_was_told_is_tried_now_and_then(world: World, kind: Refusal) -> None:
    await world.follows()
    await moves_to(world, 100, TaskState.SUCCEEDED)
    await world.tell_all(times=2)
    world.slack.closed[CHANNEL] = Refused(kind=kind, code="is_archived")
    for _ in range(25):
        await world.show()
        world.clock.move(minutes=1)
    while_closed = edits(world)

    world.slack.closed.clear()
    world.clock.move(minutes=10)
    await world.show()

    assert while_closed == 3
    assert "done after" in plain(world.slack.card().message.text)


async def test_cards_that_must_wait_do_not_hide_the_others(world: World) -> None:
    for number in range(210):
        world.task(10, key=f"job-{number}")
        await world.follows(f"job-{number}")
        world.task(100, TaskState.SUCCEEDED, key=f"job-{number}")
    world.task(10, key="alive")
    await world.follows("alive", channel=OTHER)
    world.task(20, key="alive")
    world.slack.closed[CHANNEL] = Refused(kind=Refusal.CHANNEL_CLOSED, code="is_archived")
    await world.poll_everything()
    await world.poll_everything()

    for _ in range(200):
        await world.show()
        world.clock.move(seconds=2)

    assert "20 %" in plain(world.slack.card(OTHER).message.text)


async def test_the_final_state_is_shown_though_nothing_is_polled_any_more(world: World) -> None:
    await world.follows()
    world.slack.edit_answers.append(Unclear(code="TimeoutError"))
    await moves_to(world, 100, TaskState.SUCCEEDED)

    for _ in range(6):
        await world.show()
        world.clock.move(seconds=5)

    assert "done after" in plain(world.slack.card().message.text)


async def test_the_final_state_is_shown_after_a_restart(world: World) -> None:
    await world.follows()
    await moves_to(world, 100, TaskState.SUCCEEDED)

    await world.restart()
    await world.show()

    assert "done after" in plain(world.slack.card().message.text)


async def test_a_card_shows_that_its_task_cannot_be_read(world: World) -> None:
    await world.follows()
    world.cloud.tasks["job-1"] = DOWN
    await world.poll_later()

    await world.show()

    assert "cannot be read since" in world.slack.card().message.text


async def test_an_edit_that_cannot_be_written_down_does_no_harm(world: World) -> None:
    await world.follows()
    await moves_to(world, 20)

    world.ill = {"card_shown"}
    await world.show()
    world.ill = set()
    world.clock.move(seconds=4)
    await world.show()
    world.clock.move(seconds=4)
    await world.show()

    assert edits(world) == 2


async def test_a_clock_that_was_set_back_holds_up_no_card(world: World) -> None:
    await world.follows()
    world.slack.edit_answers.append(RetryLater(after=20.0, throttled=True))
    await moves_to(world, 20)
    await world.show()
    world.clock.move(minutes=-180)

    world.cards.clock_jumped()
    world.clock.move(seconds=4)
    await world.show()

    assert "20 %" in plain(world.slack.card().message.text)
    assert world.clock.now() < NOON
