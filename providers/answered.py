"""What a server answered, as it came."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple


class Headers(Mapping[str, str]):
    """Headers of an answer, whatever the case of their names; of repeated ones the first. Read only where asked for."""

    __slots__ = ("_raw",)

    def __init__(self, raw: Mapping[bytes, bytes]) -> None:
        self._raw = raw
        """By lower-case names."""

    def __getitem__(self, name: str) -> str:
        value = self._raw[name.lower().encode("utf-8", "surrogateescape")]
        return value.strip(b" \t").decode("utf-8", "surrogateescape")

    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name in self._raw)

    def __len__(self) -> int:
        return len(self._raw)


class Answered(NamedTuple):
    """An answer within its bounds."""

    status: int
    headers: Headers
    body: bytes
    """Not unpacked."""
    flaw: str = ""
    """The Reason why ``body`` is empty although there was one."""
