"""Changes of an incremental task that arrive too late, and in time again."""

from bot.core import news as n
from bot.core.text import Mrkdwn
from bot.core.wording.words import duration, lag, limit


def broken(news: n.LagBroken) -> Mrkdwn:
    """Tell that changes have been arriving too late for a while."""
    held = f" for {duration(news.hold)}" if news.hold else ""
    return Mrkdwn(f"*Changes arrive {lag(news.lag_seconds)}*, over your {limit(news.over)}{held}.")


def good(news: n.LagGood) -> Mrkdwn:
    """Tell that they arrive in time again."""
    now = f": changes arrive {lag(news.lag_seconds)}" if news.lag_seconds is not None else ""
    return Mrkdwn(f"*Back within {limit(news.over)}* after {duration(news.after_seconds)}{now}.")
