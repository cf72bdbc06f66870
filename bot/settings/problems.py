"""What is wrong with the settings: every problem with its place, all told at once, and never a secret."""

import difflib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

_LONGEST_SHOWN = 60
_LOOKS_SECRET = re.compile(r"xox[a-z]|xapp-|://[^/]*@", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to mend."""

    place: str
    """Where: ``[accounts.drs] project_id``."""
    wrong: str
    """What is wrong there, as the rest of a sentence that begins with the place; no secret in it."""
    right: str = ""
    """What would be right."""
    example: str = ""
    """A line that would be right, to be copied."""

    def __str__(self) -> str:
        lines = [f"{self.place}: {self.wrong}"]
        lines += [f"    expected: {self.right}"] if self.right else []
        lines += [f"    for example: {self.example}"] if self.example else []
        return "\n".join(lines)


class SettingsError(Exception):
    """The settings cannot be used; carries every problem that was found."""

    def __init__(self, problems: tuple[Problem, ...], *, source: str = "the settings") -> None:
        self.problems = problems
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(
            "\n".join([f"{count} in {source}:", *(f"  {problem}".replace("\n", "\n  ") for problem in problems)])
        )


def misfit(wrong: str, *, right: str = "", key: str = "", with_keys: Collection[str] = ()) -> PydanticCustomError:
    """Return the error for a validator to raise; *wrong* must not repeat the value.

    *key* blames another key than the one validated; *with_keys* are those that the verdict rests on too.
    """
    # A template of its own: braces in the text must not be taken for placeholders.
    return PydanticCustomError("misfit", "{wrong}", {"wrong": wrong, "right": right, "key": key, "with": [*with_keys]})


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean …?`` where a known word is close, else nothing."""
    close = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""


def named(key: str) -> str:
    """Return a key or name that a person wrote so that it fits on one line and cannot forge another."""
    if re.fullmatch(r"[A-Za-z0-9_-]{1,40}", key) and not looks_secret(key):
        return key
    return "(a name that looks like a secret)" if looks_secret(key) else shown(key)


def looks_secret(text: str) -> bool:
    """Whether a text may hold a credential, wherever it stands."""
    return _LOOKS_SECRET.search(text) is not None


def shown(value: object) -> str:
    """Return a value as it stands in the file, short, on one line; nothing that looks like a credential."""
    match value:
        case bool():
            return str(value).lower()
        case str() if looks_secret(value):
            return "the value (not shown, it may hold a secret)"
        case str():
            text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in value[:_LONGEST_SHOWN])
            return json.dumps(text, ensure_ascii=False).replace("\\\\", "\\") + (
                "…" if len(value) > _LONGEST_SHOWN else ""
            )
        case int() | float():
            return f"{value:.15g}"
        case dict():
            return "a table"
        case list():
            return "a list"
        case _:
            return f"a {type(value).__name__}"


def toml_line(key: str, value: object) -> str:
    """Return the line of the file that sets *key*."""
    return f"{key} = {toml_value(value)}"


def toml_value(value: object) -> str:
    """Return a value of ours as TOML writes it, on one line."""
    match value:
        case bool():
            return str(value).lower()
        case Mapping() if not value:
            return "{}"
        case Mapping():
            return "{ " + ", ".join(toml_line(_bare(str(key)), part) for key, part in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(toml_value(part) for part in value) + "]"
        case int() | float():
            return repr(value)
        case _:
            return json.dumps(str(value), ensure_ascii=False)


def _bare(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def is_secret(field: FieldInfo) -> bool:
    """Whether values of this field must never be shown."""
    return _mentions(field.annotation, SecretStr)


def _mentions(annotation: Any, wanted: type) -> bool:
    return annotation is wanted or any(_mentions(part, wanted) for part in get_args(annotation))


def choices(annotation: Any) -> tuple[str, ...]:
    """Return the words that a field takes, where it takes only some."""
    if get_origin(annotation) is Literal:
        return tuple(str(choice) for choice in get_args(annotation))
    return tuple(choice for part in get_args(annotation) for choice in choices(part))


def example_of(key: str, field: FieldInfo) -> str:
    """Return the line that sets the field to its first example."""
    return toml_line(key, field.examples[0]) if field.examples else ""


def translate(
    error: ErrorDetails,
    *,
    section: str,
    model: type[BaseModel],
    written: Mapping[str, Any],
    unread: Collection[str],
) -> Problem | None:
    """Return pydantic's finding in our words.

    *written* is the section as it stands in the file, references unresolved: what is shown comes from there, so that
    no value out of the environment or another file appears. None where the finding only follows from a key in
    *unread*, whose reference already is a problem of its own.
    """
    context = error.get("ctx") or {}
    key = str(context.get("key") or (error["loc"][0] if error["loc"] else ""))
    if key in unread or (not key and unread) or any(other in unread for other in context.get("with", ())):
        return None
    if error["type"] == "extra_forbidden":
        known = ", ".join(model.model_fields)
        wrong = f"is no key here{nearest(key, model.model_fields)}"
        return Problem(place=f"[{section}] {named(key)}", wrong=wrong, right=f"one of {known}")
    if not key:
        return Problem(place=f"[{section}]", wrong=_verdict(error))
    field = model.model_fields.get(key)
    if field is None:
        return Problem(place=f"[{section}] {named(key)}", wrong=_verdict(error))
    description = (field.description or "").rstrip(".")
    right = str(context.get("right") or "")
    if options := choices(field.annotation):
        right = right or "one of " + ", ".join(f'"{option}"' for option in options)
    wrong = _verdict(error)
    if key in written and "key" not in {k for k, v in context.items() if v} and not is_secret(field):
        wrong = f"{shown(written[key])} {wrong}"
    return Problem(place=f"[{section}] {key}", wrong=wrong, right=right or description, example=example_of(key, field))


def _verdict(error: ErrorDetails) -> str:
    match error["type"]:
        case "misfit":
            return str(error.get("ctx", {}).get("wrong"))
        case "missing":
            return "is missing"
        case "string_type":
            return "is not a text in quotes"
        case "bool_type" | "bool_parsing":
            return "is not true or false"
        case "int_type" | "int_parsing" | "float_type" | "float_parsing":
            return "is not a number"
        case "literal_error" | "enum":
            return "is not known here"
        case "string_too_short":
            return "is too short"
        case "string_too_long":
            return "is too long"
        case "string_pattern_mismatch":
            return "has not the right form"
        case "string_unicode":
            return "is not proper Unicode text"
        case "value_error" | "assertion_error":
            return _lowered(str(error.get("ctx", {}).get("error", "is not right")))
        case _:
            return f"is not right ({_lowered(error['msg'])})"


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
