"""What is said where a command cannot be read: what was wrong, what would be right, and an example to copy.

The problem may repeat what was typed; what would be right is in our own words. The examples of clauses are clauses;
``bot.core.grammar.verbs`` puts the rest of the command before them.
"""

from bot.core.grammar.command import Wrong
from bot.core.text import plain

_MILESTONES = (
    "Milestones are whole percents from 1 to 100, with commas between them. `no milestones` is possible, and `on end`."
)
_DURATIONS = "A duration is a number with `s`, `m`, `h` or `d` behind it, such as `90m` or `1h30m`."
_TIMES = "A time of day has 24 hours, such as `7:00` or `18:30`."
_PEOPLE = "Type @ and the first letters of the name, then pick it from the list that Slack shows."
_ZONES = "A zone is named by a large city in it, such as `Europe/Berlin`; `UTC` is one too."
SOMEBODY = "<@U0123ABCD>"


def _cut(typed: str) -> str:
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
        problem=f"I don't know “{_cut(typed)}”." if typed else "That is no command.",
        right=f"I know {', '.join(f'`{verb}`' for verb in verbs)}.",
        example=example,
    )


def close_to(typed: str, meant: str, example: str) -> Wrong:
    """A word is like one of ours; *meant* is that."""
    return Wrong(problem=f"I don't know “{_cut(typed)}”.", right=f"Did you mean `{meant}`?", example=example)


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
        problem=f"I don't understand “{_cut(typed)}” after the task.",
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
    return Wrong(problem="I need to know to whom.", right=f"{_PEOPLE} `take` gives it to yourself.", example=example)


def one_owner(example: str) -> Wrong:
    """A transfer to a group, or to several people."""
    return Wrong(problem="A subscription belongs to one person.", right=_PEOPLE, example=example)


def no_page(typed: str, limit: int, example: str) -> Wrong:
    """The number of a page cannot be read."""
    return Wrong(
        problem=f"“{_cut(typed)}” is no page." if typed else "No page is given after “page”.",
        right=f"Pages are numbers from 1 to {limit}.",
        example=example,
    )


def no_scope(typed: str) -> Wrong:
    """Something else than whose list was asked for."""
    return Wrong(
        problem=f"I don't understand “{_cut(typed)}” after “list”.",
        right="`list` tells of this channel, `list mine` of your own, `list all` of every channel you are in.",
        example="/milepost list mine",
    )


# --- clauses ---


def no_clause(typed: str, clauses: tuple[str, ...]) -> Wrong:
    """A word begins no clause, and is like none."""
    return Wrong(
        problem=f"I don't understand “{_cut(typed)}”.",
        right=f"I know {', '.join(f'`{clause}`' for clause in clauses)}. `/milepost help rules` shows them.",
        example="at 25,50,90",
    )


def twice(what: str, example: str) -> Wrong:
    """The same thing is said twice."""
    return Wrong(problem=f"{what} given twice.", right="Say each thing once.", example=example)


def end_and_milestones(example: str) -> Wrong:
    """Only the end, and milestones."""
    return Wrong(
        problem="“on end” and milestones contradict each other.",
        right="Say `on end` to hear only of the end, or say milestones.",
        example=example,
    )


def no_milestones_given() -> Wrong:
    """``at`` and nothing behind it."""
    return Wrong(problem="No milestone is given after “at”.", right=_MILESTONES, example="at 25,50,90")


def no_milestone(typed: str) -> Wrong:
    """Something that is no whole percent."""
    return Wrong(problem=f"“{_cut(typed)}” is no milestone.", right=_MILESTONES, example="at 25,50,90")


def no_step(typed: str) -> Wrong:
    """``every`` and neither a percent nor a duration."""
    return Wrong(
        problem=f"“{_cut(typed)}” is no step." if typed else "No step is given after “every”.",
        right="A step is a whole percent from 1 to 100. `every 2h` tells from time to time that it still goes on.",
        example="every 10%",
    )


def per_what(typed: str) -> Wrong:
    """``per`` and something else than phases."""
    return Wrong(
        problem=f"I don't understand “per {_cut(typed)}”." if typed else "Something is missing after “per”.",
        right="`per phase` tells when a phase of the task is done.",
        example="per phase",
    )


def on_what(typed: str) -> Wrong:
    """``on`` and something else than the end."""
    return Wrong(
        problem=f"I don't understand “on {_cut(typed)}”." if typed else "Something is missing after “on”.",
        right="`on end` tells only of the end, which includes failures; `on all` takes that back.",
        example="on end",
    )


def no_duration_given(example: str) -> Wrong:
    """A clause that needs a duration has none."""
    return Wrong(problem="No duration is given.", right=_DURATIONS, example=example)


def no_duration(typed: str, example: str) -> Wrong:
    """Something that is no duration."""
    return Wrong(problem=f"“{_cut(typed)}” is no duration.", right=_DURATIONS, example=example)


def no_unit(typed: str, example: str) -> Wrong:
    """A number alone."""
    return Wrong(problem=f"“{_cut(typed)}” has no unit.", right=_DURATIONS, example=example)


def fraction(typed: str, example: str) -> Wrong:
    """A duration with a part of a unit."""
    return Wrong(problem=f"“{_cut(typed)}” has a fraction.", right=f"Use a smaller unit. {_DURATIONS}", example=example)


def too_cut(typed: str, least: str, example: str) -> Wrong:
    """A duration below its bounds."""
    return Wrong(problem=f"“{_cut(typed)}” is too short here.", right=f"The shortest is `{least}`.", example=example)


def too_much_time(typed: str, most: str, example: str) -> Wrong:
    """A duration above its bounds."""
    return Wrong(problem=f"“{_cut(typed)}” is too long here.", right=f"The longest is `{most}`.", example=example)


def no_time(typed: str, example: str) -> Wrong:
    """Something that is no time of day."""
    return Wrong(problem=f"“{_cut(typed)}” is no time of day.", right=_TIMES, example=example)


def no_hours(typed: str, example: str) -> Wrong:
    """Something that is not from one time to another."""
    return Wrong(
        problem=f"“{_cut(typed)}” are no quiet hours." if typed else "No hours are given after “quiet”.",
        right=f"They go from one time of day to another, with a hyphen between. {_TIMES}",
        example=example,
    )


def no_length(example: str) -> Wrong:
    """Quiet hours that end when they begin."""
    return Wrong(
        problem="These quiet hours end when they begin.",
        right="They need two times that differ. To hear only of the end at any hour, say `on end`.",
        example=example,
    )


def no_zone(typed: str, close: str | None, example: str) -> Wrong:
    """Something that names no zone."""
    return Wrong(
        problem=f"I know no zone “{_cut(typed)}”.",
        right=f"Did you mean `{close}`?" if close else _ZONES,
        example=example,
    )


def an_offset(typed: str, example: str) -> Wrong:
    """An offset in the place of a zone."""
    return Wrong(
        problem=f"“{_cut(typed)}” is an offset, which would be wrong for half of the year where clocks change.",
        right=_ZONES,
        example=example,
    )


def nobody_given() -> Wrong:
    """``mention`` and nobody behind it."""
    return Wrong(problem="Nobody is named after “mention”.", right=_PEOPLE, example=f"mention {SOMEBODY}")


def nobody_known(typed: str) -> Wrong:
    """A name that Slack did not turn into an id."""
    return Wrong(problem=f"I cannot tell who “{_cut(typed)}” is.", right=_PEOPLE, example=f"mention {SOMEBODY}")


def everybody(typed: str) -> Wrong:
    """A whole channel."""
    return Wrong(
        problem=f"I don't mention “{_cut(typed)}”: it would disturb everybody.",
        right="Name people or a user group.",
        example=f"mention {SOMEBODY}",
    )


def no_occasion(typed: str) -> Wrong:
    """``mention … on`` and something else than an occasion."""
    return Wrong(
        problem=f"I don't mention anybody on “{_cut(typed)}”." if typed else "Something is missing after “on”.",
        right="People are mentioned `on failure` or on every `end`.",
        example=f"mention {SOMEBODY} on end",
    )


def too_many_people(limit: int) -> Wrong:
    """More mentions than a message should have."""
    return Wrong(
        problem="That is too many people to mention.",
        right=f"At most {limit} can be; a user group counts as one.",
        example=f"mention {SOMEBODY}",
    )


def same_person(example: str) -> Wrong:
    """Somebody named twice."""
    return Wrong(
        problem="The same person is named twice.", right="Every end includes failures; once is enough.", example=example
    )


def no_broadcast(typed: str) -> Wrong:
    """``broadcast`` and something else than what can be."""
    return Wrong(
        problem=f"I don't understand “broadcast {_cut(typed)}”."
        if typed
        else "Something is missing after “broadcast”.",
        right="Replies are shown in the channel too: `never`, only `failures`, every `end`, or `all` of them.",
        example="broadcast failures",
    )


def label_length(count: int, limit: int) -> Wrong:
    """A label that is empty or too long."""
    return Wrong(
        problem=f"The label has {count} characters." if count else "The label is empty.",
        right=f"A label has 1 to {limit} characters.",
        example='as "orders-db"',
    )


def nothing_to_take_away(typed: str, known: tuple[str, ...]) -> Wrong:
    """``no`` and something that cannot be taken away."""
    return Wrong(
        problem=f"I don't understand “no {_cut(typed)}”." if typed else "Something is missing after “no”.",
        right=f"There can be no {', '.join(f'`{what}`' for what in known)}.",
        example="no stall",
    )
