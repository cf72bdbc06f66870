"""What the files for operators say, read as the tools read them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from bot.__main__ import app
from bot.settings.model import SECTIONS
from tests.settings import yaml_block

ROOT = Path(__file__).parents[2]
MANIFESTS = ROOT / "deploy/kubernetes"


def read(path: str) -> str:
    """Return the text of a file of ours."""
    return (ROOT / path).read_text(encoding="utf-8")


def compose() -> dict[str, Any]:
    """Return the services of the compose file by name."""
    services: dict[str, Any] = yaml_block.read(read("compose.yaml"))["services"]
    return services


def manifests() -> dict[str, dict[str, Any]]:
    """Return the Kubernetes manifests by kind."""
    found = [yaml_block.read(path.read_text(encoding="utf-8")) for path in sorted(MANIFESTS.rglob("*.yaml"))]
    by_kind = {manifest["kind"]: manifest for manifest in found}
    assert len(by_kind) == len(found)
    return by_kind


def is_command(words: list[str]) -> bool:
    """Whether `milepost` with these words, options left out, is something that one can run."""
    command: Any = get_command(app)
    for word in words:
        if word.startswith("-"):
            continue
        if not hasattr(command, "commands"):
            # What is left are arguments.
            return True
        if word not in command.commands:
            return False
        command = command.commands[word]
    return not hasattr(command, "commands")


def settings_named(toml: str) -> Iterator[tuple[str, str]]:
    """Yield section and key of each setting that is written down in *toml*."""
    section = ""
    for line in toml.splitlines():
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            section = heading[1]
        elif key := re.match(r"(\w+) = ", line):
            yield section, key[1]


def is_setting(section: str, key: str) -> bool:
    """Whether there is such a key."""
    return section in SECTIONS and key in SECTIONS[section].model_fields
