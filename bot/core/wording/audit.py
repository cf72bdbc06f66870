"""Who changed what: for the operators' channel and for a terminal."""

from collections.abc import Sequence

from bot.core.message import Message
from bot.core.model import AuditEntry, Deed
from bot.core.text import Mrkdwn, channel_link, code, cut_markup, inert, mention, moment, plain
from bot.core.wording.answers import TOTAL, says

_LISTED = 20
_LINE = (TOTAL - 300) // _LISTED


def changes(entries: Sequence[AuditEntry]) -> Message:
    """Tell the operators what was changed lately, one line each."""
    lines = [cut_markup(_line(entry), _LINE) for entry in entries[:_LISTED]]
    if len(entries) > _LISTED:
        lines.append(Mrkdwn(f"… and {len(entries) - _LISTED} more; `milepost audit` tells them all."))
    return says(*lines)


def in_terminal(entry: AuditEntry) -> str:
    """Return an entry as one line of plain text, which can neither end the line nor move the cursor."""
    parts = [f"{entry.at:%Y-%m-%d %H:%M:%S}Z", entry.who, entry.channel or "App Home", entry.deed, entry.task]
    return "  ".join(plain(part, 600) for part in [*parts, entry.detail] if part)


_DID = {
    Deed.SUBSCRIBED: "subscribed to",
    Deed.UNSUBSCRIBED: "stopped following",
    Deed.EDITED: "edited",
    Deed.MUTED: "muted",
    Deed.UNMUTED: "unmuted",
    Deed.TRANSFERRED: "gave away",
    Deed.SET_DEFAULTS: "set what new subscriptions get",
}


def _line(entry: AuditEntry) -> Mrkdwn:
    task = f" {code(entry.task, 60)}" if entry.task else ""
    place = f" in {channel_link(entry.channel)}" if entry.channel else ""
    if entry.deed is Deed.REFUSED:
        did, detail = f"may not {inert(entry.detail, 60)}", ""
    elif entry.deed is Deed.TRANSFERRED and entry.detail == f"to {entry.who}":
        did, detail = "took over", ""
    else:
        did, detail = _DID[entry.deed], f": {code(entry.detail, 100)}" if entry.detail else ""
    return Mrkdwn(f"{moment(entry.at.timestamp())} {mention(entry.who)} {did}{task}{place}{detail}")
