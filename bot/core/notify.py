"""Who hears what: from what happened to a watch to the deliveries of each follower."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeAlias, assert_never

from bot.core import news, zones
from bot.core.advance import Advanced, Step
from bot.core.estimate import rates, remaining
from bot.core.model import Delivery, Subscription, Watch, delivery_id
from bot.core.readings import passed_at
from bot.core.rules import Broadcast, Occasion, Rules
from providers.base import Outlook, TaskState

_AskedFor: TypeAlias = (
    news.Ended | news.Gone | news.Beat | news.Stalled | news.MovingAgain | news.Late | news.LagBroken | news.LagGood
)
"""What those hear as well who want to hear of the end only: ends, and what each of them asked for expressly."""


def deliveries(step: Step, followers: Iterable[Subscription], now: datetime) -> tuple[Delivery, ...]:
    """Return what each follower should hear of *step*, in the order in which it happened."""
    if not step.happenings and not step.timed:
        return ()
    return tuple(
        Delivery(
            id=delivery_id(step.watch, subscription.id, name),
            watch_id=step.watch.id,
            subscription_id=subscription.id,
            channel=subscription.channel,
            news=told,
            created_at=now,
            held_until=held_until(subscription.rules, told, now),
        )
        for subscription in followers
        for name, told in _heard(step, subscription, now)
    )


def _heard(step: Step, subscription: Subscription, now: datetime) -> list[tuple[str, news.News]]:
    """Return what one follower hears, by its rules and while it is muted."""
    muted = subscription.muted is not None and subscription.muted.holds(now)
    timed = [what for subscription_id, what in step.timed if subscription_id == subscription.id]
    # That it moves again comes before what it moved to.
    in_order = [*(what for what in timed if isinstance(what[1], news.MovingAgain)), *step.happenings]
    in_order += [what for what in timed if not isinstance(what[1], news.MovingAgain)]
    found: list[tuple[str, news.News]] = []
    for what, happening in in_order:
        told = _for(subscription.rules, step.watch, happening, now)
        if told is None or (muted and not isinstance(told, news.Ended | news.Gone)):
            continue
        found.append((f"at-{told.milestone}" if isinstance(told, news.Reached) else what, told))
    if len(found) > 1:
        # Whatever else is said tells that it still goes on.
        return [(name, told) for name, told in found if not isinstance(told, news.Beat)]
    return found


def held_until(rules: Rules, told: news.News, now: datetime) -> datetime | None:
    """Return until when quiet hours hold *told* back; None where nothing does."""
    if rules.quiet is None or is_failure(told):
        return None
    return zones.quiet_until(rules.quiet, now)


def is_heard(followers: Iterable[Subscription]) -> bool:
    """Tell whether any follower can be told something now."""
    return any(each.paused is None for each in followers)


def awaited(followers: Sequence[Subscription]) -> tuple[int, ...]:
    """Return the milestones that anyone waits for, ascending."""
    if len(followers) == 1:
        return followers[0].rules.milestones
    return tuple(sorted({m for subscription in followers for m in subscription.rules.milestones}))


def _for(rules: Rules, watch: Watch, happening: news.News | Advanced, now: datetime) -> news.News | None:
    if isinstance(happening, news.PhaseDone):
        return happening if rules.per_phase else None
    if rules.only_end and not isinstance(happening, _AskedFor):
        return None
    if not isinstance(happening, Advanced):
        return happening
    passed = [m for m in rules.milestones if happening.before < m <= happening.after]
    if not passed:
        return None
    # One message for a jump from 10 % to 80 %, not three.
    milestone = passed[-1]
    previous = max((m for m in rules.milestones if m < passed[0]), default=None)
    previous_at = passed_at(watch, previous) if previous is not None else None
    left, pace = remaining(watch, now), rates(watch.points)
    return news.Reached(
        milestone=milestone,
        percent=happening.after,
        before=happening.before,
        jumped=len(passed) > 1,
        after_seconds=max((now - watch.run_since).total_seconds(), 0.0),
        previous_milestone=previous,
        since_previous_seconds=now.timestamp() - previous_at if previous_at is not None else None,
        remaining_seconds=left.seconds if left is not None else None,
        remaining_most=left.most if left is not None else None,
        per_hour=pace[1] * 3600 if pace is not None else None,
        estimated=left.estimated if left is not None else True,
        at_end=_without_an_end(watch) and happening.after >= 100,
    )


def _without_an_end(watch: Watch) -> bool:
    """Tell whether 100 % leaves a question open: a copy that is complete, before changes are followed, does not."""
    seen = watch.seen
    return seen is not None and seen.state is TaskState.RUNNING and seen.outlook is not Outlook.COMPLETE


def is_failure(told: news.News) -> bool:
    """Tell whether *told* is an end other than success: what passes quiet hours."""
    return isinstance(told, news.Gone) or (isinstance(told, news.Ended) and told.state is not TaskState.SUCCEEDED)


def is_end(told: news.News) -> bool:
    """Tell whether *told* is the end of a run: it is always told on its own."""
    return isinstance(told, news.Ended | news.Gone)


def is_broadcast(rules: Rules, told: news.News) -> bool:
    """Tell whether the reply that tells *told* is shown in the channel as well."""
    match rules.broadcast:
        case Broadcast.NEVER:
            return False
        case Broadcast.FAILURES:
            return is_failure(told)
        case Broadcast.END:
            return is_end(told)
        case Broadcast.ALL:
            return not isinstance(told, news.CardOpened)
        case _:
            assert_never(rules.broadcast)


def mentioned(rules: Rules, told: news.News) -> tuple[str, ...]:
    """Return whom the reply that tells *told* mentions: ids of users and user groups, each once."""
    if not is_end(told):
        return ()
    found = [one.who for one in rules.mentions if one.on is Occasion.END or is_failure(told)]
    return tuple(dict.fromkeys(found))
