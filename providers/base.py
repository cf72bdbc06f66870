"""The contract of a cloud: what it is asked, what it answers, and the five ways in which it cannot.

    ProviderError
    ├── Unavailable         time-out, network, 5xx, busy     back off, ask again
    ├── RateLimited         throttled                        not before ``retry_after``; slows the whole account
    ├── AccessDenied        credentials, permission, config  slowly; an operator must act
    ├── TaskNotFound        the cloud does not know it       confirm as ``absence`` says, then stop watching
    └── UnexpectedResponse  not the documented shape         back off; logged as an error

Nothing else leaves ``Provider.fetch``. ``InvalidKey`` is for people: what they typed is no key of that cloud.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NewType, Protocol

import msgspec

from providers.flaws import Flaw
from providers.reasons import Cause, Reason

TaskKey = NewType("TaskKey", str)
"""A task inside an account, in the one spelling that is stored and compared."""


class TaskState(StrEnum):
    """What a task is doing, in one vocabulary for all clouds."""

    QUEUED = "queued"
    RUNNING = "running"
    SYNCING = "syncing"
    """An incremental phase: it follows changes and never ends by itself."""
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def is_terminal(self) -> bool:
        """Whether a task in this state has ended."""
        return self in _TERMINAL


_TERMINAL = (TaskState.SUCCEEDED, TaskState.FAILED, TaskState.STOPPED)


class Outlook(StrEnum):
    """What one reading alone cannot decide; the watch decides it with what was seen before."""

    PLAIN = "plain"
    """The state is what it says."""
    ENDED = "ended"
    """The cloud says only that it ended (state is STOPPED): succeeded where completion or sync was seen before."""
    LOOKS_DONE = "looks-done"
    """An undocumented status at 100 % (state is RUNNING): succeeded where two readings in a row say so."""
    NO_DATA = "no-data"
    """The cloud answered and said nothing about the task yet (state is RUNNING): what was seen before still holds."""
    COMPLETE = "complete"
    """A copy is complete and the task goes on (state is RUNNING): should it end without a word, it succeeded."""
    MAY_RETURN = "may-return"
    """Failed, and the cloud lets operators retry such a task: worth a slow look for a while."""


class PhaseName(StrEnum):
    """A phase that we have a name for."""

    STRUCTURE = "structure"
    DATA = "data"
    INDEX = "index"


class _Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a cloud told: thousands a second are made, and kept as they are, without what they say by default."""


class Phase(_Told, frozen=True, kw_only=True):
    """One part of a task that the cloud reports on its own, in the cloud's order."""

    name: str
    """A PhaseName, or the cloud's own; foreign text."""
    percent: float
    """0 to 100."""


class TaskSnapshot(_Told, frozen=True, kw_only=True):
    """One reading of a task. A field that the cloud did not give, or gave as nonsense, is None or empty."""

    state: TaskState
    raw_state: str = ""
    """The status in the cloud's own spelling, at most 100 characters; foreign text."""
    known_state: bool = True
    """Whether a document names ``raw_state``; False means it was read as running by default."""
    percent: float | None = None
    """0 to 100, finite."""
    message: str = ""
    """What the cloud says about it, at most 1,000 characters; foreign text."""
    remaining_seconds: int | None = None
    """The cloud's own estimate, 1 second to 365 days."""
    lag_seconds: float | None = None
    """How late changes arrive, while SYNCING."""
    phases: tuple[Phase, ...] = ()
    failed_files: int = 0
    """How many files were left behind, where the cloud counts them."""
    outlook: Outlook = Outlook.PLAIN

    @property
    def in_sync(self) -> bool:
        """Whether it follows changes and has caught up: at 100 %, or at no figure (DRS's own sample says 0)."""
        return self.state is TaskState.SYNCING and self.percent in (None, 0, 100)


class Absence(StrEnum):
    """How firmly a cloud says that it does not know a task."""

    CERTAIN = "certain"
    """A documented 'no such task': believed at once when subscribing, after a second look later on."""
    SILENT = "silent"
    """No word about it (an id left out, an empty result): believed after several looks in a row."""
    VAGUE = "vague"
    """Means 'unknown or not visible' at the very first look, and an outage once the task was seen."""


class ProviderError(Exception):
    """A reading that failed, and why. ``str()`` of it is safe to log: no URL, key, token or signature; no sentence."""

    def __init__(self, cause: Cause | Reason, *, retry_after: float | None = None) -> None:
        super().__init__()
        self.cause = Cause(cause) if isinstance(cause, Reason) else cause
        self.retry_after = retry_after
        """Seconds before which asking again is pointless; None leaves it to the caller."""
        self.request_id = ""
        """What the cloud's support asks for, at most 80 plain characters; empty where none came. Foreign text."""

    @property
    def code(self) -> str:
        """The cloud's own code, such as ``DRS.M05003``; empty where it gave none. Foreign text."""
        return self.cause.code

    def __str__(self) -> str:
        return str(self.cause)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"


class Unavailable(ProviderError):
    """The cloud or the way to it is down for now; the task itself may be fine."""


class RateLimited(ProviderError):
    """The cloud asks for fewer calls; this counts for the whole account."""


class AccessDenied(ProviderError):
    """Credentials, permission or configuration are refused; only an operator can mend it."""


class TaskNotFound(ProviderError):
    """The cloud does not know the task."""

    def __init__(self, cause: Cause | Reason, *, absence: Absence = Absence.CERTAIN) -> None:
        super().__init__(cause)
        self.absence = absence


class UnexpectedResponse(ProviderError):
    """The answer has not the documented shape."""


class InvalidKey(ValueError):
    """What a person typed is no key of this account. ``str()`` of it is the code of the flaw."""

    def __init__(
        self, flaw: Flaw, *, example: str, belongs: bool = False, region: str = "", own_region: str = ""
    ) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw
        self.example = example
        """A key of the right form, to be shown and copied."""
        self.belongs = belongs
        """Whether it is surely of this cloud all the same: a part is missing, or it is of another region."""
        self.region = region
        """With OTHER_REGION: the one in what was typed; foreign text."""
        self.own_region = own_region
        """With OTHER_REGION: the account's."""


class Likeness(StrEnum):
    """How much a text looks like a key of this account."""

    NO = "no"
    POSSIBLE = "possible"
    """The shape fits, but fits other clouds too: a suggestion, not proof."""
    CERTAIN = "certain"
    """It belongs to this cloud. ``parse_key`` may refuse it nevertheless, and then says what is missing or wrong."""


Reading = TaskSnapshot | ProviderError


class Provider(Protocol):
    """One account at one cloud, ready to be asked."""

    name: str
    """The kind of cloud: ``huawei-drs``."""
    batch_size: int
    """Tasks per request; 1 where the API takes one."""
    calls_per_second: float | None
    """At most this many fetches, or None; what a fetch asks beyond one request it spaces itself."""
    calls_at_once: int
    """At most this many fetches under way."""

    def parse_key(self, text: str) -> TaskKey:
        """Return the stored spelling of what a person typed or pasted; raise InvalidKey with an example."""
        ...

    def recognises(self, text: str) -> Likeness:
        """Tell how much *text* looks like a key of this cloud, without asking it."""
        ...

    async def fetch(self, keys: Sequence[TaskKey]) -> Mapping[TaskKey, Reading]:
        """Read the tasks, at most ``batch_size``. Each key has its answer; errors are values, nothing is raised."""
        ...

    async def describe(self, key: TaskKey) -> str | None:
        """Return the task's human name where the API has one; any trouble is None."""
        ...

    def console_url(self, key: TaskKey) -> str | None:
        """Return the https page of the cloud's console nearest to the task, or None."""
        ...
