"""Settings from a file and the environment: every problem is collected, then all are told at once."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.settings.model import SECTIONS, Settings
from bot.settings.problems import (
    Problem,
    SettingsError,
    example_of,
    is_secret,
    looks_secret,
    named,
    nearest,
    shown,
    translate,
)
from bot.settings.values import Unreadable, Unset, dereference, is_reference, read_file
from providers.settings import AccountSettings

DEFAULT_FILE = Path("milepost.toml")
LARGEST_CONFIG = 1024 * 1024
_ACCOUNT_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}", re.ASCII)

Raw = dict[str, Any]


def load(path: Path | None, environ: Mapping[str, str], account_types: Mapping[str, type[AccountSettings]]) -> Settings:
    """Return the settings of a file; raise SettingsError with every problem.

    Without *path*, ``MILEPOST_CONFIG`` names the file; without that it is ``milepost.toml`` in the working directory,
    and where that does not exist every key has its default.
    """
    if path is None and environ.get("MILEPOST_CONFIG"):
        path = Path(environ["MILEPOST_CONFIG"])
    if path is None and not DEFAULT_FILE.exists() and not DEFAULT_FILE.is_symlink():
        return from_mapping({}, environ, account_types)
    path = path or DEFAULT_FILE
    return from_mapping(_read(path), environ, account_types, folder=path.parent, source=_file_name(path))


def from_mapping(
    data: Raw,
    environ: Mapping[str, str],
    account_types: Mapping[str, type[AccountSettings]],
    *,
    folder: Path = Path(),
    source: str = "the settings",
) -> Settings:
    """Return the settings of what a file says; ``file:`` paths begin at *folder*, *source* names it for messages."""
    reading = _Reading(environ, folder)
    sections = {name: reading.section(name, model, data.get(name, {})) for name, model in SECTIONS.items()}
    accounts = reading.accounts(data.get("accounts", {}), account_types)
    reading.strangers(data)
    if reading.problems:
        raise SettingsError(tuple(reading.problems), source=source)
    return Settings(**sections, accounts=MappingProxyType(accounts))


def _read(path: Path) -> Raw:
    name = _file_name(path)
    try:
        return tomllib.loads(read_file(path, at_most=LARGEST_CONFIG))
    except Unreadable as error:
        problem = Problem(place=name, wrong=str(error), right="a TOML file")
    except tomllib.TOMLDecodeError as error:
        # The parser quotes keys and single characters, never values.
        text, _, position = str(error).removesuffix(")").rpartition(" (at ")
        problem = Problem(place=f"{name}, {position}", wrong=f"is not TOML: {shown(text)}", example='key = "text"')
    except (ValueError, RecursionError):
        # A number of thousands of digits, a date that does not exist, brackets thousands deep.
        problem = Problem(place=name, wrong="is not TOML that can be read")
    raise SettingsError((problem,), source=name)


def _file_name(path: Path) -> str:
    return "".join(c if c.isprintable() else "?" for c in str(path))


class _Reading:
    """One pass over the file, with what was found wrong so far."""

    def __init__(self, environ: Mapping[str, str], folder: Path) -> None:
        self._environ = environ
        self._folder = folder
        self.problems: list[Problem] = []

    def section(self, place: str, model: type[BaseModel], written: object) -> Any:
        """Return the validated section, or None and the problems noted."""
        if not isinstance(written, dict):
            self.problems.append(
                Problem(place=f"[{place}]", wrong=f"{shown(written)} is no table", example=f"[{place}]")
            )
            return None
        resolved, unread, found = self._resolve(place, model, written)
        unspoken = [*found, *_unspeakable(written, model)]
        try:
            return model.model_validate(resolved)
        except ValidationError as failure:
            for error in failure.errors(include_url=False, include_input=False):
                problem = translate(error, section=place, model=model, written=written, unread=unread)
                if problem is not None:
                    # Our own words hold no value, and a value may be one of our words.
                    ours = error["type"] in ("missing", "extra_forbidden", "misfit")
                    self.problems.append(problem if ours else _without(problem, unspoken))
            return None

    def accounts(self, written: object, types: Mapping[str, type[AccountSettings]]) -> dict[str, Any]:
        """Return the validated accounts by name."""
        if not isinstance(written, dict):
            example = "[accounts.drs]"
            self.problems.append(Problem(place="[accounts]", wrong=f"{shown(written)} is no table", example=example))
            return {}
        return {name: self._account(name, account, types) for name, account in written.items()}

    def _account(self, name: str, written: object, types: Mapping[str, type[AccountSettings]]) -> Any:
        place = f"accounts.{named(name)}"
        if not _ACCOUNT_NAME.fullmatch(name):
            right = "a small letter, then up to 30 small letters, digits and dashes: people type it"
            self.problems.append(
                Problem(place=f"[{place}]", wrong="is no name for an account", right=right, example="[accounts.drs-eu]")
            )
        if not isinstance(written, dict):
            self.problems.append(
                Problem(place=f"[{place}]", wrong=f"{shown(written)} is no table", example="[accounts.drs]")
            )
            return None
        provider = written.get("provider")
        if isinstance(provider, str) and is_reference(provider):
            # What kind of account it is decides which keys it has, so this one is followed first.
            try:
                provider = dereference(provider, environ=self._environ, folder=self._folder)
            except Unreadable as error:
                example = f'provider = "{next(iter(types), "")}"'
                self.problems.append(Problem(place=f"[{place}] provider", wrong=str(error), example=example))
                return None
        if isinstance(provider, str) and provider in types:
            return self.section(place, types[provider], {**written, "provider": provider})
        wrong = "is missing"
        if provider is not None:
            close = nearest(provider, types) if isinstance(provider, str) else ""
            wrong = f"{shown(provider)} is no provider{close}"
        known = "one of " + ", ".join(f'"{known}"' for known in types)
        example = f'provider = "{next(iter(types), "")}"'
        self.problems.append(Problem(place=f"[{place}] provider", wrong=wrong, right=known, example=example))
        return None

    def strangers(self, data: Raw) -> None:
        """Note tables and keys at the top that nobody knows."""
        known = [*SECTIONS, "accounts"]
        for key, value in data.items():
            if key not in known:
                place = f"[{named(key)}]" if isinstance(value, dict) else named(key)
                wrong = f"is no {'table' if isinstance(value, dict) else 'key'} here{nearest(key, known)}"
                tables = ", ".join([*(f"[{name}]" for name in SECTIONS), "[accounts.NAME]"])
                example = f"[{next(iter(SECTIONS))}]"
                self.problems.append(Problem(place=place, wrong=wrong, right=f"one of {tables}", example=example))

    def _resolve(self, place: str, model: type[BaseModel], written: Raw) -> tuple[Raw, set[str], list[str]]:
        """Return the section with references replaced, the keys where that failed, and what must not be told."""
        resolved, unread, found = dict(written), set[str](), list[str]()
        defaults = _default_references(model)
        for key, default in defaults.items():
            resolved.setdefault(key, default)
        for key, value in list(resolved.items()):
            try:
                resolved[key] = self._followed(value, found)
            except Unreadable as error:
                del resolved[key]
                # A default that leads nowhere is a key that is not set.
                if not (isinstance(error, Unset) and value == defaults.get(key)):
                    unread.add(key)
                    right = "a text, env:NAME of a variable that is set, or file:PATH of a file that can be read"
                    known = model.model_fields.get(key)
                    example = example_of(key, known) if known is not None else ""
                    self.problems.append(
                        Problem(place=f"[{place}] {named(key)}", wrong=str(error), right=right, example=example)
                    )
        return resolved, unread, found

    def _followed(self, value: Any, found: list[str]) -> Any:
        match value:
            case str() if is_reference(value):
                found.append(dereference(value, environ=self._environ, folder=self._folder))
                return found[-1]
            case dict():
                return {key: self._followed(part, found) for key, part in value.items()}
            case list():
                return [self._followed(part, found) for part in value]
            case _:
                return value


def _default_references(model: type[BaseModel]) -> dict[str, str]:
    extras = {key: field.json_schema_extra for key, field in model.model_fields.items()}
    return {
        key: str(extra["reference"])
        for key, extra in extras.items()
        if isinstance(extra, dict) and "reference" in extra
    }


def _unspeakable(written: Raw, model: type[BaseModel]) -> list[str]:
    """Return the texts in a section that may be secrets: by their key, by their look, or under no known key."""
    fields = model.model_fields
    texts = [(key, value) for key, value in written.items() if isinstance(value, str) and not is_reference(value)]
    return [text for key, text in texts if key not in fields or is_secret(fields[key]) or looks_secret(text)]


def _without(problem: Problem, unspoken: list[str]) -> Problem:
    """Keep secrets, and what the environment and other files hold, out of what a validator wrote."""
    wrong = problem.wrong
    for text in sorted((text for text in unspoken if len(text) >= 4), key=len, reverse=True):
        wrong = wrong.replace(text, "…")
    return Problem(place=problem.place, wrong=wrong, right=problem.right, example=problem.example)
