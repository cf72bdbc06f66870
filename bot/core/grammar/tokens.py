"""From text to words and back: what phones and Slack do to a text is undone, and quotes hold words together."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

TEXT_LIMIT = 2000
# What phones and chat programs put where people meant plain quotes, hyphens, signs and spaces.
_TYPOGRAPHY = (
    dict.fromkeys("“”„‟«»＂″", '"')
    | dict.fromkeys("‘’‚‛′", "'")
    | dict.fromkeys("–—―‐‑‒−", "-")
    | dict.fromkeys("\u00a0\u202f\u2007\u3000", " ")
    | {"％": "%", "，": ",", "；": ";", "：": ":", "＞": ">", "＠": "@"}
    | dict.fromkeys(
        "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u061c\u2060\u2066\u2067\u2068\u2069\ufeff",
        "",
    )
)
_ODD = f"[{''.join(_TYPOGRAPHY)}]"
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
# A backslash keeps the character behind it as it is.
_TYPED = re.compile(rf"\\.|{_ODD}", re.DOTALL)
# Half of a character, or none: JSON can carry it, and it could neither be stored nor shown.
_BROKEN = re.compile("[\x00\ud800-\udfff]")
_ADDRESS = re.compile(r"<(https?://[^|>\s]+|mailto:[^|>\s]+)(?:\|([^>]*))?>")
_NAMED = re.compile(r"<([@!][^|>\s]+)\|[^>]*>")
_ENTITY = re.compile("|".join(_ENTITIES))
# A part in double quotes; a part in single quotes that stands alone (and is no apostrophe); a mention; a word; and a
# double quote that nothing closes.
_WORD = re.compile(
    r"""
    "(?P<double>(?:[^"\\]|\\.)*)"
    | (?<!\S)'(?P<single>[^'"]*)'(?!\S)
    | (?P<plain><[@!][^>\s"]*> | (?:(?!<[@!])[^\s"])+ | <)
    | "
    """,
    re.VERBOSE | re.DOTALL,
)
_TO_ESCAPE = re.compile(rf"""(?P<before>["\\]|{_ODD})|(?P<behind>&(?=(?:amp|lt|gt);)|<(?=https?://|mailto:|[@!]))""")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of what was typed, or a part in quotes."""

    text: str
    quoted: bool = False

    @property
    def key(self) -> str:
        """What it is compared by; empty for a part in quotes, which is never one of the grammar's words."""
        return "" if self.quoted else self.text.lower()


def split(text: str) -> list[Word] | None:
    """Return the words of *text*; None where a quote is left open."""
    words = []
    for found in _WORD.finditer(_as_meant(text)):
        if found["double"] is not None:
            words.append(Word(re.sub(r"\\(.)", r"\1", found["double"], flags=re.DOTALL).strip(), quoted=True))
        elif found["single"] is not None:
            words.append(Word(found["single"].strip(), quoted=True))
        elif found["plain"] is not None:
            words.append(Word(found["plain"]))
        else:
            return None
    return words


def said(words: Sequence[Word]) -> str:
    """Return words as one text."""
    return " ".join(word.text for word in words).strip()


def quoted(text: str) -> str:
    """Return *text* in quotes, so that it is read back as it is."""
    return f'"{_TO_ESCAPE.sub(_escaped, text)}"'


def typed(text: str, *, reserved: Callable[[str], bool]) -> str:
    """Return *text* as it must be typed: in quotes where it would not be read back, or a word of it is *reserved*."""
    words = split(text)
    plain = words is not None and said(words) == text and not any(word.quoted or reserved(word.key) for word in words)
    return text if plain else quoted(text)


def _escaped(found: re.Match[str]) -> str:
    # Entities and addresses are broken behind their first sign: Slack makes entities of the signs on the way here.
    return f"\\{found[0]}" if found["before"] else f"{found[0]}\\"


def _as_meant(text: str) -> str:
    # A mention may bring a name along, with any signs in it; the id is enough.
    nameless = _NAMED.sub(r"<\1>", _BROKEN.sub("", text))
    plain = _TYPED.sub(lambda found: _TYPOGRAPHY.get(found[0], found[0]), nameless)
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]], _ADDRESS.sub(_address, plain))


def _address(found: re.Match[str]) -> str:
    """Slack wraps addresses as ``<https://…>`` or ``<https://…|label>``, also where only ``orders.db`` was typed."""
    address, label = found[1], found[2]
    made_up = label and address in (f"http://{label}", f"mailto:{label}")
    return label if made_up else address
