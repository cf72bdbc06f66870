"""What is said where a clause cannot be read. The examples are clauses; the rest of a command is put before them."""

from bot.core.asked import Wrong
from bot.core.wording.slips import PEOPLE, as_typed

_MILESTONES = (
    "Milestones are whole percents from 1 to 100, with commas between them. `no milestones` is possible, and `on end`."
)
_DURATIONS = "A duration is a number with `s`, `m`, `h` or `d` behind it, such as `90m` or `1h30m`."
_TIMES = "A time of day has 24 hours, such as `7:00` or `18:30`."
_ZONES = "A zone is named by a large city in it, such as `Europe/Berlin`; `UTC` is one too."
SOMEBODY = "<@U0123ABCD>"
_TWICE = {
    "milestones": "Milestones are given twice.",
    "heartbeat": "A heartbeat is given twice.",
    "per_phase": "“per phase” is given twice.",
    "only_end": "“on …” is given twice.",
    "stall": "“stall” is given twice.",
    "overdue": "“overdue” is given twice.",
    "lag": "“lag” is given twice.",
    "mentions": "Mentions are given twice.",
    "broadcast": "“broadcast” is given twice.",
    "quiet": "Quiet hours are given twice.",
    "label": "The label is given twice.",
}
"""By the part of ``bot.core.wishes.Wishes`` that is meant."""


def no_clause(typed: str, clauses: tuple[str, ...]) -> Wrong:
    """A word begins no clause, and is like none."""
    return Wrong(
        problem=f"I don't understand “{as_typed(typed)}”.",
        right=f"I know {', '.join(f'`{clause}`' for clause in clauses)}. `/milepost help rules` shows them.",
        example="at 25,50,90",
    )


def twice(part: str, example: str) -> Wrong:
    """The same thing is said twice. *part*: its name in ``Wishes``."""
    return Wrong(problem=_TWICE[part], right="Say each thing once.", example=example)


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
    return Wrong(problem=f"“{as_typed(typed)}” is no milestone.", right=_MILESTONES, example="at 25,50,90")


def no_step(typed: str) -> Wrong:
    """``every`` and neither a percent nor a duration."""
    return Wrong(
        problem=f"“{as_typed(typed)}” is no step." if typed else "No step is given after “every”.",
        right="A step is a whole percent from 1 to 100. `every 2h` tells from time to time that it still goes on.",
        example="every 10%",
    )


def per_what(typed: str) -> Wrong:
    """``per`` and something else than phases."""
    return Wrong(
        problem=f"I don't understand “per {as_typed(typed)}”." if typed else "Something is missing after “per”.",
        right="`per phase` tells when a phase of the task is done.",
        example="per phase",
    )


def on_what(typed: str) -> Wrong:
    """``on`` and something else than the end."""
    return Wrong(
        problem=f"I don't understand “on {as_typed(typed)}”." if typed else "Something is missing after “on”.",
        right="`on end` tells only of the end, which includes failures; `on all` takes that back.",
        example="on end",
    )


def no_duration_given(example: str) -> Wrong:
    """A clause that needs a duration has none."""
    return Wrong(problem="No duration is given.", right=_DURATIONS, example=example)


def no_duration(typed: str, example: str) -> Wrong:
    """Something that is no duration."""
    return Wrong(problem=f"“{as_typed(typed)}” is no duration.", right=_DURATIONS, example=example)


def no_unit(typed: str, example: str) -> Wrong:
    """A number alone."""
    return Wrong(problem=f"“{as_typed(typed)}” has no unit.", right=_DURATIONS, example=example)


def fraction(typed: str, example: str) -> Wrong:
    """A duration with a part of a unit."""
    return Wrong(
        problem=f"“{as_typed(typed)}” has a fraction.", right=f"Use smaller units. {_DURATIONS}", example=example
    )


def too_short(typed: str, least: str, example: str) -> Wrong:
    """A duration below its bounds."""
    return Wrong(problem=f"“{as_typed(typed)}” is too short.", right=f"The shortest is `{least}`.", example=example)


def too_much_time(typed: str, most: str, example: str) -> Wrong:
    """A duration above its bounds."""
    return Wrong(problem=f"“{as_typed(typed)}” is too long.", right=f"The longest is `{most}`.", example=example)


def no_time(typed: str, example: str) -> Wrong:
    """Something that is no time of day."""
    return Wrong(problem=f"“{as_typed(typed)}” is no time of day.", right=_TIMES, example=example)


def no_hours(typed: str, example: str) -> Wrong:
    """Something that is not from one time to another."""
    return Wrong(
        problem=f"“{as_typed(typed)}” are no quiet hours." if typed else "No hours are given after “quiet”.",
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
        problem=f"I know no zone “{as_typed(typed)}”.",
        right=f"Did you mean `{close}`?" if close else _ZONES,
        example=example,
    )


def an_offset(typed: str, example: str) -> Wrong:
    """An offset in the place of a zone."""
    return Wrong(
        problem=f"“{as_typed(typed)}” is an offset, which would be wrong for half of the year where clocks change.",
        right=_ZONES,
        example=example,
    )


def nobody_given() -> Wrong:
    """``mention`` and nobody behind it."""
    return Wrong(problem="Nobody is named after “mention”.", right=PEOPLE, example=f"mention {SOMEBODY}")


def nobody_known(typed: str) -> Wrong:
    """A name that Slack did not turn into an id."""
    return Wrong(problem=f"I cannot tell who “{as_typed(typed)}” is.", right=PEOPLE, example=f"mention {SOMEBODY}")


def everybody(typed: str) -> Wrong:
    """A whole channel."""
    return Wrong(
        problem=f"I don't mention “{as_typed(typed)}”: it would disturb everybody.",
        right="Name people or a user group.",
        example=f"mention {SOMEBODY}",
    )


def no_occasion(typed: str) -> Wrong:
    """``mention … on`` and something else than an occasion."""
    return Wrong(
        problem=f"I don't mention anybody on “{as_typed(typed)}”." if typed else "Something is missing after “on”.",
        right="People are mentioned `on failure` or on every `end`.",
        example=f"mention {SOMEBODY} on end",
    )


def too_many_people(limit: int, example: str) -> Wrong:
    """More mentions than a message should have."""
    return Wrong(
        problem="That is too many people to mention.",
        right=f"At most {limit} can be; a user group counts as one.",
        example=example,
    )


def same_person(example: str) -> Wrong:
    """Somebody named twice."""
    return Wrong(
        problem="The same person is named twice.", right="Every end includes failures; once is enough.", example=example
    )


def no_broadcast(typed: str) -> Wrong:
    """``broadcast`` and something else than what can be."""
    return Wrong(
        problem=f"I don't understand “broadcast {as_typed(typed)}”."
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
        problem=f"I don't understand “no {as_typed(typed)}”." if typed else "Something is missing after “no”.",
        right=f"There can be no {', '.join(f'`{what}`' for what in known)}.",
        example="no stall",
    )
