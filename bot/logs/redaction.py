"""Takes secrets out of a text: those that are known, in every spelling they travel in, and what looks like one."""

import base64
import json
import re
import threading
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

HIDDEN = "[hidden]"

_SHORTEST = 4
"""A shorter secret is part of ordinary words: hiding it would garble each line and spell it out by the holes."""

_HEADERS = (
    r"(?:proxy-)?authorization|x-auth-token|x-subject-token|x-security-token|x-cos-security-token|x-slack-signature"
    r"|(?:set-)?cookie"
)
_FIELDS = (
    r"(?:access|refresh|session|app|bot|security|auth)?_?token|(?:client|signing)_?secret|(?:secret|private)_?key"
    r"|pass(?:word|wd)|(?:q-)?signature|ticket|response_url"
)
_COLOUR = r"(?:\x1b\[[0-9;]*m)*"
# What follows a bare "name: " or "name=" is hidden unless it is quoted (another pattern's) or hidden already.
_BARE = rf"{_COLOUR}\s*[:=]\s*{_COLOUR})(?!{re.escape(HIDDEN)}|[\s\"'\\\x1b]|b\\*[\"'])"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # None begins at a word's boundary: in a terminal the end of a colour, a letter, may stand before it.
    # Slack's tokens: xoxb-, xoxp-, xoxe.xoxb-, xapp-.
    (re.compile(r"(?:xoxe\.)?xox[a-z]-[\w.%-]+|xapp-[\w-]+", re.IGNORECASE), HIDDEN),
    # A value in quotes after a name. The quotes may be escaped, the name quoted, the pair a tuple.
    (
        re.compile(
            rf"((?:{_HEADERS}|{_FIELDS})[\"'\\]*{_COLOUR}\s*[:=,]\s*{_COLOUR}b?(\\*[\"']))(?:.*?)(?=(?<!\\)\2|$)",
            re.DOTALL | re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    # The same without quotes: a header goes on to the end of its line, a field to the next separator.
    (re.compile(rf"((?:{_HEADERS}){_BARE}[^\"'\\\r\n\x1b]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(rf"((?:{_FIELDS}){_BARE}[^\s\"'\\&,;)}}\]\x1b]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"(bearer\s+)[\w.~+/=%-]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    # The password of a URL.
    (re.compile(r"(://[^\s/:@\"'\\]*):[^\s/@\"'\\]+@"), rf"\1:{HIDDEN}@"),
    # Whoever has a response_url can post with it.
    (re.compile(r"(hooks\.slack\.com\\*/)[^\s\"'<>]+"), rf"\1{HIDDEN}"),
)


class Redactor:
    """Hides secrets in texts. May be taught new ones from any thread at any time."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._spellings: tuple[str, ...] = ()
        for secret in secrets:
            self.learn(secret)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._spellings)} spellings)"

    def learn(self, secret: str) -> None:
        """Hide *secret* from now on, unless it is too short to be told from ordinary text."""
        if len(secret) < _SHORTEST:
            return
        with self._lock:
            known = {*self._spellings, *_spellings(secret)}
            # The longest first: a secret inside another must not leave the rest of it readable.
            self._spellings = tuple(sorted(known, key=lambda spelling: (-len(spelling), spelling)))

    def redact_known(self, text: str) -> str:
        """Return *text* without the secrets that were learnt: for sentences of ours, in which no other can be."""
        for spelling in self._spellings:
            text = text.replace(spelling, HIDDEN)
        return text

    def redact(self, text: str) -> str:
        """Return *text* without secrets, and without what looks like one."""
        text = self.redact_known(text)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text


def _spellings(secret: str) -> Iterator[str]:
    """Yield the ways in which a secret is written into URLs, JSON, reprs and headers."""
    raw = secret.encode("utf-8", "surrogatepass")
    plain = [secret, *(quoted for safe in ("", "/", "/~") for quoted in (quote(raw, safe=safe),)), quote_plus(raw)]
    plain += [re.sub(r"%..", lambda code: code[0].lower(), spelling) for spelling in plain[1:]]
    plain += [repr(secret)[1:-1], repr(raw)[2:-1], ascii(secret)[1:-1]]
    for spelling in plain:
        yield spelling
        # A JSON text inside a JSON line is escaped twice.
        for ensure_ascii in (True, False):
            once = json.dumps(spelling, ensure_ascii=ensure_ascii)[1:-1]
            yield once
            yield json.dumps(once, ensure_ascii=ensure_ascii)[1:-1]
    yield from _base64(raw)


def _base64(raw: bytes) -> Iterator[str]:
    """Yield the base64 of *raw*, and the part of it that stays the same inside a longer text, as in ``user:secret``."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode().rstrip("=")
        for lead in range(3):
            # Each character holds 6 bits: those that share bits with a neighbour of *raw* are left off.
            start = -(-lead * 8 // 6)
            end = (lead + len(raw)) * 8 // 6
            inside = encode(bytes(lead) + raw + bytes(2)).decode()[start:end]
            if len(inside) >= _SHORTEST + 2:
                yield inside
