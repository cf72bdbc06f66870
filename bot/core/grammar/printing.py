"""The printer: the shortest right text for wishes and for commands. What is printed is read back as the same value."""

from typing import assert_never

from bot.core import asked
from bot.core.asked import Command, Topic
from bot.core.grammar.durations import looks_like_duration, print_duration
from bot.core.grammar.hours import print_overdue, print_quiet
from bot.core.grammar.people import print_mentions, print_person
from bot.core.grammar.tokens import quoted, typed
from bot.core.grammar.vocabulary import CLAUSES
from bot.core.rules import Lag, Rules
from bot.core.wishes import KEEP, Wishes, as_wishes, settled

SLASH, AT = "/milepost", "@milepost"
"""How a command begins, and how it begins in a thread, where slash commands do not run."""
USUAL_HOLD = 300
"""Seconds for which a lag must hold where nothing else is said."""
_RESERVED = {*CLAUSES, "page", "to", "for"}


def clauses(rules: Rules, label: str | None = None, *, base: Rules | None = None) -> str:
    """Return the shortest clauses that turn *base* (else the usual rules) into *rules*."""
    return print_wishes(as_wishes(rules, label, base=Rules() if base is None else base))


def print_wishes(wishes: Wishes) -> str:
    """Return the clauses for *wishes*; empty where nothing is wished."""
    # Mentions follow “on end”, which would otherwise be read as their occasion.
    return " ".join([*_progress(settled(wishes)), *_warnings(wishes), *_ways(wishes)])


def command_text(command: Command, *, in_thread: bool = False) -> str:
    """Return a command as it can be typed."""
    return " ".join(part for part in (AT if in_thread else SLASH, *_parts(command)) if part)


def typed_name(name: str) -> str:
    """Return the name of an account or a task as it must be typed."""
    return typed(name, reserved=_reserved)


def typed_word(name: str) -> str:
    """Return a name as it must be typed where others stand beside it."""
    return quoted(name) if " " in name else typed_name(name)


def undecorated(word: str) -> str:
    """Take off what comes along when an id is copied out of a text: code quotes, brackets, the end of a sentence."""
    return word.lstrip("`<>").rstrip("`<>.,;")


def _reserved(word: str) -> bool:
    # A unit alone may follow a number: “5 min”.
    is_time = looks_like_duration(word) or looks_like_duration(f"1{word}")
    return word in _RESERVED or is_time or word.startswith("@") or undecorated(word) != word


def _parts(command: Command) -> tuple[str, ...]:
    match command:
        case asked.Subscribe(account=account, task=task, wishes=wishes):
            return ("subscribe", typed_word(account or ""), typed_word(task), print_wishes(wishes))
        case asked.Unsubscribe(task=task):
            return ("unsubscribe", typed_name(task))
        case asked.Edit(task=task, wishes=wishes):
            return ("edit", typed_name(task), print_wishes(wishes))
        case asked.Defaults(wishes=wishes, reset=reset):
            return ("defaults", "reset" if reset else print_wishes(wishes))
        case asked.MuteTask(task=task, seconds=seconds):
            return ("mute", typed_name(task), print_duration(seconds) if seconds is not None else "")
        case asked.UnmuteTask(task=task):
            return ("unmute", typed_name(task))
        case asked.Transfer(task=task, to=to):
            name = typed_name(task)
            return ("take", name) if to is None else ("transfer", name, print_person(to))
        case asked.Refresh(task=task):
            return ("refresh", typed_name(task))
        case asked.Status(task=task, page=page):
            return ("status", typed_name(task), _page(page))
        case asked.ListTasks(scope=scope, page=page):
            return ("list", "" if scope is asked.Scope.CHANNEL else scope, _page(page))
        case asked.History(page=page):
            return ("history", _page(page))
        case asked.OpenForm():
            return ()
        case asked.Accounts():
            return ("accounts",)
        case asked.Help(topic=topic):
            return ("help", "" if topic is Topic.COMMANDS else topic)
        case _:
            assert_never(command)


def _page(page: int) -> str:
    return f"page {page}" if page > 1 else ""


def _progress(wishes: Wishes) -> list[str]:
    parts = []
    match wishes.milestones:
        case ():
            parts.append("no milestones")
        case (_, *_) as milestones:
            parts.append(print_milestones(milestones))
    if wishes.only_end is not KEEP:
        parts.append("on end" if wishes.only_end else "on all")
    if wishes.heartbeat is not KEEP:
        parts.append("no heartbeat" if wishes.heartbeat is None else f"every {print_duration(wishes.heartbeat)}")
    if wishes.per_phase is not KEEP:
        parts.append("per phase" if wishes.per_phase else "no phases")
    return parts


def print_milestones(milestones: tuple[int, ...]) -> str:
    """Return the clause for milestones, of which there are some."""
    listed = f"at {','.join(map(str, milestones))}"
    step = milestones[0]
    stepwise = f"every {step}%"
    return stepwise if milestones == tuple(range(step, 101, step)) and len(stepwise) < len(listed) else listed


def _warnings(wishes: Wishes) -> list[str]:
    parts = []
    if wishes.stall is not KEEP:
        parts.append("no stall" if wishes.stall is None else f"stall {print_duration(wishes.stall)}")
    if wishes.overdue is not KEEP:
        parts.append("no overdue" if wishes.overdue is None else print_overdue(wishes.overdue))
    if wishes.lag is not KEEP:
        parts.append("no lag" if wishes.lag is None else _lag(wishes.lag))
    return parts


def _lag(lag: Lag) -> str:
    hold = "" if lag.hold == USUAL_HOLD else f" for {print_duration(lag.hold)}"
    return f"lag {print_duration(lag.over)}{hold}"


def _ways(wishes: Wishes) -> list[str]:
    parts = []
    if wishes.quiet is not KEEP:
        parts.append("no quiet" if wishes.quiet is None else print_quiet(wishes.quiet))
    if wishes.mentions is not KEEP:
        parts.extend(print_mentions(wishes.mentions) or ["no mention"])
    if wishes.broadcast is not KEEP:
        parts.append(f"broadcast {wishes.broadcast}")
    if wishes.label is not KEEP:
        parts.append("no label" if wishes.label is None else f"as {quoted(wishes.label)}")
    return parts
