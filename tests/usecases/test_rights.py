"""Who may do what, and what those who may not are told."""

import pytest

from bot.core.commands import Subscribe
from bot.core.model import Deed
from bot.ports import Person
from bot.usecases.asker import HOME
from bot.usecases.requests import Asker
from bot.usecases.rights import EVERY_CHANNEL, Permissions
from providers.base import Likeness
from tests.usecases.world import ALICE, BOB, CHANNEL, OTHER, FakeCloud, World, said

CAROL = "U0CAROL"
CHANGES = ("edit job-1 at 5", "transfer job-1 to <@U0CAROL>", "take job-1", "stop job-1")


async def limit(world: World, *, channels: tuple[str, ...] = (), groups: tuple[str, ...] = ()) -> None:
    world.limited = {"drs": {"channels": channels, "groups": groups}}
    await world.restart()


@pytest.mark.parametrize("typed", CHANGES)
async def test_what_is_somebody_elses_is_not_changed_and_the_refusal_says_who_can(world: World, typed: str) -> None:
    before = await world.follows()

    answer = await world.types(typed, user=BOB)

    assert answer.splitlines()[0] == "This belongs to <@U0ALICE>, and only they can change or stop it."
    (after,) = await world.followed()
    assert after.subscription == before


@pytest.mark.parametrize("typed", ["mute job-1", "mute job-1 2h", "unmute job-1", "refresh job-1", "status job-1"])
async def test_muting_refreshing_and_asking_are_for_everybody(world: World, typed: str) -> None:
    world.people.persons[BOB] = Person(is_guest=True)
    await world.follows()

    answer = await world.types(typed, user=BOB)

    assert "belongs to" not in answer
    assert "Guests" not in answer


@pytest.mark.parametrize("where", [CHANNEL, EVERY_CHANNEL])
@pytest.mark.parametrize("typed", CHANGES)
async def test_managers_may_change_everything_in_their_channels(world: World, where: str, typed: str) -> None:
    world.permissions = Permissions(managers={where: frozenset({BOB})})
    await world.restart()
    before = await world.follows()

    answer = await world.types(typed, user=BOB)

    assert "belongs to <@U0ALICE>" not in answer
    assert [one.subscription for one in await world.followed()] != [before]


async def test_managers_of_another_channel_are_nobody_here_and_those_of_this_one_are_named(world: World) -> None:
    world.permissions = Permissions(managers={OTHER: frozenset({BOB}), CHANNEL: frozenset({CAROL})})
    await world.restart()
    await world.follows()

    answer = await world.types("stop job-1", user=BOB)

    assert "only they or <@U0CAROL> can change or stop it" in answer


@pytest.mark.parametrize("typed", CHANGES)
async def test_where_everyone_may_everyone_does(world: World, typed: str) -> None:
    world.permissions = Permissions(everyone=True)
    await world.restart()
    await world.follows()

    assert "belongs to <@U0ALICE>" not in await world.types(typed, user=BOB)


@pytest.mark.parametrize("typed", ["subscribe drs job-2", *CHANGES])
async def test_a_guest_changes_nothing_though_it_were_theirs(world: World, typed: str) -> None:
    world.task(10, key="job-2")
    before = await world.follows()
    world.people.persons[ALICE] = Person(is_guest=True)
    world.permissions = Permissions(everyone=True)
    await world.restart()

    answer = await world.types(typed)

    assert answer.startswith("Guests may mute and refresh")
    assert [one.subscription for one in await world.followed()] == [before]


async def test_a_guest_may_do_all_where_the_configuration_says_so(world: World) -> None:
    world.people.persons[ALICE] = Person(is_guest=True)
    world.permissions = Permissions(guests=True)
    await world.restart()

    await world.follows()

    assert "Stopped following" in await world.types("stop job-1")


# --- accounts ---


async def test_an_account_of_some_channels_cannot_be_used_in_another(world: World) -> None:
    await limit(world, channels=(OTHER,))

    refused = await world.types("subscribe drs job-1")
    taken = await world.types("subscribe drs job-1", channel=OTHER)

    assert refused.startswith("drs cannot be used here, only in <#C0TWO>.")
    assert taken == ""
    assert await world.followed(CHANNEL) == []
    assert world.slack.cards(CHANNEL) == []


async def test_what_another_channel_follows_cannot_be_joined_from_where_the_account_may_not_be_used(
    world: World,
) -> None:
    await limit(world, channels=(OTHER,))
    await world.follows(channel=OTHER)

    assert "cannot be used here" in await world.types("subscribe drs job-1")


@pytest.mark.parametrize("typed", ["subscribe job-1", "subscribe drs:job-1", "subscribe huawei-drs job-1"])
async def test_however_it_is_named_it_cannot_be_used(world: World, typed: str) -> None:
    world.cloud.prefix, world.cloud.likeness = "job-", Likeness.CERTAIN
    await limit(world, channels=(OTHER,))

    assert "cannot be used here" in await world.types(typed)
    assert world.cloud.calls == []


async def test_what_has_ended_is_not_tracked_again_where_its_account_may_no_longer_be_used(world: World) -> None:
    subscription = await world.follows()
    await limit(world, channels=(OTHER,))

    answer = await world.requests.track_again(subscription.id, Asker(user=ALICE, channel=CHANNEL))

    assert answer is not None
    assert "cannot be used here" in answer.text


async def test_an_account_of_a_group_is_for_its_people(world: World) -> None:
    world.people.groups = {"S0DBA": {ALICE}}
    await limit(world, groups=("S0DBA",))

    refused = await world.types("subscribe drs job-1", user=BOB)

    assert refused.startswith("drs is only for <!subteam^S0DBA>")
    assert await world.types("subscribe drs job-1", user=ALICE) == ""


async def test_both_limits_must_fit(world: World) -> None:
    world.people.groups = {"S0DBA": {ALICE}}
    await limit(world, channels=(OTHER,), groups=("S0DBA",))

    assert "cannot be used here" in await world.types("subscribe drs job-1", user=ALICE)
    assert "is only for" in await world.types("subscribe drs job-1", user=BOB, channel=OTHER)
    assert await world.types("subscribe drs job-1", user=ALICE, channel=OTHER) == ""


async def test_where_slack_does_not_tell_who_is_in_a_group_nobody_is_let_in_and_the_remedy_is_told(
    world: World,
) -> None:
    world.people.groups = None
    await limit(world, groups=("S0DBA",))

    answer = await world.types("subscribe drs job-1")

    assert "usergroups:read" in answer
    assert await world.followed() == []


async def test_accounts_that_cannot_be_used_are_not_listed_nor_offered(world: World) -> None:
    world.more_clouds["open"] = FakeCloud("tencent-cos")
    await limit(world, channels=(OTHER,))

    here = await world.types("accounts")
    there = await world.types("accounts", channel=OTHER)

    assert "subscribe drs" not in here
    assert "subscribe open" in here
    assert "There are others" in here
    assert "subscribe drs" in there
    assert "There are others" not in there
    assert "/milepost subscribe open" in await world.types("list")
    assert "drs" not in await world.types("subscribe zzzz job-1")


async def test_where_no_account_can_be_used_that_is_said(world: World) -> None:
    await limit(world, channels=(OTHER,))

    assert "No account can be used here by you" in await world.types("accounts")


async def test_usable_accounts_are_told_for_the_form(world: World) -> None:
    world.more_clouds["open"] = FakeCloud("tencent-cos")
    await limit(world, channels=(OTHER,))

    async def names(channel: str) -> list[str]:
        return [account.name for account in await world.rights.usable(Asker(user=ALICE, channel=channel))]

    assert await names(CHANNEL) == ["open"]
    assert await names(OTHER) == ["drs", "open"]
    assert await names(HOME) == ["open"]


# --- refusals in the audit ---


async def refusals(world: World) -> list[tuple[str, str, str]]:
    entries = await world.store.audit(100)
    return [(entry.who, entry.task, entry.detail) for entry in entries if entry.deed is Deed.REFUSED]


async def test_a_refused_attempt_is_written_down_once_a_minute_for_each_person_and_task(world: World) -> None:
    world.task(10, key="job-2")
    await world.follows("job-1")
    await world.follows("job-2")

    for typed in ("stop job-1", "stop job-1", "edit job-1 at 5", "stop job-2"):
        await world.types(typed, user=BOB)
    await world.types("stop job-1", user=CAROL)
    world.clock.move(seconds=61)
    await world.types("stop job-1", user=BOB)

    assert await refusals(world) == [
        (BOB, "drs job-1", "stop"),
        (BOB, "drs job-2", "stop"),
        (CAROL, "drs job-1", "stop"),
        (BOB, "drs job-1", "stop"),
    ]


async def test_a_refused_account_is_written_down(world: World) -> None:
    await limit(world, channels=(OTHER,))

    await world.types("subscribe drs job-1")

    assert await refusals(world) == [(ALICE, "drs", "use the account")]


async def test_a_refusal_stands_though_it_cannot_be_written_down(world: World) -> None:
    await world.follows()
    world.ill.add("note")

    assert "only they can" in await world.types("stop job-1", user=BOB)
    assert len(await world.followed()) == 1


# --- who is where ---


async def test_who_chose_a_channel_that_they_are_not_in_follows_nothing_there(world: World) -> None:
    await limit(world, channels=(CHANNEL,))
    world.people.outside = {(BOB, CHANNEL)}
    chosen = Asker(user=BOB, channel=CHANNEL, elsewhere=True)

    answer = said(await world.requests.carry_out(Subscribe(account="drs", task="job-1"), chosen))

    assert answer.startswith(f"You are not in <#{CHANNEL}>")
    assert await world.followed() == []
    assert world.slack.cards() == []
    assert [entry.deed for entry in await world.store.audit(9)] == [Deed.REFUSED]


async def test_where_slack_does_not_tell_who_is_in_a_channel_it_must_be_typed_there(world: World) -> None:
    world.people.outside = None
    command = Subscribe(account="drs", task="job-1")

    answer = said(await world.requests.carry_out(command, Asker(user=BOB, channel=CHANNEL, elsewhere=True)))

    assert "Type /milepost there" in answer
    assert said(await world.requests.carry_out(command, Asker(user=BOB, channel=CHANNEL))) == ""


async def test_nothing_is_given_to_somebody_who_is_not_in_the_channel(world: World) -> None:
    world.people.outside = {(BOB, CHANNEL)}
    await world.follows()

    answer = await world.types("transfer job-1 to <@U0BOB>")

    assert answer.startswith("<@U0BOB> is not in this channel")
    assert [one.subscription.owner for one in await world.followed()] == [ALICE]


async def test_nothing_is_given_to_an_app_or_a_deactivated_account(world: World) -> None:
    world.people.persons[BOB] = Person(is_nobody=True, known=True)
    await world.follows()

    answer = await world.types("transfer job-1 to <@U0BOB>")

    assert answer.startswith("<@U0BOB> is no person who could look after it")
    assert [one.subscription.owner for one in await world.followed()] == [ALICE]


@pytest.mark.parametrize("typed", ["edit job-1 at 5", "take job-1", "stop job-1"])
async def test_what_a_deactivated_account_owns_is_for_everybody_in_the_channel(world: World, typed: str) -> None:
    before = await world.follows()
    world.people.persons[ALICE] = Person(is_nobody=True, known=True)

    answer = await world.types(typed, user=BOB)

    assert "belongs to" not in answer
    assert [one.subscription for one in await world.followed()] != [before]
