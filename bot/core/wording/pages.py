"""Long answers in pages, with buttons that lead to the others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.core import blocks
from bot.core.message import Block

RUN = "answer.run"
"""The action of a button whose value is the text of a command that only tells."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """A part of many things, and where it stands among them."""

    shown: Sequence[T]
    number: int
    """From 1."""
    last: int
    """The number of the last page, as far as is known."""

    @property
    def alone(self) -> bool:
        """Whether it is all there is."""
        return self.last == 1


def page_of(things: Sequence[T], number: int, size: int) -> Page[T]:
    """Return the page of that number; the nearest one where there is none."""
    last = max(-(-len(things) // size), 1)
    number = min(max(number, 1), last)
    return Page(shown=things[(number - 1) * size : number * size], number=number, last=last)


def turning(page: Page[T], command: Callable[[int], str]) -> list[Block]:
    """Return the buttons that lead to the pages before and behind this one. *command*: the text that tells a page."""
    row: list[Block] = []
    if page.number > 1:
        row.append(blocks.button(f"{RUN}.before", "‹ Before", command(page.number - 1)))
    if page.number < page.last:
        row.append(blocks.button(f"{RUN}.next", "Next ›", command(page.number + 1)))
    return row
