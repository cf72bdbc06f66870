"""What a person may type after ``/milepost``, read into a value; and what was wrong where it cannot be."""

import difflib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from bot.core.rules import Rules
from bot.core.wishes import KEEP, NO_WISHES, Wishes

_USUAL_RULES = Rules()

VERBS = ("subscribe", "unsubscribe", "list", "status", "accounts", "help")
_WITH_TASK = ("subscribe", "unsubscribe", "status")
LABEL_LIMIT = 80
TEXT_LIMIT = 2000
WORD_LIMIT = 800
_ID_LIKE = re.compile(r"(?=.*[0-9=])[\w+/=-]{8,}")
_CLAUSES = ("at", "every", "as")
_SYNONYMS = {
    "watch": "subscribe",
    "follow": "subscribe",
    "track": "subscribe",
    "add": "subscribe",
    "stop": "unsubscribe",
    "unwatch": "unsubscribe",
    "unfollow": "unsubscribe",
    "remove": "unsubscribe",
    "ls": "list",
    "?": "help",
}
# What phones and chat programs put where people meant plain quotes, hyphens and spaces.
_TYPOGRAPHY = str.maketrans(
    dict.fromkeys("“”„‟«»＂″", '"')
    | dict.fromkeys("‘’‚‛′", "'")
    | dict.fromkeys("–—―‐‑‒−", "-")
    | dict.fromkeys("\u00a0\u202f\u2007\u3000", " ")
    | {"％": "%", "，": ","}
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2067\u2068\u2069\ufeff")
)
# A part in double quotes, a part in single quotes that stands alone (and is no apostrophe), or a word.
_TOKEN = re.compile(r"""("[^"]*")|(?<!\S)'([^'"]*)'(?!\S)|([^\s"]+)""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribe:
    """Follow a task in this channel."""

    account: str | None
    """None: to be told from the task."""
    task: str
    wishes: Wishes = NO_WISHES


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribe:
    """Stop following a task in this channel."""

    task: str
    """A key, its short form or a label, perhaps behind an account name; empty: which one is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Tell what is known of a task that this channel follows."""

    task: str
    """As in Unsubscribe; empty: all of them."""
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Change what a subscription of this channel wants to hear."""

    task: str
    wishes: Wishes
    """Never empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """Tell, set or forget what holds for new subscriptions of this channel."""

    wishes: Wishes = NO_WISHES
    """Nothing: tell."""
    reset: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteTask:
    """Let only the end be told."""

    task: str
    seconds: int | None = None
    """None: until it is unmuted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmuteTask:
    """Let all be told again."""

    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Give a subscription to another owner."""

    task: str
    to: str | None = None
    """A Slack user id; None: to whoever asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """Look now."""

    task: str


class Scope(StrEnum):
    """Whose subscriptions are listed."""

    CHANNEL = "channel"
    MINE = "mine"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTasks:
    """Tell what is followed."""

    scope: Scope = Scope.CHANNEL
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Tell which tasks of this channel ended, and how."""

    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForm:
    """Open the form for a new subscription."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Tell which accounts there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """Tell what can be typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """What was typed cannot be done: what was wrong, what would be right, and an example to copy."""

    problem: str
    right: str
    example: str
    """Empty: the caller knows a better one."""


Command: TypeAlias = (
    Subscribe
    | Unsubscribe
    | Edit
    | Defaults
    | MuteTask
    | UnmuteTask
    | Transfer
    | Refresh
    | Status
    | ListTasks
    | History
    | OpenForm
    | Accounts
    | Help
)


def parse(text: str, *, in_thread: bool = False) -> Command | Wrong:  # noqa: ARG001 - provisional
    """Read what was typed after the slash command."""
    if len(text) > TEXT_LIMIT:
        return Wrong(
            problem=f"That is too long ({len(text)} characters).",
            right=f"A command has at most {TEXT_LIMIT} characters.",
            example="/milepost help",
        )
    tokens = _tokens(text)
    if isinstance(tokens, Wrong):
        return tokens
    if tokens and tokens[0].lower() == "/milepost":
        # A whole example was copied behind the command.
        tokens = tokens[1:]
    if not tokens:
        return Help()
    verb, rest = tokens[0].lower(), tokens[1:]
    match _SYNONYMS.get(verb, verb):
        case "subscribe":
            return _subscribe(rest)
        case "unsubscribe":
            return Unsubscribe(task=_words(rest))
        case "status":
            return Status(task=_words(rest))
        case "list":
            return ListTasks()
        case "accounts":
            return Accounts()
        case "help":
            return Help()
        case _:
            return _unknown(tokens)


def _tokens(text: str) -> list[str] | Wrong:
    """Split into words; a quoted part is one word, marked by a leading quote so that ``as`` can tell it apart."""
    tidy = text.translate(_TYPOGRAPHY).strip()
    # Slack wraps addresses as <https://…> or <https://…|label>, and writes & < > as entities.
    tidy = re.sub(r"<(https?://[^|>\s]+)(?:\|[^>]*)?>", r"\1", tidy)
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        tidy = tidy.replace(entity, sign)
    if tidy.count('"') % 2:
        closed = f'/milepost {tidy}"'
        return Wrong(
            problem="A quote is opened and not closed.",
            right="A label stands between two quotes.",
            example="" if isinstance(parse(closed), Wrong) else closed,
        )
    return [f'"{m[2]}"' if m[2] is not None else m[0] for m in _TOKEN.finditer(tidy)]


def _unquoted(token: str) -> str:
    return token[1:-1].strip() if token.startswith('"') else token


def _undecorated(word: str) -> str:
    """Take off what comes along when an id is copied out of a text: code quotes, brackets, the end of a sentence."""
    return word.strip("`<>").rstrip(".,;")


def _words(tokens: list[str]) -> str:
    return " ".join(_unquoted(token) for token in tokens).strip()


def _typed(word: str) -> str:
    """Return a word as it must be typed to be read as one word and as no clause."""
    plain = re.fullmatch(r"[^\s'][^\s]*", word) and word.lower() not in _CLAUSES
    return word if plain else f'"{word}"'


def _subscribe(tokens: list[str]) -> Command | Wrong:
    start = next((i for i, token in enumerate(tokens) if token.lower() in _CLAUSES and i > 0), len(tokens))
    words, clauses = [_undecorated(_unquoted(t)) for t in tokens[:start]], tokens[start:]
    if not all(words) or not words or (len(words) == 1 and tokens[0].lower() in _CLAUSES):
        return Wrong(
            problem="I need to know which task.",
            right="Give the account and the task's id, or paste the task's address.",
            example="",
        )
    if max(map(len, words)) > WORD_LIMIT:
        return Wrong(
            problem="That is too long for a task's id or address.",
            right=f"They have at most {WORD_LIMIT} characters.",
            example="",
        )
    if len(words) == 3 and _ID_LIKE.fullmatch(words[2]):
        # Some keys have two parts, and people put a blank between them: plan and task, bucket and task.
        words = [words[0], f"{words[1]}/{words[2]}"]
    if len(words) > 2:
        return Wrong(
            problem=f"I don't understand “{words[2]}” after the task.",
            right='After the account and the task\'s id can stand `at 10,50,90` or `every 10%`, and `as "label"`.',
            example=f"/milepost subscribe {_typed(words[0])} {_typed(words[1])} at 25,50,90",
        )
    account, task = (None, words[0]) if len(words) == 1 else (words[0].lower(), words[1])
    return _with_clauses(account, task, clauses)


def _with_clauses(account: str | None, task: str, tokens: list[str]) -> Subscribe | Wrong:
    command = " ".join(["/milepost subscribe", *([_typed(account)] if account else []), _typed(task)])
    milestones: tuple[int, ...] | None = None
    label: str | None = None
    given: set[str] = set()
    for clause, words in _split(tokens):
        kind = "as" if clause == "as" else "at"
        if kind in given:
            return Wrong(
                problem="The same thing is said twice." if kind == "as" else "Milestones are given twice.",
                right="Say `at …` or `every …` once, and `as …` once.",
                example=f'{command} at 25,50,90 as "orders-db"',
            )
        given.add(kind)
        if clause == "as":
            label = _words(words)
            if not 1 <= len(label) <= LABEL_LIMIT:
                return Wrong(
                    problem="The label is empty." if not label else f"The label has {len(label)} characters.",
                    right=f"A label has 1 to {LABEL_LIMIT} characters.",
                    example=f'{command} as "orders-db"',
                )
            continue
        found = _every(_words(words), command) if clause == "every" else _at(_words(words), command)
        if isinstance(found, Wrong):
            return found
        milestones = found
    wishes = Wishes(
        milestones=milestones if milestones is not None else KEEP, label=label if label is not None else KEEP
    )
    return Subscribe(account=account, task=task, wishes=wishes)


def _split(tokens: list[str]) -> list[tuple[str, list[str]]]:
    parts: list[tuple[str, list[str]]] = []
    for token in tokens:
        word = token.lower()
        if word in _CLAUSES and not (parts and parts[-1][0] == "as" and not parts[-1][1]):
            parts.append((word, []))
        else:
            parts[-1][1].append(token)
    return parts


def _at(text: str, command: str) -> tuple[int, ...] | Wrong:
    listed = [word for word in re.split(r"[\s,;%]+", text) if word and word.lower() not in ("and", "percent")]
    example = f"{command} at 25,50,90"
    if not listed:
        return Wrong(problem="No milestone is given after “at”.", right=_MILESTONES, example=example)
    for word in listed:
        if not re.fullmatch(r"[0-9]{1,3}", word) or not 1 <= int(word) <= 100:
            return Wrong(problem=f"“{word}” is no milestone.", right=_MILESTONES, example=example)
    return tuple(sorted({int(word) for word in listed}))


_MILESTONES = "Milestones are whole percents from 1 to 100, with commas between them."


def _every(text: str, command: str) -> tuple[int, ...] | Wrong:
    found = re.fullmatch(r"([0-9]{1,3}) ?(?:%|percent)?", text)
    if not found or not 1 <= int(found[1]) <= 100:
        return Wrong(
            problem=f"“{text}” is no step." if text else "No step is given after “every”.",
            right="A step is a whole percent from 1 to 100.",
            example=f"{command} every 10%",
        )
    step = int(found[1])
    return tuple(range(step, 101, step))


def _unknown(tokens: list[str]) -> Wrong:
    verb, rest = _unquoted(tokens[0]), " ".join(tokens[1:])
    close = difflib.get_close_matches(verb.lower(), VERBS, n=1, cutoff=0.6)
    if close:
        example = f"/milepost {close[0]} {rest if close[0] in _WITH_TASK else ''}".strip()
        mended = parse(example)
        return Wrong(
            problem=f"I don't know “{verb}”.",
            right=f"Did you mean `{close[0]}`?",
            example=mended.example if isinstance(mended, Wrong) else example,
        )
    is_id = not rest and 16 <= len(verb) <= WORD_LIMIT and not re.search(r"\s", verb)
    return Wrong(
        problem=f"I don't know “{verb}”." if verb else "That is no command.",
        right=f"I know {', '.join(f'`{v}`' for v in VERBS)}.",
        example=f"/milepost subscribe {_typed(verb)}" if is_id else "/milepost help",
    )


# Provisional, to be replaced by the grammar's printer.


def clauses(rules: Rules, label: str | None, *, base: Rules = _USUAL_RULES) -> str:
    """Return the shortest clauses that make *rules* out of *base*."""
    parts = [f"at {','.join(map(str, rules.milestones))}"] if rules.milestones != base.milestones else []
    return " ".join(parts + ([f'as "{label}"'] if label else []))


def command_text(command: Command) -> str:
    """Return the shortest right command."""
    match command:
        case Unsubscribe():
            verb = "unsubscribe"
        case MuteTask():
            verb = "mute"
        case UnmuteTask():
            verb = "unmute"
        case Transfer():
            verb = "take"
        case ListTasks():
            verb = f"list {command.scope} page {command.page}"
        case History():
            verb = f"history page {command.page}"
        case Status():
            verb = "status" if command.page == 1 else f"status page {command.page}"
        case _:
            verb = type(command).__name__.lower()
    return f"/milepost {verb} {getattr(command, 'task', '')}".strip()
