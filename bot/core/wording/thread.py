"""The thread: one line for each piece of news."""

from typing import assert_never

from msgspec.structs import replace

from bot.core import blocks
from bot.core import news as n
from bot.core.message import Message
from bot.core.model import PauseReason, TroubleKind
from bot.core.text import Mrkdwn, code, cut_markup, inert, moment
from bot.core.wording.words import (
    SIGNS,
    TROUBLE_SIGN,
    about,
    duration,
    lag,
    percent,
    points,
)
from providers.base import TaskState

MAYBE_REPEATED = "(This may be a repeat: Slack did not say whether the first try arrived.)"


def reply(news: n.News, *, name: str, account: str, maybe_repeated: bool = False) -> Message:
    """Return the reply that tells *news*. *name* (foreign) is what the task is called, *account* what people type."""
    line, quoted = _line(news, account), _quoted(news)
    if maybe_repeated:
        line = Mrkdwn(f"{line} {MAYBE_REPEATED}")
    shown = [blocks.section(line)]
    if quoted:
        shown.append(blocks.quote(f"The cloud says: “{quoted}”"))
    text = Mrkdwn(f"{inert(name, 80)}: {line.replace('*', '')}")
    if quoted:
        text = Mrkdwn(f"{text} The cloud says: “{inert(quoted, 500)}”")
    return Message(text=cut_markup(text, blocks.FALLBACK_LIMIT), blocks=tuple(shown))


def bare_end(news: n.Ended | n.Gone) -> Message:
    """Return the end in our own words alone, for when Slack refuses the cloud's."""
    own = _gone(news) if isinstance(news, n.Gone) else _ended(replace(news, message="", raw_state=""))
    return Message(text=own)


def is_end(news: n.News) -> bool:
    """Tell whether *news* is the end of a run: it is shown in the channel as well, and goes before all other news."""
    return isinstance(news, n.Ended | n.Gone)


def _quoted(news: n.News) -> str:
    return news.message if isinstance(news, n.Ended) else ""


def _line(news: n.News, account: str) -> Mrkdwn:
    match news:
        case n.Reached():
            return _reached(news)
        case n.InSync():
            late = f": changes arrive {lag(news.lag_seconds)}" if news.lag_seconds is not None else ""
            after = duration(news.after_seconds)
            return Mrkdwn(
                f"{SIGNS[TaskState.SYNCING]} *In sync* after {after}{late}. I keep watching until you stop me."
            )
        case n.Paused():
            at = f" at {percent(news.percent)}" if news.percent is not None else ""
            return Mrkdwn(f"{SIGNS[TaskState.PAUSED]} *Paused*{at}.")
        case n.Resumed():
            at = f" at {percent(news.percent)}" if news.percent is not None else ""
            return Mrkdwn(f"{SIGNS[TaskState.RUNNING]} *Running again*{at}, after {duration(news.paused_seconds)}.")
        case n.RanAgain():
            at = f", at {percent(news.percent)}" if news.percent is not None else ""
            return Mrkdwn(f"{SIGNS[TaskState.RUNNING]} *It was started again*{at}. I follow this run too.")
        case n.Ended():
            return _ended(news)
        case n.Gone():
            return _gone(news)
        case n.Unreadable():
            return _unreadable(news, account)
        case n.ReadableAgain():
            at = f": {percent(news.percent)}" if news.percent is not None else ""
            return Mrkdwn(f"{code(account, 40)} answers again after {duration(news.after_seconds)}{at}.")
        case n.CaughtUp():
            return _caught_up(news, account)
        case n.CardOpened():
            return Mrkdwn("The card.")
        case _:
            assert_never(news)


_SILENCE: dict[str, str] = {
    PauseReason.ARCHIVED: "this channel was archived",
    PauseReason.DELETED: "this channel was deleted",
    PauseReason.REMOVED: "I was not in this channel",
    PauseReason.REFUSED: "Slack did not let me post here",
    PauseReason.UNINSTALLED: "Milepost was not installed",
    PauseReason.TOKEN: "Slack refused my token",
}
_TOLD_AT_MOST = 12


def _caught_up(news: n.CaughtUp, account: str) -> Mrkdwn:
    why = f": {_SILENCE[news.reason]}" if news.reason in _SILENCE else ""
    head = f"I could not speak here since {moment(news.since, '{date_short_pretty} {time}')}{why}."
    if not news.missed:
        return Mrkdwn(f"{head} {'This was missed:' if news.more else 'Nothing was missed.'}")
    # The newest say most; the card shows the rest.
    told = [f"• {_line(one, account)}" for one in news.missed[-_TOLD_AT_MOST:]]
    left_out = len(news.missed) - len(told)
    missed = f"Missed ({left_out} older left out):" if left_out else "Missed:"
    return Mrkdwn("\n".join([f"{head} {missed}", *told]))


def _reached(news: n.Reached) -> Mrkdwn:
    if news.jumped:
        said = f"*{percent(news.percent)}*, up from {percent(news.before)} at the last look."
    elif percent(news.percent) != percent(news.milestone):
        said = f"*{percent(news.milestone)}* passed after {duration(news.after_seconds)}, now {percent(news.percent)}."
    else:
        said = f"*{percent(news.percent)}* after {duration(news.after_seconds)}."
    extra: list[str] = []
    if news.previous_milestone is not None and news.since_previous_seconds is not None and not news.jumped:
        gained = points(news.milestone - news.previous_milestone)
        extra.append(f"the last {gained} took {duration(news.since_previous_seconds)}")
    if news.at_end:
        extra.append("the cloud has not said yet that it is done")
    elif news.remaining_seconds is not None:
        how = " at this speed" if news.estimated else ", says the cloud"
        extra.append(f"{about(news.remaining_seconds)} left{how}")
    if not extra:
        return Mrkdwn(said)
    rest = "; ".join(extra)
    return Mrkdwn(f"{said} {rest[0].upper()}{rest[1:]}.")


def _ended(news: n.Ended) -> Mrkdwn:
    # A run of which only the end was seen has no duration to tell.
    seen_running = news.after_seconds >= 1
    after = f" after {duration(news.after_seconds)}" if seen_running else ""
    raw = f" The cloud's status: {code(news.raw_state, 60)}." if news.raw_state else ""
    at = f" at {percent(news.percent)}" if news.percent is not None else ""
    match news.state:
        case TaskState.SUCCEEDED:
            took = f" in {duration(news.after_seconds)}" if seen_running else ""
            return Mrkdwn(f"{SIGNS[TaskState.SUCCEEDED]} *Done*{took}.{raw}")
        case TaskState.FAILED:
            again = " I look again now and then for a day, in case it is retried." if news.looks_again else ""
            return Mrkdwn(f"{SIGNS[TaskState.FAILED]} *Failed*{at}{after}.{raw}{again}")
        case _:
            return Mrkdwn(f"{SIGNS[TaskState.STOPPED]} *Stopped*{at}{after}.{raw}")


def _gone(news: n.Gone) -> Mrkdwn:
    sign = SIGNS[TaskState.STOPPED]
    if not news.ever_seen:
        return Mrkdwn(f"{sign} *The cloud does not know this task.* Is the id right? I stopped watching.")
    last = f"; last seen at {percent(news.percent)}" if news.percent is not None else ""
    return Mrkdwn(f"{sign} *The cloud no longer knows this task*{last}. I stopped watching.")


_TROUBLE: dict[str, str] = {
    TroubleKind.UNEXPECTED: "its answers make no sense",
    TroubleKind.THROTTLED: "it asks for fewer questions",
    TroubleKind.UNAVAILABLE: "it does not answer properly",
}


def _unreadable(news: n.Unreadable, account: str) -> Mrkdwn:
    since, named = moment(news.since), code(account, 40)
    if news.kind == TroubleKind.DENIED:
        refused = inert(news.reason.rstrip(". "), 200) or "my credentials are not accepted"
        return Mrkdwn(
            f"{TROUBLE_SIGN} {named} refuses me since {since}: {refused}. "
            "Someone who runs Milepost must mend that; I look again now and then."
        )
    why = inert(news.reason.rstrip(". "), 200) or _TROUBLE.get(news.kind, _TROUBLE[TroubleKind.UNAVAILABLE])
    return Mrkdwn(
        f"{TROUBLE_SIGN} I cannot read {named} since {since}: {why}. The task itself may be fine. I keep trying."
    )
