"""What can go wrong on Slack's side, scripted call by call."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Answer `ok: false` with *code*; *done* says whether the call took effect all the same."""

    code: str
    more: Mapping[str, Any] = field(default_factory=dict)
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """Answer HTTP 429; without *retry_after* the header is missing."""

    retry_after: int | None = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Read the request, then close the connection without an answer."""

    done: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerError:
    """Answer with a 5xx status and a page of HTML."""

    status: int = 503
    done: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbage:
    """Answer 200 with something that is not JSON."""

    done: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Do it, and hold the answer back until *until* is set (or the playground stops)."""

    until: asyncio.Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Do it, and answer *seconds* later (or when the playground stops)."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unthread:
    """Post a reply into the channel instead of its thread, and say ok."""


Fault: TypeAlias = Refuse | Throttle | Drop | ServerError | Garbage | Hold | Delay | Unthread
When: TypeAlias = Callable[[Mapping[str, Any]], bool]


@dataclass(slots=True, kw_only=True)
class _Planned:
    method: str
    fault: Fault
    times: int
    when: When


class Faults:
    """A script: the next calls that fit a line of it go wrong as it says."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []
        self.lost_acks = 0
        """How many of the next envelope acknowledgements are lost on their way to Slack."""
        self.duplicates = 0
        """How many of the next envelopes are delivered twice."""

    def plan(self, method: str, fault: Fault, *, times: int = 1, when: When = lambda _: True) -> None:
        """Let the next *times* calls of *method* whose arguments fit *when* meet *fault*."""
        self._planned.append(_Planned(method=method, fault=fault, times=times, when=when))

    def take(self, method: str, arguments: Mapping[str, Any]) -> Fault | None:
        """Return the fault that this call meets."""
        for line in self._planned:
            if line.method == method and line.when(arguments):
                line.times -= 1
                if line.times <= 0:
                    self._planned.remove(line)
                return line.fault
        return None

    def lose_ack(self) -> bool:
        """Say whether the acknowledgement that just came is lost."""
        if self.lost_acks <= 0:
            return False
        self.lost_acks -= 1
        return True

    def duplicate(self) -> bool:
        """Say whether the envelope that is being sent is sent twice."""
        if self.duplicates <= 0:
            return False
        self.duplicates -= 1
        return True

    def clear(self) -> None:
        """Forget the script: everything works again."""
        self._planned.clear()
        self.lost_acks = self.duplicates = 0
