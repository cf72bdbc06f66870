from datetime import timedelta

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from bot.core.cadence import Limits
from bot.core.model import TroubleKind
from providers.base import (
    Absence,
    AccessDenied,
    RateLimited,
    TaskKey,
    TaskNotFound,
    TaskSnapshot,
    TaskState,
    UnexpectedResponse,
)
from providers.reasons import Reason
from tests.usecases.world import CHANNEL, DOWN, LIMITS, OTHER, FakeCloud, Gate, World, finished, plain, snapshot

AT_ONCE = FakeCloud().calls_at_once


async def follow_many(world: World, count: int) -> list[str]:
    keys = [f"job-{number}" for number in range(1, count + 1)]
    for key in keys:
        world.task(10, key=key)
        await world.follows(key)
    world.clock.move(minutes=2)
    world.cloud.calls.clear()
    return keys


# --- batches, pace and turns --------------------------------------------------------------------------------------


async def test_tasks_are_read_in_batches_of_what_the_cloud_takes(world: World) -> None:
    world.cloud.batch_size = 3
    keys = await follow_many(world, 7)

    await world.poll()

    assert [len(call) for call in world.cloud.calls] == [3, 3, 1]
    assert sorted(key for call in world.cloud.calls for key in call) == keys


async def follow_by_turns(world: World, *seconds: float) -> list[str]:
    """Follow tasks of which each is due so many seconds after the first, which is due now."""
    keys = await follow_many(world, len(seconds))
    for key, after in zip(keys, seconds, strict=True):
        watch = await world.store.open_watch("drs", TaskKey(key))
        assert watch is not None
        await world.store.postpone(watch.id, world.clock.now() + timedelta(seconds=after))
    return keys


async def test_a_task_that_is_due_soon_goes_with_a_call_that_has_room(world: World) -> None:
    world.cloud.batch_size = 3
    # A fifth of the shortest interval, which is 10 s, is 2 s.
    first, soon, later = await follow_by_turns(world, 0, 2, 2.1)

    await world.poll()
    world.clock.move(seconds=2.1)
    await world.poll()

    assert world.cloud.calls == [[first, soon], [later]]


async def test_a_task_that_is_due_soon_causes_no_call(world: World) -> None:
    world.cloud.batch_size = 3
    (soon,) = await follow_by_turns(world, 1)

    await world.poll()
    early = list(world.cloud.calls)
    world.clock.move(seconds=1)
    await world.poll()

    assert early == []
    assert world.cloud.calls == [[soon]]


async def test_no_more_tasks_ride_along_than_the_last_call_has_room_for(world: World) -> None:
    world.cloud.batch_size = 2
    keys = await follow_by_turns(world, 0, 0, 0, 0.5, 1)

    await world.poll()

    assert [len(call) for call in world.cloud.calls] == [2, 2]
    assert sorted(key for call in world.cloud.calls for key in call) == keys[:4]


async def test_nothing_rides_along_where_a_call_takes_one_task(world: World) -> None:
    first, _ = await follow_by_turns(world, 0, 1)

    await world.poll()

    assert world.cloud.calls == [[first]]


async def test_the_next_look_at_a_task_that_rode_along_counts_from_that_look(world: World) -> None:
    world.cloud.batch_size = 2
    _, soon = await follow_by_turns(world, 0, 2)

    await world.poll()

    watch = await world.store.open_watch("drs", TaskKey(soon))
    assert watch is not None and watch.due_at is not None
    assert watch.seen_at == world.clock.now()
    assert watch.due_at - world.clock.now() >= 0.9 * LIMITS.min_interval


async def test_a_task_that_is_being_read_is_not_read_once_more(world: World) -> None:
    await follow_many(world, 1)
    world.cloud.gate = gate = Gate()

    for _ in range(3):
        await world.polling.tick()
    gate.open.set()
    await world.polling.settle()

    assert world.cloud.calls == [["job-1"]]


async def test_only_so_many_calls_are_under_way_at_one_account(world: World) -> None:
    await follow_many(world, AT_ONCE + 3)
    world.cloud.gate = gate = Gate()

    await world.polling.tick()
    await finished(gate.reached.wait())
    await world.polling.tick()
    under_way = len(world.cloud.calls)
    gate.open.set()
    await world.polling.settle()

    assert under_way == AT_ONCE
    assert len(world.cloud.calls) == AT_ONCE + 3


async def test_a_slow_cloud_does_not_hold_up_another(world: World) -> None:
    await world.follows()
    world.more_clouds["pan"] = pan = FakeCloud("pan123")
    pan.tasks["copy-1"] = snapshot(5)
    await world.restart()
    world.clock.move(minutes=2)
    await world.types("subscribe pan copy-1", channel=OTHER)
    world.cloud.gate, pan.gate = slow, quick = Gate(), Gate()
    quick.open.set()

    await world.polling.tick()
    await finished(slow.reached.wait())
    world.clock.move(minutes=2)
    await world.polling.tick()
    await finished(quick.reached.wait())
    slow.open.set()
    await world.polling.settle()

    assert pan.calls == [["copy-1"], ["copy-1"]]


async def test_a_cloud_with_a_pace_is_asked_at_that_pace(tmp_path_factory: pytest.TempPathFactory) -> None:
    world = World(tmp_path_factory.mktemp("paced"), cloud=FakeCloud(calls_per_second=0.5))
    await world.start()
    keys = await follow_many(world, 4)
    calls_by_second: list[int] = []

    for _ in range(8):
        before = len(world.cloud.calls)
        await world.poll()
        calls_by_second.append(len(world.cloud.calls) - before)
        world.clock.move(seconds=1)

    assert calls_by_second == [1, 0, 1, 0, 1, 0, 1, 0]
    assert sorted(key for call in world.cloud.calls for key in call) == keys
    await world.stop()


async def test_an_account_with_its_own_intervals_is_asked_by_them_and_no_other(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    rarely = Limits(min_interval=timedelta(minutes=10), max_interval=timedelta(hours=1))
    pan = FakeCloud("pan123")
    world = World(tmp_path_factory.mktemp("rarely"), more_clouds={"pan": pan}, limits_of={"pan": rarely})
    await world.start()
    world.task(10)
    pan.tasks["copy-1"] = snapshot(5)
    await world.follows()
    await world.types("subscribe pan copy-1")
    world.clock.move(minutes=120)

    await world.poll()

    found = {one.watch.account: one.watch.due_at for one in await world.followed()}
    waits = {name: due - world.clock.now() for name, due in found.items() if due is not None}

    assert waits["drs"] <= timedelta(seconds=66)
    assert timedelta(minutes=9) <= waits["pan"] <= timedelta(minutes=66)
    await world.stop()


# --- clouds on a bad day ------------------------------------------------------------------------------------------


async def test_a_cloud_that_throttles_rests_as_a_whole_and_no_other(world: World) -> None:
    await world.follows("job-1")
    world.more_clouds["pan"] = pan = FakeCloud("pan123")
    pan.tasks["copy-1"] = snapshot(5)
    await world.restart()
    await world.types("subscribe pan copy-1", channel=OTHER)
    world.cloud.tasks["job-1"] = RateLimited(Reason.THROTTLED, retry_after=300)
    await world.poll_later()
    world.task(20, key="job-2")
    await world.follows("job-2")
    world.cloud.calls.clear()
    pan.calls.clear()

    await world.poll_later(minutes=4)
    resting = list(world.cloud.calls)
    await world.poll_later(minutes=2)

    assert resting == []
    assert len(pan.calls) == 2
    assert sorted(world.cloud.calls) == [["job-1"], ["job-2"]]


async def test_what_stands_in_line_behind_a_throttled_call_is_not_asked_either(world: World) -> None:
    keys = await follow_many(world, AT_ONCE + 4)
    for key in keys:
        world.cloud.tasks[key] = RateLimited(Reason.THROTTLED, retry_after=120)
    world.cloud.gate = gate = Gate()

    await world.polling.tick()
    await finished(gate.reached.wait())
    gate.open.set()
    await world.polling.settle()
    asked = len(world.cloud.calls)
    await world.poll_later(minutes=1)

    assert asked == AT_ONCE
    assert len(world.cloud.calls) == AT_ONCE
    for key in keys:
        world.task(15, key=key)
    for _ in range(3):
        await world.poll_later(minutes=2)
    watches = [await world.store.open_watch("drs", TaskKey(key)) for key in keys]
    assert all(watch is not None and watch.high == 15 for watch in watches)


async def test_the_longest_wait_that_a_cloud_asked_for_holds(world: World) -> None:
    await follow_many(world, 2)
    world.cloud.tasks["job-1"] = RateLimited(Reason.THROTTLED, retry_after=300)
    world.cloud.tasks["job-2"] = RateLimited(Reason.THROTTLED, retry_after=5)
    world.cloud.gate = gate = Gate()

    await world.polling.tick()
    await finished(gate.reached.wait())
    gate.open.set()
    await world.polling.settle()
    await world.poll_later(minutes=4)

    assert len(world.cloud.calls) == 2


async def test_throttling_is_not_told_to_the_channel(world: World) -> None:
    await world.follows()
    world.cloud.tasks["job-1"] = RateLimited(Reason.THROTTLED, retry_after=30)
    for _ in range(10):
        await world.poll_later()

    await world.tell_all(times=2)

    assert world.slack.thread() == []


async def test_an_outage_is_told_once_when_it_lasts_and_once_when_it_is_over(world: World) -> None:
    await world.follows()
    world.cloud.tasks["job-1"] = DOWN
    for _ in range(8):
        await world.poll_later(minutes=3)
        await world.tell()
    world.task(12)
    await world.poll_later(minutes=3)
    await world.tell_all(times=4)

    down, up = world.slack.heard()

    assert down.startswith("⚠️ I cannot read drs since")
    assert up.startswith("drs answers again after")


async def test_a_short_outage_is_not_told(world: World) -> None:
    await world.follows()
    world.cloud.tasks["job-1"] = DOWN
    await world.poll_later()
    await world.reads(12)

    assert world.slack.thread() == []


async def test_refused_credentials_are_told_once_and_looked_at_slowly(world: World) -> None:
    await world.follows()
    world.cloud.tasks["job-1"] = AccessDenied(Reason.CREDENTIALS_REFUSED)
    world.cloud.calls.clear()

    for _ in range(20):
        await world.poll_later(minutes=1)
    await world.tell_all(times=3)

    (heard,) = world.slack.heard()
    assert "refuses me" in heard
    assert len(world.cloud.calls) <= 6


async def test_a_task_that_is_gone_is_confirmed_and_then_told_out_loud(world: World) -> None:
    await world.follows()
    world.cloud.tasks["job-1"] = TaskNotFound(Reason.TASK_UNKNOWN, absence=Absence.CERTAIN)

    await world.poll_later()
    await world.tell_all(times=2)
    unconfirmed = world.slack.heard()
    await world.poll_later()
    await world.tell_all(times=2)

    assert unconfirmed == []
    (last,) = world.slack.thread()
    assert "no longer knows this task" in plain(last.message.text)
    assert last.broadcast
    assert await world.followed() == []


async def test_a_cloud_file_with_a_bug_is_put_off_and_reported_and_harms_no_other(world: World) -> None:
    await world.follows()
    world.more_clouds["pan"] = pan = FakeCloud("pan123")
    pan.tasks["copy-1"] = snapshot(5)
    await world.restart()
    await world.types("subscribe pan copy-1", channel=OTHER)
    world.cloud.bug = ZeroDivisionError("a bug")
    world.clock.move(minutes=2)
    world.cloud.calls.clear()
    pan.calls.clear()

    with capture_logs() as logs:
        for _ in range(10):
            await world.poll()
            world.clock.move(seconds=1)

    assert len(world.cloud.calls) == 1
    assert pan.calls == [["copy-1"]]
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["work failed"]
    world.cloud.bug = None
    await world.reads(30)
    assert len(world.slack.heard()) == 1


async def test_a_task_at_which_our_own_code_fails_takes_no_other_of_its_batch_with_it(world: World) -> None:
    world.cloud.batch_size = 30
    keys = await follow_many(world, 25)
    damaged = await world.store.open_watch("drs", TaskKey("job-2"))
    assert damaged is not None
    assert await world.store.commit(replace(damaged, history="no history"))
    for key in keys:
        world.task(60, key=key)

    with capture_logs() as logs:
        for _ in range(3):
            await world.poll()

    watches = [await world.store.open_watch("drs", TaskKey(key)) for key in keys]
    assert [each.key for each in watches if each is not None and each.high != 60] == ["job-2"]
    assert [line["watch"] for line in logs if line["log_level"] == "error"] == [damaged.id]
    assert len(world.cloud.calls) == 1


async def test_a_key_that_the_answer_leaves_out_counts_as_an_unexpected_answer(world: World) -> None:
    world.cloud.batch_size = 5
    await follow_many(world, 2)
    del world.cloud.tasks["job-2"]

    await world.poll()

    left_out = await world.store.open_watch("drs", TaskKey("job-2"))
    assert left_out is not None
    assert left_out.trouble is not None
    assert left_out.trouble.kind is TroubleKind.UNEXPECTED
    other = await world.store.open_watch("drs", TaskKey("job-1"))
    assert other is not None
    assert other.trouble is None


async def test_trouble_is_logged_on_the_way_down_and_up_and_not_in_between(world: World) -> None:
    await world.follows()
    world.cloud.tasks["job-1"] = UnexpectedResponse(Reason.NOT_JSON)

    with capture_logs() as logs:
        for _ in range(4):
            await world.poll_later()
        world.task(12)
        await world.poll_later()

    assert [line["event"] for line in logs] == ["a task cannot be read", "a task can be read again"]


async def test_a_state_that_no_document_names_is_logged_once(world: World) -> None:
    await world.follows()
    world.cloud.tasks["job-1"] = TaskSnapshot(
        state=TaskState.RUNNING, raw_state="WARPING", known_state=False, percent=11
    )

    with capture_logs() as logs:
        for _ in range(4):
            await world.poll_later()

    assert [line["event"] for line in logs] == ["a state that no document names"]


async def test_a_watch_whose_account_was_taken_out_of_the_configuration_waits_and_says_so(world: World) -> None:
    await world.follows()
    await world.stop()

    class Without(World):
        @property
        def accounts(self) -> dict[str, FakeCloud]:
            return {}

    bare = Without(world.path, clock=world.clock)
    bare.slack = world.slack
    await bare.start()
    await bare.poll_later()
    await bare.poll_later(minutes=10)
    await bare.tell_all(times=3)
    await bare.show()
    told, card = bare.slack.heard(), plain(bare.slack.card().message.text)
    await bare.stop()
    await world.start()
    await world.poll_later(minutes=10)
    await world.tell_all(times=3)

    assert len(told) == 1
    assert "refuses me" in told[0]
    assert "not configured" in card
    assert "answers again" in world.slack.heard()[-1]


async def test_the_name_of_a_task_is_asked_for_when_the_cloud_is_back(world: World) -> None:
    world.cloud.names["job-1"] = "orders-db"
    world.cloud.tasks["job-1"] = DOWN
    await world.follows()
    world.task(10)

    await world.poll_later()
    await world.show()

    assert "orders-db" in world.slack.card().message.text


# --- what happens meanwhile ---------------------------------------------------------------------------------------


async def test_who_subscribes_while_the_task_is_being_read_loses_nothing_and_hears_nothing_twice(world: World) -> None:
    await world.follows()
    world.cloud.gate = gate = Gate()
    world.task(60)
    world.clock.move(minutes=2)

    await world.polling.tick()
    await finished(gate.reached.wait())
    await world.follows(channel=OTHER)
    gate.open.set()
    await world.polling.settle()
    await world.tell_all(times=3)
    await world.reads(80)

    assert [heard[:4] for heard in world.slack.heard(CHANNEL)] == ["60 %", "75 %"]
    assert [heard[:4] for heard in world.slack.heard(OTHER)] == ["60 %", "75 %"]
    assert "80 %" in plain(world.slack.card(OTHER).message.text)


async def test_who_leaves_while_the_task_is_being_read_hears_nothing_more(world: World) -> None:
    await world.follows()
    await world.follows(channel=OTHER)
    world.cloud.gate = gate = Gate()
    world.task(60)
    world.clock.move(minutes=2)

    await world.polling.tick()
    await finished(gate.reached.wait())
    await world.types("unsubscribe job-1", channel=OTHER)
    gate.open.set()
    await world.polling.settle()
    await world.tell_all(times=3)

    assert len(world.slack.thread(CHANNEL)) == 1
    assert world.slack.thread(OTHER) == []


async def test_a_reading_of_a_task_that_nobody_follows_any_more_is_dropped(world: World) -> None:
    await world.follows()
    world.cloud.gate = gate = Gate()
    world.clock.move(minutes=2)

    await world.polling.tick()
    await finished(gate.reached.wait())
    await world.types("unsubscribe job-1")
    gate.open.set()
    await world.polling.settle()

    assert await world.store.next_due() is None


async def test_a_full_disk_stops_nothing_for_longer_than_it_lasts(world: World) -> None:
    await world.follows("job-1")
    world.task(10, key="job-2")
    await world.follows("job-2")
    world.task(60)
    world.task(60, key="job-2")

    world.ill = {"commit", "postpone"}
    await world.poll_later()
    await world.poll_later(minutes=0.1)
    world.ill = set()
    world.clock.move(seconds=15)
    await world.poll()
    await world.poll_later(minutes=0.5)
    await world.tell_all(times=4)

    assert len(world.slack.heard()) == 2


async def test_nothing_waits_longer_than_the_longest_interval_after_the_clock_was_set_back(world: World) -> None:
    await world.follows()
    world.cloud.tasks["job-1"] = RateLimited(Reason.THROTTLED, retry_after=30)
    world.clock.move(minutes=180)
    await world.poll()
    world.clock.move(minutes=-120)

    await world.polling.clock_jumped()
    due = await world.store.next_due()
    world.task(60)
    await world.poll_later(minutes=2)

    assert due is not None
    assert due <= world.clock.now()
    watch = await world.store.open_watch("drs", TaskKey("job-1"))
    assert watch is not None
    assert watch.high == 60


async def test_a_stop_gives_up_a_reading_and_the_next_start_repeats_it(world: World) -> None:
    await world.follows()
    world.cloud.gate = gate = Gate()
    world.task(60)
    world.clock.move(minutes=2)
    await world.polling.tick()
    await finished(gate.reached.wait())

    await world.polling.drain(0)
    world.cloud.gate = None
    await world.restart()
    await world.poll()
    await world.tell_all(times=2)

    assert len(world.slack.heard()) == 1
