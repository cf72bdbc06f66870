"""Whether the cloud's own word on the remaining time is to be believed: only after it proved right."""

from bot.core.model import Promise

DRIFT = 0.1
"""By so much of the time since it was made the end may drift, and the word still holds."""
KEPT = 4
"""Readings that must confirm it."""
WATCHED = 0.25
"""The share of the promised time over which it must have held."""


def heard(promise: Promise | None, now: float, remaining: float | None) -> Promise | None:
    """Return the promise after a reading; one that was broken begins anew with what is said now."""
    if remaining is None:
        return None
    ends_at = now + remaining
    if promise is None or now < promise.made_at:
        return Promise(made_at=now, ends_at=ends_at, latest=ends_at)
    # Half a minute more, for clouds round.
    if abs(ends_at - promise.ends_at) > DRIFT * (now - promise.made_at) + 30:
        return Promise(made_at=now, ends_at=ends_at, latest=ends_at)
    return Promise(made_at=promise.made_at, ends_at=promise.ends_at, latest=ends_at, kept=promise.kept + 1)


def trusted(promise: Promise | None, now: float) -> float | None:
    """Return the seconds until the promised end; None where the word has not proved right yet."""
    if promise is None or promise.kept < KEPT:
        return None
    if now - promise.made_at < WATCHED * (promise.ends_at - promise.made_at):
        return None
    return max(promise.latest - now, 0.0)
