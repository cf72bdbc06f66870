"""Heartbeats, stalls, and tasks that are overdue."""

from bot.core import news as n
from bot.core.text import Mrkdwn, moment
from bot.core.wording.words import SIGNS, STATE_WORDS, at_percent, duration, lag, percent, remaining_words
from providers.base import TaskState


def beat(news: n.Beat) -> Mrkdwn:
    """Tell that it still goes on."""
    parts = [percent(news.percent)] if news.percent is not None and news.state is not TaskState.SYNCING else []
    if news.state is TaskState.SYNCING and news.lag_seconds is not None:
        parts.append(f"changes arrive {lag(news.lag_seconds)}")
    parts += _left(news.remaining_seconds, news.remaining_most, estimated=news.estimated)
    figures = f": {', '.join(parts)}" if parts else ""
    return Mrkdwn(
        f"{SIGNS[news.state]} *Still {STATE_WORDS[news.state]}* after {duration(news.after_seconds)}{figures}."
    )


def stalled(news: n.Stalled) -> Mrkdwn:
    """Tell that nothing moves: a hint, for it may be as it should be."""
    still = f", still{at_percent(news.percent)}" if news.percent is not None else ""
    return Mrkdwn(
        f"*No progress* for {duration(news.seconds)}{still}. "
        "That need not mean trouble: some tasks rest for hours. The console may say why."
    )


def moving_again(news: n.MovingAgain) -> Mrkdwn:
    """Take a stall back."""
    at = f": {percent(news.percent)}" if news.percent is not None else ""
    return Mrkdwn(f"*Moving again* after {duration(news.seconds)}{at}.")


def late(news: n.Late) -> Mrkdwn:
    """Tell that it should have ended by now."""
    by = f"by {moment(news.due_at)}" if news.after_seconds is None else f"within {duration(news.after_seconds)}"
    parts = _left(news.remaining_seconds, news.remaining_most, estimated=news.estimated)
    left = f"; {', '.join(parts)}" if parts else ""
    return Mrkdwn(f"*Overdue*: it was to be done {by} and still goes on{at_percent(news.percent)}{left}.")


def _left(seconds: int | None, most: int | None, *, estimated: bool) -> list[str]:
    if seconds is None:
        return []
    how = " (estimated)" if estimated else ", says the cloud"
    return [f"{remaining_words(seconds, most)} left{how}"]
