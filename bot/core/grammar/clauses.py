"""The reader of clauses: what a subscription should say, in any order, each thing once."""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence

from bot.core.asked import LABEL_LIMIT, Wrong
from bot.core.grammar.durations import HEARTBEAT, HOLD, LAG, STALL, looks_like_duration, read_duration
from bot.core.grammar.hours import read_overdue, read_quiet
from bot.core.grammar.people import MENTION_LIMIT, read_mentions
from bot.core.grammar.printing import USUAL_HOLD, print_wishes
from bot.core.grammar.tokens import TEXT_LIMIT, Word, said, split
from bot.core.grammar.vocabulary import CLAUSES, close_clause
from bot.core.rules import Broadcast, Lag
from bot.core.wishes import KEEP, NO_WISHES, Wishes, settled
from bot.core.wording import clause_slips, slips

_SEARCHED = 12
"""Words of a clause among which one is looked for that begins another."""
_OFF = ("off", "none", "nobody")
_TAKEN = {
    "stall": Wishes(stall=None),
    "quiet": Wishes(quiet=None),
    "mention": Wishes(mentions=()),
    "heartbeat": Wishes(heartbeat=None),
    "overdue": Wishes(overdue=None),
    "lag": Wishes(lag=None),
    "phases": Wishes(per_phase=False),
    "label": Wishes(label=None),
    "milestones": Wishes(milestones=()),
    "broadcast": Wishes(broadcast=Broadcast.NEVER),
}
_ALSO_TAKEN = {
    "mentions": "mention",
    "heartbeats": "heartbeat",
    "phase": "phases",
    "per phase": "phases",
    "quiet hours": "quiet",
    "name": "label",
    "milestone": "milestones",
    "broadcasts": "broadcast",
}
_BROADCASTS = {
    "failure": Broadcast.FAILURES,
    "ends": Broadcast.END,
    "everything": Broadcast.ALL,
} | {broadcast.value: broadcast for broadcast in Broadcast}
_PARTS = tuple(field.name for field in dataclasses.fields(Wishes))


def parse_clauses(text: str) -> Wishes | Wrong:
    """Read clauses alone, as a form or a file gives them. The examples are clauses too."""
    if len(text) > TEXT_LIMIT:
        return slips.too_long(len(text), TEXT_LIMIT, "at 25,50,90")
    words = split(text)
    if words is None:
        return slips.unclosed('as "orders-db"')
    return read_clauses(words)


def begins_clause(word: Word) -> bool:
    """Tell whether a word begins a clause."""
    return word.key in CLAUSES


def read_clauses(words: Sequence[Word], *, mending: bool = True) -> Wishes | Wrong:
    """Read clauses, of which there may be none. *mending*: whether to look for one that is misspelt."""
    if words and not begins_clause(words[0]):
        return meant_clause(words) or clause_slips.no_clause(words[0].text, CLAUSES)
    wishes = NO_WISHES
    for clause, rest in _clauses(words):
        found = _read(clause, rest, mending=mending)
        joined = found if isinstance(found, Wrong) else _joined(wishes, found)
        if isinstance(joined, Wrong):
            return _after(wishes, joined) if mending else joined
        wishes = joined
    return settled(wishes)


def meant_clause(words: Sequence[Word]) -> Wrong | None:
    """Say which clause was probably meant, where the first of *words* is like one that begins so."""
    meant = close_clause(words[0].key)
    if meant is None:
        return None
    # One slip is mended at a time, or a text full of them would take for ever.
    found = read_clauses([Word(meant), *words[1:]], mending=False)
    example = found.example if isinstance(found, Wrong) else print_wishes(found)
    return slips.close_to(words[0].text, meant, example)


def _after(before: Wishes, wrong: Wrong) -> Wrong:
    """Let the example begin with what was right, where that is possible."""
    words = split(f"{print_wishes(before)} {wrong.example}")
    whole = read_clauses(words, mending=False) if words is not None else wrong
    return wrong if isinstance(whole, Wrong) else dataclasses.replace(wrong, example=print_wishes(whole))


def _clauses(words: Sequence[Word]) -> list[tuple[str, list[Word]]]:
    parts: list[tuple[str, list[Word]]] = []
    for word in words:
        if begins_clause(word) and not (parts and _belongs(word.key, *parts[-1])):
            parts.append((word.key, []))
        else:
            parts[-1][1].append(word)
    return parts


def _belongs(word: str, clause: str, rest: list[Word]) -> bool:
    """Tell whether a word that could begin a clause goes on with the one before it."""
    match clause:
        case "as" | "no" | "without":
            return not rest
        case "mention":
            return word == "on" and bool(rest) and all(other.key != "on" for other in rest)
        case "overdue" | "broadcast":
            return not rest and word in ("at", "on")
        case _:
            return False


def _read(clause: str, words: Sequence[Word], *, mending: bool) -> Wishes | Wrong:
    found = _READERS[clause](words)
    if isinstance(found, Wishes) or not mending:
        return found
    # What follows may be a clause of its own, misspelt.
    for i in range(1, min(len(words), _SEARCHED)):
        meant = meant_clause(words[i:])
        before = _READERS[clause](words[:i]) if meant is not None else found
        if meant is not None and isinstance(before, Wishes):
            return _after(before, meant)
    return found


def _joined(wishes: Wishes, more: Wishes) -> Wishes | Wrong:
    news = {name: value for name in _PARTS if (value := getattr(more, name)) is not KEEP}
    before = print_wishes(wishes)
    if wishes.mentions is not KEEP and more.mentions is not KEEP and wishes.mentions and more.mentions:
        if {m.who for m in wishes.mentions} & {m.who for m in more.mentions}:
            return clause_slips.same_person(before)
        news["mentions"] = wishes.mentions + more.mentions
    else:
        twice = next((name for name in news if getattr(wishes, name) is not KEEP), None)
        if twice is not None:
            return clause_slips.twice(twice, before)
    joined = dataclasses.replace(wishes, **news)
    if joined.only_end is True and joined.milestones is not KEEP and joined.milestones:
        return clause_slips.end_and_milestones(before)
    if joined.mentions is not KEEP and len(joined.mentions) > MENTION_LIMIT:
        some = dataclasses.replace(joined, mentions=joined.mentions[:MENTION_LIMIT])
        return clause_slips.too_many_people(MENTION_LIMIT, print_wishes(some))
    return joined


def _text(words: Sequence[Word]) -> str:
    """Return the words of a clause; commas between clauses are no part of them."""
    return said(words).strip(" ,;")


def _at(words: Sequence[Word]) -> Wishes | Wrong:
    listed = [word for word in re.split(r"[\s,;%]+", said(words)) if word and word.lower() not in ("and", "percent")]
    if not listed:
        return clause_slips.no_milestones_given()
    for word in listed:
        if not re.fullmatch(r"[0-9]{1,3}", word) or not 1 <= int(word) <= 100:
            return clause_slips.no_milestone(word)
    return Wishes(milestones=tuple(sorted({int(word) for word in listed})))


def _every(words: Sequence[Word]) -> Wishes | Wrong:
    text = _text(words)
    found = re.fullmatch(r"([0-9]{1,3}) ?(?:%|percent)?", text, re.IGNORECASE)
    if found and 1 <= int(found[1]) <= 100:
        step = int(found[1])
        return Wishes(milestones=tuple(range(step, 101, step)))
    once = f"1 {text}" if text.lower() in ("day", "hour", "minute") else text
    if not looks_like_duration(once):
        return clause_slips.no_step(text)
    seconds = read_duration(once, HEARTBEAT)
    return seconds if isinstance(seconds, Wrong) else Wishes(heartbeat=seconds)


def _per(words: Sequence[Word]) -> Wishes | Wrong:
    match _text(words).lower():
        case "phase" | "phases":
            return Wishes(per_phase=True)
        case "phase off" | "phases off":
            return Wishes(per_phase=False)
        case _:
            return clause_slips.per_what(_text(words))


def _on(words: Sequence[Word]) -> Wishes | Wrong:
    match _text(words).lower():
        case "end":
            return Wishes(only_end=True)
        case "all":
            return Wishes(only_end=False)
        case _:
            return clause_slips.on_what(_text(words))


def _stall(words: Sequence[Word]) -> Wishes | Wrong:
    seconds = read_duration(re.sub(r"(?i)^after ", "", _text(words)), STALL)
    return seconds if isinstance(seconds, Wrong) else Wishes(stall=seconds)


def _lag(words: Sequence[Word]) -> Wishes | Wrong:
    over, between, hold = re.sub(r"(?i)^(?:>|over\b|above\b) ?", "", _text(words)).lower().partition(" for")
    limit = read_duration(over.strip(), LAG)
    if isinstance(limit, Wrong):
        return limit
    held = read_duration(hold.strip(), HOLD) if between else USUAL_HOLD
    return held if isinstance(held, Wrong) else Wishes(lag=Lag(over=limit, hold=held))


def _broadcast(words: Sequence[Word]) -> Wishes | Wrong:
    text = re.sub(r"(?i)^on ", "", _text(words))
    broadcast = _BROADCASTS.get(text.lower())
    return clause_slips.no_broadcast(text) if broadcast is None else Wishes(broadcast=broadcast)


def _as(words: Sequence[Word]) -> Wishes | Wrong:
    label = said(words)
    return Wishes(label=label) if 1 <= len(label) <= LABEL_LIMIT else clause_slips.label_length(len(label), LABEL_LIMIT)


def _no(words: Sequence[Word]) -> Wishes | Wrong:
    text = _text(words).lower()
    return _TAKEN.get(_ALSO_TAKEN.get(text, text)) or clause_slips.nothing_to_take_away(_text(words), tuple(_TAKEN))


def _or_off(
    clause: str, reader: Callable[[Sequence[Word]], Wishes | Wrong]
) -> Callable[[Sequence[Word]], Wishes | Wrong]:
    """Let ``stall off`` mean ``no stall``."""

    def read(words: Sequence[Word]) -> Wishes | Wrong:
        return _TAKEN[clause] if _text(words).lower() in _OFF else reader(words)

    return read


_READERS: Mapping[str, Callable[[Sequence[Word]], Wishes | Wrong]] = {
    "at": _at,
    "every": _every,
    "per": _per,
    "on": _on,
    "stall": _or_off("stall", _stall),
    "overdue": _or_off("overdue", lambda words: read_overdue(_text(words))),
    "lag": _or_off("lag", _lag),
    "quiet": _or_off("quiet", lambda words: read_quiet(_text(words))),
    "mention": _or_off("mention", read_mentions),
    "broadcast": _or_off("broadcast", _broadcast),
    "as": _as,
    "no": _no,
    "without": _no,
}
