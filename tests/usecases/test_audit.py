"""Every change has its entry, and the operators' channel hears of each once."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from bot.core.model import Deed
from bot.ports import Blind, Poster, Refusal, Refused, RetryLater, Store, Unclear
from bot.usecases.asker import Asker
from bot.usecases.audit import REFUSED_MOST
from bot.usecases.doubts import Habits
from tests.usecases.test_stopping_anywhere import Axe
from tests.usecases.world import ALICE, BOB, CHANNEL, OPERATORS, Lost, World, plain


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
        (Deed.UNSUBSCRIBED, ALICE, "drs job-1", "is_archived"),
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
    assert (
        "U0ALICE> muted drs job-1 in <#C0ONE> until <!date^1772373602^{date_short_pretty} {time}|14:00 UTC>" in second
    )


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


async def test_what_slack_may_have_taken_is_looked_up_and_not_told_again(world: World) -> None:
    await world.follows()
    world.slack.post_answers.append(Lost(Unclear(code="TimeoutError")))

    for _ in range(3):
        await later(world)

    assert len(await told(world)) == 1


async def test_what_slack_has_not_taken_after_all_is_told_once_it_can_be_believed(world: World) -> None:
    await world.follows()
    world.slack.post_answers.append(Unclear(code="TimeoutError"))
    await later(world)

    world.clock.move(seconds=-55)
    await world.changes_told.tick()
    assert await told(world) == []
    for _ in range(2):
        await later(world)

    assert len(await told(world)) == 1


@pytest.mark.parametrize("repeat", [True, False])
async def test_what_cannot_be_looked_up_is_repeated_or_let_go_as_the_operator_decided(
    tmp_path: Path, *, repeat: bool
) -> None:
    world = World(tmp_path, habits=Habits(repeat=repeat))
    world.task(10)
    await world.start()
    await world.follows()
    world.slack.post_answers.append(Unclear(code="TimeoutError"))
    world.slack.find_answers += [Blind(for_good=False), Blind(for_good=True)]

    for _ in range(4):
        await later(world)

    assert len(await told(world)) == (1 if repeat else 0)
    await world.stop()


async def test_a_closed_channel_hears_of_it_when_it_is_open_again(world: World) -> None:
    await world.follows()
    world.slack.closed[OPERATORS] = Refused(kind=Refusal.CHANNEL_CLOSED, code="not_in_channel")
    await later(world)
    await world.restart()
    await world.types("mute job-1")
    for _ in range(3):
        await later(world)
    assert await told(world) == []

    world.slack.closed.clear()
    for _ in range(3):
        await later(world)

    (first, second) = await told(world)
    assert "subscribed to" in first
    assert "muted" in second


async def test_words_that_slack_refuses_do_not_keep_back_what_follows(world: World) -> None:
    await world.follows()
    world.slack.post_answers.append(Refused(kind=Refusal.PAYLOAD, code="msg_too_long"))
    await later(world)
    await world.types("mute job-1")

    for _ in range(3):
        await later(world)

    (message,) = await told(world)
    assert "muted" in message


@pytest.mark.parametrize("loses", [True, False], ids=["answers get lost", "answers arrive"])
async def test_each_change_is_told_once_wherever_the_bot_is_stopped(tmp_path: Path, *, loses: bool) -> None:
    async def live(path: Path, falls_at: int | None) -> tuple[list[str], list[str]]:
        world, axe = World(path), Axe(falls_at)
        world.task(10)
        await world.start()
        await world.follows(more='as "orders"')
        for typed in ("mute orders", "unmute orders"):
            await world.types(typed)
        if loses:
            world.slack.post_answers += [Lost(Unclear()), Unclear()]
        world.put_together(cast("Store", axe.guard(world.store)), cast("Poster", axe.guard(world.slack)), {})
        with suppress(asyncio.CancelledError):
            for _ in range(6):
                await later(world)
        await world.restart()
        await world.types("mute orders")
        for _ in range(6):
            await later(world)
        said = [line.split("> ", 1)[1] for message in await told(world) for line in message.splitlines()]
        await world.stop()
        return said, axe.calls

    (tmp_path / "whole").mkdir()
    whole, places = await live(tmp_path / "whole", None)
    assert len(whole) == 4
    for moment, place in enumerate(places):
        (tmp_path / str(moment)).mkdir()
        said, _ = await live(tmp_path / str(moment), moment)

        assert said == whole, f"stopped {place} (call {moment})"
    assert {place.split()[1] for place in places} >= {"audit", "said", "say_once", "post", *(["find"] if loses else [])}


async def test_a_batch_that_was_begun_is_read_whole_behind_many_that_are_told(world: World) -> None:
    async def note(count: int) -> None:
        for _ in range(count):
            world.clock.move(seconds=0.001)
            await world.audit.note(Asker(user=ALICE, channel=CHANNEL), Deed.EDITED, channel=CHANNEL)

    await note(350)
    await later(world)
    await note(350)
    world.slack.post_answers.append(Lost(Unclear()))
    await later(world)
    await world.restart()
    await note(1)

    for _ in range(4):
        await later(world)

    assert ["… and 330 more" in message for message in await told(world)] == [True, True, False]


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
    assert "<@U0BOB> was not allowed to stop drs job-1 in <#C0ONE>" in message


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
