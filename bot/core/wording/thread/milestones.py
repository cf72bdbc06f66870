"""Milestones and phases: how far it is, what the way took, how long it may still take."""

from bot.core import news as n
from bot.core.text import Mrkdwn
from bot.core.wording.phase_name import phase_name
from bot.core.wording.words import capital, duration, pace, percent, points, remaining_words

NAME_LIMIT = 40
"""Characters of the name of a phase; foreign text."""


def reached(news: n.Reached) -> Mrkdwn:
    """Tell of a milestone: first the percent, then what helps now."""
    extra = [*_way(news), *_outlook(news)]
    if not extra:
        return Mrkdwn(_passed(news))
    return Mrkdwn(f"{_passed(news)} {capital('; '.join(extra))}.")


def phase_done(news: n.PhaseDone) -> Mrkdwn:
    """Tell that a phase is done, and which follows."""
    took = f" in {duration(news.seconds)}" if news.seconds is not None else ""
    following = f" {capital(phase_name(news.next_name, NAME_LIMIT))} is next." if news.next_name else ""
    return Mrkdwn(f"*{capital(phase_name(news.name, NAME_LIMIT))}* done{took}.{following}")


def _passed(news: n.Reached) -> str:
    if news.jumped:
        return f"*{percent(news.percent)}*, up from {percent(news.before)} at the last look."
    if percent(news.percent) != percent(news.milestone):
        return f"*{percent(news.milestone)}* passed after {duration(news.after_seconds)}, now {percent(news.percent)}."
    return f"*{percent(news.percent)}* after {duration(news.after_seconds)}."


def _way(news: n.Reached) -> list[str]:
    if news.previous_milestone is None or news.since_previous_seconds is None or news.jumped:
        return []
    gained = points(news.milestone - news.previous_milestone)
    return [f"the last {gained} took {duration(news.since_previous_seconds)}"]


def _outlook(news: n.Reached) -> list[str]:
    if news.at_end:
        return ["the cloud has not said yet that it is done"]
    found = [f"lately {pace(news.per_hour)}"] if news.per_hour is not None and not news.jumped else []
    if news.remaining_seconds is not None:
        how = " (estimated)" if news.estimated else ", says the cloud"
        found.append(f"{remaining_words(news.remaining_seconds, news.remaining_most)} left{how}")
    return found
