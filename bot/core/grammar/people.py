"""Who is mentioned, and when. Slack turns a picked name into an id; a name that was only typed stays a name."""

import itertools
import re
from collections.abc import Sequence

from bot.core.asked import Wrong
from bot.core.grammar.tokens import Word, said
from bot.core.rules import Mention, Occasion
from bot.core.wishes import Wishes
from bot.core.wording import clause_slips

MENTION_LIMIT = 10
_USER = re.compile(r"<@([UW][A-Z0-9]{2,20})>")
_GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]{2,20})>")
# An id as the file or a profile gives it; a name in capitals has no digit.
_BARE = re.compile(r"@?((?=[A-Z]*[0-9])[UWS][A-Z0-9]{8,20})")
_EVERYBODY = re.compile(r"<!(here|channel|everyone)>|@(here|channel|everyone)", re.IGNORECASE)
_BARE_NAME = re.compile(r"(?!(?:here|channel|everyone)\Z)\w[\w.-]{0,79}", re.IGNORECASE)
_OCCASIONS = {
    "failure": Occasion.FAILURE,
    "failures": Occasion.FAILURE,
    "fail": Occasion.FAILURE,
    "error": Occasion.FAILURE,
    "end": Occasion.END,
    "ends": Occasion.END,
    "done": Occasion.END,
}


def names_somebody(word: Word) -> bool:
    """Tell whether a word is meant as somebody, known or not."""
    return word.key.startswith(("@", "<@", "<!"))


def as_mention(word: Word) -> str:
    """Return a bare name as it is typed to mention its bearer; ``@name`` where it cannot be one."""
    name = word.text.strip(",;.`")
    return f"@{name}" if _BARE_NAME.fullmatch(name) else "@name"


def read_person(word: Word) -> str | Wrong:
    """Return the id of a user (``U…``, ``W…``) or user group (``S…``)."""
    text = word.text.rstrip(",;")
    found = _USER.fullmatch(text) or _GROUP.fullmatch(text) or _BARE.fullmatch(text)
    if found:
        return found[1]
    whole = _EVERYBODY.fullmatch(text)
    return clause_slips.everybody(f"@{whole[1] or whole[2]}") if whole else clause_slips.nobody_known(text)


def read_mentions(words: Sequence[Word]) -> Wishes | Wrong:
    """Read ``@user @group on end``; without an occasion, it is failures."""
    at = next((i for i, word in enumerate(words) if word.key == "on"), len(words))
    occasion = _OCCASIONS.get(said(words[at + 1 :]).lower().rstrip(",;")) if at < len(words) else Occasion.FAILURE
    if occasion is None:
        return clause_slips.no_occasion(said(words[at + 1 :]))
    mentions: list[Mention] = []
    for word in words[:at]:
        if word.key.strip(",;&") in ("", "and"):
            continue
        who = read_person(word)
        if isinstance(who, Wrong):
            return who
        mention = Mention(who=who, on=occasion)
        if mention not in mentions:
            mentions.append(mention)
    return Wishes(mentions=tuple(mentions)) if mentions else clause_slips.nobody_given()


def print_mentions(mentions: Sequence[Mention]) -> list[str]:
    """Return the clauses for *mentions*, in their order."""
    return [
        " ".join(["mention", *map(_name, group)]) + (" on end" if on is Occasion.END else "")
        for on, group in itertools.groupby(mentions, key=lambda mention: mention.on)
    ]


def print_person(who: str) -> str:
    """Return a user or user group as Slack writes them."""
    return f"<!subteam^{who}>" if who.startswith("S") else f"<@{who}>"


def _name(mention: Mention) -> str:
    return print_person(mention.who)
