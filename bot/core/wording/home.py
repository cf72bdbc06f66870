"""The App Home: what one person follows and sees, how the accounts are, and how to begin."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core import blocks, view
from bot.core.message import Block, Message
from bot.core.model import Subscription, Watch
from bot.core.text import Mrkdwn, channel_link, code, inert, mention, moment
from bot.core.wording.card import short_id, task_name
from bot.core.wording.card.status import sign, status
from bot.core.wording.silence import mute_line, pause_line
from bot.core.wording.words import TROUBLE_SIGN

TRACK = "home.track"
MORE = "home.more"
PAGE = "home.page"
"""The action ids of the home; those of the two buttons that turn pages begin with the last."""

_ACCOUNTS = 20
_LINES_A_SECTION = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One subscription in somebody's home."""

    subscription: Subscription
    watch: Watch
    mine: bool
    last_said: datetime | None = None
    """When its thread last heard something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How an account is."""

    account: str
    title: str
    watched: int
    """Tasks that are looked at."""
    read_at: datetime | None = None
    """The last reading that succeeded, of a task that is looked at."""
    refused: bool = False
    """Whether the cloud refuses its credentials."""
    left_alone: bool = False
    """Whether it failed so often that it is asked only now and then."""
    troubled: int = 0
    """Tasks that cannot be read now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What somebody's home shows."""

    blocks: tuple[Block, ...]
    page: int


def home(
    entries: Sequence[Entry],
    health: Sequence[Health],
    *,
    page: int,
    last: int,
    count: int,
    now: datetime,
    example: str,
    notice: Message | None = None,
) -> Home:
    """Return the home: a page of *entries* out of *count*. *example*: a command to begin with."""
    shown: list[Block] = []
    if notice is not None:
        shown += [*notice.blocks[:5], _divider()]
    if not count:
        shown += _guide(example)
    else:
        shown += [
            _header("What you follow"),
            blocks.context(_summary(count, page, last)),
            blocks.actions([_track(), *_turning(page, last)]),
            *(_entry(entry, now) for entry in entries),
        ]
        if last > 1:
            shown.append(blocks.actions(_turning(page, last, foot=True)))
    shown += [_divider(), *_accounts(health)]
    return Home(blocks=tuple(shown[: view.BLOCKS_LIMIT]), page=page)


def _summary(count: int, page: int, last: int) -> Mrkdwn:
    tasks = f"Yours, and what else is followed in your channels: {count} task{'s' if count != 1 else ''}"
    return Mrkdwn(f"{tasks} · page {page} of {last}" if last > 1 else tasks)


def _entry(entry: Entry, now: datetime) -> Block:
    subscription, watch = entry.subscription, entry.watch
    name = inert(task_name(subscription, watch), 80)
    lines = [Mrkdwn(f"{sign(watch)} *{name}*"), status(subscription, watch, now), _where(entry, now)]
    if subscription.paused is not None:
        lines.append(pause_line(subscription.paused))
    muted = subscription.muted if subscription.muted is not None and subscription.muted.holds(now) else None
    if muted is not None:
        lines.append(mute_line(muted))
    block = blocks.section(Mrkdwn("\n".join(lines)))
    block["accessory"] = blocks.overflow(MORE, _options(entry, muted=muted is not None))
    return block


def _where(entry: Entry, now: datetime) -> Mrkdwn:
    subscription, watch = entry.subscription, entry.watch
    parts = [
        channel_link(subscription.channel),
        Mrkdwn(f"{code(watch.account, 40)} {code(short_id(subscription, watch), 40)}".strip()),
    ]
    if watch.due_at is not None:
        parts.append(Mrkdwn(f"next look {moment(max(watch.due_at, now).timestamp())}"))
    if entry.last_said is not None:
        parts.append(Mrkdwn(f"last said {moment(entry.last_said.timestamp(), '{date_short_pretty} {time}')}"))
    if not entry.mine:
        parts.append(Mrkdwn(f"of {mention(subscription.owner)}"))
    return Mrkdwn(" · ".join(parts))


def _options(entry: Entry, *, muted: bool) -> list[tuple[str, str]]:
    of = entry.subscription.id
    hand_over = ("transfer", "Hand over …") if entry.mine else ("take", "Take over")
    offered = [
        ("unmute", "Unmute") if muted else ("mute", "Mute"),
        ("refresh", "Look now"),
        ("edit", "Edit what it tells …"),
        hand_over,
        ("stop", "Stop …"),
    ]
    return [(words, f"{what}:{of}") for what, words in offered]


def _guide(example: str) -> list[Block]:
    steps = [
        "*1.* Press *Track a cloud task* below, or type `/milepost` in a channel.",
        "*2.* Choose the account and paste the task's id or its address from the cloud's console.",
        "*3.* The channel gets one live card. Its thread tells milestones, and the end is said aloud.",
    ]
    shown = [
        _header("Follow a cloud task from here"),
        blocks.section(
            Mrkdwn(
                "Milepost watches long cloud tasks such as migrations and copies, so that nobody has to. "
                "What you follow will stand here."
            )
        ),
        blocks.section(Mrkdwn("\n".join(steps))),
        blocks.actions([_track()]),
    ]
    if example:
        shown.append(
            blocks.context(Mrkdwn(f"Or type in a channel: {code(example, 300)} · `/milepost help` tells more"))
        )
    return shown


def _accounts(health: Sequence[Health]) -> list[Block]:
    if not health:
        return [
            blocks.section(
                Mrkdwn("No cloud account is configured yet. Someone who runs Milepost adds one to its file.")
            )
        ]
    lines = [_health(one) for one in health[:_ACCOUNTS]]
    if len(health) > len(lines):
        lines.append(Mrkdwn(f"… and {len(health) - len(lines)} more; `/milepost accounts` tells all of them."))
    parts = [lines[start : start + _LINES_A_SECTION] for start in range(0, len(lines), _LINES_A_SECTION)]
    return [_header("Accounts"), *(blocks.section(Mrkdwn("\n".join(part))) for part in parts)]


def _health(one: Health) -> Mrkdwn:
    name = Mrkdwn(f"*{inert(one.account, 40)}*  {inert(one.title, 40)}")
    read = f"last reading {moment(one.read_at.timestamp(), '{date_short_pretty} {time}')}" if one.read_at else ""
    if one.refused:
        words = f"{TROUBLE_SIGN} its credentials are refused; someone who runs Milepost must renew them"
    elif one.left_alone:
        words = f"{TROUBLE_SIGN} does not answer; I try again now and then"
    elif one.troubled:
        words = f"{TROUBLE_SIGN} {one.troubled} of {one.watched} tasks cannot be read now"
    elif one.watched and not one.read_at:
        words = "waiting for the first reading"
    elif one.watched:
        words = f"answers · {one.watched} task{'s' if one.watched != 1 else ''}"
    else:
        words = "no task is followed"
    return Mrkdwn(f"{name} · {words}{f' · {read}' if read else ''}")


def _track() -> Block:
    return blocks.button(TRACK, "Track a cloud task", "new", style="primary")


def _turning(page: int, last: int, *, foot: bool = False) -> list[Block]:
    where = "foot" if foot else "head"
    row: list[Block] = []
    if page > 1:
        row.append(blocks.button(f"{PAGE}.before.{where}", "‹ Before", str(page - 1)))
    if page < last:
        row.append(blocks.button(f"{PAGE}.next.{where}", "Next ›", str(page + 1)))
    return row


def _header(text: str) -> Block:
    return {"type": "header", "text": view.words(text, 150)}


def _divider() -> Block:
    return {"type": "divider"}
