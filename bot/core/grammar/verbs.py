"""The reader of commands: a verb, mostly a task, and what belongs to the verb."""

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from bot.core.asked import (
    WORD_LIMIT,
    Accounts,
    Command,
    Defaults,
    Edit,
    Help,
    History,
    ListTasks,
    MuteTask,
    OpenForm,
    Refresh,
    Scope,
    Status,
    Subscribe,
    Topic,
    Transfer,
    UnmuteTask,
    Unsubscribe,
    Wrong,
)
from bot.core.grammar.clauses import begins_clause, meant_clause, read_clauses
from bot.core.grammar.durations import MUTE, looks_like_duration, read_duration
from bot.core.grammar.people import as_mention, names_somebody, read_person
from bot.core.grammar.printing import AT, SLASH, command_text, typed_name, typed_word, undecorated
from bot.core.grammar.tokens import TEXT_LIMIT, Word, said, split
from bot.core.grammar.vocabulary import CLAUSES, SYNONYMS, VERBS, close_verb
from bot.core.wishes import KEEP
from bot.core.wording import slips

PAGE_LIMIT = 999
EXAMPLE_LIMIT = 300
"""A longer example is no help."""
_ID_LIKE = re.compile(r"(?=.*[0-9=])[\w+/=-]{8,}")
_ONESELF = ("me", "myself")
_ABOUT_RULES = ("rules", "rule", "clauses", "clause", "milestones", *CLAUSES)


def parse(text: str, *, in_thread: bool = False) -> Command | Wrong:
    """Read what was typed after the slash command, or after the bot's name.

    In a thread, clauses alone change the subscription of the thread.
    """
    found = _parse(text, in_thread=in_thread)
    if not isinstance(found, Wrong):
        return found
    found = dataclasses.replace(found, example=found.example if len(found.example) <= EXAMPLE_LIMIT else "")
    if not in_thread:
        return found
    here = found.example.replace(SLASH, AT, 1)
    return dataclasses.replace(found, right=found.right.replace(f"`{SLASH}", f"`{AT}"), example=here)


def _parse(text: str, *, in_thread: bool) -> Command | Wrong:
    if len(text) > TEXT_LIMIT:
        return slips.too_long(len(text), TEXT_LIMIT, f"{SLASH} help")
    words = split(text)
    if words is None:
        closed = split(f'{text}"')
        return slips.unclosed(_as_example(_read(closed, in_thread=in_thread)) if closed is not None else "")
    return _read(words, in_thread=in_thread)


def _as_example(found: Command | Wrong) -> str:
    return found.example if isinstance(found, Wrong) else command_text(found)


def _read(words: Sequence[Word], *, in_thread: bool) -> Command | Wrong:
    if words and words[0].key in (SLASH, AT):
        # A whole example was copied behind the command.
        words = words[1:]
    if not words:
        return OpenForm()
    if in_thread and begins_clause(words[0]):
        return _edit(words)
    verb = words[0].key
    reader = _READERS.get(SYNONYMS.get(verb, verb))
    if in_thread and reader is _transfer:
        return _transfer(words[1:], in_thread=True)
    return reader(words[1:]) if reader is not None else _unknown(words)


def _unknown(words: Sequence[Word]) -> Wrong:
    verb, rest = words[0], words[1:]
    close = close_verb(verb.text.lower())
    if close is not None:
        return slips.close_to(verb.text, close, _as_example(_READERS[SYNONYMS.get(close, close)](rest)))
    is_id = not rest and 16 <= len(verb.text) <= WORD_LIMIT and not re.search(r"\s", verb.text)
    example = command_text(Subscribe(account=None, task=verb.text) if is_id else Help())
    return slips.no_verb(verb.text, VERBS, example)


def _name(words: Sequence[Word]) -> str:
    """Return the name of a task; code quotes come along when an id is copied."""
    return " ".join(word.text if word.quoted else word.text.strip("`") for word in words).strip()


def _behind(wrong: Wrong, *parts: str) -> Wrong:
    """Put the rest of the command before a clause that serves as an example."""
    command = " ".join(part for part in (SLASH, *parts) if part)
    return dataclasses.replace(wrong, example=f"{command} {wrong.example}")


def _subscribe(words: Sequence[Word]) -> Command | Wrong:
    start = next((i for i, word in enumerate(words) if i > 0 and begins_clause(word)), len(words))
    names = [word.text if word.quoted else undecorated(word.text) for word in words[:start]]
    if not names or not all(names) or (len(names) == 1 and begins_clause(words[0])):
        return slips.which_task()
    if max(map(len, names)) > WORD_LIMIT:
        return slips.no_task(WORD_LIMIT)
    if len(names) == 3 and _ID_LIKE.fullmatch(names[2]):
        # Some keys have two parts, and people put a blank between them: plan and task, bucket and task.
        names = [names[0], f"{names[1]}/{names[2]}"]
    if len(names) > 2:
        return _one_word_too_many(names, words)
    account, task = (None, names[0]) if len(names) == 1 else (names[0].lower(), names[1])
    wishes = read_clauses(words[start:])
    if isinstance(wishes, Wrong):
        return _behind(wishes, "subscribe", typed_word(account or ""), typed_word(task))
    return Subscribe(account=account, task=task, wishes=wishes)


def _one_word_too_many(names: Sequence[str], words: Sequence[Word]) -> Wrong:
    for i in (1, 2):
        meant = meant_clause(words[i:])
        if meant is not None:
            return _behind(meant, "subscribe", *map(typed_word, names[:i]))
    return _behind(slips.not_after_task(names[2], "at 25,50,90"), "subscribe", *map(typed_word, names[:2]))


def _edit(words: Sequence[Word]) -> Command | Wrong:
    start = next((i for i, word in enumerate(words) if begins_clause(word)), len(words))
    task = _name(words[:start])
    if start == len(words):
        for i in range(min(len(words), 8)):
            meant = meant_clause(words[i:])
            if meant is not None:
                return _behind(meant, "edit", typed_name(_name(words[:i])))
        return _behind(slips.nothing_to_change("at 25,50,90"), "edit", typed_name(task))
    wishes = read_clauses(words[start:])
    if isinstance(wishes, Wrong):
        return _behind(wishes, "edit", typed_name(task))
    return Edit(task=task, wishes=wishes)


def _defaults(words: Sequence[Word]) -> Command | Wrong:
    if len(words) == 1 and words[0].key in ("reset", "clear", "off"):
        return Defaults(reset=True)
    wishes = read_clauses(words)
    if isinstance(wishes, Wrong):
        # An example with a label is none here.
        instead = _defaults(split(wishes.example) or ())
        return dataclasses.replace(wishes, example=_as_example(instead))
    if wishes.label is not KEEP:
        return slips.label_of_many(command_text(Defaults(wishes=dataclasses.replace(wishes, label=KEEP))))
    return Defaults(wishes=wishes)


def _mute(words: Sequence[Word]) -> Command | Wrong:
    if words and words[0].key == "for":
        words = words[1:]
    for part, rest in _perhaps_durations(words):
        if all(word.key for word in part) and looks_like_duration(said(part)):
            task = _name(rest[:-1] if rest and rest[-1].key == "for" else rest)
            seconds = read_duration(said(part), MUTE)
            if isinstance(seconds, Wrong):
                return _behind(seconds, "mute", typed_name(task))
            return MuteTask(task=task, seconds=seconds)
    return MuteTask(task=_name(words))


def _perhaps_durations(words: Sequence[Word]) -> Iterator[tuple[Sequence[Word], Sequence[Word]]]:
    """Yield what may be a duration (``2h``, ``1 h 30 min``) at the end or the beginning, with the other words."""
    for count in range(min(4, len(words)), 0, -1):
        yield words[-count:], words[:-count]
        yield words[:count], words[count:]


def _transfer(words: Sequence[Word], *, in_thread: bool = False) -> Command | Wrong:
    people = [i for i, word in enumerate(words) if names_somebody(word)]
    rest = [word for i, word in enumerate(words) if i not in people]
    if people and people[0] and words[people[0] - 1].key == "to":
        rest.pop(people[0] - 1)
    take = command_text(Transfer(task=_name(rest)))
    if not people:
        return _without_a_mention(rest, in_thread=in_thread)
    who = read_person(words[people[0]])
    if isinstance(who, Wrong):
        return dataclasses.replace(who, example=take)
    if len(people) > 1 or who.startswith("S"):
        return slips.one_owner(take)
    return Transfer(task=_name(rest), to=who)


def _without_a_mention(words: Sequence[Word], *, in_thread: bool) -> Wrong:
    """Say how a person is named; *words* hold the task, and perhaps somebody's bare name."""
    task, person = _task_and_name(words, in_thread=in_thread)
    if not person or person[0].key in _ONESELF:
        return slips.to_whom(command_text(Transfer(task=_name(task))))
    parts = (SLASH, "transfer", typed_name(_name(task)), as_mention(person[0]))
    return slips.no_mention(said(person), " ".join(part for part in parts if part))


def _task_and_name(words: Sequence[Word], *, in_thread: bool) -> tuple[Sequence[Word], Sequence[Word]]:
    """Split where a person's name probably begins, if there is one."""
    to = next((i for i, word in enumerate(words) if word.key == "to"), None)
    if to is not None:
        return words[:to], words[to + 1 :]
    # One word is the task, except in a thread, where it need not be named.
    if len(words) < (1 if in_thread else 2) or words[-1].quoted:
        return words, ()
    # Behind an account stands an id, which is nobody's name.
    numbered = [any(map(str.isdigit, word.text)) for word in words]
    is_id = numbered[-1] and not any(numbered[:-1])
    return (words, ()) if is_id else (words[:-1], words[-1:])


def _paged(words: Sequence[Word], verb: str) -> tuple[Sequence[Word], int] | Wrong:
    """Take ``page N`` off the end."""
    at = next((i for i in (len(words) - 2, len(words) - 1) if i >= 0 and words[i].key == "page"), None)
    if at is None:
        return words, 1
    number = said(words[at + 1 :])
    if not re.fullmatch(r"[0-9]{1,3}", number) or not int(number):
        return slips.no_page(number, PAGE_LIMIT, f"{SLASH} {verb} page 2")
    return words[:at], int(number)


def _status(words: Sequence[Word]) -> Command | Wrong:
    paged = _paged(words, "status")
    return paged if isinstance(paged, Wrong) else Status(task=_name(paged[0]), page=paged[1])


def _list(words: Sequence[Word]) -> Command | Wrong:
    paged = _paged(words, "list")
    if isinstance(paged, Wrong):
        return paged
    match [word.key for word in paged[0]]:
        case [] | ["here"] | ["channel"]:
            return ListTasks(page=paged[1])
        case ["mine" | "my"]:
            return ListTasks(scope=Scope.MINE, page=paged[1])
        case ["all"]:
            return ListTasks(scope=Scope.ALL, page=paged[1])
        case _:
            return slips.no_scope(said(paged[0]))


def _history(words: Sequence[Word]) -> Command | Wrong:
    paged = _paged(words, "history")
    return paged if isinstance(paged, Wrong) else History(page=paged[1])


def _help(words: Sequence[Word]) -> Command | Wrong:
    return Help(topic=Topic.RULES if words and words[0].key in _ABOUT_RULES else Topic.COMMANDS)


_READERS: Mapping[str, Callable[[Sequence[Word]], Command | Wrong]] = {
    "subscribe": _subscribe,
    "unsubscribe": lambda words: Unsubscribe(task=_name(words)),
    "edit": _edit,
    "defaults": _defaults,
    "mute": _mute,
    "unmute": lambda words: UnmuteTask(task=_name(words)),
    "transfer": _transfer,
    "take": lambda words: Transfer(task=_name(words)),
    "refresh": lambda words: Refresh(task=_name(words)),
    "status": _status,
    "list": _list,
    "history": _history,
    "accounts": lambda _: Accounts(),
    "help": _help,
}
