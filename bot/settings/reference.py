"""The printed reference of every key, made from the models."""

import inspect
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from bot.settings.model import SECTIONS
from bot.settings.problems import example_of, toml_value
from bot.settings.values import duration_text
from providers.settings import AccountSettings

_INTRO = """\
# Configuration

Milepost reads one TOML file: the one named by `--config`, else by the environment variable `MILEPOST_CONFIG`, else
`milepost.toml` in the working directory. Where there is none, every key has its default. `milepost check` reads the
file, tells all its problems at once, and tries the tokens and each account.

* Any text may be `"env:NAME"` (the environment variable) or `"file:PATH"` (the content of a file, without its last line
  break; a relative path begins where the configuration file is). So secrets can stay outside.
* Durations are a number and a unit: `"10s"`, `"5m"`, `"24h"`, `"2d"`; decimals are fine: `"1.5m"`.
* An unknown key is an error, for it is most often a misspelt one.

A whole example is in [`milepost.example.toml`](../milepost.example.toml). This page is made from the code.
"""

_ACCOUNTS = """\
## [accounts.NAME]

One table per account. `NAME` is what people type in `/milepost subscribe NAME …`: a small letter, then up to 30 small
letters, digits and dashes. `provider` says which cloud it is, and with it which keys there are.
"""


def reference(account_types: Mapping[str, type[AccountSettings]]) -> str:
    """Return the Markdown page of all tables and keys."""
    parts = [_INTRO]
    parts += [f"## [{name}]\n\n{_docstring(model)}\n\n{_table(model)}" for name, model in SECTIONS.items()]
    parts.append(_ACCOUNTS)
    parts += [
        f'### provider = "{provider}"\n\n{_docstring(model)}\n\n{_table(model, known={"provider": provider})}'
        for provider, model in account_types.items()
    ]
    return "\n".join(parts)


def _docstring(model: type[BaseModel]) -> str:
    return inspect.getdoc(model) or ""


def _table(model: type[BaseModel], known: Mapping[str, str] | None = None) -> str:
    lines = ["| key | meaning | default | example |", "|---|---|---|---|"]
    for key, field in model.model_fields.items():
        example = f'{key} = "{known[key]}"' if known and key in known else example_of(key, field)
        cells = [f"`{key}`", field.description or "", _default(field), f"`{example}`" if example else ""]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _default(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "reference" in extra:
        return f'`"{extra["reference"]}"`'
    if field.is_required():
        return "required"
    return _written(field.get_default(call_default_factory=True, validated_data={}))


def _written(value: Any) -> str:
    match value:
        case None | "":
            return "not set"
        case timedelta():
            return f"`{toml_value(duration_text(value))}`"
        case SecretStr():
            return f"`{toml_value(value.get_secret_value())}`"
        case _:
            return f"`{toml_value(value)}`"
