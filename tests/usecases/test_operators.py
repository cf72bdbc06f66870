"""Refused credentials: told once to each channel, once to the operators for each account, and once when they work."""

from bot.ports import Refusal, Refused
from providers.base import AccessDenied
from providers.reasons import Cause, Hint, Reason
from tests.usecases.world import DOWN, NOT_NOW, OPERATORS, OTHER, World, plain

DENIED = AccessDenied(Cause(Reason.REQUEST_REFUSED, hint=Hint.NO_ROLE))


def notices(world: World) -> list[str]:
    return [plain(shown.message.text) for shown in world.slack.messages if shown.channel == OPERATORS]


def refuse(world: World, *keys: str) -> None:
    world.cloud.tasks.update(dict.fromkeys(keys or ("job-1",), DENIED))


async def live(world: World, *, minutes: int) -> None:
    for _ in range(minutes // 2):
        await world.poll_later(minutes=2)
        await world.tell_all(times=2)


async def test_refused_credentials_are_told_once_to_the_channel_and_once_to_the_operators(world: World) -> None:
    await world.follows()
    refuse(world)

    await live(world, minutes=40)

    (heard,) = world.slack.heard()
    (notice,) = notices(world)
    assert "refuses me since" in heard
    assert "drs refuses me since" in notice
    assert "the user has no role" in notice


async def test_the_operators_are_told_for_each_account_and_not_for_each_task(world: World) -> None:
    world.task(10, key="job-2")
    await world.follows()
    await world.follows("job-2", channel=OTHER)
    refuse(world, "job-1", "job-2")

    await live(world, minutes=40)

    assert len(world.slack.heard()) == len(world.slack.heard(OTHER)) == 1
    assert len(notices(world)) == 1


async def test_they_are_not_told_again_after_a_restart_but_hear_of_the_end(world: World) -> None:
    await world.follows()
    refuse(world)
    await live(world, minutes=20)
    await world.restart()
    await live(world, minutes=20)
    before_the_end = len(notices(world))
    await world.restart()

    world.task(12)
    await live(world, minutes=20)

    assert before_the_end == 1
    assert notices(world)[1:] == ["drs lets me read again."]
    assert len(world.slack.heard()) == 2


async def test_the_next_refusal_is_told_again(world: World) -> None:
    await world.follows()
    for _ in range(2):
        refuse(world)
        await live(world, minutes=20)
        world.task(12)
        await live(world, minutes=20)

    assert ["refuses" in notice for notice in notices(world)] == [True, False, True, False]


async def test_an_account_that_shows_some_tasks_and_refuses_others_is_told_once(world: World) -> None:
    world.task(10, key="job-2")
    await world.follows()
    await world.follows("job-2")
    refuse(world)

    await live(world, minutes=40)
    await world.restart()
    await live(world, minutes=40)

    assert len(notices(world)) == 1


async def test_the_end_is_told_though_the_refused_task_is_no_longer_followed(world: World) -> None:
    world.task(10, key="job-2")
    await world.follows("job-2", channel=OTHER)
    await world.follows()
    refuse(world)
    await live(world, minutes=20)

    await world.types("unsubscribe job-1")
    await live(world, minutes=20)

    assert ["refuses" in notice for notice in notices(world)] == [True, False]


async def test_an_account_that_never_was_refused_is_no_news(world: World) -> None:
    await world.follows()

    await live(world, minutes=20)

    assert notices(world) == []


async def test_one_refusal_alone_is_not_told(world: World) -> None:
    await world.follows()
    refuse(world)
    await world.poll_later()
    world.task(12)

    await live(world, minutes=20)

    assert notices(world) == []
    assert world.slack.heard() == []


async def test_a_bot_that_was_stopped_before_it_told_them_tells_them_later(world: World) -> None:
    await world.follows()
    refuse(world)
    world.ill = {"say_once"}
    await live(world, minutes=20)

    world.ill = set()
    await live(world, minutes=20)

    assert len(notices(world)) == 1


async def test_what_slack_did_not_take_is_told_to_them_later(world: World) -> None:
    await world.follows()
    refuse(world)
    world.slack.closed[OPERATORS] = NOT_NOW
    await live(world, minutes=20)

    world.slack.closed.clear()
    await live(world, minutes=20)

    assert len(notices(world)) == 1


async def test_an_operators_channel_that_is_closed_holds_up_nothing(world: World) -> None:
    await world.follows()
    refuse(world)
    world.slack.closed[OPERATORS] = Refused(kind=Refusal.CHANNEL_CLOSED, code="not_in_channel")

    await live(world, minutes=20)

    assert len(world.slack.heard()) == 1
    assert len([where for _, where, _ in world.slack.posts if where == OPERATORS]) == 1


async def test_an_outage_is_no_matter_of_credentials(world: World) -> None:
    await world.follows()
    world.cloud.tasks["job-1"] = DOWN

    await live(world, minutes=40)

    assert notices(world) == []
