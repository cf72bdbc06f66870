"""How a run goes: progress, phases, rests, and what was once expected."""

from typing import Any

from msgspec.structs import replace

from bot.core import news as n
from bot.core.course import forecast_made, phase_times, rest_times, took
from bot.core.model import Forecast, PhaseSeen, Rest, Watch
from bot.core.notify import deliveries
from bot.core.rules import Rules
from providers.base import Outlook, Phase, Reading, TaskState
from tests.core.looking import kinds, look
from tests.core.samples import NOON, after, follower, fresh_watch, line, reading, seen_watch

MIN = 60.0


def live(*readings: tuple[float, Reading], watch: Watch | None = None) -> Watch:
    """A watch after readings, each so many minutes after noon."""
    watch = watch if watch is not None else fresh_watch()
    for minutes, seen in readings:
        watch = look(watch, seen, minutes * MIN).watch
    return watch


def phased(structure: float, data: float, **more: Any) -> Reading:
    return reading(None, phases=(Phase(name="structure", percent=structure), Phase(name="data", percent=data)), **more)


# --- progress ---


def test_another_percent_state_or_phase_is_progress_and_the_same_again_is_none() -> None:
    assert live((0, reading(5))).progressed_at == NOON
    assert live((0, reading(5)), (9, reading(5))).progressed_at == NOON
    assert live((0, reading(5)), (9, reading(6))).progressed_at == after(9 * MIN)
    assert live((0, reading(5)), (9, reading(4))).progressed_at == after(9 * MIN)
    assert live((0, reading(5)), (9, reading(5, TaskState.PAUSED))).progressed_at == after(9 * MIN)
    assert live((0, phased(5, 0)), (9, phased(6, 0))).progressed_at == after(9 * MIN)


def test_what_a_reading_does_not_tell_did_not_change() -> None:
    assert live((0, reading(5)), (9, reading(None)), (12, reading(5))).progressed_at == NOON
    assert live((0, phased(5, 0)), (9, reading(None))).progressed_at == NOON


def test_a_watch_of_an_earlier_version_counts_from_its_next_reading() -> None:
    assert live((9, reading(46)), watch=seen_watch(46)).progressed_at == after(9 * MIN)


# --- phases ---


def test_a_phase_is_timed_from_the_reading_that_shows_it_under_way_to_the_one_that_shows_it_done() -> None:
    watch = live(
        (0, phased(0, 0)), (1, phased(10, 0)), (5, phased(100, 0)), (6, phased(100, 2)), (76, phased(100, 100))
    )

    assert [phase.name for phase in watch.phases] == ["structure", "data"]
    assert phase_times(watch) == (
        n.PhaseTime(name="structure", seconds=4 * MIN),
        n.PhaseTime(name="data", seconds=70 * MIN),
    )


def test_of_a_phase_that_was_under_way_at_first_sight_nobody_knows_how_long_it_took() -> None:
    watch = live((0, phased(40, 0)), (5, phased(100, 0)))

    assert [took(phase) for phase in watch.phases] == [None, None]
    assert watch.phases[0].done_at == after(5 * MIN).timestamp()


def test_a_phase_that_was_over_between_two_readings_has_no_time() -> None:
    assert phase_times(live((0, phased(0, 0)), (5, phased(100, 0)))) == ()


def test_each_finished_phase_is_told_once_to_those_who_asked_for_phases() -> None:
    watch = live((0, phased(0, 0)), (1, phased(10, 0)))

    step = look(watch, phased(100, 3), 5 * MIN)
    again = look(step.watch, phased(100, 5), 6 * MIN)
    fallen = look(again.watch, phased(90, 6), 7 * MIN)
    back = look(fallen.watch, phased(100, 6), 8 * MIN)

    assert step.happenings == (("phase-0", n.PhaseDone(name="structure", seconds=4 * MIN, next_name="data")),)
    assert kinds(again) == kinds(fallen) == kinds(back) == []
    asking, other = follower("a", rules=Rules(per_phase=True, only_end=True)), follower("b")
    assert [one.subscription_id for one in deliveries(step, [asking, other], NOON)] == ["a"]


def test_the_first_reading_tells_of_no_phase_and_an_end_tells_of_all() -> None:
    first = look(fresh_watch(), phased(100, 0), 0)
    end = look(live((0, phased(0, 0)), (1, phased(5, 0))), phased(100, 0, state=TaskState.FAILED), 5 * MIN)

    assert kinds(first) == []
    assert kinds(end) == ["Ended"]


def test_success_ends_what_was_under_way_and_failure_does_not() -> None:
    under_way = live((0, phased(0, 0)), (1, phased(99, 0)))

    done = look(under_way, reading(100, TaskState.SUCCEEDED, phases=phased_parts(99, 0)), 5 * MIN).watch
    failed = look(under_way, reading(None, TaskState.FAILED, phases=phased_parts(99, 0)), 5 * MIN).watch

    assert phase_times(done) == (n.PhaseTime(name="structure", seconds=4 * MIN),)
    assert phase_times(failed) == ()


def phased_parts(structure: float, data: float) -> tuple[Phase, ...]:
    return (Phase(name="structure", percent=structure), Phase(name="data", percent=data))


def test_phases_keep_their_places_and_are_bounded() -> None:
    many = tuple(Phase(name=f"p{number}", percent=5) for number in range(40))
    watch = live((0, phased(0, 0)), (1, reading(None, phases=many)))

    assert len(watch.phases) == 16
    assert [phase.name for phase in watch.phases[:3]] == ["structure", "data", "p0"]


# --- rests ---


def test_a_long_stretch_without_progress_is_kept_up_to_its_last_reading() -> None:
    watch = live((0, reading(10)), (5, reading(20)), (35, reading(20)), (45, reading(20)), (50, reading(21)))

    assert watch.rests == (Rest(percent=20.0, seconds=40 * MIN),)


def test_what_nobody_saw_is_no_rest() -> None:
    assert live((0, reading(10)), (300, reading(60))).rests == ()


def test_what_is_short_or_small_or_paused_or_has_no_percent_is_no_rest() -> None:
    assert live((0, reading(10)), (9, reading(10)), (9.5, reading(11))).rests == ()
    day = [(float(number), reading(number / 20)) for number in range(0, 1440, 10)]
    assert live(*day, (1450, reading(71.5)), (1460, reading(71.5)), (1462, reading(72))).rests == ()
    paused = reading(10, TaskState.PAUSED)
    assert live((0, paused), (60, paused), (61, reading(10))).rests == ()
    assert live((0, reading(None)), (60, reading(None)), (61, reading(10))).rests == ()


def test_the_three_longest_rests_are_kept_in_their_order() -> None:
    lengths, at, readings = [30, 20, 50, 40], 0.0, []
    for number, minutes in enumerate(lengths):
        readings += [(at, reading(float(number))), (at + minutes, reading(float(number)))]
        at += minutes + 1
    watch = live(*readings, (at, reading(9.0)))

    assert [rest.seconds / MIN for rest in watch.rests] == [30, 50, 40]


def test_an_end_tells_the_rest_that_it_ended_and_those_that_matter_in_all_of_the_run() -> None:
    resting = live((0, reading(10)), (10, reading(67)), (40, reading(67)))

    ((_, end),) = look(resting, reading(None, TaskState.FAILED), 41 * MIN).happenings

    assert isinstance(end, n.Ended)
    assert end.rests == (n.RestTime(percent=67.0, seconds=30 * MIN),)
    assert rest_times(replace(resting, rests=(Rest(percent=5, seconds=900),)), 18001) == ()
    assert rest_times(replace(resting, rests=(Rest(percent=5, seconds=900),)), 18000) != ()


# --- what was expected ---


def test_the_first_honest_estimate_from_a_fifth_on_is_kept_and_compared_with_the_end() -> None:
    watch = live((0, reading(0)), (10, reading(10)), (15, reading(15)), (20, reading(20)), (40, reading(50)))
    ((_, end),) = look(watch, reading(100, TaskState.SUCCEEDED), 90 * MIN).happenings
    ((_, failed),) = look(watch, reading(None, TaskState.FAILED), 90 * MIN).happenings

    assert watch.forecast == Forecast(
        made_at=after(20 * MIN).timestamp(), percent=20.0, ends_at=after(100 * MIN).timestamp()
    )
    assert isinstance(end, n.Ended)
    assert isinstance(failed, n.Ended)
    assert end.forecast == n.ForecastMade(percent=20.0, after_seconds=100 * MIN)
    assert failed.forecast is None


def test_shortly_before_the_end_nothing_is_foretold() -> None:
    assert live((0, reading(0)), (10, reading(10)), (15, reading(90)), (20, reading(95))).forecast is None
    assert forecast_made(fresh_watch()) is None


def test_the_clouds_own_estimate_is_not_taken_for_ours() -> None:
    watch = seen_watch(40, points=line((0, 10), (60, 25)))

    assert look(watch, reading(40, remaining_seconds=60), 120).watch.forecast is not None
    assert look(seen_watch(40), reading(41, remaining_seconds=60), 120).watch.forecast is None


def test_a_new_run_begins_with_an_empty_page() -> None:
    failed = reading(67, TaskState.FAILED, outlook=Outlook.MAY_RETURN)
    watch = replace(
        live((0, phased(0, 0)), (1, reading(30)), (61, reading(30)), (62, failed), (63, failed)),
        forecast=Forecast(made_at=0, percent=25, ends_at=9),
    )
    assert (watch.phases, watch.rests) != ((), ())

    again = look(watch, reading(3), 100 * MIN).watch

    assert (again.phases, again.rests, again.forecast, again.lags) == ((), (), None, ())
    assert (again.progressed_at, again.timed_until, again.high) == (after(100 * MIN), after(100 * MIN), 3.0)


def test_phases_as_they_are_kept_have_a_time_only_where_both_ends_were_seen() -> None:
    assert took(PhaseSeen(name="a", began_at=5.0, done_at=9.0)) == 4.0
    assert took(PhaseSeen(name="a", began_at=5.0)) is None
    assert took(PhaseSeen(name="a", began_at=5.0, done_at=5.0)) is None
