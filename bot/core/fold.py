"""What became old while it waited is told in one message; an end never is."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.model import Delivery, DeliveryState
from bot.core.news import QUIET, CardOpened, CaughtUp, Ended, Gone, Minor
from bot.core.rules import Quiet
from bot.core.zones import quiet_until

OLD = timedelta(minutes=10)
"""From this age on a milestone is history: several of them are told in one message."""


def foldable(waiting: Sequence[Delivery], now: datetime) -> tuple[Delivery, ...]:
    """Return the deliveries from the head of a thread that are to be told in one message; empty where there is none.

    *waiting*: the open deliveries of one thread in order, the first of them about to be sent. Where that one may have
    arrived by an earlier try, it keeps its words: to find it later must not mean that others were told with it. What
    quiet hours held back is told as such even where it is a single piece.
    """
    if not waiting or waiting[0].doubted:
        return ()
    held = waiting[0].held_until is not None
    if not held and now - waiting[0].created_at < OLD:
        return ()
    together: list[Delivery] = []
    for row in waiting:
        untried = row is waiting[0] or (row.state is DeliveryState.PENDING and row.attempts == 0)
        # What came after the quiet hours is fresh, and speaks for itself.
        with_it = not held or row.held_until is not None or now - row.created_at >= OLD
        if not untried or not with_it or not isinstance(row.news, Minor | CaughtUp):
            break
        together.append(row)
    if len(together) == 1:
        return tuple(together) if held and isinstance(together[0].news, Minor) else ()
    return tuple(together)


def in_one_message(together: Sequence[Delivery], now: datetime, quiet: Quiet | None = None) -> CaughtUp:
    """Return the news that tells what ``foldable`` ones say.

    *quiet*: the follower's quiet hours, where it still has some; they tell since when it was quiet.
    """
    first, since = together[0], together[0].created_at
    reason = first.news.reason if isinstance(first.news, CaughtUp) else ""
    if first.held_until is not None:
        reason = reason or QUIET
        since = quiet_since(quiet, since) if quiet is not None else since
    return CaughtUp(
        since=silent_since(together, since.timestamp()),
        reason=reason,
        missed=missed(together),
        times=times(together),
        early=reason == QUIET and any(row.held_until is not None and row.held_until > now for row in together),
    )


def quiet_since(quiet: Quiet, at: datetime) -> datetime:
    """Return when the quiet hours began in which *at* lies; *at* itself where it lies in none."""
    if quiet_until(quiet, at) is None:
        return at
    # Where they begin, the hours end that are not quiet; a step back of a quarter of an hour misses none that matter.
    loud = Quiet(start=quiet.end, end=quiet.start, zone=quiet.zone)
    steps = (at - number * timedelta(minutes=15) for number in range(1, 100))
    return next((began for step in steps if (began := quiet_until(loud, step)) is not None), at)


def unsaid(waiting: Sequence[Delivery]) -> tuple[Delivery, ...]:
    """Return those of the open deliveries of one thread that one message after a silence tells: all before an end.

    What may have arrived is not among them.
    """
    found: list[Delivery] = []
    for row in waiting:
        if isinstance(row.news, Ended | Gone):
            break
        if row.state is DeliveryState.PENDING and not isinstance(row.news, CardOpened):
            found.append(row)
    return tuple(found)


def missed(rows: Sequence[Delivery]) -> tuple[Minor, ...]:
    """Return the news of *rows* that may be told late, oldest first; what was folded before is taken apart again."""
    found: list[Minor] = []
    for row in rows:
        if isinstance(row.news, CaughtUp):
            found.extend(row.news.missed)
        elif isinstance(row.news, Minor):
            found.append(row.news)
    return tuple(found)


def times(rows: Sequence[Delivery]) -> tuple[float | None, ...]:
    """Return when each of the news happened that ``missed`` returns, as far as that is known."""
    found: list[float | None] = []
    for row in rows:
        if isinstance(row.news, CaughtUp):
            found.extend(row.news.times or (None,) * len(row.news.missed))
        elif isinstance(row.news, Minor):
            found.append(row.created_at.timestamp())
    return tuple(found)


def silent_since(rows: Sequence[Delivery], since: float) -> float:
    """Return since when nothing could be said: an earlier message about it that never went knows better."""
    return min([since, *(row.news.since for row in rows if isinstance(row.news, CaughtUp))])
