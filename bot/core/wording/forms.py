"""The forms: following a task, changing what is told of one, stopping, handing over."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.core import blocks, view
from bot.core.asked import LABEL_LIMIT, WORD_LIMIT
from bot.core.message import Block, Message
from bot.core.rules import Broadcast
from bot.core.text import Mrkdwn, code, inert
from bot.core.view import Modal, Option
from bot.core.wording.answers import says

MILESTONES_LIMIT = 400
MORE_LIMIT = 2000
_ACCOUNTS_SHOWN = 100


class Field(StrEnum):
    """The fields of the forms, by the ids of their blocks."""

    ACCOUNT = "account"
    TASK = "task"
    CHANNEL = "channel"
    MILESTONES = "milestones"
    BROADCAST = "broadcast"
    MENTION = "mention"
    LABEL = "label"
    MORE = "more"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChoice:
    """An account to choose."""

    name: str
    title: str
    place: str
    example: str
    """A key of the form that it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What stands in the fields about what is told."""

    milestones: str
    """As one would type them."""
    broadcast: Broadcast
    more: str = ""
    label: str = ""


_BROADCAST = {
    Broadcast.END: "The end of the task",
    Broadcast.FAILURES: "Only an end that is no success",
    Broadcast.ALL: "Everything",
    Broadcast.NEVER: "Nothing; the thread is enough",
}
_MORE_HINT = (
    "stall 30m – no progress for so long · overdue 18:00 or overdue 6h – still not done · "
    "every 2h – a sign of life · per phase · lag > 60s for 5m – changes arrive late · "
    "quiet 22:00-07:00 – only failures at night · on end – nothing but the end"
)


def new(accounts: Sequence[AccountChoice], usual: Told, *, channel: str | None) -> Modal:
    """The form for following a task. *usual*: what holds where nothing is filled in; *channel*: None: it is asked."""
    shown = accounts[:_ACCOUNTS_SHOWN]
    fields = [
        view.field(
            Field.ACCOUNT,
            "Account",
            view.choice(
                [Option(value=one.name, words=_account(one)) for one in shown],
                initial=shown[0].name if len(shown) == 1 else None,
                placeholder="Choose an account",
            ),
            hint="May stay empty where the task's address or id tells the cloud.",
            optional=True,
        ),
        view.field(
            Field.TASK,
            "Task",
            view.line(placeholder="Its id, or its address in the cloud's console", longest=WORD_LIMIT),
            # Of one account an example helps; of several it would be that of the wrong one.
            hint=f"Such as {shown[0].example}" if len(shown) == 1 else "",
        ),
    ]
    if channel is None:
        fields.append(view.field(Field.CHANNEL, "Channel", view.channel("Where the card goes")))
    fields += [
        _milestones("", f"As usual here: {usual.milestones}"),
        _broadcast(usual.broadcast),
        view.field(
            Field.MENTION,
            "Mention when it fails",
            view.person("Nobody"),
            optional=True,
        ),
        _label(""),
        _more(""),
    ]
    return Modal(title="Track a cloud task", submit="Track", close="Cancel", blocks=tuple(fields))


def edit(name: str, told: Told) -> Modal:
    """The form for changing what is told of a task; *name* is foreign."""
    return Modal(
        title="Edit what it tells",
        submit="Save",
        close="Cancel",
        blocks=(
            blocks.section(Mrkdwn(f"*{inert(name, 80)}*")),
            _milestones(told.milestones, "None"),
            _broadcast(told.broadcast),
            _label(told.label),
            _more(told.more),
        ),
    )


def _account(one: AccountChoice) -> str:
    where = f", {one.place}" if one.place else ""
    return f"{one.name} ({one.title}{where})"


def _milestones(initial: str, placeholder: str) -> Block:
    return view.field(
        Field.MILESTONES,
        "Milestones",
        view.line(initial=initial, placeholder=placeholder, longest=MILESTONES_LIMIT),
        hint="Whole percents such as 25,50,90, or every 10%.",
        optional=True,
    )


def _broadcast(chosen: Broadcast) -> Block:
    options = [Option(value=value.value, words=words) for value, words in _BROADCAST.items()]
    return view.field(
        Field.BROADCAST,
        "Say in the channel as well",
        view.choice(options, initial=chosen.value),
        hint="All that is told stands in the card's thread.",
    )


def _label(initial: str) -> Block:
    return view.field(
        Field.LABEL,
        "Your name for it",
        view.line(initial=initial, placeholder="orders-db", longest=LABEL_LIMIT),
        optional=True,
    )


def _more(initial: str) -> Block:
    return view.field(
        Field.MORE,
        "More",
        view.line(initial=initial, placeholder="stall 30m overdue 18:00", longest=MORE_LIMIT, lines=True),
        hint=_MORE_HINT,
        optional=True,
    )


def stop(name: str) -> Modal:
    """Ask before a subscription is stopped; *name* is foreign."""
    return Modal(
        title="Stop following?",
        submit="Stop following",
        close="Go on",
        blocks=(
            blocks.section(Mrkdwn(f"*{inert(name, 80)}*")),
            blocks.section(
                Mrkdwn("The card stays as it is and its thread falls silent. The task itself is not touched.")
            ),
        ),
    )


def transfer(name: str) -> Modal:
    """Ask to whom a subscription is handed over; *name* is foreign."""
    return Modal(
        title="Hand over",
        submit="Hand over",
        close="Cancel",
        blocks=(
            blocks.section(Mrkdwn(f"*{inert(name, 80)}*")),
            view.field(
                Field.PERSON,
                "New owner",
                view.person("Choose a person"),
                hint="The owner may change and stop it, and hears why it falls silent.",
            ),
        ),
    )


def waiting() -> Modal:
    """Fill the time until the form is known: Slack lets a window be opened only at once."""
    return Modal(title="Milepost", blocks=(blocks.section(Mrkdwn("One moment …")),))


def notice(message: Message) -> Modal:
    """Show an answer in a window."""
    return Modal(title="Milepost", blocks=message.blocks[: view.BLOCKS_LIMIT])


# --- answers -------------------------------------------------------------------------------------------------------


def stale() -> Message:
    """Say that a form is not what was sent."""
    return says(
        Mrkdwn("This form is no longer good, so nothing was done."),
        Mrkdwn("Open it once more with `/milepost`, or from the card."),
    )


def cannot_open() -> Message:
    """Say that Slack did not open the form."""
    return says(
        Mrkdwn("Slack did not let me open the form just now. Try again, or type it:"),
        Mrkdwn("`/milepost subscribe &lt;account&gt; &lt;task-id&gt;`"),
        Mrkdwn("`/milepost help` tells what else can be typed."),
    )


def elsewhere(answer: Message, where: Mrkdwn, command: str) -> Message:
    """Tell in direct messages what could not be told in the channel, with what was asked for, to copy."""
    lines = [Mrkdwn(f"About {where}:"), *(Mrkdwn(part) for part in answer.text.split("\n"))]
    if command:
        lines.append(Mrkdwn(f"What you asked for: {code(command, 1500)}"))
    return says(*lines)
