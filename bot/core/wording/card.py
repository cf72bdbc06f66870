"""The card: one look tells what it is, how far it is, how long it may take, and who asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.core import blocks
from bot.core.estimate import remaining
from bot.core.message import Block, Message
from bot.core.model import Subscription, TroubleKind, Watch
from bot.core.text import Mrkdwn, code, inert, mention, moment, plain, shorten
from bot.core.wording.words import (
    NBSP,
    SIGNS,
    STATE_WORDS,
    TROUBLE_SIGN,
    about,
    bar,
    doing,
    duration,
    joined,
    lag,
    percent,
)
from providers.base import Phase, TaskSnapshot, TaskState

REFRESH = "card.refresh"
STOP = "card.stop"
CONSOLE = "card.console"
AGAIN = "card.again"
FOLLOW = "card.follow"
"""The action ids of the card's buttons."""

_PHASE_CELLS = 10
_SHOWN_PHASES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a task lives, in words."""

    title: str
    """``Huawei DRS``."""
    account: str
    console_url: str | None = None


def task_name(subscription: Subscription, watch: Watch) -> str:
    """Return what people call the task: their own label, else the cloud's name, else its short id. Foreign text."""
    return plain(subscription.label or "", 80) or plain(watch.name or "", 80) or shorten(watch.key)


def card(subscription: Subscription, watch: Watch, place: Place, now: datetime) -> Message:
    """Return the card of a subscription as its channel should see it now."""
    name = task_name(subscription, watch)
    status = _status(watch, now)
    shown = [blocks.title(_sign(watch), name, f"{place.title} · {place.account}"), blocks.section(status)]
    phases = _phases(watch.seen)
    if phases:
        shown.append(blocks.context(phases))
    if watch.seen is not None and watch.seen.message:
        shown.append(blocks.quote(f"The cloud says: “{watch.seen.message}”"))
    shown.append(blocks.context(_foot(subscription, watch)))
    if buttons := _buttons(subscription, watch, place):
        shown.append(blocks.actions(buttons))
    text = f"{_sign(watch)} {_in_words(name, place)}: {status.replace('*', '')}"
    return Message(text=text, blocks=tuple(shown))


def retired(subscription: Subscription, watch: Watch, place: Place, user: str, now: datetime) -> Message:
    """Return the last look of a card that is followed no longer: same head, no figures that would grow old."""
    name = task_name(subscription, watch)
    last = f", last seen at {percent(watch.high)}" if watch.high is not None else ""
    status = Mrkdwn(f"*not followed here any more*{last}; the task itself goes on")
    by = Mrkdwn(f"Task {code(shorten(watch.key), 40)} · stopped by {mention(user)} at {moment(now.timestamp())}")
    head = blocks.title(SIGNS[TaskState.STOPPED], name, f"{place.title} · {place.account}")
    text = Mrkdwn(f"{_in_words(name, place)}: {status.replace('*', '')}")
    shown = [head, blocks.section(status), blocks.context(by)]
    task = f"{watch.account} {watch.key}"
    if len(task) <= blocks.BUTTON_VALUE_LIMIT:
        shown.append(blocks.actions([blocks.button(FOLLOW, "Track again", task)]))
    return Message(text=text, blocks=tuple(shown))


def _in_words(name: str, place: Place) -> Mrkdwn:
    return Mrkdwn(f"{inert(name, 80)} ({place.title}, {inert(place.account, 40)})")


def what_is_shown(message: Message) -> Iterable[object]:
    """Yield what an edit would visibly change: all but the time of the last reading, which alone is not worth one."""
    yield message.text
    yield from (block for block in message.blocks if not _is_foot(block))


def _is_foot(block: Block) -> bool:
    # No other block can begin so: foreign text never opens inline code, and a quote begins with our own words.
    match block:
        case {"type": "context", "elements": [{"text": str(text)}, *_]}:
            return text.startswith("Task `")
        case _:
            return False


def _sign(watch: Watch) -> str:
    if watch.trouble is not None and watch.trouble.told:
        return TROUBLE_SIGN
    if watch.gone:
        return SIGNS[TaskState.STOPPED]
    return SIGNS[watch.seen.state] if watch.seen is not None else SIGNS[TaskState.QUEUED]


def _status(watch: Watch, now: datetime) -> Mrkdwn:
    line = _state_line(watch, now)
    if watch.trouble is not None:
        line = Mrkdwn(f"{line}\n{trouble_line(watch)}")
    return line


def _state_line(watch: Watch, now: datetime) -> Mrkdwn:
    seen = watch.seen
    if watch.gone:
        if watch.seen is None:
            return Mrkdwn("*unknown to its cloud*; is the id right?")
        last = f", last seen at {percent(watch.high)}" if watch.high is not None else ""
        return Mrkdwn(f"*no longer known to its cloud*{last}")
    if seen is None:
        return Mrkdwn("waiting for the first reading")
    if seen.state.is_terminal:
        return _end_line(watch, seen)
    words = _state_words(seen)
    if seen.state is TaskState.SYNCING:
        late = f", changes arrive {lag(seen.lag_seconds)}" if seen.lag_seconds is not None else ""
        return Mrkdwn(f"*{words}*{late}")
    left = remaining(watch, now)
    if left is not None:
        words += f", {about(left[0])} left" + (" (estimated)" if left[1] else "")
    if seen.percent is None:
        return Mrkdwn(f"*{words}*")
    return Mrkdwn(f"{bar(seen.percent)}  *{percent(seen.percent)}*  {words}")


def _state_words(seen: TaskSnapshot) -> str:
    words = doing(seen)
    if seen.known_state or not seen.raw_state:
        return words
    return f"{words} (the cloud says {code(seen.raw_state, 60)})"


def _end_line(watch: Watch, seen: TaskSnapshot) -> Mrkdwn:
    words = f"*{STATE_WORDS[seen.state]}*"
    if not seen.known_state and seen.raw_state:
        words += f" (the cloud says {code(seen.raw_state, 60)})"
    if seen.state is not TaskState.SUCCEEDED and watch.high is not None:
        words += f" at {percent(watch.high)}"
    if watch.ended_at is not None and watch.ended_at > watch.run_since:
        words += f" after {duration((watch.ended_at - watch.run_since).total_seconds())}"
    if watch.linger_until is not None:
        words += "; I look again now and then, in case it is retried"
    return Mrkdwn(words)


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


def _phases(seen: TaskSnapshot | None) -> Mrkdwn:
    if seen is None or not seen.phases or seen.state.is_terminal:
        return Mrkdwn("")
    return Mrkdwn(f"{NBSP * 3}".join(_phase(phase) for phase in seen.phases[:_SHOWN_PHASES]))


def _phase(phase: Phase) -> str:
    name = inert(phase.name, 24)
    if phase.percent >= 100:
        return f"{name} ✓"
    if phase.percent <= 0:
        return f"{name} –"
    return f"{name} {bar(phase.percent, _PHASE_CELLS)} {percent(phase.percent)}"


def _foot(subscription: Subscription, watch: Watch) -> Mrkdwn:
    parts = [f"Task {code(shorten(watch.key), 40)}"]
    if watch.seen_at is not None:
        parts.append(f"read {moment(watch.seen_at.timestamp())}")
    if not watch.closed:
        parts.append(f"followed by {mention(subscription.owner)}")
        milestones = [str(m) for m in subscription.rules.milestones]
        if milestones and len(milestones) <= 12 and watch.ended_at is None and _has_percent(watch):
            parts.append(f"tells at {joined(milestones)}{NBSP}%")
    return Mrkdwn(" · ".join(parts))


def _has_percent(watch: Watch) -> bool:
    return watch.high is not None and watch.seen is not None and watch.seen.state is not TaskState.SYNCING


def _buttons(subscription: Subscription, watch: Watch, place: Place) -> list[Block]:
    stop = blocks.confirmation(
        "Stop following?",
        "The card stays as it is and the thread falls silent. The task itself is not touched.",
        "Stop following",
        "Go on",
    )
    row: list[Block] = []
    if watch.closed and watch.seen is not None:
        row.append(blocks.button(AGAIN, "Track again", subscription.id))
    elif not watch.closed:
        row.append(blocks.button(REFRESH, "Refresh", subscription.id))
    if place.console_url is not None and len(place.console_url) <= blocks.BUTTON_URL_LIMIT:
        row.append(blocks.link_button(CONSOLE, "Open console", place.console_url))
    if not watch.closed:
        row.append(blocks.button(STOP, "Stop", subscription.id, confirm=stop))
    return row


MUTE = "card.mute"
UNMUTE = "card.unmute"
MORE = "card.more"
