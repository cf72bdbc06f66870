"""The one place where foreign text becomes harmless in Slack.

Slack's mrkdwn gives meaning to ``&<>`` (mentions, links, dates), to ``*_~```` at the edges of words, to ``:name:``,
``@here`` and to anything that looks like an address (docs.slack.dev/messaging/formatting-message-text). In blocks,
foreign strings go into ``rich_text`` text elements or ``plain_text`` objects, which Slack does not parse at all; in the
``text`` of a message, and where mrkdwn cannot be avoided, they go through ``inert`` or ``code``.
"""

import re
import unicodedata
from typing import NewType

Mrkdwn = NewType("Mrkdwn", str)
"""Text in Slack's markup, safe to send: every foreign part of it went through this module."""

_ZERO_WIDTH = "\u200b"
_LOOKALIKES = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# Underscores inside words (orders_db) are not markup; at the edge of a word they are.
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
# Mentions; emoji, emoticons and schemes; host names, also those whose letters are written with combining marks;
# a quote at the start of a line, which Slack sees in the entity too.
_ACTIVE = re.compile(r"(?<=[@#:])(?=\S)|(?<=\S)(?=\.\S)|^(?=>)")

_ADDRESS_LIMIT = 2000
_LINKABLE = re.compile(
    r"(?:https://(?=[^/?#:])|http://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?=[/?#]|$))[^\s<>|\\^`{}\"]*"
)


def plain(text: str, limit: int) -> str:
    """Return *text* on one line, without control, direction or invisible characters, at most *limit* characters."""
    kept = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return cut(" ".join(kept.split()), limit)


def cut(text: str, limit: int) -> str:
    """Return *text*, its end replaced by an ellipsis where it is longer than *limit* characters."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + "…"


def cut_markup(text: Mrkdwn, limit: int) -> Mrkdwn:
    """Return markup cut to *limit* characters, never inside an entity, an angle bracket or inline code."""
    if len(text) <= limit:
        return text
    kept = re.sub(r"(?:&[a-z]*|<[^>]*)$", "", text[: max(limit - 1, 0)])
    if kept.count("`") % 2:
        kept = kept[: kept.rindex("`")]
    return Mrkdwn(kept.rstrip() + "…")


def shorten(identifier: str) -> str:
    """Return an id shortened in the middle: ``9a470239…jb21``."""
    tail = identifier.rsplit("/", 1)[-1]
    return tail if len(tail) <= 16 else f"{tail[:8]}…{tail[-4:]}"


def inert(text: str, limit: int) -> Mrkdwn:
    """Return foreign text for mrkdwn in which nothing acts: no mention, link, emoji or formatting."""
    clean = _EDGE_UNDERSCORE.sub("ˍ", plain(text, limit).translate(_LOOKALIKES))
    return Mrkdwn(_ACTIVE.sub(_ZERO_WIDTH, clean).translate(_ENTITIES))


def code(text: str, limit: int) -> Mrkdwn:
    """Return foreign text as inline code, where Slack parses nothing but the entities; it can be copied whole."""
    clean = plain(text, limit).replace("`", "ˋ")
    return Mrkdwn(f"`{clean.translate(_ENTITIES)}`") if clean else Mrkdwn("")


def link(url: str, label: str) -> Mrkdwn:
    """Return a link to an https page (or a loopback one); the bare inert label where the address is neither."""
    address, words = url.replace("&", "&amp;"), inert(label, 100).replace("|", "¦")
    safe = _LINKABLE.fullmatch(url) and plain(url, len(url)) == url and len(address) <= _ADDRESS_LIMIT
    return Mrkdwn(f"<{address}|{words}>" if safe else words)


def mention(user: str) -> Mrkdwn:
    """Return a mention of the user with this id; ids of another form are shown as code."""
    return Mrkdwn(f"<@{user}>") if re.fullmatch(r"[UW][A-Z0-9]{2,20}", user) else code(user, 24)


def ping(who: str) -> Mrkdwn:
    """Return a mention of a user or a user group that notifies; empty for an id of another form."""
    if re.fullmatch(r"[UW][A-Z0-9]{2,20}", who):
        return Mrkdwn(f"<@{who}>")
    return Mrkdwn(f"<!subteam^{who}>") if re.fullmatch(r"S[A-Z0-9]{2,20}", who) else Mrkdwn("")


def channel_link(channel: str) -> Mrkdwn:
    """Return a link to the channel with this id."""
    return Mrkdwn(f"<#{channel}>") if re.fullmatch(r"[CGD][A-Z0-9]{2,20}", channel) else code(channel, 24)


def moment(at: float, form: str = "{time}") -> Mrkdwn:
    """Return a point in time (Unix seconds) in the reader's own zone; *form* is made of Slack's date tokens."""
    return Mrkdwn(f"<!date^{int(at)}^{form}|{_utc(at)} UTC>")


def _utc(at: float) -> str:
    minutes = int(at) // 60
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
