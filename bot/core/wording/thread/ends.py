"""Ends: how it ended, how long it took in all and in its parts, and what was expected."""

from bot.core import news as n
from bot.core.text import Mrkdwn, code
from bot.core.wording.phase_name import phase_name
from bot.core.wording.words import SIGNS, at_percent, capital, duration, files_failed, joined, percent
from providers.base import TaskState

_PHASE_NAME = 24
_PHASES = 8


def ended(news: n.Ended) -> Mrkdwn:
    """Tell how a run ended."""
    # A run of which only the end was seen has no duration to tell.
    seen_running = news.after_seconds >= 1
    after = f" after {duration(news.after_seconds)}" if seen_running else ""
    facts = f" {files_failed(news.failed_files)}." if news.failed_files else ""
    facts += f" The cloud's status: {code(news.raw_state, 60)}." if news.raw_state else ""
    course = "".join(f" {sentence}" for sentence in how_it_went(news.phases, news.rests, news.forecast))
    at = at_percent(news.percent)
    match news.state:
        case TaskState.SUCCEEDED:
            took = f" in {duration(news.after_seconds)}" if seen_running else ""
            return Mrkdwn(f"{SIGNS[TaskState.SUCCEEDED]} *Done*{took}.{facts}{course}")
        case TaskState.FAILED:
            again = " I look again now and then for a day, in case it is retried." if news.looks_again else ""
            return Mrkdwn(f"{SIGNS[TaskState.FAILED]} *Failed*{at}{after}.{facts}{course}{again}")
        case _:
            return Mrkdwn(f"{SIGNS[TaskState.STOPPED]} *Stopped*{at}{after}.{facts}{course}")


def gone(news: n.Gone) -> Mrkdwn:
    """Tell that the cloud knows a task no longer, or never did."""
    sign = SIGNS[TaskState.STOPPED]
    if not news.ever_seen:
        return Mrkdwn(f"{sign} *The cloud does not know this task.* Is the id right? I stopped watching.")
    last = f"; last seen at {percent(news.percent)}" if news.percent is not None else ""
    return Mrkdwn(f"{sign} *The cloud no longer knows this task*{last}. I stopped watching.")


def how_it_went(
    phases: tuple[n.PhaseTime, ...], rests: tuple[n.RestTime, ...], forecast: n.ForecastMade | None
) -> list[Mrkdwn]:
    """Return sentences on how a run went: its phases, its rests, and an early estimate beside the outcome."""
    found: list[Mrkdwn] = []
    if phases:
        times = [f"{phase_name(phase.name, _PHASE_NAME)} {duration(phase.seconds)}" for phase in phases[:_PHASES]]
        more = [f"{len(phases) - _PHASES} more"] if len(phases) > _PHASES else []
        found.append(Mrkdwn(capital(f"{joined([*times, *more])}.")))
    if rests:
        places = joined([f"{duration(rest.seconds)}{at_percent(rest.percent)}" for rest in rests])
        found.append(Mrkdwn(f"It rested {places}."))
    if forecast is not None:
        when = f"{at_percent(forecast.percent)}".strip()
        found.append(Mrkdwn(f"{capital(when)} I expected {duration(forecast.after_seconds)}."))
    return found
