"""Reads the plain corner of YAML that manifest.yaml is written in, and refuses the rest."""

import json
import re
from typing import Any

_ENTRY = re.compile(r"(\w+):(?: (.+))?")


def read(text: str) -> dict[str, Any]:
    """Return the document: block mappings and lists, plain or double-quoted scalars, comments on lines of their own."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    value, rest = _block([(len(line) - len(line.lstrip()), line.strip()) for line in lines], 0)
    assert not rest
    assert isinstance(value, dict)
    return value


def _block(lines: list[tuple[int, str]], indent: int) -> tuple[Any, list[tuple[int, str]]]:
    if lines[0][1].startswith("- "):
        items: list[Any] = []
        while lines and lines[0][0] == indent and lines[0][1].startswith("- "):
            body = lines[0][1][2:]
            if _ENTRY.fullmatch(body):
                # "- key: value" opens a mapping two columns further in.
                item, lines = _block([(indent + 2, body), *lines[1:]], indent + 2)
            else:
                item, lines = _scalar(body), lines[1:]
            items.append(item)
        return items, lines
    entries: dict[str, Any] = {}
    while lines and lines[0][0] == indent:
        match = _ENTRY.fullmatch(lines[0][1])
        assert match, f"not in this corner of YAML: {lines[0][1]}"
        key, written = match[1], match[2]
        assert key not in entries, f"{key} is there twice"
        lines = lines[1:]
        if written is not None:
            entries[key] = _scalar(written)
        else:
            assert lines, f"{key} has no value"
            assert lines[0][0] > indent, f"{key} has no value"
            entries[key], lines = _block(lines, lines[0][0])
    return entries, lines


def _scalar(written: str) -> Any:
    if written in ("true", "false"):
        return written == "true"
    if re.fullmatch(r"-?\d+", written):
        return int(written)
    if written.startswith('"'):
        return json.loads(written)
    assert not re.search(r"^[\[\]{}>|*&!%@`'\"#]|: | #", written), f"needs quotes: {written}"
    return written
