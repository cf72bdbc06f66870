"""The foot of a card: which task, when it was read, who follows it, what they hear, and whether it is muted."""

from datetime import datetime, timedelta

from bot.core.model import Mute, Subscription, Watch
from bot.core.rules import Lag, Overdue, Quiet
from bot.core.text import Mrkdwn, code, inert, mention, moment
from bot.core.wording.card.place import short_id
from bot.core.wording.words import NBSP, capital, duration, joined, limit
from bot.core.zones import deadline, quiet_until
from providers.base import TaskState

_MANY = 12
"""More milestones than this are a pace and no list."""
_SOON = timedelta(hours=12)


READINGS = ("Task `", "Read <!date^")
"""How the line begins that tells the time of the reading."""


def reading_time(subscription: Subscription, watch: Watch) -> Mrkdwn:
    """Return which task it is, where the head does not say it, and when it was read; perhaps nothing."""
    task, read = short_id(subscription, watch), ""
    if watch.seen_at is not None:
        read = f"read {moment(watch.seen_at.timestamp())}"
    return Mrkdwn(" · ".join(part for part in (f"Task {code(task, 40)}", read) if part) if task else capital(read))


def following(subscription: Subscription, watch: Watch, now: datetime) -> Mrkdwn:
    """Return who follows, and what they hear; empty where nobody will hear anything any more."""
    if watch.closed:
        return Mrkdwn("")
    left = " (who left this channel)" if subscription.owner_left else ""
    parts = [f"followed by {mention(subscription.owner)}{left}"]
    if subscription.muted is not None and subscription.muted.holds(now):
        # What is not heard now need not be told.
        parts.append(muted_words(subscription.muted, now))
    else:
        parts += _heard(subscription, watch, now)
    return Mrkdwn(" · ".join(parts))


def muted_words(mute: Mute, now: datetime) -> Mrkdwn:
    """Return who muted it and until when."""
    until = f" until {soon(mute.until, now)}" if mute.until is not None else ""
    return Mrkdwn(f"muted by {mention(mute.by)}{until}; the end is told")


def soon(at: datetime, now: datetime) -> Mrkdwn:
    """Return a moment to come, with its day where that is not plain."""
    return moment(at.timestamp(), "{time}" if at - now < _SOON else "{date_short_pretty} {time}")


def _heard(subscription: Subscription, watch: Watch, now: datetime) -> list[str]:
    rules, found = subscription.rules, list[str]()
    milestones = [str(milestone) for milestone in rules.milestones]
    if rules.only_end:
        found.append("tells the end")
    elif milestones and len(milestones) <= _MANY and watch.ended_at is None and _has_percent(watch):
        found.append(f"tells at {joined(milestones)}{NBSP}%")
    if rules.per_phase:
        found.append("the end of each phase")
    if rules.heartbeat is not None:
        found.append(f"a sign of life every {duration(rules.heartbeat)}")
    if rules.stall is not None:
        # What it is told at, and not what is so: that it rests already.
        found.append(f"a hint after {duration(rules.stall)} without progress")
    if rules.overdue is not None:
        found.append(_overdue(rules.overdue, subscription, watch, now))
    if rules.lag is not None:
        found.append(_lag(rules.lag))
    if rules.quiet is not None:
        found.append(_quiet(rules.quiet, now))
    return found


def _overdue(overdue: Overdue, subscription: Subscription, watch: Watch, now: datetime) -> str:
    if overdue.after is not None:
        return f"overdue after {duration(overdue.after)}"
    since = subscription.revised_at or subscription.created_at
    return f"overdue from {soon(deadline(overdue, watch.run_since, since), now)}"


def _lag(rule: Lag) -> str:
    held = f" for {duration(rule.hold)}" if rule.hold else ""
    return f"a warning when changes are over {limit(rule.over)} late{held}"


def _quiet(quiet: Quiet, now: datetime) -> str:
    until = quiet_until(quiet, now)
    if until is not None:
        return f"quiet until {soon(until, now)}"
    return f"quiet {clock(quiet.start)}–{clock(quiet.end)} {zone_words(quiet.zone)}"


def clock(minutes: int) -> str:
    """Return a time of day."""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def zone_words(zone: str) -> Mrkdwn:
    """Return a time zone as people call it: ``Berlin time``, ``UTC``."""
    place = zone.rpartition("/")[2].replace("_", " ")
    return inert(place, 40) if "/" not in zone else Mrkdwn(f"{inert(place, 40)} time")


def _has_percent(watch: Watch) -> bool:
    return watch.high is not None and watch.seen is not None and watch.seen.state is not TaskState.SYNCING
