"""What every simulated cloud offers to the playground, and what the playground offers to every cloud."""

import json
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from aiohttp import web

from playground.clouds.faults import Fault, FaultKind, Faults
from playground.clouds.task import Mode, State, Task

Answer: TypeAlias = Callable[[web.Request, Fault], Awaitable[web.StreamResponse]]
"""A cloud's handler: it is told which fault its answer must show, if any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call of a cloud's API: where it is mounted below ``/cloud/<provider>`` and who answers it."""

    name: str
    method: str
    path: str
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One part of a task, as the page shows it."""

    name: str
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What the page and the control API need to know about a cloud."""

    name: str
    title: str
    account: str
    scenarios: frozenset[str]
    modes: frozenset[Mode] = frozenset({Mode.FULL})
    default_mode: Mode = Mode.FULL
    has_percent: bool = True
    has_paused: bool = False
    has_stopped: bool = True
    has_syncing: bool = False
    languages: frozenset[str] = frozenset()
    failure: str = ""
    """The reason of a failure for which nobody gave one."""
    numeric_states: bool = False
    name_length: tuple[int, int] = (1, 128)


class Service(Protocol):
    """Anything below ``/cloud/``: it answers calls, and it can have a bad day."""

    profile: Profile

    def operations(self) -> Iterable[Operation]:
        """Return every call that it answers."""

    def refusal(self, fault: Fault) -> web.Response:
        """Return how it says that it is down, throttled or unwilling."""

    def expire(self) -> None:
        """End the tokens that it takes now; those handed out later work."""


class Cloud(Service, Protocol):
    """One simulated cloud: a service that has tasks."""

    def mint(self) -> str:
        """Return the key of a new task, in the cloud's own grammar."""

    def raw_state(self, task: Task) -> str:
        """Return the status that is on the wire now."""

    def read_state(self, raw: str) -> State:
        """Return what a status set by hand means, by the cloud's documents."""

    def phases(self, task: Task) -> tuple[Phase, ...]:
        """Return the parts that the cloud tells apart now."""


def read_state(table: Mapping[str, State], raw: str) -> State:
    """Return the meaning of *raw*; what no document names is running, unless it says that it failed."""
    return table.get(raw, State.FAILED if raw.endswith("_FAILED") else State.RUNNING)


async def json_body(request: web.Request) -> object:
    """Return the body as JSON, or None where it is none."""
    try:
        body: object = json.loads(await request.read())
    except (ValueError, RecursionError):
        return None
    return body


@dataclass(slots=True, kw_only=True)
class Site:
    """What the clouds share: the clock, the dice, the tasks and the faults."""

    now: Callable[[], float]
    dice: random.Random
    faults: Faults
    tasks: dict[str, Task] = field(default_factory=dict)
    _by_key: dict[tuple[str, str], Task] = field(default_factory=dict)

    def add(self, task: Task) -> None:
        """Let the task's cloud know it."""
        self.tasks[task.id] = task
        self._by_key[task.provider, task.key] = task

    def remove(self, task: Task) -> None:
        """Let the task's cloud forget it."""
        del self.tasks[task.id]
        del self._by_key[task.provider, task.key]

    def of(self, provider: str) -> list[Task]:
        """Return the tasks of a cloud as they stand now, oldest first."""
        found = [task for task in self.tasks.values() if task.provider == provider]
        for task in found:
            task.settle(self.now())
        return found

    def find(self, provider: str, key: str, fault: Fault) -> Task | None:
        """Return the task that a caller asks for, or None where the cloud does not know it."""
        task = None if fault.kind is FaultKind.VANISHED else self._by_key.get((provider, key))
        if task is not None:
            task.settle(self.now())
        return task

    def hex(self, digits: int) -> str:
        """Return random lower-case hex digits."""
        return f"{self.dice.getrandbits(4 * digits):0{digits}x}"

    def text(self, length: int, letters: str = "abcdefghijklmnopqrstuvwxyz0123456789") -> str:
        """Return random letters."""
        return "".join(self.dice.choices(letters, k=length))

    def uuid(self) -> str:
        """Return a random id in the form of a UUID."""
        return "-".join(self.hex(n) for n in (8, 4, 4, 4, 12))
