"""The card: one look tells what it is, how far it is, how long it may take, and who follows it."""

import re
from collections.abc import Iterable
from datetime import datetime

from bot.core import blocks
from bot.core.message import Block, Message
from bot.core.model import Subscription, Watch
from bot.core.text import Mrkdwn, code, cut_markup, inert, mention, moment
from bot.core.wording.card.buttons import (
    AGAIN,
    CONSOLE,
    EDIT,
    FOLLOW,
    MORE,
    MUTE,
    MUTE_2H,
    MUTE_DAY,
    REFRESH,
    STOP,
    STOP_FOLLOWING,
    TAKE,
    UNMUTE,
    button_row,
)
from bot.core.wording.card.foot import READINGS, following, muted_words, reading_time
from bot.core.wording.card.phases import phase_bars, phase_words
from bot.core.wording.card.place import Place, not_configured, short_id, task_name
from bot.core.wording.card.status import sign, status, trouble_line
from bot.core.wording.words import SIGNS, at_percent
from providers.base import TaskState

__all__ = [
    "AGAIN",
    "CONSOLE",
    "EDIT",
    "FOLLOW",
    "MORE",
    "MUTE",
    "MUTE_2H",
    "MUTE_DAY",
    "REFRESH",
    "STOP",
    "STOP_FOLLOWING",
    "TAKE",
    "UNMUTE",
    "Place",
    "card",
    "muted_words",
    "not_configured",
    "retired",
    "short_id",
    "task_name",
    "trouble_line",
    "what_is_shown",
]

_BARS = re.compile(r"[█░]+\s*")


def card(subscription: Subscription, watch: Watch, place: Place, now: datetime) -> Message:
    """Return the card of a subscription as its channel should see it now."""
    told, about_us = status(subscription, watch, now), following(subscription, watch, now)
    shown = [_head(sign(watch), task_name(subscription, watch), place), blocks.section(told)]
    if bars := phase_bars(watch):
        shown.append(blocks.context(bars))
    said = watch.seen.message if watch.seen is not None else ""
    if said:
        shown.append(blocks.quote(f"The cloud says: “{said}”"))
    read = reading_time(subscription, watch)
    if foot := [line for line in (read, about_us) if line]:
        shown.append(blocks.context(Mrkdwn("\n".join(foot))))
    if buttons := button_row(subscription, watch, place, now):
        shown.append(blocks.actions(buttons))
    # What is read aloud, or shown where blocks are not, says all that the blocks say, and draws nothing.
    name = _in_words(task_name(subscription, watch), place)
    parts = [f"{sign(watch)} {name}: {_BARS.sub('', told).replace('*', '')}"]
    if phases := phase_words(watch):
        parts.append(f"Phases: {phases}")
    if said:
        parts.append(f"The cloud says: “{inert(said, 300)}”")
    if read:
        parts.append(read)
    if about_us:
        parts.append(f"{about_us[:1].upper()}{about_us[1:]}")
    text = cut_markup(Mrkdwn("\n".join(parts)), blocks.FALLBACK_LIMIT)
    return Message(text=text, blocks=tuple(shown))


def retired(subscription: Subscription, watch: Watch, place: Place, user: str, now: datetime) -> Message:
    """Return the last look of a card that is followed no longer: same head, no figures that would grow old."""
    name = task_name(subscription, watch)
    last = f", last seen{at_percent(watch.high)}" if watch.high is not None else ""
    told = Mrkdwn(f"*not followed here any more*{last}; the task itself goes on")
    task_id = short_id(subscription, watch)
    which = f"Task {code(task_id, 40)} · stopped" if task_id else "Stopped"
    by = Mrkdwn(f"{which} by {mention(user)} at {moment(now.timestamp())}")
    text = Mrkdwn(f"{_in_words(name, place)}: {told.replace('*', '')}")
    shown = [_head(SIGNS[TaskState.STOPPED], name, place), blocks.section(told), blocks.context(by)]
    task = f"{watch.account} {watch.key}"
    if len(task) <= blocks.BUTTON_VALUE_LIMIT:
        shown.append(blocks.actions([blocks.button(FOLLOW, "Track again", task)]))
    return Message(text=text, blocks=tuple(shown))


def what_is_shown(message: Message) -> Iterable[object]:
    """Yield what an edit would visibly change: all but the time of the last reading, which alone is not worth one."""
    yield [line for line in message.text.split("\n") if not line.startswith(READINGS)]
    yield from (_without_reading_time(block) for block in message.blocks)


def _without_reading_time(block: Block) -> object:
    # Nothing else can begin so: foreign text never opens inline code, and a quote begins with our own words.
    match block:
        case {"type": "context", "elements": [{"text": str(text)}]} if text.startswith(READINGS):
            return text.partition("\n")[2]
        case _:
            return block


def _head(shown: str, name: str, place: Place) -> Block:
    return blocks.title(shown, name, f"{place.title} · {place.account}")


def _in_words(name: str, place: Place) -> Mrkdwn:
    return Mrkdwn(f"{inert(name, 80)} ({inert(place.title, 40)}, {inert(place.account, 40)})")
