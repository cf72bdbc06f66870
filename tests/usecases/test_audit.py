"""Every change has its entry, and the operators' channel hears of each once."""

from datetime import timedelta

from bot.core.model import Deed
from bot.ports import Refusal, Refused, RetryLater, Unclear
from bot.usecases.audit import REFUSED_MOST
from tests.usecases.world import ALICE, BOB, CHANNEL, OPERATORS, World, plain


async def entries(world: World) -> list[tuple[Deed, str, str, str]]:
    return [(entry.deed, entry.who, entry.task, entry.detail) for entry in await world.store.audit(1000)]


async def told(world: World) -> list[str]:
    return [plain(shown.message.text) for shown in world.slack.cards(OPERATORS)]


async def later(world: World) -> None:
    world.clock.move(seconds=60)
    await world.changes_told.tick()


async def test_every_change_has_its_entry(world: World) -> None:
    world.slack.closed[OPERATORS] = Refused(kind=Refusal.CHANNEL_CLOSED, code="is_archived")
    for typed in (
        'subscribe drs job-1 at 50 as "orders"',
        "edit orders stall 30m",
        "mute orders",
        "unmute orders",
        "defaults at 10",
        "defaults reset",
        "transfer orders to <@U0BOB>",
    ):
        await world.types(typed)
    await world.types("stop orders", user=BOB)

    assert await entries(world) == [
        (Deed.SUBSCRIBED, ALICE, "drs job-1", 'at 50 as "orders"'),
        (Deed.EDITED, ALICE, "drs job-1", 'at 50 stall 30m as "orders"'),
        (Deed.MUTED, ALICE, "drs job-1", ""),
        (Deed.UNMUTED, ALICE, "drs job-1", ""),
        (Deed.SET_DEFAULTS, ALICE, "", "at 10"),
        (Deed.SET_DEFAULTS, ALICE, "", "reset"),
        (Deed.TRANSFERRED, ALICE, "drs job-1", "to U0BOB"),
        (Deed.UNSUBSCRIBED, BOB, "drs job-1", ""),
    ]


async def test_looking_changes_nothing_and_has_no_entry(world: World) -> None:
    await world.follows()
    before = await entries(world)

    for typed in (
        "list",
        "list all",
        "status",
        "history",
        "accounts",
        "help",
        "refresh job-1",
        "defaults",
        "unmute job-1",
    ):
        await world.types(typed)

    assert await entries(world) == before


async def test_a_change_that_cannot_be_written_down_has_no_entry(world: World) -> None:
    world.slack.closed[CHANNEL] = Refused(kind=Refusal.CHANNEL_CLOSED, code="is_archived")

    await world.types("subscribe drs job-1")

    assert await entries(world) == [
        (Deed.SUBSCRIBED, ALICE, "drs job-1", ""),
        (Deed.UNSUBSCRIBED, ALICE, "drs job-1", "Slack refused the card: is_archived"),
    ]


async def test_entries_of_one_instant_keep_their_order(world: World) -> None:
    await world.follows()

    for _ in range(20):
        await world.types("mute job-1")
        await world.types("unmute job-1")

    deeds = [deed for deed, *_ in await entries(world)][1:]
    assert deeds == [Deed.MUTED, Deed.UNMUTED] * 20


# --- the operators' channel ---


async def test_the_operators_hear_of_changes_in_one_message(world: World) -> None:
    await world.follows(more='as "orders"')
    await world.types("mute orders 2h")

    await later(world)

    (message,) = await told(world)
    first, second = message.splitlines()
    assert 'U0ALICE> subscribed to drs job-1 in <#C0ONE>: as "orders"' in first
    assert "U0ALICE> muted drs job-1 in <#C0ONE>: until 2026-03-01 14:00 UTC" in second


async def test_nothing_is_told_twice_nor_after_a_restart(world: World) -> None:
    await world.follows()
    await later(world)

    await later(world)
    await world.restart()
    await later(world)

    assert len(await told(world)) == 1


async def test_what_was_not_told_before_a_restart_is_told_after_it(world: World) -> None:
    await world.follows()
    await world.restart()

    await later(world)

    assert len(await told(world)) == 1


async def test_where_nothing_was_changed_nothing_is_said(world: World) -> None:
    await later(world)

    assert await told(world) == []


async def test_what_slack_did_not_take_is_told_at_the_next_tick(world: World) -> None:
    await world.follows()
    world.slack.post_answers.append(RetryLater(after=5.0))

    await later(world)
    assert await told(world) == []
    await later(world)

    assert len(await told(world)) == 1


async def test_what_slack_may_have_taken_is_not_told_again(world: World) -> None:
    await world.follows()
    world.slack.post_answers.append(Unclear(code="TimeoutError"))

    await later(world)
    await later(world)

    assert await told(world) == []


async def test_an_entry_that_is_hardly_written_waits_for_those_that_may_come_before_it(world: World) -> None:
    await world.types("subscribe drs job-1")

    await world.changes_told.tick()
    assert await told(world) == []

    await later(world)
    assert len(await told(world)) == 1


async def test_a_store_that_cannot_write_lets_the_rest_be_told_later(world: World) -> None:
    await world.follows()
    world.ill.add("say_once")
    await later(world)
    assert await told(world) == []

    world.ill.clear()
    await later(world)

    assert len(await told(world)) == 1


async def test_a_log_that_cannot_be_read_now_is_told_later(world: World) -> None:
    await world.follows()
    await later(world)
    await world.types("mute job-1")
    world.ill.add("audit")
    await later(world)

    world.ill.clear()
    await later(world)

    assert len(await told(world)) == 2


async def test_refused_attempts_are_told_as_such(world: World) -> None:
    await world.follows()
    await world.types("stop job-1", user=BOB)

    await later(world)

    (message,) = await told(world)
    assert "<@U0BOB> may not stop drs job-1 in <#C0ONE>" in message


async def test_who_takes_over_gave_nothing_away(world: World) -> None:
    await world.follows()
    await world.requests.member_left(CHANNEL, ALICE)
    await world.types("take job-1", user=BOB)

    await later(world)

    (message,) = await told(world)
    assert "<@U0BOB> took over drs job-1 in <#C0ONE>" in message


async def test_more_changes_than_a_message_holds_are_counted(world: World) -> None:
    await world.follows()
    for _ in range(15):
        await world.types("mute job-1")
        await world.types("unmute job-1")

    await later(world)

    (message,) = await told(world)
    assert len(message.splitlines()) == 21
    assert "and 11 more; milepost audit" in message


async def test_marks_of_what_is_long_told_are_taken_away(world: World) -> None:
    await world.follows()
    (entry,) = await world.store.audit(10)
    await later(world)

    world.clock.move(minutes=timedelta(days=8).total_seconds() / 60)
    await later(world)

    assert await world.store.say_once(f"audit/{entry.id}")


async def test_marks_of_an_earlier_process_are_taken_away_at_a_start(world: World) -> None:
    await world.follows()
    (entry,) = await world.store.audit(10)
    await later(world)

    world.clock.move(minutes=timedelta(days=8).total_seconds() / 60)
    await world.restart()
    await later(world)

    assert len(await told(world)) == 1
    assert await world.store.say_once(f"audit/{entry.id}")


async def test_whoever_tries_one_thing_after_the_other_does_not_fill_the_audit(world: World) -> None:
    for number in range(REFUSED_MOST + 20):
        world.task(10, key=f"job-{number}")
        await world.follows(f"job-{number}")
    before = len(await entries(world))

    for number in range(REFUSED_MOST + 20):
        assert "belongs to" in await world.types(f"stop drs job-{number}", user=BOB)

    assert len(await entries(world)) - before == REFUSED_MOST
    await world.types("stop drs job-0", user="U0CAROL")
    assert (await entries(world))[-1][1] == "U0CAROL"
    world.clock.move(minutes=1)
    await world.types("stop drs job-25", user=BOB)
    assert (await entries(world))[-1] == (Deed.REFUSED, BOB, "drs job-25", "stop")


async def test_what_changes_nothing_has_no_entry_however_often_it_is_asked(world: World) -> None:
    await world.follows()
    for typed in ("mute job-1", "defaults stall 30m"):
        await world.types(typed)
    before = await entries(world)

    for _ in range(3):
        assert "muted until unmuted" in await world.types("mute job-1", user=BOB)
        assert "stall 30m" in await world.types("defaults stall 30m", user=BOB)
    assert await entries(world) == before

    await world.types("defaults reset")
    after = await entries(world)
    await world.types("defaults reset")
    assert await entries(world) == after
