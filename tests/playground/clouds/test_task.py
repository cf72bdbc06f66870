import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.clouds import CloudsHalf, Mode, State, Task
from playground.clouds.scripts import new_task
from playground.clouds.wishes import start_wish
from tests.playground.clouds.callers import Clock, Recorder


def started(provider: str = "tencent-cos", **wish: object) -> Task:
    clouds = CloudsHalf(Recorder(), Clock(0.0))
    cloud = clouds.clouds[provider]
    return new_task(start_wish(cloud.profile, wish), cloud, identity="t1", now=0.0, dice=clouds.site.dice)


def test_progress_is_speed_times_time() -> None:
    task = started(percent=10, speed=2)

    task.settle(20)

    assert (task.percent, task.state, task.remaining_seconds) == (50, State.RUNNING, 25)


def test_the_end_is_dated_when_it_happened_not_when_somebody_looked() -> None:
    task = started(speed=10)

    task.settle(1_000)

    assert (task.percent, task.state, task.ended_at) == (100, State.SUCCEEDED, 10)


def test_a_queued_task_waits_first() -> None:
    task = started(scenario="queued", queued_seconds=5, speed=10)

    states = []
    for at in (4, 6):
        task.settle(at)
        states.append((task.state, task.percent))

    assert states == [(State.QUEUED, 0), (State.RUNNING, 10)]


def test_a_failing_task_stops_at_its_figure() -> None:
    task = started(scenario="fails", fail_at=40, speed=10)

    task.settle(100)

    assert (task.state, task.percent, task.ended_at) == (State.FAILED, 40, 4)


def test_a_jumping_task_tells_a_few_figures_only() -> None:
    task = started(scenario="jumps", speed=1)
    seen = set()
    for second in range(101):
        task.settle(second)
        seen.add(task.shown_percent)

    assert 3 <= len(seen) <= 8
    assert max(seen) == 100


def test_dragging_a_jumping_task_shows_the_figure() -> None:
    task = started(scenario="jumps", speed=0)

    task.drag(50)

    assert task.shown_percent == 50


def test_a_paused_task_stands_and_goes_on() -> None:
    task = started("huawei-drs", speed=10)
    task.settle(2)
    task.pause(has_paused_state=True)
    task.settle(50)
    seen = [(task.state, task.percent)]
    task.resume()
    task.settle(51)
    seen.append((task.state, task.percent))

    assert seen == [(State.PAUSED, 20), (State.RUNNING, 30)]


def test_a_cloud_without_a_paused_state_says_running_while_it_stands() -> None:
    task = started(speed=10)
    task.pause(has_paused_state=False)

    task.settle(5)

    assert (task.state, task.percent) == (State.RUNNING, 0)


def test_a_finished_task_can_run_again() -> None:
    task = started(speed=10)
    task.settle(20)

    task.resume()
    task.settle(23)

    assert (task.state, task.percent, task.ended_at) == (State.RUNNING, 30, None)


def test_a_clock_that_goes_back_moves_nothing() -> None:
    task = started(speed=10)
    task.settle(5)

    task.settle(1)
    task.settle(2)

    assert task.percent == 60


@pytest.mark.parametrize("mode", list(Mode))
def test_only_a_full_copy_ends_by_itself(mode: Mode) -> None:
    task = started("huawei-drs", mode=str(mode), speed=50)

    task.settle(10_000)

    assert task.state is (State.SUCCEEDED if mode is Mode.FULL else State.SYNCING)


@given(
    st.sampled_from(
        [
            ("scloud-usmc", {"scenario": "stalls", "stall_seconds": 7}),
            ("scloud-usmc", {"scenario": "queued", "queued_seconds": 3.5}),
            ("huawei-drs", {"mode": "FULL_INCR_TRANS"}),
            ("huawei-drs", {"scenario": "fails", "fail_at": 33}),
            ("tencent-cos", {"scenario": "jumps"}),
        ]
    ),
    st.floats(0, 30),
    st.lists(st.floats(0, 60), max_size=20),
)
def test_looking_often_or_seldom_shows_the_same(
    course: tuple[str, dict[str, object]], speed: float, looks: list[float]
) -> None:
    provider, wish = course
    often, once = started(provider, speed=speed, **wish), started(provider, speed=speed, **wish)

    for at in sorted(looks):
        often.settle(at)
    often.settle(61)
    once.settle(61)

    assert often.percent == pytest.approx(once.percent, abs=1e-6)
    assert often.ended_at == pytest.approx(once.ended_at, abs=1e-6)
    assert often.synced_for == pytest.approx(once.synced_for, abs=1e-6)


@given(st.floats(0, 1000), st.floats(0, 100), st.lists(st.floats(-1e6, 1e9, allow_nan=False), max_size=10))
def test_percent_stays_a_percent_and_never_falls_by_itself(speed: float, percent: float, looks: list[float]) -> None:
    task = started(speed=speed, percent=percent)
    before = task.percent
    for at in looks:
        task.settle(at)

        assert before <= task.percent <= 100
        before = task.percent
