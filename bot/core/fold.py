"""What became old while it waited is told in one message; an end never is."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.model import Delivery, DeliveryState
from bot.core.news import CardOpened, CaughtUp, Ended, Gone, Minor

OLD = timedelta(minutes=10)
"""From this age on a milestone is history: several of them are told in one message."""


def foldable(waiting: Sequence[Delivery], now: datetime) -> tuple[Delivery, ...]:
    """Return the deliveries from the head of a thread that are to be told in one message; empty where there is none.

    *waiting*: the open deliveries of one thread in order, the first of them about to be sent. Where that one may have
    arrived by an earlier try, it keeps its words: to find it later must not mean that others were told with it.
    """
    if not waiting or waiting[0].doubted or now - waiting[0].created_at < OLD:
        return ()
    together: list[Delivery] = []
    for row in waiting:
        untried = row is waiting[0] or (row.state is DeliveryState.PENDING and row.attempts == 0)
        if not untried or not isinstance(row.news, Minor | CaughtUp):
            break
        together.append(row)
    return tuple(together) if len(together) > 1 else ()


def in_one_message(together: Sequence[Delivery]) -> CaughtUp:
    """Return the news that tells what ``foldable`` ones say."""
    first = together[0]
    return CaughtUp(
        since=silent_since(together, first.created_at.timestamp()),
        reason=first.news.reason if isinstance(first.news, CaughtUp) else "",
        missed=missed(together),
    )


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


def silent_since(rows: Sequence[Delivery], since: float) -> float:
    """Return since when nothing could be said: an earlier message about it that never went knows better."""
    return min([since, *(row.news.since for row in rows if isinstance(row.news, CaughtUp))])
