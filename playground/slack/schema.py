"""Small checks, put together into the shape of a block; each tells what is wrong and where, in Slack's manner."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Check: TypeAlias = Callable[[Any, str], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Need:
    """A field that must be there."""

    check: Check


Fields: TypeAlias = Mapping[str, Check | Need]


def problem(text: str, place: str) -> str:
    """Return a sentence in the form that `response_metadata.messages` has."""
    return f"{text} [json-pointer:{place}]"


def string(most: int, *, least: int = 1) -> Check:
    """A string of *least* to *most* characters."""

    def check(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield problem("must be a string", place)
        elif len(value) < least:
            yield problem(f"must be more than {least - 1} characters", place)
        elif len(value) > most:
            yield problem(f"must be less than {most + 1} characters", place)

    return check


def url(most: int = 3_000) -> Check:
    """An http or https address."""
    length = string(most)

    def check(value: Any, place: str) -> Iterator[str]:
        wrong = list(length(value, place))
        yield from wrong
        if not wrong and not value.startswith(("https://", "http://", "mailto:", "slack://")):
            yield problem("must be a valid url", place)

    return check


def whole(low: int, high: int) -> Check:
    """A whole number in a range."""

    def check(value: Any, place: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield problem("must be an integer", place)
        elif not low <= value <= high:
            yield problem(f"must be between {low} and {high}", place)

    return check


def number(value: Any, place: str) -> Iterator[str]:
    """A number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        yield problem("must be a number", place)


def boolean(value: Any, place: str) -> Iterator[str]:
    """True or false."""
    if not isinstance(value, bool):
        yield problem("must be a boolean", place)


def anything(_value: Any, _place: str) -> Iterator[str]:
    """What the playground does not look into."""
    yield from ()


def one_of(*values: Any) -> Check:
    """One of some values."""

    def check(value: Any, place: str) -> Iterator[str]:
        if value not in values:
            yield problem(f"must be one of: {', '.join(map(str, values))}", place)

    return check


def items(each: Check, *, least: int = 1, most: int) -> Check:
    """A list of *least* to *most* things."""

    def check(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield problem("must be an array", place)
        elif len(value) > most:
            yield problem(f"no more than {most} items allowed", place)
        elif len(value) < least:
            yield problem(f"no fewer than {least} items allowed", place)
        else:
            for index, one in enumerate(value):
                yield from each(one, f"{place}/{index}")

    return check


def record(fields: Fields, *, one_at_least: tuple[str, ...] = ()) -> Check:
    """An object with these fields and no other."""

    def check(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must be an object", place)
            return
        for name, rule in fields.items():
            if value.get(name) is None:
                if isinstance(rule, Need):
                    yield problem(f"missing required field: {name}", place)
                continue
            yield from (rule.check if isinstance(rule, Need) else rule)(value[name], f"{place}/{name}")
        for name in value.keys() - fields.keys():
            yield problem(f"invalid additional property: {name}", place)
        if one_at_least and all(value.get(name) is None for name in one_at_least):
            yield problem(f"missing required field: {' or '.join(one_at_least)}", place)

    return check


def by_type(kinds: Mapping[str, Check]) -> Check:
    """An object whose `type` says what it must look like."""

    def check(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must be an object", place)
        elif not isinstance(value.get("type"), str):
            yield problem("missing required field: type", place)
        elif value["type"] not in kinds:
            yield problem(f"unsupported type: {value['type']}", f"{place}/type")
        else:
            yield from kinds[value["type"]](value, place)

    return check


def kind(name: str, fields: Fields, *, one_at_least: tuple[str, ...] = ()) -> dict[str, Check]:
    """An entry for `by_type`: an object of type *name*."""
    return {name: record({"type": Need(one_of(name)), **fields}, one_at_least=one_at_least)}


def both(*checks: Check) -> Check:
    """Everything that each check wants; the later ones are asked only where the earlier are content."""

    def check(value: Any, place: str) -> Iterator[str]:
        for one in checks:
            wrong = list(one(value, place))
            yield from wrong
            if wrong:
                return

    return check


def unique(field: str) -> Check:
    """A list of objects among which *field* is not used twice."""

    def check(value: Any, place: str) -> Iterator[str]:
        seen: set[Any] = set()
        for index, one in enumerate(value):
            name = one.get(field) if isinstance(one, dict) else None
            if name is not None and name in seen:
                yield problem(f"{field} must be unique: {name}", f"{place}/{index}/{field}")
            seen.add(name)

    return check
