"""What could not be said for a while, in one message."""

from bot.core import news as n
from bot.core.model import PauseReason
from bot.core.text import Mrkdwn, moment
from bot.core.wording.thread.minor import line

_SILENCE: dict[str, str] = {
    PauseReason.ARCHIVED: "this channel was archived",
    PauseReason.DELETED: "this channel was deleted",
    PauseReason.REMOVED: "I was not in this channel",
    PauseReason.REFUSED: "Slack did not let me post here",
    PauseReason.UNINSTALLED: "Milepost was not installed",
    PauseReason.TOKEN: "Slack refused my token",
}
_TOLD_AT_MOST = 12


def caught_up(news: n.CaughtUp, account: str) -> Mrkdwn:
    """Tell since when nothing was said, why, and what was missed."""
    if news.reason == n.QUIET:
        return _after_quiet_hours(news, account)
    why = f": {_SILENCE[news.reason]}" if news.reason in _SILENCE else ""
    head = f"I could not speak here since {moment(news.since, '{date_short_pretty} {time}')}{why}."
    if not news.missed:
        return Mrkdwn(f"{head} {'This was missed:' if news.more else 'Nothing was missed.'}")
    told, left_out = _told(news, account)
    missed = f"Missed ({left_out} older left out):" if left_out else "Missed:"
    return Mrkdwn("\n".join([f"{head} {missed}", *told]))


def _after_quiet_hours(news: n.CaughtUp, account: str) -> Mrkdwn:
    head = "The end cuts the quiet hours short." if news.early else "Quiet hours are over."
    told, left_out = _told(news, account)
    older = f" ({left_out} older left out)" if left_out else ""
    return Mrkdwn("\n".join([f"{head} Since {moment(news.since)}{older}:", *told]))


def _told(news: n.CaughtUp, account: str) -> tuple[list[str], int]:
    """Return the lines, and how many there is no room for: the newest say most, and the card shows the rest."""
    # After a silence that nobody chose it is the order that counts; after a night, when it was.
    timed = news.reason == n.QUIET and len(news.times) == len(news.missed)
    times = news.times if timed else (None,) * len(news.missed)
    all_of_it = list(zip(times, news.missed, strict=True))
    kept = all_of_it[-_TOLD_AT_MOST:]
    return [f"• {_when(at)}{line(one, account)}" for at, one in kept], len(all_of_it) - len(kept)


def _when(at: float | None) -> str:
    return f"{moment(at)}  " if at is not None else ""
