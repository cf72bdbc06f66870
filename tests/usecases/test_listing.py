"""Lists, statuses and histories: whose, which page, and five hundred of them."""

import pytest

from bot.core.model import Delivery, SubscriptionId, delivery_id, watch_id
from bot.core.news import CardOpened
from bot.core.wording.pages import RUN
from bot.ports import Opened
from bot.usecases.requests import Asker
from bot.usecases.rights import EVERY_CHANNEL, Permissions
from providers.base import TaskKey, TaskState
from tests.core.hostile import ATTACKS
from tests.core.samples import follower, seen_watch
from tests.core.slack_limits import assert_slack_takes
from tests.usecases.world import ALICE, BOB, CHANNEL, OPERATORS, OTHER, World


async def many(world: World, count: int, *, channel: str = CHANNEL) -> None:
    """Let a channel follow so many tasks with names that mean harm."""
    for number in range(count):
        key = TaskKey(f"job-{number}")
        watch = seen_watch(46, id=watch_id("drs", key, 1), account="drs", key=key)
        label = f"{ATTACKS[number % len(ATTACKS)] * 20} {number:03}!".encode(errors="ignore").decode()
        subscription = follower(f"s{channel}{number}", watch_id=watch.id, channel=channel, owner=ALICE, label=label)
        card = Delivery(
            id=delivery_id(watch, SubscriptionId(subscription.id), "card"),
            watch_id=watch.id,
            subscription_id=subscription.id,
            channel=channel,
            news=CardOpened(),
            created_at=world.clock.now(),
        )
        assert isinstance(await world.store.subscribe(watch, subscription, card), Opened)


@pytest.mark.parametrize("asked", ["list", "list mine", "status"])
async def test_five_hundred_tasks_with_names_that_mean_harm_are_told_page_by_page(world: World, asked: str) -> None:
    await many(world, 500)
    asker = Asker(user=ALICE, channel=CHANNEL)
    command, found = asked, 0

    for _ in range(500):
        answer = await world.requests.run(command, asker)
        assert answer is not None
        assert_slack_takes(answer)
        found += "".join(str(block) for block in answer.blocks).count("running 46")
        forward = [
            button["value"]
            for block in answer.blocks
            if block["type"] == "actions" and isinstance(block["elements"], list)
            for button in block["elements"]
            if button["action_id"] == f"{RUN}.next"
        ]
        if not forward:
            break
        command = forward[0].removeprefix("/milepost ")

    assert found == 500


async def test_a_name_among_five_hundred_that_fits_nothing_gets_an_answer_that_slack_takes(world: World) -> None:
    await many(world, 500)

    for typed in ("status zz", "mute", "edit orders at 5", "stop job-", f"stop {'&' * 200}"):
        answer = await world.requests.run(typed, Asker(user=ALICE, channel=CHANNEL))
        assert answer is not None
        assert_slack_takes(answer)


async def test_mine_are_those_that_one_owns_in_whatever_channel(world: World) -> None:
    world.task(10, key="job-2")
    await world.follows("job-1", channel=OTHER)
    await world.types("subscribe drs job-2", user=BOB)

    mine = await world.types("list mine")

    assert "You follow 1 task:" in mine
    assert "<#C0TWO>" in mine
    assert "job-2" not in mine


async def test_a_list_of_all_is_narrowed_to_what_one_may_see(world: World) -> None:
    for key, channel, user in (("job-1", CHANNEL, BOB), ("job-2", OTHER, ALICE), ("job-3", OTHER, BOB)):
        world.task(10, key=key)
        await world.types(f"subscribe drs {key}", channel=channel, user=user)

    answer = await world.types("list all")

    assert "You and this channel follow 2 tasks:" in answer
    assert ("job-1" in answer, "job-2" in answer, "job-3" in answer) == (True, True, False)
    assert "told to those who manage every channel" in answer


@pytest.mark.parametrize(("user", "channel"), [(BOB, CHANNEL), (ALICE, OPERATORS)])
async def test_a_list_of_all_is_whole_for_who_manages_every_channel_and_for_operators(
    world: World, user: str, channel: str
) -> None:
    world.permissions = Permissions(managers={EVERY_CHANNEL: frozenset({BOB})})
    await world.restart()
    await world.follows(channel=OTHER)

    assert "All channels follow 1 task:" in await world.types("list all", user=user, channel=channel)


async def test_who_manages_one_channel_is_not_told_of_all(world: World) -> None:
    world.permissions = Permissions(managers={CHANNEL: frozenset({BOB})})
    await world.restart()
    await world.follows(channel=OTHER)

    assert "Neither you nor this channel" in await world.types("list all", user=BOB)


async def test_a_status_tells_what_was_said_last(world: World) -> None:
    await world.follows()
    assert ": its card" in await world.types("status job-1")

    await world.reads(51)

    assert ": 50 %" in await world.types("status job-1")


async def test_the_history_tells_how_tasks_of_this_channel_ended(world: World) -> None:
    for key, state in (("job-1", TaskState.SUCCEEDED), ("job-2", TaskState.STOPPED)):
        world.task(10, key=key)
        await world.follows(key)
        world.task(90, state, key=key)
        for _ in range(3):
            await world.poll_later(minutes=10)

    lines = (await world.types("history")).splitlines()

    assert "⏹️ stopped at 90 %  job-2" in lines[1]
    assert "✅ done  job-1" in lines[2]
    assert "after" in lines[2]
    assert "No task" in await world.types("history", channel=OTHER)


async def test_a_task_without_a_name_shows_its_id_once_wherever_it_is_told(world: World) -> None:
    world.cloud.names = {"job-2": "orders"}
    world.task(10, key="job-1")
    world.task(10, key="job-2")
    await world.follows("job-1")
    await world.follows("job-2")
    (unnamed, named) = world.slack.cards()
    listed = (await world.types("list")).splitlines()[1:]
    # The address of the console holds it too.
    statuses = [(await world.types(f"status {key}")).partition("<https")[0] for key in ("job-1", "job-2")]
    offered = (await world.types("refresh")).splitlines()[1:]
    for key in ("job-1", "job-2"):
        world.task(90, TaskState.STOPPED, key=key)
    for _ in range(3):
        await world.poll_later(minutes=10)
    ended = (await world.types("history")).splitlines()[1:]

    for told in ([unnamed.message.text, named.message.text], listed, statuses, offered):
        assert told[0].count("job-1") == 1
        assert "job-2" in told[1]
        assert "orders" in told[1]
    assert sorted(line.count("job-") for line in ended) == [1, 1]
    assert "drs job-2" in next(line for line in ended if "orders" in line)


async def test_an_empty_history_is_told(world: World) -> None:
    assert (await world.types("history")).startswith("No task")


async def test_a_status_tells_why_the_next_look_is_then_as_it_was_decided(world: World) -> None:
    await world.follows(more="every 10m")
    world.task(12)
    await world.poll_later(minutes=9.8)

    told = await world.types("status job-1")

    assert "because a heartbeat is due then" in told
