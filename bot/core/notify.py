"""Who hears what: from what happened to a watch to the deliveries of each follower."""

from collections.abc import Iterable
from datetime import datetime

from bot.core import news
from bot.core.advance import Advanced, Step
from bot.core.estimate import passed_at, remaining
from bot.core.model import Delivery, Subscription, Watch, delivery_id
from bot.core.rules import Rules
from providers.base import Outlook, TaskState


def deliveries(step: Step, followers: Iterable[Subscription], now: datetime) -> tuple[Delivery, ...]:
    """Return what each follower should hear of *step*, in the order in which it happened."""
    found: list[Delivery] = []
    for subscription in followers:
        for what, happening in step.happenings:
            told = _for(subscription.rules, step.watch, happening, now)
            if told is None:
                continue
            name = f"at-{told.milestone}" if isinstance(told, news.Reached) else what
            found.append(
                Delivery(
                    id=delivery_id(step.watch, subscription.id, name),
                    watch_id=step.watch.id,
                    subscription_id=subscription.id,
                    channel=subscription.channel,
                    news=told,
                    created_at=now,
                )
            )
    return tuple(found)


def awaited(followers: Iterable[Subscription]) -> tuple[int, ...]:
    """Return the milestones that anyone waits for, ascending."""
    return tuple(sorted({m for subscription in followers for m in subscription.rules.milestones}))


def _for(rules: Rules, watch: Watch, happening: news.News | Advanced, now: datetime) -> news.News | None:
    if not isinstance(happening, Advanced):
        return happening
    passed = [m for m in rules.milestones if happening.before < m <= happening.after]
    if not passed:
        return None
    # One message for a jump from 10 % to 80 %, not three.
    milestone = passed[-1]
    previous = max((m for m in rules.milestones if m < passed[0]), default=None)
    previous_at = passed_at(watch.points, previous) if previous is not None else None
    left = remaining(watch, now)
    return news.Reached(
        milestone=milestone,
        percent=happening.after,
        before=happening.before,
        jumped=len(passed) > 1,
        after_seconds=max((now - watch.run_since).total_seconds(), 0.0),
        previous_milestone=previous,
        since_previous_seconds=now.timestamp() - previous_at if previous_at is not None else None,
        remaining_seconds=left[0] if left is not None else None,
        estimated=left[1] if left is not None else True,
        at_end=_without_an_end(watch) and happening.after >= 100,
    )


def _without_an_end(watch: Watch) -> bool:
    """Tell whether 100 % leaves a question open: a copy that is complete, before changes are followed, does not."""
    seen = watch.seen
    return seen is not None and seen.state is TaskState.RUNNING and seen.outlook is not Outlook.COMPLETE


def is_failure(told: news.News) -> bool:
    """Tell whether *told* is an end other than success: what passes quiet hours."""
    return isinstance(told, news.Gone) or (isinstance(told, news.Ended) and told.state is not TaskState.SUCCEEDED)
