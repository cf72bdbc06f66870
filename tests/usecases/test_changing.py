"""Edit, mute, transfer and stop: by command, in the thread, and by the id that a button carries."""

from datetime import timedelta

import pytest

from bot.core.model import Deed, PauseReason, Subscription
from bot.core.rules import MILESTONES, Broadcast, Rules
from bot.core.wishes import Wishes
from bot.ports import Person
from bot.usecases.asker import HOME
from bot.usecases.requests import Asker
from bot.usecases.rights import Permissions
from providers.base import TaskState
from tests.usecases.world import ALICE, BOB, CHANNEL, OTHER, World, said

IN_CHANNEL = Asker(user=ALICE, channel=CHANNEL)


async def only(world: World) -> Subscription:
    (followed,) = await world.followed()
    return followed.subscription


async def test_an_edit_says_in_one_line_what_holds_now(world: World) -> None:
    await world.follows(more='at 10,50 as "orders"')

    answer = await world.types("edit orders stall 30m broadcast failures")

    assert answer == 'Changed. For orders holds now: at 10,50 stall 30m broadcast failures as "orders"'
    assert (await only(world)).rules == Rules(milestones=(10, 50), stall=1800, broadcast=Broadcast.FAILURES)
    assert (await only(world)).revised_at == world.clock.now()


async def test_an_edit_keeps_what_it_does_not_speak_of_and_the_card(world: World) -> None:
    before = await world.follows(more='at 10,50 as "orders"')

    await world.types('edit orders as "orders-db"')

    after = await only(world)
    assert (after.label, after.rules, after.card) == ("orders-db", before.rules, before.card)
    await world.show()
    assert "orders-db" in world.slack.card().message.text


async def test_an_edit_back_to_the_usual_says_so(world: World) -> None:
    await world.follows(more="at 10")

    answer = await world.types("edit job-1 at 25,50,75,100")

    assert "the usual: replies at 25, 50, 75 and 100 %" in answer
    assert (await only(world)).rules.milestones == MILESTONES


async def test_an_edit_that_changes_nothing_says_so_and_is_no_change(world: World) -> None:
    before = await world.follows(more="at 10")
    entries = len(await world.store.audit(100))

    answer = await world.types("edit job-1 at 10")

    assert answer.startswith("Nothing to change.")
    assert await only(world) == before
    assert len(await world.store.audit(100)) == entries


async def test_what_was_edited_holds_from_the_next_reading_on(world: World) -> None:
    await world.follows()
    await world.types("edit job-1 at 60")

    await world.reads(61)

    assert [heard[:4] for heard in world.slack.heard()] == ["60 %"]


async def test_a_time_of_day_is_meant_in_the_zone_of_whoever_says_it(world: World) -> None:
    world.people.persons[ALICE] = Person(zone="Europe/Berlin", known=True)
    await world.follows()

    await world.types("edit job-1 quiet 22:00-07:00")

    quiet = (await only(world)).rules.quiet
    assert quiet is not None
    assert quiet.zone == "Europe/Berlin"


@pytest.mark.parametrize("zone", [None, "Mars/Olympus"])
async def test_where_slack_tells_no_zone_that_there_is_the_configured_one_is_meant(
    world: World, zone: str | None
) -> None:
    world.people.persons[ALICE] = Person(zone=zone)

    subscription = await world.follows(more="overdue 18:00")

    assert subscription.rules.overdue is not None
    assert subscription.rules.overdue.zone == "Asia/Tokyo"


async def test_a_zone_that_was_said_is_kept_and_slack_is_not_asked_for_one(world: World) -> None:
    world.permissions = Permissions(guests=True)
    await world.restart()

    subscription = await world.follows(more="quiet 22:00-07:00 Europe/Paris")

    assert subscription.rules.quiet is not None
    assert subscription.rules.quiet.zone == "Europe/Paris"
    assert world.people.asked_about == []


# --- mute ---


async def test_a_mute_has_an_end_and_says_how_to_end_it_before(world: World) -> None:
    await world.follows()

    answer = await world.types("mute job-1 2h", user=BOB)

    muted = (await only(world)).muted
    assert muted is not None
    assert (muted.by, muted.until) == (BOB, world.clock.now() + timedelta(hours=2))
    assert "/milepost unmute drs job-1" in answer
    assert "/milepost unmute drs job-1" in await world.types("mute job-1")


async def test_unmuting_ends_it_for_whoever_asks(world: World) -> None:
    await world.follows()
    await world.types("mute job-1")

    answer = await world.types("unmute job-1", user=BOB)

    assert "is heard again" in answer
    muted = (await only(world)).muted
    assert muted is None or not muted.holds(world.clock.now())


async def test_unmuting_what_is_not_muted_says_so(world: World) -> None:
    await world.follows()
    assert "is not muted" in await world.types("unmute job-1")

    await world.types("mute job-1 1h")
    world.clock.move(minutes=61)

    assert "is not muted" in await world.types("unmute job-1")


# --- owners ---


async def test_who_gives_a_task_away_names_the_new_owner_and_the_new_owner_hears_of_it(world: World) -> None:
    await world.follows()

    answer = await world.types("transfer job-1 to <@U0BOB|bob>")

    assert answer == "job-1 belongs to <@U0BOB> now."
    assert (await only(world)).owner == BOB
    assert [(channel, user) for channel, user, _ in world.people.whispers] == [(CHANNEL, BOB)]


async def test_whoever_names_a_person_without_a_mention_is_told_how_and_nothing_changes(world: World) -> None:
    await world.follows()
    before = await only(world)

    answer = await world.types("transfer job-1 bob")

    assert "I cannot tell who “bob” is." in answer
    assert "A person is named as a mention." in answer
    assert "Example: /milepost transfer job-1 @bob" in answer
    assert "take" not in answer
    assert await only(world) == before
    assert not world.people.whispers


async def test_a_task_cannot_be_given_to_a_guest(world: World) -> None:
    world.people.persons[BOB] = Person(is_guest=True)
    await world.follows()

    answer = await world.types("transfer job-1 to <@U0BOB>")

    assert "is a guest" in answer
    assert (await only(world)).owner == ALICE


async def test_taking_what_is_yours_changes_nothing(world: World) -> None:
    await world.follows()

    assert "belongs to <@U0ALICE> already" in await world.types("take job-1")


async def test_where_the_owner_left_anybody_may_take_over(world: World) -> None:
    await world.follows()
    assert "only they can" in await world.types("take job-1", user=BOB)

    await world.requests.member_left(CHANNEL, ALICE)

    assert "/milepost take drs job-1" in await world.types("status job-1", user=BOB)
    assert await world.types("take job-1", user=BOB) == "job-1 is yours now."
    assert ((await only(world)).owner, (await only(world)).owner_left) == (BOB, False)


async def test_an_owner_who_comes_back_owns_it_still(world: World) -> None:
    await world.follows()
    await world.requests.member_left(CHANNEL, ALICE)

    await world.requests.member_joined(CHANNEL, ALICE)

    assert "only they can" in await world.types("take job-1", user=BOB)


async def test_the_card_says_at_once_that_its_owner_left_and_that_they_are_back(world: World) -> None:
    await world.follows()
    await world.requests.member_left(CHANNEL, ALICE)
    await world.show()
    assert "(who left this channel)" in world.slack.card().message.text

    world.clock.move(seconds=10)
    await world.requests.member_joined(CHANNEL, ALICE)
    await world.show()

    assert "left this channel" not in world.slack.card().message.text


async def test_who_left_another_channel_is_still_the_owner_here(world: World) -> None:
    await world.follows()

    await world.requests.member_left(OTHER, ALICE)

    assert "only they can" in await world.types("take job-1", user=BOB)


# --- in the thread ---


async def test_in_a_cards_thread_no_name_is_needed(world: World) -> None:
    world.task(10, key="job-2")
    await world.follows("job-1")
    second = await world.follows("job-2")
    assert second.card is not None

    await world.types("mute", thread_ts=second.card.ts)
    status = await world.types("status", thread_ts=second.card.ts)

    assert [one.subscription.muted is not None for one in await world.followed()] == [False, True]
    assert "Task job-2" in status
    assert "Task job-1" not in status


async def test_in_another_thread_a_name_is_needed(world: World) -> None:
    await world.follows()

    assert "I need its name" in await world.types("stop", thread_ts="1.2")
    assert "Stopped following" in await world.types("stop job-1", thread_ts="1.2")


async def test_in_the_thread_of_what_has_ended_its_status_is_told_and_nothing_is_changed(world: World) -> None:
    subscription = await world.follows()
    await world.reads(100, TaskState.SUCCEEDED)
    assert subscription.card is not None
    ts = subscription.card.ts

    assert "done" in await world.types("status", thread_ts=ts)
    for typed in ("mute", "stop", "edit at 5", "take", "refresh"):
        assert "no longer followed here" in await world.types(typed, thread_ts=ts), typed


# --- names ---


async def test_a_name_that_is_nearly_right_is_guessed_with_the_whole_command(world: World) -> None:
    await world.follows(more='as "orders-db"')

    answer = await world.types("mute ordres-db 2h")

    assert "Did you mean:" in answer
    assert answer.splitlines()[1] == "/milepost mute drs job-1 2h  orders-db"


async def test_the_beginning_of_a_label_names_its_task_where_no_other_begins_so(world: World) -> None:
    world.task(10, key="job-2")
    await world.follows("job-1", more='as "orders-db → gaussdb"')
    await world.follows("job-2", more='as "invoices"')

    assert "Task job-1" in await world.types("status orders")
    assert "Task job-1" in await world.types("status ORDERS-DB")
    # Too short to be meant.
    assert "nothing called" in await world.types("status ord")

    await world.types('edit job-2 as "orders-web"')
    asked = await world.types("mute orders")

    assert "drs job-1" in asked
    assert "drs job-2" in asked
    assert all(one.subscription.muted is None for one in await world.followed())


async def test_a_short_id_is_read_as_cards_show_it(world: World) -> None:
    key = "9a470239-2308-4bb5-a6bc-1040402fjb21"
    world.task(10, key=key)
    await world.follows(key)

    assert "is yours" not in await world.types("mute 9a470239…jb21")
    assert (await only(world)).muted is not None


# --- by the id that a button carries ---


async def test_every_button_acts_where_its_card_is(world: World) -> None:
    subscription = await world.follows()

    assert "muted until" in said(await world.requests.mute(subscription.id, IN_CHANNEL, seconds=7200))
    assert "heard again" in said(await world.requests.unmute(subscription.id, IN_CHANNEL))
    assert "Changed." in said(await world.requests.edit(subscription.id, IN_CHANNEL, Wishes(stall=600)))
    assert "belongs to" in said(await world.requests.transfer(subscription.id, IN_CHANNEL, to=BOB))


@pytest.mark.parametrize("value", ["", "0123456789ab", "drs:job-1#1", "' or 1=1", "\x00"])
async def test_a_value_that_is_no_subscription_here_does_nothing(world: World, value: str) -> None:
    await world.follows()
    before = await only(world)

    for answer in (
        await world.requests.mute(value, IN_CHANNEL, seconds=None),
        await world.requests.unmute(value, IN_CHANNEL),
        await world.requests.transfer(value, IN_CHANNEL, to=None),
        await world.requests.edit(value, IN_CHANNEL, Wishes(stall=600)),
    ):
        assert "no longer followed" in said(answer)

    assert await only(world) == before


async def test_from_app_home_only_what_is_ones_own_can_be_reached(world: World) -> None:
    subscription = await world.follows()

    assert "no longer followed" in said(await world.requests.stop(subscription.id, Asker(user=BOB, channel=HOME)))
    assert "Stopped following" in said(await world.requests.stop(subscription.id, Asker(user=ALICE, channel=HOME)))


async def test_what_is_tracked_again_from_app_home_gets_its_card_where_the_old_one_is(world: World) -> None:
    subscription = await world.follows()
    await world.reads(100, TaskState.SUCCEEDED)
    world.task(10)

    await world.requests.track_again(subscription.id, Asker(user=ALICE, channel=HOME))

    assert len(world.slack.cards(CHANNEL)) == 2


async def test_a_command_to_refresh_looks_and_says_so(world: World) -> None:
    await world.follows()

    answer = await world.types("refresh job-1", user=BOB)
    await world.poll()

    assert "Looking now" in answer
    assert len(world.cloud.calls) == 2


async def test_help_has_topics(world: World) -> None:
    assert await world.types("help rules") != await world.types("help")


# --- an end that waits ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["command", "button"])
async def test_who_unsubscribes_before_the_end_was_said_does_not_hear_it(world: World, way: str) -> None:
    subscription = await world.follows(more='as "orders"')
    await world.pauses.channel_closed(CHANNEL, PauseReason.REMOVED)
    world.task(100, TaskState.SUCCEEDED)
    await world.poll_later(minutes=30)

    if way == "command":
        answer = await world.types("unsubscribe orders")
    else:
        answer = said(await world.requests.stop(subscription.id, IN_CHANNEL))
    await world.pauses.channel_open(CHANNEL)
    await world.tell_all(times=12)
    await world.show()

    assert answer == "Stopped following orders in this channel. The task has ended; its card shows how."
    assert world.slack.thread() == []
    assert "done" in world.slack.card().message.text
    assert [entry.deed for entry in await world.store.audit(10)][-1] is Deed.UNSUBSCRIBED


async def test_what_ended_and_was_told_cannot_be_stopped_any_more(world: World) -> None:
    subscription = await world.follows(more='as "orders"')
    await world.reads(100, TaskState.SUCCEEDED)

    assert "follows no task" in await world.types("unsubscribe orders")
    assert "no longer followed" in said(await world.requests.stop(subscription.id, IN_CHANNEL))
