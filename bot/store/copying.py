"""Everything is carried from one store to another, and both sides are read to prove it."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from bot.store import codec

TOGETHER = 1_000
"""Rows that are written together."""

Row: TypeAlias = tuple[str, codec.Kept]
"""Id and record."""


class Source(Protocol):
    """A store as it is at one moment."""

    def rows(self, kind: str) -> AsyncIterator[Row]:
        """Yield the records of a kind by their ids, code point by code point; StoreUnusable where one is unreadable."""
        ...


class Target(Protocol):
    """A store that is empty, and is filled as a whole or not at all."""

    async def put(self, kind: str, rows: Sequence[Row]) -> None:
        """Write records; what something hangs on comes before it."""
        ...


class Side(Protocol):
    """One of the two stores."""

    def reading(self) -> AbstractAsyncContextManager[Source]:
        """Open it to be read. StoreUnusable where that cannot be."""
        ...

    def filling(self) -> AbstractAsyncContextManager[Target]:
        """Begin it. StoreUnusable where it holds anything already."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What one side holds of a kind."""

    count: int
    checksum: str
    """Over the ids and records, in the order of the ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What both sides hold of a kind."""

    kind: str
    source: Summary
    target: Summary

    @property
    def same(self) -> bool:
        """Whether both hold the same."""
        return self.source == self.target


class _Sum:
    def __init__(self) -> None:
        self._count = 0
        self._hash = hashlib.sha256()

    def add(self, name: str, record: codec.Kept) -> None:
        self._count += 1
        for part in (name, codec.encode(record)):
            text = part.encode()
            self._hash.update(len(text).to_bytes(8, "big") + text)

    def summary(self) -> Summary:
        return Summary(count=self._count, checksum=self._hash.hexdigest()[:16])


async def copy(source: Side, target: Side) -> Sequence[Copied]:
    """Carry everything over, read the target again, and tell what both hold.

    StoreUnusable, and the target stays empty, where that cannot be.
    """
    said: dict[str, Summary] = {}
    async with source.reading() as reading, target.filling() as filling:
        for kind in codec.KINDS:
            total = _Sum()
            some: list[Row] = []
            async for name, record in reading.rows(kind):
                total.add(name, record)
                some.append((name, record))
                if len(some) == TOGETHER:
                    await filling.put(kind, some)
                    some = []
            await filling.put(kind, some)
            said[kind] = total.summary()
    async with target.reading() as again:
        return [Copied(kind=kind, source=said[kind], target=await _summed(again, kind)) for kind in codec.KINDS]


async def _summed(source: Source, kind: str) -> Summary:
    total = _Sum()
    async for name, record in source.rows(kind):
        total.add(name, record)
    return total.summary()
