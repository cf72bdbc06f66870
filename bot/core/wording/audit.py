"""Who changed what: for the operators' channel and for a terminal."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bot.core.message import Message
from bot.core.model import AuditEntry, Deed, Tried
from bot.core.text import Mrkdwn, channel_link, code, cut_markup, mention, moment, plain
from bot.core.wording.answers import TOTAL, says

_LISTED = 20
_DATE = "{date_short_pretty} {time}"
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
    return "  ".join(plain(part, 600) for part in [*parts, _in_plain_words(entry)] if part)


_DID: Mapping[Deed, str] = {
    Deed.SUBSCRIBED: "subscribed to",
    Deed.UNSUBSCRIBED: "stopped following",
    Deed.EDITED: "edited",
    Deed.MUTED: "muted",
    Deed.UNMUTED: "unmuted",
    Deed.TRANSFERRED: "gave away",
    Deed.SET_DEFAULTS: "set what new subscriptions get",
}
_MAY_NOT: Mapping[str, str] = {
    Tried.SUBSCRIBE: "was not allowed to follow a task",
    Tried.USE_ACCOUNT: "was not allowed to use",
    Tried.EDIT: "was not allowed to edit",
    Tried.STOP: "was not allowed to stop",
    Tried.GIVE_AWAY: "was not allowed to give away",
    Tried.TAKE: "was not allowed to take over",
    Tried.SET_DEFAULTS: "was not allowed to set what new subscriptions get",
}
_AS_USUAL = "as usual"
_REFUSED_CARD = "Slack refused the card"


def _line(entry: AuditEntry) -> Mrkdwn:
    did, detail = _told(entry)
    task = f" {code(entry.task, 60)}" if entry.task else ""
    place = f" in {channel_link(entry.channel)}" if entry.channel else ""
    # With its day: where the channel was closed, they hear of it days later.
    return Mrkdwn(f"{moment(entry.at.timestamp(), _DATE)} {mention(entry.who)} {did}{task}{place}{detail}")


def _told(entry: AuditEntry) -> tuple[str, str]:
    """Return what somebody did, and what stands behind the task and the place."""
    shown = f": {code(entry.detail, 100)}" if entry.detail else ""
    did = _DID.get(entry.deed, "")
    match entry.deed:
        case Deed.REFUSED if entry.detail in _MAY_NOT:
            return _MAY_NOT[entry.detail], ""
        case Deed.REFUSED:
            return "was refused", shown
        case Deed.TRANSFERRED if entry.detail == f"to {entry.who}":
            return "took over", ""
        case Deed.TRANSFERRED if entry.detail.startswith("to "):
            return did, f" to {mention(entry.detail.removeprefix('to '))}"
        case Deed.MUTED if (until := _until(entry)) is not None:
            return did, f" until {moment(until.timestamp(), _DATE)}"
        case Deed.EDITED | Deed.SET_DEFAULTS if not entry.detail:
            return did, f": {_AS_USUAL}"
        case Deed.SET_DEFAULTS if entry.detail == "reset":
            return "reset what new subscriptions get", ""
        case Deed.UNSUBSCRIBED if entry.detail:
            return did, f": {_REFUSED_CARD} ({code(entry.detail, 60)})"
        case _:
            return did, shown


def _in_plain_words(entry: AuditEntry) -> str:
    """Return the detail for a terminal, which knows no reader's zone."""
    match entry.deed:
        case Deed.MUTED if (until := _until(entry)) is not None:
            return f"until {until:%Y-%m-%d %H:%M}Z"
        case Deed.EDITED | Deed.SET_DEFAULTS if not entry.detail:
            return _AS_USUAL
        case Deed.UNSUBSCRIBED if entry.detail:
            return f"{_REFUSED_CARD}: {entry.detail}"
        case _:
            return entry.detail


def _until(entry: AuditEntry) -> datetime | None:
    try:
        return datetime.fromisoformat(entry.detail).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
