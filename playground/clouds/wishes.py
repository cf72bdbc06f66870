"""What a caller may wish for a task, checked: the same rules for the page, the control API and Python."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import overload

from playground.clouds.cloud import Profile
from playground.clouds.faults import Fault, FaultKind, Refused
from playground.clouds.task import TERMINAL, Mode, State

MAX_SPEED = 1000.0
MAX_SECONDS = 7 * 24 * 3600.0
MODES = {"full": Mode.FULL, "incremental": Mode.INCREMENTAL, "full+incremental": Mode.BOTH} | {str(m): m for m in Mode}


@dataclass(frozen=True, slots=True, kw_only=True)
class StartWish:
    """A new task."""

    name: str | None
    percent: float
    speed: float
    running: bool
    scenario: str
    mode: Mode
    queued_seconds: float
    stall_at: float
    stall_seconds: float
    fail_at: float
    failed_files: int
    language: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWish:
    """Changes to a task; None leaves a thing as it is."""

    name: str | None
    percent: float | None
    speed: float | None
    running: bool | None
    finish: State | None
    message: str | None
    state: State | None
    raw: str | None
    lag: float | None
    failed_files: int | None


def start_wish(profile: Profile, wish: Mapping[str, object]) -> StartWish:
    """Check the options of a new task; a missing one has a default that is nice to watch."""
    _only(
        wish,
        "name percent speed running scenario mode message"
        " queued_seconds stall_at stall_seconds fail_at failed_files language",
    )
    scenario = _choice(wish, "scenario", profile.scenarios, default="steady", cloud=profile.title)
    mode = wish.get("mode", profile.default_mode)
    if not isinstance(mode, str) or MODES.get(mode) not in profile.modes:
        names = ", ".join(name for name, known in MODES.items() if known in profile.modes)
        raise Refused(f"The mode of a task at {profile.title} is one of: {names}.")
    language = _choice(wish, "language", profile.languages or {"en"}, default="en", cloud=profile.title)
    return StartWish(
        name=_name(profile, wish),
        percent=_number(wish, "percent", 0.0, most=100),
        speed=_number(wish, "speed", 2.0, most=MAX_SPEED),
        running=_flag(wish, "running", default=True) is not False,
        scenario=scenario,
        mode=MODES[mode],
        queued_seconds=_number(wish, "queued_seconds", 5.0, most=MAX_SECONDS),
        stall_at=_number(wish, "stall_at", 67.0, most=100),
        stall_seconds=_number(wish, "stall_seconds", 30.0, most=MAX_SECONDS),
        fail_at=_number(wish, "fail_at", 60.0, most=100),
        failed_files=int(_number(wish, "failed_files", 3.0 if scenario == "failed-files" else 0.0, most=100)),
        language=language,
        message=_text(wish, "message", 1000) or "",
    )


def change_wish(profile: Profile, wish: Mapping[str, object]) -> ChangeWish:
    """Check changes against what this cloud can say."""
    _only(wish, "name percent speed running finish message state lag_seconds failed_files")
    state, raw = _state(profile, wish)
    finish = None
    if wish.get("finish") is not None:
        ends = {str(s) for s in TERMINAL if s is not State.STOPPED or profile.has_stopped}
        finish = State(_choice(wish, "finish", ends, default="", cloud=profile.title))
    return ChangeWish(
        name=_name(profile, wish),
        percent=_number(wish, "percent", None, most=100),
        speed=_number(wish, "speed", None, most=MAX_SPEED),
        running=_flag(wish, "running", default=None),
        finish=finish,
        message=_text(wish, "message", 1000),
        state=state,
        raw=raw,
        lag=_number(wish, "lag_seconds", None, most=MAX_SECONDS),
        failed_files=None if wish.get("failed_files") is None else int(_number(wish, "failed_files", 0.0, most=100)),
    )


def fault_wish(wish: Mapping[str, object], now: float) -> Fault:
    """Check a fault and its options."""
    _only(wish, "fault seconds times how delay retry_after size location")
    kind = wish.get("fault")
    if not isinstance(kind, str) or kind not in {str(k) for k in FaultKind}:
        raise Refused(f"A fault is one of: {', '.join(FaultKind)}.")
    seconds = _number(wish, "seconds", None, most=MAX_SECONDS)
    times = _number(wish, "times", None, most=1_000_000)
    return Fault(
        kind=FaultKind(kind),
        until=math.inf if seconds is None else now + seconds,
        times=None if times is None else int(times),
        how=_text(wish, "how", 20) or "",
        delay=_number(wish, "delay", 5.0, most=120),
        retry_after=int(_number(wish, "retry_after", 5.0, most=3600)),
        size=int(_number(wish, "size", 64.0 * 1024 * 1024, most=1024.0**3)),
        location=_text(wish, "location", 2000) or "/",
    )


def _only(wish: Mapping[str, object], names: str) -> None:
    for name in wish:
        if name not in names.split():
            raise Refused(f"There is no {str(name)[:60]!r} to set here; known are: {names.replace(' ', ', ')}.")


def _state(profile: Profile, wish: Mapping[str, object]) -> tuple[State | None, str | None]:
    """Read ``state``: one of our words, or a status to put on the wire as it is."""
    text = _text(wish, "state", 100)
    if text is None:
        return None, None
    if text in set(State):
        state = State(text)
        missing = {
            State.PAUSED: not profile.has_paused,
            State.STOPPED: not profile.has_stopped,
            State.SYNCING: not profile.has_syncing,
        }
        if missing.get(state, False):
            raise Refused(f"{profile.title} has no state {text}.")
        return state, None
    if not text or (profile.numeric_states and not text.isdecimal()):
        raise Refused(f"A status at {profile.title} is {'a number' if profile.numeric_states else 'some text'}.")
    return None, text


def _name(profile: Profile, wish: Mapping[str, object]) -> str | None:
    least, most = profile.name_length
    name = _text(wish, "name", most)
    if name is not None and len(name) < least:
        raise Refused(f"A name at {profile.title} has {least} to {most} characters.")
    return name


def _text(wish: Mapping[str, object], name: str, most: int) -> str | None:
    value = wish.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > most or not value.isprintable():
        raise Refused(f"The value of {name} is one line of text of at most {most} characters.")
    return value.strip()


@overload
def _number(wish: Mapping[str, object], name: str, default: float, *, most: float) -> float: ...
@overload
def _number(wish: Mapping[str, object], name: str, default: None, *, most: float) -> float | None: ...
def _number(wish: Mapping[str, object], name: str, default: float | None, *, most: float) -> float | None:
    value = wish.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise Refused(f"The value of {name} is a number from 0 to {most:g}.")
    return float(value)


def _flag(wish: Mapping[str, object], name: str, *, default: bool | None) -> bool | None:
    value = wish.get(name, default)
    if value is not None and not isinstance(value, bool):
        raise Refused(f"The value of {name} is true or false.")
    return value


def _choice(wish: Mapping[str, object], name: str, known: Collection[str], *, default: str, cloud: str) -> str:
    value = wish.get(name, default)
    if not isinstance(value, str) or value not in known:
        raise Refused(f"The {name} of a task at {cloud} is one of: {', '.join(sorted(known)) or 'none'}.")
    return value
