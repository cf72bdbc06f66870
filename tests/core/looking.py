"""Readings, one after the other, as the store would write them down."""

from typing import Any

from msgspec.structs import replace

from bot.core.advance import Step, advance
from bot.core.model import Watch
from providers.base import (
    Reading,
)
from tests.core.samples import PATIENCE, after


def look(watch: Watch, seen: Reading, seconds: float = 60) -> Step:
    """A reading so many seconds after noon, written down as the store does it."""
    step = advance(watch, seen, after(seconds), patience=PATIENCE)
    return Step(watch=replace(step.watch, version=watch.version + 1), happenings=step.happenings)


def looks(watch: Watch, *readings: tuple[float, Reading]) -> list[list[str]]:
    heard = []
    for seconds, seen in readings:
        step = look(watch, seen, seconds)
        watch = step.watch
        heard.append(kinds(step))
    return heard


def kinds(step: Step) -> list[str]:
    return [type(what).__name__ for _, what in step.happenings]


def only(step: Step) -> Any:
    (happening,) = step.happenings
    return happening[1]
