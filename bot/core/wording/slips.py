"""What is said where a command cannot be read: what was wrong, what would be right, and an example to copy.

The problem may repeat what was typed; what would be right is in our own words. Those of clauses: ``clause_slips``.
"""

from bot.core.asked import Wrong
from bot.core.text import plain

PEOPLE = "Type @ and the first letters of the name, then pick it from the list that Slack shows."


def as_typed(typed: str) -> str:
    """Return what was typed, as short as it can be repeated."""
    return plain(typed, 60)


# --- the whole of it ---


def too_long(count: int, limit: int, example: str) -> Wrong:
    """More was typed than is read."""
    return Wrong(
        problem=f"That is too long ({count} characters).",
        right=f"At most {limit} characters are read.",
        example=example,
    )


def unclosed(example: str) -> Wrong:
    """A quote is left open."""
    return Wrong(
        problem="A quote is opened and not closed.", right="A label stands between two quotes.", example=example
    )


def no_verb(typed: str, verbs: tuple[str, ...], example: str) -> Wrong:
    """The first word is no verb, and like none."""
    return Wrong(
        problem=f"I don't know “{as_typed(typed)}”." if typed else "That is no command.",
        right=f"I know {', '.join(f'`{verb}`' for verb in verbs)}.",
        example=example,
    )


def close_to(typed: str, meant: str, example: str) -> Wrong:
    """A word is like one of ours; *meant* is that."""
    return Wrong(problem=f"I don't know “{as_typed(typed)}”.", right=f"Did you mean `{meant}`?", example=example)


# --- which task, and the words around it ---


def which_task() -> Wrong:
    """No task was named."""
    return Wrong(
        problem="I need to know which task.",
        right="Give the account and the task's id, or paste the task's address.",
        example="",
    )


def no_task(limit: int) -> Wrong:
    """The task's name is longer than any."""
    return Wrong(
        problem="That is too long for a task's id or address.",
        right=f"They have at most {limit} characters.",
        example="",
    )


def not_after_task(typed: str, example: str) -> Wrong:
    """A word behind the task begins no clause."""
    return Wrong(
        problem=f"I don't understand “{as_typed(typed)}” after the task.",
        right='After the account and the task\'s id can stand `at 10,50,90` or `every 10%`, and `as "label"`. '
        "`/milepost help rules` tells what else.",
        example=example,
    )


def nothing_to_change(example: str) -> Wrong:
    """An edit says nothing."""
    return Wrong(
        problem="I need to know what to change.",
        right="Behind the task stands what should hold, such as `at 10,50,90`, `stall 30m` or `no stall`. "
        "`/milepost help rules` tells what else.",
        example=example,
    )


def label_of_many(example: str) -> Wrong:
    """A label among the defaults of a channel."""
    return Wrong(
        problem="A label belongs to one task, so it is no default.",
        right="Give it with `subscribe` or `edit`.",
        example=example,
    )


def to_whom(example: str) -> Wrong:
    """A transfer without somebody."""
    return Wrong(problem="I need to know to whom.", right=f"{PEOPLE} `take` gives it to yourself.", example=example)


def no_mention(typed: str, example: str) -> Wrong:
    """A transfer to a name that is no mention."""
    return Wrong(
        problem=f"I cannot tell who “{as_typed(typed)}” is.",
        right=f"A person is named as a mention. {PEOPLE}",
        example=example,
    )


def one_owner(example: str) -> Wrong:
    """A transfer to a group, or to several people."""
    return Wrong(problem="A subscription belongs to one person.", right=PEOPLE, example=example)


def no_page(typed: str, limit: int, example: str) -> Wrong:
    """The number of a page cannot be read."""
    return Wrong(
        problem=f"“{as_typed(typed)}” is no page." if typed else "No page is given after “page”.",
        right=f"Pages are numbers from 1 to {limit}.",
        example=example,
    )


def no_scope(typed: str) -> Wrong:
    """Something else than whose list was asked for."""
    return Wrong(
        problem=f"I don't understand “{as_typed(typed)}” after “list”.",
        right="`list` tells of this channel, `list mine` of your own, `list all` of all that you may see.",
        example="/milepost list mine",
    )
