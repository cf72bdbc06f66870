from bot.core.commands import Defaults
from bot.core.rules import Broadcast, Rules
from bot.core.wishes import Wishes
from bot.ports import Person
from bot.usecases.rights import Permissions
from tests.usecases.world import ALICE, BOB, CHANNEL, OTHER, World


async def test_what_is_set_holds_for_new_subscriptions_and_not_for_old_ones(world: World) -> None:
    world.task(10, key="job-2")
    old = await world.follows("job-1")

    answer = await world.types("defaults at 50,90 broadcast failures")
    new = await world.follows("job-2")

    assert "New subscriptions here get: at 50,90 broadcast failures" in answer
    assert old.rules == Rules()
    assert new.rules == Rules(milestones=(50, 90), broadcast=Broadcast.FAILURES)


async def test_wishes_go_before_what_is_set(world: World) -> None:
    await world.types("defaults at 50,90 broadcast failures")

    subscription = await world.follows(more="at 10")

    assert subscription.rules == Rules(milestones=(10,), broadcast=Broadcast.FAILURES)


async def test_what_is_set_is_added_to_what_was(world: World) -> None:
    await world.types("defaults at 50,90")

    answer = await world.types("defaults stall 1h")

    assert "at 50,90 stall 1h" in answer
    assert "at 50,90 stall 1h" in await world.types("defaults")


async def test_another_channel_has_its_own(world: World) -> None:
    await world.types("defaults at 50,90")

    assert "the usual" in await world.types("defaults", channel=OTHER)


async def test_a_reset_brings_the_usual_back(world: World) -> None:
    await world.types("defaults at 50,90")

    answer = await world.types("defaults reset")

    assert answer.startswith("Reset.")
    assert (await world.follows()).rules == Rules()


async def test_what_the_configuration_says_is_the_usual_and_a_channel_may_differ(world: World) -> None:
    world.usual = Rules(milestones=(10, 90), stall=1800)
    await world.restart()
    first = await world.follows("job-1")

    told = await world.types("defaults")
    await world.types("defaults no stall", channel=OTHER)
    other = await world.follows("job-1", channel=OTHER)
    reset = await world.types("defaults reset", channel=OTHER)

    assert first.rules == world.usual
    assert "at 10,90 stall 30m" in told
    assert other.rules == Rules(milestones=(10, 90))
    assert "at 10,90 stall 30m" in reset


async def test_a_label_cannot_hold_for_all(world: World) -> None:
    answer = await world.asks(Defaults(wishes=Wishes(label="mine", stall=600)))

    assert "names one task" in answer
    assert await world.store.channel_settings(CHANNEL) is None


async def test_quiet_hours_are_in_the_zone_of_whoever_sets_them(world: World) -> None:
    world.people.persons[ALICE] = Person(zone="Europe/Berlin")

    await world.types("defaults quiet 22:00-07:00")

    settings = await world.store.channel_settings(CHANNEL)
    assert settings is not None
    assert settings.rules.quiet is not None
    assert settings.rules.quiet.zone == "Europe/Berlin"


async def test_where_a_channel_has_managers_only_they_set_what_holds(world: World) -> None:
    world.permissions = Permissions(managers={CHANNEL: frozenset({BOB})})
    await world.restart()

    refused = await world.types("defaults at 50", user=ALICE)
    told = await world.types("defaults", user=ALICE)
    done = await world.types("defaults at 50", user=BOB)
    elsewhere = await world.types("defaults at 50", user=ALICE, channel=OTHER)

    assert "<@U0BOB> to set" in refused
    assert "the usual" in told
    assert done.startswith("Set.")
    assert elsewhere.startswith("Set.")


async def test_a_guest_sets_nothing(world: World) -> None:
    world.people.persons[ALICE] = Person(is_guest=True)

    assert "Guests may mute" in await world.types("defaults at 50")
    assert "Guests may mute" in await world.types("defaults reset")
    assert await world.store.channel_settings(CHANNEL) is None
