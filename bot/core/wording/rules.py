"""What a subscription wants to hear, in words."""

from bot.core.rules import Broadcast, Lag, Mention, Occasion, Overdue, Quiet, Rules
from bot.core.text import Mrkdwn, cut, inert, mention
from bot.core.wording.words import NBSP, duration, joined

_SHOWN_IN_CHANNEL = {
    Broadcast.NEVER: "nothing is shown in the channel as well",
    Broadcast.FAILURES: "only failures are shown in the channel as well",
    Broadcast.END: "the end is shown in the channel as well",
    Broadcast.ALL: "every reply is shown in the channel as well",
}
_OCCASIONS = {Occasion.FAILURE: "a failure", Occasion.END: "the end"}


def told(rules: Rules, *, has_percent: bool = True) -> Mrkdwn:
    """Return what is told, as one line. *has_percent*: whether the cloud tells a percent, so far as is known."""
    parts = [_milestones(rules, has_percent=has_percent)]
    if rules.heartbeat is not None:
        parts.append(f"a sign of life every {duration(rules.heartbeat)}")
    if rules.per_phase:
        parts.append("the end of each phase")
    if rules.stall is not None:
        parts.append(f"a hint after {duration(rules.stall)} without progress")
    if rules.overdue is not None:
        parts.append(_overdue(rules.overdue))
    if rules.lag is not None:
        parts.append(_lag(rules.lag))
    parts += [_mention(each) for each in rules.mentions[:_MENTIONS]]
    if len(rules.mentions) > _MENTIONS:
        parts.append(f"{len(rules.mentions) - _MENTIONS} more mentions")
    parts.append(_SHOWN_IN_CHANNEL[rules.broadcast])
    if rules.quiet is not None:
        parts.append(_quiet(rules.quiet))
    return Mrkdwn(" · ".join(parts))


_MENTIONS = 10


def _milestones(rules: Rules, *, has_percent: bool) -> str:
    if rules.only_end:
        return "Tells only the end"
    if not rules.milestones:
        return "Tells no milestones"
    if not has_percent:
        return "Its cloud tells no percent so far, so there are no milestones"
    return f"Tells at {cut(joined([str(m) for m in rules.milestones]), 200)}{NBSP}%"


def _overdue(overdue: Overdue) -> str:
    if overdue.after is not None:
        return f"a warning when it is not done after {duration(overdue.after)}"
    return f"a warning when it is not done by {_clock(overdue.at or 0)} ({inert(overdue.zone, 60)})"


def _lag(lag: Lag) -> str:
    return f"a warning when changes are more than {duration(lag.over)} late for {duration(lag.hold)}"


def _mention(each: Mention) -> str:
    return f"mentions {mention(each.who)} at {_OCCASIONS[each.on]}"


def _quiet(quiet: Quiet) -> str:
    return f"quiet {_clock(quiet.start)}–{_clock(quiet.end)} ({inert(quiet.zone, 60)}), failures excepted"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
