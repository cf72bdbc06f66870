"""The words of the grammar."""

import difflib

VERBS = (
    "subscribe",
    "unsubscribe",
    "edit",
    "defaults",
    "mute",
    "unmute",
    "transfer",
    "take",
    "refresh",
    "list",
    "status",
    "history",
    "accounts",
    "help",
)
SYNONYMS = {
    "watch": "subscribe",
    "follow": "subscribe",
    "track": "subscribe",
    "add": "subscribe",
    "start": "subscribe",
    "stop": "unsubscribe",
    "unwatch": "unsubscribe",
    "unfollow": "unsubscribe",
    "remove": "unsubscribe",
    "change": "edit",
    "default": "defaults",
    "silence": "mute",
    "snooze": "mute",
    "unsilence": "unmute",
    "give": "transfer",
    "claim": "take",
    "look": "refresh",
    "ls": "list",
    "?": "help",
}
CLAUSES = (
    "at",
    "every",
    "per",
    "on",
    "stall",
    "overdue",
    "lag",
    "quiet",
    "mention",
    "broadcast",
    "as",
    "no",
    "without",
)
"""The words that begin a clause."""
_MEANT = {
    "milestone": "at",
    "milestones": "at",
    "heartbeat": "every",
    "phase": "per",
    "phases": "per",
    "label": "as",
    "name": "as",
    "named": "as",
    "called": "as",
    "notify": "mention",
    "ping": "mention",
}


def close_verb(word: str) -> str | None:
    """Return the verb that was probably meant."""
    return _closest(word, [*VERBS, *SYNONYMS], 0.6)


def close_clause(word: str) -> str | None:
    """Return the beginning of a clause that was probably meant; those of two letters are like everything."""
    return _MEANT.get(word) or _closest(word, [clause for clause in CLAUSES if len(clause) > 2], 0.75)


def _closest(word: str, known: list[str], cutoff: float) -> str | None:
    return next(iter(difflib.get_close_matches(word[:40], known, n=1, cutoff=cutoff)), None)
