"""Strategies for every piece of news, with foreign text that means harm wherever foreign text may stand."""

from hypothesis import strategies as st

from bot.core import news as n
from bot.core.model import PauseReason, TroubleKind
from providers.base import TaskState
from tests.core.hostile import causes, hostile, long_text

some_percent = st.none() | st.floats(0, 100)
some_seconds = st.floats(0, 1e10)
some_lag = st.none() | st.floats(-1, 1e9)
states = st.sampled_from(list(TaskState))
left = {
    "remaining_seconds": st.none() | st.integers(0, 365 * 86400),
    "remaining_most": st.none() | st.integers(0, 365 * 86400),
    "estimated": st.booleans(),
}
minor: st.SearchStrategy[n.Minor] = st.one_of(
    st.builds(
        n.Reached,
        milestone=st.integers(1, 100),
        percent=st.floats(0, 100),
        before=st.floats(0, 100),
        jumped=st.booleans(),
        after_seconds=some_seconds,
        previous_milestone=st.none() | st.integers(1, 99),
        since_previous_seconds=st.none() | st.floats(-1e6, 1e10),
        per_hour=st.none() | st.floats(1e-9, 1e9),
        at_end=st.booleans(),
        **left,
    ),
    st.builds(n.InSync, after_seconds=some_seconds, lag_seconds=some_lag),
    st.builds(n.Paused, percent=some_percent),
    st.builds(n.Resumed, percent=some_percent, paused_seconds=some_seconds),
    st.builds(n.RanAgain, percent=some_percent),
    st.builds(
        n.Unreadable,
        kind=st.sampled_from(list(TroubleKind)) | hostile,
        since=st.floats(-1e9, 1e10),
        reason=long_text | causes,
    ),
    st.builds(n.ReadableAgain, after_seconds=some_seconds, percent=some_percent),
    st.builds(n.Beat, state=states, percent=some_percent, after_seconds=some_seconds, lag_seconds=some_lag, **left),
    st.builds(
        n.PhaseDone,
        name=long_text,
        seconds=st.none() | some_seconds,
        next_name=st.none() | long_text,
    ),
    st.builds(n.Stalled, percent=some_percent, seconds=some_seconds),
    st.builds(n.MovingAgain, percent=some_percent, seconds=some_seconds),
    st.builds(
        n.Late,
        due_at=st.floats(-1e9, 1e10),
        after_seconds=st.none() | some_seconds,
        percent=some_percent,
        **left,
    ),
    st.builds(n.LagBroken, lag_seconds=st.floats(0, 1e9), over=st.integers(1, 10**9), hold=st.integers(0, 10**9)),
    st.builds(n.LagGood, lag_seconds=some_lag, over=st.integers(1, 10**9), after_seconds=some_seconds),
)
phase_times = st.lists(st.builds(n.PhaseTime, name=long_text, seconds=some_seconds), max_size=16).map(tuple)
rest_times = st.lists(st.builds(n.RestTime, percent=st.floats(0, 100), seconds=some_seconds), max_size=3).map(tuple)
some_times = st.lists(st.none() | st.floats(-1e9, 1e10), max_size=3).map(lambda few: tuple(few * 8))
any_news: st.SearchStrategy[n.News] = st.one_of(
    minor,
    st.builds(
        n.Ended,
        state=states,
        percent=some_percent,
        after_seconds=some_seconds,
        message=long_text,
        raw_state=long_text,
        failed_files=st.integers(0, 10**18),
        phases=phase_times,
        rests=rest_times,
        forecast=st.none() | st.builds(n.ForecastMade, percent=st.floats(0, 100), after_seconds=some_seconds),
        looks_again=st.booleans(),
    ),
    st.builds(n.Gone, percent=some_percent, ever_seen=st.booleans()),
    st.builds(
        n.CaughtUp,
        since=st.floats(-1e9, 1e10),
        reason=st.sampled_from(["", n.QUIET, n.QUIET, *PauseReason]) | hostile,
        missed=st.lists(minor, max_size=3).map(lambda few: tuple(few * 8)),
        times=some_times,
        early=st.booleans(),
    ),
    st.builds(n.CardOpened),
)
some_mentions = st.lists(
    st.sampled_from(["U0123ABCD", "S0123ABCD", "W0123ABCD", "here", "C0123ABCD", ""]) | hostile, max_size=30
)
