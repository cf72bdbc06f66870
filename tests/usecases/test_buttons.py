import asyncio

from bot.core.commands import Edit
from bot.core.rules import Broadcast
from bot.core.wishes import Wishes
from bot.ports import Refusal, Refused
from bot.usecases.requests import Asker
from providers.base import TaskState
from tests.usecases.world import ALICE, BOB, CHANNEL, OTHER, Gate, World, buttons, finished, plain, said


async def test_refresh_looks_now_and_shows_the_time_of_the_reading(world: World) -> None:
    subscription = await world.follows()
    world.clock.move(seconds=5)

    answer = await world.requests.refresh(subscription.id, Asker(user=ALICE, channel=CHANNEL))
    await world.poll()
    await world.show()

    assert answer is None
    assert len(world.cloud.calls) == 2
    assert world.slack.card().edits == 1


async def test_refresh_while_the_task_is_being_read_does_not_read_it_twice(world: World) -> None:
    subscription = await world.follows()
    world.cloud.gate = gate = Gate()
    world.clock.move(minutes=2)
    await world.polling.tick()
    await finished(gate.reached.wait())

    await world.requests.refresh(subscription.id, Asker(user=ALICE, channel=CHANNEL))
    await world.polling.tick()
    gate.open.set()
    await world.polling.settle()

    assert len(world.cloud.calls) == 2


async def test_refresh_on_a_card_that_ended_says_so(world: World) -> None:
    subscription = await world.follows()
    await world.reads(100, TaskState.SUCCEEDED)

    answer = await world.requests.refresh(subscription.id, Asker(user=ALICE, channel=CHANNEL))

    assert "no longer followed" in said(answer)


async def test_stop_ends_the_card_and_names_who_pressed_it(world: World) -> None:
    subscription = await world.follows()

    answer = await world.requests.stop(subscription.id, Asker(user=ALICE, channel=CHANNEL))

    assert "Stopped following" in said(answer)
    assert ALICE in str(world.slack.card().message.blocks)
    assert await world.followed() == []


async def test_stop_pressed_twice_says_that_it_is_over(world: World) -> None:
    subscription = await world.follows()
    await world.requests.stop(subscription.id, Asker(user=ALICE, channel=CHANNEL))

    again = await world.requests.stop(subscription.id, Asker(user=ALICE, channel=CHANNEL))

    assert "no longer followed" in said(again)


async def test_stop_works_where_the_card_cannot_be_edited(world: World) -> None:
    subscription = await world.follows()
    world.slack.edit_answers.append(Refused(kind=Refusal.EDIT_IMPOSSIBLE, code="edit_window_closed"))

    answer = await world.requests.stop(subscription.id, Asker(user=ALICE, channel=CHANNEL))

    assert "Stopped following" in said(answer)
    assert await world.followed() == []


async def test_a_stopped_card_is_not_overwritten_by_an_edit_that_was_under_way(world: World) -> None:
    subscription = await world.follows()
    world.slack.edit_answers.append(gate := Gate())
    world.task(40)
    await world.poll_later()
    await world.cards.tick()
    await finished(gate.reached.wait())

    await world.requests.stop(subscription.id, Asker(user=ALICE, channel=CHANNEL))
    gate.open.set()
    await world.cards.settle()

    assert "not followed here any more" in plain(world.slack.card().message.text)


async def test_track_again_makes_a_new_card_with_the_same_wishes(world: World) -> None:
    await world.follows(more='at 30 as "orders"')
    wishes = Wishes(broadcast=Broadcast.NEVER, stall=1800)
    await world.asks(Edit(task="orders", wishes=wishes))
    first = (await world.followed())[0].subscription
    await world.reads(100, TaskState.SUCCEEDED)
    world.task(10)

    answer = await world.requests.track_again(first.id, Asker(user=BOB, channel=CHANNEL))

    assert answer is None
    (followed,) = await world.followed()
    assert followed.subscription.id != first.id
    assert followed.subscription.rules == first.rules
    assert (first.rules.milestones, first.rules.stall, followed.subscription.label) == ((30,), 1800, "orders")
    assert followed.subscription.owner == BOB
    assert followed.watch.id == "drs:job-1#2"
    assert len(world.slack.cards()) == 2


async def test_track_again_pressed_by_two_at_once_makes_one_card(world: World) -> None:
    first = await world.follows()
    await world.reads(100, TaskState.SUCCEEDED)
    world.task(10)

    answers = await asyncio.gather(
        world.requests.track_again(first.id, Asker(user=ALICE, channel=CHANNEL)),
        world.requests.track_again(first.id, Asker(user=BOB, channel=CHANNEL)),
    )

    assert sorted(said(answer)[:27] for answer in answers) == ["", "This channel follows it alr"]
    assert len(await world.followed()) == 1


async def test_a_forged_value_does_nothing(world: World) -> None:
    await world.follows()

    for value in ("", "0123456789ab", "drs:job-1#1", "' or 1=1"):
        assert "no longer followed" in said(await world.requests.refresh(value, Asker(user=ALICE, channel=CHANNEL)))
        assert "no longer followed" in said(await world.requests.stop(value, Asker(user=BOB, channel=CHANNEL)))
        assert "no longer followed" in said(await world.requests.track_again(value, Asker(user=BOB, channel=CHANNEL)))

    assert len(await world.followed()) == 1
    assert len(world.cloud.calls) == 1


async def test_a_button_of_another_channel_does_nothing(world: World) -> None:
    subscription = await world.follows()

    for answer in (
        await world.requests.refresh(subscription.id, Asker(user=ALICE, channel=OTHER)),
        await world.requests.stop(subscription.id, Asker(user=BOB, channel=OTHER)),
        await world.requests.track_again(subscription.id, Asker(user=BOB, channel=OTHER)),
    ):
        assert "no longer followed" in said(answer)

    assert len(await world.followed(CHANNEL)) == 1
    assert await world.followed(OTHER) == []


async def test_an_ended_card_offers_to_track_again_and_nothing_else_that_acts(world: World) -> None:
    await world.follows()

    await world.reads(100, TaskState.SUCCEEDED)

    card = world.slack.messages[0]
    assert buttons(card.message) == ["Track again", "Open console"]
