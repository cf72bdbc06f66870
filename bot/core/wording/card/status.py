"""The status of a card: state, bar, percent, remaining time; or how it ended; and why it cannot be read."""

from datetime import datetime

from bot.core.estimate import remaining
from bot.core.model import Subscription, TroubleKind, Watch
from bot.core.text import Mrkdwn, code, moment
from bot.core.timed import resting_since
from bot.core.wording.words import (
    SIGNS,
    STATE_WORDS,
    TROUBLE_SIGN,
    at_percent,
    bar,
    doing,
    duration,
    files_failed,
    lag,
    left_words,
    percent,
)
from providers.base import TaskSnapshot, TaskState


def sign(watch: Watch) -> str:
    """Return the sign of what is known."""
    if watch.trouble is not None and watch.trouble.told:
        return TROUBLE_SIGN
    if watch.gone:
        return SIGNS[TaskState.STOPPED]
    return SIGNS[watch.seen.state] if watch.seen is not None else SIGNS[TaskState.QUEUED]


def status(subscription: Subscription, watch: Watch, now: datetime) -> Mrkdwn:
    """Return the line that tells how it stands, and a second one while it cannot be read."""
    line = _state_line(subscription, watch, now)
    if watch.trouble is not None:
        line = Mrkdwn(f"{line}\n{trouble_line(watch)}")
    return line


def trouble_line(watch: Watch) -> Mrkdwn:
    """Return one line on why the task cannot be read; empty where it can."""
    trouble = watch.trouble
    if trouble is None:
        return Mrkdwn("")
    since = moment(trouble.since.timestamp())
    match trouble.kind:
        case TroubleKind.DENIED:
            what = f"access refused since {since}"
        case TroubleKind.THROTTLED:
            what = f"the cloud asks for fewer questions since {since}"
        case _:
            what = f"cannot be read since {since}"
    return Mrkdwn(f"{TROUBLE_SIGN} {what}")


def _state_line(subscription: Subscription, watch: Watch, now: datetime) -> Mrkdwn:
    seen = watch.seen
    if watch.gone:
        if watch.seen is None:
            return Mrkdwn("*unknown to its cloud*; is the id right?")
        last = f", last seen{at_percent(watch.high)}" if watch.high is not None else ""
        return Mrkdwn(f"*no longer known to its cloud*{last}")
    if seen is None:
        return Mrkdwn("waiting for the first reading")
    if seen.state.is_terminal:
        return _end_line(watch, seen)
    words = _state_words(seen)
    if seen.state is TaskState.SYNCING:
        late = f", changes arrive {lag(seen.lag_seconds)}" if seen.lag_seconds is not None else ""
        return Mrkdwn(f"*{words}*{late}")
    words += _pace(subscription, watch, now)
    if seen.percent is None:
        return Mrkdwn(f"*{words}*")
    return Mrkdwn(f"{bar(seen.percent)}  *{percent(seen.percent)}*  {words}")


def _pace(subscription: Subscription, watch: Watch, now: datetime) -> str:
    """Return how long it may still take; or, while it rests for longer than usual, since when."""
    resting = resting_since(watch, subscription, now)
    if resting is not None:
        return f", no progress since {moment(resting.timestamp())}"
    left = remaining(watch, now)
    return f", {left_words(left)}" if left is not None else ""


def _state_words(seen: TaskSnapshot) -> str:
    words = doing(seen)
    if seen.known_state or not seen.raw_state:
        return words
    return f"{words} (the cloud says {code(seen.raw_state, 60)})"


def _end_line(watch: Watch, seen: TaskSnapshot) -> Mrkdwn:
    words = f"*{STATE_WORDS[seen.state]}*"
    if not seen.known_state and seen.raw_state:
        words += f" (the cloud says {code(seen.raw_state, 60)})"
    if seen.state is not TaskState.SUCCEEDED:
        words += at_percent(watch.high)
    if watch.ended_at is not None and watch.ended_at > watch.run_since:
        words += f" after {duration((watch.ended_at - watch.run_since).total_seconds())}"
    if seen.failed_files:
        words += f", {files_failed(seen.failed_files)}"
    if watch.linger_until is not None:
        words += "; I look again now and then, in case it is retried"
    return Mrkdwn(words)
