"""What may be told late with others: the sentence of each such piece of news."""

from typing import assert_never

from bot.core import news as n
from bot.core.text import Mrkdwn, code
from bot.core.wording.thread import delays, milestones, times, trouble
from bot.core.wording.words import SIGNS, at_percent, duration, lag, percent
from providers.base import TaskState


def line(news: n.Minor, account: str) -> Mrkdwn:
    """Return the sentence that tells *news*; *account* is what people type."""
    match news:
        case n.Reached():
            return milestones.reached(news)
        case n.PhaseDone():
            return milestones.phase_done(news)
        case n.InSync():
            late = f": changes arrive {lag(news.lag_seconds)}" if news.lag_seconds is not None else ""
            after = duration(news.after_seconds)
            return Mrkdwn(
                f"{SIGNS[TaskState.SYNCING]} *In sync* after {after}{late}. I keep watching until you stop me."
            )
        case n.Paused():
            return Mrkdwn(f"{SIGNS[TaskState.PAUSED]} *Paused*{at_percent(news.percent)}.")
        case n.Resumed():
            after = duration(news.paused_seconds)
            return Mrkdwn(f"{SIGNS[TaskState.RUNNING]} *Running again*{at_percent(news.percent)}, after {after}.")
        case n.RanAgain():
            at = f",{at_percent(news.percent)}" if news.percent is not None else ""
            return Mrkdwn(f"{SIGNS[TaskState.RUNNING]} *It was started again*{at}. I follow this run too.")
        case n.Beat():
            return times.beat(news)
        case n.Stalled():
            return times.stalled(news)
        case n.MovingAgain():
            return times.moving_again(news)
        case n.Late():
            return times.late(news)
        case n.LagBroken():
            return delays.broken(news)
        case n.LagGood():
            return delays.good(news)
        case n.Unreadable():
            return trouble.unreadable(news, account)
        case n.ReadableAgain():
            at = f": {percent(news.percent)}" if news.percent is not None else ""
            return Mrkdwn(f"{code(account, 40)} answers again after {duration(news.after_seconds)}{at}.")
        case _:
            assert_never(news)
