"""What is followed: lists, the status of a task, and those that ended. Each answer is one page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.core import course, news
from bot.core.asked import Scope
from bot.core.message import Message
from bot.core.model import Delivery, Subscription, Watch
from bot.core.text import Mrkdwn, channel_link, code, cut_markup, inert, link, mention, moment
from bot.core.wording import rules
from bot.core.wording.answers import TOTAL, says
from bot.core.wording.card import Place, short_id, task_name, trouble_line
from bot.core.wording.pages import Page, turning
from bot.core.wording.reasons import cause_words
from bot.core.wording.silence import mute_line, pause_line
from bot.core.wording.thread.ends import how_it_went
from bot.core.wording.words import NBSP, SIGNS, STATE_WORDS, bar, doing, duration, lag, percent
from providers.base import TaskState

LISTED = 10
"""Tasks on a page of a list."""
TOLD = 3
"""Tasks on a page of statuses."""
_ROOM = TOTAL - 400
"""Characters for what a page shows; the rest is for what stands around it."""
_DATE = "{date_short_pretty} {time}"

Pair = tuple[Subscription, Watch]
Turn = Callable[[int], str]
"""The text of the command that tells a page."""


def listing(page: Page[Pair], count: int, scope: Scope, now: datetime, turn: Turn, *, narrowed: bool) -> Message:
    """Tell what is followed, one line each. *narrowed*: whether all was asked for, and not all may be told."""
    tasks = f"{count} task{'s' if count != 1 else ''}"
    match scope:
        case Scope.CHANNEL:
            head = f"This channel follows {tasks}"
        case Scope.MINE:
            head = f"You follow {tasks}"
        case _:
            head = f"You and this channel follow {tasks}" if narrowed else f"All channels follow {tasks}"
    elsewhere = scope is not Scope.CHANNEL
    lines = [cut_markup(_listed(s, w, now, elsewhere=elsewhere), _ROOM // LISTED) for s, w in page.shown]
    return says(
        Mrkdwn(f"{head}{_which_page(page)}:"),
        *lines,
        *([_not_all()] if narrowed else []),
        buttons=turning(page, turn),
    )


def nothing_listed(scope: Scope, example: str, *, narrowed: bool) -> Message:
    """Say that nothing of that kind is followed."""
    if scope is Scope.MINE:
        said = "You follow no task yet, in any channel."
    else:
        said = "Neither you nor this channel follow a task yet." if narrowed else "No channel follows a task yet."
    lines = [Mrkdwn(said), Mrkdwn(f"Begin with the account and the id of a task, such as {code(example, 300)}")]
    return says(*lines, *([_not_all()] if narrowed else []))


def _not_all() -> Mrkdwn:
    return Mrkdwn("What other channels follow is told to those who manage every channel, and to the operators.")


def _which_page(page: Page[Pair]) -> str:
    return "" if page.alone else f" (page {page.number} of {page.last})"


def _listed(subscription: Subscription, watch: Watch, now: datetime, *, elsewhere: bool) -> Mrkdwn:
    name = inert(task_name(subscription, watch), 80)
    parts = [
        f"{_short_state(watch)}  *{name}*",
        f"{code(watch.account, 40)} {code(short_id(subscription, watch), 40)}".strip(),
        *([str(channel_link(subscription.channel))] if elsewhere else []),
    ]
    line = "  ·  ".join(parts)
    if subscription.paused is not None:
        line += f"\n      {pause_line(subscription.paused)}"
    if _is_muted(subscription, now) is not None:
        line += f"\n      {_is_muted(subscription, now)}"
    return Mrkdwn(line)


def _is_muted(subscription: Subscription, now: datetime) -> Mrkdwn | None:
    mute = subscription.muted
    return mute_line(mute) if mute is not None and mute.holds(now) and subscription.ended_at is None else None


def _short_state(watch: Watch) -> str:
    if watch.gone:
        return f"{SIGNS[TaskState.STOPPED]} no longer known to its cloud"
    if watch.seen is None:
        return f"{SIGNS[TaskState.QUEUED]} waiting for the first reading"
    words = f"{SIGNS[watch.seen.state]} {doing(watch.seen)}"
    if watch.seen.percent is not None and watch.seen.state in (TaskState.RUNNING, TaskState.PAUSED):
        words += f" {percent(watch.seen.percent)}"
    return words


# --- status ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that is known of one subscription."""

    subscription: Subscription
    watch: Watch
    place: Place
    reason: Mrkdwn
    """Why the next look is when it is."""
    last_sent: Delivery | None
    take: str
    """The command that takes it over."""


def statuses(page: Page[Standing], now: datetime, turn: Turn) -> Message:
    """Tell all that is known of one or a few tasks."""
    if page.alone and len(page.shown) == 1:
        return says(*_status(page.shown[0], now))
    parts = [cut_markup(Mrkdwn("\n".join(_status(one, now))), _ROOM // TOLD) for one in page.shown]
    if not page.alone:
        parts.append(Mrkdwn(f"Page {page.number} of {page.last}. One of them alone: `/milepost status &lt;task&gt;`"))
    return says(*parts, buttons=turning(page, turn))


def _status(one: Standing, now: datetime) -> list[Mrkdwn]:
    subscription, watch = one.subscription, one.watch
    place = f"{inert(one.place.title, 40)} · {code(watch.account, 40)}"
    # In full, for copying; in place of the name where it is the name.
    whole_id, named = f"Task {code(watch.key, 400)}", bool(short_id(subscription, watch))
    head = f"*{inert(task_name(subscription, watch), 80)}*" if named else whole_id
    lines = [Mrkdwn(f"{head}  ·  {place}")]
    lines.append(Mrkdwn(f"{_short_state(watch)}{_tail(watch)}"))
    if subscription.paused is not None:
        lines.append(pause_line(subscription.paused))
    if (muted := _is_muted(subscription, now)) is not None:
        lines.append(muted)
    if watch.trouble is not None:
        because = inert(cause_words(watch.trouble.reason), 200)
        lines.append(Mrkdwn(f"{trouble_line(watch)} ({because})") if because else trouble_line(watch))
    if named:
        lines.append(Mrkdwn(whole_id))
    if watch.seen_at is not None:
        lines.append(Mrkdwn(f"Last reading {_to_the_second(watch.seen_at)}"))
    if watch.due_at is not None and subscription.ended_at is None:
        lines.append(Mrkdwn(f"Next look {_to_the_second(max(watch.due_at, now))}, because {one.reason}"))
    lines.append(_last_said(one.last_sent))
    lines.append(rules.told(subscription.rules, has_percent=watch.seen is None or watch.high is not None))
    lines.append(_owned(one))
    if one.place.console_url is not None:
        lines.append(link(one.place.console_url, "Open console"))
    return lines


def _owned(one: Standing) -> Mrkdwn:
    subscription = one.subscription
    since = f"Followed since {_date(subscription.created_at)} for {mention(subscription.owner)}"
    if subscription.owner_left and subscription.ended_at is None:
        return Mrkdwn(f"{since}, who left this channel; anyone may take it over: {code(one.take, 300)}")
    return Mrkdwn(since)


def _tail(watch: Watch) -> str:
    seen = watch.seen
    if seen is None or watch.gone:
        return ""
    tail = f"  {bar(seen.percent, 10)}" if seen.percent is not None and seen.state is TaskState.RUNNING else ""
    if seen.lag_seconds is not None and seen.state is TaskState.SYNCING:
        tail += f", changes arrive {lag(seen.lag_seconds)}"
    if watch.state_since is not None and watch.seen_at is not None and not seen.state.is_terminal:
        tail += f", for {duration(max((watch.seen_at - watch.state_since).total_seconds(), 0))}"
    return tail


SAID = {
    news.CardOpened: "its card",
    news.Reached: "a milestone",
    news.InSync: "that it is in sync",
    news.Paused: "that it was paused",
    news.Resumed: "that it runs again",
    news.RanAgain: "that it runs once more",
    news.Unreadable: "that it cannot be read",
    news.ReadableAgain: "that it can be read again",
    news.Beat: "that it goes on",
    news.PhaseDone: "the end of a phase",
    news.Stalled: "that there was no progress",
    news.MovingAgain: "that it moves again",
    news.Late: "that it is late",
    news.LagBroken: "that changes arrive too late",
    news.LagGood: "that changes arrive in time again",
    news.Ended: "its end",
    news.Gone: "that its cloud no longer knows it",
    news.CaughtUp: "what had to wait",
}
"""What a message said, as the rest of a sentence."""


def _last_said(sent: Delivery | None) -> Mrkdwn:
    if sent is None:
        return Mrkdwn("Nothing was said of it here yet")
    at = _sent_at(sent)
    when = f" {moment(at, _DATE)}" if at is not None else ""
    what = SAID[type(sent.news)]
    if isinstance(sent.news, news.Reached):
        what = f"{sent.news.milestone}{NBSP}%"
    return Mrkdwn(f"Last said{when}: {what}")


def _sent_at(sent: Delivery) -> float | None:
    """Slack's id of a message is the moment when it took it."""
    try:
        return float(sent.ts) if sent.ts is not None else None
    except ValueError:
        return None


def _date(at: datetime) -> Mrkdwn:
    return moment(at.timestamp(), _DATE)


def _to_the_second(at: datetime) -> Mrkdwn:
    return moment(at.timestamp(), "{date_short_pretty} {time_secs}")


# --- history ---


def history(page: Page[Pair], turn: Turn) -> Message:
    """Tell which tasks of a channel ended, how, and what their ends told of the way; the latest first."""
    if not page.shown:
        return says(
            Mrkdwn("No task that this channel followed has ended lately."),
            Mrkdwn("What is under way: `/milepost list`"),
        )
    head = "Ended here, latest first" + (f" (page {page.number})" if page.number > 1 or not page.alone else "")
    lines = [cut_markup(_ended(subscription, watch), _ROOM // LISTED) for subscription, watch in page.shown]
    return says(Mrkdwn(f"{head}:"), *lines, buttons=turning(page, turn))


def _ended(subscription: Subscription, watch: Watch) -> Mrkdwn:
    ended_at = watch.ended_at or subscription.ended_at
    parts = [f"{_outcome(watch)}  *{inert(task_name(subscription, watch), 80)}*"]
    if watch.ended_at is not None and watch.ended_at > watch.run_since:
        parts.append(f"after {duration((watch.ended_at - watch.run_since).total_seconds())}")
    if ended_at is not None:
        parts.append(f"ended {_date(ended_at)}")
    parts.append(f"{code(watch.account, 40)} {code(short_id(subscription, watch), 40)}".strip())
    line, way = "  ·  ".join(parts), " ".join(_way(watch))
    return Mrkdwn(f"{line}\n      {way}" if way else line)


def _way(watch: Watch) -> list[Mrkdwn]:
    """Return what the thread was told at the end: its phases, its rests, and an early estimate beside the outcome."""
    if watch.ended_at is None or watch.seen is None or watch.gone:
        return []
    age = (watch.ended_at - watch.run_since).total_seconds()
    forecast = course.forecast_made(watch) if watch.seen.state is TaskState.SUCCEEDED else None
    return how_it_went(course.phase_times(watch), course.rest_times(watch, age), forecast)


def _outcome(watch: Watch) -> str:
    if watch.gone or watch.seen is None:
        return f"{SIGNS[TaskState.STOPPED]} no longer known to its cloud"
    words = f"{SIGNS[watch.seen.state]} {STATE_WORDS[watch.seen.state]}"
    if watch.seen.state is not TaskState.SUCCEEDED and watch.high is not None:
        words += f" at {percent(watch.high)}"
    return words
