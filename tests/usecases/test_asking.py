from providers.base import Likeness, TaskState
from tests.usecases.world import ALICE, CHANNEL, DOWN, OTHER, World, buttons, plain


async def test_who_stops_following_is_told_and_the_card_shows_who_it_was(world: World) -> None:
    await world.follows(more='as "orders"')

    answer = await world.types("unsubscribe orders")

    card = world.slack.card()
    assert answer == "Stopped following orders in this channel. The task itself goes on."
    assert "not followed here any more" in plain(card.message.text)
    assert ALICE in str(card.message.blocks)
    assert buttons(card.message) == ["Track again"]
    assert await world.followed() == []


async def test_nothing_is_said_or_asked_after_the_last_follower_left(world: World) -> None:
    await world.follows()
    world.task(60)
    await world.poll_later()

    await world.types("unsubscribe job-1")
    await world.tell_all(times=3)
    await world.poll_later(minutes=60)

    assert world.slack.thread() == []
    assert len(world.cloud.calls) == 2
    assert await world.store.next_due() is None


async def test_one_channel_that_leaves_does_not_silence_another(world: World) -> None:
    await world.follows()
    await world.follows(channel=OTHER)

    await world.types("unsubscribe job-1")
    await world.reads(60)

    assert world.slack.thread(CHANNEL) == []
    assert len(world.slack.thread(OTHER)) == 1


async def test_a_task_is_named_by_id_beginning_label_or_cloud_name(world: World) -> None:
    world.cloud.names["job-1"] = "nightly"
    for name in ("job-1", "JOB-1", "drs job-1", "job-", "drs job", '"my label"', "My Label", "nightly"):
        await world.follows(more='as "my label"')

        answer = await world.types(f"unsubscribe {name}")

        assert "Stopped following" in answer, name


async def test_where_the_name_fits_two_tasks_it_asks_which(world: World) -> None:
    world.task(10, key="job-2")
    await world.follows("job-1")
    await world.follows("job-2")

    answer = await world.types("unsubscribe job-")

    assert answer.splitlines()[0] == "More than one task here fits job-. Say which:"
    assert "/milepost unsubscribe drs job-2" in answer
    assert len(await world.followed()) == 2


async def test_a_whole_id_is_not_mistaken_for_the_beginning_of_another(world: World) -> None:
    world.task(10, key="job-12")
    await world.follows("job-1")
    await world.follows("job-12")

    await world.types("unsubscribe job-1")

    (left,) = await world.followed()
    assert left.watch.key == "job-12"


async def test_without_a_name_it_asks_which_even_if_there_is_only_one(world: World) -> None:
    await world.follows()

    answer = await world.types("unsubscribe")

    assert "Which one? This channel follows:\n/milepost unsubscribe drs job-1" in answer
    assert len(await world.followed()) == 1


async def test_a_task_of_another_channel_cannot_be_stopped_from_here(world: World) -> None:
    await world.follows()

    answer = await world.types("unsubscribe job-1", channel=OTHER)

    assert "follows no task yet" in answer
    assert len(await world.followed()) == 1


async def test_a_name_that_fits_nothing_shows_what_is_followed(world: World) -> None:
    await world.follows()

    answer = await world.types("status other")

    assert "follows nothing called other" in answer
    assert "/milepost status drs job-1" in answer


async def test_the_list_tells_each_task_of_this_channel(world: World) -> None:
    world.cloud.tasks["job-2"] = DOWN
    await world.follows("job-1")
    await world.follows("job-2", more='as "second"')
    world.task(10, key="job-3")
    await world.follows("job-3", channel=OTHER)

    lines = (await world.types("list")).splitlines()

    assert lines[0] == "This channel follows 2 tasks:"
    assert "running 10 %" in lines[1]
    assert "waiting for the first reading" in lines[2]
    assert "second" in lines[2]
    assert len(lines) == 3


async def test_an_empty_list_says_how_to_begin(world: World) -> None:
    answer = await world.types("list")

    assert "such as /milepost subscribe drs job-1" in answer


async def test_the_status_tells_the_last_reading_the_next_look_and_why(world: World) -> None:
    await world.follows(more='as "orders"')

    answer = await world.types("status orders")

    for part in ("orders", "running 10 %", "Task job-1", "Last reading", "Next look", "pace", "25, 50, 75 and 100 %"):
        assert part in answer


async def test_the_status_of_a_task_in_trouble_tells_the_trouble(world: World) -> None:
    await world.follows()
    world.cloud.tasks["job-1"] = DOWN
    await world.poll_later()

    answer = await world.types("status")

    assert "cannot be read since" in answer
    assert "the cloud did not answer in time" in answer


async def test_the_status_without_a_name_tells_all(world: World) -> None:
    world.task(50, TaskState.PAUSED, key="job-2")
    await world.follows("job-1")
    await world.follows("job-2")

    answer = await world.types("status")

    assert "Task job-1" in answer
    assert "Task job-2" in answer
    assert "paused 50 %" in answer


async def test_the_accounts_are_told_with_an_example_that_can_be_copied(world: World) -> None:
    world.cloud.likeness = Likeness.CERTAIN

    answer = await world.types("accounts")

    assert answer.splitlines()[1:] == ["drs  The drs in eu-1", "/milepost subscribe drs job-1"]


async def test_help_is_given_when_asked_for_and_when_nothing_is_typed(world: World) -> None:
    assert "/milepost subscribe" in await world.types("help")
    assert await world.types("") == await world.types("help")
