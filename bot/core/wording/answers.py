"""Private answers to commands: first the fact, then what to do. A wrong command gets what, right and an example."""

import itertools
from collections.abc import Sequence
from datetime import datetime

from bot.core import blocks
from bot.core.commands import Wrong
from bot.core.message import Message
from bot.core.model import Subscription, Watch
from bot.core.text import Mrkdwn, code, cut, cut_markup, inert, link, mention, moment, shorten
from bot.core.wording.card import Place, task_name, trouble_line
from bot.core.wording.silence import pause_line
from bot.core.wording.words import SIGNS, STATE_WORDS, bar, doing, duration, joined, lag, percent
from providers.base import TaskState

_LISTED = 25
_TOTAL = 7000
"""Characters of one answer; Slack refuses messages of somewhere above 11,000 over all blocks."""
_EXAMPLE = 300


def wrong(problem: Wrong, example: str = "") -> Message:
    """Say what was wrong, what would be right, and show one example that can be copied."""
    lines = [inert(problem.problem, 300), Mrkdwn(problem.right)]
    # An example that had to be cut could not be copied.
    shown = problem.example if 0 < len(problem.example) <= _EXAMPLE else example
    if shown:
        lines.append(Mrkdwn(f"Example: {code(shown, _EXAMPLE)}"))
    return says(*lines)


def bad_key(reason: str, account: str, example: str) -> Message:
    """Say why a text is no key of an account."""
    return says(inert(reason, 300), Mrkdwn(f"Example: {code(f'/milepost subscribe {account} {example}', 300)}"))


def unknown_account(typed: str, close: str | None, names: Sequence[str], task: str) -> Message:
    """Say that there is no such account, and which there are."""
    if not names:
        return no_accounts()
    guess = close or names[0]
    known = f"Accounts here: {joined([str(code(name, 40)) for name in names[:20]])}."
    hint = f"Did you mean {code(guess, 40)}? {known}" if close else known
    return says(
        Mrkdwn(f"I know no account “{inert(typed, 40)}”."),
        Mrkdwn(hint),
        Mrkdwn(f"Example: {code(f'/milepost subscribe {guess} {task}', 300)}"),
    )


def no_accounts() -> Message:
    """Say that nothing is configured."""
    return says(
        Mrkdwn("No cloud account is configured yet."),
        Mrkdwn("Someone who runs Milepost adds one to `milepost.toml`, as `[accounts.NAME]`."),
    )


def which_account(task: str, names: Sequence[str], *, certain: bool) -> Message:
    """Ask which account a task belongs to."""
    listed = joined([str(code(name, 40)) for name in names[:10]], "or")
    if len(names) == 1:
        said = (
            f"That looks like a task of {listed}, but other clouds have such ids too. Say it once more, with the name:"
        )
    elif certain:
        said = f"More than one account could mean this: {listed}. Say which:"
    else:
        said = f"That could be a task of {listed}. Say which:"
    return says(
        Mrkdwn(said),
        *(Mrkdwn(code(f"/milepost subscribe {name} {task}", 300)) for name in names[:5]),
    )


def other_account(task: str, names: Sequence[str]) -> Message:
    """Say that the id belongs to another account than the one that was named."""
    listed = joined([str(code(name, 40)) for name in names[:5]], "or")
    return says(
        Mrkdwn(f"That is an id of {listed}, not of the account that you named."),
        *(Mrkdwn(code(f"/milepost subscribe {name} {task}", 300)) for name in names[:5]),
    )


def which_task(account: str, example: str) -> Message:
    """Ask for the task, where only an account was named."""
    return says(
        Mrkdwn(f"Which task of {code(account, 40)}? Its id stands behind the account's name."),
        Mrkdwn(f"Example: {code(f'/milepost subscribe {account} {example}', 300)}"),
    )


def unknown_cloud(task: str, examples: Sequence[tuple[str, str]]) -> Message:
    """Say that the cloud cannot be told from what was typed; *examples*: account and key."""
    if not examples:
        return no_accounts()
    return says(
        Mrkdwn(f"I cannot tell which cloud {code(task, 80)} belongs to."),
        Mrkdwn("Name the account before it. What ids look like here:"),
        *(Mrkdwn(code(f"/milepost subscribe {account} {key}", 300)) for account, key in examples[:8]),
    )


def not_found(account: str, task: str, place: str, detail: str, *, example: str) -> Message:
    """Say that the cloud does not know the task. *example*: a key of the form that the account takes."""
    where = f" This account looks in {code(place, 60)}." if place else ""
    return says(
        Mrkdwn(f"{code(account, 40)} does not know the task {code(task, 80)}."),
        Mrkdwn(
            f"Ids are bound to a region and a project.{where}" if place else "Is the id whole, and of this account?"
        ),
        *_detail(detail),
        Mrkdwn(f"Ids look like this: {code(f'/milepost subscribe {account} {example}', 300)}"),
    )


def denied(account: str, detail: str) -> Message:
    """Say that the cloud refuses the account's credentials."""
    return says(
        Mrkdwn(f"{code(account, 40)} refuses me, so I cannot watch this task."),
        Mrkdwn("Someone who runs Milepost must look at the account; `milepost check` tells more."),
        *_detail(detail),
        Mrkdwn("Which other accounts there are: `/milepost accounts`"),
    )


def _detail(detail: str) -> list[Mrkdwn]:
    return [Mrkdwn(f"The reason: {inert(detail, 300)}")] if detail else []


def already(address: str | None, task: str, *, posted: bool, other_wishes: bool) -> Message:
    """Say that the channel follows the task already, and where its card is. *task*: account and key.

    *other_wishes*: whether other milestones or another label were asked for this time.
    """
    if address:
        where = f": {link(address, 'to its card')}"
    else:
        where = ". Its card is further up." if posted else ". Its card is on its way."
    lines = [Mrkdwn(f"This channel follows it already{where}")]
    if other_wishes:
        lines.append(Mrkdwn("Its milestones and label stay as they are. To change them, stop following it first:"))
        lines.append(Mrkdwn(code(f"/milepost unsubscribe {task}", 300)))
    return says(*lines)


def card_on_its_way() -> Message:
    """Say that Slack did not take the card at once."""
    return says(Mrkdwn("Watching. Slack is slow to take my card just now; it comes as soon as it does."))


def ended_before(state: TaskState) -> Message:
    """Say that there is nothing to watch any more."""
    return says(
        Mrkdwn(
            f"This task has ended already: {SIGNS[state]} {STATE_WORDS[state]}. The card shows it; nothing will follow."
        )
    )


_NOT_IN_CHANNEL = (
    "I am not in this channel, so I cannot post the card.",
    "Type `/invite @milepost`, then your command again.",
)
_CANNOT_POST = {
    "not_in_channel": _NOT_IN_CHANNEL,
    "channel_not_found": _NOT_IN_CHANNEL,
    "is_archived": ("This channel is archived, so nothing can be posted here.", "Use another channel."),
    "messages_tab_disabled": (
        "I cannot post into this conversation.",
        "Use a channel, and `/invite @milepost` there.",
    ),
    "restricted_action_read_only_channel": (
        "This channel is read-only for me.",
        "Ask an admin of it to let Milepost post, or use another channel.",
    ),
    "restricted_action_thread_only_channel": (
        "Only replies may be posted in this channel, and a card is no reply.",
        "Use another channel.",
    ),
}


def cannot_post(slack_code: str) -> Message:
    """Say why the card cannot be posted, and the remedy; nothing was subscribed."""
    said = _CANNOT_POST.get(
        slack_code,
        (
            f"Slack does not let me post here ({code(slack_code, 60)}).",
            "Ask an admin of this channel or workspace to let Milepost post, or use another channel.",
        ),
    )
    return says(Mrkdwn(said[0]), Mrkdwn(said[1]), Mrkdwn("Nothing was subscribed."))


def stopped(name: str) -> Message:
    """Say that the channel no longer follows a task."""
    return says(Mrkdwn(f"Stopped following *{inert(name, 80)}* in this channel. The task itself goes on."))


def not_followed(task: str, followed: Sequence[tuple[Subscription, Watch]], verb: str, *, example: str) -> Message:
    """Say that the channel does not follow what was named, and what it does follow."""
    if not followed:
        return nothing_followed(example)
    said = f"This channel follows nothing called {code(task, 80)}." if task else "Which one? This channel follows:"
    return says(Mrkdwn(said), *(_command_for(verb, subscription, watch) for subscription, watch in followed[:10]))


def ambiguous(task: str, followed: Sequence[tuple[Subscription, Watch]], verb: str) -> Message:
    """Ask which of several tasks is meant."""
    return says(
        Mrkdwn(f"More than one task here fits {code(task, 80)}. Say which:"),
        *(_command_for(verb, subscription, watch) for subscription, watch in followed[:10]),
    )


def _command_for(verb: str, subscription: Subscription, watch: Watch) -> Mrkdwn:
    command = code(f"/milepost {verb} {watch.account} {watch.key}", 300)
    return Mrkdwn(f"{command}  {inert(task_name(subscription, watch), 80)}")


def nothing_followed(example: str) -> Message:
    """Say that the channel follows nothing yet, and how to begin."""
    return says(
        Mrkdwn("This channel follows no task yet."),
        Mrkdwn(f"Begin with the account and the id of a task, such as {code(example, 300)}"),
    )


def listing(followed: Sequence[tuple[Subscription, Watch]], *, example: str) -> Message:
    """Tell what the channel follows, one line each. *example*: a command to begin with."""
    if not followed:
        return nothing_followed(example)
    count = len(followed)
    head = Mrkdwn(f"This channel follows {count} task{'s' if count != 1 else ''}:")
    lines = _as_many_as_fit([_listed(subscription, watch) for subscription, watch in followed[:_LISTED]])
    if count > len(lines):
        lines.append(
            Mrkdwn(f"… and {count - len(lines)} more. `/milepost status &lt;task&gt;` tells about any of them.")
        )
    return says(head, *lines)


def _as_many_as_fit(lines: Sequence[Mrkdwn]) -> list[Mrkdwn]:
    """Return the first of *lines*, leaving room for a line that says how many were left out."""
    ends = itertools.accumulate(len(line) + 1 for line in lines[:_LISTED])
    return list(lines[: sum(end <= _TOTAL - 300 for end in ends)])


def _listed(subscription: Subscription, watch: Watch) -> Mrkdwn:
    name = inert(task_name(subscription, watch), 80)
    line = Mrkdwn(f"{_short_state(watch)}  *{name}*  ·  {code(watch.account, 40)} {code(shorten(watch.key), 40)}")
    return Mrkdwn(f"{line}\n      {pause_line(subscription.paused)}") if subscription.paused is not None else line


def _short_state(watch: Watch) -> str:
    if watch.seen is None:
        return f"{SIGNS[TaskState.QUEUED]} waiting for the first reading"
    words = f"{SIGNS[watch.seen.state]} {doing(watch.seen)}"
    if watch.seen.percent is not None and watch.seen.state in (TaskState.RUNNING, TaskState.PAUSED):
        words += f" {percent(watch.seen.percent)}"
    return words


def status(subscription: Subscription, watch: Watch, place: Place, now: datetime, reason: str) -> list[Mrkdwn]:
    """Tell all that is known of one task. *reason*: why the next look is when it is."""
    lines = [Mrkdwn(f"*{inert(task_name(subscription, watch), 80)}*  ·  {place.title} · {code(watch.account, 40)}")]
    lines.append(Mrkdwn(f"{_short_state(watch)}{_status_tail(watch)}"))
    if subscription.paused is not None:
        lines.append(pause_line(subscription.paused))
    if watch.trouble is not None:
        lines.append(Mrkdwn(f"{trouble_line(watch)} ({inert(watch.trouble.reason, 200)})"))
    lines.append(Mrkdwn(f"Task {code(watch.key, 400)}"))
    if watch.seen_at is not None:
        lines.append(Mrkdwn(f"Last reading {moment(watch.seen_at.timestamp(), '{date_short_pretty} {time_secs}')}"))
    if watch.due_at is not None:
        due = moment(max(watch.due_at, now).timestamp(), "{date_short_pretty} {time_secs}")
        lines.append(Mrkdwn(f"Next look {due}, because {inert(reason, 80)}"))
    milestones = cut(joined([str(m) for m in subscription.rules.milestones]), 200)
    tells = f"Tells at {milestones} %" if milestones else "Tells no milestones"
    if watch.seen is not None and watch.high is None:
        tells = "Its cloud tells no percent so far, so there are no milestones"
    since, owner = _date(subscription.created_at), mention(subscription.owner)
    lines.append(Mrkdwn(f"{tells} · since {since} for {owner}"))
    if place.console_url is not None:
        lines.append(link(place.console_url, "Open console"))
    return lines


def _status_tail(watch: Watch) -> str:
    seen = watch.seen
    if seen is None:
        return ""
    tail = f"  {bar(seen.percent, 10)}" if seen.percent is not None and seen.state is TaskState.RUNNING else ""
    if seen.lag_seconds is not None and seen.state is TaskState.SYNCING:
        tail += f", changes arrive {lag(seen.lag_seconds)}"
    if watch.state_since is not None and watch.seen_at is not None and not seen.state.is_terminal:
        tail += f", for {duration(max((watch.seen_at - watch.state_since).total_seconds(), 0))}"
    return tail


def _date(at: datetime) -> Mrkdwn:
    return moment(at.timestamp(), "{date_short_pretty} {time}")


def statuses(parts: Sequence[Sequence[Mrkdwn]]) -> Message:
    """Join the statuses of several tasks into one answer within Slack's limits."""
    wholes = [Mrkdwn("\n".join(part)) for part in parts]
    shown = _as_many_as_fit(wholes) or wholes[:1]
    if len(parts) > len(shown):
        left = len(parts) - len(shown)
        shown.append(Mrkdwn(f"… and {left} more. `/milepost status &lt;task&gt;` tells about any of them."))
    return says(*shown)


def accounts(places: Sequence[tuple[Place, str, str]]) -> Message:
    """Tell which accounts there are: place, region and an example key of each."""
    if not places:
        return no_accounts()
    lines = [Mrkdwn("Clouds I can look at:")]
    for place, region, example in places:
        where = f" in {inert(region, 60)}" if region else ""
        command = code(f"/milepost subscribe {place.account} {example}", 300)
        lines.append(Mrkdwn(f"*{inert(place.account, 40)}*  {place.title}{where}\n{command}"))
    return says(*lines)


def try_again() -> Message:
    """Say that the store could not write; nothing was changed."""
    return says(
        Mrkdwn("I could not write that down just now, so nothing was changed."),
        Mrkdwn("Try again in a minute. Someone who runs Milepost finds the reason in its log."),
    )


def stopping() -> Message:
    """Say that the bot is being stopped."""
    return says(Mrkdwn("I am being restarted. Try again in a minute; nothing was changed."))


def broken() -> Message:
    """Say that a bug of ours came in between."""
    return says(
        Mrkdwn("Something went wrong on my side; that is a bug, and it is in my log."),
        Mrkdwn("What was asked may not have been done: `/milepost list` tells."),
    )


def refreshing() -> Message:
    """Say that a look is under way."""
    return says(Mrkdwn("Looking now. The card shows the reading in a moment."))


def expired_button() -> Message:
    """Say that the button belongs to something that is over."""
    return says(Mrkdwn("This card is no longer followed."), Mrkdwn("`/milepost list` tells what this channel follows."))


def _within_a_section(line: Mrkdwn) -> list[Mrkdwn]:
    if len(line) <= blocks.TEXT_LIMIT:
        return [line]
    return [cut_markup(Mrkdwn(part), blocks.TEXT_LIMIT) for part in line.split("\n")]


def says(*lines: Mrkdwn) -> Message:
    """Join lines to a message: as few sections as Slack's limits allow, and nothing over the total."""
    kept: list[Mrkdwn] = []
    for line in itertools.chain.from_iterable(map(_within_a_section, lines)):
        if sum(len(k) + 1 for k in kept) + len(line) > _TOTAL:
            kept.append(Mrkdwn("…"))
            break
        kept.append(line)
    sections: list[str] = []
    for line in kept:
        if sections and len(sections[-1]) + 1 + len(line) <= blocks.TEXT_LIMIT:
            sections[-1] += f"\n{line}"
        else:
            sections.append(line)
    text = cut_markup(Mrkdwn("\n".join(kept)), blocks.FALLBACK_LIMIT)
    return Message(text=text, blocks=tuple(blocks.section(Mrkdwn(part)) for part in sections))
